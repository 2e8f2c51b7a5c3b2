/* A plan document being made: its items, what each is for others, what is wrong, its job. */
import { addAll, Checker, isObject, valueAt, type Doc, type FileUse, type Obj, type Problem } from './document';
import type { Json, Path } from './json';
import { membersOf, type Kind, type Member, type RawObject } from './schema';
import type { CaseFile, JobRequest } from './work';

export interface PlanKind extends Kind {
    /* what it is for those that name it: part, place, plane, axis, … */
    sort: string;
}

export interface PlanSchema {
    kinds: PlanKind[];
}

export interface RawPlanSchema {
    properties: { items: { additionalProperties: { oneOf: RawObject[] } } };
}

export function readPlanSchema(raw: RawPlanSchema): PlanSchema {
    return {
        kinds: raw.properties.items.additionalProperties.oneOf.map((one) => {
            const name = one.properties!.kind!.const!;
            return { name, zh: one['x-zh'] ?? name, en: one.description ?? name, members: membersOf(one), sort: one['x-sorts']?.[0] ?? '' };
        }),
    };
}

export function itemsOf(doc: Doc): { [name: string]: Obj } {
    if (!isObject(doc.items)) return {};
    return Object.fromEntries(Object.entries(doc.items).filter(([, one]) => isObject(one))) as { [name: string]: Obj };
}

export function kindOfItem(schema: PlanSchema, item: Obj | undefined): PlanKind | undefined {
    return schema.kinds.find((one) => one.name === item?.kind);
}

/* What may stand at a member. */
export function namesFor(doc: Doc, schema: PlanSchema, member: Member, except?: string): string[] {
    return Object.entries(itemsOf(doc))
        .filter(([name, item]) => name !== except && (!member.sorts || member.sorts.includes(kindOfItem(schema, item)?.sort ?? '')))
        .map(([name]) => name);
}

export function freeItem(doc: Doc, wish: string): string {
    const taken = itemsOf(doc);
    if (!(wish in taken)) return wish;
    for (let i = 2; ; i++) if (!(`${wish}_${i}` in taken)) return `${wish}_${i}`;
}

const namingKinds = ['part', 'parts', 'pairs'];

/* Every place where an item is named. */
export function namings(doc: Doc, schema: PlanSchema): { from: string; path: Path; to: string }[] {
    const out: { from: string; path: Path; to: string }[] = [];
    const walk = (from: string, value: Json | undefined, path: Path): void => {
        if (typeof value === 'string') out.push({ from, path, to: value });
        else if (Array.isArray(value)) value.forEach((one, i) => walk(from, one, [...path, i]));
    };
    for (const [name, item] of Object.entries(itemsOf(doc)))
        for (const member of kindOfItem(schema, item)?.members ?? [])
            if (namingKinds.includes(member.what)) walk(name, item[member.name], ['items', name, member.name]);
    return out;
}

/* The item and all that it names, directly or not. */
export function neededBy(doc: Doc, schema: PlanSchema, name: string): Set<string> {
    const all = namings(doc, schema);
    const out = new Set([name]);
    for (const one of out) for (const naming of all) if (naming.from === one) out.add(naming.to);
    return out;
}

export function renameItem(doc: Doc, schema: PlanSchema, from: string, to: string): Doc | null {
    const items = itemsOf(doc);
    if (from === to) return doc;
    if (!to.trim() || to in items || !(from in items)) return null;
    const next = addAll(
        doc,
        namings(doc, schema)
            .filter((one) => one.to === from)
            .map((one) => ({ path: one.path, to })),
    );
    return { ...next, items: Object.fromEntries(Object.entries(itemsOf(next)).map(([name, item]) => [name === from ? to : name, item])) };
}

export function checkPlan(doc: Doc, schema: PlanSchema): Problem[] {
    const items = itemsOf(doc);
    const checker = new Checker(items, (name, member) => {
        const kind = kindOfItem(schema, items[name]);
        if (!kind || !member.sorts || member.sorts.includes(kind.sort)) return null;
        return { zh: `“${name}”是${kind.zh.split('；')[0]}，不能用在这里`, en: `"${name}" is ${kind.en.split(';')[0]}, which cannot stand here` };
    });
    if (doc.nuwa !== 'plan 1') checker.say(['nuwa'], '应为 "plan 1"', 'must be "plan 1"');
    if (doc.title !== undefined && typeof doc.title !== 'string') checker.say(['title'], '应为文字', 'must be a text');
    if (!isObject(doc.items) || Object.keys(doc.items).length === 0) checker.say(['items'], '计划还是空的', 'the plan is still empty');
    for (const [name, item] of Object.entries(isObject(doc.items) ? doc.items : {})) {
        const kind = isObject(item) ? kindOfItem(schema, item) : undefined;
        if (kind) checker.object(item, kind.members, ['items', name], ['kind']);
        else checker.say(['items', name, 'kind'], '没有这一种', 'there is no such kind');
    }
    for (const name of Object.keys(doc))
        if (!['nuwa', 'title', 'about', 'items'].includes(name)) checker.say([name], '没有这个成员', 'there is no such member');
    const all = namings(doc, schema);
    for (const name of Object.keys(items)) {
        const own = all.filter((one) => one.from === name).map((one) => one.to);
        if (own.some((to) => neededBy(doc, schema, to).has(name))) {
            checker.say(['items', name], '经过所引用的项又用到自己', 'needs itself, by way of what it names');
            break;
        }
    }
    return checker.problems;
}

