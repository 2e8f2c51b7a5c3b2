/* How well a registration or a fragment of a reduction is determined, as the job says it. */
import type { Labelled } from '../case/language';
import { isObject, type Obj } from './document';
import type { Json } from './json';

export interface Doubt {
    /* one sigma about and along the weakest axis: ±0.3° (0.00 0.00 1.00) */
    turn: string;
    shift: string;
    warnings: Labelled[];
}

function weakest(list: Json | undefined, sigma: string, unit: string): string | null {
    const first = Array.isArray(list) ? list[0] : undefined;
    if (!isObject(first) || typeof first[sigma] !== 'number' || !Array.isArray(first.axis)) return null;
    const size = first[sigma] < 0.005 ? '<0.01' : first[sigma].toFixed(2); /* never nothing */
    return `±${size}${unit} (${first.axis.map((one) => Number(one).toFixed(2)).join(' ')})`;
}

/* null: a result that does not say. */
export function doubtOf(said: Obj): Doubt | null {
    const turn = weakest(said.turns, 'sigma_deg', '°');
    const shift = weakest(said.shifts, 'sigma_mm', ' mm');
    if (turn === null || shift === null) return null;
    const warnings = (Array.isArray(said.warnings) ? said.warnings : []).flatMap((one) => (isObject(one) ? [{ zh: String(one.zh), en: String(one.en) }] : []));
    return { turn, shift, warnings };
}

/* Of an item: its own, or those of its fragments by name. */
export function doubtsOf(item: Obj): [string, Doubt][] {
    const all: [string, Obj][] = [['', item]];
    if (isObject(item.fragments)) for (const [name, said] of Object.entries(item.fragments)) if (isObject(said)) all.push([name, said]);
    return all.flatMap(([name, said]) => {
        const doubt = doubtOf(said);
        return doubt ? [[name, doubt] as [string, Doubt]] : [];
    });
}
