/*
 * What slice.ts draws, faster: straight into pixels, as whole numbers, each row of voxels spread
 * out once. A slab along the scan's axes is put together voxel by voxel before it is spread, so
 * its highest value may lie a little above what interpolating first gives, never below.
 * Of a scan that is there as a whole, planes across its rows are read 16 at a time, since one
 * place of memory brings the neighbours along.
 */
import { along, dot, inverseRows, scale, sub, type Grid, type Vec3 } from './geometry';
import { paint, sliceValues, slabPlaces, type SliceAsk, type SlabKind, type Voxels } from './slice';

const EDGE = 0.5; /* a voxel reaches half a step beyond its centre */
const SHARP = 5; /* bits below one of a row that was spread */
const WEIGHT = 11; /* bits of a weight across, and */
const DOWN = 9; /* down: less, as rows carry their bits too */
const TOGETHER = 16; /* planes */
const MOST = 64; /* slices of a slab */

interface Places {
    /* of the first pixel that lies in the scan, and of the one after the last */
    from: number;
    to: number;
    low: Int32Array;
    weight: Int32Array;
}

/* Where pixels of a row (or column) lie among `dim` voxels. */
function placesOf(count: number, first: number, step: number, dim: number, bits: number): Places {
    const low = new Int32Array(count);
    const weight = new Int32Array(count);
    let from = count;
    let to = 0;
    for (let x = 0; x < count; x++) {
        const at = first + x * step;
        if (at < -EDGE || at > dim - 1 + EDGE) continue;
        if (from > x) from = x;
        to = x + 1;
        const kept = Math.min(Math.max(at, 0), dim - 1);
        const below = Math.min(Math.floor(kept), Math.max(dim - 2, 0));
        low[x] = below;
        weight[x] = Math.round((kept - below) * (1 << bits));
    }
    return { from: Math.min(from, to), to, low, weight };
}

interface Sheet {
    data: Int16Array;
    base: number;
    across: number;
    down: number;
}

/* ---- planes across the rows, kept 16 at a time ---- */

let block: { of: Int16Array; first: number; planes: Int16Array } | undefined;

function acrossRows(voxels: Voxels, i: number): Sheet {
    const [nx, ny, nz] = voxels.grid.dim;
    const sheet = ny * nz;
    const data = voxels.data;
    if (!voxels.still) return { data, base: i, across: nx, down: nx * ny };
    const first = i - (i % TOGETHER);
    if (block?.of !== data || block.first !== first) {
        const count = Math.min(TOGETHER, nx - first);
        const planes = block && block.planes.length >= sheet * TOGETHER ? block.planes : new Int16Array(sheet * TOGETHER);
        for (let at = 0, p = first; at < sheet; at++, p += nx)
            for (let c = 0; c < count; c++) planes[at + c * sheet] = data[p + c]!;
        block = { of: data, first, planes };
    }
    return { data: block.planes, base: (i - first) * sheet, across: 1, down: ny };
}

function sheetOf(voxels: Voxels, axes: readonly [number, number, number], k: number): Sheet {
    const { dim } = voxels.grid;
    const strides = [1, dim[0], dim[0] * dim[1]];
    const [across, down, through] = axes;
    if (through === 0 && across === 1 && down === 2) return acrossRows(voxels, k);
    return { data: voxels.data, base: k * strides[through]!, across: strides[across]!, down: strides[down]! };
}

/* ---- slabs ---- */

let slabRoom = new Int16Array(0);
let sumRoom = new Int32Array(0);

function room(size: number, sums: boolean): void {
    if (slabRoom.length < size) slabRoom = new Int16Array(size);
    if (sums && sumRoom.length < size) sumRoom = new Int32Array(size);
}

function highest(out: Int16Array, line: number, data: Int16Array, from: number, across: number, width: number): void {
    for (let x = 0, at = from; x < width; x++, at += across) {
        const v = data[at]!;
        if (v > out[line + x]!) out[line + x] = v;
    }
}

function lowest(out: Int16Array, line: number, data: Int16Array, from: number, across: number, width: number): void {
    for (let x = 0, at = from; x < width; x++, at += across) {
        const v = data[at]!;
        if (v < out[line + x]!) out[line + x] = v;
    }
}

function addRow(sum: Int32Array, line: number, data: Int16Array, from: number, across: number, width: number, more: boolean): void {
    for (let x = 0, at = from; x < width; x++, at += across) sum[line + x] = data[at]! + (more ? sum[line + x]! : 0);
}

