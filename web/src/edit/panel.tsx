/* Correcting in the viewer: tools, the list of steps, and the job that makes them true. */
import { Alert, Button, InputNumber, Select, Switch } from 'antd';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { Refusal } from '../api/client';
import type { Cell } from '../case/cell';
import { say } from '../case/language';
import { JobState, useWork } from '../plan/jobs';
import { ended, jobsOfCase, sendText, type Job } from '../plan/work';
import { useCell } from '../ui/use';
import { planeNames, type PlaneName } from '../view/geometry';
import { paneTitle } from '../view/pane';
import type { CaseFile } from '../view/source';
import type { Stage } from '../view/stage';
import { Answers } from './answer';
import { brushes, Editor, type EditTool } from './editor';
import './edit.css';
import { colourOf } from './preview';
import { documentOf, stepMore, stepName, type Step } from './steps';

const NEW_RGB: [number, number, number] = [90, 170, 255];

interface Word {
    name: string;
    key: string;
    help: string;
}

function toolWords(): Record<EditTool, Word> {
    return {
        paint: { name: say('涂抹', 'Paint'), key: 'b', help: say('在层面上按住拖动，加上缺的部分。', 'Drag on a slice to add what is missing.') },
        erase: { name: say('擦除', 'Erase'), key: 'e', help: say('在层面上按住拖动，去掉多的部分。', 'Drag on a slice to remove what is too much.') },
        threshold: {
            name: say('按灰度', 'By grey'),
            key: 'h',
            help: say('拖动：只加上灰度在范围内的。', 'Drag: adds only what has a grey value in the range.'),
        },
        grow: {
            name: say('生长', 'Grow'),
            key: 'y',
            help: say('点一下：加上与此处相连、灰度在范围内的。', 'Click: adds what hangs together with that place and is in the range.'),
        },
        scissors: {
            name: say('剪刀', 'Scissors'),
            key: 'x',
            help: say('圈出一块：沿视线方向全部剪掉。', 'Draw round something: all of it is cut off, through the whole depth.'),
        },
        keep: { name: say('只保留此块', 'Keep piece'), key: 'k', help: say('点一块：去掉其他所有碎块。', 'Click a piece: all others go.') },
        remove: { name: say('去掉此块', 'Drop piece'), key: 'd', help: say('点一块：去掉这一块。', 'Click a piece: it goes.') },
        fill: {
            name: say('层间填充', 'Fill between'),
            key: 'f',
            help: say('在几层上各点一下，然后完成：补上中间各层。', 'Click once in each of several slices, then finish: what is between is filled.'),
        },
        split: {
            name: say('拆分', 'Split'),
            key: 's',
            help: say('在每块骨上各点一下，然后完成：在最窄处分开。', 'Click once in each bone, then finish: they are parted where it is narrowest.'),
        },
    };
}

/* While somebody corrects these come before the viewer's own keys. */
function useKeys(editor: Editor | null, stop: () => void): void {
    useEffect(() => {
        if (!editor) return undefined;
        const act = (event: KeyboardEvent): boolean => {
            const key = event.key.toLowerCase();
            if (event.ctrlKey || event.metaKey) {
                if (key === 'z' && event.shiftKey) editor.redo();
                else if (key === 'z') editor.undo();
                else if (key === 'y') editor.redo();
                else return false;
                return true;
            }
            if (event.altKey) return false;
            const words = toolWords();
            const tool = (Object.keys(words) as EditTool[]).find((one) => words[one].key === key);
            if (tool && !event.shiftKey) editor.choose(tool);
            else if (event.key === '[') editor.resize(1 / 1.25);
            else if (event.key === ']') editor.resize(1.25);
            else if (event.key === 'Enter' && editor.ready()) editor.finish();
            else if (event.key === 'Escape' && !editor.cancel()) stop();
            else if (event.key !== 'Escape') return false;
            return true;
        };
        const press = (event: KeyboardEvent): void => {
            const target = event.target as HTMLElement;
            if (target.closest?.('input:not([type=range]), textarea, select, [contenteditable], [role="combobox"]')) return;
            if (event.key === 'Enter' && target.closest?.('button, a')) return;
            if (!act(event)) return;
            event.preventDefault();
            event.stopImmediatePropagation();
        };
        addEventListener('keydown', press, true);
        return () => removeEventListener('keydown', press, true);
    }, [editor, stop]);
}

