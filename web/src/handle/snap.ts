/* Where a place lies on what is seen: surfaces laid out once for a way of looking, then asked often. */
import { add, cross, dot, scale, sub, unit, type Frame, type Vec3 } from '../view/geometry';
import type { Surface } from '../view/surface';

export interface Hit {
    place_mm: Vec3;
    /* square to the surface there, towards who looks */
    normal: Vec3;
}

interface Laid {
    tri: Uint32Array;
    pos: Float32Array;
    /* of each vertex: to the right, down, away */
    u: Float32Array;
    v: Float32Array;
    n: Float32Array;
}

export class Seen {
    private readonly laid: Laid[];

    constructor(
        surfaces: readonly Surface[],
        private readonly frame: Frame,
    ) {
        const along = (pos: Float32Array, way: Vec3): Float32Array => {
            const out = new Float32Array(pos.length / 3);
            for (let i = 0, p = 0; i < out.length; i++, p += 3)
                out[i] = way[0] * pos[p]! + way[1] * pos[p + 1]! + way[2] * pos[p + 2]!;
            return out;
        };
        this.laid = surfaces.map(({ pos, tri }) => ({
            tri,
            pos,
            u: along(pos, frame.u),
            v: along(pos, frame.v),
            n: along(pos, frame.n),
        }));
    }

    get isEmpty(): boolean {
        return this.laid.length === 0;
    }

    /* What lies foremost where this place is seen; null beside it. */
    at(place: Vec3): Hit | null {
        const x = dot(place, this.frame.u);
        const y = dot(place, this.frame.v);
        let depth = Infinity;
        let found: Vec3 | null = null;
        for (const { tri, pos, u, v, n } of this.laid)
            for (let t = 0; t < tri.length; t += 3) {
                const a = tri[t]!;
                const b = tri[t + 1]!;
                const c = tri[t + 2]!;
                const ax = u[a]! - x;
                const bx = u[b]! - x;
                const cx = u[c]! - x;
                if ((ax > 0 && bx > 0 && cx > 0) || (ax < 0 && bx < 0 && cx < 0)) continue;
                const ay = v[a]! - y;
                const by = v[b]! - y;
                const cy = v[c]! - y;
                if ((ay > 0 && by > 0 && cy > 0) || (ay < 0 && by < 0 && cy < 0)) continue;
                const wa = bx * cy - cx * by;
                const wb = cx * ay - ax * cy;
                const wc = ax * by - bx * ay;
                const whole = wa + wb + wc;
                if (whole === 0 || wa / whole < 0 || wb / whole < 0 || wc / whole < 0) continue;
                const z = (wa * n[a]! + wb * n[b]! + wc * n[c]!) / whole;
                if (z >= depth) continue;
                depth = z;
                const corner = (k: number): Vec3 => [pos[3 * k]!, pos[3 * k + 1]!, pos[3 * k + 2]!];
                found = cross(sub(corner(b), corner(a)), sub(corner(c), corner(a)));
            }
        if (!found) return null;
        const normal = unit(found);
        const across = sub(place, scale(this.frame.n, dot(place, this.frame.n)));
        return {
            place_mm: add(across, scale(this.frame.n, depth)),
            normal: dot(normal, this.frame.n) > 0 ? scale(normal, -1) : normal,
        };
    }

    /* The nearest place of the surfaces, when one is within `most` mm. */
    near(place: Vec3, most: number): Vec3 | null {
        let best = most * most;
        let found: Vec3 | null = null;
        const [x, y, z] = place;
        for (const { tri, pos } of this.laid) {
            /* a triangle whose box is farther than the best cannot be nearer */
            for (let t = 0; t < tri.length; t += 3) {
                const a = 3 * tri[t]!;
                const b = 3 * tri[t + 1]!;
                const c = 3 * tri[t + 2]!;
                const reach = Math.sqrt(best);
                if (apart(pos[a]!, pos[b]!, pos[c]!, x) >= reach) continue;
                if (apart(pos[a + 1]!, pos[b + 1]!, pos[c + 1]!, y) >= reach) continue;
                if (apart(pos[a + 2]!, pos[b + 2]!, pos[c + 2]!, z) >= reach) continue;
                const at = nearestOn(
                    place,
                    [pos[a]!, pos[a + 1]!, pos[a + 2]!],
                    [pos[b]!, pos[b + 1]!, pos[b + 2]!],
                    [pos[c]!, pos[c + 1]!, pos[c + 2]!],
                );
                const d = sub(at, place);
                const far = dot(d, d);
                if (far >= best) continue;
                best = far;
                found = at;
            }
        }
        return found;
    }
}

/* From x to the range of three numbers. */
function apart(a: number, b: number, c: number, x: number): number {
    const low = Math.min(a, b, c);
    const high = Math.max(a, b, c);
    return x < low ? low - x : x > high ? x - high : 0;
}

/* The nearest place of a triangle, by its regions (Ericson, Real-Time Collision Detection, 5.1.5). */
export function nearestOn(p: Vec3, a: Vec3, b: Vec3, c: Vec3): Vec3 {
    const ab = sub(b, a);
    const ac = sub(c, a);
    const ap = sub(p, a);
    const d1 = dot(ab, ap);
    const d2 = dot(ac, ap);
    if (d1 <= 0 && d2 <= 0) return a;
    const bp = sub(p, b);
    const d3 = dot(ab, bp);
    const d4 = dot(ac, bp);
    if (d3 >= 0 && d4 <= d3) return b;
    const vc = d1 * d4 - d3 * d2;
    if (vc <= 0 && d1 >= 0 && d3 <= 0) return add(a, scale(ab, d1 / (d1 - d3)));
    const cp = sub(p, c);
    const d5 = dot(ab, cp);
    const d6 = dot(ac, cp);
    if (d6 >= 0 && d5 <= d6) return c;
    const vb = d5 * d2 - d1 * d6;
    if (vb <= 0 && d2 >= 0 && d6 <= 0) return add(a, scale(ac, d2 / (d2 - d6)));
    const va = d3 * d6 - d5 * d4;
    if (va <= 0 && d4 - d3 >= 0 && d5 - d6 >= 0) return add(b, scale(sub(c, b), (d4 - d3) / (d4 - d3 + d5 - d6)));
    const whole = 1 / (va + vb + vc);
    return add(a, add(scale(ab, vb * whole), scale(ac, vc * whole)));
}
