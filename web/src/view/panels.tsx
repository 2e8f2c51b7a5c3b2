/* The viewer's side: scans, parts, maps, measurements. */
import { EyeInvisibleOutlined, EyeOutlined, ScissorOutlined } from '@ant-design/icons';
import { Alert, Button, Checkbox, Select } from 'antd';
import { useState, type ReactElement } from 'react';
import { language, say } from '../case/language';
import { useCell } from '../ui/use';
import { planeNames, type PlaneName } from './geometry';
import { classColours, colourAt, kindOf } from './lut';
import { paneTitle } from './pane';
import { isScan, type CaseFile } from './source';
import type { Part, Stage } from './stage';
import type { ModelWish } from './viewer';

export function mapName(name: string): string {
    return (
        {
            uncertainty_mm: say('不确定度（1σ）', 'Uncertainty (1σ)'),
            class: say('可信类别', 'Class of trust'),
            thickness_mm: say('壁厚', 'Wall thickness'),
            hu: say('表面下灰度', 'Grey value below'),
            distance_mm: say('到另一模型的距离', 'Distance to the other'),
        }[name] ?? name
    );
}

function classNames(): string[] {
    return [
        say('清晰', 'resolved'),
        say('薄壁', 'thin'),
        say('推断', 'inferred'),
        say('金属', 'metal'),
        say('手绘', 'drawn'),
    ];
}

export function ScanPanel({ stage, scans, chosen, choose }: { stage: Stage; scans: CaseFile[]; chosen: string | undefined; choose: (id: string) => void }): ReactElement | null {
    const head = useCell(stage.scanHead);
    const outlines = useCell(stage.outlines);
    if (!scans.length) return null;
    const remarks = (head?.remarks ?? []).filter((one) => one.severity !== 'note');
    return (
        <section>
            <h2>{say('扫描', 'Scan')}</h2>
            <Select
                aria-label={say('扫描', 'Scan')}
                style={{ width: '100%' }}
                value={chosen ?? null}
                options={scans.map((file) => ({ value: file.sha256, label: file.name }))}
                onChange={(id) => id && choose(id)}
            />
            {remarks.map((one) => (
                <Alert key={one.code} type="warning" showIcon style={{ marginTop: 8 }} message={language.get() === 'zh' ? one.zh : one.en} />
            ))}
            <Checkbox checked={outlines} onChange={(event) => stage.outlines.set(event.target.checked)} style={{ marginTop: 8 }}>
                {say('在层面上画出部件轮廓', 'Outlines of parts on slices')}
            </Checkbox>
        </section>
    );
}