function Tools({ editor }: { editor: Editor }): ReactElement {
    const tool = useCell(editor.tool);
    const words = toolWords();
    return (
        <>
            <div className="edit-tools" role="group" aria-label={say('修正工具', 'Tool of correction')}>
                {(Object.keys(words) as EditTool[]).map((one) => (
                    <button key={one} type="button" aria-pressed={tool === one} onClick={() => editor.choose(one)}>
                        {words[one].name}
                        <kbd>{words[one].key}</kbd>
                    </button>
                ))}
            </div>
            <p className="note">{words[tool].help}</p>
        </>
    );
}

function Brush({ editor }: { editor: Editor }): ReactElement {
    const radius = useCell(editor.radius_mm);
    const ball = useCell(editor.ball);
    return (
        <>
            <label className="field">
                {say('笔刷半径，毫米', 'Radius of the brush, mm')} <kbd>[</kbd> <kbd>]</kbd>
                <InputNumber
                    aria-label={say('笔刷半径，毫米', 'Radius of the brush, mm')}
                    min={0.2}
                    max={60}
                    step={0.5}
                    value={radius}
                    onChange={(mm) => mm && editor.radius_mm.set(mm)}
                    style={{ width: '100%' }}
                />
            </label>
            <label className="row-switch">
                <Switch size="small" checked={ball} onChange={(on) => editor.ball.set(on)} />
                {say('球形（关闭：只画这一层）', 'Ball (off: this slice only)')}
            </label>
        </>
    );
}

function Range({ of, unit }: { of: Cell<readonly [number, number]>; unit: string }): ReactElement {
    const [low, high] = useCell(of);
    return (
        <div className="pair">
            <label className="field">
                {say('灰度从', 'Grey from')} {unit}
                <InputNumber aria-label={say('灰度下限', 'Lowest grey value')} value={low} onChange={(x) => x !== null && x <= high && of.set([x, high])} style={{ width: '100%' }} />
            </label>
            <label className="field">
                {say('到', 'to')}
                <InputNumber aria-label={say('灰度上限', 'Highest grey value')} value={high} onChange={(x) => x !== null && x >= low && of.set([low, x])} style={{ width: '100%' }} />
            </label>
        </div>
    );
}

function Reach({ editor }: { editor: Editor }): ReactElement {
    const reach = useCell(editor.reach_mm);
    return (
        <label className="field">
            {say('离所点之处最远，毫米', 'No further from the click than, mm')}
            <InputNumber aria-label={say('离所点之处最远，毫米', 'No further from the click than, mm')} min={1} max={500} value={reach} onChange={(mm) => mm && editor.reach_mm.set(mm)} style={{ width: '100%' }} />
        </label>
    );
}

function Collected({ editor }: { editor: Editor }): ReactElement {
    const open = useCell(editor.open);
    const count = open?.places.length ?? 0;
    return (
        <div className="edit-row">
            <Button type="primary" size="small" disabled={!editor.ready()} onClick={() => editor.finish()}>
                {say(`完成（已点 ${count} 处）`, `Finish (${count} clicked)`)} <kbd>Enter</kbd>
            </Button>
            <Button size="small" disabled={!count} onClick={() => editor.cancel()}>
                {say('重来', 'Start over')} <kbd>Esc</kbd>
            </Button>
        </div>
    );
}

