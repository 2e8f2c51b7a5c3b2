/*
 * What the viewer shows, without React: the cross-hair, the three frames, window, slab, parts and
 * measurements in cells; the voxels; the worker that draws the solid. Panes (panes.ts) draw it.
 */
import type { Became } from './became';
import type { Hole } from './surface';
import { Cell } from '../case/cell';
import type { MapRange, ModelHead, Preset, ScanHead } from './format';
import {
    along,
    dot,
    framesOf,
    indexOf,
    inverseRows,
    middleOf,
    placeOf,
    planeNames,
    scale,
    spacing,
    sub,
    turnFrame,
    unit,
    type Frame,
    type PlaneName,
    type Vec3,
} from './geometry';
import { Extras } from './extras';
import { halfOf, type Halves } from './halves';
import { greys, rangeOf } from './lut';
import { isPointKind, needsScan, previewOf, withPoint, type Measure, type PointKind } from './measures';
import type { Projection } from './panes';
import type { Camera } from './raster';
import type { SlabKind, Voxels } from './slice';
import workerAddress from './solid_worker.ts?worker';
import type { Answer, Wish } from './solid_worker';
import type { LoadedLevel, ScanVoxels } from './source';

export type Tool = 'cross' | 'window' | 'pan' | 'turn' | PointKind;
export type PaneName = PlaneName | 'solid';

export type Rgb = [number, number, number];

export interface Part {
    id: string;
    model: string;
    name: string;
    rgb: Rgb;
    opacity: number;
    /* by the cutting plane */
    cut: boolean;
    visible: boolean;
    triangles: number;
}

export interface Outline {
    part: string;
    segments: Float32Array;
}

interface Named {
    model: string;
    name: string;
}

export type Pair = readonly [Named, Named];

export interface Probe {
    place_mm: Vec3;
    value: number | null;
    part?: string;
    maps?: Record<string, number>;
}

export interface Clip {
    plane: PlaneName;
    flip: boolean;
}

/* Who draws on slices instead of the tool: takes the mouse, and adds to each slice's picture. */
export interface Pen {
    down: (plane: PlaneName, place: Vec3) => void;
    move: (plane: PlaneName, place: Vec3) => void;
    up: (plane: PlaneName, place: Vec3) => void;
    leave: () => void;
    draw: (pen: CanvasRenderingContext2D, plane: PlaneName, on: Projection, ratio: number) => void;
}

const MOST_OUTLINE_WAIT = 1; /* cuts on their way at the same time, per plane */

export class Stage {
    readonly cross = new Cell<Vec3>([0, 0, 0]);
    readonly frames = new Cell(framesOf(null));
    readonly centres = new Cell<Record<PlaneName, Vec3>>({ axial: [0, 0, 0], coronal: [0, 0, 0], sagittal: [0, 0, 0] });
    readonly pxPerMm = new Cell(1);
    readonly window = new Cell<Preset>({ name: 'bone', centre: 400, width: 1800 });
    readonly slab_mm = new Cell(0);
    readonly slabKind = new Cell<SlabKind>('max');
    readonly tool = new Cell<Tool>('cross');
    readonly parts = new Cell<Part[]>([]);
    readonly maps = new Cell<MapRange[]>([]);
    readonly map = new Cell<{ name: string; unit: string; low: number; high: number } | null>(null);
    readonly clip = new Cell<Clip | null>(null);
    readonly outlines = new Cell(true);
    readonly cuts = new Cell<Record<PlaneName, Outline[]>>({ axial: [], coronal: [], sagittal: [] });
    readonly measures = new Cell<Measure[]>([]);
    readonly probe = new Cell<Probe | null>(null);
    readonly pen = new Cell<Pen | null>(null);
    readonly inked = new Cell(0); /* counts what the pen has changed */
    /* two models beside each other, before and after, by the same camera */
    readonly pair = new Cell<Pair | null>(null);
    readonly camera = new Cell<Camera>({ frame: framesOf(null).coronal, target_mm: [0, 0, 0], px_per_mm: 1 });
    readonly moving = new Cell(false);
    readonly picture = new Cell<Extract<Answer, { type: 'picture' }> | null>(null);
    /* counts what has arrived of the scan */
    readonly arrived = new Cell(0);
    readonly scan = new Cell<ScanVoxels | null>(null);
    readonly scanHead = new Cell<ScanHead | null>(null);
    readonly lut = new Uint32Array(65536);
    /* of the solid's pane: pixels of the screen, and how many to one of the page's */
    readonly solidShape = new Cell({ width: 0, height: 0, ratio: 1 });
    readonly extras = new Extras();

