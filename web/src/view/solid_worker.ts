/*
 * The worker that holds the surfaces: draws them, cuts them by planes, says what was hit. One
 * picture at a time; a newer wish stops the older. While something moves the coarse level is drawn
 * when the whole one would be too slow, and the whole one as soon as it rests.
 */
import { Finder, parted, type Became } from './became';
import { BREATH_MS, breathe } from './breath';
import { kindOf, palette } from './lut';
import { halve, Raster, type Body, type Camera, type Look } from './raster';
import { halfOf, inHalf, joined, type Halves } from './halves';
import { boxesOf, cut, normalsOf, throughHoles, type Hole, type Surface } from './surface';
import type { Vec3 } from './geometry';

export interface PartLook {
    id: string;
    rgb: [number, number, number];
    opacity: number;
    cut: boolean;
    visible: boolean;
    /* in which half of a picture of two; absent: in both */
    half?: number;
}

export interface Scene {
    parts: PartLook[];
    map: { name: string; low: number; high: number } | null;
    clip: { through_mm: Vec3; normal: Vec3 } | null;
}

/* Surfaces in the parts that they are of now: a model whose parts are these codes, in their order. */
export interface Recoloured {
    model: string;
    became: Became;
    codes: number[];
    spared: string[]; /* surfaces whose names begin so are of these parts already */
}

export type Wish =
    | { type: 'level'; id: string; coarse: boolean; pos: Float32Array; tri: Uint32Array; maps: Record<string, Float32Array> }
    | { type: 'drop'; id: string }
    | { type: 'holes'; holes: Hole[] }
    | { type: 'became'; request: number; now: Recoloured | null }
    | { type: 'draw'; scene: Scene; camera: Camera; width: number; height: number; halves: Halves; moving: boolean; turn: number }
    | { type: 'cut'; request: number; parts: string[]; planes: { name: string; through_mm: Vec3; normal: Vec3 }[] }
    | { type: 'pick'; request: number; x: number; y: number };

export type Answer =
    | { type: 'picture'; pixels: Uint32Array; width: number; height: number; turn: number; coarse: boolean; ms: number; triangles: number }
    | { type: 'cuts'; request: number; cuts: { plane: string; part: string; segments: Float32Array }[] }
    | { type: 'recoloured'; request: number; triangles: number[] } /* of each code */
    | { type: 'picked'; request: number; hit: { part: string; place_mm: Vec3; values: Record<string, number> } | null };

interface Level extends Surface {
    whole: Uint32Array; /* of which tri are those that are shown */
    normal: Int8Array;
    boxes: Float32Array;
    maps: Record<string, Float32Array>;
    moved: Map<number, { tri: Uint32Array; boxes: Float32Array }>; /* shown as another part's */
}

const SMOOTH_MS = 50; /* a moving picture may take so long */
const FINE_MS = 160; /* a resting picture is drawn twice as fine when that takes no longer */

const levels = new Map<string, { coarse?: Level; full?: Level }>();
let holes: readonly Hole[] = [];
let recoloured: Recoloured | null = null;
let finder: Finder | null = null;
let fullMs = 0; /* the last whole picture at screen size */
let drawing = 0;

/* What a half shows, for asking what was hit in it. */
interface View {
    raster: Raster;
    names: string[];
    levels: Level[];
}

const views: View[] = [0, 1].map(() => ({ raster: new Raster(), names: [], levels: [] }));
let drawn: { halves: Halves; width: number; height: number; scale: number } = { halves: null, width: 0, height: 0, scale: 1 };

function post(answer: Answer, transfer: Transferable[] = []): void {
    (self as unknown as Worker).postMessage(answer, transfer);
}

function lookOf(scene: Scene): Look {
    const map = scene.map;
    const range = map ?? { low: 0, high: 1 };
    return { palette: palette(map ? kindOf(map.name) : 'sequential'), low: range.low, high: range.high, clip: scene.clip };
}

