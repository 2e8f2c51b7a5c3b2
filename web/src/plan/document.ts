/*
 * A design document being made: changed as a whole (old ones stay as they are, for undo), and
 * checked against the program's schema before it is sent, member by member.
 */
import type { Labelled } from '../case/language';
import type { Json, Path } from './json';
import { unitOf, type DesignSchema, type Kind, type Member } from './schema';

export type Obj = { [name: string]: Json };
export type Part = Obj & { kind: string };

export interface Doc {
    [name: string]: Json;
}

export interface Problem extends Labelled {
    path: Path;
}

export function isObject(value: Json | undefined): value is Obj {
    return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function emptyDoc(): Doc {
    return { nuwa: 'design 1', parts: {}, make: [] };
}

export function partsOf(doc: Doc): { [name: string]: Obj } {
    const parts = doc.parts;
    if (!isObject(parts)) return {};
    return Object.fromEntries(Object.entries(parts).filter(([, part]) => isObject(part))) as { [name: string]: Obj };
}

export function kindOf(schema: DesignSchema, part: Obj | undefined): DesignSchema['kinds'][number] | undefined {
    return schema.kinds.find((kind) => kind.name === part?.kind);
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
    let now = value;
    for (const step of path) {
        if (typeof step === 'number') now = Array.isArray(now) ? now[step] : undefined;
        else now = isObject(now) && Object.hasOwn(now, step) ? now[step] : undefined;
    }
    return now;
}

function put(value: Json | undefined, path: Path, to: Json | undefined): Json | undefined {
    const [step, ...rest] = path;
    if (step === undefined) return to;
    if (typeof step === 'number') {
        const list = Array.isArray(value) ? [...value] : [];
        const one = put(list[step], rest, to);
        if (one === undefined) list.splice(step, 1);
        else list[step] = one;
        return list;
    }
    const object: Obj = isObject(value) ? { ...value } : {};
    const one = put(object[step], rest, to);
    if (one === undefined) delete object[step];
    else object[step] = one;
    return object;
}

/* A new document; undefined takes the member away. */
export function setAt(doc: Doc, path: Path, to: Json | undefined): Doc {
    return put(doc, path, to) as Doc;
}

export function addAll(doc: Doc, edits: readonly { path: Path; to: Json | undefined }[]): Doc {
    return edits.reduce((now, one) => setAt(now, one.path, one.to), doc);
}

/* ---- names of parts */

export function freeName(doc: Doc, wish: string): string {
    const taken = partsOf(doc);
    if (!(wish in taken)) return wish;
    for (let i = 2; ; i++) if (!(`${wish}_${i}` in taken)) return `${wish}_${i}`;
}

/* What must be there is there as far as it can be known: choices, lists that are not empty, the
 * only part there is. */
export function blank(members: Member[], parts: string[]): Obj {
    const out: Obj = {};
    for (const member of members) {
        if (!member.required) continue;
        if (member.what === 'choice') out[member.name] = member.choices![0]!;
        if (member.what === 'part' && parts.length === 1) out[member.name] = parts[0]!;
        if (member.what === 'items')
            out[member.name] = Array.from({ length: Math.max(member.least, 1) }, () => blank(member.items!, parts));
    }
    return out;
}

function readsFile(kind: Kind): boolean {
    return kind.members.some((member) => member.what === 'file');
}

/* Bones and skins, in the colour of bone: a picture shows them beside what is made. */
export function shownFirst(doc: Doc, schema: DesignSchema): Obj[] {
    return Object.entries(partsOf(doc))
        .filter(([, part]) => kindOf(schema, part)?.members.some((member) => member.what === 'file'))
        .map(([part]) => ({ part, colour: '#e6dcc3' }));
}

/* The new part is also what is made, when nothing is yet but what files hold; of another colour
 * than bone. */
export function addPart(doc: Doc, schema: DesignSchema, kindName: string, wish = kindName): { doc: Doc; name: string } {
    const kind = schema.kinds.find((one) => one.name === kindName)!;
    const name = freeName(doc, wish);
    let next = setAt(doc, ['parts', name], { kind: kindName, ...blank(kind.members, Object.keys(partsOf(doc))) });
    const make = Array.isArray(doc.make) ? doc.make : [];
    if (make.length === 0 && !readsFile(kind)) {
        next = setAt(next, ['make'], [{ part: name, colour: '#5aa9c7' }]);
        const beside = shownFirst(next, schema);
        if (next.show === undefined && beside.length) next = setAt(next, ['show'], { parts: beside });
    }
    return { doc: next, name };
}

/* A file of the case as a part, named after it. */
export function addFile(doc: Doc, schema: DesignSchema, file: { name: string; sha256: string }): { doc: Doc; name: string } {
    const wish = file.name.replace(/\.[^.]*$/, '').replaceAll(/[^\p{L}\p{N}_-]+/gu, '_') || 'bone';
    const made = addPart(doc, schema, 'mesh', wish);
    return { doc: setAt(made.doc, ['parts', made.name, 'file'], { path: file.name, sha256: file.sha256 }), name: made.name };
}

export interface Reference {
    path: Path;
    to: string;
}

function referencesIn(value: Json | undefined, members: Member[], path: Path, out: Reference[]): void {
    if (!isObject(value)) return;
    for (const member of members) {
        const one = value[member.name];
        const at = [...path, member.name];
        if (member.what === 'part' && typeof one === 'string') out.push({ path: at, to: one });
        if (member.what === 'parts' && Array.isArray(one))
            one.forEach((name, i) => typeof name === 'string' && out.push({ path: [...at, i], to: name }));
        if (member.what === 'items' && Array.isArray(one))
            one.forEach((item, i) => referencesIn(item, member.items!, [...at, i], out));
    }
}

/* Every place where a part is named. */
export function references(doc: Doc, schema: DesignSchema): Reference[] {
    const out: Reference[] = [];
    for (const [name, part] of Object.entries(partsOf(doc)))
        referencesIn(part, kindOf(schema, part)?.members ?? [], ['parts', name], out);
    if (Array.isArray(doc.make)) doc.make.forEach((one, i) => referencesIn(one, schema.make, ['make', i], out));
    referencesIn(doc.show, schema.show, ['show'], out);
    return out;
}

/* The name changes wherever it stands; null when it is taken or empty. */
export function renamePart(doc: Doc, schema: DesignSchema, from: string, to: string): Doc | null {
    const parts = partsOf(doc);
    if (from === to) return doc;
    if (!to.trim() || to in parts || !(from in parts)) return null;
    let next = doc;
    for (const one of references(doc, schema)) if (one.to === from) next = setAt(next, one.path, to);
    const renamed = Object.entries(partsOf(next)).map(([name, part]) => [name === from ? to : name, part] as const);
    return { ...next, parts: Object.fromEntries(renamed) };
}

export function removePart(doc: Doc, name: string): Doc {
    const without = (list: Json | undefined): Json[] =>
        (Array.isArray(list) ? list : []).filter((one) => !isObject(one) || one.part !== name);
    let next = setAt(doc, ['parts', name], undefined);
    next = setAt(next, ['make'], without(next.make));
    const shown = valueAt(next, ['show', 'parts']);
    return Array.isArray(shown) ? setAt(next, ['show', 'parts'], without(shown)) : next;
}

/* ---- checks */

const FURTHEST_MM = 2000;

function limits(member: Member): Labelled {
    const unit = unitOf(member);
    const space = unit && unit !== '°' ? ' ' : '';
    return {
        zh: `应在 ${member.min} 到 ${member.max}${space}${unit} 之间`,
        en: `must be from ${member.min} to ${member.max}${space}${unit}`,
    };
}

export class Checker {
    readonly problems: Problem[] = [];

    /* `may`: whether what is named so may stand there; null: it may, else why not. */
    constructor(
        private readonly parts: { [name: string]: Obj },
        private readonly may: (name: string, member: Member) => Labelled | null = () => null,
    ) {}

    say(path: Path, zh: string, en: string): void {
        this.problems.push({ path, zh, en });
    }

    number(value: Json, member: Member, path: Path): void {
        if (typeof value !== 'number' || !Number.isFinite(value)) {
            this.say(path, '应为一个数', 'must be a number');
            return;
        }
        if ((member.min !== undefined && value < member.min) || (member.max !== undefined && value > member.max)) {
            const said = limits(member);
            this.say(path, said.zh, said.en);
        }
    }

    numbers(value: Json, count: number, path: Path): value is number[] {
        if (Array.isArray(value) && value.length === count && value.every((n) => typeof n === 'number')) {
            if (value.every((n) => Math.abs(n as number) <= FURTHEST_MM)) return true;
            this.say(path, '离原点不超过 2000 mm', 'must be within 2000 mm of the origin');
            return false;
        }
        this.say(path, `应为 ${count} 个数`, `must be ${count} numbers`);
        return false;
    }

    name(value: Json, member: Member, path: Path): void {
        if (typeof value !== 'string' || !value) this.say(path, '请选择一个部件', 'choose a part');
        else if (!Object.hasOwn(this.parts, value)) this.say(path, `没有名为“${value}”的部件`, `no part is named "${value}"`);
        else {
            const why = this.may(value, member);
            if (why) this.say(path, why.zh, why.en);
        }
    }

    pair(value: Json, member: Member, path: Path): void {
        if (!Array.isArray(value) || value.length !== 2) this.say(path, '应为两个名称', 'must be two names');
        else value.forEach((one, i) => this.name(one, member, [...path, i]));
    }

    list(value: Json, member: Member, path: Path, one: (item: Json, at: Path) => void, least = member.least): void {
        if (!Array.isArray(value)) {
            this.say(path, '应为列表', 'must be a list');
            return;
        }
        if (value.length < least) this.say(path, `至少 ${least} 项`, `needs at least ${least}`);
        value.forEach((item, i) => one(item, [...path, i]));
    }

    file(value: Json, path: Path): void {
        if (!isObject(value) || typeof value.path !== 'string' || !value.path) {
            this.say(path, '请选择一个文件', 'choose a file');
            return;
        }
        for (const name of Object.keys(value))
            if (!['path', 'sha256', 'unit', 'axes', 'about'].includes(name))
                this.say([...path, name], '没有这个成员', 'there is no such member');
    }

    member(value: Json, member: Member, path: Path): void {
        switch (member.what) {
            case 'length':
            case 'angle':
            case 'number':
                return this.number(value, member, path);
            case 'point':
                this.numbers(value, 3, path);
                return;
            case 'direction':
                if (this.numbers(value, 3, path) && value.every((n) => n === 0))
                    this.say(path, '方向不能全为 0', 'a direction is not all 0');
                return;
            case 'text':
                if (typeof value !== 'string' || !value) this.say(path, '应填写文字', 'must be a text');
                return;
            case 'choice':
                if (typeof value !== 'string' || !member.choices!.includes(value))
                    this.say(path, `应为 ${member.choices!.join('、')} 之一`, `must be one of ${member.choices!.join(', ')}`);
                return;
            case 'file':
                return this.file(value, path);
            case 'part':
                return this.name(value, member, path);
            case 'parts':
                return this.list(value, member, path, (item, at) => this.name(item, member, at));
            case 'pairs':
                return this.list(value, member, path, (item, at) => this.pair(item, member, at));
            case 'points':
                return this.list(value, member, path, (item, at) => void this.numbers(item, 3, at));
            case 'outline':
                return this.list(value, member, path, (item, at) => void this.numbers(item, 2, at), 3);
            case 'items':
                return this.list(value, member, path, (item, at) => this.object(item, member.items!, at));
        }
    }

    object(value: Json | undefined, members: Member[], path: Path, also: string[] = []): void {
        if (!isObject(value)) {
            this.say(path, '应为一组成员', 'must be an object');
            return;
        }
        for (const member of members) {
            const one = value[member.name];
            if (one !== undefined) this.member(one, member, [...path, member.name]);
            else if (member.required) this.say([...path, member.name], '必须填写', 'must be filled in');
        }
        for (const name of Object.keys(value))
            if (name !== 'about' && !also.includes(name) && !members.some((member) => member.name === name))
                this.say([...path, name], '没有这个成员', 'there is no such member');
    }
}

/* A part that is made from itself, by way of others. */
function circle(doc: Doc, schema: DesignSchema): string[] | null {
    const to = new Map<string, string[]>();
    for (const one of references(doc, schema))
        if (one.path[0] === 'parts') {
            const from = one.path[1] as string;
            to.set(from, [...(to.get(from) ?? []), one.to]);
        }
    const done = new Set<string>();
    for (const start of to.keys()) {
        const way: { name: string; next: number }[] = [{ name: start, next: 0 }];
        while (way.length) {
            const top = way[way.length - 1]!;
            const target = to.get(top.name)?.[top.next++];
            if (target === undefined) done.add(way.pop()!.name);
            else if (way.some((one) => one.name === target))
                return [...way.slice(way.findIndex((one) => one.name === target)).map((one) => one.name), target];
            else if (!done.has(target)) way.push({ name: target, next: 0 });
        }
    }
    return null;
}

export function check(doc: Doc, schema: DesignSchema): Problem[] {
    const parts = partsOf(doc);
    const checker = new Checker(parts);
    if (doc.nuwa !== 'design 1') checker.say(['nuwa'], '应为 "design 1"', 'must be "design 1"');
    if (doc.title !== undefined && typeof doc.title !== 'string') checker.say(['title'], '应为文字', 'must be a text');
    if (!isObject(doc.parts) || Object.keys(doc.parts).length === 0)
        checker.say(['parts'], '还没有部件', 'there are no parts yet');
    for (const [name, part] of Object.entries(isObject(doc.parts) ? doc.parts : {})) {
        const path = ['parts', name];
        const kind = isObject(part) ? kindOf(schema, part) : undefined;
        if (kind) checker.object(part, kind.members, path, ['kind']);
        else checker.say([...path, 'kind'], '没有这种部件', 'there is no such kind of part');
    }
    if (!Array.isArray(doc.make) || doc.make.length === 0)
        checker.say(['make'], '请选择要生成的部件', 'choose what is to be made');
    else doc.make.forEach((one, i) => checker.object(one, schema.make, ['make', i]));
    if (doc.show !== undefined) checker.object(doc.show, schema.show, ['show']);
    for (const name of Object.keys(doc))
        if (!['nuwa', 'title', 'about', 'parts', 'make', 'show'].includes(name))
            checker.say([name], '没有这个成员', 'there is no such member');
    const ring = circle(doc, schema);
    if (ring)
        checker.say(
            ['parts', ring[0]!],
            `部件相互依赖成环：${ring.join(' → ')}`,
            `parts are made from each other in a circle: ${ring.join(' → ')}`,
        );
    return checker.problems;
}

/* Files that the parts read, each once. */
export interface FileUse {
    path: string;
    sha256?: string;
}

export function filesOf(doc: Doc, schema: DesignSchema): FileUse[] {
    const out = new Map<string, FileUse>();
    for (const part of Object.values(partsOf(doc)))
        for (const member of kindOf(schema, part)?.members ?? []) {
            const one = member.what === 'file' ? part[member.name] : undefined;
            if (!isObject(one) || typeof one.path !== 'string') continue;
            const use: FileUse = { path: one.path };
            if (typeof one.sha256 === 'string') use.sha256 = one.sha256;
            out.set(one.path, use);
        }
    return [...out.values()];
}

/* The finest grid of what is made; for a preview three times as coarse. */
export function previewCell(doc: Doc, schema: DesignSchema): number {
    const preset = Number(schema.make.find((member) => member.name === 'cell_mm')?.preset ?? 0.15);
    const cells = (Array.isArray(doc.make) ? doc.make : []).map((one) =>
        isObject(one) && typeof one.cell_mm === 'number' ? one.cell_mm : preset,
    );
    const finest = Math.min(...cells, 10);
    return Math.min(10, Math.max(0.02, Math.round(finest * 300) / 100));
}
