/* The viewer's side, below the first panels: a second scan, two versions of a model, the volume. */
import { Alert, Button, Segmented, Select } from 'antd';
import { useEffect, useState, type ReactElement } from 'react';
import { fetchFrom } from '../api/client';
import { say } from '../case/language';
import { useCell } from '../ui/use';
import type { ScanHead } from './format';
import { asStored, registrationsOf, type FusedMode, type Motion, type Registration } from './fused';
import { loadScan, openView, runJob, ScanVoxels, viewOf, type CaseFile } from './source';
import type { Pair, Stage } from './stage';
import type { ModelWish } from './viewer';
import type { VolumePreset } from './volume';

function Slider({ name, value, change, low, high }: { name: string; value: number; change: (to: number) => void; low: string; high: string }): ReactElement {
    return (
        <span className="ends">
            <span>{low}</span>
            <input type="range" min={0} max={1} step={0.05} value={value} aria-label={name} onChange={(event) => change(Number(event.target.value))} />
            <span>{high}</span>
        </span>
    );
}

/* ---- a second scan ---- */

interface Place extends Registration {
    key: string;
}

async function placesOf(caseId: string, files: CaseFile[], signal: AbortSignal): Promise<Place[]> {
    const found: Place[] = [];
    for (const file of files.filter((one) => /\.json$/.test(one.name) && one.bytes < 1 << 20)) {
        const reply = await fetchFrom('GET', `/cases/${caseId}/files/${file.sha256}`, { signal });
        let json: unknown;
        try {
            json = await reply.json();
        } catch {
            continue; /* not one of ours */
        }
        for (const one of registrationsOf(json)) found.push({ ...one, key: `${file.sha256.slice(0, 12)}/${one.name}` });
    }
    return found;
}

function useSecond(stage: Stage, caseId: string, file: CaseFile | undefined, motion: Motion): { doing: string; failure: string } {
    const [doing, setDoing] = useState('');
    const [failure, setFailure] = useState('');
    useEffect(() => {
        stage.extras.second.set(null);
        setFailure('');
        if (!file) return undefined;
        const control = new AbortController();
        const open = async (): Promise<void> => {
            setDoing(say('读取中…', 'Reading …'));
            const view = await viewOf(caseId, file, { arguments: [], inputs: {}, suffix: '' }, () => undefined, control.signal);
            const opened = await openView<ScanHead>(caseId, view, control.signal);
            const scan = new ScanVoxels(opened.head);
            let shown = false;
            await loadScan(opened, scan, () => 0.5, () => {
                if (control.signal.aborted) return;
                if (!shown) {
                    stage.extras.window.set(opened.head.windows[0] ?? { name: 'auto', centre: 0, width: 1000 });
                    stage.extras.second.set({ head: opened.head, scan, motion });
                }
                shown = true;
                stage.extras.arrived.update((n) => n + 1);
            });
            setDoing('');
        };
        open().catch((problem: unknown) => {
            if (control.signal.aborted) return;
            setDoing('');
            setFailure(problem instanceof Error ? problem.message : String(problem));
        });
        return () => control.abort();
    }, [stage, caseId, file?.sha256]);
    useEffect(() => {
        stage.extras.second.update((now) => now && { ...now, motion });
    }, [stage, motion]);
    return { doing, failure };
}