    private worker = new Worker(new URL(workerAddress, import.meta.url));
    private requests = new Map<number, (answer: Answer) => void>();
    private request = 0;
    private turn = 0;
    private cutWaiting: Record<PlaneName, number> = { axial: 0, coronal: 0, sagittal: 0 };
    private levels = 0; /* of surfaces that have come */
    private cutAgain = new Set<PlaneName>();
    private rest: ReturnType<typeof setTimeout> | undefined;
    private heads = new Map<string, ModelHead>();
    readonly recoloured = new Cell<string | null>(null); /* the model that previews parts */

    constructor() {
        this.worker.onmessage = (event: MessageEvent<Answer>) => this.take(event.data);
        const relut = (): void => {
            const head = this.scanHead.get();
            greys(this.lut, this.window.get(), head ?? { slope: 1, intercept: 0 });
        };
        this.window.listen(relut);
        this.scanHead.listen(relut);
        relut();
        const recut = (): void => planeNames.forEach((plane) => this.askCut(plane));
        this.cross.listen(recut);
        this.frames.listen(recut);
        this.parts.listen(recut);
        this.outlines.listen(recut);
        for (const cell of [this.parts, this.map, this.clip, this.camera, this.pair]) cell.listen(() => this.askPicture());
        this.pair.listen(() => this.frameSolid(this.camera.get().frame));
        const withClip = (): void => {
            if (this.clip.get()) this.askPicture();
        };
        this.cross.listen(withClip);
        this.frames.listen(withClip);
    }

    close(): void {
        this.worker.terminate();
        this.extras.close();
        clearTimeout(this.rest);
    }

    private send(wish: Wish, transfer: Transferable[] = []): void {
        this.worker.postMessage(wish, transfer);
    }

    private take(answer: Answer): void {
        if (answer.type === 'picture') {
            this.picture.set(answer);
            return;
        }
        this.requests.get(answer.request)?.(answer);
        this.requests.delete(answer.request);
    }

    /* ---- the scan ---- */

    openScan(head: ScanHead, voxels: ScanVoxels): void {
        const grid = head.levels.at(-1)!;
        const middle = middleOf(grid);
        this.scanHead.set(head);
        this.scan.set(voxels);
        this.window.set(head.windows[0] ?? { name: 'auto', centre: 0, width: 1000 });
        this.frames.set(framesOf(grid));
        this.centres.set({ axial: middle, coronal: middle, sagittal: middle });
        const at = indexOf(grid, middle);
        this.cross.set(placeOf(grid, [Math.round(at[0]), Math.round(at[1]), Math.round(at[2])]));
        if (!this.parts.get().length) this.camera.update((camera) => ({ ...camera, target_mm: middle }));
    }

    grid(): ScanHead['levels'][number] | null {
        return this.scanHead.get()?.levels.at(-1) ?? null;
    }

    /* The scan's size across, in mm. */
    extent_mm(): number {
        const grid = this.grid();
        if (!grid) return 300;
        const s = spacing(grid);
        return Math.max(s[0] * grid.dim[0], s[1] * grid.dim[1], s[2] * grid.dim[2]);
    }

    /* The voxels a plane is drawn from: the finest that are there. */
    voxelsFor(plane: PlaneName): Voxels | null {
        const scan = this.scan.get();
        const grid = this.grid();
        if (!scan || !grid) return null;
        const { n } = this.frames.get()[plane];
        const rows = inverseRows(grid);
        const per = rows.map((row) => Math.abs(dot(row, n)));
        const k = indexOf(grid, this.cross.get())[2];
        const reach = (this.slab_mm.get() / 2) * per[2]!;
        const alongSheets = per[0]! < 1e-4 && per[1]! < 1e-4;
        return alongSheets
            ? scan.best(Math.floor(k - reach), Math.ceil(k + reach))
            : scan.best(0, grid.dim[2] - 1);
    }

