/*
 * Files on their way to a case, in pieces; a cut line, a server that was away or a reload of the
 * page goes on where it stopped. A folder goes as one archive that is put together while it is
 * sent, without a copy in memory.
 */
import { ask, away, fetchFrom, Refusal } from '../api/client';
import { Cell } from './cell';
import { say } from './language';
import type { FileRef } from './model';
import { me } from './session';
import { zipOf, type Named } from './zip';

const pieceBytes = 4 << 20;
const hashedBytes = 256 << 20;
const busyMs = 500; /* between two questions while the line that was cut still holds the upload */

export interface Upload {
    id: string;
    case: string;
    name: string;
    bytes: number;
    sent: number;
    started: number;
    startedAt: number;
    state: 'packing' | 'sending' | 'waiting' | 'done' | 'failed' | 'stopped';
    why?: string;
    file?: FileRef;
    /* of a folder: what lies in it */
    parts?: Named[];
}

export const uploads = new Cell<Upload[]>([]);

const stops = new Map<string, AbortController>();

function change(id: string, part: Partial<Upload>): void {
    uploads.update((all) => all.map((one) => (one.id === id ? { ...one, ...part } : one)));
}

/* A file that was being sent before a reload, by what tells it from others. */
function memoryKey(caseId: string, name: string, bytes: number, stamp: number): string {
    return `upload:${me.get()?.person.id ?? ''}:${caseId}:${name}:${bytes}:${stamp}`;
}

interface Server {
    upload: string;
    bytes: number;
}

async function begin(caseId: string, name: string, bytes: number, memory: string): Promise<Server> {
    const known = sessionStorage.getItem(memory);
    if (known) {
        try {
            return await ask<Server>('GET', `/uploads/${known}`);
        } catch (failure) {
            if (!(failure instanceof Refusal) || failure.code === 'away') throw failure;
        }
    }
    const fresh = await ask<Server>('POST', `/cases/${caseId}/uploads`, { body: { name, bytes } });
    sessionStorage.setItem(memory, fresh.upload);
    return fresh;
}

function backAgain(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
        const stop = away.listen(() => {
            if (away.get()) return;
            stop();
            resolve();
        });
        signal.addEventListener('abort', () => {
            stop();
            reject(signal.reason);
        });
        if (!away.get()) {
            stop();
            resolve();
        }
    });
}

async function sendPieces(id: string, server: Server, content: Blob, signal: AbortSignal): Promise<void> {
    let at = server.bytes;
    while (at < content.size) {
        change(id, { state: 'sending', sent: at });
        try {
            const raw = content.slice(at, at + pieceBytes);
            const reply = await fetchFrom('PUT', `/uploads/${server.upload}?offset=${at}`, { raw, signal });
            at = ((await reply.json()) as Server).bytes;
        } catch (failure) {
            if (!(failure instanceof Refusal) || (failure.code !== 'away' && failure.code !== 'conflict')) throw failure;
            change(id, { state: 'waiting' });
            if (failure.code === 'conflict') await new Promise((resolve) => setTimeout(resolve, busyMs));
            await backAgain(signal);
            at = (await ask<Server>('GET', `/uploads/${server.upload}`, { signal })).bytes;
        }
    }
    change(id, { sent: at });
}

