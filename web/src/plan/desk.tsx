/* What the pages of designs and of plans share: a document as form and as text with its steps back,
 * kept over reloads; the result it belongs to; what is computed after a pull. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { Refusal } from '../api/client';
import { say } from '../case/language';
import type { Edit } from '../handle/handles';
import { change, fresh, keep, keptOf, readDoc, redo, stateOf, undo, type DocKind, type Kept, type State } from './board';
import { addAll, type Doc } from './document';
import { fieldId } from './fields';
import type { JsonFault, Path } from './json';
import { documentOf } from './outcome';
import { ended, readText, type CaseFile, type Job } from './work';
import type { Work } from './jobs';

const meshEnding = /\.(stl|3mf|ply|obj|off|amf|glb|gltf|vtk|wrl)$/i;

/* Models of the case; what previews made is none. */
export function modelsOf(files: CaseFile[]): CaseFile[] {
    return files.filter((file) => meshEnding.test(file.name) && !/\.preview\./.test(file.name));
}

export interface Desk {
    kept: Kept;
    now: State;
    doc: Doc;
    read: ReturnType<typeof readDoc>;
    /* may the document be called so? */
    nameGood: boolean;
    update: (part: Partial<Kept>) => void;
    to: (state: State, tag?: string) => void;
    toDoc: (next: Doc, tag?: string) => void;
    /* one pull is one step back, however long it takes */
    pull: (edits: Edit[], since: number) => void;
    step: (which: typeof undo) => void;
    clear: () => void;
}

export function useDesk(caseId: string, what: DocKind): Desk {
    const [kept, setKept] = useState<Kept>(() => keptOf(caseId, what));
    const { now } = kept.history;
    const read = useMemo(() => readDoc(now.text), [now.text]);
    useEffect(() => {
        const leave = (): void => keep(caseId, kept, what);
        const timer = setTimeout(leave, 150);
        addEventListener('pagehide', leave);
        return () => {
            clearTimeout(timer);
            removeEventListener('pagehide', leave);
        };
    }, [caseId, kept, what]);
    const to = (state: State, tag = ''): void => setKept((old) => ({ ...old, history: change(old.history, state, tag) }));
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
    return {
        kept,
        now,
        doc: now.doc,
        read,
        nameGood: /^[\p{L}\p{N}_][\p{L}\p{N}_. -]{0,80}$/u.test(kept.name),
        update: (part) => setKept((old) => ({ ...old, ...part })),
        to,
        toDoc: (next, tag) => to(stateOf(next), tag),
        pull: (edits, since) =>
            setKept((old) => ({ ...old, history: change(old.history, stateOf(addAll(old.history.now.doc, edits)), `pull ${since}`, since) })),
        step,
        clear: () => to(fresh(what).history.now),
    };
}

/* The job whose result is shown: what goes on since before the page was opened, else what was made
 * last. `reload` asks for the jobs again: one that ended is a version more. */
export function useShown(jobs: Job[], work: Work, reload: () => void): [Job | null, (job: Job) => void] {
    const [shown, show] = useState<Job | null>(null);
    useEffect(() => {
        const newest = jobs[0];
        if (newest && !ended(newest))
            void work.follow(newest).then((job) => {
                if (job?.state !== 'done') return;
                show(job);
                reload();
            });
        show((old) => old ?? jobs.find((job) => job.state === 'done') ?? null);
    }, [jobs]);
    return [shown, show];
}

/* The document a result was made of: its digest, "" without a result, and its text, null until
 * that has come. */
export function useMadeOf(caseId: string, shown: Job | null): { of: string; text: string | null } {
    const [made, setMade] = useState({ of: '', text: '' });
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
    return { of, text: of && made.of === of ? made.text : null };
}

/* Says that a pull has ended: a moment after the last one `compute` runs, as it then is. */
export function usePulls(compute: () => Promise<void>): () => void {
    const [pulls, setPulls] = useState(0);
    const latest = useRef(compute);
    latest.current = compute;
    useEffect(() => {
        if (!pulls) return undefined;
        const timer = setTimeout(() => void latest.current(), 400);
        return () => clearTimeout(timer);
    }, [pulls]);
    return () => setPulls((n) => n + 1);
}

/* To the field of a member, or of what it is in; it must be drawn already (flushSync). */
export function focusMember(path: Path): void {
    for (let length = path.length; length > 0; length--) {
        const field = document.getElementById(fieldId(path.slice(0, length)));
        if (!field) continue;
        field.closest('details')?.setAttribute('open', '');
        field.focus();
        return;
    }
}

