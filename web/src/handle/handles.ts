/*
 * What a person takes hold of in a picture of a document: grips, the lines that belong to them, and
 * how a grip goes where it is dragged. No React, no document of one kind: designs and plans make
 * their own lists of these.
 */
import type { Labelled } from '../case/language';
import type { Json, Path } from '../plan/json';
import { add, along, cross, dot, length, scale, sub, unit, type Frame, type Vec3 } from '../view/geometry';
import type { Hit } from './snap';

export interface Edit {
    path: Path;
    to: Json | undefined;
}

/* How a grip may go: over a surface, as the screen does, along a line, about a place at a distance,
 * within a plane, round an axis. */
export type Going =
    | { as: 'surface' }
    | { as: 'screen' }
    | { as: 'line'; way: Vec3 }
    | { as: 'ball'; centre: Vec3; radius: number }
    | { as: 'flat'; normal: Vec3 }
    | { as: 'ring'; centre: Vec3; axis: Vec3 };

export interface Grip {
    /* the same as long as it is the same thing */
    key: string;
    /* the member it changes */
    path: Path;
    name: Labelled;
    at: Vec3;
    going: Going;
    look: 'place' | 'tip' | 'between';
    /* the part it is meant to lie on */
    on?: string;
    move: (to: Vec3) => Edit[];
    remove?: () => Edit[];
}

export interface Line {
    key: string;
    points: readonly Vec3[];
    closed?: boolean;
    /* with a head at its end */
    arrow?: boolean;
    filled?: boolean;
    /* the part it is drawn over */
    on?: string;
}

/* What has no place yet, or a list that can be drawn further. */
export interface Wanting {
    key: string;
    path: Path;
    name: Labelled;
    on?: string;
    /* how many places it takes: one, or a list that grows */
    list: boolean;
    given: number;
    put: (hits: Hit[]) => Edit[];
    clear?: () => Edit[];
}

export interface Handles {
    grips: Grip[];
    lines: Line[];
    wanting: Wanting[];
}

export function none(): Handles {
    return { grips: [], lines: [], wanting: [] };
}

export function isPlace(value: Json | undefined): value is [number, number, number] {
    return Array.isArray(value) && value.length === 3 && value.every((one) => typeof one === 'number' && Number.isFinite(one));
}

/* As a person writes it: a hundredth of a millimetre is finer than any scan. */
export function written(place: Vec3): number[] {
    return place.map((one) => Math.round(one * 100) / 100 + 0);
}

export function writtenWay(way: Vec3): number[] {
    return unit(way).map((one) => Math.round(one * 1e4) / 1e4 + 0);
}

/*
 * Where a grip goes that is pulled `by` (mm, in the plane of the screen) from where it was. Null: it
 * stays (there is no surface there).
 */
export function pulled(at: Vec3, going: Going, by: Vec3, frame: Frame, surface: (place: Vec3) => Hit | null): Vec3 | null {
    const to = add(at, by);
    switch (going.as) {
        case 'surface':
            return surface(to)?.place_mm ?? null;
        case 'screen':
            return to;
        case 'line': {
            const way = unit(going.way);
            const seen = along(way, frame.n, -dot(way, frame.n));
            const size = dot(seen, seen);
            /* seen end on it cannot be pulled along: it goes as the screen does */
            return size < 0.03 ? to : along(at, way, dot(by, seen) / size);
        }
        case 'ball': {
            const from = sub(to, going.centre);
            const across = along(from, frame.n, -dot(from, frame.n));
            const l = length(across);
            if (l >= going.radius) return along(going.centre, across, going.radius / l);
            const side = dot(sub(at, going.centre), frame.n) > 0 ? 1 : -1;
            return along(add(going.centre, across), frame.n, side * Math.sqrt(going.radius ** 2 - l * l));
        }
        case 'ring': {
            const from = sub(at, going.centre);
            const tangent = cross(unit(going.axis), from);
            const facing = dot(frame.n, unit(going.axis));
            if (Math.abs(facing) > 0.2) return along(to, frame.n, dot(sub(at, to), unit(going.axis)) / facing);
            /* seen edge on: along the tangent */
            const seen = along(tangent, frame.n, -dot(tangent, frame.n));
            const size = dot(seen, seen);
            if (size < 0.03 * dot(tangent, tangent)) return to;
            return along(at, tangent, dot(by, seen) / size);
        }
        case 'flat': {
            const facing = dot(frame.n, going.normal);
            if (Math.abs(facing) < 0.1) return null;
            return along(to, frame.n, dot(sub(at, to), going.normal) / facing);
        }
    }
}

