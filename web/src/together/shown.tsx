/*
 * What a link shows to somebody without a name here: models, and slices where they were shared; to
 * be turned, cut and measured. Nothing of the case, the patient or the persons is asked for.
 */
import { Alert, Button, Segmented, Select } from 'antd';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { fetchFrom, Refusal } from '../api/client';
import { bytes as sizeText, moment } from '../case/format';
import { language, say } from '../case/language';
import { wordNameOf, type ShownCase } from './shown_words';
import { LanguageSwitch, LookSwitch } from '../ui/switches';
import { useCell, useLoaded } from '../ui/use';
import type { Head, ModelHead, ScanHead } from '../view/format';
import { indexOf, planeNames, type PlaneName, type Vec3 } from '../view/geometry';
import { Pane, paneTitle } from '../view/pane';
import { loadModel, loadScan, openAt, ScanVoxels, type Opened } from '../view/source';
import type { Measure } from '../view/measures';
import { Stage, type PaneName, type Tool } from '../view/stage';
import '../view/view.css';
import './together.css';

interface SharedFile {
    file: number;
    name: string;
    kind: 'model' | 'picture' | 'scan' | 'view';
    bytes: number;
}

interface Shown {
    label: string;
    until: string;
    case: ShownCase;
    files: SharedFile[];
    visit: string;
}

const memory = 'nuwa.visit';

/* A reload is no second opening. */
function visitOf(token: string): string {
    const [of, visit] = (sessionStorage.getItem(memory) ?? '').split(' ');
    return of === token.slice(0, 12) && visit ? visit : '';
}

async function come(token: string, signal: AbortSignal): Promise<Shown> {
    const before = visitOf(token);
    const reply = await fetchFrom('GET', `/shares/${token}${before ? `?visit=${encodeURIComponent(before)}` : ''}`, { signal });
    const shown = (await reply.json()) as Shown;
    sessionStorage.setItem(memory, `${token.slice(0, 12)} ${shown.visit}`);
    return shown;
}

function isScanHead(opened: Opened<Head>): opened is Opened<ScanHead> {
    return opened.head.kind === 'scan';
}

function useShown(stage: Stage, token: string, shown: Shown | undefined): { doing: number; failure: string; sliced: boolean; solid: boolean } {
    const [state, setState] = useState({ doing: 0, failure: '', sliced: false, solid: false });
    useEffect(() => {
        if (!shown) return undefined;
        const control = new AbortController();
        const part = (change: Partial<typeof state>): void => setState((now) => ({ ...now, ...change }));
        const openOne = async (file: SharedFile): Promise<void> => {
            const path = `/shares/${token}/files/${file.file}?visit=${encodeURIComponent(shown.visit)}`;
            const opened = await openAt<Head>(path, file.bytes, control.signal);
            if (isScanHead(opened)) {
                part({ sliced: true });
                const voxels = new ScanVoxels(opened.head);
                const last = opened.head.levels.at(-1)!;
                let begun = false;
                await loadScan(
                    opened,
                    voxels,
                    () => indexOf(last, stage.cross.get())[2] / Math.max(last.dim[2] - 1, 1),
                    () => {
                        if (!begun) stage.openScan(opened.head, voxels);
                        begun = true;
                        stage.arrived.update((n) => n + 1);
                    },
                );
                return;
            }
            part({ solid: true });
            const id = file.name;
            stage.openModel(id, opened.head as ModelHead);
            await loadModel(opened as Opened<ModelHead>, (level) => {
                if (!control.signal.aborted) stage.takeLevel(id, level);
            });
        };
        const views = shown.files.filter((file) => file.kind === 'view');
        part({ doing: views.length });
        for (const file of views)
            openOne(file)
                .catch((failure: unknown) => {
                    if (control.signal.aborted) return;
                    part({ failure: failure instanceof Error ? failure.message : String(failure) });
                })
                .finally(() => setState((now) => ({ ...now, doing: now.doing - 1 })));
        return () => control.abort();
    }, [stage, token, shown?.label]);
    return state;
}

