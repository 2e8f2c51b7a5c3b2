/* The handles of a plan, how its pieces move, and quick numbers of that: previews, which a job makes true. */
import type { Labelled } from '../case/language';
import type { Doc, Obj } from '../plan/document';
import type { Path } from '../plan/json';
import { itemAt, itemsOf, kindOfItem, neededBy, type PlanSchema } from '../plan/plan_doc';
import { add, along, cross, dot, length, scale, sub, turn, unit, type Vec3 } from '../view/geometry';
import { cut, type Surface } from '../view/surface';
import { across, boxLines, isPlace, none, square, turnBetween, written, writtenWay, type Grip, type Handles, type Line } from './handles';
import { boxOf, domeAt, faceIn, heightOf, linesOn, placeIn, placesOn, planeThrough, wedgeAt, type Dome, type Wedge } from './osteotomy';
import type { Hit } from './snap';

/* The surfaces of a part; of all bones when it has none yet. */
export type SurfacesOf = (part: string) => Surface[];

/* ---- how a piece moves: turned about an axis, then shifted */

export interface Motion {
    centre: Vec3;
    axis: Vec3;
    deg: number;
    shift: Vec3;
}

export const still: Motion = { centre: [0, 0, 0], axis: [0, 0, 1], deg: 0, shift: [0, 0, 0] };

export function moved(motion: Motion, place: Vec3): Vec3 {
    const rad = (motion.deg * Math.PI) / 180;
    return add(add(motion.centre, turn(sub(place, motion.centre), motion.axis, rad)), motion.shift);
}

export function movedBack(motion: Motion, place: Vec3): Vec3 {
    const rad = (-motion.deg * Math.PI) / 180;
    return add(motion.centre, turn(sub(sub(place, motion.shift), motion.centre), motion.axis, rad));
}

export function turned(motion: Motion, way: Vec3): Vec3 {
    return turn(way, motion.axis, (motion.deg * Math.PI) / 180);
}

function placeOf(doc: Doc, name: unknown): Vec3 | null {
    const at = typeof name === 'string' ? itemAt(doc, name)?.at_mm : undefined;
    return isPlace(at) ? at : null;
}

/* By two landmarks; null when one has no place. */
export function axisOf(doc: Doc, name: unknown): { from: Vec3; to: Vec3 } | null {
    const item = typeof name === 'string' ? itemAt(doc, name) : undefined;
    if (!item) return null;
    const [a, b] = item.kind === 'axis' ? [item.from, item.to] : [item.entry, item.target];
    const from = placeOf(doc, a);
    const to = placeOf(doc, b);
    return from && to && length(sub(to, from)) > 1e-6 ? { from, to } : null;
}

/* Null where a registration moves it: that is the job's. */
export function motionOf(doc: Doc, item: Obj | undefined): Motion | null {
    if (!item || item.kind !== 'moved' || item.by !== undefined) return null;
    const axis = axisOf(doc, item.about);
    const deg = typeof item.rotate_deg === 'number' ? item.rotate_deg : 0;
    const shift = isPlace(item.shift_mm) ? item.shift_mm : ([0, 0, 0] as const);
    if (!axis) return { ...still, shift };
    return { centre: axis.from, axis: unit(sub(axis.to, axis.from)), deg, shift };
}

/* All motions of a made part, one after the other: of pieces that were moved, of what a wedge turns. Null: that
 * is the job's. */
export function motionsOf(doc: Doc, name: unknown, surfacesOf: SurfacesOf, depth = 0): Motion[] | null {
    const item = typeof name === 'string' ? itemAt(doc, name) : undefined;
    if (!item || depth > 8) return null;
    if (item.kind === 'moved') {
        const own = motionOf(doc, item);
        return own && [...(motionsOf(doc, item.part, surfacesOf, depth + 1) ?? []), own];
    }
    if (item.kind !== 'piece' || typeof item.of !== 'string') return null;
    const saw = itemAt(doc, item.of);
    if (saw?.kind !== 'wedge' || item.side !== 'above') return [];
    const lies = wedgeOf(doc, saw, surfacesOf);
    return lies && [wedgeTurn(lies)];
}

