/*
 * How everything is asked of the server. Knows the session's token against forged requests, tells
 * a refusal from a server that is away, and, when the session has ended meanwhile, waits until
 * the person has logged in again and then goes on with the same request: nothing that was filled
 * in is lost.
 */
import { Cell } from '../case/cell';
import { language, say } from '../case/language';
import type { Addresses } from './types';

export class Refusal extends Error {
    constructor(
        readonly status: number,
        readonly code: string,
        message: string,
    ) {
        super(message);
    }
}

/* Set by the login; goes with every request that changes something. */
export const csrf = new Cell<string>('');
/* The server does not answer. */
export const away = new Cell(false);
/* The session has ended while a page was open: the page stays, a dialog asks for the password. */
export const expired = new Cell(false);
/* Counts how often the server came back or the session began: who shows data asks again. */
export const renewed = new Cell(0);

export type Method = keyof Addresses;

/* A method with an address the API has for it. */
export type Request = { [M in Method]: [method: M, path: Addresses[M], asking?: Asking] }[Method];

export interface Asking {
    body?: unknown;
    raw?: Blob;
    /* these bytes only, the last one included */
    range?: [number, number];
    /* a repeated request with the same key is done once */
    once?: string;
    signal?: AbortSignal;
    /* goes out even while the page is being left */
    alive?: boolean;
    /* the login itself: a 401 is its answer */
    entering?: boolean;
}

const root = '/api/v1';

function headersOf(method: Method, asking: Asking): Record<string, string> {
    const headers: Record<string, string> = { 'Accept-Language': language.get() };
    if (method !== 'GET' && csrf.get()) headers['X-CSRF-Token'] = csrf.get();
    if (asking.body !== undefined) headers['Content-Type'] = 'application/json';
    if (asking.range) headers['Range'] = `bytes=${asking.range[0]}-${asking.range[1]}`;
    if (asking.once) headers['Idempotency-Key'] = asking.once;
    return headers;
}

export function awayRefusal(): Refusal {
    return new Refusal(
        0,
        'away',
        say('服务器没有应答：所填内容都保留着，稍后再试', 'The server does not answer: what you filled in is kept, try again later'),
    );
}

let watching = false;

/* Asks every other second whether the server is back. */
function watch(): void {
    if (watching) return;
    watching = true;
    const timer = setInterval(() => {
        fetch(`${root}/health`)
            .then((reply) => {
                if (!reply.ok) return;
                clearInterval(timer);
                watching = false;
                away.set(false);
                renewed.update((n) => n + 1);
            })
            .catch(() => undefined);
    }, 2000);
}

async function send(method: Method, path: string, asking: Asking): Promise<Response> {
    const init: RequestInit = { method, headers: headersOf(method, asking), cache: 'no-store' };
    if (asking.raw) init.body = asking.raw;
    else if (asking.body !== undefined) init.body = JSON.stringify(asking.body);
    if (asking.alive) init.keepalive = true;
    if (asking.signal) init.signal = asking.signal;
    try {
        return await fetch(root + path, init);
    } catch (failure) {
        if (asking.signal?.aborted) throw failure;
        away.set(true);
        watch();
        throw awayRefusal();
    }
}

async function refusalOf(reply: Response): Promise<Refusal> {
    try {
        const { error } = (await reply.json()) as { error: { code: string; message: string } };
        return new Refusal(reply.status, error.code, error.message);
    } catch {
        return new Refusal(
            reply.status,
            'internal',
            say(`服务器的回答无法理解（${reply.status}）`, `The server's answer cannot be understood (${reply.status})`),
        );
    }
}

/* Resolves when the person is logged in again. */
function loggedIn(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const stop = expired.listen(() => {
            if (expired.get()) return;
            stop();
            resolve();
        });
        signal?.addEventListener('abort', () => {
            stop();
            reject(signal.reason);
        });
    });
}

/* The raw reply, for files and streams. */
export async function fetchFrom(method: Method, path: string, asking: Asking = {}): Promise<Response> {
    for (;;) {
        const reply = await send(method, path, asking);
        if (reply.ok || reply.status === 304) return reply;
        const refusal = await refusalOf(reply);
        if (refusal.status !== 401 || asking.entering) throw refusal;
        const again = loggedIn(asking.signal);
        expired.set(true);
        await again;
    }
}

export async function ask<T>(...request: Request): Promise<T> {
    const [method, path, asking] = request;
    const reply = await fetchFrom(method, path, asking);
    return (await reply.json()) as T;
}

/* A key for a request that must not be done twice. */
export function onceKey(): string {
    return crypto.randomUUID ? crypto.randomUUID() : `k-${Date.now()}-${Math.random().toString(36).slice(2)}`;
}
