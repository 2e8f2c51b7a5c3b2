/* Draws a pane of the viewer into its canvas, and lines, letters and scale bar upon it. */
import { add, along, barLength, dot, letters, planeNames, scale, sub, type Frame, type PlaneName, type Vec3 } from './geometry';
import { placesOf, type Half } from './halves';
import { ink, line, plotter, type Plotter } from './lines';
import { drawPixels } from './quick';
import { linesOf, textOf } from './measures';
import type { Stage } from './stage';

export const planeColours: Record<PlaneName, string> = { axial: '#ff6b5e', coronal: '#4fc07a', sagittal: '#5aa9ff' };
const INK = '#f2f4f5';
const SHADOW = 'rgb(0 0 0 / 0.75)';
const MARK = '#ffd24a';
const RATIO_MOST = 1.5; /* pixels of the screen to one of the page's: more costs more than it shows */
const BESIDE_BAR = 28; /* px: the bar of slices stands at the right edge */

export function ratioNow(): number {
    return Math.min(devicePixelRatio || 1, RATIO_MOST);
}

/* Gives a canvas the pixels of the place it is in; `sized` is told when they have changed. The
 * place, or nothing while there is none. */
export function fitCanvas(
    canvas: HTMLCanvasElement | null,
    sized: (width: number, height: number, box: DOMRect) => void,
): DOMRect | null {
    const box = canvas?.parentElement?.getBoundingClientRect();
    if (!canvas || !box || box.width < 2 || box.height < 2) return null;
    const width = Math.round(box.width * ratioNow());
    const height = Math.round(box.height * ratioNow());
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
        sized(width, height, box);
    }
    return box;
}

/* From the patient to a pane's pixels. */
export interface Projection {
    frame: Frame;
    centre_mm: Vec3;
    px_per_mm: number;
    width: number;
    height: number;
}

export function project(on: Projection, place: Vec3): [number, number] {
    const d = sub(place, on.centre_mm);
    return [on.width / 2 + dot(d, on.frame.u) * on.px_per_mm, on.height / 2 + dot(d, on.frame.v) * on.px_per_mm];
}

export function unproject(on: Projection, x: number, y: number): Vec3 {
    return along(
        along(on.centre_mm, on.frame.u, (x - on.width / 2) / on.px_per_mm),
        on.frame.v,
        (y - on.height / 2) / on.px_per_mm,
    );
}

/* A slice pane's: its own middle, moved onto the plane through the cross-hair. */
export function sliceProjection(stage: Stage, plane: PlaneName, width: number, height: number, ratio: number): Projection {
    const frame = stage.frames.get()[plane];
    const centre = stage.centres.get()[plane];
    const onto = dot(sub(stage.cross.get(), centre), frame.n);
    return { frame, centre_mm: along(centre, frame.n, onto), px_per_mm: stage.pxPerMm.get() * ratio, width, height };
}

export function solidProjection(stage: Stage, width: number, height: number, ratio: number): Projection {
    const camera = stage.camera.get();
    return { frame: camera.frame, centre_mm: camera.target_mm, px_per_mm: camera.px_per_mm * ratio, width, height };
}

/* Of a solid's pane: one, or one for each half. */
export function solidProjections(stage: Stage, width: number, height: number, ratio: number): (Projection & Half)[] {
    return placesOf(stage.halves(), width, height).map((half) => ({ ...half, ...solidProjection(stage, half.width, half.height, ratio) }));
}

type Pen = CanvasRenderingContext2D;

function write(pen: Pen, text: string, x: number, y: number, size: number, colour = INK): void {
    pen.font = `600 ${size}px system-ui, "Noto Sans CJK SC", sans-serif`;
    pen.lineWidth = size / 4;
    pen.strokeStyle = SHADOW;
    pen.strokeText(text, x, y);
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
}

