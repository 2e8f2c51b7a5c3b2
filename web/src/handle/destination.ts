/* Where registrations and reductions would bring their parts, as the job computed it. */
import { isObject, type Doc, type Obj } from '../plan/document';
import type { Json } from '../plan/json';
import { itemsOf } from '../plan/plan_doc';
import { add, dot, type Vec3 } from '../view/geometry';
import type { Surface } from '../view/surface';
import { isPlace, type Line } from './handles';

/* Three rows: of the rotation, then the shift in mm. */
export type Rows = readonly (readonly [number, number, number, number])[];

export interface Destination {
    /* the registration or reduction, and what it moves */
    by: string;
    part: string;
    rows: Rows;
    /* the middle of the part's surface now and then; only reductions say it */
    way: [Vec3, Vec3] | null;
    /* what the job says of it */
    said: Obj;
}

function rowsOf(value: Json | undefined): Rows | null {
    if (!Array.isArray(value) || value.length !== 3) return null;
    const good = value.every((row) => Array.isArray(row) && row.length === 4 && row.every((one) => typeof one === 'number'));
    return good ? (value as unknown as Rows) : null;
}

/* `made`: the results by item. */
export function destinationsOf(doc: Doc, made: { [name: string]: Obj }): Destination[] {
    const out: Destination[] = [];
    const take = (by: string, part: Json | undefined, said: Json | undefined): void => {
        if (typeof part !== 'string' || !isObject(said)) return;
        const rows = rowsOf(said.moving_to_fixed);
        const { from_mm, shift_mm } = said;
        const way: Destination['way'] = isPlace(from_mm) && isPlace(shift_mm) ? [from_mm, add(from_mm, shift_mm)] : null;
        if (rows) out.push({ by, part, rows, way, said });
    };
    for (const [name, item] of Object.entries(itemsOf(doc))) {
        const found = made[name];
        if (!found || found.kind !== item.kind) continue;
        if (item.kind === 'register') take(name, item.moving, found);
        const named = Array.isArray(item.fragments) ? item.fragments : [];
        if (item.kind === 'reduction' && isObject(found.fragments)) for (const part of named) take(name, part, found.fragments[String(part)]);
    }
    return out;
}

/* Those whose part no accepted item has moved there yet: that one is shown itself. */
export function notYetMoved(doc: Doc, all: readonly Destination[]): Destination[] {
    const moved = Object.values(itemsOf(doc)).filter((item) => item.kind === 'moved');
    return all.filter((one) => !moved.some((item) => item.by === one.by && item.part === one.part));
}

export function brought(surface: Surface, rows: Rows): Surface {
    const pos = new Float32Array(surface.pos.length);
    for (let i = 0; i < pos.length; i += 3) {
        const at: Vec3 = [surface.pos[i]!, surface.pos[i + 1]!, surface.pos[i + 2]!];
        rows.forEach(([a, b, c, shift], k) => (pos[i + k] = dot([a, b, c], at) + shift));
    }
    return { pos, tri: surface.tri.slice() };
}

/* An arrow for each, of those of a chosen item or of all. */
export function arrowsOf(all: readonly Destination[], among: ReadonlySet<string> | null): Line[] {
    return all.flatMap(({ by, part, way }) => (way && (!among || among.has(by)) ? [{ key: `${by}:goes:${part}`, points: way, arrow: true }] : []));
}
