/*
 * A slice through voxels, drawn into pixels. Along the scan's own axes it is fast and shows the
 * slice that was taken (interpolated in its plane, never between slices); any other plane is
 * interpolated between the eight voxels around. What lies outside the scan stays transparent.
 */
import { along, dot, inverseRows, scale, sub, type Frame, type Grid, type Vec3 } from './geometry';

export interface Voxels {
    grid: Grid;
    data: Int16Array;
    /* all of it has come: what was made of it stays true */
    still?: boolean;
}

export type SlabKind = 'max' | 'min' | 'mean';

export interface SliceAsk {
    frame: Frame;
    /* what lies in the middle of the picture */
    centre_mm: Vec3;
    mm_per_px: number;
    width: number;
    height: number;
    slab_mm: number;
    slab: SlabKind;
}

interface Steps {
    /* voxel coordinates of the middle of the first pixel, and per pixel to the right, down, and
     * per slice of the slab */
    first: Vec3;
    right: Vec3;
    down: Vec3;
}

function stepsOf(grid: Grid, ask: SliceAsk, off_mm: number): Steps {
    const rows = inverseRows(grid);
    const toIndex = (way: Vec3): Vec3 => [dot(rows[0], way), dot(rows[1], way), dot(rows[2], way)];
    const corner = along(
        along(
            along(ask.centre_mm, ask.frame.u, (0.5 - ask.width / 2) * ask.mm_per_px),
            ask.frame.v,
            (0.5 - ask.height / 2) * ask.mm_per_px,
        ),
        ask.frame.n,
        off_mm,
    );
    return {
        first: toIndex(sub(corner, grid.origin_mm)),
        right: toIndex(scale(ask.frame.u, ask.mm_per_px)),
        down: toIndex(scale(ask.frame.v, ask.mm_per_px)),
    };
}

/* The only axis along which a step goes, or -1. */
function soleAxis(step: Vec3): number {
    const most = Math.max(Math.abs(step[0]), Math.abs(step[1]), Math.abs(step[2]));
    const going = [0, 1, 2].filter((axis) => Math.abs(step[axis]!) > 1e-5 * most);
    return going.length === 1 ? going[0]! : -1;
}

const EDGE = 0.5; /* a voxel reaches half a step beyond its centre */

/* Columns (or rows) of a fast slice: which voxel, its neighbour, and the neighbour's weight. */
function columns(count: number, first: number, step: number, dim: number, stride: number) {
    const near = new Int32Array(count);
    const next = new Int32Array(count);
    const weight = new Float32Array(count);
    for (let x = 0; x < count; x++) {
        const at = first + x * step;
        if (at < -EDGE || at > dim - 1 + EDGE) {
            near[x] = -1;
            continue;
        }
        const kept = Math.min(Math.max(at, 0), dim - 1);
        const low = Math.min(Math.floor(kept), Math.max(dim - 2, 0));
        near[x] = low * stride;
        next[x] = Math.min(low + 1, dim - 1) * stride;
        weight[x] = kept - low;
    }
    return { near, next, weight };
}

function drawStraight(out: Float32Array, voxels: Voxels, ask: SliceAsk, steps: Steps, axes: number[]): void {
    const { dim } = voxels.grid;
    const strides = [1, dim[0], dim[0] * dim[1]];
    const [across, downward, through] = axes as [number, number, number];
    const k = Math.round(steps.first[through]!);
    if (k < 0 || k >= dim[through]!) {
        out.fill(NaN);
        return;
    }
    const data = voxels.data;
    const base = k * strides[through]!;
    const cols = columns(ask.width, steps.first[across]!, steps.right[across]!, dim[across]!, strides[across]!);
    const rows = columns(ask.height, steps.first[downward]!, steps.down[downward]!, dim[downward]!, strides[downward]!);
    let p = 0;
    for (let y = 0; y < ask.height; y++) {
        if (rows.near[y]! < 0) {
            out.fill(NaN, p, p + ask.width);
            p += ask.width;
            continue;
        }
        const above = base + rows.near[y]!;
        const below = base + rows.next[y]!;
        const wy = rows.weight[y]!;
        for (let x = 0; x < ask.width; x++, p++) {
            const i = cols.near[x]!;
            if (i < 0) {
                out[p] = NaN;
                continue;
            }
            const j = cols.next[x]!;
            const wx = cols.weight[x]!;
            const a = data[above + i]!;
            const b = data[below + i]!;
            const top = a + (data[above + j]! - a) * wx;
            out[p] = top + (b + (data[below + j]! - b) * wx - top) * wy;
        }
    }
}

