/*
 * What the voxels of a scan became by corrections of whole parts (a `.parts` file of `nuwa edit`,
 * docs/formats/region.md), and a surface there was in the parts its triangles lie on now: shown until
 * the true surface is made.
 */
import { inverseRows, type Grid, type Vec3 } from './geometry';

export interface Became {
    grid: Grid;
    /* a voxel a byte, i fastest */
    code: Uint8Array;
}

export const NOTHING = 0;
export const AS_SHOWN = 1;
export const REMOVED = 2;
const FIRST_PART = 2; /* and the part's label: its code */
const HEAD_BYTES = 32;
const MAGIC = 'NUWAPRT1';

export const codeOf = (label: number): number => FIRST_PART + label;

/* Throws when the bytes are no such file, or of another grid. */
export function readBecame(bytes: ArrayBuffer, grid: Grid): Became {
    const view = new DataView(bytes);
    const [nx, ny, nz] = grid.dim;
    if (bytes.byteLength < HEAD_BYTES || String.fromCharCode(...new Uint8Array(bytes, 0, 8)) !== MAGIC) throw new Error('this is no file of parts');
    if (grid.dim.some((n, a) => view.getFloat64(8 + 8 * a, true) !== n)) throw new Error('these parts are of another scan');
    const code = new Uint8Array(nx * ny * nz);
    const runs = new Uint8Array(bytes, HEAD_BYTES);
    let at = 0;
    for (let r = 0; r + 2 < runs.length; r += 3) {
        const end = at + runs[r + 1]! + 256 * runs[r + 2]!;
        if (runs[r]! !== NOTHING) code.fill(runs[r]!, at, end);
        at = end;
    }
    if (at !== code.length || runs.length % 3) throw new Error('this file of parts is not whole');
    return { grid, code };
}

/* Steps to the voxels about one, the nearest first, as far as a surface lies from its labels. */
function around(grid: Grid): Int32Array {
    const FAR = 3;
    const [sx, sy, sz] = grid.step_mm.map((step) => Math.hypot(...step)) as unknown as Vec3;
    const least = Math.min(sx, sy, sz);
    const steps: { i: number; j: number; k: number; far: number }[] = [];
    for (let k = -FAR; k <= FAR; k++)
        for (let j = -FAR; j <= FAR; j++)
            for (let i = -FAR; i <= FAR; i++) {
                const far = Math.hypot(i * sx, j * sy, k * sz) / least;
                if (far <= FAR) steps.push({ i, j, k, far });
            }
    steps.sort((a, b) => a.far - b.far);
    return new Int32Array(steps.flatMap(({ i, j, k }) => [i, j, k]));
}

/* Finds what a place just inside a surface lies on; NOTHING: on nothing near. */
export class Finder {
    private rows: readonly Vec3[];
    private steps: Int32Array;
    readonly inward_mm: number; /* so far inside a surface it is asked */

    constructor(private of: Became) {
        this.rows = inverseRows(of.grid);
        this.steps = around(of.grid);
        this.inward_mm = 0.75 * Math.min(...of.grid.step_mm.map((step) => Math.hypot(...step)));
    }

    at(px: number, py: number, pz: number): number {
        const { grid, code } = this.of;
        const [nx, ny, nz] = grid.dim;
        const [ox, oy, oz] = grid.origin_mm;
        const [ri, rj, rk] = this.rows as [Vec3, Vec3, Vec3];
        const x = px - ox;
        const y = py - oy;
        const z = pz - oz;
        const i0 = Math.round(x * ri[0] + y * ri[1] + z * ri[2]);
        const j0 = Math.round(x * rj[0] + y * rj[1] + z * rj[2]);
        const k0 = Math.round(x * rk[0] + y * rk[1] + z * rk[2]);
        for (let n = 0; n < this.steps.length; n += 3) {
            const i = i0 + this.steps[n]!;
            const j = j0 + this.steps[n + 1]!;
            const k = k0 + this.steps[n + 2]!;
            if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) continue;
            const found = code[i + nx * (j + ny * k)]!;
            if (found !== NOTHING) return found;
        }
        return NOTHING;
    }
}

const LOOK = 997; /* so many vertices tell whether a surface is of these labels at all */

export interface Parted {
    kept: Uint32Array; /* triangles that stay as they are */
    moved: Map<number, Uint32Array>; /* by code, those of another part now */
}

/*
 * A surface's triangles by what they lie on now; those of what was removed are in neither. `normal`
 * as normalsOf has it. A surface that mostly lies on nothing (another tissue, a guide) stays whole.
 */
export function parted(finder: Finder, pos: Float32Array, tri: Uint32Array, normal: Int8Array): Parted {
    const count = pos.length / 3;
    const codes = new Uint8Array(count);
    const inward = finder.inward_mm / 127;
    const look = (v: number): number =>
        finder.at(pos[3 * v]! - inward * normal[3 * v]!, pos[3 * v + 1]! - inward * normal[3 * v + 1]!, pos[3 * v + 2]! - inward * normal[3 * v + 2]!);
    let seen = 0;
    let on = 0;
    for (let v = 0; v < count; v += Math.max(1, Math.floor(count / LOOK))) {
        seen++;
        if (look(v) !== NOTHING) on++;
    }
    if (2 * on < seen) return { kept: tri, moved: new Map() };
    for (let v = 0; v < count; v++) codes[v] = look(v);
    /* where corners differ the middle decides */
    const middle = (a: number, b: number, c: number): number => {
        const of = (axis: number): number =>
            (pos[3 * a + axis]! + pos[3 * b + axis]! + pos[3 * c + axis]! - inward * (normal[3 * a + axis]! + normal[3 * b + axis]! + normal[3 * c + axis]!)) / 3;
        return finder.at(of(0), of(1), of(2));
    };
    const by = new Uint8Array(tri.length / 3);
    const sizes = new Uint32Array(256);
    for (let t = 0; t < tri.length; t += 3) {
        const [a, b, c] = [tri[t]!, tri[t + 1]!, tri[t + 2]!];
        const same = codes[a] === codes[b] && codes[a] === codes[c];
        const code = Math.max(AS_SHOWN, same ? codes[a]! : middle(a, b, c));
        by[t / 3] = code;
        sizes[code]!++;
    }
    if (sizes[AS_SHOWN] === by.length) return { kept: tri, moved: new Map() };
    const lists = new Map<number, Uint32Array>();
    const ends = new Uint32Array(256);
    for (const [code, size] of sizes.entries()) if (size && code !== REMOVED) lists.set(code, new Uint32Array(3 * size));
    for (let t = 0; t < tri.length; t += 3) {
        const list = lists.get(by[t / 3]!);
        if (!list) continue;
        list.set(tri.subarray(t, t + 3), ends[by[t / 3]!]!);
        ends[by[t / 3]!]! += 3;
    }
    const kept = lists.get(AS_SHOWN) ?? new Uint32Array(0);
    lists.delete(AS_SHOWN);
    return { kept, moved: lists };
}
