/*
 * A second scan laid on the first: where it lies (as stored, or by a registration of a plan), and
 * the two in one picture, blended or as a checkerboard.
 */
import { dot, sub, type Frame, type Vec3 } from './geometry';
import type { SliceAsk } from './slice';

/* From the second scan's space to the first's: rows of a rotation, and a shift in mm. */
export interface Motion {
    rows: readonly [Vec3, Vec3, Vec3];
    shift: Vec3;
}

export const asStored: Motion = { rows: [[1, 0, 0], [0, 1, 0], [0, 0, 1]], shift: [0, 0, 0] };

export interface Registration {
    name: string;
    motion: Motion;
    rms_mm: number | null;
    accepted: boolean;
}

/* The registrations in a plan's result (docs/formats/plan.md); what is not one is left out. */
export function registrationsOf(result: unknown): Registration[] {
    const { nuwa, items } = (result ?? {}) as { nuwa?: unknown; items?: Record<string, Record<string, unknown>> };
    if (nuwa !== 'plan result 1' || !items) return [];
    return Object.entries(items).flatMap(([name, item]): Registration[] => {
        const m = item?.moving_to_fixed as number[][] | undefined;
        if (!Array.isArray(m) || m.length !== 3 || m.some((row) => !Array.isArray(row) || row.length !== 4 || !row.every(Number.isFinite))) return [];
        const rows = m.map(([x, y, z]) => [x, y, z]) as unknown as [Vec3, Vec3, Vec3];
        const turned = rows.every((a, i) => rows.every((b, j) => Math.abs(dot(a, b) - (i === j ? 1 : 0)) < 1e-6));
        if (!turned) return [];
        const shift = [m[0]![3]!, m[1]![3]!, m[2]![3]!] as const;
        return [{ name, motion: { rows, shift }, rms_mm: typeof item.rms_mm === 'number' ? item.rms_mm : null, accepted: item.accepted === true }];
    });
}

/* A place of the first scan's space in the second's own. */
export function backPlace({ rows, shift }: Motion, place: Vec3): Vec3 {
    const d = sub(place, shift);
    const at = (c: 0 | 1 | 2): number => rows[0][c] * d[0] + rows[1][c] * d[1] + rows[2][c] * d[2];
    return [at(0), at(1), at(2)];
}

/* The same slice, asked of the second scan. */
export function askSecond(motion: Motion, ask: SliceAsk): SliceAsk {
    const turned: Motion = { rows: motion.rows, shift: [0, 0, 0] };
    const way = (v: Vec3): Vec3 => {
        const back = backPlace(turned, v);
        /* a rotation by next to nothing would make the fast way the slow one */
        return back.map((x) => (Math.abs(x) < 1e-9 ? 0 : x)) as unknown as Vec3;
    };
    const frame: Frame = { u: way(ask.frame.u), v: way(ask.frame.v), n: way(ask.frame.n) };
    return { ...ask, frame, centre_mm: backPlace(motion, ask.centre_mm) };
}

export type FusedMode = 'blend' | 'checker' | 'colour';

/*
 * The second's pixels over the first's: `share` of them, or squares of `square` pixels of one and
 * the other, or the second in orange (its brightness), added. Where the second has nothing (0), the
 * first stays.
 */
export function fuse(first: Uint32Array, second: Uint32Array, width: number, mode: FusedMode, share: number, square: number): void {
    const s = Math.round(Math.min(Math.max(share, 0), 1) * 256);
    for (let p = 0; p < first.length; p++) {
        const b = second[p]!;
        if (b === 0) continue;
        if (mode === 'checker') {
            const x = p % width;
            const y = (p - x) / width;
            if ((((x / square) | 0) + ((y / square) | 0)) & 1) first[p] = b;
            continue;
        }
        const a = first[p]! & 255;
        const v = b & 255;
        if (mode === 'blend') {
            const g = a + (((v - a) * s) >> 8);
            first[p] = 0xff000000 | (g << 16) | (g << 8) | g;
        } else {
            const hot = (v * s) >> 8;
            const red = Math.min(a + hot, 255);
            const green = Math.min(a + ((hot * 140) >> 8), 255);
            first[p] = 0xff000000 | (a << 16) | (green << 8) | red;
        }
    }
}