/* By how much one turns about an axis from one place to another, in degrees, right-handed. */
export function turnBetween(from: Vec3, to: Vec3, centre: Vec3, axis: Vec3): number {
    const n = unit(axis);
    const flat = (place: Vec3): Vec3 => {
        const d = sub(place, centre);
        return along(d, n, -dot(d, n));
    };
    const a = flat(from);
    const b = flat(to);
    return (Math.atan2(dot(n, cross(a, b)), dot(a, b)) * 180) / Math.PI;
}

/* Two directions square to one another and to it. */
export function across(way: Vec3): [Vec3, Vec3] {
    const n = unit(way);
    const other: Vec3 = Math.abs(n[0]) < 0.8 ? [1, 0, 0] : [0, 1, 0];
    const u = unit(along(other, n, -dot(other, n)));
    return [u, cross(n, u)];
}

/* The corners of a square round a place. */
export function square(middle: Vec3, normal: Vec3, half: number): Vec3[] {
    const [u, v] = across(normal);
    return ([[-1, -1], [1, -1], [1, 1], [-1, 1]] as const).map(([a, b]) => add(middle, add(scale(u, a * half), scale(v, b * half))));
}

export function boxLines(low: Vec3, high: Vec3, key: string): Line[] {
    const corner = (i: number): Vec3 => [i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]];
    const out: Line[] = [];
    for (let a = 0; a < 8; a++)
        for (const bit of [1, 2, 4]) if (!(a & bit)) out.push({ key: `${key}:${a}${bit}`, points: [corner(a), corner(a | bit)] });
    return out;
}

/* A list of places as grips: each can be moved and taken away, and between two a new one be pulled out. */
export function listGrips(
    path: Path,
    key: string,
    name: Labelled,
    places: readonly Vec3[],
    closed: boolean,
    going: Going,
    on: string | undefined,
    joined: boolean,
): Grip[] {
    const lies = on === undefined ? {} : { on };
    const all = places.map(written);
    const count = (i: number): Labelled => ({ zh: `${name.zh} ${i + 1}`, en: `${name.en} ${i + 1}` });
    const out = places.map((at, i): Grip => ({
        key: `${key}[${i}]`,
        path,
        name: count(i),
        at,
        going,
        look: 'place',
        ...lies,
        move: (to) => [{ path, to: all.map((one, k) => (k === i ? written(to) : one)) }],
        remove: () => [{ path, to: places.length > 1 ? all.filter((_, k) => k !== i) : undefined }],
    }));
    if (!joined) return out;
    const between = closed && places.length > 2 ? places.length : places.length - 1;
    for (let i = 0; i < between; i++) {
        const next = places[(i + 1) % places.length]!;
        out.push({
            key: `${key}[${i}]+`,
            path,
            name: { zh: `${name.zh}：在 ${i + 1} 之后加一点`, en: `${name.en}: a new place after ${i + 1}` },
            at: scale(add(places[i]!, next), 0.5),
            going,
            look: 'between',
            ...lies,
            move: (to) => [{ path, to: [...all.slice(0, i + 1), written(to), ...all.slice(i + 1)] }],
        });
    }
    return out;
}

/* A path drawn by hand, thinned: no place nearer than `step` to the one before. */
export function thinned(hits: readonly Hit[], step: number): Hit[] {
    const out: Hit[] = [];
    for (const hit of hits) {
        const last = out[out.length - 1];
        if (!last || length(sub(hit.place_mm, last.place_mm)) >= step) out.push(hit);
    }
    return out;
}

/* From the first corner of a line over the surface to the last: each stretch laid upon it where it is seen. */
export function laidOn(places: readonly Vec3[], closed: boolean, surface: (place: Vec3) => Hit | null, step: number): Vec3[] {
    const out: Vec3[] = [];
    const stretches = closed ? places.length : places.length - 1;
    for (let i = 0; i < stretches; i++) {
        const a = places[i]!;
        const b = places[(i + 1) % places.length]!;
        const far = length(sub(b, a));
        const count = Math.min(64, Math.max(1, Math.round(far / step)));
        out.push(a);
        for (let k = 1; k < count; k++) {
            const straight = along(a, sub(b, a), k / count);
            const hit = surface(straight)?.place_mm;
            /* what is seen there may lie far before or behind */
            out.push(hit && length(sub(hit, straight)) < far / 2 ? hit : straight);
        }
    }
    if (!closed && places.length) out.push(places[places.length - 1]!);
    return out;
}
