/* Measurements: the command `nuwa measure` makes the number and its doubt, as a job of the case;
 * so it is kept there, and read from there again. */
import { ask } from '../api/client';
import { say } from '../case/language';
import type { Vec3 } from './geometry';
import { runJob, type Job } from './source';
import type { Measure, Stage } from './stage';

interface Said {
    what?: string;
    length?: Number_;
    angle?: Number_;
}

interface Number_ {
    value: number;
    sigma: number | null;
    unit: string;
}

function settled(job: Job): Pick<Measure, 'state' | 'value' | 'sigma' | 'unit' | 'message'> {
    const said = job.result?.said as Said | undefined;
    const number = said?.length ?? said?.angle;
    if (job.state !== 'done' || !number)
        return { state: 'failed', message: job.result?.messages?.at(-1) ?? say('没有结果', 'No result') };
    return { state: 'done', value: number.value, sigma: number.sigma, unit: number.unit };
}

export async function measure(stage: Stage, caseId: string, one: Measure): Promise<void> {
    const points = one.points.map((p) => p.map((x) => x.toFixed(4)).join(',')).join(' ');
    stage.settle(one.id, { state: 'waiting' });
    try {
        const job = await runJob(
            caseId,
            {
                command: 'measure',
                inputs: {},
                arguments: [one.kind, '--points', points, '--sigma', stage.pointSigma().toFixed(4)],
                outputs: [],
            },
            () => undefined,
        );
        stage.settle(one.id, { id: job.id, ...settled(job) });
    } catch (failure) {
        stage.settle(one.id, { state: 'failed', message: failure instanceof Error ? failure.message : String(failure) });
    }
}

/* The places of a job that was made here; null for others. */
export function pointsOf(job: Job): { kind: Measure['kind']; points: Vec3[] } | null {
    const line = job.request?.arguments ?? [];
    const kind = line[0];
    const text = line[line.indexOf('--points') + 1];
    if (job.command !== 'measure' || (kind !== 'length' && kind !== 'angle') || !line.includes('--points') || !text) return null;
    const points = text.split(' ').map((p) => p.split(',').map(Number));
    if (points.some((p) => p.length !== 3 || p.some((x) => !Number.isFinite(x)))) return null;
    return { kind, points: points as unknown as Vec3[] };
}

/* Those of the case that were measured before. */
export async function keepMeasures(stage: Stage, caseId: string): Promise<void> {
    const hidden = hiddenOf(caseId);
    const { jobs } = await ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`);
    const old = jobs
        .filter((job) => job.state === 'done' && !hidden.has(job.id))
        .flatMap((job): Measure[] => {
            const places = pointsOf(job);
            return places ? [{ id: job.id, ...places, ...settled(job) }] : [];
        })
        .reverse();
    stage.measures.update((list) => [...old, ...list]);
}

/* Taken off the picture; the case keeps them. */
function hiddenOf(caseId: string): Set<string> {
    return new Set(JSON.parse(sessionStorage.getItem(`nuwa.hidden.${caseId}`) ?? '[]') as string[]);
}

export function hide(caseId: string, id: string): void {
    sessionStorage.setItem(`nuwa.hidden.${caseId}`, JSON.stringify([...hiddenOf(caseId), id]));
}