/* False when something newer came. */
async function run(work: Generator<void>, mine: number): Promise<boolean> {
    let since = performance.now();
    while (!work.next().done) {
        if (performance.now() - since < BREATH_MS) continue;
        await breathe();
        if (mine !== drawing) return false;
        since = performance.now();
    }
    return true;
}

/* The code that a part stands for; 0: it is a surface of its own. */
function codeOfPart(id: string): number {
    if (!recoloured || !id.startsWith(`${recoloured.model}/`)) return 0;
    return recoloured.codes[Number(id.slice(recoloured.model.length + 1))] ?? 0;
}

/* What is shown of a part: its own triangles, or those that lie on it now of all shown surfaces. */
function shownAs(id: string, coarse: boolean, shown: ReadonlySet<string>): { level: Level; tri: Uint32Array; boxes: Float32Array; coarse: boolean }[] {
    const pick = (one: string): { level: Level; coarse: boolean } | null => {
        const both = levels.get(one);
        const level = coarse ? (both?.coarse ?? both?.full) : (both?.full ?? both?.coarse);
        return level ? { level, coarse: level === both?.coarse } : null;
    };
    const code = codeOfPart(id);
    if (!code) {
        const own = pick(id);
        return own ? [{ ...own, tri: own.level.tri, boxes: own.level.boxes }] : [];
    }
    return [...shown].flatMap((one) => {
        const from = pick(one);
        const moved = from?.level.moved.get(code);
        return from && moved ? [{ ...from, ...moved }] : [];
    });
}

/* What a half shows, and whether something of it is coarse; `view` keeps it for `pick`. */
function bodiesOf(scene: Scene, half: number | undefined, coarse: boolean, view: View): { list: Body[]; asCoarse: boolean } {
    const list: Body[] = [];
    let asCoarse = false;
    view.names = [];
    view.levels = [];
    const parts = scene.parts.filter((part) => part.visible && part.opacity > 0 && (half === undefined || part.half === undefined || part.half === half));
    const shown = new Set(parts.map((part) => part.id));
    for (const part of parts)
        for (const { level, tri, coarse: is } of shownAs(part.id, coarse, shown)) {
            asCoarse ||= is;
            const value = scene.map ? (level.maps[scene.map.name] ?? null) : null;
            list.push({ pos: level.pos, tri, normal: level.normal, value, rgb: part.rgb, opacity: part.opacity, cut: part.cut });
            view.names.push(part.id);
            view.levels.push(level);
        }
    return { list, asCoarse };
}

async function draw(wish: Extract<Wish, { type: 'draw' }>): Promise<void> {
    const mine = ++drawing;
    const coarse = wish.moving && fullMs > SMOOTH_MS;
    const fine = !wish.moving && fullMs > 0 && 2.2 * fullMs < FINE_MS ? 2 : 1;
    const camera = { ...wish.camera, px_per_mm: wish.camera.px_per_mm * fine };
    const { width, height } = halfOf(wish.halves, wish.width, wish.height);
    const pictures: Uint32Array[] = [];
    let [asCoarse, triangles, ms] = [false, 0, 0];
    for (const half of wish.halves ? [0, 1] : [0]) {
        const view = views[half]!;
        const bodies = bodiesOf(wish.scene, wish.halves ? half : undefined, coarse, view);
        const begun = performance.now();
        if (!(await run(view.raster.draw(bodies.list, lookOf(wish.scene), camera, width * fine, height * fine), mine))) return;
        ms += performance.now() - begun;
        asCoarse ||= bodies.asCoarse;
        triangles += bodies.list.reduce((sum, body) => sum + body.tri.length / 3, 0);
        const { pixels } = view.raster;
        pictures.push(fine === 2 ? halve(pixels, view.raster.width, view.raster.height) : pixels.slice());
    }
    drawn = { halves: wish.halves, width: wish.width, height: wish.height, scale: fine };
    if (!asCoarse && fine === 1) fullMs = ms;
    if (fullMs === 0 && triangles) fullMs = ms;
    const pixels = joined(wish.halves, pictures, wish.width, wish.height);
    post({ type: 'picture', pixels, width: wish.width, height: wish.height, turn: wish.turn, coarse: asCoarse, ms, triangles }, [
        pixels.buffer,
    ]);
}

