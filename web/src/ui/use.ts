/* React's side of the cells. */
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { Refusal, renewed } from '../api/client';
import type { Cell } from '../case/cell';

export function useCell<T>(cell: Cell<T>): T {
    return useSyncExternalStore(cell.listen, cell.get);
}

export interface Loaded<T> {
    data: T | undefined;
    refusal: Refusal | undefined;
    loading: boolean;
    reload: () => void;
}

/* What `load` gives, asked again when `deps` change or the server is back. The old stays in sight
 * until the new is there. */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>, deps: readonly unknown[]): Loaded<T> {
    const [data, setData] = useState<T>();
    const [refusal, setRefusal] = useState<Refusal>();
    const [loading, setLoading] = useState(true);
    const [turn, setTurn] = useState(0);
    const anew = useCell(renewed);
    const latest = useRef(load);
    latest.current = load;
    useEffect(() => {
        const control = new AbortController();
        setLoading(true);
        latest
            .current(control.signal)
            .then((got) => {
                if (control.signal.aborted) return; /* a later one is asked: it comes over this */
                setData(got);
                setRefusal(undefined);
            })
            .catch((failure: unknown) => {
                if (control.signal.aborted) return;
                if (!(failure instanceof Refusal)) throw failure;
                setRefusal(failure);
            })
            .finally(() => {
                if (!control.signal.aborted) setLoading(false);
            });
        return () => control.abort();
    }, [turn, anew, ...deps]);
    const reload = useCallback(() => setTurn((n) => n + 1), []);
    return { data, refusal, loading, reload };
}
