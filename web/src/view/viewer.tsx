/* The viewer of a case: its scan in three planes and its models as solids, and what is measured. */
import { Alert, Button, Progress, Segmented, Select, Tooltip } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { language, say } from '../case/language';
import type { PageProps } from '../ui/pages';
import { Go } from '../ui/router';
import { EditPanel } from '../edit/panel';
import { useCell, useLoaded } from '../ui/use';
import type { ModelHead, ScanHead } from './format';
import { indexOf, type Vec3 } from './geometry';
import { Pane } from './pane';
import { MeasurePanel, kindName } from './measure_panel';
import { ComparePanel, FusedPanel, VolumePanel } from './more_panels';
import { MapPanel, PartPanel, ScanPanel, mapName } from './panels';
import {
    type CaseFile,
    filesOf,
    firstModels,
    isModel,
    isScan,
    type Job,
    loadModel,
    loadScan,
    openView,
    ScanVoxels,
    viewOf,
} from './source';
import type { Measure } from './measures';
import { keepMeasures, measure } from './measuring';
import { Stage, type PaneName, type Tool } from './stage';
import { TogetherPanel } from '../together/panel';
import './view.css';

const paneNames: readonly PaneName[] = ['axial', 'solid', 'coronal', 'sagittal'];

export interface Doing {
    what: string;
    progress: number;
}

function toolWords(): Record<Tool, [string, string]> {
    return {
        cross: [say('十字线', 'Cross-hair'), 'c'],
        window: [say('窗宽窗位', 'Window'), 'w'],
        pan: [say('移动', 'Move'), 'p'],
        turn: [say('旋转平面', 'Turn planes'), 't'],
        length: [kindName('length'), 'l'],
        angle: [kindName('angle'), 'a'],
        area: [kindName('area'), 'e'],
        circle: [say('圆内值', 'Circle'), 'i'],
        box: [say('框内值', 'Box'), 'b'],
    };
}

export function presetName(name: string): string {
    return (
        { bone: say('骨', 'Bone'), soft: say('软组织', 'Soft tissue'), lung: say('肺', 'Lung'), vessel: say('血管', 'Vessels'), brain: say('脑', 'Brain'), auto: say('自动', 'Auto') }[
            name
        ] ?? name
    );
}

function stageOfJob(job: Job, file: CaseFile): Doing {
    const waiting = job.state === 'waiting';
    return {
        what: waiting ? say(`${file.name}：等待处理`, `${file.name}: waiting for its turn`) : say(`${file.name}：准备显示`, `${file.name}: being made ready to show`),
        progress: job.progress,
    };
}

/* Opens a scan: its view (made when there is none), then level after level. */
function useScan(stage: Stage, caseId: string, file: CaseFile | undefined) {
    const [doing, setDoing] = useState<Doing | null>(null);
    const [failure, setFailure] = useState('');
    useEffect(() => {
        if (!file) return undefined;
        const control = new AbortController();
        const open = async (): Promise<void> => {
            setFailure('');
            setDoing({ what: say(`打开 ${file.name}`, `Opening ${file.name}`), progress: 0 });
            const view = await viewOf(caseId, file, { arguments: [], inputs: {}, suffix: '' }, (job) => setDoing(stageOfJob(job, file)), control.signal);
            const opened = await openView<ScanHead>(caseId, view, control.signal);
            const voxels = new ScanVoxels(opened.head);
            const last = opened.head.levels.at(-1)!;
            let shown = false;
            await loadScan(
                opened,
                voxels,
                () => indexOf(last, stage.cross.get())[2] / Math.max(last.dim[2] - 1, 1),
                () => {
                    if (!shown) stage.openScan(opened.head, voxels);
                    shown = true;
                    stage.arrived.update((n) => n + 1);
                    setDoing({ what: say('读取完整分辨率', 'Reading at full resolution'), progress: voxels.loaded / voxels.total });
                },
            );
            setDoing(null);
        };
        open().catch((problem: unknown) => {
            if (control.signal.aborted) return;
            setDoing(null);
            setFailure(problem instanceof Error ? problem.message : String(problem));
        });
        return () => control.abort();
    }, [stage, caseId, file?.sha256]);
    return { doing, failure };
}