/* A surface as other motions have it: taken back from those it lies in. */
export function replaced(surface: Surface, was: readonly Motion[], is: readonly Motion[]): Surface {
    const pos = new Float32Array(surface.pos.length);
    for (let i = 0; i < pos.length; i += 3) {
        const from = was.reduceRight<Vec3>((place, one) => movedBack(one, place), [surface.pos[i]!, surface.pos[i + 1]!, surface.pos[i + 2]!]);
        const to = is.reduce<Vec3>((place, one) => moved(one, place), from);
        pos[i] = to[0];
        pos[i + 1] = to[1];
        pos[i + 2] = to[2];
    }
    return { pos, tri: surface.tri.slice() };
}

/* ---- planes */

export function planeOf(doc: Doc, name: unknown, depth = 0): { point: Vec3; normal: Vec3 } | null {
    const item = typeof name === 'string' ? itemAt(doc, name) : undefined;
    if (!item || item.kind !== 'plane' || depth > 8) return null;
    const offset = typeof item.offset_mm === 'number' ? item.offset_mm : 0;
    const at = (point: Vec3, normal: Vec3): { point: Vec3; normal: Vec3 } => ({ point: along(point, unit(normal), offset), normal: unit(normal) });
    if (isPlace(item.point_mm) && isPlace(item.normal) && item.normal.some((one) => one !== 0)) return at(item.point_mm, item.normal);
    if (Array.isArray(item.through) && item.through.length === 3) {
        const [a, b, c] = item.through.map((one) => placeOf(doc, one));
        if (a && b && c) return at(scale(add(add(a, b), c), 1 / 3), cross(sub(b, a), sub(c, a)));
    }
    if (Array.isArray(item.fit)) {
        const places = item.fit.map((one) => placeOf(doc, one)).filter((one): one is Vec3 => one !== null);
        const fitted = places.length === item.fit.length ? planeThrough(places) : null;
        return fitted && at(fitted.point, fitted.normal);
    }
    const other = item.parallel_to === undefined ? null : planeOf(doc, item.parallel_to, depth + 1);
    return other && at(isPlace(item.point_mm) ? item.point_mm : other.point, other.normal);
}

/* ---- wedges */

export interface WedgeLies {
    wedge: Wedge;
    plane: { point: Vec3; normal: Vec3 };
    hinge: Vec3;
    deg: number;
    opens: boolean;
    kerf: number;
}

/* Null where something is not given yet, or the plane misses the bone. */
export function wedgeOf(doc: Doc, item: Obj | undefined, surfacesOf: SurfacesOf): WedgeLies | null {
    const plane = planeOf(doc, item?.plane);
    const hinge = axisOf(doc, item?.hinge);
    if (!plane || !hinge || item?.kind !== 'wedge' || typeof item.part !== 'string') return null;
    const opens = item.how === 'opening';
    const kerf = opens && typeof item.kerf_mm === 'number' ? item.kerf_mm : 0;
    const wedge = wedgeAt(surfacesOf(item.part), plane, hinge, kerf);
    return wedge && { wedge, plane, hinge: hinge.from, deg: typeof item.angle_deg === 'number' ? item.angle_deg : 0, opens, kerf };
}

/* Of the piece above: up where it opens, down where it closes. */
function wedgeTurn({ wedge, hinge, deg, opens }: WedgeLies): Motion {
    return { centre: hinge, axis: wedge.about, deg: opens ? deg : -deg, shift: [0, 0, 0] };
}

export interface WedgeNow {
    height_mm: number;
    angle_deg: number;
    reach_mm: number;
}

/* Quick numbers of a wedge: a preview. */
export function wedgeNow(doc: Doc, item: Obj, surfacesOf: SurfacesOf): WedgeNow | null {
    const lies = wedgeOf(doc, item, surfacesOf);
    return lies && { height_mm: heightOf(lies.wedge, lies.deg), angle_deg: lies.deg, reach_mm: lies.wedge.reach_mm };
}

/* ---- handles */