/* Steps of whole parts, that need no mouse. */
function Whole({ editor }: { editor: Editor }): ReactElement {
    useCell(editor.steps);
    const part = useCell(editor.part);
    const [below, setBelow] = useState(100);
    const [plane, setPlane] = useState<PlaneName>('axial');
    const names = editor.names();
    return (
        <details>
            <summary>{say('整个部件', 'Whole parts')}</summary>
            {names.length > 1 && (
                <label className="field">
                    {say('修正哪个部件', 'Which part is corrected')}
                    <Select
                        aria-label={say('修正哪个部件', 'Which part is corrected')}
                        value={part && names.includes(part) ? part : names[0]!}
                        options={names.map((name) => ({ value: name, label: name }))}
                        onChange={(name) => editor.part.set(name)}
                        style={{ width: '100%' }}
                    />
                </label>
            )}
            <div className="edit-row">
                <Button size="small" onClick={() => editor.islands('keep', { largest: 1 })}>
                    {say('只保留最大一块', 'Keep the largest piece')}
                </Button>
                <Button size="small" onClick={() => editor.islands('split', { largest: 2 })}>
                    {say('第二大块成为部件', 'Second largest to a part')}
                </Button>
            </div>
            <div className="edit-row">
                <Button size="small" onClick={() => editor.islands('remove', { below_mm3: below })}>
                    {say('去掉小于', 'Remove pieces below')}
                </Button>
                <InputNumber size="small" aria-label={say('体积，立方毫米', 'Volume, mm³')} min={0.1} max={1e6} value={below} onChange={(x) => x && setBelow(x)} addonAfter="mm³" style={{ width: 130 }} />
            </div>
            <div className="edit-row">
                <Button size="small" onClick={() => editor.cut(plane)}>
                    {say('在十字线处切分', 'Cut at the cross-hair')}
                </Button>
                <Select
                    size="small"
                    aria-label={say('切分的平面', 'Plane of the cut')}
                    value={plane}
                    options={planeNames.map((one) => ({ value: one, label: paneTitle(one) }))}
                    onChange={setPlane}
                    style={{ width: 110 }}
                />
            </div>
            {names.length > 1 && (
                <div className="edit-row">
                    <Button size="small" onClick={() => editor.join(names)}>
                        {say('全部合并成一个部件', 'Join all into one part')}
                    </Button>
                </div>
            )}
        </details>
    );
}

function Steps({ editor }: { editor: Editor }): ReactElement {
    const { now, past, future } = useCell(editor.steps);
    return (
        <>
            <div className="edit-row">
                <Button size="small" disabled={!past.length} onClick={() => editor.undo()}>
                    {say('撤销', 'Undo')} <kbd>Ctrl Z</kbd>
                </Button>
                <Button size="small" disabled={!future.length} onClick={() => editor.redo()}>
                    {say('重做', 'Redo')} <kbd>⇧ Ctrl Z</kbd>
                </Button>
            </div>
            {now.length > 0 && (
                <ol className="edit-steps" aria-label={say('修正步骤', 'Steps of correction')}>
                    {now.map((step: Step, i) => (
                        <li key={i}>
                            <i style={{ background: colourOf(step) }} />
                            <span>
                                {stepName(step)} <small>{stepMore(step)}</small>
                            </span>
                            <button type="button" aria-label={say(`去掉第 ${i + 1} 步`, `Take out step ${i + 1}`)} onClick={() => editor.drop(i)}>
                                ×
                            </button>
                        </li>
                    ))}
                </ol>
            )}
        </>
    );
}

/* What the corrections began as, from what it was kept with. */
const presets = (): { value: string; label: string }[] => [
    { value: 'bone', label: say('骨', 'Bone') },
    { value: 'skin', label: say('皮肤', 'Skin') },
    { value: 'lung', label: say('肺', 'Lung') },
    { value: 'airway', label: say('气道', 'Airway') },
    { value: 'threshold', label: say('灰度范围', 'A range of grey values') },
];

export interface EditProps {
    stage: Stage;
    caseId: string;
    scan: CaseFile | undefined;
    files: CaseFile[];
    /* a model was made: shown beside what is shown already */
    made: (file: CaseFile) => void;
}

function modelName(names: string[]): string | undefined {
    return names.find((name) => name.endsWith('.3mf'));
}

function modelOf(job: Job): CaseFile | undefined {
    return job.result?.outputs?.find((file) => file.name.endsWith('.3mf'));
}

