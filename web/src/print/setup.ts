/* How a model is to be printed: what the program says of machines, and the command lines made of it. */
import type { Labelled } from '../case/language';
import type { CaseFile, Job, JobRequest } from '../plan/work';

export interface Material extends Labelled {
    name: string;
    density_g_cm3: number;
    valid_until: string | null;
}

export interface Machine extends Labelled {
    name: string;
    process: 'sla' | 'fff' | 'colour' | 'metal';
    revision: string;
    date: string;
    build_mm: [number, number, number];
    layer_mm: number;
    layer_min_mm: number;
    layer_max_mm: number;
    pixel_mm: [number, number] | null;
    valid_until: string | null;
    limits: Record<string, number>;
    compensation: {
        scale: number[];
        outward_mm: number;
        hole_mm: number;
        first_layer_mm: number;
        source: string;
        valid_until: string | null;
    };
    materials: Material[];
}

/* As typed; empty: the program's own. */
export interface Setup {
    model: string;
    machine: string;
    material: string;
    layer: string;
    up: string;
    spin: string;
    lift: string;
    supports: boolean;
    spacing: string;
    hollow: string;
    drain: string;
}

export const emptySetup: Setup = {
    model: '',
    machine: '',
    material: '',
    layer: '',
    up: '',
    spin: '',
    lift: '',
    supports: false,
    spacing: '',
    hollow: '',
    drain: '',
};

interface Limit {
    min: number;
    max: number;
    unit: string;
}

/* Of what is typed as a number; the command has the same. */
export function limitsOf(machine: Machine): Record<'layer' | 'spin' | 'lift' | 'spacing' | 'hollow' | 'drain', Limit> {
    return {
        layer: { min: machine.layer_min_mm, max: machine.layer_max_mm, unit: 'mm' },
        spin: { min: -360, max: 360, unit: '°' },
        lift: { min: 0, max: 100, unit: 'mm' },
        spacing: { min: 0.5, max: 20, unit: 'mm' },
        hollow: { min: 0.3, max: 50, unit: 'mm' },
        drain: { min: 0.5, max: 50, unit: 'mm' },
    };
}

export type NumberName = keyof ReturnType<typeof limitsOf>;

export interface Wrong extends Labelled {
    name: keyof Setup;
}

export function wrongOf(setup: Setup, machine: Machine): Wrong[] {
    const out: Wrong[] = [];
    for (const [name, limit] of Object.entries(limitsOf(machine)) as [NumberName, Limit][]) {
        const text = setup[name].trim();
        if (!text) continue;
        const value = Number(text);
        if (!Number.isFinite(value)) out.push({ name, zh: '应为一个数', en: 'must be a number' });
        else if (value < limit.min || value > limit.max)
            out.push({
                name,
                zh: `应在 ${limit.min} 到 ${limit.max} ${limit.unit} 之间`,
                en: `must be from ${limit.min} to ${limit.max} ${limit.unit}`,
            });
    }
    if (setup.up.trim()) {
        const numbers = setup.up.split(',').map(Number);
        if (numbers.length !== 3 || !numbers.every(Number.isFinite) || numbers.every((n) => n === 0))
            out.push({ name: 'up', zh: '应为三个数，以逗号分隔，不全为 0', en: 'must be three numbers with commas between, not all 0' });
    }
    return out;
}

export function endingFor(machine: Machine): string {
    return machine.process === 'sla' ? 'sl1' : machine.process === 'fff' ? 'gcode' : 'zip';
}

function baseOf(name: string): string {
    return name.replace(/\.[^.]*$/, '');
}

/* Where the model lies: the same for every command. */
function lying(setup: Setup): string[] {
    const out: string[] = [];
    if (setup.up.trim()) out.push('--up', setup.up.replaceAll(/\s/g, ''));
    if (setup.spin.trim()) out.push('--spin', setup.spin.trim());
    if (setup.lift.trim()) out.push('--lift', `${setup.lift.trim()}mm`);
    return out;
}

export type Task = 'printcheck' | 'orient' | 'slice';

export function requestFor(task: Task, setup: Setup, model: CaseFile, machine: Machine): JobRequest {
    const about = ['--machine', machine.name];
    if (setup.material && task !== 'orient') about.push('--material', setup.material);
    const request = { command: task, inputs: { [model.name]: model.sha256 } };
    if (task === 'orient') return { ...request, arguments: [model.name, ...about], outputs: [] };
    if (task === 'printcheck') return { ...request, arguments: [model.name, ...about, ...lying(setup)], outputs: [] };
    const output = `${baseOf(model.name)}.${machine.name}.${endingFor(machine)}`;
    const more: string[] = [];
    if (setup.layer.trim()) more.push('--layer', `${setup.layer.trim()}mm`);
    if (machine.process === 'sla' && setup.supports) {
        more.push('--supports');
        if (setup.spacing.trim()) more.push('--support-spacing', `${setup.spacing.trim()}mm`);
    }
    if (machine.process === 'sla' && setup.hollow.trim()) {
        more.push('--hollow', `${setup.hollow.trim()}mm`);
        if (setup.drain.trim()) more.push('--drain', `${setup.drain.trim()}mm`);
    }
    return {
        ...request,
        arguments: [model.name, '-o', output, ...about, ...lying(setup), ...more],
        outputs: [output],
    };
}

/* ---- what the commands say */

export interface Place {
    place_mm?: number[];
    layer?: number;
    part?: string;
    volume_mm3?: number;
    [more: string]: unknown;
}

export interface Finding extends Labelled {
    code: string;
    verdict: string;
    places?: Place[];
    worst?: number | null;
}

export interface Orientation {
    up: number[];
    spin_deg: number;
    fits: boolean;
    height_mm: number;
    overhang_mm2: number;
    support_mm3: number;
    base_mm2: number;
}

interface Tally {
    count: number;
    places: Place[];
    total: number;
}

export interface Sliced {
    machine: string;
    material: string;
    layers?: number;
    layer_mm?: number;
    size_mm?: number[];
    mass_g?: number;
    cost?: number | null;
    time_s?: number;
    volume_mm3?: number;
    islands?: Tally;
    cups?: Tally;
    trapped?: Tally;
    pieces?: Tally;
}

export function saidBy<T>(job: Job): T {
    return (job.result?.said ?? {}) as unknown as T;
}

/* [L, P, S] as the option --up takes it; shorter than the program's own digits. */
export function upText(up: number[]): string {
    return up.map((n) => String(Number(n.toFixed(5)))).join(',');
}

/* What of a picture is looked at: the part with some room around, in pixels; the whole without sizes. */
export function lookAt(
    picture: { width: number; height: number },
    build: [number, number, number],
    size: number[] | undefined,
    whole: boolean,
): { x: number; y: number; width: number; height: number } {
    const all = { x: 0, y: 0, width: picture.width, height: picture.height };
    if (whole || !size) return all;
    const long = Math.max(build[0], build[1]);
    const short = Math.min(build[0], build[1]);
    const wide = picture.width >= picture.height;
    const perX = (wide ? long : short) / picture.width;
    const perY = (wide ? short : long) / picture.height;
    const reach = Math.max(size[0]!, size[1]!) * 1.15 + 2;
    const width = Math.min(picture.width, Math.round(reach / perX));
    const height = Math.min(picture.height, Math.round(reach / perY));
    return { x: Math.round((picture.width - width) / 2), y: Math.round((picture.height - height) / 2), width, height };
}