export interface ModelWish {
    file: CaseFile;
    /* more maps: thickness, grey values from a scan, distance to another model */
    arguments: string[];
    inputs: Record<string, string>;
    suffix: string;
}

/* Opens the models that are wished for; closes those that no longer are. */
function useModels(stage: Stage, caseId: string, wishes: ModelWish[]) {
    const open = useRef(new Map<string, { key: string; control: AbortController }>());
    const [doing, setDoing] = useState<Record<string, Doing>>({});
    const [failure, setFailure] = useState('');
    useEffect(() => {
        const tell = (id: string, what: Doing | null): void =>
            setDoing((all) => {
                const next = { ...all };
                if (what) next[id] = what;
                else delete next[id];
                return next;
            });
        for (const [id, one] of open.current)
            if (!wishes.some((wish) => wish.file.sha256 === id)) {
                one.control.abort();
                open.current.delete(id);
                tell(id, null);
                stage.closeModel(id);
            }
        for (const wish of wishes) {
            const id = wish.file.sha256;
            const have = open.current.get(id);
            if (have?.key === wish.suffix) continue;
            have?.control.abort();
            const control = new AbortController();
            open.current.set(id, { key: wish.suffix, control });
            const work = async (): Promise<void> => {
                tell(id, { what: say(`打开 ${wish.file.name}`, `Opening ${wish.file.name}`), progress: 0 });
                const view = await viewOf(caseId, wish.file, wish, (job) => tell(id, stageOfJob(job, wish.file)), control.signal);
                const opened = await openView<ModelHead>(caseId, view, control.signal);
                stage.openModel(id, opened.head);
                await loadModel(opened, (level) => {
                    if (!control.signal.aborted) stage.takeLevel(id, level);
                });
                const first = opened.head.maps.at(-1)?.name;
                if (wish.suffix && first) stage.showMap(first);
                tell(id, null);
            };
            work().catch((problem: unknown) => {
                if (control.signal.aborted) return;
                tell(id, null);
                setFailure(problem instanceof Error ? problem.message : String(problem));
            });
        }
    }, [stage, caseId, wishes]);
    return { doing: Object.values(doing), failure };
}

function Bar({ stage, caseId }: { stage: Stage; caseId: string }): ReactElement {
    const tool = useCell(stage.tool);
    const preset = useCell(stage.window);
    const head = useCell(stage.scanHead);
    const slab = useCell(stage.slab_mm);
    const kind = useCell(stage.slabKind);
    const words = toolWords();
    return (
        <div className="bar">
            <h1>
                <Go to={`/cases/${caseId}`}>{say('病例', 'Case')}</Go> › {say('查看', 'View')}
            </h1>
            <Segmented
                aria-label={say('工具', 'Tool')}
                value={tool}
                options={(Object.keys(words) as Tool[]).map((one) => ({
                    value: one,
                    label: <Tooltip title={`${say('按键', 'Key')} ${words[one][1]}`}>{words[one][0]}</Tooltip>,
                }))}
                onChange={(to) => {
                    stage.cancelDrawing();
                    stage.tool.set(to);
                }}
            />
            {head && (
                <Segmented
                    aria-label={say('窗', 'Window')}
                    value={preset.name}
                    options={head.windows.map((one) => ({ value: one.name, label: presetName(one.name) }))}
                    onChange={(name) => stage.window.set(head.windows.find((one) => one.name === name)!)}
                />
            )}
            <span className="group">
                <Select
                    aria-label={say('层厚', 'Slab')}
                    value={slab}
                    style={{ width: 118 }}
                    options={[0, 3, 5, 10, 20, 40].map((mm) => ({ value: mm, label: mm ? say(`厚 ${mm} mm`, `${mm} mm slab`) : say('单层', 'One slice') }))}
                    onChange={(mm) => stage.slab_mm.set(mm)}
                />
                {slab > 0 && (
                    <Select
                        aria-label={say('层厚的合成', 'What of the slab')}
                        value={kind}
                        style={{ width: 104 }}
                        options={[
                            { value: 'max', label: say('最大值', 'Maximum') },
                            { value: 'mean', label: say('平均', 'Mean') },
                            { value: 'min', label: say('最小值', 'Minimum') },
                        ]}
                        onChange={(to) => stage.slabKind.set(to)}
                    />
                )}
            </span>
            <Button onClick={() => stage.reset()}>{say('复位', 'Reset')}</Button>
        </div>
    );
}

