/* The handles of one part of a design document, as the schema's x-handle says. */
import { isObject, valueAt, type Doc, type Obj } from '../plan/document';
import { pathText, type Json, type Path } from '../plan/json';
import type { Kind, Member } from '../plan/schema';
import type { Labelled } from '../case/language';
import { add, along, scale, unit, type Vec3 } from '../view/geometry';
import { boxLines, isPlace, listGrips, none, square, written, writtenWay, type Going, type Grip, type Handles, type Wanting } from './handles';
import type { Hit } from './snap';

/* "drill: where it enters the bone" */
function called(member: Member, own: string): Labelled {
    const short = (text: string, cut: RegExp): string => text.split(cut)[0]!;
    const name = { zh: short(member.zh, /[；;]/), en: short(member.en, /;/) };
    return own ? { zh: `${own}：${name.zh}`, en: `${own}: ${name.en}` } : name;
}

interface At {
    members: readonly Member[];
    value: Obj;
    path: Path;
    /* what it is called among its likes */
    own: string;
    /* the part itself, for the names of other parts */
    part: Obj;
    arm: number;
    middle: Vec3;
}

function onOf(member: Member, at: At): { on?: string } {
    const on = member.handle?.on === undefined ? undefined : at.part[member.handle.on];
    return typeof on === 'string' ? { on } : {};
}

/* A place alone goes over its surface; a plane's along its normal; else as the screen does. */
function goingOf(member: Member, at: At): Going {
    if (member.handle?.on !== undefined) return { as: 'surface' };
    const plane = at.members.find((one) => one.handle?.as === 'plane' && one.handle.at === member.name);
    const normal = plane && at.value[plane.name];
    return isPlace(normal) && normal.some((one) => one !== 0) ? { as: 'line', way: normal } : { as: 'screen' };
}

function placeGrip(member: Member, place: Vec3, at: At): Grip {
    const path = [...at.path, member.name];
    return {
        key: pathText(path),
        path,
        name: called(member, at.own),
        at: place,
        going: goingOf(member, at),
        look: 'place',
        ...onOf(member, at),
        move: (to) => [{ path, to: written(to) }],
    };
}

/* A new place; a direction that must be given and starts there points into what was touched. */
function placeWanting(member: Member, at: At): Wanting {
    const path = [...at.path, member.name];
    const ways = at.members.filter(
        (one) => one.required && one.handle?.at === member.name && (one.handle.as === 'axis' || one.handle.as === 'plane'),
    );
    const put = ([hit]: Hit[]): { path: Path; to: Json }[] => [
        { path, to: written(hit!.place_mm) },
        ...ways
            .filter((one) => at.value[one.name] === undefined)
            .map((one) => ({ path: [...at.path, one.name], to: writtenWay(wayInto(one, hit!.normal)) })),
    ];
    return { key: pathText(path), path, name: called(member, at.own), list: false, given: 0, ...onOf(member, at), put };
}

/* Into the surface; a plane's normal lies along it, so that the plane stands on the surface. */
function wayInto(member: Member, normal: Vec3): Vec3 {
    if (member.handle!.as === 'axis') return scale(normal, -1);
    const head: Vec3 = Math.abs(normal[2]) < 0.9 ? [0, 0, 1] : [0, 1, 0];
    return along(head, normal, -(head[0] * normal[0] + head[1] * normal[1] + head[2] * normal[2]));
}

function wayHandles(member: Member, at: At, out: Handles): void {
    const way = at.value[member.name];
    const from = member.handle!.at === undefined ? at.middle : at.value[member.handle!.at];
    if (!isPlace(way) || !isPlace(from as Json) || way.every((one) => one === 0)) return;
    const start = from as unknown as Vec3;
    const path = [...at.path, member.name];
    const tip = along(start, unit(way), at.arm);
    const key = pathText(path);
    out.lines.push({ key, points: [start, tip], arrow: true });
    if (member.handle!.as === 'plane')
        out.lines.push({ key: `${key}:plane`, points: square(start, way, at.arm), closed: true, filled: true });
    out.grips.push({
        key,
        path,
        name: called(member, at.own),
        at: tip,
        going: { as: 'ball', centre: start, radius: at.arm },
        look: 'tip',
        move: (to) => [{ path, to: writtenWay([to[0] - start[0], to[1] - start[1], to[2] - start[2]]) }],
    });
}