function Answered({ answers }: { answers: Answers }): ReactElement | null {
    const now = useCell(answers.now);
    const words = (): string => {
        if (now.state === 'cutting') return say('正在准备这一区域…', 'Preparing this region…');
        if (now.state === 'asking') return say('正在计算这里的表面…', 'Computing the surface here…');
        if (now.state === 'whole') return say(`生成模型后才能看到结果：${now.why}`, `Shown once the model is made: ${now.why}`);
        if (now.state !== 'shown' && now.state !== 'preview') return '';
        const seconds = (now.ms / 1000).toFixed(1);
        if (now.state === 'preview') return say(`预览已显示（${seconds} 秒）`, `The preview is shown (${seconds} s)`);
        const shown = say(`蓝色是修正后的真实表面（${seconds} 秒）`, `Blue is the true corrected surface (${seconds} s)`);
        return now.beyond ? shown + say('；区域之外生成模型后更新', '; beyond the region it follows with the model') : shown;
    };
    return (
        <p className="note answered" role="status" data-state={now.state} data-steps={'steps' in now ? now.steps : undefined} data-ms={'ms' in now ? Math.round(now.ms) : undefined}>
            {words()}
        </p>
    );
}

/* Parts as a whole, shown from their labels alone: a preview, and says so. */
function Previewed({ answers }: { answers: Answers }): ReactElement | null {
    const parts = useCell(answers.wholes.now);
    if (!parts.length) return null;
    return (
        <div className="edit-preview">
            <p className="note">
                <b>{say('预览', 'Preview')}</b>
                {say('：原有表面按现在所属的部件着色，已去掉的隐藏；切开处的新面随模型生成。', ': the surface there was, in the colours of its parts now, without what was removed; new faces come with the model.')}
            </p>
            <ul aria-label={say('预览中的部件', 'Parts of the preview')}>
                {parts.map(({ name, rgb, mm3, label }) => (
                    <li key={label} data-part={name} data-mm3={mm3}>
                        <i style={{ background: `rgb(${rgb.join()})` }} />
                        <span>{name}</span> <small>{(mm3 / 1000).toFixed(mm3 < 1e5 ? 2 : 1)} cm³</small>
                    </li>
                ))}
            </ul>
        </div>
    );
}

function Make({ editor, stage, caseId, scan, files, made }: EditProps & { editor: Editor }): ReactElement {
    const steps = useCell(editor.steps).now;
    const preset = useCell(editor.preset);
    const work = useWork(caseId);
    const [refusal, setRefusal] = useState('');
    const [done, setDone] = useState('');

    const show = (job: Job | null): void => {
        const model = job?.state === 'done' ? modelOf(job) : undefined;
        if (!model) return;
        /* told from the old one by its colour, once its parts are known */
        const stop = stage.parts.listen(() => {
            if (!stage.parts.get().some((part) => part.model === model.sha256)) return;
            stop();
            stage.parts.update((parts) => parts.map((part) => (part.model === model.sha256 ? { ...part, rgb: NEW_RGB } : part)));
            setDone(model.name);
        });
        made(model);
    };
    /* A job that was under way when the page was left is found again. */
    useEffect(() => {
        const control = new AbortController();
        jobsOfCase(caseId, control.signal)
            .then(async (jobs) => {
                const own = jobs.find((job) => job.command === 'edit' && !ended(job) && !!modelName(job.request.outputs));
                if (own && !control.signal.aborted) show(await work.follow(own));
            })
            .catch((failure: unknown) => {
                if (!(failure instanceof Refusal) && !control.signal.aborted) throw failure;
            });
        return () => control.abort();
    }, [caseId]);

    const make = async (): Promise<void> => {
        if (!scan) return;
        setRefusal('');
        setDone('');
        const turn = files.filter((file) => /^corrected-\d+\.3mf$/.test(file.name)).length + 1;
        const name = `corrected-${turn}`;
        try {
            const { sha256 } = await sendText(caseId, `${name}.edits.json`, documentOf(steps));
            const input = scan.name.replaceAll(/[^\w.\-\u4e00-\u9fff]/g, '_').replace(/^-/, '_');
            show(
                await work.run({
                    command: 'edit',
                    inputs: { [input]: scan.sha256, [`${name}.edits.json`]: sha256 },
                    arguments: [input, `${name}.edits.json`, '-o', `${name}.3mf`, '--preset', editor.presetWord()],
                    outputs: [`${name}.3mf`],
                }),
            );
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure.message);
        }
    };
    const moved = !!scan && !!editor.scan && editor.scan !== scan.sha256 && steps.length > 0;
    return (
        <>
            <label className="field">
                {say('组织', 'Tissue')}
                <Select aria-label={say('组织', 'Tissue')} value={preset} options={presets()} onChange={(to) => editor.preset.set(to)} style={{ width: '100%' }} />
            </label>
            {preset === 'threshold' && <Range of={editor.tissue} unit={stage.scanHead.get()?.unit ?? ''} />}
            {moved && <Alert type="warning" showIcon message={say('这些步骤是在另一次扫描上画的。', 'These steps were drawn on another scan.')} />}
            {refusal && <Alert type="error" showIcon message={refusal} />}
            <Button type="primary" block disabled={!steps.length || !scan || work.busy} onClick={() => void make()}>
                {say('生成修正后的模型', 'Make it so')}
            </Button>
            <JobState work={work} name={say('修正', 'Correction')} />
            {done && <Alert type="success" showIcon message={say(`${done} 已显示在旧模型旁（蓝色）。`, `${done} is shown beside the old one, in blue.`)} />}
        </>
    );
}

