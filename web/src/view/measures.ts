/*
 * What is measured: how many places it takes, what is asked of `nuwa measure` for it, what is read
 * back from its job, and the words for it. The command makes the number; what is shown before it
 * has come is a preview and says so.
 */
import { add, cross, dot, scale, sub, type Vec3 } from './geometry';
import type { Job } from './source';

export type MeasureKind = 'length' | 'angle' | 'area' | 'circle' | 'box' | 'solid' | 'distance' | 'overlap';
export type PointKind = Extract<MeasureKind, 'length' | 'angle' | 'area' | 'circle' | 'box'>;

export interface Measure {
    id: string;
    kind: MeasureKind;
    points: Vec3[];
    state: 'drawing' | 'waiting' | 'done' | 'failed';
    value?: number;
    sigma?: number | null;
    unit?: string;
    message?: string;
    /* beside the number: deviation of grey values, voxels, the surface below an outline */
    more?: { deviation?: number; voxels?: number; surface?: number };
    /* names of the parts that are measured, and files that are read: name in the job to digest */
    parts?: string[];
    inputs?: Record<string, string>;
    /* what the browser guesses until the command has answered */
    preview?: number;
}

export const pointKinds: readonly PointKind[] = ['length', 'angle', 'area', 'circle', 'box'];

export function isPointKind(tool: string): tool is PointKind {
    return (pointKinds as readonly string[]).includes(tool);
}

export const needsScan = (kind: MeasureKind): boolean => kind === 'circle' || kind === 'box';
export const needsParts = (kind: MeasureKind): boolean => kind === 'solid' || kind === 'distance' || kind === 'overlap';

const CLOSE_PX = 12;

/*
 * One more place: the measure with it, and whether it is whole. An outline is whole when its first
 * place is pointed at again; a circle's third place shows its plane.
 */
export function withPoint(one: Measure, place: Vec3, normal: Vec3 | null, px_per_mm: number): { measure: Measure; whole: boolean } {
    const points = [...one.points, place];
    if (one.kind === 'area') {
        const first = points[0]!;
        const d = sub(place, first);
        const back = points.length > 3 && Math.sqrt(dot(d, d)) * px_per_mm < CLOSE_PX;
        return { measure: { ...one, points: back ? one.points : points }, whole: back };
    }
    if (one.kind === 'circle' && points.length === 2) {
        const rim = sub(points[1]!, points[0]!);
        const third = add(points[0]!, cross(normal ?? [0, 0, 1], rim));
        return { measure: { ...one, points: [...points, third] }, whole: true };
    }
    return { measure: { ...one, points }, whole: points.length === { length: 2, angle: 3, box: 2, circle: 3 }[one.kind as 'length'] };
}

function polygon(points: readonly Vec3[]): number {
    let sum: Vec3 = [0, 0, 0];
    for (let i = 2; i < points.length; i++) sum = add(sum, cross(sub(points[i - 1]!, points[0]!), sub(points[i]!, points[0]!)));
    return Math.sqrt(dot(sum, sum)) / 2;
}

/* What can be said at once, or undefined. */
export function previewOf(one: Measure): number | undefined {
    const [a, b, c] = one.points;
    if (one.kind === 'length' && a && b) return Math.sqrt(dot(sub(b, a), sub(b, a)));
    if (one.kind === 'area' && one.points.length > 2) return polygon(one.points);
    if (one.kind === 'angle' && a && b && c) {
        const u = sub(a, b);
        const v = sub(c, b);
        const n = cross(u, v);
        return (Math.atan2(Math.sqrt(dot(n, n)), dot(u, v)) * 180) / Math.PI;
    }
    return undefined;
}

const unitOf: Record<MeasureKind, string> = { length: 'mm', angle: 'deg', area: 'mm2', circle: 'HU', box: 'HU', solid: 'mm3', distance: 'mm', overlap: 'mm3' };

/* The command's words, but for `measure` itself. */
export function wordsOf(one: Measure, sigma_mm: number): string[] {
    const files = Object.keys(one.inputs ?? {});
    if (needsParts(one.kind)) return [one.kind, ...files, '--parts', (one.parts ?? []).join(',')];
    const points = one.points.map((p) => p.map((x) => x.toFixed(4)).join(',')).join(' ');
    const parts = one.parts?.length && files.length ? ['--parts', one.parts.join(',')] : [];
    return [one.kind, ...files, '--points', points, '--sigma', sigma_mm.toFixed(4), ...parts];
}