async function digestOf(content: Blob): Promise<string | undefined> {
    if (content.size > hashedBytes || !crypto.subtle) return undefined;
    const digest = await crypto.subtle.digest('SHA-256', await content.arrayBuffer());
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function send(id: string, caseId: string, name: string, content: Blob, stamp: number): Promise<FileRef> {
    const control = new AbortController();
    stops.set(id, control);
    const memory = memoryKey(caseId, name, content.size, stamp);
    try {
        const server = await begin(caseId, name, content.size, memory);
        change(id, { sent: server.bytes, started: server.bytes, startedAt: Date.now(), bytes: content.size });
        await sendPieces(id, server, content, control.signal);
        const sha256 = await digestOf(content);
        const kept = await ask<FileRef>('POST', `/uploads/${server.upload}/end`, { body: sha256 ? { sha256 } : {} });
        sessionStorage.removeItem(memory);
        const file = { name: kept.name, sha256: kept.sha256, bytes: kept.bytes };
        change(id, { state: 'done', sent: content.size, file });
        return file;
    } catch (failure) {
        if (control.signal.aborted) change(id, { state: 'stopped' });
        else change(id, { state: 'failed', why: failure instanceof Error ? failure.message : String(failure) });
        throw failure;
    } finally {
        stops.delete(id);
    }
}

/* What was being sent when the page went away: names of files that can be chosen again to go on. */
export function interrupted(caseId: string): string[] {
    const begin = `upload:${me.get()?.person.id ?? ''}:${caseId}:`;
    const going = uploads.get().filter((one) => one.case === caseId);
    return Object.keys(sessionStorage)
        .filter((key) => key.startsWith(begin))
        .map((key) => key.slice(begin.length).split(':').slice(0, -2).join(':'))
        .filter((name) => !going.some((one) => one.name === name));
}

let counter = 0;

function add(caseId: string, name: string, bytes: number, state: Upload['state']): string {
    const id = `u${++counter}`;
    uploads.update((all) => [
        ...all,
        { id, case: caseId, name, bytes, sent: 0, started: 0, startedAt: Date.now(), state },
    ]);
    return id;
}

export function sendFile(caseId: string, file: File): Promise<FileRef> {
    const id = add(caseId, file.name, file.size, 'sending');
    return send(id, caseId, file.name, file, file.lastModified);
}

/* A folder as one archive. */
export async function sendFolder(caseId: string, name: string, files: Named[]): Promise<FileRef> {
    const total = files.reduce((sum, one) => sum + one.file.size, 0);
    const id = add(caseId, `${name}.zip`, total, 'packing');
    change(id, { parts: files });
    try {
        const archive = await zipOf(files, (done) => change(id, { sent: done }));
        const newest = Math.max(...files.map((one) => one.file.lastModified));
        return await send(id, caseId, `${name}.zip`, archive, newest);
    } catch (failure) {
        if (uploads.get().find((one) => one.id === id)?.state === 'packing')
            change(id, { state: 'failed', why: failure instanceof Error ? failure.message : String(failure) });
        throw failure;
    }
}

export function stopUpload(id: string): void {
    stops.get(id)?.abort();
}

export function forgetUpload(id: string): void {
    uploads.update((all) => all.filter((one) => one.id !== id));
}

/* Seconds left, by how it went so far; null while that says nothing. */
export function secondsLeft(upload: Upload): number | null {
    const seconds = (Date.now() - upload.startedAt) / 1000;
    const went = upload.sent - upload.started;
    return seconds < 1 || went <= 0 ? null : ((upload.bytes - upload.sent) * seconds) / went;
}

async function walk(entry: FileSystemEntry, path: string, out: Named[]): Promise<void> {
    if (entry.isFile) {
        const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
        out.push({ path: path + entry.name, file });
        return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
        const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
        if (!batch.length) return;
        for (const one of batch) await walk(one, `${path}${entry.name}/`, out);
    }
}

const packed = /\.(zip|tar|tgz|gz|nii|nrrd|mha)$/i;

/* Files chosen together; loose images of a scan go as one archive. */
export function sendFiles(caseId: string, files: File[], together: boolean): Promise<FileRef[]> {
    const loose = together && files.length > 1 ? files.filter((file) => !packed.test(file.name)) : [];
    const sending = files.filter((file) => !loose.includes(file)).map((file) => sendFile(caseId, file));
    if (loose.length)
        sending.push(
            sendFolder(
                caseId,
                'DICOM',
                loose.map((file) => ({ path: file.name, file })),
            ),
        );
    return Promise.all(sending);
}

/* What was dropped: files one by one, folders each as an archive. */
export async function sendDropped(caseId: string, data: DataTransfer, together = false): Promise<FileRef[]> {
    const entries = [...data.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    const plain = [...data.files];
    const sending: Promise<FileRef>[] = [];
    for (const entry of entries) {
        if (!entry.isDirectory) continue;
        const files: Named[] = [];
        await walk(entry, '', files);
        if (!files.length) throw new Refusal(0, 'data', say('文件夹是空的', 'The folder is empty'));
        sending.push(sendFolder(caseId, entry.name, files));
    }
    const folders = new Set(entries.filter((entry) => entry.isDirectory).map((entry) => entry.name));
    const loose = plain.filter((file) => !folders.has(file.name));
    return (await Promise.all([...sending.map((one) => one.then((file) => [file])), sendFiles(caseId, loose, together)])).flat();
}