function number(x: number, digits: number): string {
    return x.toFixed(digits);
}

function Foot({ stage, doing }: { stage: Stage; doing: Doing[] }): ReactElement {
    const probe = useCell(stage.probe);
    const window = useCell(stage.window);
    const head = useCell(stage.scanHead);
    useCell(stage.parts);
    const unit = head?.unit ? ` ${head.unit}` : '';
    const part = probe?.part && stage.parts.get().find((one) => one.id === probe.part);
    return (
        <div className="foot">
            {head && (
                <span>
                    {say('窗', 'Window')} {number(window.centre, 0)} / {number(window.width, 0)}
                    {unit}
                </span>
            )}
            {probe && (
                <span>
                    L {number(probe.place_mm[0], 1)} P {number(probe.place_mm[1], 1)} H {number(probe.place_mm[2], 1)} mm
                </span>
            )}
            {probe?.value != null && (
                <span>
                    {say('灰度', 'Value')} {number(probe.value, head && head.slope !== 1 ? 3 : 0)}
                    {unit}
                </span>
            )}
            {part && <span>{part.name}</span>}
            {probe?.maps &&
                Object.entries(probe.maps)
                    .filter(([name]) => name !== 'class')
                    .map(([name, value]) => (
                        <span key={name}>
                            {mapName(name)} {number(value, name === 'hu' ? 0 : 2)} {name === 'hu' ? 'HU' : 'mm'}
                        </span>
                    ))}
            <span style={{ marginLeft: 'auto' }} aria-live="polite">
                {doing.map((one) => (
                    <span key={one.what} style={{ marginLeft: 18 }}>
                        {one.what} <Progress percent={Math.round(one.progress * 100)} size="small" style={{ width: 130, display: 'inline-flex', margin: 0 }} />
                    </span>
                ))}
            </span>
        </div>
    );
}

function useKeys(stage: Stage, toggle: () => void, cancel: () => void, close: () => void): void {
    const closing = useRef(close);
    closing.current = close;
    useEffect(() => {
        const key = (event: KeyboardEvent): void => {
            const target = event.target as HTMLElement;
            if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable) return;
            const tools = toolWords();
            const tool = (Object.keys(tools) as Tool[]).find((one) => tools[one][1] === event.key);
            const preset = stage.scanHead.get()?.windows[Number(event.key) - 1];
            if (tool) {
                stage.cancelDrawing();
                stage.tool.set(tool);
            }
            else if (preset) stage.window.set(preset);
            else if (event.key === 'r') stage.reset();
            else if (event.key === 'o') stage.outlines.update((on) => !on);
            else if (event.key === 'm') toggle();
            else if (event.key === 'Escape') cancel();
            else if (event.key === 'Enter' && target.tagName !== 'BUTTON') closing.current();
        };
        addEventListener('keydown', key);
        return () => removeEventListener('keydown', key);
    }, [stage, toggle, cancel]);
}

