/* Who is logged in, and the process table that all pages are drawn from. */
import { ask, csrf, expired, Refusal, renewed } from '../api/client';
import { Cell } from './cell';
import type { Flow, Me } from './model';

/* undefined: not known yet; null: nobody. */
export const me = new Cell<Me | null | undefined>(undefined);
export const flow = new Cell<Flow | null>(null);

async function entered(who: Me): Promise<void> {
    csrf.set(who.csrf);
    if (!who.must_change_password && !flow.get()) flow.set(await ask<Flow>('GET', '/flow'));
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