const names: Record<string, Labelled> = {
    normal: { zh: '方向', en: 'direction' },
    shift: { zh: '平移', en: 'shift' },
    turn: { zh: '转动', en: 'turn' },
    angle: { zh: '楔角', en: 'angle of the wedge' },
    radius: { zh: '半径', en: 'radius' },
    towards: { zh: '圆顶的朝向', en: 'where the crown points' },
};

function named(name: string, what?: Labelled): Labelled {
    return what ? { zh: `${name}：${what.zh}`, en: `${name}: ${what.en}` } : { zh: name, en: name };
}

interface Flat {
    point: Vec3;
    normal: Vec3;
}

function ontoPlane({ point, normal }: Flat, place: Vec3): Vec3 {
    return along(place, normal, -dot(sub(place, point), normal));
}

/* The wedges whose hinge names this landmark, each with the landmark at the hinge's other end. */
function hingesAt(doc: Doc, name: string): { wedge: Obj; other: unknown }[] {
    return Object.values(itemsOf(doc)).flatMap((wedge) => {
        const axis = wedge.kind === 'wedge' && typeof wedge.hinge === 'string' ? itemAt(doc, wedge.hinge) : undefined;
        if (axis?.kind !== 'axis' || (axis.from !== name && axis.to !== name)) return [];
        return [{ wedge, other: axis.from === name ? axis.to : axis.from }];
    });
}

/* The ends of hinges lie in the plane of their wedge: when that goes elsewhere they go with it. */
function hingesFollow(doc: Doc, plane: string, to: Flat): { path: Path; to: number[] }[] {
    return Object.entries(itemsOf(doc)).flatMap(([name, item]) => {
        if (item.kind !== 'landmark' || !isPlace(item.at_mm) || !hingesAt(doc, name).some((one) => one.wedge.plane === plane)) return [];
        return [{ path: ['items', name, 'at_mm'], to: written(ontoPlane(to, item.at_mm)) }];
    });
}

/* An end of a hinge goes in its plane, square to the hinge; any other landmark over what is seen. */
function goingOf(doc: Doc, name: string, at: Vec3): { going: Grip['going']; held: (to: Vec3) => Vec3 } {
    const [hinge] = hingesAt(doc, name);
    const plane = hinge && planeOf(doc, hinge.wedge.plane);
    const other = hinge && placeOf(doc, hinge.other);
    const across = plane && other ? cross(sub(at, other), plane.normal) : null;
    if (!plane || !across || length(across) < 1e-6) return { going: { as: 'surface' }, held: (to) => to };
    return { going: { as: 'line', way: unit(across) }, held: (to) => ontoPlane(plane, to) };
}

function landmark(doc: Doc, name: string, item: Obj, out: Handles): void {
    const path: Path = ['items', name, 'at_mm'];
    if (!isPlace(item.at_mm)) {
        const put = ([hit]: Hit[]): { path: Path; to: number[] }[] => [{ path, to: written(hit!.place_mm) }];
        if (item.at_mm === undefined) out.wanting.push({ key: `${name}.at_mm`, path, name: named(name), on: '', list: false, given: 0, put });
        return;
    }
    const { going, held } = goingOf(doc, name, item.at_mm);
    out.grips.push({
        key: `${name}.at_mm`,
        path,
        name: named(name),
        at: item.at_mm,
        going,
        look: 'place',
        on: '',
        move: (to) => [{ path, to: written(held(to)) }],
    });
}

