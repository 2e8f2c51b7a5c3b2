/* The solid of a plan: bones, pieces as the last job made them, moved at once where a handle moves them. */
import { useEffect, useMemo, useRef, type ReactElement } from 'react';
import { say } from '../case/language';
import { isObject, type Doc, type Obj } from '../plan/document';
import { doubtOf } from '../plan/doubt';
import { outputsOf } from '../plan/outcome';
import { itemsOf, neededBy, type PlanSchema, type Room } from '../plan/plan_doc';
import { resultItems } from '../plan/plan_results';
import type { CaseFile, Job } from '../plan/work';
import type { Vec3 } from '../view/geometry';
import type { ModelHead } from '../view/format';
import type { Stage } from '../view/stage';
import type { Surface } from '../view/surface';
import { extentOf, useBodies, type Bodies, type Body, type Solid } from './bodies';
import { arrowsOf, brought, destinationsOf, notYetMoved, type Destination } from './destination';
import type { Edit } from './handles';
import { between, motionsOf, planHandles, replaced, wedgeNow } from './of_plan';
import { boxOf } from './osteotomy';
import { armFor, NotShown, SolidHead, SolidView } from './solid';

const boneRgb: [number, number, number] = [230, 220, 195];
const colours: [number, number, number][] = [
    [214, 160, 96],
    [96, 168, 214],
    [150, 196, 120],
    [206, 128, 170],
    [170, 150, 220],
];

/* What a reduction lays fragments on. */
function ontoOf(doc: Doc): Set<unknown> {
    return new Set(Object.values(itemsOf(doc)).filter((item) => item.kind === 'reduction').map((item) => item.onto));
}

function bonesOf(doc: Doc, files: readonly CaseFile[], cutAway: boolean, reduced: boolean): { bodies: Body[]; askew: string[] } {
    const bodies: Body[] = [];
    const askew: string[] = [];
    const items = itemsOf(doc);
    const onto = reduced ? ontoOf(doc) : new Set<unknown>();
    const isCut = (name: string): boolean => Object.values(items).some((one) => ['cut', 'dome', 'wedge'].includes(String(one.kind)) && one.part === name);
    for (const [name, item] of Object.entries(items)) {
        const ref = item.file;
        if (item.kind !== 'mesh' || !isObject(ref)) continue;
        const file = files.filter((one) => (ref.sha256 === undefined ? one.name === ref.path : one.sha256 === ref.sha256)).pop();
        if (!file) continue;
        if ((ref.unit !== undefined && ref.unit !== 'mm') || (ref.axes !== undefined && ref.axes !== 'LPS' && ref.axes !== 'LPH')) askew.push(name);
        else bodies.push({ id: `part:${name}`, file, rgb: boneRgb, opacity: cutAway && isCut(name) ? 0.12 : onto.has(name) ? 0.2 : 1, visible: true });
    }
    return { bodies, askew };
}

/* Pieces stand whole; one that was moved on is a shade where it was; what is within bone shows through. */
function looksOf(doc: Doc): NonNullable<Body['looks']> {
    const out: NonNullable<Body['looks']> = {};
    const items = Object.entries(itemsOf(doc));
    const onwards = new Set(items.filter(([, item]) => item.kind === 'moved').map(([, item]) => item.part));
    const cutOn = new Set(items.filter(([, item]) => ['cut', 'dome', 'wedge'].includes(String(item.kind))).map(([, item]) => item.part));
    const onto = ontoOf(doc);
    let count = 0;
    for (const [name, item] of items) {
        if (!['piece', 'moved', 'mirrored', 'trajectory', 'search'].includes(String(item.kind))) continue;
        const rgb = colours[count++ % colours.length]!;
        const hidden = cutOn.has(name);
        out[name] = { rgb, visible: !hidden, opacity: onwards.has(name) ? 0.15 : item.kind === 'mirrored' ? (onto.has(name) ? 0.2 : 0.5) : 1 };
    }
    return out;
}

export interface PlanBodies extends Bodies {
    askew: string[];
    /* where the last job's registrations and reductions would bring their parts */
    destinations: Destination[];
}

const thereRgb: [number, number, number] = [120, 208, 150];