/* Measured in the browser: for looking, not for a record. */
function settle(stage: Stage, one: Measure): void {
    const sigma = stage.pointSigma();
    const [a, b, c] = one.points as [Vec3, Vec3, Vec3?];
    const d = (p: Vec3, q: Vec3): Vec3 => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
    const size = (p: Vec3): number => Math.hypot(p[0], p[1], p[2]);
    if (!c) {
        stage.settle(one.id, { state: 'done', value: size(d(a, b)), sigma: sigma * Math.SQRT2, unit: 'mm' });
        return;
    }
    const p = d(a, b);
    const q = d(c, b);
    const cosine = (p[0] * q[0] + p[1] * q[1] + p[2] * q[2]) / Math.max(size(p) * size(q), 1e-9);
    const each = (sigma / Math.max(size(p), 1e-9)) ** 2 + (sigma / Math.max(size(q), 1e-9)) ** 2;
    stage.settle(one.id, {
        state: 'done',
        value: (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI,
        sigma: (Math.sqrt(each) * 180) / Math.PI,
        unit: 'deg',
    });
}

function Tools({ stage, sliced }: { stage: Stage; sliced: boolean }): ReactElement {
    const tool = useCell(stage.tool);
    const clip = useCell(stage.clip);
    const parts = useCell(stage.parts);
    const head = useCell(stage.scanHead);
    const window = useCell(stage.window);
    const choices: [Tool, string][] = [
        ['cross', sliced ? say('看', 'Look') : say('转动', 'Turn')],
        ['pan', say('移动', 'Move')],
        ['length', say('长度', 'Length')],
        ['angle', say('角度', 'Angle')],
    ];
    return (
        <div className="bar">
            <Segmented
                aria-label={say('工具', 'Tool')}
                value={tool}
                options={choices.map(([value, label]) => ({ value, label }))}
                onChange={(to) => {
                    stage.cancelDrawing();
                    stage.tool.set(to);
                }}
            />
            <Select
                aria-label={say('剖切', 'Cut')}
                style={{ width: 150 }}
                value={clip?.plane ?? ''}
                options={[{ value: '', label: say('不剖切', 'Not cut') }, ...planeNames.map((name) => ({ value: name, label: say(`沿${paneTitle(name)}剖切`, `Cut: ${paneTitle(name)}`) }))]}
                onChange={(plane) => stage.clip.set(plane ? { plane: plane as PlaneName, flip: false } : null)}
            />
            {clip && <Button onClick={() => stage.clip.set({ ...clip, flip: !clip.flip })}>{say('另一侧', 'Other side')}</Button>}
            {head && (
                <Segmented
                    aria-label={say('窗', 'Window')}
                    value={window.name}
                    options={head.windows.map((one) => ({
                        value: one.name,
                        label: ({ bone: say('骨', 'Bone'), soft: say('软组织', 'Soft tissue'), lung: say('肺', 'Lung') } as Record<string, string>)[one.name] ?? one.name,
                    }))}
                    onChange={(name) => stage.window.set(head.windows.find((one) => one.name === name)!)}
                />
            )}
            {parts.length > 1 && (
                <span className="group shown-parts">
                    {parts.map((part, i) => (
                        <label key={part.id}>
                            <input
                                type="checkbox"
                                checked={part.visible}
                                onChange={() => stage.parts.update((all) => all.map((one) => (one.id === part.id ? { ...one, visible: !one.visible } : one)))}
                            />
                            <span className="swatch" style={{ background: `rgb(${part.rgb.join(' ')})` }} aria-hidden /> {say(`部件 ${i + 1}`, `Part ${i + 1}`)}
                        </label>
                    ))}
                </span>
            )}
            <Button
                onClick={() => {
                    stage.measures.set([]);
                    stage.reset();
                }}
            >
                {say('复位', 'Reset')}
            </Button>
        </div>
    );
}

function Over({ away }: { away: string }): ReactElement {
    return (
        <main className="card narrow shown-over">
            <h1>{away || say('此链接已结束', 'This link has ended')}</h1>
            {!away && <p>{say('链接到期、次数用完、被收回，或地址不完整。请向给您链接的人再要一个。', 'It has expired, was opened as often as it may be, was taken back, or the address is not whole. Ask who gave it to you for another one.')}</p>}
        </main>
    );
}

function Head_({ shown }: { shown: Shown | undefined }): ReactElement {
    return (
        <header className="top shown-top">
            <span className="brand">{say('女娲', 'Nuwa')}</span>
            <strong>{say('模型演示', 'Presentation')}</strong>
            {shown && (
                <span className="hint">
                    {wordNameOf(shown.case)} · {say(`有效至 ${moment(shown.until)}`, `until ${moment(shown.until)}`)}
                </span>
            )}
            <span className="shown-switches">
                <LanguageSwitch />
                <LookSwitch />
            </span>
        </header>
    );
}

function Download({ token, shown, file }: { token: string; shown: Shown; file: SharedFile }): ReactElement {
    return (
        <a href={`/api/v1/shares/${token}/files/${file.file}?visit=${encodeURIComponent(shown.visit)}`} download={file.name}>
            {file.name} ({sizeText(file.bytes)})
        </a>
    );
}

/* A link may have been made with files only, and no view of them. */
function FilesOnly({ token, shown }: { token: string; shown: Shown }): ReactElement {
    return (
        <main className="card narrow shown-over">
            <h1>{say('此链接只有文件', 'This link has files only')}</h1>
            <p>{say('这里没有可直接查看的内容，可以下载：', 'There is nothing here to look at; they can be downloaded:')}</p>
            <ul>
                {shown.files.map((file) => (
                    <li key={file.file}>
                        <Download token={token} shown={shown} file={file} />
                    </li>
                ))}
            </ul>
        </main>
    );
}

function Stand({ stage, token, shown }: { stage: Stage; token: string; shown: Shown }): ReactElement {
    const state = useShown(stage, token, shown);
    const [large, setLarge] = useState<PaneName | null>(null);
    useCell(stage.measures);
    const all: PaneName[] = state.sliced ? ['axial', 'solid', 'coronal', 'sagittal'] : ['solid'];
    const panes = large && all.includes(large) ? [large] : all;
    const measured = (place: Vec3): void => {
        const whole = stage.addPoint(place);
        if (whole) settle(stage, whole);
    };
    const rest = shown.files.filter((file) => file.kind !== 'view');
    return (
        <main className="viewer shown">
            <Tools stage={stage} sliced={state.sliced} />
            <div className={`panes${panes.length === 1 ? ' one' : ''}`}>
                {panes.map((name) => (
                    <Pane key={name} stage={stage} name={name} large={large === name} enlarge={() => setLarge(large ? null : name)} measured={measured} />
                ))}
            </div>
            <div className="foot">
                <span>{say('测量仅供查看，不作记录', 'Measurements are for looking only and are not kept')}</span>
                {rest.map((file) => (
                    <Download key={file.file} token={token} shown={shown} file={file} />
                ))}
                <span role="status" style={{ marginLeft: 'auto' }}>
                    {state.failure || (state.doing > 0 ? say('正在读取…', 'Loading …') : '')}
                </span>
            </div>
        </main>
    );
}

export default function ShownPage(): ReactElement {
    useCell(language);
    const token = location.pathname.split('/')[2] ?? '';
    const stage = useMemo(() => new Stage(), []);
    useEffect(() => () => stage.close(), [stage]);
    const seen = useLoaded((signal) => come(token, signal), [token]);
    const [over, setOver] = useState(false);
    useEffect(() => {
        document.title = `${say('模型演示', 'Presentation')} · ${say('女娲', 'Nuwa')}`;
        (globalThis as { nuwaStage?: Stage }).nuwaStage = stage; /* for tests */
    });
    useEffect(() => {
        if (!seen.data) return undefined;
        const left = Date.parse(seen.data.until) - Date.now();
        const timer = setTimeout(() => setOver(true), Math.min(Math.max(left, 0), 0x7fffffff));
        return () => clearTimeout(timer);
    }, [seen.data]);
    const refusal: Refusal | undefined = seen.refusal;
    const waits = refusal && (refusal.code === 'away' || refusal.status === 429);
    return (
        <div className="shown-page">
            <Head_ shown={over ? undefined : seen.data} />
            {over || (refusal && !seen.data) ? (
                <Over away={waits && !over ? refusal.message : ''} />
            ) : seen.data ? (
                <>
                    {refusal && <Alert banner type="warning" message={refusal.message} />}
                    {seen.data.files.some((file) => file.kind === 'view') ? (
                        <Stand stage={stage} token={token} shown={seen.data} />
                    ) : (
                        <FilesOnly token={token} shown={seen.data} />
                    )}
                </>
            ) : (
                <p className="boot" role="status">
                    {say('正在打开…', 'Opening…')}
                </p>
            )}
        </div>
    );
}
