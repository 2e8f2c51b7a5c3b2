/*
 * Where views come from: the files of a case, the jobs that make views of them, and reading them
 * in pieces, the coarse first.
 */
import type { Job, MadeFile as CaseFile } from '../api/types';
import { ask, fetchFrom } from '../api/client';
import { say } from '../case/language';
import { dataBegin, FIRST, headBytes, type Head, type ModelHead, type ScanHead } from './format';
import type { Voxels } from './slice';

export type { CaseFile, Job };

const scanEnding = /\.(zip|tar|tgz|tar\.gz|dcm|nii|nii\.gz|nrrd|mha)$/i;
const modelEnding = /\.(3mf|ply|stl|obj|amf|glb|vtk)$/i;

export function isScan(file: CaseFile): boolean {
    return scanEnding.test(file.name) && !/\.(seg|stl)\.dcm$/i.test(file.name);
}

export function isModel(file: CaseFile): boolean {
    return modelEnding.test(file.name);
}

/* The name a file's view has in the case: by its digest, so that it is made once; of a preview it is one. */
export function viewName(file: CaseFile, options = ''): string {
    return `view-${file.sha256.slice(0, 20)}${options}${file.name.includes('.preview.') ? '.preview' : ''}.view`;
}

export async function filesOf(caseId: string, signal?: AbortSignal): Promise<CaseFile[]> {
    const reply = await ask<{ files: CaseFile[] }>('GET', `/cases/${caseId}/files`, signal ? { signal } : {});
    return reply.files;
}

/* What a viewer opens with: the newest model, and those it was made on: a guide without its bone
 * says little. What a preview made is none. */
export async function firstModels(caseId: string, models: CaseFile[]): Promise<CaseFile[]> {
    const newest = models.filter((file) => !/\.preview\./.test(file.name)).at(-1);
    if (!newest) return [];
    const { jobs } = await ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`);
    const made = jobs.find(
        (job) => job.command === 'design' && job.result?.outputs?.some((file) => file.sha256 === newest.sha256),
    );
    const under = new Set(Object.values(made?.request?.inputs ?? {}));
    return models.filter((file) => file === newest || under.has(file.sha256));
}

export async function runJob(
    caseId: string,
    request: Record<string, unknown>,
    tell: (job: Job) => void,
    signal?: AbortSignal,
    going?: Job,
    pause = 150, /* ms until it is first asked after */
): Promise<Job> {
    let job = going ?? (await ask<Job>('POST', `/cases/${caseId}/jobs`, { body: request }));
    while (!['done', 'failed', 'cancelled'].includes(job.state)) {
        tell(job);
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 1.3, 1000);
        if (signal?.aborted) throw signal.reason;
        job = await ask<Job>('GET', `/jobs/${job.id}`);
    }
    if (job.state !== 'done') {
        const said = job.result?.messages?.filter((line) => line.trim()).at(-1);
        throw new Error(said ?? say('任务没有完成', 'The job was not done'));
    }
    return job;
}

/* One that another page has begun. */
async function viewGoing(caseId: string, name: string, signal: AbortSignal): Promise<Job | undefined> {
    const { jobs } = await ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`, { signal });
    return jobs.find(
        (job) => job.command === 'view' && ['waiting', 'running'].includes(job.state) && job.request?.arguments.includes(name),
    );
}

/* The view of a file; made by a job when the case has none yet. */
export async function viewOf(
    caseId: string,
    file: CaseFile,
    more: { arguments: string[]; inputs: Record<string, string>; suffix: string },
    tell: (job: Job) => void,
    signal: AbortSignal,
): Promise<CaseFile> {
    const name = viewName(file, more.suffix);
    const have = (await filesOf(caseId, signal)).find((one) => one.name === name);
    if (have) return have;
    const input = file.name.replaceAll(/[^\w.\-\u4e00-\u9fff]/g, '_').replace(/^-/, '_');
    const job = await runJob(
        caseId,
        {
            command: 'view',
            inputs: { [input]: file.sha256, ...more.inputs },
            arguments: [input, '-o', name, ...more.arguments],
            outputs: [name],
        },
        tell,
        signal,
        await viewGoing(caseId, name, signal),
    );
    const made = job.result?.outputs?.find((one) => one.name === name);
    if (!made) throw new Error(say('视图文件没有生成', 'The view was not made'));
    return made;
}

async function bytesOf(path: string, from: number, size: number, signal: AbortSignal): Promise<ArrayBuffer> {
    const reply = await fetchFrom('GET', path, { signal, range: [from, from + size - 1] });
    const bytes = await reply.arrayBuffer();
    if (bytes.byteLength !== size) throw new Error(say('文件没有读全', 'The file was not read to its end'));
    return bytes;
}

