/*
 * The worker that holds the surfaces: draws them, cuts them by planes, says what was hit. One
 * picture at a time; a newer wish stops the older. While something moves the coarse level is drawn
 * when the whole one would be too slow, and the whole one as soon as it rests.
 */
import { kindOf, palette } from './lut';
import { halve, Raster, type Body, type Camera, type Look } from './raster';
import { boxesOf, cut, normalsOf, type Surface } from './surface';
import type { Vec3 } from './geometry';

export interface PartLook {
    id: string;
    rgb: [number, number, number];
    opacity: number;
    cut: boolean;
    visible: boolean;
}

export interface Scene {
    parts: PartLook[];
    map: { name: string; low: number; high: number } | null;
    clip: { through_mm: Vec3; normal: Vec3 } | null;
}

export type Wish =
    | { type: 'level'; id: string; coarse: boolean; pos: Float32Array; tri: Uint32Array; maps: Record<string, Float32Array> }
    | { type: 'drop'; id: string }
    | { type: 'draw'; scene: Scene; camera: Camera; width: number; height: number; moving: boolean; turn: number }
    | { type: 'cut'; request: number; parts: string[]; planes: { name: string; through_mm: Vec3; normal: Vec3 }[] }
    | { type: 'pick'; request: number; x: number; y: number };

export type Answer =
    | { type: 'picture'; pixels: Uint32Array; width: number; height: number; turn: number; coarse: boolean; ms: number; triangles: number }
    | { type: 'cuts'; request: number; cuts: { plane: string; part: string; segments: Float32Array }[] }
    | { type: 'picked'; request: number; hit: { part: string; place_mm: Vec3; values: Record<string, number> } | null };

interface Level extends Surface {
    normal: Int8Array;
    boxes: Float32Array;
    maps: Record<string, Float32Array>;
}

const SMOOTH_MS = 50; /* a moving picture may take so long */
const BREATH_MS = 12; /* between two looks for messages */
const FINE_MS = 160; /* a resting picture is drawn twice as fine when that takes no longer */

const levels = new Map<string, { coarse?: Level; full?: Level }>();
const raster = new Raster();
let fullMs = 0; /* the last whole picture at screen size */
let drawing = 0;
let drawn: string[] = [];
let drawnLevels: Level[] = [];
let drawnScale = 1;

function post(answer: Answer, transfer: Transferable[] = []): void {
    (self as unknown as Worker).postMessage(answer, transfer);
}

function breathe(): Promise<void> {
    return new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
            port1.close();
            resolve();
        };
        port2.postMessage(null);
    });
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

async function draw(wish: Extract<Wish, { type: 'draw' }>): Promise<void> {
    const mine = ++drawing;
    const shown = wish.scene.parts.filter((part) => part.visible && part.opacity > 0);
    const coarse = wish.moving && fullMs > SMOOTH_MS;
    const bodies: Body[] = [];
    const names: string[] = [];
    const used: Level[] = [];
    let asCoarse = false;
    for (const part of shown) {
        const both = levels.get(part.id);
        const level = coarse ? (both?.coarse ?? both?.full) : (both?.full ?? both?.coarse);
        if (!level) continue;
        asCoarse ||= level === both?.coarse;
        const value = wish.scene.map ? (level.maps[wish.scene.map.name] ?? null) : null;
        bodies.push({ pos: level.pos, tri: level.tri, normal: level.normal, value, rgb: part.rgb, opacity: part.opacity, cut: part.cut });
        names.push(part.id);
        used.push(level);
    }
    const fine = !wish.moving && fullMs > 0 && 2.2 * fullMs < FINE_MS ? 2 : 1;
    const camera = { ...wish.camera, px_per_mm: wish.camera.px_per_mm * fine };
    const begun = performance.now();
    if (!(await run(raster.draw(bodies, lookOf(wish.scene), camera, wish.width * fine, wish.height * fine), mine))) return;
    const ms = performance.now() - begun;
    drawn = names;
    drawnLevels = used;
    drawnScale = fine;
    if (!asCoarse && fine === 1) fullMs = ms;
    if (fullMs === 0 && bodies.length) fullMs = ms;
    const pixels = fine === 2 ? halve(raster.pixels, raster.width, raster.height) : raster.pixels.slice();
    const triangles = bodies.reduce((sum, body) => sum + body.tri.length / 3, 0);
    post({ type: 'picture', pixels, width: wish.width, height: wish.height, turn: wish.turn, coarse: asCoarse, ms, triangles }, [
        pixels.buffer,
    ]);
}

function cutAll(wish: Extract<Wish, { type: 'cut' }>): void {
    const cuts: Extract<Answer, { type: 'cuts' }>['cuts'] = [];
    for (const plane of wish.planes)
        for (const id of wish.parts) {
            const both = levels.get(id);
            const level = both?.full ?? both?.coarse;
            if (level) cuts.push({ plane: plane.name, part: id, segments: cut(level, plane.through_mm, plane.normal, level.boxes) });
        }
    post({ type: 'cuts', request: wish.request, cuts }, cuts.map((one) => one.segments.buffer));
}

function pick(wish: Extract<Wish, { type: 'pick' }>): void {
    const hit = raster.pick(wish.x * drawnScale, wish.y * drawnScale);
    const level = hit && drawnLevels[hit.body];
    if (!hit || !level) {
        post({ type: 'picked', request: wish.request, hit: null });
        return;
    }
    const values: Record<string, number> = {};
    for (const [name, map] of Object.entries(level.maps))
        values[name] = hit.corners.reduce((sum, v, c) => sum + map[v]! * hit.weights[c]!, 0);
    post({ type: 'picked', request: wish.request, hit: { part: drawn[hit.body]!, place_mm: hit.place_mm, values } });
}

self.onmessage = (event: MessageEvent<Wish>) => {
    const wish = event.data;
    if (wish.type === 'draw') void draw(wish);
    else if (wish.type === 'cut') cutAll(wish);
    else if (wish.type === 'pick') pick(wish);
    else if (wish.type === 'drop') levels.delete(wish.id);
    else {
        const both = levels.get(wish.id) ?? {};
        const level = { pos: wish.pos, tri: wish.tri, maps: wish.maps, normal: normalsOf(wish), boxes: boxesOf(wish) };
        levels.set(wish.id, wish.coarse ? { ...both, coarse: level } : { ...both, full: level });
        if (!wish.coarse) fullMs = 0;
    }
};

