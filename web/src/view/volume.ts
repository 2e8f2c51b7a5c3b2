/*
 * Volume rendering on the processor: parallel rays through a coarse level of the scan, front to
 * back, blocks without anything visible skipped, a ray ended when nothing more shines through
 * (Levoy 1990). Lit by the grey values' slope. It shows grey values, not surfaces: nothing is
 * measured on it.
 */
import { along, dot, indexOf, inverseRows, scale, spacing, sub, unit, type Vec3 } from './geometry';
import type { Camera } from './raster';
import type { Voxels } from './slice';

export type VolumePreset = 'bone' | 'vessels' | 'skin';

interface Stop {
    at: number; /* in the scan's unit */
    rgb: Vec3;
    opacity: number; /* of one mm */
}

const presets: Record<VolumePreset, Stop[]> = {
    bone: [
        { at: 140, rgb: [190, 130, 90], opacity: 0 },
        { at: 300, rgb: [226, 198, 160], opacity: 0.35 },
        { at: 700, rgb: [250, 244, 226], opacity: 1.2 },
    ],
    vessels: [
        { at: 110, rgb: [150, 20, 20], opacity: 0 },
        { at: 200, rgb: [205, 40, 30], opacity: 0.25 },
        { at: 380, rgb: [240, 150, 110], opacity: 0.6 },
        { at: 900, rgb: [250, 240, 225], opacity: 1 },
    ],
    skin: [
        { at: -500, rgb: [190, 130, 105], opacity: 0 },
        { at: -150, rgb: [226, 172, 142], opacity: 1.2 },
        { at: 3000, rgb: [240, 200, 175], opacity: 1.5 },
    ],
};

export const BLOCK = 8;
const VALUES = 4096; /* colours and opacities from the least to the most stored voxel */
const ENOUGH = 0.97; /* of light that is taken: the rest is not seen */
const AMBIENT = 0.28;

export interface VolumeLook {
    preset: VolumePreset;
    slope: number;
    intercept: number;
    clip: { through_mm: Vec3; normal: Vec3 } | null;
}

export class Caster {
    private min = Infinity;
    private max = -Infinity;
    private blocks: Int16Array; /* the most in each block of voxels and one around */
    private dims: Vec3;
    private rgb = new Float32Array(3 * VALUES);
    private opacity = new Float32Array(VALUES);
    private perMm: Vec3 = [1, 1, 1];
    private low = 0; /* stored: nothing is visible up to here */

    constructor(readonly voxels: Voxels) {
        const { dim } = voxels.grid;
        const { data } = voxels;
        this.dims = [Math.ceil(dim[0] / BLOCK), Math.ceil(dim[1] / BLOCK), Math.ceil(dim[2] / BLOCK)];
        const [bx, by, bz] = this.dims;
        const most = new Int16Array(bx * by * bz).fill(-32768);
        for (let k = 0, p = 0; k < dim[2]; k++)
            for (let j = 0; j < dim[1]; j++) {
                const row = bx * (((j / BLOCK) | 0) + by * ((k / BLOCK) | 0));
                for (let i = 0; i < dim[0]; i++, p++) {
                    const v = data[p]!;
                    const b = row + ((i / BLOCK) | 0);
                    if (v > most[b]!) most[b] = v;
                    if (v < this.min) this.min = v;
                    if (v > this.max) this.max = v;
                }
            }
        /* what lies between two blocks is interpolated from both */
        this.blocks = most.slice();
        for (let z = 0; z < bz; z++)
            for (let y = 0; y < by; y++)
                for (let x = 0; x < bx; x++) {
                    let m = -32768;
                    for (let c = 0; c < 27; c++) {
                        const [i, j, k] = [x + (c % 3) - 1, y + (((c / 3) | 0) % 3) - 1, z + ((c / 9) | 0) - 1];
                        if (i >= 0 && j >= 0 && k >= 0 && i < bx && j < by && k < bz) m = Math.max(m, most[i + bx * (j + by * k)]!);
                    }
                    this.blocks[x + bx * (y + by * z)] = m;
                }
    }