function planeHandles(doc: Doc, name: string, item: Obj, arm: number, out: Handles): void {
    const plane = planeOf(doc, name);
    if (!plane) return;
    const { point, normal } = plane;
    out.lines.push({ key: `${name}:plane`, points: square(point, normal, arm * 1.2), closed: true, filled: true });
    out.lines.push({ key: name, points: [point, along(point, normal, arm)], arrow: true });
    if (!isPlace(item.point_mm) || !isPlace(item.normal)) return;
    const at = item.point_mm as Vec3;
    out.grips.push(
        {
            key: `${name}.point_mm`,
            path: ['items', name, 'point_mm'],
            name: named(name),
            at,
            going: { as: 'line', way: normal },
            look: 'place',
            move: (to) => [{ path: ['items', name, 'point_mm'], to: written(to) }, ...hingesFollow(doc, name, { point: along(to, normal, dot(sub(point, at), normal)), normal })],
        },
        {
            key: `${name}.normal`,
            path: ['items', name, 'normal'],
            name: named(name, names.normal),
            at: along(at, normal, arm),
            going: { as: 'ball', centre: at, radius: arm },
            look: 'tip',
            move: (to) => {
                const way = writtenWay(sub(to, at)) as unknown as Vec3;
                const turned_ = unit(way);
                return [{ path: ['items', name, 'normal'], to: [...way] }, ...hingesFollow(doc, name, { point: along(at, turned_, dot(sub(point, at), normal)), normal: turned_ })];
            },
        },
    );
}

/* The nearest place of a line. */
function footOn(axis: { from: Vec3; to: Vec3 }, place: Vec3): Vec3 {
    const way = unit(sub(axis.to, axis.from));
    return along(axis.from, way, dot(sub(place, axis.from), way));
}

function movedHandles(doc: Doc, name: string, item: Obj, arm: number, middle: Vec3, out: Handles): void {
    const motion = motionOf(doc, item);
    if (!motion) return;
    const at = moved(motion, middle);
    const path: Path = ['items', name, 'shift_mm'];
    const shifted = (from: Vec3, to: Vec3): { path: Path; to: number[] }[] => [{ path, to: written(add(motion.shift, sub(to, from))) }];
    out.grips.push({ key: `${name}.shift_mm`, path, name: named(name, names.shift), at, going: { as: 'screen' }, look: 'place', move: (to) => shifted(at, to) });
    (
        [
            [[1, 0, 0], 'L'],
            [[0, 1, 0], 'P'],
            [[0, 0, 1], 'S'],
        ] as const
    ).forEach(([way, letter]) => {
        const tip = along(at, way, arm);
        out.lines.push({ key: `${name}:${letter}`, points: [at, tip], arrow: true });
        out.grips.push({
            key: `${name}.shift_mm.${letter}`,
            path,
            name: named(name, { zh: `${names.shift!.zh} ${letter}`, en: `${names.shift!.en} ${letter}` }),
            at: tip,
            going: { as: 'line', way },
            look: 'tip',
            move: (to) => shifted(tip, to),
        });
    });
    const axis = axisOf(doc, item.about);
    if (!axis) return;
    const way = unit(sub(axis.to, axis.from));
    const foot = footOn(axis, middle);
    const away = sub(middle, foot);
    /* beyond the piece's own grip */
    const radius = length(away) + 0.8 * arm;
    const start = along(foot, length(away) > 0.2 * arm ? unit(away) : across(way)[0], radius);
    const centre = add(foot, motion.shift);
    const now = moved(motion, start);
    const ring: Vec3[] = [];
    for (let k = -12; k <= 12; k++) ring.push(add(centre, turn(sub(now, centre), way, (k * Math.PI) / 72)));
    out.lines.push({ key: `${name}:turn`, points: ring }, { key: `${name}:axis`, points: [axis.from, axis.to] });
    out.grips.push({
        key: `${name}.rotate_deg`,
        path: ['items', name, 'rotate_deg'],
        name: named(name, names.turn),
        at: now,
        going: { as: 'ring', centre, axis: way },
        look: 'tip',
        move: (to) => [
            { path: ['items', name, 'rotate_deg'], to: Math.round((motion.deg + turnBetween(now, to, centre, way)) * 10) / 10 + 0 },
        ],
    });
}

/* Within what the form takes. */
function within(schema: PlanSchema, item: Obj, name: string, value: number): number {
    const member = kindOfItem(schema, item)?.members.find((one) => one.name === name);
    return Math.min(Math.max(value, member?.min ?? -Infinity), member?.max ?? Infinity);
}