/* `children`: the buttons that compute. */
export function DeskBar(props: {
    name: string;
    desk: Desk;
    asText: boolean;
    showText: (on: boolean) => void;
    empty: boolean;
    children: ReactNode;
}): ReactElement {
    const { desk } = props;
    return (
        <div className="toolbar row">
            <label htmlFor="doc-name">{props.name}</label>
            <Input
                id="doc-name"
                className="docname"
                autoComplete="off"
                suffix=".json"
                value={desk.kept.name}
                status={desk.nameGood ? '' : 'error'}
                onChange={(event) => desk.update({ name: event.target.value })}
            />
            <div className="tabs" role="group" aria-label={say('显示方式', 'Shown as')}>
                <button type="button" aria-pressed={!props.asText} onClick={() => props.showText(false)}>
                    {say('表单', 'Form')}
                </button>
                <button type="button" aria-pressed={props.asText} onClick={() => props.showText(true)}>
                    {say('文本', 'Text')}
                </button>
            </div>
            <Button disabled={!desk.kept.history.past.length} onClick={() => desk.step(undo)} title="Ctrl+Z">
                {say('撤销', 'Undo')}
            </Button>
            <Button disabled={!desk.kept.history.future.length} onClick={() => desk.step(redo)} title="Ctrl+Shift+Z">
                {say('重做', 'Redo')}
            </Button>
            <Button disabled={props.empty} onClick={desk.clear}>
                {say('清空', 'Clear')}
            </Button>
            <span className="grow" />
            {props.children}
        </div>
    );
}

/* Why nothing was computed. */
export function Hindrance({ refusal, missing }: { refusal: Refusal | null; missing: string }): ReactElement {
    return (
        <>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {missing && (
                <Alert
                    type="error"
                    showIcon
                    message={say(`病例中没有文件“${missing}”：请先上传，或另选文件`, `The case has no file "${missing}": upload it, or choose another`)}
                />
            )}
        </>
    );
}

export function TextFault({ fault }: { fault: JsonFault }): ReactElement {
    return (
        <Alert
            type="error"
            showIcon
            message={say(`第 ${fault.line} 行：${fault.zh}`, `Line ${fault.line}: ${fault.en}`)}
            description={say('表单仍是此前能读出的内容', 'The form still has what could be read before')}
        />
    );
}

export function ModelButtons({ files, add }: { files: CaseFile[]; add: (file: CaseFile) => void }): ReactElement | null {
    if (!files.length) return null;
    return (
        <>
            <h3 className="above">{say('病例的模型文件', 'Models of the case')}</h3>
            <ul className="models">
                {files.slice(-8).map((file) => (
                    <li key={file.number}>
                        <Button size="small" onClick={() => add(file)}>
                            + {file.name}
                        </Button>
                    </li>
                ))}
            </ul>
        </>
    );
}

/* The document's own name. */
export function TitleField({ doc, set }: { doc: Doc; set: (path: Path, value: string | undefined) => void }): ReactElement {
    return (
        <div className="member text">
            <label className="name" htmlFor={fieldId(['title'])}>
                {say('标题', 'Title')} <code>title</code>
            </label>
            <input
                id={fieldId(['title'])}
                className="text"
                autoComplete="off"
                value={typeof doc.title === 'string' ? doc.title : ''}
                onChange={(event) => set(['title'], event.target.value || undefined)}
            />
        </div>
    );
}

/* A part's or an item's name, which can be changed to one that is free. Drawn anew for each. */
export function NameRow(props: { id: string; name: string; rename: (to: string) => boolean; remove: () => void; removes: string }): ReactElement {
    const [name, setName] = useState(props.name);
    const [taken, setTaken] = useState(false);
    const done = (): void => setTaken(name !== props.name && !props.rename(name));
    return (
        <div className="row apart parthead">
            <span className="row">
                <label htmlFor={props.id}>{say('名称', 'Name')}</label>
                <Input
                    id={props.id}
                    autoComplete="off"
                    value={name}
                    status={taken ? 'error' : ''}
                    onChange={(event) => {
                        setName(event.target.value);
                        setTaken(false);
                    }}
                    onBlur={done}
                    onPressEnter={done}
                />
                {taken && <span className="fault">{say('名称为空或已被使用', 'empty, or taken already')}</span>}
            </span>
            <Button size="small" onClick={props.remove}>
                {props.removes}
            </Button>
        </div>
    );
}