/* Which side is where: at the middle of each edge. */
function writeLetters(pen: Pen, on: Projection, ratio: number, right = 8): void {
    const { u, v } = on.frame;
    const size = 15 * ratio;
    const edge = 8 * ratio;
    pen.textBaseline = 'middle';
    pen.textAlign = 'left';
    write(pen, letters(scale(u, -1)), edge, on.height / 2, size);
    pen.textAlign = 'right';
    write(pen, letters(u), on.width - right * ratio, on.height / 2, size);
    pen.textAlign = 'center';
    pen.textBaseline = 'top';
    /* on a telephone the pane's name reaches over its middle: below that */
    write(pen, letters(scale(v, -1)), on.width / 2, on.width < 290 * ratio ? 30 * ratio : edge, size);
    pen.textBaseline = 'bottom';
    write(pen, letters(v), on.width / 2, on.height - edge, size);
}

function drawBar(pen: Pen, on: Projection, ratio: number): void {
    const mm = barLength((on.width * 0.25) / on.px_per_mm);
    const long = mm * on.px_per_mm;
    const x = 14 * ratio;
    const y = on.height - 14 * ratio;
    for (const [colour, width] of [[SHADOW, 5], [INK, 2]] as const) {
        pen.strokeStyle = colour;
        pen.lineWidth = width * ratio;
        pen.beginPath();
        pen.moveTo(x, y - 4 * ratio);
        pen.lineTo(x, y);
        pen.lineTo(x + long, y);
        pen.lineTo(x + long, y - 4 * ratio);
        pen.stroke();
    }
    pen.textAlign = 'left';
    pen.textBaseline = 'bottom';
    write(pen, mm >= 10 && mm % 10 === 0 ? `${mm / 10} cm` : `${mm} mm`, x + long + 6 * ratio, y + 5 * ratio, 12 * ratio);
}

/* A part's colour, strong enough to be told from bone: its hue, saturated. */
export function outlineColour([r, g, b]: readonly [number, number, number]): [number, number, number] {
    const high = Math.max(r, g, b);
    const span = high - Math.min(r, g, b);
    if (span < 3) return [255, 164, 41];
    const sector = high === r ? ((g - b) / span + 6) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
    /* 41 to 255: full colour at a lightness of 58 % */
    const share = (at: number): number => 41 + 214 * Math.min(Math.max(Math.abs(((sector - at + 9) % 6) - 3) - 1, 0), 1);
    return [share(0), share(2), share(4)].map(Math.round) as [number, number, number];
}

/* Where the other planes cross this one; open in the middle, so that what lies there is seen. */
function drawCross(pen: Pen, stage: Stage, plane: PlaneName, on: Projection, ratio: number): void {
    const [cx, cy] = project(on, stage.cross.get());
    const far = on.width + on.height;
    pen.lineWidth = 1.2 * ratio;
    for (const other of planeNames) {
        if (other === plane) continue;
        const n = stage.frames.get()[other].n;
        const way = [-dot(n, on.frame.v), dot(n, on.frame.u)] as const;
        const l = Math.hypot(way[0], way[1]);
        if (l < 1e-6) continue;
        const dx = way[0] / l;
        const dy = way[1] / l;
        const gap = 12 * ratio;
        pen.strokeStyle = planeColours[other];
        pen.beginPath();
        for (const side of [1, -1]) {
            pen.moveTo(cx + side * gap * dx, cy + side * gap * dy);
            pen.lineTo(cx + side * far * dx, cy + side * far * dy);
        }
        pen.stroke();
    }
}

