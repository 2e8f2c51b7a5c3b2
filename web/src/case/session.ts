/* Who is logged in, and the process table that all pages are drawn from. */
import { ask, csrf, expired, fetchFrom, Refusal, renewed } from '../api/client';
import { Cell } from './cell';
import type { Flow, Me } from './model';

/* undefined: not known yet; null: nobody. */
export const me = new Cell<Me | null | undefined>(undefined);
export const flow = new Cell<Flow | null>(null);

/* Versions of the process table that were read, by their digest; the site's own of today under "". */
const tables = new Map<string, Flow>();

/* A case is shown by the table it was opened under, everything else ("") by that of today. */
export async function useTable(digest: string): Promise<void> {
    let table = tables.get(digest);
    if (!table) {
        const reply = await fetchFrom('GET', digest ? `/flow?table=${digest}` : '/flow');
        table = (await reply.json()) as Flow;
        tables.set(digest, table);
        const own = reply.headers.get('ETag')?.replaceAll('"', '');
        if (own) tables.set(own, table);
    }
    flow.set(table);
}

async function entered(who: Me): Promise<void> {
    csrf.set(who.csrf);
    if (!who.must_change_password && !flow.get()) await useTable('');
    me.set(who);
}

export async function findSession(): Promise<void> {
    try {
        await entered(await ask<Me>('GET', '/me', { entering: true }));
    } catch (failure) {
        if (failure instanceof Refusal && failure.status === 401) me.set(null);
        else throw failure;
    }
}

export async function logIn(login: string, password: string, second: string): Promise<void> {
    const body = { login, password, ...(second ? { second } : {}) };
    const before = me.get();
    const who = await ask<Me>('POST', '/login', { body, entering: true });
    if (before && before.person.id !== who.person.id) {
        forget();
        location.assign('/');
        return;
    }
    await entered(who);
    expired.set(false);
    renewed.update((n) => n + 1);
}

/* Nothing of a patient stays behind. */
function forget(): void {
    sessionStorage.clear();
}

export async function logOut(): Promise<void> {
    try {
        await ask('POST', '/logout', { entering: true });
    } finally {
        forget();
        location.assign('/');
    }
}

export async function changePassword(old: string, fresh: string): Promise<void> {
    await ask('POST', '/me/password', { body: { old, new: fresh } });
    await findSession();
}

export function hasRole(...roles: string[]): boolean {
    const own = me.get()?.person.roles ?? [];
    return roles.some((role) => own.includes(role));
}