/* Both faces of the wedge, its height at the far edge, and the arc that its angle is pulled along. */
function wedgeHandles(doc: Doc, schema: PlanSchema, name: string, item: Obj, arm: number, surfacesOf: SurfacesOf, out: Handles): void {
    const lies = wedgeOf(doc, item, surfacesOf);
    if (!lies) return;
    const { wedge, deg } = lies;
    const path: Path = ['items', name, 'angle_deg'];
    /* outside the bone, where it can be taken hold of */
    const radius = wedge.reach_mm + 0.4 * arm;
    const at = (out_: number, turned_: number): Vec3 => placeIn(wedge, out_, 0, turned_);
    const steps = Math.max(1, Math.ceil(deg / 2));
    const arc = Array.from({ length: steps + 1 }, (_, k) => at(radius, (k * deg) / steps));
    out.lines.push(
        { key: `${name}:below`, points: faceIn(wedge, 0), closed: true, filled: true },
        { key: `${name}:above`, points: faceIn(wedge, deg), closed: true, filled: true },
        { key: `${name}:height`, points: [at(wedge.reach_mm, 0), at(wedge.reach_mm, deg)] },
        { key: `${name}:arc`, points: [wedge.middle, ...arc, wedge.middle] },
    );
    const grip = at(radius, deg);
    out.grips.push({
        key: `${name}.angle_deg`,
        path,
        name: named(name, names.angle),
        at: grip,
        going: { as: 'ring', centre: wedge.middle, axis: wedge.about },
        look: 'tip',
        move: (to) => [
            { path, to: within(schema, item, 'angle_deg', Math.round((deg + turnBetween(grip, to, wedge.middle, wedge.about)) * 10) / 10) },
        ],
    });
}

/* The dome within the part's box; its radius is pulled at the crown, its direction turned beyond. */
function domeHandles(doc: Doc, schema: PlanSchema, name: string, item: Obj, arm: number, surfacesOf: SurfacesOf, out: Handles): void {
    const axis = axisOf(doc, item.axis);
    const box = typeof item.part === 'string' ? boxOf(surfacesOf(item.part)) : null;
    if (!axis || !box || !isPlace(item.towards) || typeof item.radius_mm !== 'number') return;
    const dome = domeAt(axis, item.towards, item.radius_mm, box);
    if (!dome) return;
    const { middle, towards } = dome;
    const crown = along(middle, towards, dome.radius_mm);
    const tip = along(crown, towards, 0.8 * arm);
    linesOn(dome, box).forEach((points, i) => out.lines.push({ key: `${name}:dome${i}`, points }));
    out.lines.push({ key: `${name}:towards`, points: [middle, tip], arrow: true });
    const radius: Path = ['items', name, 'radius_mm'];
    const way: Path = ['items', name, 'towards'];
    out.grips.push(
        {
            key: `${name}.radius_mm`,
            path: radius,
            name: named(name, names.radius),
            at: crown,
            going: { as: 'line', way: towards },
            look: 'place',
            move: (to) => [{ path: radius, to: within(schema, item, 'radius_mm', Math.round(dot(sub(to, middle), towards) * 100) / 100) }],
        },
        {
            key: `${name}.towards`,
            path: way,
            name: named(name, names.towards),
            at: tip,
            going: { as: 'ring', centre: middle, axis: dome.along },
            look: 'tip',
            move: (to) => [{ path: way, to: writtenWay(turn(towards, dome.along, (turnBetween(tip, to, middle, dome.along) * Math.PI) / 180)) }],
        },
    );
}

/*
 * Of the chosen item and what it names; of all landmarks and planes when none is chosen. `middleOf` gives
 * the middle of a part as it lies before it is moved.
 */
