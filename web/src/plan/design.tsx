/* The design document of a case: parts as forms or as text, checked before it is sent, made by jobs. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { flushSync } from 'react-dom';
import { ask, Refusal } from '../api/client';
import { label, say } from '../case/language';
import { CaseTabs } from '../ui/case';
import { DesignSolid } from '../handle/design_solid';
import type { Edit } from '../handle/handles';
import type { PageProps } from '../ui/pages';
import { useLoaded } from '../ui/use';
import { change, fresh, keep, keptOf, readDoc, redo, stateOf, typed, undo, type Kept, type State } from './board';
import {
    addAll,
    addFile,
    addPart,
    blank,
    check,
    filesOf,
    isObject,
    kindOf,
    partsOf,
    previewCell,
    removePart,
    renamePart,
    setAt,
    shownFirst,
    type Doc,
    type Problem,
} from './document';
import { Editor } from './editor';
import { fieldId, Members, named, type Board } from './fields';
import { JobState, useWork } from './jobs';
import { pathText, type Json, type Path } from './json';
import { AddPart } from './kinds';
import { documentOf, isPreview } from './outcome';
import './plan.css';
import { Outcome, Record as OnRecord, Versions } from './result';
import { lineOf, Problems } from './problems';
import { readSchema, type DesignSchema, type RawSchema } from './schema';
import { cancelJob, ended, filesOfCase, jobsOfCase, readText, sendText, type CaseFile, type Job, type JobRequest } from './work';

const meshEnding = /\.(stl|3mf|ply|obj|off|amf|glb|gltf|vtk|wrl)$/i;

interface Found {
    schema: DesignSchema;
    files: CaseFile[];
    jobs: Job[];
}

async function find(caseId: string, signal: AbortSignal): Promise<Found> {
    const [raw, files, jobs] = await Promise.all([
        ask<RawSchema>('GET', '/design/schema', { signal }),
        filesOfCase(caseId, signal),
        jobsOfCase(caseId, signal),
    ]);
    return { schema: readSchema(raw), files, jobs: jobs.filter((job) => job.command === 'design' && documentOf(job)) };
}

/* ---- the document's own form */

function Whole({ doc, schema, board }: { doc: Doc; schema: DesignSchema; board: Board }): ReactElement {
    const make: Json[] = Array.isArray(doc.make) ? doc.make : [];
    const shown = isObject(doc.show);
    return (
        <>
            <div className="member text">
                <label className="name" htmlFor={fieldId(['title'])}>
                    {say('标题', 'Title')} <code>title</code>
                </label>
                <input
                    id={fieldId(['title'])}
                    className="text"
                    autoComplete="off"
                    value={typeof doc.title === 'string' ? doc.title : ''}
                    onChange={(event) => board.set(['title'], event.target.value || undefined)}
                />
            </div>
            <h3>
                {say('要生成的', 'What is made')} <code>make</code>
            </h3>
            <div className="items-of" id={fieldId(['make'])} tabIndex={-1}>
                {make.map((one, i) => (
                    <fieldset key={i}>
                        <legend>
                            {say('输出', 'Output')} {i + 1}
                            <Button
                                size="small"
                                aria-label={say(`去掉输出 ${i + 1}`, `Remove output ${i + 1}`)}
                                onClick={() => board.set(['make', i], undefined)}
                            >
                                ×
                            </Button>
                        </legend>
                        <Members members={schema.make} value={one} path={['make', i]} board={board} />
                    </fieldset>
                ))}
                <Button size="small" onClick={() => board.set(['make', make.length], blank(schema.make, board.parts))}>
                    + {say('输出', 'output')}
                </Button>
            </div>
            <h3>
                {say('图片', 'Picture')} <code>show</code>
            </h3>
            {shown ? (
                <>
                    <Members members={schema.show} value={doc.show} path={['show']} board={board} />
                    <Button size="small" onClick={() => board.set(['show'], undefined)}>
                        {say('恢复默认视角', 'Back to the usual view')}
                    </Button>
                </>
            ) : (
                <Button size="small" onClick={() => board.set(['show'], { parts: shownFirst(doc, schema) })}>
                    {say('选择视角和一并显示的部件', 'Choose the view and what is shown beside')}
                </Button>
            )}
        </>
    );
}

