/*
 * Which series lie in a folder, read by the browser from the files' heads while they are sent: a
 * preview and no more. What counts is what `nuwa info` says when they have arrived. DICOM PS3.5 7.1
 * and PS3.10 7.1, little endian; anything else is not previewed.
 */
import type { Named } from '../case/zip';

export interface Preview {
    modality: string;
    description: string;
    number: string;
    files: number;
}

const headBytes = 16384;
const dataset = 132; /* after the preamble and its mark */
const last = 0x00200011;
const wanted: Record<number, 'modality' | 'description' | 'uid' | 'number'> = {
    0x00080060: 'modality',
    0x0008103e: 'description',
    0x0020000e: 'uid',
    0x00200011: 'number',
};
const long = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT', 'SV', 'UV']);
const implicitSyntax = '1.2.840.10008.1.2';
const otherSyntaxes = new Set(['1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99']); /* big endian, deflated */

interface Element {
    tag: number;
    at: number;
    size: number;
}

function elementAt(view: DataView, at: number, implicit: boolean): Element | null {
    if (at + 8 > view.byteLength) return null;
    const group = view.getUint16(at, true);
    const tag = group * 0x10000 + view.getUint16(at + 2, true);
    if (group === 0xfffe) return { tag, at: at + 8, size: 0 }; /* items: gone into */
    if (implicit && group !== 2) return { tag, at: at + 8, size: view.getUint32(at + 4, true) };
    const kind = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
    if (!long.has(kind)) return { tag, at: at + 8, size: view.getUint16(at + 6, true) };
    return at + 12 > view.byteLength ? null : { tag, at: at + 12, size: view.getUint32(at + 8, true) };
}

function textAt(view: DataView, element: Element): string {
    let text = '';
    for (let i = element.at; i < element.at + element.size && i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
    return text.replace(/[\s\0]+$/, '').trim();
}

/* Null for what is no DICOM that can be previewed. */
export function headOf(bytes: ArrayBuffer): Record<'modality' | 'description' | 'uid' | 'number', string> | null {
    const view = new DataView(bytes);
    if (view.byteLength < dataset + 8 || view.getUint32(dataset - 4, false) !== 0x4449434d) return null;
    const found = { modality: '', description: '', uid: '', number: '' };
    let implicit = false;
    for (let at = dataset; ; ) {
        const element = elementAt(view, at, implicit);
        if (!element || element.tag > last) break;
        if (element.tag === 0x00020010) {
            const syntax = textAt(view, element);
            if (otherSyntaxes.has(syntax)) return null;
            implicit = syntax === implicitSyntax;
        }
        const name = wanted[element.tag];
        if (name && !found[name]) found[name] = textAt(view, element);
        at = element.size === 0xffffffff ? element.at : element.at + element.size;
    }
    return found.uid ? found : null;
}

/* Tells of what was found so far, again and again, until all were read or the signal says stop. */
export async function previewOf(files: Named[], tell: (found: Preview[]) => void, signal: AbortSignal): Promise<void> {
    const series = new Map<string, Preview>();
    let told = 0;
    for (const { file } of files) {
        if (signal.aborted) return;
        const head = headOf(await file.slice(0, headBytes).arrayBuffer());
        if (!head) continue;
        const have = series.get(head.uid);
        /* letters beyond ASCII are in a character set that only the server knows */
        const plain = /^[\x20-\x7e]*$/.test(head.description) ? head.description : '';
        if (have) have.files++;
        else series.set(head.uid, { modality: head.modality, description: plain, number: head.number, files: 1 });
        if (Date.now() - told > 200) {
            tell([...series.values()].map((one) => ({ ...one })));
            told = Date.now();
        }
    }
    tell([...series.values()]);
}
