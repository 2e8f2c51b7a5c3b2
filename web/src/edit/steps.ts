/*
 * Corrections as the document of `nuwa edit` has them (docs/formats/edit.md): a list of steps, their
 * words for people, and the draft that is kept over a reload. The browser makes the list; a job makes
 * it true.
 */
import { say } from '../case/language';
import { me } from '../case/session';
import type { Vec3 } from '../view/geometry';

export interface Step {
    do: 'paint' | 'erase' | 'threshold' | 'grow' | 'scissors' | 'islands' | 'fill' | 'split' | 'cut' | 'join';
    part?: string;
    name?: string;
    names?: string[];
    parts?: string[];
    stroke_mm?: Vec3[];
    seeds_mm?: Vec3[];
    outline_mm?: Vec3[];
    through_mm?: Vec3[];
    at_mm?: Vec3[];
    point_mm?: Vec3;
    normal?: Vec3;
    direction?: Vec3;
    radius_mm?: number;
    min?: number;
    max?: number;
    how?: string;
    axis?: string;
    largest?: number;
    below_mm3?: number;
}

export function documentOf(steps: readonly Step[]): string {
    return `{"nuwa": "edit 1", "steps": [\n${steps.map((step) => `  ${JSON.stringify(step)}`).join(',\n')}\n]}\n`;
}

/* Does a list go on from another? Steps are never changed, so that the same one is the same. */
export function beginsWith(list: readonly Step[], base: readonly Step[]): boolean {
    return base.length <= list.length && base.every((step, i) => step === list[i]);
}

/* To a hundredth of a mm: finer is below any voxel, and makes long documents. */
export function rounded(place: Vec3): Vec3 {
    return place.map((x) => Math.round(x * 100) / 100) as unknown as Vec3;
}

/* Of a stroke, those places that are needed: no two closer than `apart_mm`, save its end. */
export function thinned(places: readonly Vec3[], apart_mm: number, most = 1500): Vec3[] {
    const kept: Vec3[] = [];
    for (const [i, place] of places.entries()) {
        const last = kept.at(-1);
        const far = !last || Math.hypot(place[0] - last[0], place[1] - last[1], place[2] - last[2]) >= apart_mm;
        if (far || (i === places.length - 1 && kept.length === 1)) kept.push(rounded(place));
    }
    return kept.length > most ? thinned(kept, apart_mm * 2, most) : kept;
}

/* What a preset calls what it finds. */
export function firstName(preset: string): string {
    return preset === 'threshold' ? 'tissue' : preset;
}

/* What the parts are called after these steps; the preset's own is the first. */
export function partNames(first: string, steps: readonly Step[]): string[] {
    let names = [first];
    for (const step of steps) {
        names.push(...(step.name ? [step.name] : []), ...(step.names ?? []));
        if (step.do === 'join') names = names.filter((name) => !step.parts!.slice(1).includes(name));
    }
    return [...new Set(names)];
}

/* "bone-2", or the first of its kind that no step has used: also of parts that were joined away. */
export function newName(first: string, steps: readonly Step[], besides: readonly string[] = []): string {
    const used = new Set([first, ...besides, ...steps.flatMap((step) => [step.name ?? '', ...(step.names ?? [])])]);
    let n = 2;
    while (used.has(`${first}-${n}`)) n++;
    return `${first}-${n}`;
}

export function stepName(step: Step): string {
    if (step.do === 'islands')
        return {
            keep: say('保留碎块', 'Keep pieces'),
            remove: say('去掉碎块', 'Remove pieces'),
            split: say('碎块成部件', 'Pieces to parts'),
        }[step.how ?? 'keep']!;
    return {
        paint: say('涂抹', 'Paint'),
        erase: say('擦除', 'Erase'),
        threshold: say('按灰度涂抹', 'Paint by grey value'),
        grow: say('生长', 'Grow'),
        scissors: say('剪掉', 'Scissors'),
        fill: say('层间填充', 'Fill between slices'),
        split: say('拆分', 'Split'),
        cut: say('平面切分', 'Cut by a plane'),
        join: say('合并', 'Join'),
    }[step.do];
}

/* What is particular about a step, in a few words. */
export function stepMore(step: Step): string {
    const words: string[] = [];
    if (step.stroke_mm) words.push(`${say('半径', 'radius')} ${step.radius_mm} mm`);
    if (step.min !== undefined) words.push(`${step.min} – ${step.max}`);
    if (step.largest) words.push(say(`最大的 ${step.largest} 块`, `the ${step.largest} largest`));
    if (step.below_mm3) words.push(say(`小于 ${step.below_mm3} mm³`, `below ${step.below_mm3} mm³`));
    if (step.at_mm) words.push(say(`点选 ${step.at_mm.length} 处`, `${step.at_mm.length} clicked`));
    if (step.through_mm) words.push(say(`${step.through_mm.length} 层`, `${step.through_mm.length} slices`));
    const made = [...(step.name ? [step.name] : []), ...(step.names ?? []), ...(step.parts ?? [])];
    if (made.length) words.push(made.join(say('、', ', ')));
    else if (step.part) words.push(step.part);
    return words.join(' · ');
}

/* ---- the draft: places and numbers, nothing of the patient; no longer than this window's session */

export interface Kept {
    preset: string;
    tissue?: readonly [number, number]; /* of the preset threshold */
    scan: string;
    steps: Step[];
}

function keyOf(caseId: string): string {
    return `edit:${me.get()?.person.id ?? ''}:${caseId}`;
}

export function keptSteps(caseId: string): Kept | null {
    try {
        const text = sessionStorage.getItem(keyOf(caseId));
        return text ? (JSON.parse(text) as Kept) : null;
    } catch {
        return null;
    }
}

export function keepSteps(caseId: string, kept: Kept): void {
    try {
        if (kept.steps.length) sessionStorage.setItem(keyOf(caseId), JSON.stringify(kept));
        else sessionStorage.removeItem(keyOf(caseId));
    } catch {
        /* full: the page itself still has it */
    }
}