    private tint(look: VolumeLook, step_mm: number): void {
        const stops = presets[look.preset];
        const span = Math.max(this.max - this.min, 1);
        this.low = (stops[0]!.at - look.intercept) / look.slope;
        for (let n = 0; n < VALUES; n++) {
            const x = (this.min + (n / (VALUES - 1)) * span) * look.slope + look.intercept;
            let s = 0;
            while (s + 2 < stops.length && x > stops[s + 1]!.at) s++;
            const a = stops[s]!;
            const b = stops[s + 1]!;
            const w = Math.min(Math.max((x - a.at) / (b.at - a.at), 0), 1);
            for (let c = 0; c < 3; c++) this.rgb[3 * n + c] = a.rgb[c]! + (b.rgb[c]! - a.rgb[c]!) * w;
            const per_mm = x <= stops[0]!.at ? 0 : a.opacity + (b.opacity - a.opacity) * w;
            this.opacity[n] = 1 - Math.exp(-per_mm * step_mm);
        }
    }

    /* Every `every`-th pixel, each a square of that size; yields after each of its rows. */
    *draw(pixels: Uint32Array, width: number, height: number, camera: Camera, look: VolumeLook, every: number): Generator<void> {
        const { grid } = this.voxels;
        const rows = inverseRows(grid);
        const toIndex = (way: Vec3): Vec3 => [dot(rows[0], way), dot(rows[1], way), dot(rows[2], way)];
        const least = Math.min(...spacing(grid));
        const step_mm = every > 1 ? 1.5 * least : 0.75 * least;
        this.tint(look, step_mm);
        const step = toIndex(scale(camera.frame.n, step_mm));
        const toLight = unit(along(along(scale(camera.frame.n, -1), camera.frame.u, -0.35), camera.frame.v, -0.45));
        /* in the scan's own axes, each of length 1 */
        const light = grid.step_mm.map((way) => dot(unit(way), toLight)) as unknown as Vec3;
        this.perMm = spacing(grid).map((mm) => 1 / mm) as unknown as Vec3;
        const px = 1 / camera.px_per_mm;
        for (let y = 0; y < height; y += every) {
            for (let x = 0; x < width; x += every) {
                const across = x + every / 2 - width / 2;
                const down = y + every / 2 - height / 2;
                const on = along(along(camera.target_mm, camera.frame.u, across * px), camera.frame.v, down * px);
                const colour = this.ray(indexOf(grid, on), step, light, look, on, camera.frame.n, step_mm);
                for (let dy = 0; dy < every && y + dy < height; dy++)
                    for (let dx = 0; dx < every && x + dx < width; dx++) pixels[(y + dy) * width + x + dx] = colour;
            }
            yield;
        }
    }

    private ray(at: Vec3, step: Vec3, light: Vec3, look: VolumeLook, on: Vec3, way: Vec3, step_mm: number): number {
        const { dim } = this.voxels.grid;
        let from = -Infinity;
        let to = Infinity;
        for (let axis = 0; axis < 3; axis++) {
            const s = step[axis]!;
            if (Math.abs(s) < 1e-9) {
                if (at[axis]! < 0 || at[axis]! > dim[axis]! - 1) return 0;
                continue;
            }
            const a = -at[axis]! / s;
            const b = (dim[axis]! - 1 - at[axis]!) / s;
            from = Math.max(from, Math.min(a, b));
            to = Math.min(to, Math.max(a, b));
        }
        if (look.clip) {
            /* the side its normal points to is cut away */
            const d = dot(sub(on, look.clip.through_mm), look.clip.normal);
            const per = dot(way, look.clip.normal) * step_mm;
            if (Math.abs(per) < 1e-9) {
                if (d > 0) return 0;
            } else if (per > 0) to = Math.min(to, -d / per);
            else from = Math.max(from, -d / per);
        }
        if (!(from < to)) return 0;
        return this.march(at, step, light, Math.ceil(from + 1e-6), Math.floor(to - 1e-6));
    }

    /* Trilinear, at the border what is nearest. */
    private at(x: number, y: number, z: number): number {
        const { data } = this.voxels;
        const [nx, ny, nz] = this.voxels.grid.dim;
        const cx = x < 0 ? 0 : x > nx - 1 ? nx - 1 : x;
        const cy = y < 0 ? 0 : y > ny - 1 ? ny - 1 : y;
        const cz = z < 0 ? 0 : z > nz - 1 ? nz - 1 : z;
        const i = cx | 0;
        const j = cy | 0;
        const k = cz | 0;
        const di = i + 1 < nx ? 1 : 0;
        const dj = j + 1 < ny ? nx : 0;
        const dk = k + 1 < nz ? nx * ny : 0;
        const p = i + nx * j + nx * ny * k;
        const wx = cx - i;
        const wy = cy - j;
        const a = data[p]! + (data[p + di]! - data[p]!) * wx;
        const b = data[p + dj]! + (data[p + dj + di]! - data[p + dj]!) * wx;
        const c = data[p + dk]! + (data[p + dk + di]! - data[p + dk]!) * wx;
        const d = data[p + dk + dj]! + (data[p + dk + dj + di]! - data[p + dk + dj]!) * wx;
        const front = a + (b - a) * wy;
        return front + (c + (d - c) * wy - front) * (cz - k);
    }

