/* Labels of the process table's names. */
import { say, title } from './language';
import type { Act, Word } from './model';
import { flow } from './session';

export function stageName(name: string): string {
    return title(flow.get()?.stages.find((stage) => stage.name === name), name);
}

export function roleName(name: string): string {
    return title(flow.get()?.roles.find((role) => role.name === name), name);
}

export function actOf(name: string): Act | undefined {
    return flow.get()?.acts.find((act) => act.name === name);
}

/* Of an act, or of what several acts make. */
export function actName(name: string): string {
    return title(actOf(name) ?? flow.get()?.acts.find((act) => act.makes === name), name);
}

export function issueName(name: string): string {
    return title(flow.get()?.issues.find((issue) => issue.name === name), name);
}

export function wordsOf(choices: string | Word[] | undefined): Word[] {
    if (!choices) return [];
    return typeof choices === 'string' ? (flow.get()?.words[choices] ?? []) : choices;
}

export function wordName(list: string | Word[] | undefined, value: string): string {
    return title(
        wordsOf(list).find((word) => word.value === value),
        value,
    );
}

export function sideAndSite(side: string, site: string): string {
    const where = wordName('site', site);
    if (!side || side === 'midline') return where;
    const which = wordName('side', side);
    return say(`${which}${where}`, `${which}, ${where.toLowerCase()}`);
}

const units: Record<string, [string, string]> = {
    a: ['年', 'years'],
    d: ['天', 'days'],
    h: ['小时', 'h'],
    deg: ['°', '°'],
    um: ['µm', 'µm'],
    mm2: ['mm²', 'mm²'],
    mm3: ['mm³', 'mm³'],
};

export function unitName(unit: string): string {
    const found = units[unit];
    return found ? say(found[0], found[1]) : unit;
}

/* A proof of skill: of a role, a site, or what it names. */
export function skillName(what: string): string {
    const proof = flow
        .get()
        ?.roles.flatMap((role) => role.proofs)
        .find((one) => one.skill === what);
    return proof ? title(proof) : wordName('site', what);
}