/* Parts where they would come to lie; what they are laid on is glass. */
function useDestinations(stage: Stage, doc: Doc, shown: Job | null, old: boolean, solids: readonly Solid[]): Destination[] {
    const all = useMemo(() => (shown ? destinationsOf(doc, resultItems(shown)) : []), [doc, shown]);
    const now = notYetMoved(doc, all);
    const key = JSON.stringify(now.map(({ part, rows }) => [part, rows]));
    useEffect(() => {
        const parts = now.flatMap(({ part, rows }) => ownAmong(solids, part).map(({ surface }) => ({ name: part, surface: brought(surface, rows) })));
        if (!parts.length) return undefined;
        const head: ModelHead = {
            kind: 'model',
            maps: [],
            parts: parts.map(({ name, surface }) => ({
                name,
                rgba: [...thereRgb, 204],
                tol_mm: 0,
                box_mm: boxOf([surface])! as [Vec3, Vec3],
                levels: [{ vertices: surface.pos.length / 3, triangles: surface.tri.length / 3, positions: 0, indices: 0, maps: {} }],
            })),
        };
        stage.openModel('there', head, true);
        parts.forEach(({ surface }, part) => {
            for (const coarse of [true, false]) stage.takeLevel('there', { part, coarse, pos: surface.pos.slice(), tri: surface.tri.slice(), maps: {} });
        });
        return () => stage.closeModel('there');
    }, [stage, key, solids]);
    useEffect(() => {
        if (!stage.parts.get().some((part) => part.model === 'there')) return;
        stage.parts.update((parts) => parts.map((part) => (part.model === 'there' ? { ...part, opacity: old ? 0.25 : 0.8 } : part)));
    }, [stage, key, solids, old]);
    return all;
}

export function usePlanBodies(stage: Stage, caseId: string, doc: Doc, madeDoc: Doc | null, files: readonly CaseFile[], shown: Job | null, old: boolean): PlanBodies {
    const model = shown && outputsOf(shown).find((file) => file.name.endsWith('.3mf'));
    const { bodies: bones, askew } = useMemo(() => bonesOf(doc, files, !!model, !!shown), [doc, files, !!model, !!shown]);
    const bodies: Body[] = [...bones];
    /* pieces of a plane that has been moved since are shown as glass until the job has made them anew */
    const sameCuts = !old || (madeDoc !== null && cutsOf(doc) === cutsOf(madeDoc));
    if (model)
        bodies.push({
            id: 'made',
            file: { ...model, media: '', number: 0 } as CaseFile,
            rgb: colours[0]!,
            opacity: 0.3,
            visible: true,
            ...(sameCuts ? { looks: looksOf(doc) } : {}),
        });
    const found = useBodies(stage, caseId, bodies);
    /* moved at once: by what the document says now, from what it said when they were made */
    const applied = useRef(new Map<string, string>());
    useEffect(() => {
        if (!madeDoc) return;
        const surfacesOf = (part: string): Surface[] => surfacesAmong(found.solids, part);
        for (const solid of found.solids) {
            if (solid.body !== 'made') continue;
            const was = motionsOf(madeDoc, solid.part, surfacesOf);
            const is = motionsOf(doc, solid.part, surfacesOf);
            if (!was || !is) continue;
            const now = JSON.stringify(is);
            const have = applied.current.get(`${solid.sha256} ${solid.index}`) ?? JSON.stringify(was);
            if (now === have) continue;
            applied.current.set(`${solid.sha256} ${solid.index}`, now);
            for (const coarse of [false, true]) {
                const { pos, tri } = replaced(solid.surface, was, is);
                stage.takeLevel('made', { part: solid.index, coarse, pos, tri, maps: {} });
            }
        }
    }, [stage, doc, madeDoc, found.solids]);
    const destinations = useDestinations(stage, doc, shown, old, found.solids);
    return { ...found, askew, destinations };
}

/* Everything that decides where cuts lie; how far a wedge opens does not. */
function cutsOf(doc: Doc): string {
    const deciding = Object.entries(itemsOf(doc)).filter(([, item]) => ['mesh', 'plane', 'cut', 'dome', 'wedge', 'piece'].includes(String(item.kind)));
    return JSON.stringify(deciding.map(([name, item]) => [name, item.kind === 'wedge' && item.how === 'opening' ? { ...item, angle_deg: 0 } : item]));
}

function bonesAmong(solids: readonly Solid[]): Solid[] {
    return solids.filter((one) => one.body !== 'made');
}

/* A part's own, as given or as the last job made it. */
function ownAmong(solids: readonly Solid[], part: string | undefined): Solid[] {
    return part ? solids.filter((one) => one.body === `part:${part}` || (one.body === 'made' && one.part === part)) : [];
}

/* The same; else all bones. */
function surfacesAmong(solids: readonly Solid[], part: string | undefined): Surface[] {
    const own = ownAmong(solids, part);
    return (own.length ? own : bonesAmong(solids)).map((one) => one.surface);
}

