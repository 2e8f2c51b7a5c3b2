/*
 * What somebody looks at, as it goes to others: cross-hair, planes, window, camera, visible parts,
 * marks. Kept with a message as a file of the case, or sent from window to window. Sizes are in mm
 * across the pane, so that it fits another screen.
 */
import { planeNames, type Frame, type PlaneName, type Vec3 } from '../view/geometry';
import { textOf } from '../view/measures';
import type { Clip, PaneName, Stage } from '../view/stage';

export interface Mark {
    id: string;
    text: string;
    at: Vec3;
}

/* A measurement of somebody else, for looking at. */
export interface Line {
    points: Vec3[];
    text: string;
}

export interface Look {
    format: 1;
    scan: string;
    models: string[];
    cross: Vec3;
    frames: Record<PlaneName, Frame>;
    centres: Record<PlaneName, Vec3>;
    slice_mm: number;
    window: { name: string; centre: number; width: number };
    slab_mm: number;
    slab: 'max' | 'mean' | 'min';
    camera: { frame: Frame; target_mm: Vec3; across_mm: number };
    clip: Clip | null;
    map: string;
    hidden: string[];
    marks: Mark[];
    lines: Line[];
}

const MARKS_MOST = 40;
const LINES_MOST = 20;
const HIDDEN_MOST = 100;
const TEXT_MOST = 80;

function round(x: number, digits: number): number {
    const by = 10 ** digits;
    return Math.round(x * by) / by;
}

function place(p: Vec3): Vec3 {
    return [round(p[0], 3), round(p[1], 3), round(p[2], 3)];
}

function frameOut({ u, v, n }: Frame): Frame {
    const way = (p: Vec3): Vec3 => [round(p[0], 7), round(p[1], 7), round(p[2], 7)];
    return { u: way(u), v: way(v), n: way(n) };
}

/* The smaller side of a pane on the screen; 0 when it is not there. */
export function paneSide(name: PaneName): number {
    const box = document.querySelector(`[data-pane="${name}"]`)?.getBoundingClientRect();
    return box ? Math.min(box.width, box.height) : 0;
}

function sliceSide(): number {
    return Math.max(...planeNames.map(paneSide), 1);
}

export function lookOf(stage: Stage, scan: string, models: string[], marks: Mark[]): Look {
    const of = <T, U>(all: Record<PlaneName, T>, change: (one: T) => U): Record<PlaneName, U> => ({
        axial: change(all.axial),
        coronal: change(all.coronal),
        sagittal: change(all.sagittal),
    });
    const camera = stage.camera.get();
    return {
        format: 1,
        scan,
        models,
        cross: place(stage.cross.get()),
        frames: of(stage.frames.get(), frameOut),
        centres: of(stage.centres.get(), place),
        slice_mm: round(sliceSide() / stage.pxPerMm.get(), 3),
        window: { ...stage.window.get(), centre: round(stage.window.get().centre, 2), width: round(stage.window.get().width, 2) },
        slab_mm: stage.slab_mm.get(),
        slab: stage.slabKind.get(),
        camera: {
            frame: frameOut(camera.frame),
            target_mm: place(camera.target_mm),
            across_mm: round(Math.max(paneSide('solid'), 1) / camera.px_per_mm, 3),
        },
        clip: stage.clip.get(),
        map: stage.map.get()?.name ?? '',
        hidden: stage.parts
            .get()
            .filter((part) => !part.visible)
            .map((part) => part.id)
            .slice(0, HIDDEN_MOST),
        marks: marks.slice(-MARKS_MOST),
        lines: stage.measures
            .get()
            .slice(-LINES_MOST)
            .map((one) => ({ points: one.points.map(place), text: textOf(one) })),
    };
}

/* ---- from others: taken only when every number is one ---- */

type Any = Record<string, unknown>;

function isVec(x: unknown): x is Vec3 {
    return Array.isArray(x) && x.length === 3 && x.every((n) => typeof n === 'number' && Number.isFinite(n));
}

function isFrame(x: unknown): x is Frame {
    const f = x as Partial<Frame> | null;
    return typeof x === 'object' && !!f && isVec(f.u) && isVec(f.v) && isVec(f.n);
}