function hex(rgb: readonly number[]): string {
    return `#${rgb.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
}

function PartRow({ stage, part }: { stage: Stage; part: Part }): ReactElement {
    const change = (with_: Partial<Part>): void =>
        stage.parts.update((parts) => parts.map((one) => (one.id === part.id ? { ...one, ...with_ } : one)));
    return (
        <>
            <div className="row">
                <Button
                    size="small"
                    type="text"
                    aria-pressed={part.visible}
                    aria-label={part.visible ? say(`隐藏 ${part.name}`, `Hide ${part.name}`) : say(`显示 ${part.name}`, `Show ${part.name}`)}
                    icon={part.visible ? <EyeOutlined /> : <EyeInvisibleOutlined />}
                    onClick={() => change({ visible: !part.visible })}
                />
                <input
                    type="color"
                    aria-label={say(`${part.name} 的颜色`, `Colour of ${part.name}`)}
                    value={hex(part.rgb)}
                    onChange={(event) => {
                        const n = parseInt(event.target.value.slice(1), 16);
                        change({ rgb: [n >> 16, (n >> 8) & 255, n & 255] });
                    }}
                />
                <span className="name" title={`${part.name}, ${part.triangles} ${say('个三角形', 'triangles')}`}>
                    {part.name}
                </span>
                <span>
                    {Math.round(part.opacity * 100)} %
                    <Button
                        size="small"
                        type={part.cut ? 'text' : 'default'}
                        aria-pressed={!part.cut}
                        aria-label={say(`${part.name} 不被剖切`, `Keep ${part.name} whole`)}
                        title={say('剖切时保持完整', 'Stays whole when others are cut away')}
                        icon={<ScissorOutlined />}
                        onClick={() => change({ cut: !part.cut })}
                    />
                </span>
            </div>
            <input
                type="range"
                min={0.1}
                max={1}
                step={0.05}
                value={part.opacity}
                aria-label={say(`${part.name} 的不透明度`, `Opacity of ${part.name}`)}
                onChange={(event) => change({ opacity: Number(event.target.value) })}
            />
        </>
    );
}

export function PartPanel({ stage, models, wishes, change }: { stage: Stage; models: CaseFile[]; wishes: ModelWish[]; change: (to: ModelWish[]) => void }): ReactElement | null {
    const parts = useCell(stage.parts);
    const clip = useCell(stage.clip);
    if (!models.length) return null;
    const planes = planeNames.flatMap((plane: PlaneName) => [
        { value: `${plane}+`, label: say(`沿${paneTitle(plane)}`, `Along ${paneTitle(plane).toLowerCase()}`) },
        { value: `${plane}-`, label: say(`沿${paneTitle(plane)}，另一侧`, `Along ${paneTitle(plane).toLowerCase()}, other side`) },
    ]);
    return (
        <section>
            <h2>{say('模型', 'Models')}</h2>
            {models.map((file) => (
                <div key={file.sha256}>
                    <Checkbox
                        checked={wishes.some((wish) => wish.file.sha256 === file.sha256)}
                        onChange={(event) =>
                            change(
                                event.target.checked
                                    ? [...wishes, { file, arguments: [], inputs: {}, suffix: '' }]
                                    : wishes.filter((wish) => wish.file.sha256 !== file.sha256),
                            )
                        }
                    >
                        {file.name}
                    </Checkbox>
                    {parts.filter((part) => part.model === file.sha256).map((part) => <PartRow key={part.id} stage={stage} part={part} />)}
                </div>
            ))}
            {parts.length > 0 && (
                <label className="field">
                    {say('剖切', 'Cut away')}
                    <Select
                        aria-label={say('剖切', 'Cut away')}
                        style={{ width: '100%' }}
                        value={clip ? `${clip.plane}${clip.flip ? '-' : '+'}` : ''}
                        options={[{ value: '', label: say('不剖切', 'Nothing') }, ...planes]}
                        onChange={(to) => stage.clip.set(to ? { plane: to.slice(0, -1) as PlaneName, flip: to.endsWith('-') } : null)}
                    />
                </label>
            )}
        </section>
    );
}

export function Legend({ stage }: { stage: Stage }): ReactElement | null {
    const map = useCell(stage.map);
    const volume = useCell(stage.extras.volume);
    if (!map || volume) return null;
    if (map.name === 'class')
        return (
            <div className="legend">
                {mapName(map.name)}
                {classNames().map((name, i) => (
                    <div key={name}>
                        <span className="chip" style={{ background: `rgb(${classColours[i]!.join(' ')})` }} />
                        {name}
                    </div>
                ))}
            </div>
        );
    const kind = kindOf(map.name);
    const stops = Array.from({ length: 17 }, (_, i) => `rgb(${colourAt(kind, 1 - i / 16).join(' ')})`);
    const digits = map.high - map.low >= 20 ? 0 : map.high - map.low < 0.1 ? 3 : 2;
    const marks = [1, 0.75, 0.5, 0.25, 0].map((share) => (map.low + share * (map.high - map.low)).toFixed(digits));
    return (
        <div className="legend">
            {mapName(map.name)}, {map.unit}
            <div className="scale">
                <div className="ramp" style={{ background: `linear-gradient(${stops.join(',')})` }} />
                <div className="marks">
                    {marks.map((mark, i) => (
                        <span key={i}>
                            {i === 0 ? '≥ ' : i === 4 && map.low !== 0 ? '≤ ' : ''}
                            {mark}
                        </span>
                    ))}
                </div>
            </div>
            {kind === 'diverging' && <div>{say('红：在另一模型之外', 'red: outside the other')}</div>}
        </div>
    );
}

function withMap(wish: ModelWish, flag: string, short: string, value?: { name: string; sha256: string }): ModelWish {
    const suffix = wish.suffix.includes(short) ? wish.suffix : `${wish.suffix}-${short}`;
    return {
        ...wish,
        suffix,
        arguments: [...wish.arguments.filter((word) => word !== flag), flag, ...(value ? [value.name] : [])],
        inputs: value ? { ...wish.inputs, [value.name]: value.sha256 } : wish.inputs,
    };
}

export function MapPanel({ stage, wishes, models, scan, change }: { stage: Stage; wishes: ModelWish[]; models: CaseFile[]; scan: CaseFile | undefined; change: (to: ModelWish[]) => void }): ReactElement | null {
    const maps = useCell(stage.maps);
    const map = useCell(stage.map);
    const [other, setOther] = useState('');
    const first = wishes[0];
    if (!first) return null;
    const has = (name: string): boolean => maps.some((one) => one.name === name);
    const more = (to: ModelWish): void => change([to, ...wishes.slice(1)]);
    const others = models.filter((file) => file.sha256 !== first.file.sha256);
    const plain = (file: CaseFile, prefix: string): { name: string; sha256: string } => ({
        name: `${prefix}${file.name.slice(file.name.indexOf('.'))}`.replaceAll(/[^\w.-]/g, '_'),
        sha256: file.sha256,
    });
    return (
        <section>
            <h2>{say('表面上的数值', 'Numbers on the surface')}</h2>
            <Select
                aria-label={say('表面上的数值', 'Numbers on the surface')}
                style={{ width: '100%' }}
                value={map?.name ?? ''}
                options={[{ value: '', label: say('部件颜色', 'Colour of the part') }, ...maps.map((one) => ({ value: one.name, label: mapName(one.name) }))]}
                onChange={(name) => stage.showMap(name || null)}
            />
            <p className="note">{say('由服务器计算（需要几秒）：', 'The server computes (some seconds):')}</p>
            <span style={{ display: 'flex', flexWrap: 'wrap', gap: 6 }}>
                {!has('thickness_mm') && (
                    <Button size="small" onClick={() => more(withMap(first, '--thickness', 't'))}>
                        {say('壁厚', 'Thickness')}
                    </Button>
                )}
                {!has('hu') && scan && isScan(scan) && (
                    <Button size="small" onClick={() => more(withMap(first, '--hu', 'h', plain(scan, 'scan')))}>
                        {say('灰度', 'Grey values')}
                    </Button>
                )}
            </span>
            {others.length > 0 && (
                <span style={{ display: 'flex', gap: 6, marginTop: 6 }}>
                    <Select
                        size="small"
                        aria-label={say('与哪个模型比较', 'Compare with')}
                        style={{ flex: 1, minWidth: 0 }}
                        value={other || null}
                        placeholder={say('与…比较', 'Compare with …')}
                        options={others.map((file) => ({ value: file.sha256, label: file.name }))}
                        onChange={(id) => setOther(id ?? '')}
                    />
                    <Button
                        size="small"
                        disabled={!other}
                        onClick={() => more(withMap(first, '--distance', `d${other.slice(0, 8)}`, plain(others.find((file) => file.sha256 === other)!, 'other')))}
                    >
                        {say('距离', 'Distance')}
                    </Button>
                </span>
            )}
        </section>
    );
}