export function planHandles(
    doc: Doc,
    schema: PlanSchema,
    chosen: string | null,
    arm: number,
    middleOf: (part: string) => Vec3 | null,
    surfacesOf: SurfacesOf = () => [],
): Handles {
    const out = none();
    const items = itemsOf(doc);
    const shown = chosen !== null && items[chosen] ? neededBy(doc, schema, chosen) : null;
    for (const [name, item] of Object.entries(items)) {
        if (shown && !shown.has(name)) continue;
        if (item.kind === 'landmark') landmark(doc, name, item, out);
        if (item.kind === 'plane') planeHandles(doc, name, item, arm, out);
        if (kindOfItem(schema, item)?.sort === 'axis') {
            const axis = axisOf(doc, name);
            if (axis) out.lines.push({ key: name, points: [axis.from, axis.to], arrow: true });
        }
        if (item.kind === 'region' && isPlace(item.min_mm) && isPlace(item.max_mm)) out.lines.push(...boxes(name, item.min_mm, item.max_mm, out));
        if (item.kind === 'wedge') wedgeHandles(doc, schema, name, item, arm, surfacesOf, out);
        if (item.kind === 'dome') domeHandles(doc, schema, name, item, arm, surfacesOf, out);
        if (item.kind === 'moved' && (!shown || name === chosen) && typeof item.part === 'string') {
            const middle = middleOf(item.part);
            if (middle) movedHandles(doc, name, item, arm, middle, out);
        }
    }
    return out;
}

function boxes(name: string, low: Vec3, high: Vec3, out: Handles): Line[] {
    const corner = (member: string, at: Vec3): Grip => ({
        key: `${name}.${member}`,
        path: ['items', name, member],
        name: named(name),
        at,
        going: { as: 'screen' },
        look: 'place',
        move: (to) => [{ path: ['items', name, member], to: written(to) }],
    });
    out.grips.push(corner('min_mm', low), corner('max_mm', high));
    return boxLines(low, high, name);
}

/* ---- quick numbers of a pair of faces */

export interface Between {
    gap_mm: number;
    sideways_mm: number;
    /* null: of domes, which have no one angle */
    angle_deg: number | null;
}

interface Face {
    centre: Vec3;
    /* out of the piece */
    outward: Vec3;
    motions: Motion[];
}

/* The middle of where a plane cuts a surface; null when it does not. */
export function middleOfCut(surface: Surface, point: Vec3, normal: Vec3): Vec3 | null {
    const segments = cut(surface, point, normal);
    let whole = 0;
    let sum: Vec3 = [0, 0, 0];
    for (let i = 0; i < segments.length; i += 6) {
        const a: Vec3 = [segments[i]!, segments[i + 1]!, segments[i + 2]!];
        const b: Vec3 = [segments[i + 3]!, segments[i + 4]!, segments[i + 5]!];
        const l = length(sub(b, a));
        whole += l;
        sum = along(sum, add(a, b), l / 2);
    }
    return whole > 0 ? scale(sum, 1 / whole) : null;
}

function middleIn(surfaces: readonly Surface[], point: Vec3, normal: Vec3): Vec3 | null {
    return surfaces.map((one) => middleOfCut(one, point, normal)).find(Boolean) ?? null;
}

/* The piece that a part is, moved or not; null where a registration moves it. */
function pieceOf(doc: Doc, name: unknown): Obj | null {
    let item = typeof name === 'string' ? itemAt(doc, name) : undefined;
    for (let depth = 0; item?.kind === 'moved' && depth < 8; depth++) {
        if (!motionOf(doc, item)) return null;
        item = typeof item.part === 'string' ? itemAt(doc, item.part) : undefined;
    }
    return item?.kind === 'piece' && typeof item.of === 'string' ? item : null;
}

function faceOf(doc: Doc, name: unknown, surfacesOf: SurfacesOf): Face | null {
    const motions = motionsOf(doc, name, surfacesOf);
    const item = pieceOf(doc, name);
    if (!motions || !item) return null;
    const saw = itemAt(doc, String(item.of));
    if (typeof saw?.part !== 'string' || (item.side !== 'above' && item.side !== 'below')) return null;
    const up = item.side === 'above';
    const surfaces = surfacesOf(saw.part);
    const lies = wedgeOf(doc, saw, surfacesOf);
    if (lies && !lies.opens && up) {
        /* a closing wedge has a second plane, which comes down on the first */
        const second = turn(lies.plane.normal, lies.wedge.about, (lies.deg * Math.PI) / 180);
        const centre = middleIn(surfaces, lies.hinge, second);
        return centre && { centre, outward: scale(second, -1), motions };
    }
    const plane = saw.kind === 'cut' ? planeOf(doc, saw.plane) : lies?.plane;
    const centre = plane && middleIn(surfaces, plane.point, plane.normal);
    if (!centre) return null;
    const kerf = lies ? lies.kerf : typeof saw.kerf_mm === 'number' ? saw.kerf_mm : 0;
    return { centre: along(centre, plane.normal, up ? kerf / 2 : -kerf / 2), outward: scale(plane.normal, up ? -1 : 1), motions };
}

