/* Planes fitted, wedges and domes in bone, as src/plan/angle.c, wedge.c and dome.c have them; for what a handle shows before the job has. */
import { add, along, cross, dot, length, scale, sub, turn, unit, type Vec3 } from '../view/geometry';
import { cut, type Surface } from '../view/surface';

/* ---- planes */

/* Turns a symmetric matrix towards its diagonal (Jacobi); the columns of `v` become its eigenvectors. */
function diagonal(m: number[][], v: number[][]): void {
    for (let sweep = 0; sweep < 12; sweep++)
        for (const [p, q] of [[0, 1], [0, 2], [1, 2]] as const) {
            if (m[p]![q] === 0) continue;
            const theta = (m[q]![q]! - m[p]![p]!) / (2 * m[p]![q]!);
            const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
            const c = 1 / Math.sqrt(t * t + 1);
            const s = t * c;
            const mix = (row: number[]): void => {
                [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!];
            };
            m.forEach(mix);
            [m[p], m[q]] = [m[p]!.map((one, k) => c * one - s * m[q]![k]!), m[p]!.map((one, k) => s * one + c * m[q]![k]!)];
            v.forEach(mix);
        }
}

/* By least squares; the normal's largest component is above 0. Null for fewer than three places, or all on a line. */
export function planeThrough(places: readonly Vec3[]): { point: Vec3; normal: Vec3 } | null {
    const LEAST_SPREAD = 1e-6; /* of the longest extent, squared: a line */
    if (places.length < 3) return null;
    const point = scale(places.reduce(add), 1 / places.length);
    const m = [0, 1, 2].map((a) => [0, 1, 2].map((b) => places.reduce((sum, one) => sum + (one[a]! - point[a]!) * (one[b]! - point[b]!), 0)));
    const v = [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
    ];
    diagonal(m, v);
    const [least, middle, most] = [0, 1, 2].sort((a, b) => m[a]![a]! - m[b]![b]!) as [number, number, number];
    if (!(m[middle]![middle]! > LEAST_SPREAD * m[most]![most]!)) return null;
    const normal: Vec3 = [v[0]![least]!, v[1]![least]!, v[2]![least]!];
    const largest = normal.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    return { point, normal: scale(unit(normal), Math.sign(largest)) };
}

/* ---- wedges */

/* How a wedge lies about its hinge. */
export interface Wedge {
    /* on the hinge, in the middle of the cut's width */
    middle: Vec3;
    /* along the hinge: what lies on the wedge's side goes up when it turns about this, right-handed */
    about: Vec3;
    /* in the plane of the cut, from the hinge to the wedge's side */
    across: Vec3;
    /* of the cut to either side of `middle`, along the hinge */
    half_mm: number;
    /* of the cut from the hinge to its farthest edge, and on the hinge's other side */
    reach_mm: number;
    beyond_mm: number;
}

const LINES = 128; /* the side with more of the cut is found by so many */

/* Where the face lies, seen along the hinge (s) and across it (x). */
interface Outline {
    s: Float64Array;
    x: Float64Array;
}

function outlineOf(surfaces: readonly Surface[], point: Vec3, normal: Vec3, hinge: Vec3, h: Vec3, across: Vec3): Outline {
    const pieces = surfaces.map((one) => cut(one, point, normal));
    const count = pieces.reduce((sum, one) => sum + one.length / 3, 0);
    const out = { s: new Float64Array(count), x: new Float64Array(count) };
    let n = 0;
    for (const places of pieces)
        for (let i = 0; i < places.length; i += 3, n++) {
            const d = sub([places[i]!, places[i + 1]!, places[i + 2]!], hinge);
            out.s[n] = dot(d, h);
            out.x[n] = dot(d, across);
        }
    return out;
}

/* The first moment of the face about the hinge, on either side of it: by lines across, even and odd. */
function momentsOf({ s, x }: Outline, low: number, high: number): [number, number] {
    const step = (high - low) / LINES;
    const sum: [number, number] = [0, 0];
    for (let k = 0; k < LINES; k++) {
        const at = low + (k + 0.5) * step;
        const hits: number[] = [];
        for (let i = 0; i < s.length; i += 2)
            if (s[i]! > at !== s[i + 1]! > at) hits.push(x[i]! + ((x[i + 1]! - x[i]!) * (at - s[i]!)) / (s[i + 1]! - s[i]!));
        hits.sort((a, b) => a - b);
        for (let i = 0; i + 1 < hits.length; i += 2) {
            const [a, b] = [hits[i]!, hits[i + 1]!];
            sum[0] += ((Math.max(b, 0) ** 2 - Math.max(a, 0) ** 2) / 2) * step;
            sum[1] += ((Math.min(a, 0) ** 2 - Math.min(b, 0) ** 2) / 2) * step;
        }
    }
    return sum;
}

