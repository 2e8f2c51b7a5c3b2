/* The solid of a design: its bones, what was made last as glass, and the handles of the chosen part. */
import { useEffect, useMemo, type ReactElement } from 'react';
import { label, say } from '../case/language';
import { isObject, kindOf, partsOf, type Doc } from '../plan/document';
import { Verdict } from '../plan/jobs';
import { byWeight, isPreview, outputsOf, partsMade } from '../plan/outcome';
import type { DesignSchema } from '../plan/schema';
import type { CaseFile, Job } from '../plan/work';
import { Stage } from '../view/stage';
import type { Surface } from '../view/surface';
import { extentOf, useBodies, type Body } from './bodies';
import { handlesOf } from './of_design';
import { armFor, NotShown, SolidHead, SolidView } from './solid';
import { none, type Edit } from './handles';

export function useStage(caseId: string): Stage {
    const stage = useMemo(() => new Stage(), [caseId]);
    useEffect(() => {
        stage.outlines.set(false);
        /* for tests: the stage of the page that is open */
        (globalThis as { nuwaStage?: Stage }).nuwaStage = stage;
        return () => stage.close();
    }, [stage]);
    return stage;
}

const boneRgb: [number, number, number] = [230, 220, 195];
const madeRgb: [number, number, number] = [90, 169, 199];

/* Files that the parts read, as they stand in the case; what says that it lies otherwise is told. */
function bonesOf(doc: Doc, schema: DesignSchema, files: readonly CaseFile[]): { bodies: Body[]; askew: string[] } {
    const bodies: Body[] = [];
    const askew: string[] = [];
    for (const [name, part] of Object.entries(partsOf(doc))) {
        const member = kindOf(schema, part)?.members.find((one) => one.what === 'file');
        const ref = member && part[member.name];
        if (part.kind !== 'mesh' || !isObject(ref)) continue;
        const file = files.filter((one) => (ref.sha256 === undefined ? one.name === ref.path : one.sha256 === ref.sha256)).pop();
        if (!file) continue;
        if ((ref.unit !== undefined && ref.unit !== 'mm') || (ref.axes !== undefined && ref.axes !== 'LPS' && ref.axes !== 'LPH')) askew.push(name);
        else bodies.push({ id: `part:${name}`, file, rgb: boneRgb, opacity: 1, visible: true });
    }
    return { bodies, askew };
}

function colourOf(doc: Doc): [number, number, number] {
    const first = Array.isArray(doc.make) ? doc.make[0] : undefined;
    const hex = isObject(first) && typeof first.colour === 'string' ? /^#([0-9a-f]{6})$/i.exec(first.colour)?.[1] : undefined;
    if (!hex) return madeRgb;
    return [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
}

export function DesignSolid(props: {
    caseId: string;
    doc: Doc;
    schema: DesignSchema;
    files: CaseFile[];
    part: string | null;
    shown: Job | null;
    /* what is shown was made of another document than this */
    old: boolean;
    computing: boolean;
    /* places that are still to be filled in or mended */
    lacking: number;
    auto: boolean;
    setAuto: (on: boolean) => void;
    edit: (edits: Edit[], since: number) => void;
    settled: () => void;
    /* how the preview after a pull goes */
    state: ReactElement | null;
}): ReactElement | null {
    const { doc, schema, shown, old } = props;
    const stage = useStage(props.caseId);
    const { bodies: bones, askew } = useMemo(() => bonesOf(doc, schema, props.files), [doc, schema, props.files]);
    const model = shown && outputsOf(shown).find((file) => file.name.endsWith('.3mf'));
    const bodies: Body[] = [...bones];
    if (model)
        bodies.push({
            id: 'made',
            file: { ...model, media: '', number: 0 } as CaseFile,
            rgb: colourOf(doc),
            opacity: old ? 0.25 : 0.6,
            visible: true,
        });
    const { solids, doing, failure } = useBodies(stage, props.caseId, bodies);
    const there = useMemo(() => extentOf(solids), [solids]);
    const kind = props.part === null ? undefined : kindOf(schema, partsOf(doc)[props.part]);
    const handles = useMemo(
        () => (props.part === null ? none() : handlesOf(doc, kind, props.part, armFor(there.size), there.middle)),
        [doc, kind, props.part, there],
    );
    const surfacesOf = (part: string | undefined): Surface[] => {
        const own = solids.filter((one) => one.body === `part:${part}`);
        return (own.length ? own : solids.filter((one) => one.body !== 'made')).map((one) => one.surface);
    };
    if (!bodies.length && !askew.length && !handles.grips.length) return null;
    const chosen = props.part === null;
    return (
        <section className="card" aria-label={say('立体与手柄', 'Solid with handles')}>
            <SolidHead auto={props.auto} setAuto={props.setAuto} after={say('拖动后自动预览', 'Preview after each drag')} />
            <SolidView
                stage={stage}
                solids={solids}
                surfacesOf={surfacesOf}
                handles={handles}
                edit={props.edit}
                settled={props.settled}
                doing={doing}
                failure={failure}
                result={shown && !isPreview(shown) ? shown.id : undefined}
                {...(chosen ? { note: say('在左侧选中一个部件，它的手柄就显示在这里。', 'Choose a part at the left: its handles are shown here.') } : {})}
            />
            <NotShown names={askew} />
            {props.state}
            <LiveChecks {...props} />
        </section>
    );
}

/* What was checked of the last preview; old while another is being computed. */
function LiveChecks(props: { shown: Job | null; old: boolean; computing: boolean; lacking: number; auto: boolean }): ReactElement | null {
    const { shown, old } = props;
    const checks = shown ? partsMade(shown).flatMap((part) => part.checks) : [];
    const state = props.computing
        ? say('正在计算…', 'Being computed…')
        : props.lacking && old
          ? say(`还有 ${props.lacking} 处未填，填完后预览`, `${props.lacking} still to be filled in before a preview`)
          : old && shown
            ? say('不是当前文档的结果', 'Not of the document as it is now')
            : '';
    if (!checks.length && !state) return null;
    return (
        <section aria-label={say('检查', 'Checks')}>
            <div className="row apart above">
                <h3>
                    {say('检查', 'Checks')} {shown && isPreview(shown) && <span className="tag info">{say('预览', 'preview')}</span>}
                </h3>
                <span role="status" className="hint" data-live={props.computing ? 'computing' : old ? 'old' : 'new'}>
                    {state}
                </span>
            </div>
            <ul className={`livechecks${old || props.computing ? ' old' : ''}`}>
                {byWeight(checks).map((check, i) => (
                    <li key={`${check.code}${i}`}>
                        <Verdict of={check.verdict} />
                        <span>{label(check)}</span>
                    </li>
                ))}
            </ul>
        </section>
    );
}
