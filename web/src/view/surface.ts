/* Triangles in the browser: normals to light them, cuts by planes for outlines. */
import { dot, inverseRows, type Grid, type Vec3 } from './geometry';

export interface Surface {
    pos: Float32Array;
    tri: Uint32Array;
}

/* Outward, weighted by area; 127 is length 1, three bytes a vertex. */
export function normalsOf({ pos, tri }: Surface): Int8Array {
    const sum = new Float32Array(pos.length);
    for (let t = 0; t < tri.length; t += 3) {
        const a = 3 * tri[t]!;
        const b = 3 * tri[t + 1]!;
        const c = 3 * tri[t + 2]!;
        const ux = pos[b]! - pos[a]!;
        const uy = pos[b + 1]! - pos[a + 1]!;
        const uz = pos[b + 2]! - pos[a + 2]!;
        const vx = pos[c]! - pos[a]!;
        const vy = pos[c + 1]! - pos[a + 1]!;
        const vz = pos[c + 2]! - pos[a + 2]!;
        const nx = uy * vz - uz * vy;
        const ny = uz * vx - ux * vz;
        const nz = ux * vy - uy * vx;
        for (const i of [a, b, c]) {
            sum[i] = sum[i]! + nx;
            sum[i + 1] = sum[i + 1]! + ny;
            sum[i + 2] = sum[i + 2]! + nz;
        }
    }
    const out = new Int8Array(pos.length);
    for (let i = 0; i < sum.length; i += 3) {
        const l = Math.sqrt(sum[i]! ** 2 + sum[i + 1]! ** 2 + sum[i + 2]! ** 2);
        if (l === 0) continue;
        for (let c = 0; c < 3; c++) out[i + c] = Math.round((sum[i + c]! / l) * 127);
    }
    return out;
}

const CHUNK = 256; /* triangles that share a box */

/* Boxes of each 256 triangles, six numbers each (least, then most): a plane that misses a box
 * misses them. Meshes come sorted by place, so that boxes are small. */
export function boxesOf({ pos, tri }: Surface): Float32Array {
    const count = Math.ceil(tri.length / 3 / CHUNK);
    const out = new Float32Array(6 * count);
    for (let c = 0; c < count; c++) {
        const low = [Infinity, Infinity, Infinity];
        const high = [-Infinity, -Infinity, -Infinity];
        const end = Math.min(3 * CHUNK * (c + 1), tri.length);
        for (let t = 3 * CHUNK * c; t < end; t++)
            for (let axis = 0, p = 3 * tri[t]!; axis < 3; axis++, p++) {
                const x = pos[p]!;
                if (x < low[axis]!) low[axis] = x;
                if (x > high[axis]!) high[axis] = x;
            }
        out.set([...low, ...high], 6 * c);
    }
    return out;
}

/*
 * Where a plane cuts the surface: segments of six numbers (two places in mm). A vertex that lies
 * in the plane counts as in front of it, so that each crossing is found once and a closed surface
 * gives closed outlines.
 */
export function cut(surface: Surface, through: Vec3, normal: Vec3, boxes?: Float32Array): Float32Array {
    const { tri } = surface;
    const [nx, ny, nz] = normal;
    const d = dot(through, normal);
    const lines = new Lines();
    for (let c = 0; 3 * CHUNK * c < tri.length; c++) {
        if (boxes) {
            const b = 6 * c;
            const mid = ((boxes[b]! + boxes[b + 3]!) * nx + (boxes[b + 1]! + boxes[b + 4]!) * ny + (boxes[b + 2]! + boxes[b + 5]!) * nz) / 2 - d;
            const reach =
                ((boxes[b + 3]! - boxes[b]!) * Math.abs(nx) + (boxes[b + 4]! - boxes[b + 1]!) * Math.abs(ny) + (boxes[b + 5]! - boxes[b + 2]!) * Math.abs(nz)) / 2;
            if (Math.abs(mid) > reach + 1e-3) continue;
        }
        cutSome(surface, normal, d, 3 * CHUNK * c, Math.min(3 * CHUNK * (c + 1), tri.length), lines);
    }
    return lines.all.slice(0, lines.count);
}

