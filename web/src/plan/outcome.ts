/* What `nuwa design` and `nuwa compare` said, as they say it. */
import type { Json } from './json';
import type { Job, MadeFile } from './work';

export interface Check {
    code: string;
    verdict: 'pass' | 'conditional' | 'fail';
    unit: string;
    zh: string;
    en: string;
    value: number | null;
    limit: number | null;
    place_mm?: number[];
}

export interface MadePart {
    name: string;
    cell_mm: number;
    size_mm: number[];
    volume_mm3: number;
    area_mm2: number;
    triangles: number;
    checks: Check[];
}

export interface Moved {
    part: string;
    largest_mm?: number;
    largest_at_mm?: number[];
    mean_mm?: number;
    share_moved?: number;
    volume_a_mm3?: number;
    volume_b_mm3?: number;
}

export interface Difference {
    changes: { place: string; from: string | null; to: string | null }[];
    parts: Moved[];
}

export function partsMade(job: Job): MadePart[] {
    const said = job.result?.said as { parts?: MadePart[] } | undefined;
    return said?.parts ?? [];
}

export function worst(parts: MadePart[]): Check['verdict'] {
    const all = parts.flatMap((part) => part.checks.map((check) => check.verdict));
    return all.includes('fail') ? 'fail' : all.includes('conditional') ? 'conditional' : 'pass';
}

const order = { fail: 0, conditional: 1, pass: 2 };

/* What needs a person first. */
export function byWeight(checks: Check[]): Check[] {
    return [...checks].sort((a, b) => order[a.verdict] - order[b.verdict]);
}

export function isPreview(job: Job): boolean {
    return job.request.arguments.includes('--cell');
}

/* The one whose files are there still: the next one, and the real result, take its place. Of jobs, the newest first. */
export function newestPreview(jobs: Job[]): Job | undefined {
    const newest = jobs.find((job) => job.state === 'done');
    return newest && isPreview(newest) ? newest : undefined;
}

export function documentOf(job: Job): { name: string; sha256: string } | null {
    const name = job.request.arguments[0];
    const sha256 = name === undefined ? undefined : job.request.inputs[name];
    return name !== undefined && sha256 ? { name, sha256 } : null;
}

export function outputsOf(job: Job): MadeFile[] {
    return job.result?.outputs ?? [];
}

export function pictureOf(job: Job): MadeFile | undefined {
    return outputsOf(job).find((file) => file.name.endsWith('.png'));
}

/* As a person would write the command. */
export function commandLine(job: Job): string {
    return ['nuwa', job.command, ...job.request.arguments].join(' ');
}

/* The form of the act design.step, from the step file that the job left. */
export function stepForm(job: Job, step: { version: string; step_sha256: string }, why: string): { [name: string]: Json } {
    const made = outputsOf(job).filter((file) => !file.name.endsWith('.step.json'));
    return {
        command: commandLine(job),
        program: 'nuwa',
        program_version: step.version,
        step_sha256: step.step_sha256,
        inputs: Object.entries(job.request.inputs).map(([name, sha256]) => ({ name, sha256 })),
        outputs: made.map(({ name, sha256 }) => ({ name, sha256 })),
        ...(why ? { why } : {}),
    };
}
