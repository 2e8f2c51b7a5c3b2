/*
 * What is known of a scan that was sent: everything is read from the jobs of the case, so that it
 * is the same after a reload and for two people. Numbers come from the commands, none from here.
 */
import type { Labelled } from '../case/language';
import type { Entry } from '../case/model';
import { saidBy } from '../print/setup';
import { viewName } from '../view/source';
import type { CaseFile, Job, JobRequest } from '../plan/work';

/* What is to be made of the scan: the gate's sheet and the recipe of the model. */
export const needs = ['bone', 'skin', 'lung', 'airway'] as const;
export type Need = (typeof needs)[number];

export interface Remark extends Labelled {
    severity: 'note' | 'warning' | 'refusal';
    code: string;
}

/* A series, as `nuwa info --brief` tells it. */
export interface Series {
    number: number;
    usable: boolean;
    default: boolean;
    zh?: string;
    en?: string;
    files: number;
    slices: number;
    dim?: [number, number, number];
    spacing_mm?: [number, number, number];
    format?: string;
    modality?: string;
    body_part?: string;
    series_number?: string;
    series_description?: string;
    study_date?: string;
    acquisition_date?: string;
    kernel?: string;
    model?: string;
    software?: string;
    charset?: string;
    remarks: Remark[];
}

export interface Patient {
    name: string;
    id: string;
    sex: string;
    birth_date: string;
    agrees?: boolean | null;
}

export interface Charset {
    charset: string;
    fits: boolean;
    texts: string[];
}

export interface Info {
    found: Series[];
    count: number;
    patients: number;
    patients_found?: Patient[];
    charsets?: Charset[];
    other_files: number;
}

export interface Gate {
    verdict: 'pass' | 'conditional' | 'fail';
    sheet: string;
    sheet_version: string;
    items: (Labelled & { code: string; verdict: string })[];
    smallest_feature_mm: number;
    surface_accuracy_mm: number;
    rescan_zh: string;
    rescan_en: string;
}

/* A name that a job may give its input. */
export function inputName(file: CaseFile): string {
    return file.name.replaceAll(/[^\w.\-\u4e00-\u9fff]/g, '_').replace(/^[-.]/, '_');
}

function read(charset: string): string[] {
    return charset ? ['--charset', charset] : [];
}

export function infoRequest(file: CaseFile, patient: string, charset: string): JobRequest {
    const name = inputName(file);
    const order = patient ? ['--patient', patient] : ['--identity'];
    return { command: 'info', inputs: { [name]: file.sha256 }, arguments: [name, '--brief', ...order, ...read(charset)], outputs: [] };
}

export function charsetsRequest(file: CaseFile): JobRequest {
    const name = inputName(file);
    return { command: 'info', inputs: { [name]: file.sha256 }, arguments: [name, '--brief', '--charsets'], outputs: [] };
}

export function gateRequest(file: CaseFile, series: number, need: Need): JobRequest {
    const name = inputName(file);
    const picture = `series-${file.sha256.slice(0, 12)}-${series}.png`;
    return {
        command: 'gate',
        inputs: { [name]: file.sha256 },
        arguments: [name, '--series', String(series), '--for', need, '--picture', picture],
        outputs: [picture],
    };
}

export function viewRequest(file: CaseFile): JobRequest {
    const name = inputName(file);
    const view = viewName(file);
    return { command: 'view', inputs: { [name]: file.sha256 }, arguments: [name, '-o', view], outputs: [view] };
}

export function makeRequest(file: CaseFile, series: number, need: Need, charset: string): JobRequest {
    const name = inputName(file);
    const outputs = [`${need}.3mf`, `${need}.html`];
    return {
        command: 'reconstruct',
        inputs: { [name]: file.sha256 },
        arguments: [name, '--preset', need, '--series', String(series), ...outputs.flatMap((one) => ['-o', one]), ...read(charset)],
        outputs,
    };
}

export function checkRequest(model: { name: string; sha256: string }, machine: string): JobRequest {
    return { command: 'printcheck', inputs: { [model.name]: model.sha256 }, arguments: [model.name, '--machine', machine], outputs: [] };
}

/* The newest job that asked for the same and was not given up. */
export function jobFor(jobs: Job[], request: JobRequest): Job | undefined {
    const want = JSON.stringify(request.arguments);
    const digests = JSON.stringify(Object.values(request.inputs));
    return jobs.find(
        (job) =>
            job.command === request.command &&
            job.state !== 'cancelled' &&
            JSON.stringify(job.request.arguments) === want &&
            JSON.stringify(Object.values(job.request.inputs)) === digests,
    );
}

function after(job: Job, option: string): string {
    const at = job.request.arguments.indexOf(option);
    return at < 0 ? '' : (job.request.arguments[at + 1] ?? '');
}

/* Of a scan: the character set and what it is for, as they were chosen last. */
export function chosenBefore(jobs: Job[], file: CaseFile): { charset: string; need: Need } {
    const about = jobs.filter((job) => Object.values(job.request.inputs).includes(file.sha256));
    const info = about.find((job) => job.command === 'info' && !job.request.arguments.includes('--charsets'));
    const gate = about.find((job) => job.command === 'gate');
    const need = needs.find((one) => gate && after(gate, '--for') === one);
    return { charset: info ? after(info, '--charset') : '', need: need ?? 'bone' };
}

export function infoOf(job: Job | undefined): Info | undefined {
    if (job?.state !== 'done') return undefined;
    return saidBy<{ paths?: Info[] }>(job).paths?.[0];
}

export function gateOf(job: Job | undefined): Gate | undefined {
    return job?.state === 'done' && job.result?.said ? saidBy<Gate>(job) : undefined;
}

/* Best first: the one that is taken when nobody says, then the others that can be used. */
export function inOrder(found: Series[]): Series[] {
    const rank = (one: Series): number => (one.default ? 0 : one.usable ? 1 : 2);
    return [...found].sort((a, b) => rank(a) - rank(b) || a.number - b.number);
}

export type Compared = 'same' | 'different' | 'silent';

export function comparedOf(info: Info): Compared {
    const list = info.patients_found ?? [];
    if (list.some((one) => one.agrees === false)) return 'different';
    return list.length && list.every((one) => one.agrees === true) ? 'same' : 'silent';
}

/* Who confirmed that the scan is this patient's, last. */
export function confirmationOf(entries: Entry[], file: CaseFile): Entry | undefined {
    return entries.filter((entry) => entry.act === 'images.identity' && entry.form.scan === file.sha256).at(-1);
}

/* "20260102" as it stands in a header. */
export function headerDate(text: string | undefined): string {
    return text && /^\d{8}$/.test(text) ? `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}` : (text ?? '');
}