export function roomOf(solids: readonly Solid[], bone: string | undefined): Room {
    const own = solids.filter((one) => one.body === `part:${bone}` || (one.body === 'made' && one.part === bone));
    return extentOf(own.length ? own : bonesAmong(solids));
}

export function PlanSolid(props: {
    stage: Stage;
    doc: Doc;
    schema: PlanSchema;
    chosen: string | null;
    bodies: PlanBodies;
    result: Job | null;
    old: boolean;
    computing: boolean;
    lacking: number;
    auto: boolean;
    setAuto: (on: boolean) => void;
    edit: (edits: Edit[], since: number) => void;
    settled: () => void;
    state: ReactElement;
}): ReactElement {
    const { doc, schema, bodies } = props;
    const { solids } = bodies;
    const there = useMemo(() => extentOf(bonesAmong(solids)), [solids]);
    const surfacesOf = (part: string | undefined): Surface[] => surfacesAmong(solids, part);
    const middleOf = (part: string): Vec3 | null => {
        const own = solids.filter((one) => (one.body === 'made' && one.part === part) || one.body === `part:${part}`);
        return own.length ? extentOf(own).middle : solids.length ? there.middle : null;
    };
    const handles = useMemo(() => {
        const out = planHandles(doc, schema, props.chosen, armFor(there.size), middleOf, surfacesOf);
        out.lines.push(...arrowsOf(bodies.destinations, props.chosen === null ? null : neededBy(doc, schema, props.chosen)));
        return out;
    }, [doc, schema, props.chosen, solids, bodies.destinations]);
    return (
        <section className="card" aria-label={say('立体与手柄', 'Solid with handles')}>
            <SolidHead auto={props.auto} setAuto={props.setAuto} after={say('拖动后自动计算', 'Compute after each drag')} />
            <SolidView
                stage={props.stage}
                solids={solids}
                surfacesOf={surfacesOf}
                handles={handles}
                edit={props.edit}
                settled={props.settled}
                doing={bodies.doing}
                failure={bodies.failure}
            />
            <NotShown names={bodies.askew} />
            {props.state}
            <LiveFaces {...props} surfacesOf={surfacesOf} />
            <LiveWedges {...props} surfacesOf={surfacesOf} />
            <Destinations all={bodies.destinations} old={props.old || props.computing} />
        </section>
    );
}

/* A number as a preview has it, and as the job's result names it. */
interface Column {
    title: string;
    quick: string;
    made: string;
    unit: string;
}