    /* The stored value at a place, in the scan's unit; null outside or not yet there. */
    valueAt(place: Vec3): number | null {
        const grid = this.grid();
        const full = this.scan.get()?.full;
        const head = this.scanHead.get();
        if (!grid || !full || !head) return null;
        const [i, j, k] = indexOf(grid, place).map(Math.round) as [number, number, number];
        if (i < 0 || j < 0 || k < 0 || i >= grid.dim[0] || j >= grid.dim[1] || k >= grid.dim[2]) return null;
        if (!this.scan.get()!.sheets[k]) return null;
        return full.data[i + grid.dim[0] * (j + grid.dim[1] * k)]! * head.slope + head.intercept;
    }

    /* mm from one slice of a plane to the next. */
    stepOf(plane: PlaneName): number {
        const grid = this.grid();
        if (!grid) return 1;
        const { n } = this.frames.get()[plane];
        return 1 / Math.max(...inverseRows(grid).map((row) => Math.abs(dot(row, n))));
    }

    /* Which slice of how many, or null for a plane that is turned. */
    sliceOf(plane: PlaneName): { at: number; of: number; axis: number; sign: number } | null {
        const grid = this.grid();
        if (!grid) return null;
        const { n } = this.frames.get()[plane];
        const axis = grid.step_mm.findIndex((step) => Math.abs(dot(unit(step), n)) > 0.99999);
        if (axis < 0) return null;
        const sign = dot(grid.step_mm[axis]!, n) > 0 ? 1 : -1;
        return { at: Math.round(indexOf(grid, this.cross.get())[axis]!), of: grid.dim[axis]!, axis, sign };
    }

    /* To the next slice (or `by` of them) of a plane; stays within the scan. */
    scroll(plane: PlaneName, by: number): void {
        const grid = this.grid();
        if (!grid) return;
        const slice = this.sliceOf(plane);
        if (!slice) {
            const to = along(this.cross.get(), this.frames.get()[plane].n, by * this.stepOf(plane));
            const at = indexOf(grid, to);
            if (at.every((x, axis) => x >= -0.5 && x <= grid.dim[axis]! - 0.5)) this.cross.set(to);
            return;
        }
        this.toSlice(plane, slice.at + by * slice.sign);
    }

    toSlice(plane: PlaneName, index: number): void {
        const grid = this.grid();
        const slice = this.sliceOf(plane);
        if (!grid || !slice) return;
        const at = [...indexOf(grid, this.cross.get())] as [number, number, number];
        at[slice.axis] = Math.min(Math.max(Math.round(index), 0), slice.of - 1);
        this.cross.set(placeOf(grid, at));
    }

    moveCross(to: Vec3): void {
        const grid = this.grid();
        if (!grid) {
            this.cross.set(to);
            return;
        }
        const at = indexOf(grid, to).map((x, axis) => Math.min(Math.max(x, 0), grid.dim[axis]! - 1)) as unknown as Vec3;
        this.cross.set(placeOf(grid, at));
    }

    /* Turns the two other planes about this one's normal. */
    turnOthers(plane: PlaneName, rad: number): void {
        const axis = this.frames.get()[plane].n;
        this.frames.update((frames) => {
            const next = { ...frames };
            for (const other of planeNames) if (other !== plane) next[other] = turnFrame(frames[other], axis, rad);
            return next;
        });
    }

    reset(): void {
        const grid = this.grid();
        this.frames.set(framesOf(grid));
        if (grid) {
            const middle = middleOf(grid);
            this.centres.set({ axial: middle, coronal: middle, sagittal: middle });
            this.window.set(this.scanHead.get()!.windows[0]!);
        }
        this.slab_mm.set(0);
        this.clip.set(null);
        this.fitted = false;
        this.frameSolid();
    }

    /* whether zoom was ever set to what the panes can show */
    fitted = false;

    fit(width: number, height: number): void {
        if (this.fitted || !this.grid() || !width) return;
        this.fitted = true;
        this.pxPerMm.set((0.94 * Math.min(width, height)) / this.extent_mm());
    }

    /* ---- the solid ---- */

