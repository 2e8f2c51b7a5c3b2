/*
 * The layers of a print file without fetching all of it: a ZIP's table at its end, then one entry at
 * a time, by ranges of bytes.
 */
import { fetchFrom } from '../api/client';

export interface Entry {
    name: string;
    at: number;
    packed: number;
    size: number;
    method: number;
}

/* Bytes [from, to). */
export type Fetch = (from: number, to: number) => Promise<Uint8Array>;

export class BadStack extends Error {}

const END_BYTES = 22;
const LOCAL_BYTES = 30;

function viewOf(bytes: Uint8Array): DataView {
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/* Where the table is, from the file's last bytes; null when this is no ZIP. */
function findEnd(tail: DataView): { count: number; size: number; at: number } | null {
    for (let i = tail.byteLength - END_BYTES; i >= 0; i--)
        if (tail.getUint32(i, true) === 0x06054b50)
            return { count: tail.getUint16(i + 10, true), size: tail.getUint32(i + 12, true), at: tail.getUint32(i + 16, true) };
    return null;
}

/* All entries, in the order of the table. Throws BadStack. */
export async function entriesOf(fetch: Fetch, bytes: number): Promise<Entry[]> {
    const from = Math.max(0, bytes - 65557);
    const tail = await fetch(from, bytes);
    const end = findEnd(viewOf(tail));
    if (!end || end.at + end.size > bytes) throw new BadStack('no table');
    const rows = end.at >= from ? tail.subarray(end.at - from, end.at - from + end.size) : await fetch(end.at, end.at + end.size);
    const table = viewOf(rows);
    const out: Entry[] = [];
    for (let i = 0; out.length < end.count && i + 46 <= table.byteLength; ) {
        if (table.getUint32(i, true) !== 0x02014b50) throw new BadStack('a wrong row');
        const length = table.getUint16(i + 28, true);
        out.push({
            name: new TextDecoder().decode(rows.subarray(i + 46, i + 46 + length)),
            method: table.getUint16(i + 10, true),
            packed: table.getUint32(i + 20, true),
            size: table.getUint32(i + 24, true),
            at: table.getUint32(i + 42, true),
        });
        i += 46 + length + table.getUint16(i + 30, true) + table.getUint16(i + 32, true);
    }
    if (out.length !== end.count) throw new BadStack('the table ends too early');
    return out;
}

/* The pictures of the layers, from below. */
export function layersOf(entries: Entry[]): Entry[] {
    return entries
        .filter((one) => /\d{5}\.png$/.test(one.name) && !/thumbnail/.test(one.name))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/* An entry's bytes as they were before packing. */
export async function bytesOf(fetch: Fetch, entry: Entry): Promise<Uint8Array> {
    const got = await fetch(entry.at, entry.at + LOCAL_BYTES + 1024 + entry.packed);
    const head = viewOf(got);
    if (got.length < LOCAL_BYTES || head.getUint32(0, true) !== 0x04034b50) throw new BadStack('a wrong entry');
    const from = LOCAL_BYTES + head.getUint16(26, true) + head.getUint16(28, true);
    const packed = got.subarray(from, from + entry.packed);
    if (packed.length !== entry.packed) throw new BadStack('the entry ends too early');
    if (entry.method === 0) return packed;
    if (entry.method !== 8) throw new BadStack('an unknown packing');
    const stream = new Blob([packed as BlobPart]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

function rangesOf(caseId: string, sha256: string, bytes: number): Fetch {
    return async (from, to) => {
        const last = Math.min(to, bytes) - 1;
        const reply = await fetchFrom('GET', `/cases/${caseId}/files/${sha256}`, { range: [from, last] });
        const got = new Uint8Array(await reply.arrayBuffer());
        return reply.status === 206 ? got : got.subarray(from, last + 1);
    };
}

const KEPT = 24;

/* A stack that is being looked at: the layers seen last are kept. */
export class Stack {
    private readonly kept = new Map<number, Promise<ImageBitmap>>();

    constructor(
        private readonly fetch: Fetch,
        readonly layers: Entry[],
    ) {}

    layer(index: number): Promise<ImageBitmap> {
        const known = this.kept.get(index);
        this.kept.delete(index);
        const made =
            known ??
            bytesOf(this.fetch, this.layers[index]!).then((png) =>
                createImageBitmap(new Blob([png as BlobPart], { type: 'image/png' })),
            );
        if (!known) made.catch(() => this.kept.delete(index));
        this.kept.set(index, made);
        for (const oldest of this.kept.keys()) {
            if (this.kept.size <= KEPT) break;
            this.kept.delete(oldest);
        }
        return made;
    }
}

export async function openStack(caseId: string, sha256: string, bytes: number): Promise<Stack> {
    const fetch = rangesOf(caseId, sha256, bytes);
    return new Stack(fetch, layersOf(await entriesOf(fetch, bytes)));
}