function together(voxels: Voxels, axes: readonly [number, number, number], ks: number[], kind: SlabKind): Sheet {
    const { dim } = voxels.grid;
    const width = dim[axes[0]]!;
    const height = dim[axes[1]]!;
    const size = width * height;
    room(size, kind === 'mean');
    const out = slabRoom;
    const sum = sumRoom;
    ks.forEach((k, n) => {
        const { data, base, across, down } = sheetOf(voxels, axes, k);
        for (let y = 0; y < height; y++) {
            const line = y * width;
            const from = base + y * down;
            if (kind === 'mean') addRow(sum, line, data, from, across, width, n > 0);
            else if (n === 0) for (let x = 0; x < width; x++) out[line + x] = data[from + x * across]!;
            else if (kind === 'max') highest(out, line, data, from, across, width);
            else lowest(out, line, data, from, across, width);
        }
    });
    if (kind === 'mean') for (let p = 0; p < size; p++) out[p] = Math.round(sum[p]! / ks.length);
    return { data: out, base: 0, across: 1, down: width };
}

/* ---- along the scan's axes ---- */

let rowA = new Int32Array(0);
let rowB = new Int32Array(0);

function spread(row: Int32Array, sheet: Sheet, y: number, cols: Places): void {
    const { data, across } = sheet;
    const base = sheet.base + y * sheet.down;
    const { low, weight, to } = cols;
    for (let x = cols.from; x < to; x++) {
        const at = base + low[x]! * across;
        const w = weight[x]!;
        const a = data[at]!;
        /* at the last voxel of a row that is one long there is no neighbour, and no weight */
        row[x] = (a << SHARP) + (w ? ((data[at + across]! - a) * w) >> (WEIGHT - SHARP) : 0);
    }
}

function drawSheet(pixels: Uint32Array, sheet: Sheet, cols: Places, rows: Places, width: number, height: number, lut: Uint32Array, outside: number): void {
    if (rowA.length < width) {
        rowA = new Int32Array(width);
        rowB = new Int32Array(width);
    }
    let top = rowA;
    let bottom = rowB;
    let topAt = -1;
    let bottomAt = -1;
    const { from, to } = cols;
    if (from >= to || rows.from >= rows.to) {
        pixels.fill(outside);
        return;
    }
    pixels.fill(outside, 0, rows.from * width);
    pixels.fill(outside, rows.to * width, height * width);
    for (let y = rows.from; y < rows.to; y++) {
        const at = rows.low[y]!;
        const w = rows.weight[y]!;
        if (at !== topAt) {
            const free = top;
            top = bottom;
            bottom = free;
            const freed = topAt;
            topAt = bottomAt;
            bottomAt = freed;
            if (at !== topAt) spread(top, sheet, at, cols);
            topAt = at;
        }
        if (w && at + 1 !== bottomAt) {
            spread(bottom, sheet, at + 1, cols);
            bottomAt = at + 1;
        }
        const line = y * width;
        pixels.fill(outside, line, line + from);
        pixels.fill(outside, line + to, line + width);
        const half = (32768 << SHARP) + (1 << (SHARP - 1));
        if (w)
            for (let x = from; x < to; x++) {
                const t = top[x]!;
                pixels[line + x] = lut[(t + (((bottom[x]! - t) * w) >> DOWN) + half) >> SHARP]!;
            }
        else for (let x = from; x < to; x++) pixels[line + x] = lut[(top[x]! + half) >> SHARP]!;
    }
}

/* ---- any other plane ---- */

/* Of the pixels 0 to count, those whose place `first + x step` lies in low to high. */
function span(range: [number, number], first: number, step: number, low: number, high: number): void {
    if (Math.abs(step) < 1e-12) {
        if (first < low || first > high) range[1] = range[0];
        return;
    }
    const a = (low - first) / step;
    const b = (high - first) / step;
    range[0] = Math.max(range[0], Math.ceil(Math.min(a, b)));
    range[1] = Math.min(range[1], Math.floor(Math.max(a, b)) + 1);
}