export function EditPanel(props: EditProps): ReactElement | null {
    const { stage, caseId, scan } = props;
    const [on, setOn] = useState(false);
    const editor = useMemo(() => new Editor(stage, caseId), [stage, caseId]);
    const answers = useMemo(() => new Answers(stage, caseId, editor), [stage, caseId, editor]);
    useEffect(() => () => answers.close(), [answers]);
    useEffect(() => {
        if (on && scan) answers.begin(scan);
        else answers.end();
    }, [answers, on, scan?.sha256]);
    const steps = useCell(editor.steps).now;
    const tool = useCell(editor.tool);
    const unit = useCell(stage.scanHead)?.unit ?? '';
    useEffect(() => () => editor.close(), [editor]);
    useEffect(() => {
        if (!steps.length && scan) editor.scan = scan.sha256;
    }, [editor, scan?.sha256, steps.length]);
    useEffect(() => {
        stage.pen.set(on ? editor : null);
    }, [stage, editor, on]);
    const stop = useMemo(() => () => setOn(false), []);
    const made = (file: CaseFile): void => {
        answers.clear();
        props.made(file);
    };
    useKeys(on ? editor : null, stop);
    if (!scan) return null;
    return (
        <section className="edit">
            <h2>{say('修正', 'Correct')}</h2>
            <Button block aria-pressed={on} type={on ? 'primary' : 'default'} onClick={() => setOn(!on)}>
                {on ? say('停止修正', 'Stop correcting') : steps.length ? say(`继续修正（${steps.length} 步）`, `Go on correcting (${steps.length} steps)`) : say('开始修正', 'Correct the model')}
            </Button>
            {on && (
                <>
                    <p className="note">{say('层面上的颜色只是预览；笔划处的表面随即由任务算出，整个模型最后生成。', 'Colours on slices are a preview; the surface of a stroke follows at once, computed; the whole model is made at the end.')}</p>
                    <Tools editor={editor} />
                    {brushes.includes(tool) && <Brush editor={editor} />}
                    {(tool === 'threshold' || tool === 'grow') && <Range of={editor.range} unit={unit} />}
                    {(tool === 'grow' || tool === 'fill') && <Reach editor={editor} />}
                    {(tool === 'fill' || tool === 'split') && <Collected editor={editor} />}
                    <Whole editor={editor} />
                    <Steps editor={editor} />
                    <Answered answers={answers} />
                    <Previewed answers={answers} />
                    <Make {...props} editor={editor} made={made} />
                </>
            )}
        </section>
    );
}
