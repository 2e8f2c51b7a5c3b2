/* The plan of a case: cuts with pieces moved by hand, ways of screws, mirror planes, reductions; made by jobs. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { ask, Refusal } from '../api/client';
import { label, say } from '../case/language';
import { me } from '../case/session';
import { PlanSolid, roomOf, usePlanBodies } from '../handle/plan_solid';
import type { Edit } from '../handle/handles';
import { useStage } from '../handle/design_solid';
import { CaseTabs } from '../ui/case';
import type { PageProps } from '../ui/pages';
import { useLoaded } from '../ui/use';
import { change, fresh, keep, keptOf, readDoc, redo, stateOf, typed, undo, type Kept, type State } from './board';
import { addAll, setAt, type Doc, type Obj } from './document';
import { Editor } from './editor';
import { fieldId, Members, named, type Board } from './fields';
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

const meshEnding = /\.(stl|3mf|ply|obj|off|amf|glb|gltf|vtk|wrl)$/i;

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
    const [name, setName] = useState(props.name);
    const [taken, setTaken] = useState(false);
    const done = (): void => setTaken(name !== props.name && !props.rename(name));
    if (!item) return <></>;
    return (
        <>
            <div className="row apart parthead">
                <span className="row">
                    <label htmlFor="item-name">{say('名称', 'Name')}</label>
                    <Input id="item-name" autoComplete="off" value={name} status={taken ? 'error' : ''} onChange={(event) => { setName(event.target.value); setTaken(false); }} onBlur={done} onPressEnter={done} />
                    {taken && <span className="fault">{say('名称为空或已被使用', 'empty, or taken already')}</span>}
                </span>
                <Button size="small" onClick={props.remove}>
                    {say('删除', 'Delete')}
                </Button>
            </div>
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
    const [kept, setKept] = useState<Kept>(() => keptOf(caseId, 'plan'));
    const [chosen, choose] = useState<string | null>(null);
    const [asText, showText] = useState(false);
    const [tried, setTried] = useState(false);
    const [shown, show] = useState<Job | null>(null);
    const [made, setMade] = useState({ of: '', text: '' });
    const [fileMissing, setFileMissing] = useState('');
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [sending, setSending] = useState(false);
    const [line, setLine] = useState<{ number: number } | null>(null);
    const [pulls, setPulls] = useState(0);
    const [auto, setAuto] = useState(true);
    const [more, setMore] = useState('');
    const work = useWork(caseId);
    const stage = useStage(caseId);
    const { now } = kept.history;
    const { doc } = now;
    const nameGood = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,80}$/u.test(kept.name);
    const read = useMemo(() => readDoc(now.text), [now.text]);
    const problems = useMemo(() => checkPlan(doc, schema), [doc, schema]);
    const items = itemsOf(doc);
    const here = chosen !== null && items[chosen] ? chosen : null;
    /* the newest of each name, without what plans made */
    const own = new Set(found.jobs.flatMap((job) => job.request.outputs));
    const models = [
        ...new Map(
            found.files.filter((file) => meshEnding.test(file.name) && !/\.preview\./.test(file.name) && !own.has(file.name)).map((file) => [file.name, file]),
        ).values(),
    ];

    useEffect(() => {
        const timer = setTimeout(() => keep(caseId, kept, 'plan'), 150);
        const leave = (): void => keep(caseId, kept, 'plan');
        addEventListener('pagehide', leave);
        return () => {
            clearTimeout(timer);
            removeEventListener('pagehide', leave);
        };
    }, [caseId, kept]);
    const to = (state: State, tag = ''): void => setKept((old) => ({ ...old, history: change(old.history, state, tag) }));
    const toDoc = (next: Doc, tag = ''): void => to(stateOf(next), tag);
    const pull = (edits: Edit[], since: number): void =>
        setKept((old) => ({ ...old, history: change(old.history, stateOf(addAll(old.history.now.doc, edits)), `pull ${since}`, since) }));
    const settled = (): void => setPulls((n) => n + 1);
    const step = (which: typeof undo): void => {
        setKept((old) => ({ ...old, history: which(old.history) }));
    };
    useEffect(() => {
        const press = (event: KeyboardEvent): void => {
            if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
            const key = event.key.toLowerCase();
            if (key !== 'z' && key !== 'y') return;
            event.preventDefault();
            step(key === 'y' || event.shiftKey ? redo : undo);
        };
        addEventListener('keydown', press);
        return () => removeEventListener('keydown', press);
    }, []);
    useEffect(() => {
        const newest = found.jobs[0];
        if (newest && !ended(newest)) void work.follow(newest).then((job) => job?.state === 'done' && show(job));
        show((old) => old ?? found.jobs.find((job) => job.state === 'done') ?? null);
    }, [found.jobs]);

    /* what the shown result was made of */
    const of = shown ? documentOf(shown)!.sha256 : '';
    useEffect(() => {
        if (!of) return undefined;
        const control = new AbortController();
        readText(caseId, of, control.signal).then(
            (text) => setMade({ of, text }),
            (failure: unknown) => {
                if (!control.signal.aborted && !(failure instanceof Refusal)) throw failure;
            },
        );
        return () => control.abort();
    }, [caseId, of]);
    const ofThis = of !== '' && made.of === of && made.text === now.text;
    const madeDoc = useMemo(() => (made.of === of && of ? (readDoc(made.text).doc ?? null) : null), [made, of]);
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
        showText(false);
        choose(problem.path[0] === 'items' && typeof problem.path[1] === 'string' ? problem.path[1] : null);
        setTimeout(() => {
            for (let length = problem.path.length; length > 0; length--) {
                const field = document.getElementById(fieldId(problem.path.slice(0, length)));
                if (!field) continue;
                field.closest('details')?.setAttribute('open', '');
                field.focus();
                return;
            }
        }, 50);
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
    const evaluate = (): Promise<void> =>
        guarded(async () => {
            const { sha256 } = await sendText(caseId, `${kept.name}.json`, now.text);
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
    const latest = useRef(live);
    latest.current = live;
    useEffect(() => {
        if (!pulls) return undefined;
        const timer = setTimeout(() => void latest.current(), 400);
        return () => clearTimeout(timer);
    }, [pulls]);
    const load = (job: Job): Promise<void> =>
        guarded(async () => {
            const document_ = documentOf(job)!;
            to(typed(now, await readText(caseId, document_.sha256)));
            setKept((old) => ({ ...old, name: document_.name.replace(/\.json$/, '') }));
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
            <div className="toolbar row">
                <label htmlFor="doc-name">{say('计划', 'Plan')}</label>
                <Input id="doc-name" className="docname" autoComplete="off" suffix=".json" value={kept.name} status={nameGood ? '' : 'error'} onChange={(event) => setKept({ ...kept, name: event.target.value })} />
                <div className="tabs" role="group" aria-label={say('显示方式', 'Shown as')}>
                    <button type="button" aria-pressed={!asText} onClick={() => showText(false)}>
                        {say('表单', 'Form')}
                    </button>
                    <button type="button" aria-pressed={asText} onClick={() => showText(true)}>
                        {say('文本', 'Text')}
                    </button>
                </div>
                <Button disabled={!kept.history.past.length} onClick={() => step(undo)} title="Ctrl+Z">
                    {say('撤销', 'Undo')}
                </Button>
                <Button disabled={!kept.history.future.length} onClick={() => step(redo)} title="Ctrl+Shift+Z">
                    {say('重做', 'Redo')}
                </Button>
                <Button disabled={!Object.keys(items).length} onClick={() => to(fresh('plan').history.now)}>
                    {say('清空', 'Clear')}
                </Button>
                <span className="grow" />
                <Button type="primary" disabled={busy || !nameGood} onClick={asked}>
                    {say('计算', 'Compute')}
                </Button>
            </div>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {fileMissing && <Alert type="error" showIcon message={say(`病例中没有文件“${fileMissing}”：请先上传，或另选文件`, `The case has no file "${fileMissing}": upload it, or choose another`)} />}
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
                        {models.length > 0 && (
                            <>
                                <h3 className="above">{say('病例的模型文件', 'Models of the case')}</h3>
                                <ul className="models">
                                    {models.slice(-8).map((file) => (
                                        <li key={file.number}>
                                            <Button size="small" onClick={() => { const next = addBone(doc, file); toDoc(next.doc); choose(next.name); }}>
                                                + {file.name}
                                            </Button>
                                        </li>
                                    ))}
                                </ul>
                            </>
                        )}
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
                    {read.fault && (
                        <Alert
                            type="error"
                            showIcon
                            message={say(`第 ${read.fault.line} 行：${read.fault.zh}`, `Line ${read.fault.line}: ${read.fault.en}`)}
                            description={say('表单仍是此前能读出的内容', 'The form still has what could be read before')}
                        />
                    )}
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
                                <div className="member text">
                                    <label className="name" htmlFor={fieldId(['title'])}>
                                        {say('标题', 'Title')} <code>title</code>
                                    </label>
                                    <input id={fieldId(['title'])} className="text" autoComplete="off" value={typeof doc.title === 'string' ? doc.title : ''} onChange={(event) => board.set(['title'], event.target.value || undefined)} />
                                    <p className="hint">{say('选中一项就能改它的数。', 'Choose an item to change its numbers.')}</p>
                                </div>
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