function drawAskew(pixels: Uint32Array, voxels: Voxels, ask: SliceAsk, first: Vec3, right: Vec3, down: Vec3, lut: Uint32Array, outside: number): void {
    const [nx, ny, nz] = voxels.grid.dim;
    const sheet = nx * ny;
    const data = voxels.data;
    const [ri, rj, rk] = right;
    for (let y = 0; y < ask.height; y++) {
        const line = y * ask.width;
        const at: Vec3 = [first[0] + y * down[0], first[1] + y * down[1], first[2] + y * down[2]];
        const range: [number, number] = [0, ask.width];
        span(range, at[0], ri, -EDGE, nx - EDGE);
        span(range, at[1], rj, -EDGE, ny - EDGE);
        span(range, at[2], rk, -EDGE, nz - EDGE);
        const from = Math.min(range[0], ask.width);
        const to = Math.max(range[1], from);
        pixels.fill(outside, line, line + from);
        pixels.fill(outside, line + to, line + ask.width);
        for (let x = from; x < to; x++) {
            let i = at[0] + x * ri;
            let j = at[1] + x * rj;
            let k = at[2] + x * rk;
            if (i < 0) i = 0;
            else if (i > nx - 1) i = nx - 1;
            if (j < 0) j = 0;
            else if (j > ny - 1) j = ny - 1;
            if (k < 0) k = 0;
            else if (k > nz - 1) k = nz - 1;
            const i0 = i | 0;
            const j0 = j | 0;
            const k0 = k | 0;
            const wi = i - i0;
            const wj = j - j0;
            const wk = k - k0;
            const p = i0 + nx * j0 + sheet * k0;
            const di = wi > 0 ? 1 : 0;
            const dj = wj > 0 ? nx : 0;
            const dk = wk > 0 ? sheet : 0;
            const q = p + dk;
            const va = data[p]!;
            const vb = data[p + dj]!;
            const vc = data[q]!;
            const vd = data[q + dj]!;
            const a = va + (data[p + di]! - va) * wi;
            const b = vb + (data[p + dj + di]! - vb) * wi;
            const c = vc + (data[q + di]! - vc) * wi;
            const d = vd + (data[q + dj + di]! - vd) * wi;
            const front = a + (b - a) * wj;
            pixels[line + x] = lut[(front + (c + (d - c) * wj - front) * wk + 32768.5) | 0]!;
        }
    }
}

/* The only axis along which a step goes, or -1. */
function soleAxis(step: Vec3): number {
    const most = Math.max(Math.abs(step[0]), Math.abs(step[1]), Math.abs(step[2]));
    const going = [0, 1, 2].filter((axis) => Math.abs(step[axis]!) > 1e-5 * most);
    return going.length === 1 ? going[0]! : -1;
}

function kOf(first: Vec3, n: Vec3, off: number, through: number): number {
    return Math.round(first[through]! + off * n[through]!);
}

/* The slice as pixels of a canvas: grey by `lut` (lut.ts), `outside` where there is no scan. */
export function drawPixels(pixels: Uint32Array, voxels: Voxels, ask: SliceAsk, lut: Uint32Array, outside: number): void {
    const { grid } = voxels;
    const rows = inverseRows(grid);
    const toIndex = (way: Vec3): Vec3 => [dot(rows[0], way), dot(rows[1], way), dot(rows[2], way)];
    const { frame, mm_per_px: mm } = ask;
    const corner = along(along(ask.centre_mm, frame.u, (0.5 - ask.width / 2) * mm), frame.v, (0.5 - ask.height / 2) * mm);
    const first = toIndex(sub(corner, grid.origin_mm));
    const right = toIndex(scale(frame.u, mm));
    const down = toIndex(scale(frame.v, mm));
    const across = soleAxis(right);
    const downward = soleAxis(down);
    const straight = across >= 0 && downward >= 0 && across !== downward;
    if (!straight && ask.slab_mm > 0) {
        paint(pixels, sliceValues(voxels, ask), lut, outside);
        return;
    }
    if (!straight) {
        drawAskew(pixels, voxels, ask, first, right, down, lut, outside);
        return;
    }
    const axes = [across, downward, 3 - across - downward] as const;
    const ks = slices(grid, ask, first, toIndex(frame.n), axes[2]);
    if (!ks.length) {
        pixels.fill(outside);
        return;
    }
    const sheet = ks.length === 1 ? sheetOf(voxels, axes, ks[0]!) : together(voxels, axes, ks, ask.slab);
    const cols = placesOf(ask.width, first[across]!, right[across]!, grid.dim[across]!, WEIGHT);
    const lines = placesOf(ask.height, first[downward]!, down[downward]!, grid.dim[downward]!, DOWN);
    drawSheet(pixels, sheet, cols, lines, ask.width, ask.height, lut, outside);
}

/* Which sheets of the scan make the slab; those that lie in it. */
function slices(grid: Grid, ask: SliceAsk, first: Vec3, normal: Vec3, through: number): number[] {
    const all = slabPlaces(grid, ask.frame, ask.slab_mm, MOST).map((off) => kOf(first, normal, off, through));
    return all.filter((k, i) => k >= 0 && k < grid.dim[through]! && all.indexOf(k) === i);
}