export function FusedPanel({ stage, caseId, scans, files, first }: { stage: Stage; caseId: string; scans: CaseFile[]; files: CaseFile[]; first: string | undefined }): ReactElement | null {
    const others = scans.filter((file) => file.sha256 !== first);
    const [chosen, setChosen] = useState('');
    const [places, setPlaces] = useState<Place[]>([]);
    const [place, setPlace] = useState('');
    const second = useCell(stage.extras.second);
    const share = useCell(stage.extras.share);
    const mode = useCell(stage.extras.mode);
    const window = useCell(stage.extras.window);
    const motion = places.find((one) => one.key === place)?.motion ?? asStored;
    const { doing, failure } = useSecond(stage, caseId, others.find((file) => file.sha256 === chosen), motion);
    useEffect(() => {
        if (!chosen) return undefined;
        const control = new AbortController();
        placesOf(caseId, files, control.signal).then(setPlaces, () => undefined);
        return () => control.abort();
    }, [caseId, chosen]);
    const registered = places.find((one) => one.key === place);
    if (!others.length) return null;
    return (
        <section aria-label={say('叠加另一扫描', 'A second scan on top')}>
            <h2>{say('叠加另一扫描', 'A second scan on top')}</h2>
            <Select
                aria-label={say('第二个扫描', 'Second scan')}
                style={{ width: '100%' }}
                value={chosen}
                options={[{ value: '', label: say('无', 'None') }, ...others.map((file) => ({ value: file.sha256, label: file.name }))]}
                onChange={setChosen}
            />
            {doing && <p className="note">{doing}</p>}
            {failure && <Alert type="error" showIcon message={failure} />}
            {second && (
                <>
                    <label className="field">
                        {say('它的位置', 'Where it lies')}
                        <Select
                            aria-label={say('它的位置', 'Where it lies')}
                            style={{ width: '100%' }}
                            value={place}
                            options={[{ value: '', label: say('按文件坐标', 'As stored') }, ...places.map((one) => ({ value: one.key, label: `${one.name}${one.rms_mm === null ? '' : ` · ${one.rms_mm.toFixed(2)} mm`}` }))]}
                            onChange={setPlace}
                        />
                    </label>
                    <p className="note">
                        {registered
                            ? registered.accepted
                                ? say('配准已被认可。', 'This registration was accepted.')
                                : say('注意：配准尚未被认可。', 'Mind: this registration was not accepted.')
                            : say('未配准：只有同一次检查的序列才对得上。', 'Not registered: only series of one examination lie on one another.')}
                    </p>
                    <Segmented
                        aria-label={say('叠加方式', 'How they are shown')}
                        value={mode}
                        options={[
                            { value: 'blend', label: say('混合', 'Blend') },
                            { value: 'colour', label: say('彩色', 'Colour') },
                            { value: 'checker', label: say('棋盘', 'Checkerboard') },
                        ]}
                        onChange={(to) => stage.extras.mode.set(to as FusedMode)}
                    />
                    {mode !== 'checker' && (
                        <Slider name={say('第二个扫描的比例', 'Share of the second scan')} value={share} change={(to) => stage.extras.share.set(to)} low={say('第一', '1st')} high={say('第二', '2nd')} />
                    )}
                    <span className="pair">
                        <label>
                            {say('窗位', 'Level')}
                            <input type="number" value={Math.round(window.centre)} aria-label={say('第二个扫描的窗位', 'Level of the second scan')} onChange={(event) => stage.extras.window.update((w) => ({ ...w, centre: Number(event.target.value) }))} />
                        </label>
                        <label>
                            {say('窗宽', 'Width')}
                            <input type="number" min={1} value={Math.round(window.width)} aria-label={say('第二个扫描的窗宽', 'Width of the second scan')} onChange={(event) => stage.extras.window.update((w) => ({ ...w, width: Math.max(Number(event.target.value), 1) }))} />
                        </label>
                    </span>
                </>
            )}
        </section>
    );
}

/* ---- two versions of a model ---- */

interface Compared {
    mean_mm: number;
    p95_mm: number;
    max_mm: number;
    signed_mean_mm: number;
}

/* How much of the older and of the newer is seen. */
export function blendOf(share: number): [number, number] {
    return [share <= 0.5 ? 1 : Math.round(200 - 200 * share) / 100, share >= 0.5 ? 1 : Math.round(200 * share) / 100];
}

function nameIn(file: CaseFile, prefix: string): string {
    return `${prefix}${file.name.slice(file.name.lastIndexOf('.'))}`;
}

interface CompareProps {
    stage: Stage;
    caseId: string;
    models: CaseFile[];
    wishes: ModelWish[];
    change: (to: ModelWish[]) => void;
    /* gives the solid the whole window */
    enlarge: () => void;
}