/* Between the two faces of one cut, taken as flat, at the middle: a preview. */
/* A piece of a dome: on which side of the half cylinder it lies, and how it moves. */
interface Shell {
    dome: Dome;
    /* of its own face */
    radius_mm: number;
    beyond: boolean;
    surfaces: Surface[];
    motions: Motion[];
}

function shellOf(doc: Doc, name: unknown, surfacesOf: SurfacesOf): Shell | null {
    const motions = motionsOf(doc, name, surfacesOf);
    const piece = motions && pieceOf(doc, name);
    const saw = piece && itemAt(doc, String(piece.of));
    if (!motions || saw?.kind !== 'dome' || typeof saw.part !== 'string' || typeof saw.radius_mm !== 'number' || !isPlace(saw.towards)) return null;
    const axis = axisOf(doc, saw.axis);
    const surfaces = surfacesOf(saw.part);
    const box = boxOf(surfaces);
    const dome = axis && box && domeAt(axis, saw.towards, saw.radius_mm, box);
    if (!piece || !dome || (piece.side !== 'above' && piece.side !== 'below')) return null;
    const beyond = piece.side === 'above';
    const half = typeof saw.kerf_mm === 'number' ? saw.kerf_mm / 2 : 0;
    return { dome, radius_mm: saw.radius_mm + (beyond ? half : -half), beyond, surfaces, motions };
}

/* Out from the dome's axis at a place: square to it, in mm. */
function outFrom({ middle, along: way }: Dome, place: Vec3): Vec3 {
    const d = sub(place, middle);
    return along(d, way, -dot(d, way));
}

/* Along the radius, where the first one's face has the other's before it; sideways how far their middles went. */
function betweenShells(a: Shell, b: Shell): Between | null {
    let gap = 0;
    let count = 0;
    let slid: Vec3 = [0, 0, 0];
    for (const place of placesOn(a.dome, a.surfaces)) {
        const on = along(place, unit(outFrom(a.dome, place)), a.radius_mm - a.dome.radius_mm);
        const here = b.motions.reduceRight<Vec3>((at, one) => movedBack(one, at), a.motions.reduce<Vec3>((at, one) => moved(one, at), on));
        const out = outFrom(b.dome, here);
        if (dot(out, b.dome.towards) <= 0) continue;
        count++;
        gap += (b.radius_mm - length(out)) * (b.beyond ? 1 : -1);
        slid = add(slid, sub(here, on));
    }
    if (!count) return null;
    const crown = a.dome.towards;
    const way = scale(slid, 1 / count);
    return { gap_mm: gap / count, sideways_mm: length(along(way, crown, -dot(way, crown))), angle_deg: null };
}

export function between(doc: Doc, item: Obj, surfacesOf: SurfacesOf): Between | null {
    const inner = shellOf(doc, item.a, surfacesOf);
    const outer = shellOf(doc, item.b, surfacesOf);
    if (inner && outer) return inner.beyond === outer.beyond ? null : betweenShells(inner, outer);
    const a = faceOf(doc, item.a, surfacesOf);
    const b = faceOf(doc, item.b, surfacesOf);
    if (!a || !b) return null;
    const placed = (face: Face): Vec3 => face.motions.reduce<Vec3>((place, one) => moved(one, place), face.centre);
    const faced = (face: Face): Vec3 => face.motions.reduce<Vec3>((way, one) => turned(one, way), face.outward);
    const out = faced(a);
    const d = sub(placed(b), placed(a));
    const gap = dot(d, out);
    const facing = Math.min(1, Math.max(-1, -dot(out, faced(b))));
    return { gap_mm: gap, sideways_mm: length(along(d, out, -gap)), angle_deg: (Math.acos(facing) * 180) / Math.PI };
}