function cutAll(wish: Extract<Wish, { type: 'cut' }>): void {
    const cuts: Extract<Answer, { type: 'cuts' }>['cuts'] = [];
    const shown = new Set(wish.parts);
    for (const plane of wish.planes)
        for (const id of wish.parts)
            for (const { level, tri, boxes } of shownAs(id, false, shown))
                cuts.push({ plane: plane.name, part: id, segments: cut({ pos: level.pos, tri }, plane.through_mm, plane.normal, boxes) });
    post({ type: 'cuts', request: wish.request, cuts }, cuts.map((one) => one.segments.buffer));
}

/* Which of a surface's triangles are shown, and as whose. */
function arrange(id: string, level: Level): void {
    const { pos } = level;
    level.tri = throughHoles(id, { pos, tri: level.whole }, holes);
    level.moved = new Map();
    if (finder && !recoloured!.spared.some((one) => id.startsWith(one))) {
        const { kept, moved } = parted(finder, pos, level.tri, level.normal);
        level.tri = kept;
        for (const [code, tri] of moved) level.moved.set(code, { tri, boxes: boxesOf({ pos, tri }) });
    }
    level.boxes = boxesOf(level);
}

function arrangeAll(): void {
    for (const [id, both] of levels) for (const level of [both.coarse, both.full]) if (level) arrange(id, level);
}

function recolour(wish: Extract<Wish, { type: 'became' }>): void {
    recoloured = wish.now;
    finder = wish.now ? new Finder(wish.now.became) : null;
    arrangeAll();
    const triangles = (recoloured?.codes ?? []).map((code) =>
        [...levels.values()].reduce((sum, both) => sum + ((both.full ?? both.coarse)?.moved.get(code)?.tri.length ?? 0) / 3, 0),
    );
    post({ type: 'recoloured', request: wish.request, triangles });
}

function pick(wish: Extract<Wish, { type: 'pick' }>): void {
    const { half, x, y } = inHalf(drawn.halves, drawn.width, drawn.height, wish.x, wish.y);
    const view = views[half]!;
    const hit = view.raster.pick(x * drawn.scale, y * drawn.scale);
    const level = hit && view.levels[hit.body];
    if (!hit || !level) {
        post({ type: 'picked', request: wish.request, hit: null });
        return;
    }
    const values: Record<string, number> = {};
    for (const [name, map] of Object.entries(level.maps))
        values[name] = hit.corners.reduce((sum, v, c) => sum + map[v]! * hit.weights[c]!, 0);
    post({ type: 'picked', request: wish.request, hit: { part: view.names[hit.body]!, place_mm: hit.place_mm, values } });
}

self.onmessage = (event: MessageEvent<Wish>) => {
    const wish = event.data;
    if (wish.type === 'draw') void draw(wish);
    else if (wish.type === 'cut') cutAll(wish);
    else if (wish.type === 'pick') pick(wish);
    else if (wish.type === 'drop') levels.delete(wish.id);
    else if (wish.type === 'became') recolour(wish);
    else if (wish.type === 'holes') {
        holes = wish.holes;
        arrangeAll();
    } else {
        const both = levels.get(wish.id) ?? {};
        const { pos, tri, maps } = wish;
        const level: Level = { pos, tri, whole: tri, maps, normal: normalsOf(wish), boxes: new Float32Array(0), moved: new Map() };
        arrange(wish.id, level);
        levels.set(wish.id, wish.coarse ? { ...both, coarse: level } : { ...both, full: level });
        if (!wish.coarse) fullMs = 0;
    }
};