function drawOblique(out: Float32Array, voxels: Voxels, ask: SliceAsk, steps: Steps): void {
    const [nx, ny, nz] = voxels.grid.dim;
    const data = voxels.data;
    const row = nx;
    const sheet = nx * ny;
    let p = 0;
    for (let y = 0; y < ask.height; y++) {
        let i = steps.first[0] + y * steps.down[0];
        let j = steps.first[1] + y * steps.down[1];
        let k = steps.first[2] + y * steps.down[2];
        for (let x = 0; x < ask.width; x++, p++, i += steps.right[0], j += steps.right[1], k += steps.right[2]) {
            if (i < -EDGE || j < -EDGE || k < -EDGE || i > nx - EDGE || j > ny - EDGE || k > nz - EDGE) {
                out[p] = NaN;
                continue;
            }
            const ci = i < 0 ? 0 : i > nx - 1 ? nx - 1 : i;
            const cj = j < 0 ? 0 : j > ny - 1 ? ny - 1 : j;
            const ck = k < 0 ? 0 : k > nz - 1 ? nz - 1 : k;
            const i0 = ci | 0;
            const j0 = cj | 0;
            const k0 = ck | 0;
            const wi = ci - i0;
            const wj = cj - j0;
            const wk = ck - k0;
            const at = i0 + row * j0 + sheet * k0;
            const di = wi > 0 ? 1 : 0;
            const dj = wj > 0 ? row : 0;
            const dk = wk > 0 ? sheet : 0;
            const a = data[at]! + (data[at + di]! - data[at]!) * wi;
            const b = data[at + dj]! + (data[at + dj + di]! - data[at + dj]!) * wi;
            const c = data[at + dk]! + (data[at + dk + di]! - data[at + dk]!) * wi;
            const d = data[at + dk + dj]! + (data[at + dk + dj + di]! - data[at + dk + dj]!) * wi;
            const front = a + (b - a) * wj;
            out[p] = front + (c + (d - c) * wj - front) * wk;
        }
    }
}

/* Where the slices of a slab lie, in mm from its middle: no further apart than voxels are. */
export function slabPlaces(grid: Grid, frame: Frame, slab_mm: number, most: number): number[] {
    if (slab_mm <= 0) return [0];
    const rows = inverseRows(grid);
    const perStep = Math.max(...rows.map((r) => Math.abs(dot(r, frame.n))));
    const apart = 1 / perStep;
    const count = Math.min(Math.max(1, Math.round(slab_mm / apart)), most);
    return Array.from({ length: count }, (_, s) => ((s + 0.5) / count - 0.5) * slab_mm);
}

let kept: { sum: Float32Array; one: Float32Array } | undefined;

function roomFor(size: number): { sum: Float32Array; one: Float32Array } {
    if (!kept || kept.sum.length < size) kept = { sum: new Float32Array(size), one: new Float32Array(size) };
    return { sum: kept.sum.subarray(0, size), one: kept.one.subarray(0, size) };
}

function draw(out: Float32Array, voxels: Voxels, ask: SliceAsk, off_mm: number): void {
    const steps = stepsOf(voxels.grid, ask, off_mm);
    const across = soleAxis(steps.right);
    const downward = soleAxis(steps.down);
    if (across >= 0 && downward >= 0 && across !== downward)
        drawStraight(out, voxels, ask, steps, [across, downward, 3 - across - downward]);
    else drawOblique(out, voxels, ask, steps);
}

/* Stored values of the slice; NaN outside the scan. Valid until the next call. */
export function sliceValues(voxels: Voxels, ask: SliceAsk, mostSlices = 64): Float32Array {
    const { sum, one } = roomFor(ask.width * ask.height);
    const places = slabPlaces(voxels.grid, ask.frame, ask.slab_mm, mostSlices);
    draw(sum, voxels, ask, places[0]!);
    for (const off of places.slice(1)) {
        draw(one, voxels, ask, off);
        if (ask.slab === 'max') for (let p = 0; p < sum.length; p++) sum[p] = sum[p]! >= one[p]! ? sum[p]! : one[p]!;
        else if (ask.slab === 'min')
            for (let p = 0; p < sum.length; p++) sum[p] = sum[p]! <= one[p]! ? sum[p]! : one[p]!;
        else for (let p = 0; p < sum.length; p++) sum[p] = sum[p]! + one[p]!;
    }
    if (ask.slab === 'mean' && places.length > 1)
        for (let p = 0; p < sum.length; p++) sum[p] = sum[p]! / places.length;
    return sum;
}

/* Into a canvas's pixels by greys (lut.ts). */
export function paint(pixels: Uint32Array, values: Float32Array, lut: Uint32Array, outside = 0): void {
    for (let p = 0; p < values.length; p++) {
        const v = values[p]!;
        pixels[p] = v === v ? lut[(v + 32768.5) | 0]! : outside;
    }
}
