/*
 * What was typed and not sent yet, kept over a reload and no longer than the session of this
 * window: sessionStorage, never localStorage.
 */
import { onceKey } from '../api/client';
import type { Draft } from './form';
import { me } from './session';

interface Kept {
    draft: Draft;
    /* the request that was sent last, to send the same again under the same key */
    once?: { key: string; body: string };
}

function keyOf(caseId: string, act: string): string {
    return `draft:${me.get()?.person.id ?? ''}:${caseId}:${act}`;
}

function read(key: string): Kept | null {
    try {
        const text = sessionStorage.getItem(key);
        return text ? (JSON.parse(text) as Kept) : null;
    } catch {
        return null;
    }
}

function write(key: string, kept: Kept): void {
    try {
        sessionStorage.setItem(key, JSON.stringify(kept));
    } catch {
        /* full: the page itself still has it */
    }
}

export function keptDraft(caseId: string, act: string): Draft | null {
    return read(keyOf(caseId, act))?.draft ?? null;
}

export function keepDraft(caseId: string, act: string, draft: Draft): void {
    const key = keyOf(caseId, act);
    write(key, { ...read(key), draft });
}

export function dropDraft(caseId: string, act: string): void {
    sessionStorage.removeItem(keyOf(caseId, act));
}

/* The same request gets the same key, so that it is done once even if its answer was lost. `body`:
 * what is sent, without the passphrase. */
export function keyFor(caseId: string, act: string, body: string): string {
    const key = keyOf(caseId, act);
    const kept = read(key);
    if (kept?.once?.body === body) return kept.once.key;
    const once = { key: onceKey(), body };
    write(key, { draft: kept?.draft ?? {}, once });
    return once.key;
}