export function filesOfPlan(doc: Doc): FileUse[] {
    const out = new Map<string, FileUse>();
    for (const item of Object.values(itemsOf(doc))) {
        const { file } = item;
        if (!isObject(file) || typeof file.path !== 'string') continue;
        out.set(file.path, { path: file.path, ...(typeof file.sha256 === 'string' ? { sha256: file.sha256 } : {}) });
    }
    return [...out.values()];
}

/* Those whose shape comes out of it. */
const making = ['piece', 'moved', 'mirrored', 'trajectory', 'search'];

/* The job, or the file that the case has not. */
export function requestOfPlan(doc: Doc, name: string, sha256: string, files: readonly CaseFile[]): JobRequest | string {
    const inputs: Record<string, string> = { [`${name}.json`]: sha256 };
    for (const use of filesOfPlan(doc)) {
        const file = use.sha256 ?? files.filter((one) => one.name === use.path).pop()?.sha256;
        if (!file) return use.path;
        inputs[use.path] = file;
    }
    const outputs = [`${name}.result.json`];
    if (Object.values(itemsOf(doc)).some((item) => making.includes(String(item.kind)))) outputs.push(`${name}.3mf`);
    return {
        command: 'plan',
        inputs,
        arguments: [`${name}.json`, '-o', outputs[0]!, ...(outputs[1] ? ['-m', outputs[1]] : [])],
        outputs,
    };
}

/* ---- what is added at once: all that a task needs, lying where it can be seen and pulled */

export interface Room {
    middle: readonly [number, number, number];
    size: number;
}

function put(doc: Doc, wish: string, item: Obj): { doc: Doc; name: string } {
    const name = freeItem(doc, wish);
    return { doc: addAll(doc, [{ path: ['items', name], to: item }]), name };
}

function round(place: readonly number[]): number[] {
    return place.map((one) => Math.round(one * 10) / 10 + 0);
}

export function addBone(doc: Doc, file: { name: string; sha256: string }): { doc: Doc; name: string } {
    const wish = file.name.replace(/\.[^.]*$/, '').replaceAll(/[^\p{L}\p{N}_-]+/gu, '_') || 'bone';
    return put(doc, wish, { kind: 'mesh', file: { path: file.name, sha256: file.sha256 } });
}

/* A saw's plane through the middle, both pieces, the lower one moved about an axis in the plane, and what
 * is between them. */
export function addCut(doc: Doc, part: string, room: Room): { doc: Doc; name: string } {
    const [x, y, z] = room.middle;
    const arm = room.size * 0.15;
    const plane = put(doc, 'saw', { kind: 'plane', point_mm: round([x, y, z]), normal: [0, 0, 1] });
    const cut = put(plane.doc, 'cut', { kind: 'cut', part, plane: plane.name, kerf_mm: 1 });
    const above = put(cut.doc, 'upper', { kind: 'piece', of: cut.name, side: 'above' });
    const below = put(above.doc, 'lower', { kind: 'piece', of: cut.name, side: 'below' });
    const from = put(below.doc, 'turn_from', { kind: 'landmark', at_mm: round([x, y - arm, z]) });
    const to = put(from.doc, 'turn_to', { kind: 'landmark', at_mm: round([x, y + arm, z]) });
    const axis = put(to.doc, 'turn_axis', { kind: 'axis', from: from.name, to: to.name });
    const moved = put(axis.doc, 'lower_moved', { kind: 'moved', part: below.name, shift_mm: [0, 0, 0], rotate_deg: 0, about: axis.name });
    const faces = put(moved.doc, 'between', { kind: 'faces', a: above.name, b: moved.name });
    return { doc: faces.doc, name: moved.name };
}

export function addScrew(doc: Doc, part: string, room: Room): { doc: Doc; name: string } {
    const [x, y, z] = room.middle;
    const arm = room.size * 0.12;
    const entry = put(doc, 'entry', { kind: 'landmark', at_mm: round([x, y - arm, z]) });
    const target = put(entry.doc, 'target', { kind: 'landmark', at_mm: round([x, y + arm, z]) });
    return put(target.doc, 'screw', { kind: 'trajectory', entry: entry.name, target: target.name, diameter_mm: 3.5, within: part });
}

export function addMirror(doc: Doc, part: string): { doc: Doc; name: string } {
    const plane = put(doc, 'mirror', { kind: 'mirror_plane', of: part });
    return put(plane.doc, `${part}_mirrored`, { kind: 'mirrored', part, plane: plane.name });
}

export function addItem(doc: Doc, schema: PlanSchema, kind: string): { doc: Doc; name: string } {
    const members = schema.kinds.find((one) => one.name === kind)!.members;
    const item: Obj = { kind };
    for (const member of members) {
        if (!member.required) continue;
        const names = namesFor(doc, schema, member);
        if (member.what === 'choice') item[member.name] = member.choices![0]!;
        if (member.what === 'part' && names.length === 1) item[member.name] = names[0]!;
    }
    return put(doc, kind, item);
}

/* The item goes, and with it what can do without: names of it elsewhere stay, to be mended. */
export function removeItem(doc: Doc, name: string): Doc {
    return addAll(doc, [{ path: ['items', name], to: undefined }]);
}

export function itemAt(doc: Doc, name: string): Obj | undefined {
    const one = valueAt(doc, ['items', name]);
    return isObject(one) ? one : undefined;
}