/* What is shown at once while somebody pulls, over what the job computed. */
function QuickAndMade(props: {
    what: string;
    columns: readonly Column[];
    quick: readonly { name: string; now: object | null }[];
    made: Record<string, Obj>;
    old: boolean;
}): ReactElement {
    const { columns, quick, made } = props;
    const of = (numbers: object | null | undefined, name: string): unknown => (numbers as Obj | null | undefined)?.[name];
    return (
        <div className="scroll">
            <table className="list livefaces">
                <thead>
                    <tr>
                        <th scope="col">{props.what}</th>
                        {columns.map((one) => (
                            <th key={one.quick} scope="col">
                                {one.title}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {quick.map(({ name, now }) => (
                        <tr key={`${name} quick`} data-quick={name}>
                            <th scope="row">
                                {name} <span className="tag info">{say('预览', 'preview')}</span>
                            </th>
                            {columns.map((one) => (
                                <td key={one.quick}>{cell(of(now, one.quick), one.unit)}</td>
                            ))}
                        </tr>
                    ))}
                    {quick.map(({ name }) => (
                        <tr key={`${name} made`} data-made={name} className={props.old ? 'oldrow' : ''}>
                            <th scope="row">
                                {name} {say('计算值', 'computed')}
                            </th>
                            {columns.map((one) => (
                                <td key={one.quick}>{cell(of(made[name], one.made), one.unit)}</td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

/* Of a wedge, as it is pulled and as the job computed it. */
function LiveWedges(props: { doc: Doc; result: Job | null; old: boolean; computing: boolean; bodies: PlanBodies; surfacesOf: (part: string) => Surface[] }): ReactElement | null {
    const { doc } = props;
    const wedges = Object.entries(itemsOf(doc)).filter(([, item]) => item.kind === 'wedge');
    const quick = useMemo(
        () => wedges.map(([name, item]) => ({ name, now: wedgeNow(doc, item, props.surfacesOf) })),
        [doc, props.bodies.solids],
    );
    if (!wedges.length) return null;
    const made = props.result ? resultItems(props.result) : {};
    const columns: Column[] = [
        { title: say('远端楔高', 'Height at the far side'), quick: 'height_mm', made: 'height_mm', unit: ' mm' },
        { title: say('楔角', 'Angle'), quick: 'angle_deg', made: 'turned_deg', unit: '°' },
        { title: say('截骨深度', 'Depth of the cut'), quick: 'reach_mm', made: 'reach_mm', unit: ' mm' },
    ];
    return <QuickAndMade what={say('楔形', 'Wedge')} columns={columns} quick={quick} made={made} old={props.old || props.computing} />;
}

/* What is shown in green, in words: how far each part goes and how well it then lies. */
function Destinations({ all, old }: { all: readonly Destination[]; old: boolean }): ReactElement | null {
    const fragments = all.filter((one) => one.way);
    if (!fragments.length) return null;
    const share = (value: unknown): string => (typeof value === 'number' ? `${Math.round(value * 100)} %` : '—');
    return (
        <div className="scroll">
            <table className="list livefaces">
                <thead>
                    <tr>
                        <th scope="col">{say('骨折块（绿色为复位后）', 'Fragment (green: reduced)')}</th>
                        <th scope="col">{say('移动', 'Moved')}</th>
                        <th scope="col">{say('转动', 'Turned')}</th>
                        <th scope="col">{say('偏差（均方根）', 'Off by, rms')}</th>
                        <th scope="col">{say('不确定度（最弱方向）', 'Uncertain by (weakest)')}</th>
                        <th scope="col">{say('断面相接', 'Faces that meet')}</th>
                    </tr>
                </thead>
                <tbody>
                    {fragments.map(({ by, part, said }) => (
                        <tr key={`${by} ${part}`} data-fragment={part} className={old ? 'oldrow' : ''}>
                            <th scope="row">
                                {part} {say('计算值', 'computed')}
                            </th>
                            <td>{cell(said.moved_mm, ' mm')}</td>
                            <td>{cell(said.turned_deg, '°')}</td>
                            <td>{typeof said.rms_mm === 'number' ? `${said.rms_mm.toFixed(2)} mm` : '—'}</td>
                            <td data-doubt={part}>{weakest(said)}</td>
                            <td>{share(said.met_share)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

/* Without the axes: those stand with the results. A warning is marked. */
function weakest(said: Obj): string {
    const doubt = doubtOf(said);
    if (!doubt) return '—';
    const [turn, shift] = [doubt.turn, doubt.shift].map((one) => one.replace(/ \(.*/, ''));
    return `${turn} ${shift}${doubt.warnings.length ? ' ⚠' : ''}`;
}

function cell(value: unknown, unit: string): string {
    return typeof value === 'number' ? `${value.toFixed(1)}${unit}` : '—';
}

/* Gap and angle at once, as a preview, beside what the job computed. */
function LiveFaces(props: {
    doc: Doc;
    result: Job | null;
    old: boolean;
    computing: boolean;
    lacking: number;
    bodies: PlanBodies;
    surfacesOf: (part: string) => Surface[];
}): ReactElement | null {
    const { doc } = props;
    const faces = Object.entries(itemsOf(doc)).filter(([, item]) => item.kind === 'faces');
    const quick = useMemo(
        () => faces.map(([name, item]) => ({ name, now: between(doc, item, props.surfacesOf) })),
        [doc, props.bodies.solids],
    );
    const made = props.result ? resultItems(props.result) : {};
    const state = props.computing
        ? say('正在计算…', 'Being computed…')
        : props.lacking
          ? say(`还有 ${props.lacking} 处未填，填完后计算`, `${props.lacking} still to be filled in before it is computed`)
          : props.old && props.result
            ? say('计算结果不是当前计划的', 'What was computed is not of the plan as it is now')
            : '';
    const old = props.old || props.computing;
    const columns: Column[] = [
        { title: say('间隙', 'Gap'), quick: 'gap_mm', made: 'gap_mean_mm', unit: ' mm' },
        { title: say('夹角', 'Angle'), quick: 'angle_deg', made: 'angle_deg', unit: '°' },
        { title: say('侧移 / 台阶', 'Sideways / step'), quick: 'sideways_mm', made: 'step_mean_mm', unit: ' mm' },
    ];
    return (
        <>
            <div className="hint" role="status" data-live={props.computing ? 'computing' : props.old ? 'old' : 'new'}>
                {state}
            </div>
            {faces.length > 0 && <QuickAndMade what={say('截面', 'Faces')} columns={columns} quick={quick} made={made} old={old} />}
        </>
    );
}
