/* Undo and redo over whole states; changes of the same place close together count as one. */
export interface History<T> {
    past: T[];
    now: T;
    future: T[];
    /* where and when the last change was */
    tag?: string;
    at?: number;
}

const DEEPEST = 200;
const TOGETHER_MS = 1200;

export function begin<T>(now: T): History<T> {
    return { past: [], now, future: [] };
}

export function change<T>(history: History<T>, now: T, tag = '', at = Date.now()): History<T> {
    if (Object.is(history.now, now)) return history;
    const together = !!tag && history.tag === tag && at - (history.at ?? 0) < TOGETHER_MS && history.past.length > 0;
    const past = together ? history.past : [...history.past, history.now].slice(-DEEPEST);
    return { past, now, future: [], tag, at };
}

export function undo<T>(history: History<T>): History<T> {
    const before = history.past[history.past.length - 1];
    if (before === undefined) return history;
    return { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future] };
}

export function redo<T>(history: History<T>): History<T> {
    const [next, ...future] = history.future;
    if (next === undefined) return history;
    return { past: [...history.past, history.now], now: next, future };
}
