/*
 * What the steps would do, drawn on a slice: a preview. It knows the voxels of the scan and not the
 * labels, so it shows where a step reaches; what it does to the part is the job's to say.
 */
import { along, dot, indexOf, inverseRows, length, placeOf, sub, type Vec3 } from '../view/geometry';
import { project, unproject, type Projection } from '../view/panes';
import type { Stage } from '../view/stage';
import type { Step } from './steps';

const ADDED = '#39d98a';
const REMOVED = '#ff6b5e';
const MARKED = '#ffd24a';
const SAMPLE_PX = 3; /* grey values are looked up once in so many pixels of the screen */

type Pen = CanvasRenderingContext2D;

export function colourOf(step: Step): string {
    if (step.do === 'erase' || step.do === 'scissors' || (step.do === 'islands' && step.how === 'remove')) return REMOVED;
    return step.do === 'paint' || step.do === 'threshold' || step.do === 'grow' ? ADDED : MARKED;
}

/* How wide the brush is on this plane at a place of its stroke, mm; 0: it does not reach. */
function width(step: Step, place: Vec3, on: Projection, half_mm: number): number {
    const off = Math.abs(dot(sub(place, on.centre_mm), on.frame.n));
    const radius = step.radius_mm ?? 0;
    if (step.normal && Math.abs(dot(step.normal, on.frame.n)) > 0.999) return off <= half_mm ? radius : 0;
    return off < radius ? Math.sqrt(radius * radius - off * off) : 0;
}

/* A stroke's share of the plane as a path that can be filled over: capsules, one a segment. */
function strokePath(pen: Pen, step: Step, on: Projection, half_mm: number): void {
    const places = step.stroke_mm!;
    const at = places.map((place) => project(on, place));
    const wide = places.map((place) => width(step, place, on, half_mm));
    pen.lineCap = 'round';
    pen.lineJoin = 'round';
    pen.beginPath();
    let open = 0;
    const close = (): void => {
        if (open > 0) {
            pen.lineWidth = 2 * open * on.px_per_mm;
            pen.stroke();
        }
        pen.beginPath();
        open = 0;
    };
    for (let i = 0; i < at.length; i++) {
        const here = wide[i]!;
        if (Math.abs(here - open) > 1e-6) close();
        if (here <= 0) continue;
        const [x, y] = at[i]!;
        if (open === 0) {
            pen.moveTo(...at[i > 0 && wide[i - 1]! > 0 ? i - 1 : i]!);
            pen.lineTo(x + 1e-3, y);
        } else pen.lineTo(x, y);
        open = here;
    }
    close();
}

let layer: HTMLCanvasElement | null = null;

/* Drawn whole on a sheet of its own, then laid over: where strokes cross it is no darker. */
function overlaid(pen: Pen, on: Projection, alpha: number, draw: (sheet: Pen) => void): void {
    layer ??= document.createElement('canvas');
    if (layer.width !== on.width || layer.height !== on.height) {
        layer.width = on.width;
        layer.height = on.height;
    }
    const sheet = layer.getContext('2d', { willReadFrequently: true })!;
    sheet.globalCompositeOperation = 'source-over';
    sheet.clearRect(0, 0, on.width, on.height);
    draw(sheet);
    pen.globalAlpha = alpha;
    pen.drawImage(layer, 0, 0);
    pen.globalAlpha = 1;
}

/* Under a brush only what has a grey value in the range. */
function keepRange(sheet: Pen, stage: Stage, step: Step, on: Projection, ratio: number): void {
    const reach = (step.radius_mm ?? 0) * on.px_per_mm;
    const at = step.stroke_mm!.map((place) => project(on, place));
    const x0 = Math.max(0, Math.floor(Math.min(...at.map(([x]) => x)) - reach));
    const x1 = Math.min(on.width, Math.max(...at.map(([x]) => x)) + reach);
    const y0 = Math.max(0, Math.floor(Math.min(...at.map(([, y]) => y)) - reach));
    const y1 = Math.min(on.height, Math.max(...at.map(([, y]) => y)) + reach);
    const px = Math.max(1, Math.round(SAMPLE_PX * ratio));
    sheet.globalCompositeOperation = 'destination-out';
    for (let y = y0; y < y1; y += px)
        for (let x = x0; x < x1; x += px) {
            const value = stage.valueAt(unproject(on, x + px / 2, y + px / 2));
            if (value === null || value < step.min! || value > step.max!) sheet.fillRect(x, y, px, px);
        }
}