class Lines {
    all = new Float32Array(6 * 1024);
    count = 0;
}

function cutSome({ pos, tri }: Surface, [nx, ny, nz]: Vec3, d: number, from: number, to: number, lines: Lines): void {
    let out = lines.all;
    let n = lines.count;
    for (let t = from; t < to; t += 3) {
        const a = 3 * tri[t]!;
        const b = 3 * tri[t + 1]!;
        const c = 3 * tri[t + 2]!;
        const sa = pos[a]! * nx + pos[a + 1]! * ny + pos[a + 2]! * nz - d;
        const sb = pos[b]! * nx + pos[b + 1]! * ny + pos[b + 2]! * nz - d;
        const sc = pos[c]! * nx + pos[c + 1]! * ny + pos[c + 2]! * nz - d;
        const fa = sa >= 0;
        const fb = sb >= 0;
        const fc = sc >= 0;
        if (fa === fb && fb === fc) continue;
        if (n + 6 > out.length) {
            lines.all = new Float32Array(2 * out.length);
            lines.all.set(out);
            out = lines.all;
        }
        /* the corner that is alone on its side, and the two sides it cuts */
        const [alone, s0, next, s1, last, s2] = fb === fc ? [a, sa, b, sb, c, sc] : fa === fc ? [b, sb, c, sc, a, sa] : [c, sc, a, sa, b, sb];
        for (let side = 0; side < 2; side++) {
            const other = side ? last : next;
            const w = s0 / (s0 - (side ? s2 : s1));
            for (let k = 0; k < 3; k++) {
                const start = pos[alone + k]!;
                out[n++] = start + (pos[other + k]! - start) * w;
            }
        }
    }
    lines.count = n;
}

/* A box of voxels (lo <= p < hi) in which a newer piece stands for the surface there was. */
export interface Hole {
    grid: Grid;
    from: Vec3;
    to: Vec3;
    /* whose own surface stays: the pieces that are newer than it, and its own */
    spared: readonly string[];
}

/* Sets a bit of each vertex that lies in the hole. */
function markIn({ grid, from, to }: Hole, { pos }: Surface, bit: number, inside: Uint8Array): void {
    const rows = inverseRows(grid);
    const [ox, oy, oz] = grid.origin_mm;
    for (let v = 0; v < inside.length; v++) {
        const x = pos[3 * v]! - ox;
        const y = pos[3 * v + 1]! - oy;
        const z = pos[3 * v + 2]! - oz;
        let within = true;
        for (let a = 0; within && a < 3; a++) {
            const at = x * rows[a]![0] + y * rows[a]![1] + z * rows[a]![2] + 0.5;
            within = at >= from[a]! && at <= to[a]!;
        }
        if (within) inside[v]! |= bit;
    }
}

/* The triangles of a surface that are not wholly within a hole. */
export function throughHoles(id: string, surface: Surface, holes: readonly Hole[]): Uint32Array {
    const cutBy = holes.filter((hole) => !hole.spared.some((one) => id.startsWith(one)));
    if (!cutBy.length) return surface.tri;
    const { tri } = surface;
    const inside = new Uint8Array(surface.pos.length / 3); /* a bit a hole */
    for (const [n, hole] of cutBy.entries()) markIn(hole, surface, 1 << n % 8, inside);
    const out = new Uint32Array(tri.length);
    let n = 0;
    for (let t = 0; t < tri.length; t += 3) {
        if (inside[tri[t]!]! & inside[tri[t + 1]!]! & inside[tri[t + 2]!]!) continue;
        out[n++] = tri[t]!;
        out[n++] = tri[t + 1]!;
        out[n++] = tri[t + 2]!;
    }
    return out.slice(0, n);
}