    /* `still`: the solid stays as it is looked at. */
    openModel(model: string, head: ModelHead, still = false): void {
        const known = this.parts.get().filter((part) => part.model !== model);
        const before = this.parts.get().filter((part) => part.model === model);
        this.heads.set(model, head);
        const parts = head.parts.map((part, index): Part => {
            const id = `${model}/${index}`;
            const old = before.find((one) => one.id === id);
            return {
                id,
                model,
                name: part.name,
                rgb: old?.rgb ?? [part.rgba[0], part.rgba[1], part.rgba[2]],
                opacity: old?.opacity ?? part.rgba[3] / 255,
                cut: old?.cut ?? true,
                visible: old?.visible ?? true,
                triangles: part.levels.at(-1)!.triangles,
            };
        });
        this.parts.set([...known, ...parts]);
        this.gatherMaps();
        if (!before.length && !still) this.frameSolid();
    }

    /* Where newer pieces stand for what was there. */
    cutHoles(holes: Hole[]): void {
        this.send({ type: 'holes', holes });
        this.levels++;
        this.askPicture();
        planeNames.forEach((plane) => this.askCut(plane));
    }

    /*
     * Surfaces in the parts that corrections of whole parts made of them (became.ts): a model of its
     * own, whose parts have the triangles that are theirs now. Resolves when it is so. The voxels are
     * given away.
     */
    recolour(now: { model: string; became: Became; parts: { name: string; rgb: Rgb; code: number }[]; spared: string[] } | null): Promise<void> {
        const before = this.recoloured.get();
        this.recoloured.set(now?.model ?? null);
        if (before && before !== now?.model) this.closeModel(before);
        if (now) {
            const nowhere: [Vec3, Vec3] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
            const level = { vertices: 0, triangles: 0, positions: 0, indices: 0, maps: {} };
            const parts = now.parts.map(({ name, rgb }) => ({ name, rgba: [...rgb, 255] as [number, number, number, number], tol_mm: 0, box_mm: nowhere, levels: [level] }));
            this.openModel(now.model, { kind: 'model', parts, maps: [] }, true);
        }
        const request = ++this.request;
        const { model, became, spared } = now ?? {};
        this.send({ type: 'became', request, now: now && { model: model!, became: became!, codes: now.parts.map((part) => part.code), spared: spared! } }, became ? [became.code.buffer] : []);
        this.levels++;
        this.askPicture();
        planeNames.forEach((plane) => this.askCut(plane));
        return new Promise((resolve) => {
            this.requests.set(request, (answer) => {
                if (answer.type === 'recoloured' && this.recoloured.get() === now?.model)
                    this.parts.update((parts) => parts.map((part) => (part.model === model ? { ...part, triangles: answer.triangles[Number(part.id.slice(model!.length + 1))] ?? 0 } : part)));
                resolve();
            });
        });
    }

    closeModel(model: string): void {
        for (const part of this.parts.get()) if (part.model === model) this.send({ type: 'drop', id: part.id });
        this.heads.delete(model);
        if (this.pair.get()?.some((one) => one.model === model)) this.pair.set(null);
        this.parts.update((parts) => parts.filter((part) => part.model !== model));
        this.gatherMaps();
    }

    private gatherMaps(): void {
        const all = new Map<string, MapRange>();
        for (const head of this.heads.values())
            for (const map of head.maps) {
                const have = all.get(map.name);
                all.set(map.name, have ? { ...have, min: Math.min(have.min, map.min), max: Math.max(have.max, map.max), p01: Math.min(have.p01, map.p01), p99: Math.max(have.p99, map.p99) } : map);
            }
        this.maps.set([...all.values()]);
        const shown = this.map.get();
        if (shown && !all.has(shown.name)) this.map.set(null);
    }

    showMap(name: string | null): void {
        const map = this.maps.get().find((one) => one.name === name);
        this.map.set(map ? { name: map.name, unit: map.unit, ...rangeOf(map) } : null);
    }

    takeLevel(model: string, level: LoadedLevel): void {
        const buffers = [level.pos.buffer, level.tri.buffer, ...Object.values(level.maps).map((map) => map.buffer)];
        this.send(
            { type: 'level', id: `${model}/${level.part}`, coarse: level.coarse, pos: level.pos, tri: level.tri, maps: level.maps },
            buffers,
        );
        this.levels++;
        this.askPicture();
        planeNames.forEach((plane) => this.askCut(plane));
    }

