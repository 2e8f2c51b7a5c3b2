/*
 * Files as one ZIP archive, stored and not compressed: the parts of a Blob that refers to the
 * files, so that nothing is copied. By PKWARE's APPNOTE 6.3.3, without ZIP64: below 4 GiB and
 * 65535 files.
 */
import { say } from './language';

export interface Named {
    path: string;
    file: File;
}

const tableOfCrc = ((): Uint32Array => {
    const table = new Uint32Array(256);
    for (let n = 0; n < 256; n++) {
        let c = n;
        for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
        table[n] = c >>> 0;
    }
    return table;
})();

export function crcOf(bytes: Uint8Array, before = 0): number {
    let crc = ~before >>> 0;
    for (let i = 0; i < bytes.length; i++) crc = (tableOfCrc[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)) >>> 0;
    return ~crc >>> 0;
}

async function crcOfFile(file: File): Promise<number> {
    let crc = 0;
    const reader = file.stream().getReader();
    for (;;) {
        const { done, value } = await reader.read();
        if (done) return crc;
        crc = crcOf(value, crc);
    }
}

const localBytes = 30;
const centralBytes = 46;
const utf8Names = 0x0800;
const firstDay = 0x21; /* 1980-01-01: the same files give the same archive */

interface Member {
    name: Uint8Array<ArrayBuffer>;
    crc: number;
    size: number;
    at: number;
}

function head(signature: number, size: number, member: Member): DataView<ArrayBuffer> {
    const view = new DataView(new ArrayBuffer(size));
    const central = size === centralBytes ? 2 : 0;
    view.setUint32(0, signature, true);
    if (central) view.setUint16(4, 20, true);
    view.setUint16(4 + central, 20, true);
    view.setUint16(6 + central, utf8Names, true);
    view.setUint16(12 + central, firstDay, true);
    view.setUint32(14 + central, member.crc, true);
    view.setUint32(18 + central, member.size, true);
    view.setUint32(22 + central, member.size, true);
    view.setUint16(26 + central, member.name.length, true);
    if (central) view.setUint32(42, member.at, true);
    return view;
}

function endOf(members: Member[], at: number, size: number): DataView<ArrayBuffer> {
    const view = new DataView(new ArrayBuffer(22));
    view.setUint32(0, 0x06054b50, true);
    view.setUint16(8, members.length, true);
    view.setUint16(10, members.length, true);
    view.setUint32(12, size, true);
    view.setUint32(16, at, true);
    return view;
}

export async function zipOf(files: Named[], progress: (bytes: number) => void): Promise<Blob> {
    const total = files.reduce((sum, one) => sum + one.file.size + one.path.length * 8 + 80, 0);
    if (files.length > 65535 || total >= 0xffffffff)
        throw new Error(
            say('文件夹超过 4 GB 或 65535 个文件：请先打包为压缩文件', 'The folder is over 4 GB or 65535 files: pack it into an archive first'),
        );
    const parts: BlobPart[] = [];
    const members: Member[] = [];
    let at = 0;
    let done = 0;
    for (const { path, file } of [...files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
        const member = { name: new TextEncoder().encode(path), crc: await crcOfFile(file), size: file.size, at };
        parts.push(head(0x04034b50, localBytes, member), member.name, file);
        members.push(member);
        at += localBytes + member.name.length + file.size;
        done += file.size;
        progress(done);
    }
    let size = 0;
    for (const member of members) {
        parts.push(head(0x02014b50, centralBytes, member), member.name);
        size += centralBytes + member.name.length;
    }
    parts.push(endOf(members, at, size));
    return new Blob(parts, { type: 'application/zip' });
}