/* Of the parts, into the slice's pixels. */
function drawOutlines(pixels: Uint32Array, plot: Plotter, stage: Stage, plane: PlaneName, on: Projection, ratio: number): void {
    const { u, v } = on.frame;
    const s = on.px_per_mm;
    const x0 = on.width / 2 - s * dot(u, on.centre_mm);
    const y0 = on.height / 2 - s * dot(v, on.centre_mm);
    for (const { part, segments } of stage.cuts.get()[plane]) {
        for (let i = 0; i < segments.length; i += 6) {
            const ax = segments[i]!;
            const ay = segments[i + 1]!;
            const az = segments[i + 2]!;
            const bx = segments[i + 3]!;
            const by = segments[i + 4]!;
            const bz = segments[i + 5]!;
            line(
                plot,
                x0 + s * (u[0] * ax + u[1] * ay + u[2] * az),
                y0 + s * (v[0] * ax + v[1] * ay + v[2] * az),
                x0 + s * (u[0] * bx + u[1] * by + u[2] * bz),
                y0 + s * (v[0] * bx + v[1] * by + v[2] * bz),
                1.4 * ratio,
            );
        }
        ink(plot, pixels, outlineColour(stage.rgbOf(part)));
    }
}

/* On a slice only what lies within `near_mm` of it; elsewhere it would be taken for what is shown. */
function drawMeasures(pen: Pen, stage: Stage, on: Projection, ratio: number, near_mm: number): void {
    for (const measure of stage.measures.get()) {
        const off = measure.points.map((p) => Math.abs(dot(sub(p, on.centre_mm), on.frame.n)));
        if (off.some((mm) => mm > near_mm)) continue;
        const { line: places, closed } = linesOf(measure, on.frame.u, on.frame.v);
        if (!places.length || (measure.kind === 'box' && near_mm === Infinity)) continue;
        const at = places.map((p) => project(on, p));
        pen.lineWidth = 1.8 * ratio;
        for (const [colour, width] of [[SHADOW, 4], [MARK, 1.8]] as const) {
            pen.strokeStyle = colour;
            pen.lineWidth = width * ratio;
            pen.beginPath();
            at.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
            if (closed) pen.closePath();
            pen.stroke();
        }
        pen.fillStyle = MARK;
        for (const [x, y] of measure.points.slice(0, measure.kind === 'circle' ? 1 : undefined).map((p) => project(on, p))) {
            pen.beginPath();
            pen.arc(x, y, 3.5 * ratio, 0, 2 * Math.PI);
            pen.fill();
        }
        const label = at[measure.kind === 'angle' ? Math.min(1, at.length - 1) : at.length - 1]!;
        pen.textAlign = label[0] > on.width * 0.7 ? 'right' : 'left';
        pen.textBaseline = 'bottom';
        const shift = pen.textAlign === 'left' ? 9 : -9;
        write(pen, textOf(measure), label[0] + shift * ratio, label[1] - 7 * ratio, 14 * ratio, MARK);
    }
}

/* What a slice pane keeps between two pictures: the grey values, when only lines change. */
export interface SliceMemory {
    image: ImageData | null;
    of: unknown[];
    /* the same with outlines, and what draws them */
    lined?: ImageData;
    plot?: Plotter;
}

function withOutlines(memory: SliceMemory, stage: Stage, plane: PlaneName, on: Projection, ratio: number): ImageData {
    const image = memory.image!;
    const { width, height } = image;
    if (!stage.outlines.get() || !stage.cuts.get()[plane].some((cut) => cut.segments.length)) return image;
    if (memory.plot?.width !== width || memory.plot.height !== height) {
        memory.plot = plotter(width, height);
        memory.lined = new ImageData(width, height);
    }
    const pixels = new Uint32Array(memory.lined!.data.buffer);
    pixels.set(new Uint32Array(image.data.buffer));
    drawOutlines(pixels, memory.plot, stage, plane, on, ratio);
    return memory.lined!;
}