export function ComparePanel({ stage, caseId, models, wishes, change, enlarge }: CompareProps): ReactElement | null {
    const [a, setA] = useState('');
    const [b, setB] = useState('');
    const [share, setShare] = useState(0.5);
    const [said, setSaid] = useState<Compared | string | null>(null);
    const beside = useCell(stage.pair) !== null;
    const older = models.find((file) => file.sha256 === a);
    const newer = models.find((file) => file.sha256 === b && b !== a);
    if (models.length < 2) return null;
    const plain = (file: CaseFile): ModelWish => ({ file, arguments: [], inputs: {}, suffix: '' });
    const both = !!older && !!newer && [older, newer].every((file) => wishes.some((wish) => wish.file.sha256 === file.sha256));
    const blend = (to: number): void => {
        setShare(to);
        const [first, second] = blendOf(to);
        stage.parts.update((parts) => parts.map((part) => (part.model === a ? { ...part, opacity: first } : part.model === b ? { ...part, opacity: second } : part)));
    };
    const show = (): void => change([plain(newer!), plain(older!)]);
    const pick = (set: (to: string) => void) => (to: string): void => {
        stage.pair.set(null);
        set(to);
    };
    const together = (): void => {
        stage.pair.set(null);
        if (!both) show();
    };
    const sideBySide = (): void => {
        if (!both) show();
        blend(0.5);
        stage.extras.showVolume(stage, null);
        stage.pair.set([older!, newer!].map((file) => ({ model: file.sha256, name: file.name })) as unknown as Pair);
        enlarge();
    };
    const difference = async (): Promise<void> => {
        if (!older || !newer) return;
        const with_ = nameIn(older, 'other');
        if (!beside) blend(1);
        change([{ ...plain(newer), suffix: `-d${older.sha256.slice(0, 8)}`, arguments: ['--distance', with_], inputs: { [with_]: older.sha256 } }, plain(older)]);
        setSaid(say('计算中…', 'Computing …'));
        try {
            const [from, to] = [nameIn(older, 'older'), nameIn(newer, 'newer')];
            const job = await runJob(caseId, { command: 'compare', inputs: { [from]: older.sha256, [to]: newer.sha256 }, arguments: [from, to], outputs: [] }, () => undefined);
            setSaid(job.result?.said as unknown as Compared);
        } catch (problem) {
            setSaid(problem instanceof Error ? problem.message : String(problem));
        }
    };
    const options = models.map((file) => ({ value: file.sha256, label: file.name }));
    return (
        <section aria-label={say('比较两个版本', 'Two versions')}>
            <h2>{say('比较两个版本', 'Two versions')}</h2>
            <label className="field">
                {say('之前', 'Before')}
                <Select aria-label={say('之前的模型', 'Model before')} style={{ width: '100%' }} value={a} options={[{ value: '', label: '–' }, ...options]} onChange={pick(setA)} />
            </label>
            <label className="field">
                {say('之后', 'After')}
                <Select aria-label={say('之后的模型', 'Model after')} style={{ width: '100%' }} value={b} options={[{ value: '', label: '–' }, ...options.filter((one) => one.value !== a)]} onChange={pick(setB)} />
            </label>
            {older && newer && (
                <>
                    {both && !beside && (
                        <Slider name={say('之前与之后', 'Before and after')} value={share} change={blend} low={say('之前', 'Before')} high={say('之后', 'After')} />
                    )}
                    {(!both || beside) && (
                        <Button size="small" onClick={together}>
                            {say('重叠显示', 'One over the other')}
                        </Button>
                    )}
                    {!beside && (
                        <Button size="small" onClick={sideBySide}>
                            {say('并排显示', 'Side by side')}
                        </Button>
                    )}
                    <Button size="small" onClick={() => void difference()}>
                        {say('差异图（mm）', 'Difference map (mm)')}
                    </Button>
                    {typeof said === 'string' && <p className="note">{said}</p>}
                    {said && typeof said === 'object' && (
                        <p className="note" data-compared="done">
                            {say(
                                `平均 ${said.mean_mm.toFixed(3)} mm，95% 在 ${said.p95_mm.toFixed(3)} mm 之内，最大 ${said.max_mm.toFixed(3)} mm；带符号平均 ${said.signed_mean_mm.toFixed(3)} mm（正：之后在之前之外）`,
                                `mean ${said.mean_mm.toFixed(3)} mm, 95 % within ${said.p95_mm.toFixed(3)} mm, most ${said.max_mm.toFixed(3)} mm; signed mean ${said.signed_mean_mm.toFixed(3)} mm (positive: after lies outside before)`,
                            )}
                        </p>
                    )}
                </>
            )}
        </section>
    );
}

/* ---- the scan as a volume ---- */

export function VolumePanel({ stage }: { stage: Stage }): ReactElement | null {
    const head = useCell(stage.scanHead);
    const preset = useCell(stage.extras.volume);
    const picture = useCell(stage.extras.picture);
    useCell(stage.arrived);
    if (!head || head.unit !== 'HU') return null;
    const times = stage.extras.coarseness(stage);
    return (
        <section aria-label={say('体绘制', 'Volume')}>
            <h2>{say('体绘制', 'Volume')}</h2>
            <Select
                aria-label={say('体绘制', 'Volume')}
                style={{ width: '100%' }}
                value={preset ?? ''}
                options={[
                    { value: '', label: say('关（显示模型）', 'Off (models are shown)') },
                    { value: 'bone', label: say('骨', 'Bone') },
                    { value: 'vessels', label: say('血管（增强）', 'Vessels (contrast)') },
                    { value: 'skin', label: say('皮肤', 'Skin') },
                ]}
                onChange={(to) => stage.extras.showVolume(stage, (to || null) as VolumePreset | null)}
            />
            {preset && (
                <p className="note" data-volume={picture ? (picture.coarse ? 'coarse' : 'fine') : 'waiting'}>
                    {picture?.coarse === false ? '' : say('粗略，正在细化。', 'Coarse, getting finer. ')}
                    {times > 1 ? say(`由 ${times} 倍大的体素绘制。`, `Drawn from voxels ${times} times as large. `) : ''}
                    {say('仅供观看，不用于测量。', 'To look at, not to measure.')}
                </p>
            )}
        </section>
    );
}