    private box(): { middle: Vec3; size: Vec3 } | null {
        const low = [Infinity, Infinity, Infinity];
        const high = [-Infinity, -Infinity, -Infinity];
        for (const head of this.heads.values())
            for (const part of head.parts)
                for (let axis = 0; axis < 3; axis++) {
                    low[axis] = Math.min(low[axis]!, part.box_mm[0][axis]!);
                    high[axis] = Math.max(high[axis]!, part.box_mm[1][axis]!);
                }
        if (low[0]! > high[0]!) return null;
        const a = low as unknown as Vec3;
        const b = high as unknown as Vec3;
        return { middle: scale(along(a, b, 1), 0.5), size: sub(b, a) };
    }

    frameSolid(asked?: Frame): void {
        const frame = asked ?? framesOf(null).coronal;
        const box = this.box();
        const whole = this.solidSize;
        const half = halfOf(this.halves(), whole.width, whole.height);
        const width = half.width / whole.ratio;
        const height = half.height / whole.ratio;
        const grid = this.grid();
        const target_mm = box?.middle ?? (grid ? middleOf(grid) : ([0, 0, 0] as const));
        const size = box?.size ?? scale([1, 1, 1], this.extent_mm());
        const across = (way: Vec3): number => Math.max(Math.abs(way[0]) * size[0] + Math.abs(way[1]) * size[1] + Math.abs(way[2]) * size[2], 1);
        const px_per_mm = Math.max(0.86 * Math.min(width / across(frame.u), height / across(frame.v)), 0.05);
        this.camera.set({ frame, target_mm, px_per_mm });
        if (!asked) this.framed = this.camera.get();
    }

    /* the camera that nobody has chosen yet */
    framed: Camera | null = null;

    /* How the solid's picture is parted: along its longer side. */
    halves(): Halves {
        if (!this.pair.get()) return null;
        return this.solidSize.width >= this.solidSize.height ? 'beside' : 'below';
    }

    private get solidSize() {
        return this.solidShape.get();
    }

    sizeSolid(width: number, height: number, ratio: number): void {
        const first = this.solidSize.width === 0;
        this.solidShape.set({ width, height, ratio });
        if (first || this.pair.get()) this.frameSolid(first ? undefined : this.camera.get().frame);
        this.askPicture();
    }

    /* While something moves pictures may be coarse; whole ones follow when it rests. */
    stir(): void {
        this.moving.set(true);
        clearTimeout(this.rest);
        this.rest = setTimeout(() => {
            this.moving.set(false);
            this.askPicture();
        }, 180);
    }

    private asked = false;

    askPicture(): void {
        if (this.asked) return;
        this.asked = true;
        requestAnimationFrame(() => {
            this.asked = false;
            const { width, height, ratio } = this.solidSize;
            const camera = this.camera.get();
            if (!width || !height) return;
            const clip = this.clip.get();
            const normal = clip && this.frames.get()[clip.plane].n;
            this.send({
                type: 'draw',
                scene: {
                    parts: this.parts.get().map(({ id, model, rgb, opacity, cut, visible }) => ({ id, rgb, opacity, cut, visible, ...this.halfFor(model) })),
                    map: this.map.get(),
                    clip: clip && normal ? { through_mm: this.cross.get(), normal: clip.flip ? scale(normal, -1) : normal } : null,
                },
                camera: { ...camera, px_per_mm: camera.px_per_mm * ratio },
                width,
                height,
                halves: this.halves(),
                moving: this.moving.get(),
                turn: ++this.turn,
            });
        });
    }

    private halfFor(model: string): { half?: number } {
        const half = this.pair.get()?.findIndex((one) => one.model === model) ?? -1;
        return half < 0 ? {} : { half };
    }

    /* of each plane's newest cut: scrolling one plane leaves the others where they are */
    private cutOf: Record<PlaneName, readonly unknown[]> = { axial: [], coronal: [], sagittal: [] };