interface Number_ {
    value: number | null;
    sigma: number | null;
    unit: string;
}

/* What a job of such words was about; null for other jobs. */
export function askedOf(job: Job): Pick<Measure, 'kind' | 'points' | 'parts' | 'inputs'> | null {
    const line = job.request?.arguments ?? [];
    const kind = line[0] as MeasureKind;
    if (job.command !== 'measure' || !(kind in unitOf)) return null;
    const after = (word: string): string | undefined => (line.includes(word) ? line[line.indexOf(word) + 1] : undefined);
    const parts = after('--parts')?.split(',');
    const more = { ...(parts ? { parts } : {}), inputs: job.request?.inputs ?? {} };
    if (needsParts(kind)) {
        const said = job.result?.said as { on_first_mm?: Vec3; on_second_mm?: Vec3 } | undefined;
        const points = said?.on_first_mm && said.on_second_mm ? [said.on_first_mm, said.on_second_mm] : [];
        return { kind, points, ...more };
    }
    const text = after('--points');
    if (!text) return null;
    const points = text.split(' ').map((p) => p.split(',').map(Number));
    if (points.some((p) => p.length !== 3 || p.some((x) => !Number.isFinite(x)))) return null;
    return { kind, points: points as unknown as Vec3[], ...more };
}

/* The number of a job that is done, or null. */
export function answerOf(kind: MeasureKind, said: Record<string, unknown> | undefined): Pick<Measure, 'value' | 'sigma' | 'unit' | 'more'> | null {
    const key = { length: 'length', angle: 'angle', area: 'area', circle: 'mean', box: 'mean', solid: 'volume', distance: 'distance', overlap: 'overlap' }[kind];
    const number = said?.[key] as Number_ | undefined;
    if (!number || typeof number.value !== 'number') return null;
    const more = {
        ...(typeof said?.deviation === 'number' ? { deviation: said.deviation } : {}),
        ...(typeof said?.voxels === 'number' ? { voxels: said.voxels } : {}),
        ...(said?.surface ? { surface: (said.surface as Number_).value ?? NaN } : {}),
    };
    return { value: number.value, sigma: number.sigma, unit: number.unit, more };
}

const shown: Record<string, [string, number]> = { deg: ['°', 1], mm: [' mm', 1], mm2: [' mm²', 1], mm3: [' mm³', 1], HU: [' HU', 1] };

function scaled(value: number, unit: string): { unit: string; by: number } {
    if (unit === 'mm2' && value >= 1000) return { unit: ' cm²', by: 0.01 };
    if (unit === 'mm3' && value >= 1000) return { unit: ' cm³', by: 0.001 };
    return { unit: shown[unit]?.[0] ?? (unit ? ` ${unit}` : ''), by: 1 };
}

/* A number with as many digits as its doubt bears. */
export function textOf(one: Measure): string {
    if (one.state === 'failed') return '✕';
    const guess = one.state !== 'done';
    const number = guess ? one.preview : one.value;
    if (number === undefined) return one.state === 'waiting' ? '…' : '';
    const { unit, by } = scaled(number, one.unit ?? unitOf[one.kind]);
    const value = number * by;
    const sigma = one.sigma ? one.sigma * by : one.sigma;
    if (guess) return `≈ ${value.toFixed(1)}${unit} …`;
    const digits = sigma ? Math.min(Math.max(0, Math.ceil(-Math.log10(sigma)) + (sigma < 1 ? 1 : 0)), 3) : needsScan(one.kind) ? 0 : 2;
    return sigma ? `${value.toFixed(digits)} ± ${sigma.toFixed(digits)}${unit}` : `${value.toFixed(digits)}${unit}`;
}

/* Its lines: places one after the other, and whether they close. */
export function linesOf(one: Measure, across: Vec3, down: Vec3): { line: Vec3[]; closed: boolean } {
    const [a, b, c] = one.points;
    if (one.kind === 'circle' && a && b && c) {
        const e = sub(b, a);
        const f = sub(c, a);
        const line = Array.from({ length: 64 }, (_, i) => {
            const t = (i * Math.PI) / 32;
            return add(a, add(scale(e, Math.cos(t)), scale(f, Math.sin(t))));
        });
        return { line, closed: true };
    }
    if (one.kind === 'box' && a && b) {
        const d = sub(b, a);
        return { line: [a, add(a, scale(across, dot(d, across))), b, add(a, scale(down, dot(d, down)))], closed: true };
    }
    return { line: one.points, closed: one.kind === 'area' && one.state !== 'drawing' };
}
