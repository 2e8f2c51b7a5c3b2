/* The design document of a case: parts as forms or as text, checked before it is sent, made by jobs. */
import { Alert, Button } from 'antd';
import { useMemo, useRef, useState, type ReactElement } from 'react';
import { flushSync } from 'react-dom';
import { ask, Refusal } from '../api/client';
import { label, say } from '../case/language';
import { CaseTabs } from '../ui/case';
import { DesignSolid } from '../handle/design_solid';
import type { PageProps } from '../ui/pages';
import { useLoaded } from '../ui/use';
import { typed } from './board';
import { DeskBar, focusMember, Hindrance, ModelButtons, modelsOf, NameRow, TextFault, TitleField, useDesk, useMadeOf, usePulls, useShown } from './desk';
import {
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
import { documentOf, isPreview, newestPreview } from './outcome';
import './plan.css';
import { Outcome, Record as OnRecord, Versions } from './result';
import { lineOf, Problems } from './problems';
import { readSchema, type DesignSchema, type RawSchema } from './schema';
import { cancelJob, ended, filesOfCase, jobsOfCase, readText, sendText, type CaseFile, type Job, type JobRequest } from './work';

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
            <TitleField doc={doc} set={board.set} />
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
    const others = { ...props.board, parts: props.board.parts.filter((one) => one !== props.name) };
    if (!part) return <></>;
    return (
        <>
            <NameRow id="part-name" name={props.name} rename={props.rename} remove={props.remove} removes={say('删除部件', 'Delete the part')} />
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
    const desk = useDesk(caseId, 'design');
    const { kept, now, doc, read, nameGood, update, to, toDoc, pull } = desk;
    const [chosen, choose] = useState<string | null>(null);
    const [asText, showText] = useState(false);
    const [adding, setAdding] = useState(false);
    const [tried, setTried] = useState(false);
    const [fileMissing, setFileMissing] = useState('');
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [sending, setSending] = useState(false);
    const [line, setLine] = useState<{ number: number } | null>(null);
    const work = useWork(caseId);
    const [shown, show] = useShown(found.jobs, work, reload);
    const problems = useMemo(() => check(doc, schema), [doc, schema]);
    const names = Object.keys(partsOf(doc));
    const here = chosen !== null && names.includes(chosen) ? chosen : null;
    const models = modelsOf(found.files);

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
        focusMember(problem.path);
    };

    /* A document that is only previewed is no record: its name says so. */
    const send = async (whole: boolean): Promise<string> => {
        if (kept.sent?.text === now.text && kept.sent.name === kept.name) return kept.sent.sha256;
        const name = whole ? kept.name : `${kept.name}.preview`;
        const { sha256 } = await sendText(caseId, `${name}.json`, now.text);
        update({ sent: { text: now.text, name, sha256 } });
        return sha256;
    };
    const wholeAsked = useRef(0); /* somebody waits for the whole result: no preview gives that up */
    const turn = useRef(0); /* a document that took longer to send than the next one is not asked for */
    const evaluate = async (whole: boolean): Promise<void> => {
        setTried(true);
        setFileMissing('');
        setRefusal(null);
        if (read.fault || problems.length) return;
        setSending(true);
        wholeAsked.current += whole ? 1 : 0;
        try {
            const own = ++turn.current;
            const sha256 = await send(whole);
            if (own !== turn.current) return;
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
            wholeAsked.current -= whole ? 1 : 0;
            setSending(false);
        }
    };
    /* After a pull, a moment later; what runs for an older document is given up. */
    const [auto, setAuto] = useState(true);
    /* how it goes is said beside the solid: nothing above it may come and go under the hand */
    const [quiet, setQuiet] = useState(false);
    const preview = async (): Promise<void> => {
        if (!auto || read.fault || problems.length || !nameGood) return;
        const running = work.job && !ended(work.job) ? work.job : null;
        if (wholeAsked.current > 0 || (running && !isPreview(running))) return;
        if (running) await cancelJob(running).catch(() => undefined);
        setQuiet(true);
        await evaluate(false);
    };
    const settled = usePulls(preview);
    const load = async (job: Job): Promise<void> => {
        const document = documentOf(job)!;
        try {
            to(typed(now, await readText(caseId, document.sha256)));
            update({ name: document.name.replace(/\.json$/, '') });
            show(job);
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
    const { of, text: madeOf } = useMadeOf(caseId, shown);
    const ofThis = (kept.sent?.sha256 === of && kept.sent.text === now.text) || madeOf === now.text;
    const jobState = <JobState work={work} name={work.job && isPreview(work.job) ? say('预览', 'Preview') : say('评估', 'Evaluation')} />;
    return (
        <>
            <DeskBar name={say('文档', 'Document')} desk={desk} asText={asText} showText={showText} empty={!names.length}>
                <Button disabled={busy || !nameGood} onClick={() => asked(false)}>
                    {say('预览', 'Preview')}
                </Button>
                <Button type="primary" disabled={busy || !nameGood} onClick={() => asked(true)}>
                    {say('评估', 'Evaluate')}
                </Button>
            </DeskBar>
            <Hindrance refusal={refusal} missing={fileMissing} />
            {!quiet && jobState}
            <div className="board">
                <div>
                    <div className="card">
                        <PartNames doc={doc} schema={schema} problems={board.problems} chosen={here} choose={choose} />
                        <div className="row tight">
                            <Button onClick={() => setAdding(true)}>+ {say('添加部件', 'Add a part')}</Button>
                        </div>
                        <ModelButtons
                            files={models}
                            add={(file) => {
                                const made = addFile(doc, schema, file);
                                toDoc(made.doc);
                                choose(made.name);
                            }}
                        />
                    </div>
                </div>
                <div>
                    {read.fault && <TextFault fault={read.fault} />}
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
                        settled={settled}
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
                            jobs={found.jobs.filter((job) => job.state === 'done' && (!isPreview(job) || job === newestPreview(found.jobs) || job.id === shown?.id))}
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