function OnePart(props: {
    name: string;
    doc: Doc;
    schema: DesignSchema;
    board: Board;
    rename: (to: string) => boolean;
    remove: () => void;
}): ReactElement {
    const part = partsOf(props.doc)[props.name];
    const kind = kindOf(props.schema, part);
    const [name, setName] = useState(props.name);
    const [taken, setTaken] = useState(false);
    useEffect(() => setName(props.name), [props.name]);
    const others = { ...props.board, parts: props.board.parts.filter((one) => one !== props.name) };
    if (!part) return <></>;
    return (
        <>
            <div className="row apart parthead">
                <span className="row">
                    <label htmlFor="part-name">{say('名称', 'Name')}</label>
                    <Input
                        id="part-name"
                        autoComplete="off"
                        value={name}
                        status={taken ? 'error' : ''}
                        onChange={(event) => {
                            setName(event.target.value);
                            setTaken(false);
                        }}
                        onBlur={() => setTaken(name !== props.name && !props.rename(name))}
                        onPressEnter={() => setTaken(name !== props.name && !props.rename(name))}
                    />
                    {taken && <span className="fault">{say('名称为空或已被使用', 'empty, or taken already')}</span>}
                </span>
                <Button size="small" onClick={props.remove}>
                    {say('删除部件', 'Delete the part')}
                </Button>
            </div>
            <p className="hint">
                <code>{kind?.name ?? String(part.kind)}</code> {kind && label(kind)}
            </p>
            {kind ? (
                <Members members={kind.members} value={part} path={['parts', props.name]} board={others} />
            ) : (
                <p className="fault">{say('没有这种部件：请在文本中改正 kind', 'There is no such kind: mend it in the text')}</p>
            )}
        </>
    );
}

/* ---- sending */

function requestOf(doc: Doc, name: string, sha256: string, found: Found, preview: boolean): JobRequest | string {
    const inputs: Record<string, string> = { [`${name}.json`]: sha256 };
    for (const use of filesOf(doc, found.schema)) {
        const file = use.sha256 ?? found.files.filter((one) => one.name === use.path).pop()?.sha256;
        if (!file) return use.path;
        inputs[use.path] = file;
    }
    const base = preview ? `${name}.preview` : name;
    const outputs = [`${base}.3mf`, `${base}.png`];
    const cell = preview ? ['--cell', `${previewCell(doc, found.schema)}mm`] : [];
    return {
        command: 'design',
        inputs,
        arguments: [`${name}.json`, '-o', outputs[0]!, '--picture', outputs[1]!, ...cell],
        outputs,
    };
}

/* ---- the page */

function PartNames(props: {
    doc: Doc;
    schema: DesignSchema;
    problems: Problem[];
    chosen: string | null;
    choose: (name: string | null) => void;
}): ReactElement {
    const count = (of: (path: Path) => boolean): number => props.problems.filter((one) => of(one.path)).length;
    const row = (name: string | null, text: string, more: string, wrong: number): ReactElement => (
        <li key={name ?? ''}>
            <button type="button" aria-current={props.chosen === name || undefined} onClick={() => props.choose(name)}>
                <span>{text}</span>
                <span className="hint">{more}</span>
                {wrong > 0 && (
                    <span className="tag warn" title={say('需要填写或改正', 'to be filled in or mended')}>
                        {wrong}
                    </span>
                )}
            </button>
        </li>
    );
    return (
        <ul className="partnames">
            {row(
                null,
                say('整个文档', 'The document'),
                say('标题、输出、图片', 'title, outputs, picture'),
                count((path) => path[0] !== 'parts'),
            )}
            {Object.entries(partsOf(props.doc)).map(([name, part]) => {
                const kind = kindOf(props.schema, part);
                return row(
                    name,
                    name,
                    kind ? named(kind).name : String(part.kind),
                    count((path) => path[0] === 'parts' && path[1] === name),
                );
            })}
        </ul>
    );
}