    private askCut(plane: PlaneName): void {
        const parts = this.parts.get().filter((part) => part.visible && part.opacity > 0);
        if (!this.outlines.get() || !parts.length) {
            this.cutOf[plane] = [];
            if (this.cuts.get()[plane].length) this.cuts.update((cuts) => ({ ...cuts, [plane]: [] }));
            return;
        }
        const { n } = this.frames.get()[plane];
        const now = [...n, Math.round(1e5 * dot(n, this.cross.get())), this.levels, ...parts.map((part) => part.id)];
        if (now.length === this.cutOf[plane].length && now.every((one, i) => one === this.cutOf[plane][i])) return;
        if (this.cutWaiting[plane] >= MOST_OUTLINE_WAIT) {
            this.cutAgain.add(plane);
            return;
        }
        this.cutOf[plane] = now;
        const request = ++this.request;
        this.cutWaiting[plane]++;
        this.requests.set(request, (answer) => {
            this.cutWaiting[plane]--;
            if (answer.type === 'cuts') this.cuts.update((cuts) => ({ ...cuts, [plane]: answer.cuts }));
            if (this.cutAgain.delete(plane)) this.askCut(plane);
        });
        this.send({
            type: 'cut',
            request,
            parts: parts.map((part) => part.id),
            planes: [{ name: plane, through_mm: this.cross.get(), normal: n }],
        });
    }

    /* What is drawn at a place of the page's pixels. */
    pick(x: number, y: number): Promise<Extract<Answer, { type: 'picked' }>['hit']> {
        const request = ++this.request;
        return new Promise((resolve) => {
            this.requests.set(request, (answer) => resolve(answer.type === 'picked' ? answer.hit : null));
            const { ratio } = this.solidSize;
            this.send({ type: 'pick', request, x: x * ratio, y: y * ratio });
        });
    }

    rgbOf(part: string): readonly [number, number, number] {
        return this.parts.get().find((one) => one.id === part)?.rgb ?? [255, 255, 255];
    }

    /* ---- measurements ---- */

    /*
     * One more place of the measurement that is being drawn; returns it when it is whole. `normal`
     * is the plane's it was pointed at on, `part` the surface it lies on.
     */
    addPoint(place: Vec3, normal: Vec3 | null = null, part: string | null = null): Measure | null {
        const kind = this.tool.get();
        if (!isPointKind(kind) || (needsScan(kind) && !normal)) return null;
        /* a box lies along the scan's axes */
        if (kind === 'box' && !this.grid()?.step_mm.some((step) => Math.abs(dot(unit(step), normal!)) > 0.99999)) return null;
        const list = this.measures.get();
        const open = list.find((one) => one.state === 'drawing');
        const begun: Measure = open ?? { id: `m${Date.now()}`, kind, points: [], state: 'drawing', ...(part ? { parts: [part] } : {}) };
        const { measure, whole } = withPoint(begun, place, normal, normal ? this.pxPerMm.get() : this.camera.get().px_per_mm);
        /* an outline is of a surface only when all of it was drawn on that part */
        const { parts, ...rest } = measure;
        const kept: Measure = parts && part && parts[0] === part ? measure : rest;
        const next: Measure = { ...kept, state: whole ? 'waiting' : 'drawing' };
        const guess = previewOf(next);
        if (guess !== undefined) next.preview = guess;
        this.measures.set(open ? list.map((one) => (one === open ? next : one)) : [...list, next]);
        return whole ? next : null;
    }

    /* The outline that is being drawn, closed; null when there is none with an area. */
    closeOutline(): Measure | null {
        const open = this.measures.get().find((one) => one.state === 'drawing' && one.kind === 'area' && one.points.length > 2);
        if (!open) return null;
        const next: Measure = { ...open, state: 'waiting' };
        this.measures.update((list) => list.map((one) => (one === open ? next : one)));
        return next;
    }

    cancelDrawing(): void {
        this.measures.update((list) => list.filter((one) => one.state !== 'drawing'));
    }

    settle(id: string, with_: Partial<Measure>): void {
        this.measures.update((list) => list.map((one) => (one.id === id ? { ...one, ...with_ } : one)));
    }

    /*
     * One sigma of a place that somebody pointed at on a slice: even within a voxel and within a
     * pixel of the screen.
     */
    pointSigma(): number {
        const grid = this.grid();
        const voxel = grid ? Math.max(...spacing(grid)) : 0;
        const pixel = 1 / this.pxPerMm.get();
        return Math.sqrt((voxel * voxel + pixel * pixel) / 12);
    }
}