export default function Viewer({ parts }: PageProps): ReactElement {
    const caseId = parts.case!;
    useCell(language);
    const stage = useMemo(() => new Stage(), [caseId]);
    useEffect(() => () => stage.close(), [stage]);
    const files = useLoaded((signal) => filesOf(caseId, signal), [caseId]);
    const all = files.data ?? [];
    const scans = all.filter(isScan);
    const models = all.filter(isModel);
    const [scanId, setScanId] = useState<string>();
    const [wishes, setWishes] = useState<ModelWish[]>([]);
    const [large, setLarge] = useState<PaneName | null>(null);
    const scanFile = scans.find((file) => file.sha256 === scanId);
    const begun = useRef(false);
    useEffect(() => {
        if (begun.current || !files.data) return;
        begun.current = true;
        setScanId(scans.at(-1)?.sha256);
        void firstModels(caseId, models).catch(() => models.slice(-1)).then((first) =>
            setWishes((now) => (now.length ? now : first.map((file) => ({ file, arguments: [], inputs: {}, suffix: '' })))),
        );
        void keepMeasures(stage, caseId);
    }, [files.data]);
    const scan = useScan(stage, caseId, scanFile);
    const solid = useModels(stage, caseId, wishes);
    const toggle = useMemo(() => () => setLarge((now) => (now ? null : (document.activeElement?.closest<HTMLElement>('[data-pane]')?.dataset.pane as PaneName) ?? 'axial')), []);
    const cancel = useMemo(() => () => { stage.cancelDrawing(); setLarge(null); }, [stage]);
    useKeys(stage, toggle, cancel, () => {
        const whole = stage.closeOutline();
        if (whole) void measure(stage, caseId, whole, scanFile, models);
    });
    useEffect(() => {
        /* for tests and figures: the stage of the page that is open */
        (globalThis as { nuwaStage?: Stage }).nuwaStage = stage;
    }, [stage]);
    const make = (one: Measure): void => void measure(stage, caseId, one, scanFile, models);
    const measured = (place: Vec3, normal: Vec3 | null, part: string | null): void => {
        const whole = stage.addPoint(place, normal, part);
        if (whole) make(whole);
    };
    /* what another window has open */
    const openThese = (scan: string, ids: string[]): void => {
        if (scan !== scanId && scans.some((file) => file.sha256 === scan)) setScanId(scan);
        const wanted = models.filter((file) => ids.includes(file.sha256));
        if (wanted.length !== wishes.length || wanted.some((file) => !wishes.some((wish) => wish.file.sha256 === file.sha256)))
            setWishes(wanted.map((file) => wishes.find((wish) => wish.file.sha256 === file.sha256) ?? { file, arguments: [], inputs: {}, suffix: '' }));
    };
    const refusal = files.refusal?.message || scan.failure || solid.failure;
    const doing = [...(scan.doing ? [scan.doing] : []), ...solid.doing];
    const shown = large ? [large] : paneNames;
    const nothing = files.data && !scans.length && !models.length;
    return (
        <div className="viewer">
            <Bar stage={stage} caseId={caseId} />
            <aside className="side" aria-label={say('显示内容', 'What is shown')}>
                {refusal && <Alert type="error" showIcon message={refusal} style={{ marginBottom: 12 }} />}
                <ScanPanel stage={stage} scans={scans} chosen={scanId} choose={setScanId} />
                <PartPanel stage={stage} models={models} wishes={wishes} change={setWishes} />
                <MapPanel stage={stage} wishes={wishes} models={models} scan={scanFile} change={setWishes} />
                <EditPanel stage={stage} caseId={caseId} scan={scanFile} files={all} made={(file) => { files.reload(); setWishes((now) => [...now.filter((one) => one.file.sha256 !== file.sha256), { file, arguments: [], inputs: {}, suffix: '' }]); }} />
                <MeasurePanel stage={stage} caseId={caseId} models={models} make={make} />
                <ComparePanel stage={stage} caseId={caseId} models={models} wishes={wishes} change={setWishes} enlarge={() => setLarge('solid')} />
                <FusedPanel stage={stage} caseId={caseId} scans={scans} files={all} first={scanId} />
                <VolumePanel stage={stage} />
                <TogetherPanel stage={stage} caseId={caseId} scan={scanId ?? ''} models={wishes.map((wish) => wish.file.sha256)} open={openThese} />
            </aside>
            <div className={`panes${large ? ' one' : ''}`}>
                {shown.map((name) => (
                    <Pane key={name} stage={stage} name={name} large={large === name} enlarge={() => setLarge(large ? null : name)} measured={measured} />
                ))}
                {nothing && (
                    <div className="empty">
                        <span>
                            {say('此病例还没有扫描或模型。', 'This case has no scan and no model yet. ')}
                            <Go to={`/cases/${caseId}/intake`}>{say('导入影像', 'Import a scan')}</Go>
                        </span>
                    </div>
                )}
            </div>
            <Foot stage={stage} doing={doing} />
        </div>
    );
}