export function drawSlice(canvas: HTMLCanvasElement, stage: Stage, plane: PlaneName, ratio: number, memory: SliceMemory): void {
    const pen = canvas.getContext('2d', { willReadFrequently: true })!;
    const { width, height } = canvas;
    const on = sliceProjection(stage, plane, width, height, ratio);
    const voxels = stage.voxelsFor(plane);
    if (!voxels) {
        pen.fillStyle = '#000';
        pen.fillRect(0, 0, width, height);
        return;
    }
    const now = [...stage.extras.sliceCells.map((cell) => cell.get()), voxels, on.frame, ...on.centre_mm, on.px_per_mm, width, height, stage.window.get(), stage.slab_mm.get(), stage.slabKind.get()];
    if (!memory.image || memory.of.some((one, i) => one !== now[i])) {
        const image = memory.image?.width === width && memory.image.height === height ? memory.image : new ImageData(width, height);
        const ask = {
            frame: on.frame,
            centre_mm: on.centre_mm,
            mm_per_px: 1 / on.px_per_mm,
            width,
            height,
            slab_mm: stage.slab_mm.get(),
            slab: stage.slabKind.get(),
        };
        const pixels = new Uint32Array(image.data.buffer);
        drawPixels(pixels, voxels, ask, stage.lut, 0xff000000);
        stage.extras.lay(pixels, ask, ratio);
        memory.image = image;
        memory.of = now;
    }
    pen.putImageData(withOutlines(memory, stage, plane, on, ratio), 0, 0);
    drawCross(pen, stage, plane, on, ratio);
    drawMeasures(pen, stage, on, ratio, Math.max(stage.stepOf(plane), stage.slab_mm.get()) / 2 + 0.01);
    stage.pen.get()?.draw(pen, plane, on, ratio);
    writeLetters(pen, on, ratio, BESIDE_BAR);
    drawBar(pen, on, ratio);
}

/* The borders of the three planes, so that one sees where the slices lie. */
function drawPlanes(pen: Pen, stage: Stage, on: Projection, ratio: number): void {
    const grid = stage.grid();
    if (!grid) return;
    const half = stage.extent_mm() / 2;
    for (const plane of planeNames) {
        const { u, v } = stage.frames.get()[plane];
        const middle = sliceProjection(stage, plane, 1, 1, 1).centre_mm;
        const corners = ([[-1, -1], [1, -1], [1, 1], [-1, 1]] as const).map(([a, b]) =>
            project(on, add(middle, add(scale(u, a * half), scale(v, b * half)))),
        );
        pen.strokeStyle = planeColours[plane];
        pen.globalAlpha = 0.55;
        pen.lineWidth = 1 * ratio;
        pen.beginPath();
        corners.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
        pen.closePath();
        pen.stroke();
        pen.globalAlpha = 1;
    }
    const [x, y] = project(on, stage.cross.get());
    pen.strokeStyle = MARK;
    pen.lineWidth = 1.6 * ratio;
    pen.beginPath();
    pen.arc(x, y, 5 * ratio, 0, 2 * Math.PI);
    pen.stroke();
}

export function drawSolid(canvas: HTMLCanvasElement, stage: Stage, ratio: number): void {
    const pen = canvas.getContext('2d', { willReadFrequently: true })!;
    const picture = stage.extras.volume.get() ? stage.extras.picture.get() : stage.picture.get();
    const { width, height } = canvas;
    pen.clearRect(0, 0, width, height);
    if (picture && picture.width === width && picture.height === height) {
        const image = new ImageData(new Uint8ClampedArray(picture.pixels.buffer as ArrayBuffer), width, height);
        pen.putImageData(image, 0, 0);
    }
    const views = solidProjections(stage, width, height, ratio);
    for (const on of views) {
        pen.save();
        pen.beginPath();
        pen.rect(on.left, on.top, on.width, on.height);
        pen.clip();
        pen.translate(on.left, on.top);
        drawPlanes(pen, stage, on, ratio);
        drawMeasures(pen, stage, on, ratio, Infinity);
        writeLetters(pen, on, ratio);
        drawBar(pen, on, ratio);
        pen.restore();
    }
    const second = views[1];
    if (!second) return;
    pen.fillStyle = '#59636c';
    if (second.left) pen.fillRect(second.left - ratio, 0, 2 * ratio, height);
    else pen.fillRect(0, second.top - ratio, width, 2 * ratio);
}
