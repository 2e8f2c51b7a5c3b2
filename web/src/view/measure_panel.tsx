/* Measurements at the viewer's side: those there are, how to make one, volumes of parts. */
import { AimOutlined, DeleteOutlined, RedoOutlined } from '@ant-design/icons';
import { Button, Select } from 'antd';
import { useState, type ReactElement } from 'react';
import { say } from '../case/language';
import { useCell } from '../ui/use';
import { isPointKind, needsScan, textOf, type Measure, type MeasureKind, type PointKind } from './measures';
import { hide } from './measuring';
import type { CaseFile } from './source';
import type { Stage } from './stage';

export function kindName(kind: MeasureKind): string {
    return {
        length: say('长度', 'Length'),
        angle: say('角度', 'Angle'),
        area: say('面积', 'Area'),
        circle: say('圆内灰度', 'Values in a circle'),
        box: say('方框内灰度', 'Values in a box'),
        solid: say('体积', 'Volume'),
        distance: say('间距', 'Distance'),
        overlap: say('重叠体积', 'Shared volume'),
    }[kind];
}

function how(tool: PointKind): string {
    return {
        length: say('依次点击两点，在层面或立体上。', 'Click two places, on slices or on the solid.'),
        angle: say('依次点击三点，角在第二点。', 'Click three places; the angle is at the second.'),
        area: say('沿轮廓依次点击；再次点击第一点即闭合。', 'Click along the outline; the first place again closes it.'),
        circle: say('在层面上点击圆心，再点击圆周。', 'On a slice: click the middle, then the rim.'),
        box: say('在未旋转的层面上点击方框的两个对角。', 'On a slice that is not turned: click two opposite corners.'),
    }[tool];
}

function besides(one: Measure): string {
    const { deviation, voxels, surface } = one.more ?? {};
    const words: string[] = [];
    if (one.parts?.length) words.push(one.parts.join(say('、', ', ')));
    if (surface !== undefined) words.push(say(`表面 ${surface.toFixed(1)} mm²`, `surface ${surface.toFixed(1)} mm²`));
    if (deviation !== undefined) words.push(say(`标准差 ${deviation.toFixed(0)}`, `deviation ${deviation.toFixed(0)}`));
    if (voxels !== undefined) words.push(say(`${voxels} 个体素`, `${voxels} voxels`));
    if (one.state === 'waiting') words.push(say('预览，服务器计算中', 'a preview; the server computes'));
    return words.join(say('，', ', '));
}

function Row({ stage, caseId, one, again }: { stage: Stage; caseId: string; one: Measure; again: (one: Measure) => void }): ReactElement {
    return (
        <div className="row" style={{ gridTemplateColumns: 'minmax(0, 1fr) auto auto' }}>
            <span>
                {kindName(one.kind)} <b data-measure={one.state}>{textOf(one)}</b>
                <span className="note"> {one.message ?? besides(one)}</span>
            </span>
            {one.state === 'failed' ? (
                <Button size="small" type="text" icon={<RedoOutlined />} aria-label={say('再次测量', 'Measure again')} onClick={() => again(one)} />
            ) : (
                <Button
                    size="small"
                    type="text"
                    icon={<AimOutlined />}
                    disabled={!one.points.length}
                    aria-label={say('转到此处', 'Go there')}
                    onClick={() => one.points[0] && stage.moveCross(one.points[0])}
                />
            )}
            <Button
                size="small"
                type="text"
                icon={<DeleteOutlined />}
                aria-label={say('从画面移去', 'Take off the picture')}
                title={say('从画面移去；病例中的记录保留', 'Off the picture; the case keeps its record')}
                onClick={() => {
                    hide(caseId, one.id);
                    stage.measures.update((all) => all.filter((x) => x.id !== one.id));
                }}
            />
        </div>
    );
}

/* Volumes, and what lies between two parts. */
function OfParts({ stage, models, make }: { stage: Stage; models: CaseFile[]; make: (one: Measure) => void }): ReactElement | null {
    const parts = useCell(stage.parts);
    const [first, setFirst] = useState<string>();
    const [second, setSecond] = useState<string>();
    if (!parts.length) return null;
    const a = parts.find((part) => part.id === first) ?? parts[0]!;
    const b = parts.find((part) => part.id === second && part.id !== a.id);
    const options = parts.map((part) => ({ value: part.id, label: part.name }));
    const go = (kind: MeasureKind, of: (typeof parts)[number][]): void => {
        const files = of.map((part) => models.find((file) => file.sha256 === part.model)!);
        const inputs = Object.fromEntries(files.map((file, i) => [`model${files.indexOf(file) === i ? i : 0}${file.name.slice(file.name.lastIndexOf('.'))}`, file.sha256]));
        make({ id: `m${Date.now()}`, kind, points: [], state: 'waiting', parts: of.map((part) => part.name), inputs });
    };
    return (
        <>
            <label className="field">
                {say('部件', 'Part')}
                <Select aria-label={say('要测量的部件', 'Part to measure')} style={{ width: '100%' }} value={a.id} options={options} onChange={setFirst} />
            </label>
            {parts.length > 1 && (
                <label className="field">
                    {say('与另一部件之间', 'And another')}
                    <Select
                        aria-label={say('另一部件', 'The other part')}
                        style={{ width: '100%' }}
                        value={b?.id ?? ''}
                        options={[{ value: '', label: say('无', 'None') }, ...options.filter((one) => one.value !== a.id)]}
                        onChange={(id) => setSecond(id || undefined)}
                    />
                </label>
            )}
            <span style={{ display: 'flex', flexWrap: 'wrap', gap: 6, marginTop: 6 }}>
                <Button size="small" onClick={() => go('solid', [a])}>
                    {kindName('solid')}
                </Button>
                {b && (
                    <>
                        <Button size="small" onClick={() => go('distance', [a, b])}>
                            {kindName('distance')}
                        </Button>
                        <Button size="small" onClick={() => go('overlap', [a, b])}>
                            {kindName('overlap')}
                        </Button>
                    </>
                )}
            </span>
        </>
    );
}

interface Props {
    stage: Stage;
    caseId: string;
    models: CaseFile[];
    /* asks the command */
    make: (one: Measure) => void;
}

export function MeasurePanel({ stage, caseId, models, make }: Props): ReactElement | null {
    const list = useCell(stage.measures);
    const tool = useCell(stage.tool);
    const head = useCell(stage.scanHead);
    const parts = useCell(stage.parts);
    const measuring = isPointKind(tool) ? tool : null;
    const open = list.find((one) => one.state === 'drawing');
    if (!list.length && !measuring && !parts.length) return null;
    return (
        <section aria-label={say('测量', 'Measurements')}>
            <h2>{say('测量', 'Measurements')}</h2>
            {measuring && <p className="note">{needsScan(measuring) && !head ? say('这需要一个扫描。', 'This needs a scan.') : how(measuring)}</p>}
            {open?.kind === 'area' && open.points.length > 2 && (
                <Button
                    size="small"
                    type="primary"
                    onClick={() => {
                        const whole = stage.closeOutline();
                        if (whole) make(whole);
                    }}
                >
                    {say('闭合轮廓（回车）', 'Close the outline (Enter)')}
                </Button>
            )}
            {list.map((one) => (
                <Row key={one.id} stage={stage} caseId={caseId} one={one} again={make} />
            ))}
            <OfParts stage={stage} models={models} make={make} />
        </section>
    );
}