export interface Opened<H extends Head> {
    head: H;
    read: (offset: number, bytes: number) => Promise<ArrayBuffer>;
}

const GUESS = 65536; /* of the first piece: most heads are smaller */

export async function openView<H extends Head>(caseId: string, file: CaseFile, signal: AbortSignal): Promise<Opened<H>> {
    return openAt(`/cases/${caseId}/files/${file.sha256}`, file.bytes, signal);
}

export async function openAt<H extends Head>(path: string, bytes: number, signal: AbortSignal): Promise<Opened<H>> {
    const first = await bytesOf(path, 0, Math.min(GUESS, bytes), signal);
    const size = headBytes(first.slice(0, FIRST));
    const whole = FIRST + size <= first.byteLength ? first : await bytesOf(path, 0, FIRST + size, signal);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(whole, FIRST, size))) as H;
    const begin = dataBegin(size);
    return { head, read: (offset, size_) => bytesOf(path, begin + offset, size_, signal) };
}

const PIECE = 12 << 20;

/*
 * Voxels of a scan, level after level. `tell` hears of each level as soon as it is whole; of the
 * last one the slices round `near` (0..1 from the first to the last) come first, and `sheets`
 * says which are there.
 */
export class ScanVoxels {
    levels: Voxels[] = [];
    full: Voxels | null = null;
    sheets: Uint8Array;
    loaded = 0;
    total: number;

    constructor(readonly head: ScanHead) {
        const last = head.levels.at(-1)!;
        this.sheets = new Uint8Array(last.dim[2]);
        this.total = head.levels.reduce((sum, level) => sum + level.bytes, 0);
    }

    get isWhole(): boolean {
        return this.loaded === this.total;
    }

    /* The finest voxels that hold all of what is asked: sheets from..to of the scan. */
    best(from: number, to: number): Voxels | null {
        if (this.full) {
            let all = true;
            for (let k = Math.max(0, from); all && k <= to && k < this.sheets.length; k++) all = this.sheets[k] === 1;
            if (all) return this.full;
        }
        return this.levels.at(-1) ?? null;
    }
}

export async function loadScan(
    opened: Opened<ScanHead>,
    voxels: ScanVoxels,
    near: () => number,
    tell: () => void,
): Promise<void> {
    const { levels } = opened.head;
    for (const level of levels.slice(0, -1)) {
        const bytes = await opened.read(level.offset, level.bytes);
        voxels.levels.push({ grid: level, data: new Int16Array(bytes), still: true });
        voxels.loaded += level.bytes;
        tell();
    }
    const last = levels.at(-1)!;
    const [nx, ny, nz] = last.dim;
    const sheet = nx * ny;
    const data = new Int16Array(sheet * nz);
    voxels.full = { grid: last, data };
    const step = Math.max(1, Math.floor(PIECE / (2 * sheet)));
    const waiting = Array.from({ length: Math.ceil(nz / step) }, (_, piece) => piece);
    while (waiting.length) {
        const middle = near() * (nz - 1);
        waiting.sort((a, b) => Math.abs((a + 0.5) * step - middle) - Math.abs((b + 0.5) * step - middle));
        const first = waiting.shift()! * step;
        const count = Math.min(step, nz - first);
        const bytes = await opened.read(last.offset + 2 * sheet * first, 2 * sheet * count);
        data.set(new Int16Array(bytes), sheet * first);
        voxels.sheets.fill(1, first, first + count);
        voxels.loaded += bytes.byteLength;
        tell();
    }
    voxels.full.still = true;
    voxels.levels.push(voxels.full);
}

export interface LoadedLevel {
    part: number;
    coarse: boolean;
    pos: Float32Array;
    tri: Uint32Array;
    maps: Record<string, Float32Array>;
}

/* All parts of a model, the coarse levels first. */
export async function loadModel(opened: Opened<ModelHead>, take: (level: LoadedLevel) => void): Promise<void> {
    const { parts } = opened.head;
    const most = Math.max(...parts.map((part) => part.levels.length));
    for (let l = 0; l < most; l++)
        for (const [index, part] of parts.entries()) {
            const level = part.levels[l];
            if (!level) continue;
            const pos = new Float32Array(await opened.read(level.positions, 12 * level.vertices));
            const tri = new Uint32Array(await opened.read(level.indices, 12 * level.triangles));
            const maps: Record<string, Float32Array> = {};
            for (const [name, offset] of Object.entries(level.maps))
                maps[name] = new Float32Array(await opened.read(offset, 4 * level.vertices));
            take({ part: index, coarse: l < part.levels.length - 1, pos, tri, maps });
        }
}