function listHandles(member: Member, at: At, out: Handles): void {
    const path = [...at.path, member.name];
    const value = at.value[member.name];
    const places = (Array.isArray(value) ? value : []).filter(isPlace);
    const as = member.handle!.as;
    const key = pathText(path);
    const on = onOf(member, at);
    const name = called(member, at.own);
    out.wanting.push({
        key,
        path,
        name,
        list: true,
        given: places.length,
        ...on,
        put: (hits) => [{ path, to: [...places.map(written), ...hits.map((hit) => written(hit.place_mm))] }],
        ...(places.length ? { clear: () => [{ path, to: undefined }] } : {}),
    });
    const going: Going = member.handle!.on === undefined ? { as: 'screen' } : { as: 'surface' };
    out.grips.push(...listGrips(path, key, name, places, as === 'loop', going, on.on, as !== 'places'));
    if (places.length > 1 && as !== 'places')
        out.lines.push({ key, points: places, ...on, ...(as === 'loop' ? { closed: true, filled: true } : {}) });
}

/* Corners [x, y] in the plane of u and v. */
function outlineHandles(member: Member, at: At, out: Handles): void {
    const { origin_mm, u, v } = at.value;
    const value = at.value[member.name];
    if (!isPlace(origin_mm) || !isPlace(u) || !isPlace(v) || !Array.isArray(value)) return;
    const a = unit(u);
    const c = unit(v);
    const corners = value.filter((one): one is [number, number] => Array.isArray(one) && one.length === 2 && one.every((n) => typeof n === 'number'));
    const places = corners.map(([x, y]) => along(along(origin_mm, a, x), c, y));
    const path = [...at.path, member.name];
    const key = pathText(path);
    const normal: Vec3 = [a[1] * c[2] - a[2] * c[1], a[2] * c[0] - a[0] * c[2], a[0] * c[1] - a[1] * c[0]];
    const flat = (to: Vec3): number[] => {
        const d: Vec3 = [to[0] - origin_mm[0], to[1] - origin_mm[1], to[2] - origin_mm[2]];
        const on = (way: Vec3): number => Math.round((d[0] * way[0] + d[1] * way[1] + d[2] * way[2]) * 100) / 100 + 0;
        return [on(a), on(c)];
    };
    places.forEach((place, i) =>
        out.grips.push({
            key: `${key}[${i}]`,
            path,
            name: { zh: `${called(member, at.own).zh} ${i + 1}`, en: `${called(member, at.own).en} ${i + 1}` },
            at: place,
            going: { as: 'flat', normal },
            look: 'place',
            move: (to) => [{ path, to: corners.map((one, k) => (k === i ? flat(to) : one)) }],
        }),
    );
    if (places.length > 2) out.lines.push({ key, points: places, closed: true, filled: true });
}

function pointHandles(member: Member, at: At, out: Handles): void {
    if (member.handle!.as === 'shift') return;
    const place = at.value[member.name];
    if (!isPlace(place)) {
        const needed = member.required || at.members.some((one) => one.handle?.at === member.name && at.value[one.name] !== undefined);
        const asked = member.handle!.on !== undefined || needed;
        if (asked && place === undefined) out.wanting.push(placeWanting(member, at));
        return;
    }
    out.grips.push(placeGrip(member, place, at));
    const from = member.handle!.at === undefined ? undefined : at.value[member.handle!.at];
    if (!isPlace(from)) return;
    const key = pathText([...at.path, member.name]);
    if (member.handle!.as === 'rod') out.lines.push({ key, points: [from, place], arrow: true });
    if (member.handle!.as === 'box') out.lines.push(...boxLines(from, place, key));
}

function allOf(at: At, out: Handles): void {
    for (const member of at.members) {
        if (member.what === 'items') {
            const list = at.value[member.name];
            (Array.isArray(list) ? list : []).forEach((item, i) => {
                if (!isObject(item)) return;
                const own = typeof item.name === 'string' && item.name ? item.name : String(i + 1);
                allOf({ ...at, members: member.items!, value: item, path: [...at.path, member.name, i], own }, out);
            });
        } else if (member.what === 'point') pointHandles(member, at, out);
        else if (member.what === 'direction') wayHandles(member, at, out);
        else if (member.what === 'points') listHandles(member, at, out);
        else if (member.what === 'outline') outlineHandles(member, at, out);
    }
}

function middleOf(places: readonly Vec3[], other: Vec3): Vec3 {
    if (!places.length) return other;
    return scale(
        places.reduce((sum, one) => add(sum, one), [0, 0, 0] as Vec3),
        1 / places.length,
    );
}

/* `arm`: how far the tips of directions stand off, in mm; `middle`: where a direction is drawn that has
 * no place of its own, when the part has none at all. */
export function handlesOf(doc: Doc, kind: Kind | undefined, name: string, arm: number, middle: Vec3): Handles {
    const out = none();
    const part = valueAt(doc, ['parts', name]);
    if (!kind || !isObject(part)) return out;
    const at = (way: Vec3): At => ({ members: kind.members, value: part, path: ['parts', name], own: '', part, arm, middle: way });
    allOf(at(middle), out);
    const places = out.grips.filter((one) => one.look === 'place').map((one) => one.at);
    if (!places.length) return out;
    const again = none();
    allOf(at(middleOf(places, middle)), again);
    return again;
}
