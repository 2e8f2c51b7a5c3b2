/* Measurements: the command `nuwa measure` makes the number and its doubt, as a job of the case;
 * so it is kept there, and read from there again. */
import { ask } from '../api/client';
import { say } from '../case/language';
import { answerOf, askedOf, needsScan, wordsOf, type Measure, type MeasureKind } from './measures';
import { runJob, type CaseFile, type Job } from './source';
import type { Stage } from './stage';

function settled(kind: MeasureKind, job: Job): Partial<Measure> & Pick<Measure, 'state'> {
    const answer = answerOf(kind, job.result?.said);
    if (job.state !== 'done' || !answer)
        return { state: 'failed', message: job.result?.messages?.at(-1) ?? say('没有结果', 'No result') };
    return { state: 'done', ...answer };
}

/* A name for a file in a job: its ending tells the command what it is. */
function inputName(file: CaseFile, name: string): string {
    const ending = /\.(tar\.gz|nii\.gz|[A-Za-z0-9]+)$/.exec(file.name)?.[0] ?? '';
    return `${name}${ending}`;
}

/* The files a measurement reads: the scan, or the model whose surface an outline was drawn on. */
function withInputs(stage: Stage, one: Measure, scan: CaseFile | undefined, models: readonly CaseFile[]): Measure {
    if (one.inputs) return one;
    if (needsScan(one.kind) && scan) return { ...one, inputs: { [inputName(scan, 'scan')]: scan.sha256 } };
    const part = one.kind === 'area' && one.parts?.length ? stage.parts.get().find((part_) => part_.id === one.parts![0]) : undefined;
    const file = part && models.find((model) => model.sha256 === part.model);
    if (part && file) return { ...one, parts: [part.name], inputs: { [inputName(file, 'model')]: file.sha256 } };
    const { parts, ...rest } = one;
    return parts ? { ...rest, inputs: {} } : rest;
}

export async function measure(stage: Stage, caseId: string, given: Measure, scan: CaseFile | undefined, models: readonly CaseFile[]): Promise<void> {
    const one: Measure = { ...withInputs(stage, given, scan, models), state: 'waiting' };
    stage.measures.update((list) => (list.some((x) => x.id === one.id) ? list.map((x) => (x.id === one.id ? one : x)) : [...list, one]));
    try {
        const request = { command: 'measure', inputs: one.inputs ?? {}, arguments: wordsOf(one, stage.pointSigma()), outputs: [] };
        const job = await runJob(caseId, request, () => undefined);
        const asked = askedOf({ ...job, request: { ...request, inputs: request.inputs } });
        stage.settle(one.id, { id: job.id, ...(asked ? { points: asked.points } : {}), ...settled(one.kind, job) });
    } catch (failure) {
        stage.settle(one.id, { state: 'failed', message: failure instanceof Error ? failure.message : String(failure) });
    }
}

/* Those of the case that were measured before. */
export async function keepMeasures(stage: Stage, caseId: string): Promise<void> {
    const hidden = hiddenOf(caseId);
    const { jobs } = await ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`);
    const old = jobs
        .filter((job) => job.state === 'done' && !hidden.has(job.id))
        .flatMap((job): Measure[] => {
            const asked = askedOf(job);
            return asked ? [{ id: job.id, ...asked, ...settled(asked.kind, job) }] : [];
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
