/* The plan of a case: cuts with pieces moved by hand, ways of screws, mirror planes, reductions; made by jobs. */
import { Alert, Button } from 'antd';
import { useMemo, useRef, useState, type ReactElement } from 'react';
import { flushSync } from 'react-dom';
import { ask, Refusal } from '../api/client';
import { label, say } from '../case/language';
import { me } from '../case/session';
import { PlanSolid, roomOf, usePlanBodies } from '../handle/plan_solid';
import { useStage } from '../handle/design_solid';
import { CaseTabs } from '../ui/case';
import type { PageProps } from '../ui/pages';
import { useLoaded } from '../ui/use';
import { readDoc, typed } from './board';
import { DeskBar, focusMember, Hindrance, ModelButtons, modelsOf, NameRow, TextFault, TitleField, useDesk, useMadeOf, usePulls, useShown } from './desk';
import { setAt, type Doc, type Obj } from './document';
import { Editor } from './editor';
import { Members, named, type Board } from './fields';
import { Files, JobState, useWork } from './jobs';
import { pathText } from './json';
import { documentOf, outputsOf } from './outcome';
import './plan.css';
import {
    addBone,
    addCut,
    addItem,
    addMirror,
    addScrew,
    checkPlan,
    itemsOf,
    kindOfItem,
    namesFor,
    readPlanSchema,
    removeItem,
    renameItem,
    requestOfPlan,
    type PlanSchema,
    type RawPlanSchema,
} from './plan_doc';
import { PlanResults } from './plan_results';
import { lineOf, Problems } from './problems';
import { Record as OnRecord } from './result';
import { cancelJob, ended, filesOfCase, jobsOfCase, readText, sendText, type CaseFile, type Job } from './work';

interface Found {
    schema: PlanSchema;
    files: CaseFile[];
    jobs: Job[];
}

async function find(caseId: string, signal: AbortSignal): Promise<Found> {
    const [raw, files, jobs] = await Promise.all([
        ask<RawPlanSchema>('GET', '/plan/schema', { signal }),
        filesOfCase(caseId, signal),
        jobsOfCase(caseId, signal),
    ]);
    return { schema: readPlanSchema(raw), files, jobs: jobs.filter((job) => job.command === 'plan' && documentOf(job) && !job.request.arguments.includes('--accept')) };
}

const groups: [string, string, string][] = [
    ['part', '骨与骨块', 'Bones and pieces'],
    ['place', '标志点', 'Landmarks'],
    ['plane', '平面', 'Planes'],
    ['axis', '轴线与路径', 'Axes and ways'],
    ['region', '区域', 'Regions'],
    ['cut', '截骨', 'Cuts'],
    ['motion', '配准与复位', 'Registrations'],
    ['scan', '扫描', 'Scans'],
    ['result', '测量与结果', 'Measures'],
];

function Items(props: { doc: Doc; schema: PlanSchema; wrong: (name: string) => number; chosen: string | null; choose: (name: string | null) => void }): ReactElement {
    const items = Object.entries(itemsOf(props.doc));
    const sortOf = (item: Obj): string => kindOfItem(props.schema, item)?.sort ?? 'result';
    return (
        <>
            <ul className="partnames">
                <li>
                    <button type="button" aria-current={props.chosen === null || undefined} onClick={() => props.choose(null)}>
                        <span>{say('整个计划', 'The plan')}</span>
                    </button>
                </li>
            </ul>
            {groups.map(([sort, zh, en]) => {
                const own = items.filter(([, item]) => sortOf(item) === sort);
                if (!own.length) return null;
                return (
                    <div key={sort}>
                        <h3>{say(zh, en)}</h3>
                        <ul className="partnames">
                            {own.map(([name, item]) => {
                                const kind = kindOfItem(props.schema, item);
                                const wrong = props.wrong(name);
                                return (
                                    <li key={name}>
                                        <button type="button" aria-current={props.chosen === name || undefined} onClick={() => props.choose(name)}>
                                            <span>{name}</span>
                                            <span className="hint">{kind ? named(kind).name : String(item.kind)}</span>
                                            {wrong > 0 && (
                                                <span className="tag warn" title={say('需要填写或改正', 'to be filled in or mended')}>
                                                    {wrong}
                                                </span>
                                            )}
                                        </button>
                                    </li>
                                );
                            })}
                        </ul>
                    </div>
                );
            })}
        </>
    );
}

