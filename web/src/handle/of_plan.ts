/* The handles of a plan, how its pieces move, and quick numbers of that: previews, which a job makes true. */
import type { Labelled } from '../case/language';
import type { Doc, Obj } from '../plan/document';
import type { Path } from '../plan/json';
import { itemAt, itemsOf, kindOfItem, neededBy, type PlanSchema } from '../plan/plan_doc';
import { add, along, cross, dot, length, scale, sub, turn, unit, type Vec3 } from '../view/geometry';
import { cut, type Surface } from '../view/surface';
import { across, boxLines, isPlace, none, square, turnBetween, written, writtenWay, type Grip, type Handles, type Line } from './handles';
import type { Hit } from './snap';

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

/* A surface as another motion has it: taken back from the one it lies in. */
export function replaced(surface: Surface, was: Motion, is: Motion): Surface {
    const pos = new Float32Array(surface.pos.length);
    for (let i = 0; i < pos.length; i += 3) {
        const to = moved(is, movedBack(was, [surface.pos[i]!, surface.pos[i + 1]!, surface.pos[i + 2]!]));
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
    const other = item.parallel_to === undefined ? null : planeOf(doc, item.parallel_to, depth + 1);
    return other && at(isPlace(item.point_mm) ? item.point_mm : other.point, other.normal);
}

/* ---- handles */

const names: Record<string, Labelled> = {
    normal: { zh: '方向', en: 'direction' },
    shift: { zh: '平移', en: 'shift' },
    turn: { zh: '转动', en: 'turn' },
};

function named(name: string, what?: Labelled): Labelled {
    return what ? { zh: `${name}：${what.zh}`, en: `${name}: ${what.en}` } : { zh: name, en: name };
}

function landmark(name: string, item: Obj, out: Handles): void {
    const path: Path = ['items', name, 'at_mm'];
    if (!isPlace(item.at_mm)) {
        const put = ([hit]: Hit[]): { path: Path; to: number[] }[] => [{ path, to: written(hit!.place_mm) }];
        if (item.at_mm === undefined) out.wanting.push({ key: `${name}.at_mm`, path, name: named(name), on: '', list: false, given: 0, put });
        return;
    }
    out.grips.push({
        key: `${name}.at_mm`,
        path,
        name: named(name),
        at: item.at_mm,
        going: { as: 'surface' },
        look: 'place',
        on: '',
        move: (to) => [{ path, to: written(to) }],
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
            move: (to) => [{ path: ['items', name, 'point_mm'], to: written(to) }],
        },
        {
            key: `${name}.normal`,
            path: ['items', name, 'normal'],
            name: named(name, names.normal),
            at: along(at, normal, arm),
            going: { as: 'ball', centre: at, radius: arm },
            look: 'tip',
            move: (to) => [{ path: ['items', name, 'normal'], to: writtenWay(sub(to, at)) }],
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
): Handles {
    const out = none();
    const items = itemsOf(doc);
    const shown = chosen !== null && items[chosen] ? neededBy(doc, schema, chosen) : null;
    for (const [name, item] of Object.entries(items)) {
        if (shown && !shown.has(name)) continue;
        if (item.kind === 'landmark') landmark(name, item, out);
        if (item.kind === 'plane') planeHandles(doc, name, item, arm, out);
        if (kindOfItem(schema, item)?.sort === 'axis') {
            const axis = axisOf(doc, name);
            if (axis) out.lines.push({ key: name, points: [axis.from, axis.to], arrow: true });
        }
        if (item.kind === 'region' && isPlace(item.min_mm) && isPlace(item.max_mm)) out.lines.push(...boxes(name, item.min_mm, item.max_mm, out));
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
    angle_deg: number;
}

interface Face {
    centre: Vec3;
    /* out of the piece */
    outward: Vec3;
    motion: Motion;
    kerf: number;
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

function faceOf(doc: Doc, name: unknown, surfacesOf: (part: string) => Surface[]): Face | null {
    let item = typeof name === 'string' ? itemAt(doc, name) : undefined;
    let motion: Motion | null = still;
    if (item?.kind === 'moved') {
        motion = motionOf(doc, item);
        item = typeof item.part === 'string' ? itemAt(doc, item.part) : undefined;
    }
    if (!motion || item?.kind !== 'piece' || typeof item.of !== 'string') return null;
    const saw = itemAt(doc, item.of);
    const plane = saw?.kind === 'cut' ? planeOf(doc, saw.plane) : null;
    if (!saw || !plane || typeof saw.part !== 'string') return null;
    const centre = surfacesOf(saw.part).map((one) => middleOfCut(one, plane.point, plane.normal)).find(Boolean);
    if (!centre) return null;
    const kerf = typeof saw.kerf_mm === 'number' ? saw.kerf_mm : 0;
    const up = item.side === 'above';
    return {
        centre: along(centre, plane.normal, up ? kerf / 2 : -kerf / 2),
        outward: scale(plane.normal, up ? -1 : 1),
        motion,
        kerf,
    };
}

/* Between the two faces of one cut, taken as flat, at the middle: a preview. */
export function between(doc: Doc, item: Obj, surfacesOf: (part: string) => Surface[]): Between | null {
    const a = faceOf(doc, item.a, surfacesOf);
    const b = faceOf(doc, item.b, surfacesOf);
    if (!a || !b) return null;
    const out = turned(a.motion, a.outward);
    const d = sub(moved(b.motion, b.centre), moved(a.motion, a.centre));
    const gap = dot(d, out);
    const facing = Math.min(1, Math.max(-1, -dot(out, turned(b.motion, b.outward))));
    return { gap_mm: gap, sideways_mm: length(along(d, out, -gap)), angle_deg: (Math.acos(facing) * 180) / Math.PI };
}
