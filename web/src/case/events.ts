/* What happens in a case while somebody looks at it: server-sent events. */
import { renewed } from '../api/client';
import type { TogetherEvent } from '../together/live';
import { Cell } from './cell';

export interface CaseEvent {
    case: string;
    number: number;
    act: string;
}

export interface JobEvent {
    id: string;
    case: string;
    state: string;
    progress: number;
}

/* The newest of each kind; pages listen. */
export const caseNews = new Cell<CaseEvent | null>(null);
export const jobNews = new Cell<JobEvent | null>(null);

/* What somebody else at the case looks at (together/live.ts). */
export const togetherNews = new Cell<TogetherEvent | null>(null);

/* Listens until the returned function is called. The browser connects again by itself. */
export function follow(caseId: string): () => void {
    let source: EventSource | null = null;
    const connect = (): void => {
        source?.close();
        source = new EventSource(`/api/v1/cases/${caseId}/events`);
        source.addEventListener('case', (event) => caseNews.set(JSON.parse((event as MessageEvent<string>).data) as CaseEvent));
        source.addEventListener('job', (event) => jobNews.set(JSON.parse((event as MessageEvent<string>).data) as JobEvent));
        source.addEventListener('together', (event) => togetherNews.set(JSON.parse((event as MessageEvent<string>).data) as TogetherEvent));
    };
    connect();
    const stop = renewed.listen(connect);
    return () => {
        stop();
        source?.close();
    };
}