function dots(pen: Pen, places: readonly Vec3[], on: Projection, ratio: number, near_mm: number, colour: string, numbers: boolean): void {
    for (const [i, place] of places.entries()) {
        const off = Math.abs(dot(sub(place, on.centre_mm), on.frame.n));
        const [x, y] = project(on, place);
        pen.globalAlpha = off <= near_mm ? 1 : 0.35;
        pen.fillStyle = colour;
        pen.strokeStyle = '#000';
        pen.lineWidth = 1.5 * ratio;
        pen.beginPath();
        pen.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
        pen.fill();
        pen.stroke();
        if (numbers) {
            pen.textAlign = 'left';
            pen.textBaseline = 'bottom';
            pen.font = `600 ${13 * ratio}px system-ui, sans-serif`;
            pen.fillText(String(i + 1), x + 7 * ratio, y - 4 * ratio);
        }
        pen.globalAlpha = 1;
    }
}

/* An outline is seen on planes that look the way it was drawn. */
function loop(pen: Pen, step: Step, on: Projection, ratio: number): void {
    if (Math.abs(dot(step.direction!, on.frame.n)) < 0.999 || step.outline_mm!.length < 2) return;
    pen.beginPath();
    step.outline_mm!.forEach((place, i) => (i ? pen.lineTo(...project(on, place)) : pen.moveTo(...project(on, place))));
    pen.closePath();
    pen.fillStyle = REMOVED;
    pen.globalAlpha = 0.3;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = REMOVED;
    pen.lineWidth = 1.5 * ratio;
    pen.stroke();
}

/* Where a plane that cuts crosses this one. */
function cutLine(pen: Pen, step: Step, on: Projection, ratio: number): void {
    const n = step.normal!;
    const a = dot(n, on.frame.u);
    const b = dot(n, on.frame.v);
    const across = Math.hypot(a, b);
    if (across < 1e-6) return;
    const off = dot(sub(step.point_mm!, on.centre_mm), n) / across;
    const x = on.width / 2 + (a / across) * off * on.px_per_mm;
    const y = on.height / 2 + (b / across) * off * on.px_per_mm;
    const far = on.width + on.height;
    pen.strokeStyle = MARKED;
    pen.lineWidth = 2 * ratio;
    pen.setLineDash([8 * ratio, 5 * ratio]);
    pen.beginPath();
    pen.moveTo(x - (b / across) * far, y + (a / across) * far);
    pen.lineTo(x + (b / across) * far, y - (a / across) * far);
    pen.stroke();
    pen.setLineDash([]);
}

/* ---- growing, over the voxels that are here ---- */

export interface Grown {
    lo: Vec3;
    dim: Vec3;
    in: Uint8Array;
}

const GROWN_MOST = 24e6; /* voxels of the box it is looked for in */

/* Voxels of the range that hang together with the seeds, by faces, within the radius of one. Null
 * when the scan is not wholly here, or the box is too large for a preview. */
