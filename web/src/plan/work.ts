/* Jobs of a case as a page sees them: made, followed until they end, cancelled; and small files sent. */
import type { CaseFile, Job, JobRequest, JobState, MadeFile } from '../api/types';
import { ask, fetchFrom, onceKey, Refusal } from '../api/client';
import { language, say } from '../case/language';

export type { CaseFile, Job, JobRequest, JobState, MadeFile };

export function ended(job: Job): boolean {
    return job.state === 'done' || job.state === 'failed' || job.state === 'cancelled';
}

export async function filesOfCase(caseId: string, signal?: AbortSignal): Promise<CaseFile[]> {
    const reply = await ask<{ files: CaseFile[] }>('GET', `/cases/${caseId}/files`, signal ? { signal } : {});
    return reply.files;
}

export async function jobsOfCase(caseId: string, signal?: AbortSignal): Promise<Job[]> {
    const reply = await ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`, signal ? { signal } : {});
    return reply.jobs;
}

/* In one piece: for documents, not for scans. */
export async function sendText(caseId: string, name: string, text: string): Promise<{ sha256: string }> {
    const raw = new Blob([text]);
    const upload = await ask<{ upload: string }>('POST', `/cases/${caseId}/uploads`, { body: { name, bytes: raw.size } });
    await ask('PUT', `/uploads/${upload.upload}?offset=0`, { raw });
    return ask('POST', `/uploads/${upload.upload}/end`, { body: {} });
}

export async function readText(caseId: string, sha256: string, signal?: AbortSignal): Promise<string> {
    return (await fetchFrom('GET', `/cases/${caseId}/files/${sha256}`, signal ? { signal } : {})).text();
}

export function fileAddress(caseId: string, sha256: string): string {
    return `/api/v1/cases/${caseId}/files/${sha256}`;
}

export async function startJob(caseId: string, request: JobRequest): Promise<Job> {
    return ask<Job>('POST', `/cases/${caseId}/jobs`, { body: { ...request, lang: language.get() }, once: onceKey() });
}

export async function cancelJob(job: Job): Promise<void> {
    await ask('DELETE', `/jobs/${job.id}`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason);
        });
    });
}

/* Until it has ended. A server that is away is waited for. */
export async function followJob(first: Job, told: (job: Job) => void, signal: AbortSignal): Promise<Job> {
    let job = first;
    told(job);
    for (let wait = 250; !ended(job); wait = Math.min(wait * 1.3, 1000)) {
        await pause(wait, signal);
        try {
            job = await ask<Job>('GET', `/jobs/${first.id}`, { signal });
            told(job);
        } catch (failure) {
            if (!(failure instanceof Refusal) || failure.code !== 'away') throw failure;
        }
    }
    return job;
}

/* Seconds left by how it went since it was first seen; null while that says nothing yet. */
export interface Pace {
    at: number;
    progress: number;
}

export function timeLeft(from: Pace, now: Pace): number | null {
    const gone = (now.at - from.at) / 1000;
    const made = now.progress - from.progress;
    if (made < 0.03 || gone < 1) return null;
    return (gone * (1 - now.progress)) / made;
}

export function stateName(state: JobState): string {
    const names: Record<JobState, [string, string]> = {
        waiting: ['等待执行', 'Waiting'],
        running: ['正在执行', 'Running'],
        cancelling: ['正在取消', 'Being cancelled'],
        done: ['完成', 'Done'],
        failed: ['失败', 'Failed'],
        cancelled: ['已取消', 'Cancelled'],
    };
    return say(...names[state]);
}
