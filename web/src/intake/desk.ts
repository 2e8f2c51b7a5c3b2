/*
 * The jobs of a case as the intake has them done: each asked for once, whoever asks, and heard of
 * until it ends. What the server did while it was away from here is read again.
 */
import { useCallback, useEffect, useRef, useState } from 'react';
import { ask, away, Refusal, renewed } from '../api/client';
import { follow, jobNews } from '../case/events';
import { cancelJob, ended, jobsOfCase, startJob, type Job, type JobRequest } from '../plan/work';
import { jobFor } from './state';

const lookAgain = 4000; /* ms: should no news come */

export interface Desk {
    jobs: Job[] | null;
    refusal: Refusal | null;
    /* Those that were not asked for yet, one after the other. */
    ensure: (requests: JobRequest[]) => Promise<void>;
    /* Also when it was done before. */
    start: (request: JobRequest) => Promise<void>;
    cancel: (job: Job) => void;
}

export function useDesk(caseId: string): Desk {
    const [jobs, setJobs] = useState<Job[] | null>(null);
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const latest = useRef<Job[] | null>(null);
    const asking = useRef(new Set<string>());

    const change = useCallback((next: Job[]) => {
        latest.current = next;
        setJobs(next);
    }, []);
    const take = useCallback(
        (job: Job) => {
            const all = latest.current ?? [];
            change(all.some((one) => one.id === job.id) ? all.map((one) => (one.id === job.id ? job : one)) : [job, ...all]);
        },
        [change],
    );
    const refuse = useCallback((failure: unknown) => {
        if (!(failure instanceof Refusal)) throw failure;
        if (failure.code !== 'away') setRefusal(failure);
    }, []);

    useEffect(() => {
        const control = new AbortController();
        const load = (): void => {
            jobsOfCase(caseId, control.signal)
                .then(change)
                .catch((failure: unknown) => control.signal.aborted || refuse(failure));
        };
        const look = (id: string): void => {
            ask<Job>('GET', `/jobs/${id}`, { signal: control.signal })
                .then(take)
                .catch((failure: unknown) => control.signal.aborted || refuse(failure));
        };
        const hear = (): void => {
            const news = jobNews.get();
            if (!news || news.case !== caseId || !latest.current) return;
            const known = latest.current.find((one) => one.id === news.id);
            if (known && ended(known)) return;
            if (!known || news.state !== known.state) look(news.id);
            else take({ ...known, progress: news.progress });
        };
        load();
        const stops = [follow(caseId), jobNews.listen(hear), renewed.listen(load)];
        const timer = setInterval(() => {
            if (away.get()) return;
            for (const job of (latest.current ?? []).filter((one) => !ended(one)).slice(-2)) look(job.id);
        }, lookAgain);
        return () => {
            control.abort();
            clearInterval(timer);
            stops.forEach((stop) => stop());
        };
    }, [caseId, change, take, refuse]);

    const start = useCallback(
        async (request: JobRequest) => {
            const key = JSON.stringify([request.command, request.arguments, Object.values(request.inputs)]);
            if (asking.current.has(key)) return;
            asking.current.add(key);
            setRefusal(null);
            try {
                take(await startJob(caseId, request));
            } catch (failure) {
                refuse(failure);
            } finally {
                asking.current.delete(key);
            }
        },
        [caseId, take, refuse],
    );
    const ensure = useCallback(
        async (requests: JobRequest[]) => {
            for (const request of requests) if (latest.current && !jobFor(latest.current, request)) await start(request);
        },
        [start],
    );
    const cancel = useCallback((job: Job) => void cancelJob(job).catch(refuse), [refuse]);
    return { jobs, refusal, ensure, start, cancel };
}