export function grown(stage: Stage, step: Step): Grown | null {
    const grid = stage.grid();
    const scan = stage.scan.get();
    const head = stage.scanHead.get();
    if (!grid || !scan?.full || !scan.isWhole || !head || !step.radius_mm) return null;
    const r = step.radius_mm;
    const seeds = step.seeds_mm!.map((place) => indexOf(grid, place));
    const reach = inverseRows(grid).map((row) => r * length(row));
    const lo = [0, 1, 2].map((a) => Math.max(0, Math.ceil(Math.min(...seeds.map((s) => s[a]!)) - reach[a]!))) as unknown as Vec3;
    const hi = [0, 1, 2].map((a) => Math.min(grid.dim[a]!, Math.floor(Math.max(...seeds.map((s) => s[a]!)) + reach[a]!) + 1));
    const dim = [0, 1, 2].map((a) => hi[a]! - lo[a]!) as unknown as Vec3;
    const [nx, ny, nz] = dim;
    if (nx <= 0 || ny <= 0 || nz <= 0 || nx * ny * nz > GROWN_MOST) return null;
    const data = scan.full.data;
    const low = (step.min! - head.intercept) / head.slope;
    const high = (step.max! - head.intercept) / head.slope;
    const inside = new Uint8Array(nx * ny * nz);
    const open = (i: number, j: number, k: number): boolean => {
        const value = data[i + lo[0] + grid.dim[0] * (j + lo[1] + grid.dim[1] * (k + lo[2]))]!;
        if (value < low || value > high) return false;
        const place = placeOf(grid, [i + lo[0], j + lo[1], k + lo[2]]);
        return step.seeds_mm!.some((seed) => length(sub(place, seed)) <= r);
    };
    const queue: number[] = [];
    const visit = (i: number, j: number, k: number): void => {
        if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny || k >= nz) return;
        const v = i + nx * (j + ny * k);
        if (inside[v]) return;
        inside[v] = open(i, j, k) ? 1 : 2;
        if (inside[v] === 1) queue.push(v);
    };
    for (const seed of seeds) visit(Math.round(seed[0]) - lo[0], Math.round(seed[1]) - lo[1], Math.round(seed[2]) - lo[2]);
    while (queue.length) {
        const v = queue.pop()!;
        const i = v % nx;
        const j = Math.floor(v / nx) % ny;
        const k = Math.floor(v / (nx * ny));
        visit(i - 1, j, k);
        visit(i + 1, j, k);
        visit(i, j - 1, k);
        visit(i, j + 1, k);
        visit(i, j, k - 1);
        visit(i, j, k + 1);
    }
    return { lo, dim, in: inside };
}

function drawGrown(pen: Pen, stage: Stage, of: Grown, on: Projection, ratio: number): void {
    const grid = stage.grid()!;
    const corner = (i: number): Vec3 => placeOf(grid, [0, 1, 2].map((a) => of.lo[a]! + (i >> a & 1) * of.dim[a]!) as unknown as Vec3);
    const at = Array.from({ length: 8 }, (_, i) => project(on, corner(i)));
    const x0 = Math.max(0, Math.min(...at.map(([x]) => x)));
    const x1 = Math.min(on.width, Math.max(...at.map(([x]) => x)));
    const y0 = Math.max(0, Math.min(...at.map(([, y]) => y)));
    const y1 = Math.min(on.height, Math.max(...at.map(([, y]) => y)));
    const px = Math.max(1, Math.round(2 * ratio));
    pen.fillStyle = ADDED;
    for (let y = y0; y < y1; y += px)
        for (let x = x0; x < x1; x += px) {
            const index = indexOf(grid, unproject(on, x + px / 2, y + px / 2));
            const [i, j, k] = index.map((c, a) => Math.round(c) - of.lo[a]!) as [number, number, number];
            if (i < 0 || j < 0 || k < 0 || i >= of.dim[0] || j >= of.dim[1] || k >= of.dim[2]) continue;
            if (of.in[i + of.dim[0] * (j + of.dim[1] * k)] === 1) pen.fillRect(x, y, px, px);
        }
}

/* ---- all of them ---- */

export function drawStep(pen: Pen, stage: Stage, step: Step, on: Projection, ratio: number, half_mm: number, more: Grown | null): void {
    const colour = colourOf(step);
    if (step.stroke_mm)
        overlaid(pen, on, 0.45, (sheet) => {
            sheet.strokeStyle = colour;
            strokePath(sheet, step, on, half_mm);
            if (step.do === 'threshold') keepRange(sheet, stage, step, on, ratio);
        });
    if (step.do === 'scissors') loop(pen, step, on, ratio);
    if (step.do === 'cut') cutLine(pen, step, on, ratio);
    if (more) overlaid(pen, on, 0.45, (sheet) => drawGrown(sheet, stage, more, on, ratio));
    const places = step.seeds_mm ?? step.through_mm ?? step.at_mm;
    if (places) dots(pen, places, on, ratio, half_mm, colour, step.do === 'split' || step.do === 'fill');
}

/* The brush under the mouse. */
export function drawBrush(pen: Pen, place: Vec3, radius_mm: number, on: Projection, ratio: number): void {
    const off = dot(sub(place, on.centre_mm), on.frame.n);
    const [x, y] = project(on, along(place, on.frame.n, -off));
    pen.strokeStyle = '#fff';
    pen.lineWidth = 1.2 * ratio;
    pen.beginPath();
    pen.arc(x, y, radius_mm * on.px_per_mm, 0, 2 * Math.PI);
    pen.stroke();
}