/*
 * A cut through a bone turned about a hinge in its plane, on the side where most of the cut lies. `kerf`:
 * the face that is measured is that of the piece below. Null where the plane misses the bone.
 */
export function wedgeAt(surfaces: readonly Surface[], plane: { point: Vec3; normal: Vec3 }, hinge: { from: Vec3; to: Vec3 }, kerf: number): Wedge | null {
    const n = plane.normal;
    const d = sub(hinge.to, hinge.from);
    const h = unit(along(d, n, -dot(d, n)));
    if (length(h) === 0) return null;
    const across = cross(h, n);
    const outline = outlineOf(surfaces, along(plane.point, n, -kerf / 2), n, hinge.from, h, across);
    if (!outline.s.length) return null;
    const range = (list: Float64Array): [number, number] => list.reduce<[number, number]>(([a, b], one) => [Math.min(a, one), Math.max(b, one)], [Infinity, -Infinity]);
    const [low, high] = range(outline.s);
    const [least, most] = range(outline.x);
    const [here, there] = momentsOf(outline, low, high);
    const side = here >= there ? 1 : -1;
    return {
        middle: along(hinge.from, h, (low + high) / 2),
        about: scale(h, -side),
        across: scale(across, side),
        half_mm: (high - low) / 2,
        reach_mm: Math.max(0, side > 0 ? most : -least),
        beyond_mm: Math.max(0, side > 0 ? -least : most),
    };
}

/* A place of the wedge: so far from the hinge, so far along it from the middle, turned up by so much. */
export function placeIn(wedge: Wedge, out: number, aside: number, deg: number): Vec3 {
    return add(along(wedge.middle, wedge.about, aside), turn(scale(wedge.across, out), wedge.about, (deg * Math.PI) / 180));
}

/* The four corners of a face of the wedge, from the hinge to the far edge. */
export function faceIn(wedge: Wedge, deg: number): Vec3[] {
    const { half_mm, reach_mm } = wedge;
    return [placeIn(wedge, 0, -half_mm, deg), placeIn(wedge, 0, half_mm, deg), placeIn(wedge, reach_mm, half_mm, deg), placeIn(wedge, reach_mm, -half_mm, deg)];
}

/* At the edge farthest from the hinge: the chord. */
export function heightOf(wedge: Wedge, deg: number): number {
    return 2 * wedge.reach_mm * Math.sin((deg * Math.PI) / 360);
}

/* ---- domes */

export type Box = readonly [Vec3, Vec3];

export function boxOf(surfaces: readonly Surface[]): Box | null {
    const low: [number, number, number] = [Infinity, Infinity, Infinity];
    const high: [number, number, number] = [-Infinity, -Infinity, -Infinity];
    for (const { pos } of surfaces)
        for (let i = 0; i < pos.length; i++) {
            const axis = i % 3;
            low[axis] = Math.min(low[axis]!, pos[i]!);
            high[axis] = Math.max(high[axis]!, pos[i]!);
        }
    return low[0] > high[0] ? null : [low, high];
}

/* Half a cylinder, before its axis. */
export interface Dome {
    /* on the axis, in the middle of the bone along it */
    middle: Vec3;
    along: Vec3;
    /* square to the axis, to the crown; and sideways */
    towards: Vec3;
    across: Vec3;
    radius_mm: number;
    /* of the bone to either side of `middle`, along the axis */
    half_mm: number;
}

/* Null when it points along its own axis. */
export function domeAt(axis: { from: Vec3; to: Vec3 }, towards: Vec3, radius_mm: number, [low, high]: Box): Dome | null {
    const way = unit(sub(axis.to, axis.from));
    const crown = unit(along(towards, way, -dot(towards, way)));
    if (length(crown) === 0) return null;
    const reach = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => dot(sub([i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]], axis.from), way));
    const [least, most] = [Math.min(...reach), Math.max(...reach)];
    return { middle: along(axis.from, way, (least + most) / 2), along: way, towards: crown, across: cross(way, crown), radius_mm, half_mm: (most - least) / 2 };
}