function OneItem(props: { name: string; doc: Doc; schema: PlanSchema; board: Board; rename: (to: string) => boolean; remove: () => void }): ReactElement {
    const item = itemsOf(props.doc)[props.name];
    const kind = kindOfItem(props.schema, item);
    if (!item) return <></>;
    return (
        <>
            <NameRow id="item-name" name={props.name} rename={props.rename} remove={props.remove} removes={say('删除', 'Delete')} />
            <p className="hint">
                <code>{kind?.name ?? String(item.kind)}</code> {kind && label(kind)}
            </p>
            {kind ? (
                <Members members={kind.members} value={item} path={['items', props.name]} board={props.board} />
            ) : (
                <p className="fault">{say('没有这一种：请在文本中改正 kind', 'There is no such kind: mend it in the text')}</p>
            )}
        </>
    );
}

function Plan({ caseId, found, reload }: { caseId: string; found: Found; reload: () => void }): ReactElement {
    const { schema } = found;
    const desk = useDesk(caseId, 'plan');
    const { kept, now, doc, read, nameGood, update, to, toDoc, pull } = desk;
    const [chosen, choose] = useState<string | null>(null);
    const [asText, showText] = useState(false);
    const [tried, setTried] = useState(false);
    const [fileMissing, setFileMissing] = useState('');
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [sending, setSending] = useState(false);
    const [line, setLine] = useState<{ number: number } | null>(null);
    const [auto, setAuto] = useState(true);
    const [more, setMore] = useState('');
    const work = useWork(caseId);
    const stage = useStage(caseId);
    const [shown, show] = useShown(found.jobs, work, reload);
    const problems = useMemo(() => checkPlan(doc, schema), [doc, schema]);
    const items = itemsOf(doc);
    const here = chosen !== null && items[chosen] ? chosen : null;
    /* the newest of each name, without what plans made */
    const own = new Set(found.jobs.flatMap((job) => job.request.outputs));
    const models = [
        ...new Map(
            modelsOf(found.files).filter((file) => !own.has(file.name)).map((file) => [file.name, file]),
        ).values(),
    ];

    const { text: madeOf } = useMadeOf(caseId, shown);
    const ofThis = madeOf === now.text;
    const madeDoc = useMemo(() => (madeOf === null ? null : (readDoc(madeOf).doc ?? null)), [madeOf]);
    const planBodies = usePlanBodies(stage, caseId, doc, madeDoc, found.files, shown, !ofThis);

    const board: Board = {
        parts: Object.keys(items),
        namesFor: (member) => namesFor(doc, schema, member, here ?? undefined),
        files: models,
        problems: read.fault ? [] : problems,
        set: (path, value) => toDoc(setAt(doc, path, value), pathText(path)),
    };
    const goTo = (problem: (typeof problems)[number]): void => {
        const at = lineOf(problem, read.lines);
        if (asText && at) {
            setLine({ number: at });
            return;
        }
        flushSync(() => {
            showText(false);
            choose(problem.path[0] === 'items' && typeof problem.path[1] === 'string' ? problem.path[1] : null);
        });
        focusMember(problem.path);
    };

    const guarded = async (what: () => Promise<void>): Promise<void> => {
        setFileMissing('');
        setRefusal(null);
        setSending(true);
        try {
            await what();
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
        } finally {
            setSending(false);
        }
    };
    const turn = useRef(0); /* a document that took longer to send than the next one is not asked for */
    const evaluate = (): Promise<void> =>
        guarded(async () => {
            const own = ++turn.current;
            const { sha256 } = await sendText(caseId, `${kept.name}.json`, now.text);
            if (own !== turn.current) return;
            const request = requestOfPlan(doc, kept.name, sha256, found.files);
            if (typeof request === 'string') {
                setFileMissing(request);
                return;
            }
            const job = await work.run(request);
            if (job?.state !== 'done') return;
            show(job);
            reload();
        });
    const asked = (): void => {
        setTried(true);
        if (!read.fault && !problems.length) void evaluate();
    };
    /* a registration takes effect once a person accepts it: the command looks at it again and says so */
    const accept = (item: string): Promise<void> =>
        guarded(async () => {
            const { sha256 } = await sendText(caseId, `${kept.name}.json`, now.text);
            const request = requestOfPlan(doc, kept.name, sha256, found.files);
            if (typeof request === 'string') return setFileMissing(request);
            const out = `${kept.name}.accepted.json`;
            const by = me.get()?.person.name ?? '';
            const job = await work.run({ ...request, arguments: [`${kept.name}.json`, '--accept', item, '--by', by, '-o', out], outputs: [out] });
            const file = job?.state === 'done' ? outputsOf(job).find((one) => one.name === out) : undefined;
            if (!file) return;
            to(typed(now, await readText(caseId, file.sha256)));
            settled();
        });
    const live = async (): Promise<void> => {
        if (!auto || read.fault || problems.length || !nameGood) return;
        const running = work.job && !ended(work.job) ? work.job : null;
        if (running) await cancelJob(running).catch(() => undefined);
        await evaluate();
    };
    const settled = usePulls(live);
    const load = (job: Job): Promise<void> =>
        guarded(async () => {
            const document_ = documentOf(job)!;
            to(typed(now, await readText(caseId, document_.sha256)));
            update({ name: document_.name.replace(/\.json$/, '') });
        });

    const parts = Object.entries(items).filter(([, item]) => kindOfItem(schema, item)?.sort === 'part');
    const bone = parts.find(([name]) => name === here)?.[0] ?? parts.find(([, item]) => item.kind === 'mesh')?.[0];
    const task = (add: (from: Doc, part: string) => { doc: Doc; name: string }): void => {
        if (!bone) return;
        const next = add(doc, bone);
        toDoc(next.doc);
        choose(next.name);
        showText(false);
        settled();
    };
    const room = (): ReturnType<typeof roomOf> => roomOf(planBodies.solids, bone);
    const busy = sending || work.busy;
    const wrongLines = new Set<number>(read.fault ? [read.fault.line] : problems.map((one) => lineOf(one, read.lines)).filter((one) => one !== undefined));
    return (
        <>
            <DeskBar name={say('计划', 'Plan')} desk={desk} asText={asText} showText={showText} empty={!Object.keys(items).length}>
                <Button type="primary" disabled={busy || !nameGood} onClick={asked}>
                    {say('计算', 'Compute')}
                </Button>
            </DeskBar>
            <Hindrance refusal={refusal} missing={fileMissing} />
            <div className="board planning">
                <div>
                    <div className="card">
                        <h3>{say('添加', 'Add')}</h3>
                        <div className="row tight tasks">
                            <Button size="small" disabled={!bone} onClick={() => task((from, part) => addCut(from, part, room()))}>
                                {say('截骨', 'Cut')}
                            </Button>
                            <Button size="small" disabled={!bone} onClick={() => task((from, part) => addScrew(from, part, room()))}>
                                {say('螺钉或穿刺', 'Screw or needle')}
                            </Button>
                            <Button size="small" disabled={!bone} onClick={() => task(addMirror)}>
                                {say('镜像', 'Mirror')}
                            </Button>
                            <Button size="small" onClick={() => { const next = addItem(doc, schema, 'landmark'); toDoc(next.doc); choose(next.name); }}>
                                {say('标志点', 'Landmark')}
                            </Button>
                        </div>
                        <label className="above block">
                            <span className="hint">{say('其他', 'Others')}</span>{' '}
                            <select
                                className="choice"
                                aria-label={say('添加其他', 'Add another kind')}
                                value={more}
                                onChange={(event) => {
                                    setMore('');
                                    if (!event.target.value) return;
                                    const next = addItem(doc, schema, event.target.value);
                                    toDoc(next.doc);
                                    choose(next.name);
                                }}
                            >
                                <option value="">{say('选择…', 'Choose…')}</option>
                                {schema.kinds.map((kind) => (
                                    <option key={kind.name} value={kind.name}>
                                        {named(kind).name}
                                    </option>
                                ))}
                            </select>
                        </label>
                        <ModelButtons
                            files={models}
                            add={(file) => {
                                const next = addBone(doc, file);
                                toDoc(next.doc);
                                choose(next.name);
                            }}
                        />
                    </div>
                    {Object.keys(items).length > 0 && (
                        <div className="card">
                            <Items doc={doc} schema={schema} wrong={(name) => board.problems.filter((one) => one.path[0] === 'items' && one.path[1] === name).length} chosen={here} choose={choose} />
                        </div>
                    )}
                </div>
                <div>
                    {Object.keys(items).length ? (
                        <PlanSolid
                            stage={stage}
                            doc={doc}
                            schema={schema}
                            chosen={here}
                            bodies={planBodies}
                            result={shown}
                            old={!ofThis}
                            computing={busy}
                            lacking={problems.length}
                            auto={auto}
                            setAuto={setAuto}
                            edit={pull}
                            settled={settled}
                            state={<JobState work={work} name={say('计算', 'Computation')} />}
                        />
                    ) : (
                        <div className="card empty">
                            {models.length
                                ? say('先在左侧选一个骨模型，再点“截骨”或“螺钉或穿刺”。', 'Choose a bone at the left, then “Cut” or “Screw or needle”.')
                                : say('病例还没有模型：先从扫描重建骨，或上传模型。', 'The case has no model yet: reconstruct bone from its scan, or upload one.')}
                        </div>
                    )}
                </div>
                <div>
                    {read.fault && <TextFault fault={read.fault} />}
                    {(tried || asText) && !read.fault && <Problems problems={problems} lines={read.lines} go={goTo} />}
                    {(asText || Object.keys(items).length > 0) && (
                        <div className="card">
                            {asText ? (
                                <Editor text={now.text} wrong={wrongLines} line={line} set={(text) => to(typed(now, text), 'text')} />
                            ) : here !== null ? (
                                <OneItem
                                    key={here}
                                    name={here}
                                    doc={doc}
                                    schema={schema}
                                    board={board}
                                    rename={(name) => {
                                        const next = renameItem(doc, schema, here, name);
                                        if (!next) return false;
                                        toDoc(next);
                                        choose(name);
                                        return true;
                                    }}
                                    remove={() => {
                                        toDoc(removeItem(doc, here));
                                        choose(null);
                                    }}
                                />
                            ) : (
                                <>
                                    <TitleField doc={doc} set={board.set} />
                                    <p className="hint">{say('选中一项就能改它的数。', 'Choose an item to change its numbers.')}</p>
                                </>
                            )}
                        </div>
                    )}
                    {shown && (
                        <>
                            <PlanResults job={shown} old={!ofThis || busy} chosen={here} doc={doc} accept={(name) => void accept(name)} busy={busy} />
                            <div className="card">
                                <h3>{say('文件', 'Files')}</h3>
                                <Files caseId={caseId} files={outputsOf(shown)} />
                                {!ofThis && (
                                    <Button size="small" onClick={() => void load(shown)}>
                                        {say('取回这次计算的文档', 'Take the document of this result')}
                                    </Button>
                                )}
                            </div>
                            {ofThis && !busy && <OnRecord key={shown.id} job={shown} />}
                        </>
                    )}
                </div>
            </div>
        </>
    );
}

export default function PlanningPage({ parts }: PageProps): ReactElement {
    const caseId = parts.case!;
    const found = useLoaded<Found>((signal) => find(caseId, signal), [caseId]);
    return (
        <>
            <div className="row apart">
                <h1>{say('手术计划', 'Plan of surgery')}</h1>
            </div>
            <CaseTabs id={caseId} now="plan" />
            {found.refusal && !found.data && <Alert type="error" showIcon role="alert" message={found.refusal.message} />}
            {!found.data && !found.refusal && <p role="status">{say('正在打开…', 'Opening…')}</p>}
            {found.data && <Plan caseId={caseId} found={found.data} reload={found.reload} />}
        </>
    );
}
