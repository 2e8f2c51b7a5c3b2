/* Triangles in the browser: normals to light them, cuts by planes for outlines. */
import { dot, type Vec3 } from './geometry';

export interface Surface {
    pos: Float32Array;
    tri: Uint32Array;
}

/* Outward, weighted by area; 127 is length 1, three bytes a vertex. */
export function normalsOf({ pos, tri }: Surface): Int8Array {
    const sum = new Float32Array(pos.length);
    for (let t = 0; t < tri.length; t += 3) {
        const a = 3 * tri[t]!;
        const b = 3 * tri[t + 1]!;
        const c = 3 * tri[t + 2]!;
        const ux = pos[b]! - pos[a]!;
        const uy = pos[b + 1]! - pos[a + 1]!;
        const uz = pos[b + 2]! - pos[a + 2]!;
        const vx = pos[c]! - pos[a]!;
        const vy = pos[c + 1]! - pos[a + 1]!;
        const vz = pos[c + 2]! - pos[a + 2]!;
        const nx = uy * vz - uz * vy;
        const ny = uz * vx - ux * vz;
        const nz = ux * vy - uy * vx;
        for (const i of [a, b, c]) {
            sum[i] = sum[i]! + nx;
            sum[i + 1] = sum[i + 1]! + ny;
            sum[i + 2] = sum[i + 2]! + nz;
        }
    }
    const out = new Int8Array(pos.length);
    for (let i = 0; i < sum.length; i += 3) {
        const l = Math.sqrt(sum[i]! ** 2 + sum[i + 1]! ** 2 + sum[i + 2]! ** 2);
        if (l === 0) continue;
        for (let c = 0; c < 3; c++) out[i + c] = Math.round((sum[i + c]! / l) * 127);
    }
    return out;
}

/*
 * Where a plane cuts the surface: segments of six numbers (two places in mm). A vertex that lies
 * in the plane counts as in front of it, so that each crossing is found once and a closed surface
 * gives closed outlines.
 */
export function cut({ pos, tri }: Surface, through: Vec3, normal: Vec3): Float32Array {
    const vertices = pos.length / 3;
    const [nx, ny, nz] = normal;
    const d = dot(through, normal);
    const side = new Float32Array(vertices);
    for (let v = 0, p = 0; v < vertices; v++, p += 3)
        side[v] = pos[p]! * nx + pos[p + 1]! * ny + pos[p + 2]! * nz - d;
    let out = new Float32Array(6 * 1024);
    let n = 0;
    for (let t = 0; t < tri.length; t += 3) {
        const a = tri[t]!;
        const b = tri[t + 1]!;
        const c = tri[t + 2]!;
        const fa = side[a]! >= 0;
        const fb = side[b]! >= 0;
        const fc = side[c]! >= 0;
        if (fa === fb && fb === fc) continue;
        if (n + 6 > out.length) {
            const more = new Float32Array(2 * out.length);
            more.set(out);
            out = more;
        }
        /* the corner that is alone on its side, and the two sides it cuts */
        const alone = fb === fc ? a : fa === fc ? b : c;
        const next = alone === a ? b : alone === b ? c : a;
        const last = alone === a ? c : alone === b ? a : b;
        for (const other of [next, last]) {
            const w = side[alone]! / (side[alone]! - side[other]!);
            for (let k = 0; k < 3; k++) {
                const from = pos[3 * alone + k]!;
                out[n++] = from + (pos[3 * other + k]! - from) * w;
            }
        }
    }
    return out.slice(0, n);
}