/* A place of the dome: so far along its axis from the middle, so far round from the crown. */
export function placeOn(dome: Dome, aside: number, rad: number): Vec3 {
    const out = add(scale(dome.towards, Math.cos(rad)), scale(dome.across, Math.sin(rad)));
    return along(along(dome.middle, out, dome.radius_mm), dome.along, aside);
}

const ROUND = 15; /* the dome is looked at in so many half planes through its axis, */
const ALONG = 24; /* and in so many places along it */

/* Places spread evenly over where the half cylinder lies within the bone. */
export function placesOn(dome: Dome, surfaces: readonly Surface[]): Vec3[] {
    const out: Vec3[] = [];
    const step = (2 * dome.half_mm) / ALONG;
    for (let k = 0; k < ROUND; k++) {
        const rad = ((k + 0.5) / ROUND - 0.5) * Math.PI;
        const way = add(scale(dome.towards, Math.cos(rad)), scale(dome.across, Math.sin(rad)));
        /* how far out the bone's outline is met by each line from the axis, even and odd */
        const met: number[] = new Array<number>(ALONG).fill(0);
        for (const surface of surfaces) {
            const places = cut(surface, dome.middle, cross(dome.along, way));
            for (let i = 0; i < places.length; i += 6) {
                const a = sub([places[i]!, places[i + 1]!, places[i + 2]!], dome.middle);
                const b = sub([places[i + 3]!, places[i + 4]!, places[i + 5]!], dome.middle);
                const [sa, sb] = [dot(a, dome.along) + dome.half_mm, dot(b, dome.along) + dome.half_mm];
                const [ra, rb] = [dot(a, way), dot(b, way)];
                for (let j = Math.max(0, Math.floor(Math.min(sa, sb) / step - 0.5)); j < ALONG && (j + 0.5) * step <= Math.max(sa, sb); j++) {
                    const at = (j + 0.5) * step;
                    if (sa > at !== sb > at && ra + ((rb - ra) * (at - sa)) / (sb - sa) > dome.radius_mm) met[j]!++;
                }
            }
        }
        met.forEach((count, j) => {
            if (count % 2) out.push(placeOn(dome, (j + 0.5) * step - dome.half_mm, rad));
        });
    }
    return out;
}

const RIM_MM = 1e-3; /* on the box is within it */

function isIn([low, high]: Box, place: Vec3): boolean {
    return place.every((one, k) => one >= low[k]! - RIM_MM && one <= high[k]! + RIM_MM);
}

/* The stretches of a curve, a function of 0 to 1, that lie within the box. */
function stretches(at: (t: number) => Vec3, box: Box, steps: number): Vec3[][] {
    const out: Vec3[][] = [];
    let now: Vec3[] | null = null;
    const edge = (inner: number, outer: number): Vec3 => {
        for (let i = 0; i < 40; i++) {
            const mid = (inner + outer) / 2;
            if (isIn(box, at(mid))) inner = mid;
            else outer = mid;
        }
        return at(inner);
    };
    for (let k = 0; k <= steps; k++) {
        const t = k / steps;
        const inside = isIn(box, at(t));
        if (inside && !now) out.push((now = k ? [edge(t, (k - 1) / steps)] : []));
        if (inside) now!.push(at(t));
        else if (now) {
            now.push(edge((k - 1) / steps, t));
            now = null;
        }
    }
    return out.filter((one) => one.length > 1);
}

const ARCS = 5; /* along the axis */
const STEP = Math.PI / 60;

/* Where the half cylinder lies within the box: arcs round it, straights along it. */
export function linesOn(dome: Dome, box: Box): Vec3[][] {
    const out: Vec3[][] = [];
    const half = dome.half_mm;
    for (let k = 0; k < ARCS; k++) {
        const aside = half * ((2 * k) / (ARCS - 1) - 1);
        out.push(...stretches((t) => placeOn(dome, aside, (t - 0.5) * Math.PI), box, Math.PI / STEP));
    }
    for (let k = -6; k <= 6; k++) out.push(...stretches((t) => placeOn(dome, (2 * t - 1) * half, (k * Math.PI) / 12), box, 40));
    return out;
}