function Design({ caseId, found, reload }: { caseId: string; found: Found; reload: () => void }): ReactElement {
    const { schema } = found;
    const [kept, setKept] = useState<Kept>(() => keptOf(caseId));
    const [chosen, choose] = useState<string | null>(null);
    const [asText, showText] = useState(false);
    const [adding, setAdding] = useState(false);
    const [tried, setTried] = useState(false);
    const [shown, show] = useState<Job | null>(null);
    const [fileMissing, setFileMissing] = useState('');
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [sending, setSending] = useState(false);
    const [line, setLine] = useState<{ number: number } | null>(null);
    const work = useWork(caseId);
    const { now } = kept.history;
    const { doc } = now;
    const nameGood = /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,80}$/u.test(kept.name);
    const read = useMemo(() => readDoc(now.text), [now.text]);
    const problems = useMemo(() => check(doc, schema), [doc, schema]);
    const names = Object.keys(partsOf(doc));
    const here = chosen !== null && names.includes(chosen) ? chosen : null;
    const models = found.files.filter((file) => meshEnding.test(file.name) && !/\.preview\./.test(file.name));

    useEffect(() => {
        const timer = setTimeout(() => keep(caseId, kept), 150);
        return () => clearTimeout(timer);
    }, [caseId, kept]);
    useEffect(() => {
        const leave = (): void => keep(caseId, kept);
        addEventListener('pagehide', leave);
        return () => removeEventListener('pagehide', leave);
    }, [caseId, kept]);

    const to = (state: State, tag = ''): void => setKept((old) => ({ ...old, history: change(old.history, state, tag) }));
    const toDoc = (next: Doc, tag = ''): void => to(stateOf(next), tag);
    /* one pull is one step back, however long it takes */
    const pull = (edits: Edit[], since: number): void =>
        setKept((old) => {
            const next = addAll(old.history.now.doc, edits);
            return { ...old, history: change(old.history, stateOf(next), `pull ${since}`, since) };
        });
    const step = (which: typeof undo): void => setKept((old) => ({ ...old, history: which(old.history) }));
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

    /* what goes on since before a reload; else what was made last */
    useEffect(() => {
        const newest = found.jobs[0];
        if (newest && !ended(newest)) void work.follow(newest).then((job) => job?.state === 'done' && show(job));
        show((old) => old ?? found.jobs.find((job) => job.state === 'done') ?? null);
    }, [found.jobs]);

    const board: Board = {
        parts: names,
        files: models,
        problems: read.fault ? [] : problems,
        set: (path, value) => toDoc(setAt(doc, path, value), pathText(path)),
    };
    const goTo = (problem: Problem): void => {
        const at = lineOf(problem, read.lines);
        if (asText && at) {
            setLine({ number: at });
            return;
        }
        flushSync(() => {
            showText(false);
            choose(problem.path[0] === 'parts' && typeof problem.path[1] === 'string' ? problem.path[1] : null);
        });
        for (let length = problem.path.length; length > 0; length--) {
            const field = document.getElementById(fieldId(problem.path.slice(0, length)));
            if (!field) continue;
            field.closest('details')?.setAttribute('open', '');
            field.focus();
            return;
        }
    };

    const send = async (): Promise<string> => {
        if (kept.sent?.text === now.text && kept.sent.name === kept.name) return kept.sent.sha256;
        const { sha256 } = await sendText(caseId, `${kept.name}.json`, now.text);
        setKept((old) => ({ ...old, sent: { text: now.text, name: old.name, sha256 } }));
        return sha256;
    };
    const evaluate = async (whole: boolean): Promise<void> => {
        setTried(true);
        setFileMissing('');
        setRefusal(null);
        if (read.fault || problems.length) return;
        setSending(true);
        try {
            const sha256 = await send();
            for (const preview of whole ? [true, false] : [true]) {
                const request = requestOf(doc, kept.name, sha256, found, preview);
                if (typeof request === 'string') {
                    setFileMissing(request);
                    return;
                }
                const job = await work.run(request);
                if (job?.state !== 'done') return;
                show(job);
                reload();
            }
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
        } finally {
            setSending(false);
        }
    };
    /* After a pull, a moment later; what runs for an older document is given up. */
    const [pulls, setPulls] = useState(0);
    const [auto, setAuto] = useState(true);
    /* how it goes is said beside the solid: nothing above it may come and go under the hand */
    const [quiet, setQuiet] = useState(false);
    const preview = async (): Promise<void> => {
        if (!auto || read.fault || problems.length || !nameGood) return;
        const running = work.job && !ended(work.job) ? work.job : null;
        if (running && !isPreview(running)) return;
        if (running) await cancelJob(running).catch(() => undefined);
        setQuiet(true);
        await evaluate(false);
    };
    const latest = useRef(preview);
    latest.current = preview;
    useEffect(() => {
        if (!pulls) return undefined;
        const timer = setTimeout(() => void latest.current(), 400);
        return () => clearTimeout(timer);
    }, [pulls]);
    const load = async (job: Job): Promise<void> => {
        const document = documentOf(job)!;
        try {
            to(typed(now, await readText(caseId, document.sha256)));
            setKept((old) => ({ ...old, name: document.name.replace(/\.json$/, '') }));
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
        }
    };
    const wrongLines = new Set<number>(
        read.fault ? [read.fault.line] : problems.map((one) => lineOf(one, read.lines)).filter((one) => one !== undefined),
    );
    const asked = (whole: boolean): void => {
        setQuiet(false);
        void evaluate(whole);
    };
    const busy = sending || work.busy;
    const of = shown ? documentOf(shown)!.sha256 : '';
    const [made, setMade] = useState({ of: '', text: '' });
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
    const ofThis = (kept.sent?.sha256 === of && kept.sent.text === now.text) || (made.of === of && made.text === now.text);
    const jobState = <JobState work={work} name={work.job && isPreview(work.job) ? say('预览', 'Preview') : say('评估', 'Evaluation')} />;
    return (
        <>
            <div className="toolbar row">
                <label htmlFor="doc-name">{say('文档', 'Document')}</label>
                <Input
                    id="doc-name"
                    className="docname"
                    autoComplete="off"
                    suffix=".json"
                    value={kept.name}
                    status={nameGood ? '' : 'error'}
                    onChange={(event) => setKept({ ...kept, name: event.target.value })}
                />
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
                <Button disabled={!names.length} onClick={() => to(fresh().history.now)}>
                    {say('清空', 'Clear')}
                </Button>
                <span className="grow" />
                <Button disabled={busy || !nameGood} onClick={() => asked(false)}>
                    {say('预览', 'Preview')}
                </Button>
                <Button type="primary" disabled={busy || !nameGood} onClick={() => asked(true)}>
                    {say('评估', 'Evaluate')}
                </Button>
            </div>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {fileMissing && (
                <Alert
                    type="error"
                    showIcon
                    message={say(`病例中没有文件“${fileMissing}”：请先上传，或另选文件`, `The case has no file "${fileMissing}": upload it, or choose another`)}
                />
            )}
            {!quiet && jobState}
            <div className="board">
                <div>
                    <div className="card">
                        <PartNames doc={doc} schema={schema} problems={board.problems} chosen={here} choose={choose} />
                        <div className="row tight">
                            <Button onClick={() => setAdding(true)}>+ {say('添加部件', 'Add a part')}</Button>
                        </div>
                        {models.length > 0 && (
                            <>
                                <h3 className="above">{say('病例的模型文件', 'Models of the case')}</h3>
                                <ul className="models">
                                    {models.slice(-8).map((file) => (
                                        <li key={file.number}>
                                            <Button
                                                size="small"
                                                onClick={() => {
                                                    const made = addFile(doc, schema, file);
                                                    toDoc(made.doc);
                                                    choose(made.name);
                                                }}
                                            >
                                                + {file.name}
                                            </Button>
                                        </li>
                                    ))}
                                </ul>
                            </>
                        )}
                    </div>
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
                    <div className="card">
                        {asText ? (
                            <Editor text={now.text} wrong={wrongLines} line={line} set={(text) => to(typed(now, text), 'text')} />
                        ) : here !== null ? (
                            <OnePart
                                key={here}
                                name={here}
                                doc={doc}
                                schema={schema}
                                board={board}
                                rename={(name) => {
                                    const next = renamePart(doc, schema, here, name);
                                    if (!next) return false;
                                    toDoc(next);
                                    choose(name);
                                    return true;
                                }}
                                remove={() => {
                                    toDoc(removePart(doc, here));
                                    choose(null);
                                }}
                            />
                        ) : names.length ? (
                            <Whole doc={doc} schema={schema} board={board} />
                        ) : (
                            <div className="empty">
                                <p>
                                    {say(
                                        '先添加一个部件：病例的骨模型，或要设计的器械。',
                                        'Begin with a part: a bone of the case, or the device to design.',
                                    )}
                                </p>
                                <Button type="primary" onClick={() => setAdding(true)}>
                                    {say('添加部件', 'Add a part')}
                                </Button>
                            </div>
                        )}
                    </div>
                </div>
                <div>
                    <DesignSolid
                        caseId={caseId}
                        doc={doc}
                        schema={schema}
                        files={found.files}
                        part={here}
                        shown={shown}
                        old={!ofThis}
                        computing={busy}
                        lacking={problems.length}
                        auto={auto}
                        setAuto={setAuto}
                        edit={pull}
                        settled={() => setPulls((n) => n + 1)}
                        state={quiet ? jobState : null}
                    />
                    {shown ? (
                        <>
                            <Outcome job={shown} />
                            {!isPreview(shown) && <OnRecord key={shown.id} job={shown} />}
                        </>
                    ) : (
                        <div className="card empty">{say('评估后这里显示图片、检查和文件', 'Picture, checks and files are shown here once it is evaluated')}</div>
                    )}
                    {found.jobs.some((job) => job.state === 'done') && (
                        <Versions
                            caseId={caseId}
                            jobs={found.jobs.filter((job) => job.state === 'done' && (!isPreview(job) || job === found.jobs.find(isPreview) || job.id === shown?.id))}
                            shown={shown}
                            open={show}
                            load={(job) => void load(job)}
                        />
                    )}
                </div>
            </div>
            <AddPart
                open={adding}
                schema={schema}
                close={() => setAdding(false)}
                add={(kind) => {
                    const made = addPart(doc, schema, kind);
                    toDoc(made.doc);
                    choose(made.name);
                    setAdding(false);
                    showText(false);
                }}
            />
        </>
    );
}

export default function DesignPage({ parts }: PageProps): ReactElement {
    const caseId = parts.case!;
    const found = useLoaded<Found>((signal) => find(caseId, signal), [caseId]);
    return (
        <>
            <div className="row apart">
                <h1>{say('设计', 'Design')}</h1>
            </div>
            <CaseTabs id={caseId} now="design" />
            {found.refusal && !found.data && <Alert type="error" showIcon role="alert" message={found.refusal.message} />}
            {!found.data && !found.refusal && <p role="status">{say('正在打开…', 'Opening…')}</p>}
            {found.data && <Design caseId={caseId} found={found.data} reload={found.reload} />}
        </>
    );
}