function every<T>(x: unknown, is: (one: unknown) => one is T): x is Record<PlaneName, T> {
    return typeof x === 'object' && x !== null && planeNames.every((name) => is((x as Any)[name]));
}

function positive(x: unknown): x is number {
    return typeof x === 'number' && Number.isFinite(x) && x > 0;
}

function words(x: unknown): string[] {
    return Array.isArray(x) ? x.filter((one): one is string => typeof one === 'string') : [];
}

function text(x: unknown): string {
    return typeof x === 'string' ? x.slice(0, TEXT_MOST) : '';
}

export function marksFrom(from: unknown): Mark[] {
    return (Array.isArray(from) ? (from as Any[]) : [])
        .slice(-MARKS_MOST)
        .filter((one) => isVec(one?.at))
        .map((one, i) => ({ id: text(one.id) || `m${i}`, text: text(one.text), at: one.at as Vec3 }));
}

export function linesFrom(from: unknown): Line[] {
    return (Array.isArray(from) ? (from as Any[]) : [])
        .slice(-LINES_MOST)
        .filter((one) => Array.isArray(one?.points) && (one.points as unknown[]).every(isVec))
        .map((one) => ({ points: (one.points as Vec3[]).slice(0, 3), text: text(one.text) }));
}

/* Null when it is none, or one of a format that is not known here. */
export function lookFrom(from: unknown): Look | null {
    const x = from as Any | null;
    if (typeof x !== 'object' || !x || x.format !== 1) return null;
    const window = x.window as Any | null;
    const camera = x.camera as Any | null;
    const clip = x.clip as Any | null;
    if (!isVec(x.cross) || !every(x.frames, isFrame) || !every(x.centres, isVec) || !positive(x.slice_mm)) return null;
    if (!window || typeof window.centre !== 'number' || !positive(window.width)) return null;
    if (!camera || !isFrame(camera.frame) || !isVec(camera.target_mm) || !positive(camera.across_mm)) return null;
    return {
        format: 1,
        scan: text(x.scan),
        models: words(x.models),
        cross: x.cross,
        frames: x.frames,
        centres: x.centres,
        slice_mm: x.slice_mm,
        window: { name: text(window.name), centre: window.centre, width: window.width },
        slab_mm: typeof x.slab_mm === 'number' && x.slab_mm >= 0 ? Math.min(x.slab_mm, 200) : 0,
        slab: x.slab === 'mean' || x.slab === 'min' ? x.slab : 'max',
        camera: { frame: camera.frame, target_mm: camera.target_mm, across_mm: camera.across_mm },
        clip: clip && planeNames.includes(clip.plane as PlaneName) ? { plane: clip.plane as PlaneName, flip: clip.flip === true } : null,
        map: text(x.map),
        hidden: words(x.hidden),
        marks: marksFrom(x.marks),
        lines: linesFrom(x.lines),
    };
}

function same(a: unknown, b: unknown): boolean {
    return JSON.stringify(a) === JSON.stringify(b);
}

/* Sets what differs; the rest is not drawn again. */
export function applyLook(stage: Stage, look: Look): void {
    const set = <T>(cell: { get: () => T; set: (to: T) => void }, to: T): void => {
        if (!same(cell.get(), to)) cell.set(to);
    };
    set(stage.frames, look.frames);
    set(stage.centres, look.centres);
    stage.fitted = true;
    set(stage.pxPerMm, sliceSide() / look.slice_mm);
    set(stage.slab_mm, look.slab_mm);
    set(stage.slabKind, look.slab);
    set(stage.window, look.window);
    set(stage.clip, look.clip);
    set(stage.cross, look.cross);
    const side = paneSide('solid');
    if (side) {
        const camera = { frame: look.camera.frame, target_mm: look.camera.target_mm, px_per_mm: side / look.camera.across_mm };
        if (!same(stage.camera.get(), camera)) {
            stage.stir();
            stage.camera.set(camera);
        }
    }
    if ((stage.map.get()?.name ?? '') !== look.map && (!look.map || stage.maps.get().some((one) => one.name === look.map)))
        stage.showMap(look.map || null);
    const hidden = new Set(look.hidden);
    if (stage.parts.get().some((part) => part.visible === hidden.has(part.id)))
        stage.parts.update((parts) => parts.map((part) => ({ ...part, visible: !hidden.has(part.id) })));
}
