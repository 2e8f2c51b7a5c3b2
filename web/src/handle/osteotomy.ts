/* Wedges in bone, as src/plan/wedge.c cuts them; for what a handle shows before the job has. */
import { add, along, cross, dot, length, scale, sub, turn, unit, type Vec3 } from '../view/geometry';
import { cut, type Surface } from '../view/surface';

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