    private march(at: Vec3, step: Vec3, light: Vec3, from: number, to: number): number {
        const { data } = this.voxels;
        const [nx, ny, nz] = this.voxels.grid.dim;
        const [bx, by] = this.dims;
        const { blocks, low, rgb, opacity, min } = this;
        const sheet = nx * ny;
        const per = (VALUES - 1) / Math.max(this.max - min, 1);
        const [sx, sy, sz] = step;
        const [lx, ly, lz] = light;
        const [ax, ay, az] = this.perMm;
        const leap = Math.max(1, Math.floor(BLOCK / Math.max(Math.abs(sx), Math.abs(sy), Math.abs(sz)) / 2));
        let left = 1;
        let r = 0;
        let g = 0;
        let b = 0;
        for (let t = from; t <= to; t++) {
            const x = at[0] + t * sx;
            const y = at[1] + t * sy;
            const z = at[2] + t * sz;
            const i = x | 0;
            const j = y | 0;
            const k = z | 0;
            if (blocks[((i / BLOCK) | 0) + bx * (((j / BLOCK) | 0) + by * ((k / BLOCK) | 0))]! <= low) {
                t += leap - 1; /* half a block: its neighbours' greatest counts as its own */
                continue;
            }
            const di = i + 1 < nx ? 1 : 0;
            const dj = j + 1 < ny ? nx : 0;
            const dk = k + 1 < nz ? sheet : 0;
            const p = i + nx * j + sheet * k;
            const wx = x - i;
            const wy = y - j;
            const wz = z - k;
            const v0 = data[p]!;
            const v1 = data[p + di]!;
            const v2 = data[p + dj]!;
            const v3 = data[p + dj + di]!;
            const v4 = data[p + dk]!;
            const v5 = data[p + dk + di]!;
            const v6 = data[p + dk + dj]!;
            const v7 = data[p + dk + dj + di]!;
            const a = v0 + (v1 - v0) * wx;
            const c = v2 + (v3 - v2) * wx;
            const d = v4 + (v5 - v4) * wx;
            const e = v6 + (v7 - v6) * wx;
            const f = a + (c - a) * wy;
            const h = d + (e - d) * wy;
            const v = f + (h - f) * wz;
            if (v <= low) continue;
            const n = ((v - min) * per) | 0;
            const o = opacity[n]!;
            if (o === 0) continue;
            /* the slope, a voxel to each side, points into what is denser: light falls on what
             * faces away from that */
            const gx = (this.at(x + 1, y, z) - this.at(x - 1, y, z)) * ax;
            const gy = (this.at(x, y + 1, z) - this.at(x, y - 1, z)) * ay;
            const gz = (this.at(x, y, z + 1) - this.at(x, y, z - 1)) * az;
            const steep = Math.sqrt(gx * gx + gy * gy + gz * gz);
            const facing = steep > 0 ? -(gx * lx + gy * ly + gz * lz) / steep : 0;
            const lit = left * o * (AMBIENT + (1 - AMBIENT) * (facing > 0 ? facing : 0));
            r += lit * rgb[3 * n]!;
            g += lit * rgb[3 * n + 1]!;
            b += lit * rgb[3 * n + 2]!;
            left *= 1 - o;
            if (left < 1 - ENOUGH) break;
        }
        const alpha = 1 - left;
        if (alpha < 0.004) return 0;
        /* a canvas wants colours as they are without their opacity */
        return (((alpha * 255) | 0) << 24) | (Math.min(b / alpha, 255) << 16) | (Math.min(g / alpha, 255) << 8) | Math.min(r / alpha, 255);
    }
}

/* The level to be drawn: the finest that a machine without a card draws in a second or so. */
export function levelFor(levels: readonly Voxels[], most = 12e6): Voxels | null {
    const fitting = levels.filter(({ grid, still }) => still && grid.dim[0] * grid.dim[1] * grid.dim[2] <= most);
    return fitting.at(-1) ?? levels[0] ?? null;
}

