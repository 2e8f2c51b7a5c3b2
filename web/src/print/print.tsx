/* From a model of the case to what a machine reads: machine and material, checks, how it lies, layers. */
import { Alert, Button } from 'antd';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { bytes, day, seconds } from '../case/format';
import { label, say } from '../case/language';
import { me } from '../case/session';
import { here } from '../plan/advice';
import { Files, JobState, place, useWork, Verdict, type Work } from '../plan/jobs';
import '../plan/plan.css';
import { ended, filesOfCase, jobsOfCase, type CaseFile, type Job } from '../plan/work';
import { CaseTabs } from '../ui/case';
import type { PageProps } from '../ui/pages';
import { useLoaded } from '../ui/use';
import { Layers } from './layers';
import {
    emptySetup,
    limitsOf,
    requestFor,
    saidBy,
    upText,
    wrongOf,
    type Finding,
    type Machine,
    type NumberName,
    type Orientation,
    type Place,
    type Setup,
    type Sliced,
    type Task,
    type Wrong,
} from './setup';

const meshEnding = /\.(stl|3mf|ply|obj|off|amf|glb|gltf|vtk|wrl)$/i;

interface Found {
    machines: Machine[];
    models: CaseFile[];
    jobs: Job[];
}

async function find(caseId: string, signal: AbortSignal): Promise<Found> {
    const [machines, files, jobs] = await Promise.all([
        ask<{ machines: Machine[] }>('GET', '/machines', { signal }),
        filesOfCase(caseId, signal),
        jobsOfCase(caseId, signal),
    ]);
    const models = files.filter((file) => meshEnding.test(file.name) && !/\.preview\./.test(file.name)).reverse();
    return { machines: machines.machines, models, jobs };
}

function keyOf(caseId: string): string {
    return `print:${me.get()?.person.id ?? ''}:${caseId}`;
}

function keptSetup(caseId: string, found: Found): Setup {
    let kept: Partial<Setup> = {};
    try {
        kept = JSON.parse(sessionStorage.getItem(keyOf(caseId)) ?? '{}') as Partial<Setup>;
    } catch {
        /* begin anew */
    }
    const setup = { ...emptySetup, ...kept };
    if (!found.models.some((file) => file.sha256 === setup.model)) setup.model = found.models[0]?.sha256 ?? '';
    const machine =
        found.machines.find((one) => one.name === setup.machine) ??
        found.machines.find((one) => one.process === 'sla') ??
        found.machines[0];
    setup.machine = machine?.name ?? '';
    if (!machine?.materials.some((one) => one.name === setup.material)) setup.material = machine?.materials[0]?.name ?? '';
    return setup;
}

/* ---- what to print, on what, how */

const texts: Record<NumberName, [string, string]> = {
    layer: ['层厚', 'Layer'],
    spin: ['绕竖直轴旋转', 'Turned about the vertical'],
    lift: ['离平台高度', 'Above the platform'],
    spacing: ['支撑间距', 'Between supports'],
    hollow: ['掏空，壁厚', 'Hollow, with a wall of'],
    drain: ['排液孔直径', 'Drain holes'],
};

function Form(props: { setup: Setup; found: Found; machine: Machine; wrong: Wrong[]; set: (change: Partial<Setup>) => void }): ReactElement {
    const { setup, machine, set } = props;
    const limits = limitsOf(machine);
    const number = (name: NumberName, preset: string): ReactElement => {
        const fault = props.wrong.find((one) => one.name === name);
        return (
            <div className="member" key={name}>
                <label className="name" htmlFor={`print-${name}`}>
                    {say(...texts[name])}
                </label>
                <span className="withunit">
                    <input
                        id={`print-${name}`}
                        className="number"
                        inputMode="decimal"
                        autoComplete="off"
                        placeholder={preset}
                        aria-invalid={!!fault || undefined}
                        aria-describedby={`print-${name}-about`}
                        value={setup[name]}
                        onChange={(event) => set({ [name]: event.target.value })}
                    />
                    <span className="unit">{limits[name].unit}</span>
                </span>
                <div id={`print-${name}-about`}>
                    <span className="hint">
                        {limits[name].min} – {limits[name].max}
                    </span>
                    {fault && <span className="fault">{label(fault)}</span>}
                </div>
            </div>
        );
    };
    const upFault = props.wrong.find((one) => one.name === 'up');
    return (
        <div className="members">
            <div className="member file">
                <label className="name" htmlFor="print-model">
                    {say('模型', 'Model')}
                </label>
                <select id="print-model" className="choice" value={setup.model} onChange={(event) => set({ model: event.target.value })}>
                    {props.found.models.map((file) => (
                        <option key={file.number} value={file.sha256}>
                            {file.name} · {bytes(file.bytes)} · {file.sha256.slice(0, 8)}
                        </option>
                    ))}
                </select>
            </div>
            <div className="member file">
                <label className="name" htmlFor="print-machine">
                    {say('机器', 'Machine')}
                </label>
                <select
                    id="print-machine"
                    className="choice"
                    value={setup.machine}
                    onChange={(event) => {
                        const next = props.found.machines.find((one) => one.name === event.target.value)!;
                        set({ machine: next.name, material: next.materials[0]?.name ?? '', layer: '' });
                    }}
                >
                    {props.found.machines.map((one) => (
                        <option key={one.name} value={one.name}>
                            {one.name} · {label(one)}
                        </option>
                    ))}
                </select>
            </div>
            <div className="member file">
                <label className="name" htmlFor="print-material">
                    {say('材料', 'Material')}
                </label>
                <select
                    id="print-material"
                    className="choice"
                    value={setup.material}
                    onChange={(event) => set({ material: event.target.value })}
                >
                    {machine.materials.map((one) => (
                        <option key={one.name} value={one.name}>
                            {label(one)}
                            {one.valid_until && say(`（有效期至 ${day(one.valid_until)}）`, ` (until ${day(one.valid_until)})`)}
                        </option>
                    ))}
                </select>
            </div>
            {number('layer', String(machine.layer_mm))}
            <div className="member">
                <label className="name" htmlFor="print-up">
                    {say('向上的方向 L,P,S', 'Direction up L,P,S')}
                </label>
                <input
                    id="print-up"
                    className="text"
                    autoComplete="off"
                    placeholder="0,0,1"
                    aria-invalid={!!upFault || undefined}
                    value={setup.up}
                    onChange={(event) => set({ up: event.target.value })}
                />
                {upFault && <span className="fault">{label(upFault)}</span>}
            </div>
            {number('spin', '0')}
            {number('lift', setup.supports ? '5' : '0')}
            {machine.process === 'sla' && (
                <>
                    <div className="member file">
                        <label>
                            <input type="checkbox" checked={setup.supports} onChange={(event) => set({ supports: event.target.checked })} />{' '}
                            {say('加支撑', 'With supports')}
                        </label>
                    </div>
                    {setup.supports && number('spacing', '3')}
                    {number('hollow', say('实心', 'solid'))}
                    {setup.hollow.trim() !== '' && number('drain', String(machine.limits.min_drain_mm ?? ''))}
                </>
            )}
        </div>
    );
}

function MachineFacts({ machine }: { machine: Machine }): ReactElement {
    const { compensation } = machine;
    const names: Record<string, [string, string]> = {
        min_wall_mm: ['最薄壁', 'Thinnest wall'],
        min_feature_mm: ['最小特征', 'Smallest feature'],
        min_hole_mm: ['最小孔', 'Narrowest hole'],
        min_gap_mm: ['最小间隙', 'Narrowest gap'],
        accuracy_mm: ['精度', 'Accuracy'],
        overhang_deg: ['悬垂角', 'Overhang'],
    };
    return (
        <details className="above">
            <summary>{say('机器档案与补偿', 'Profile of the machine, compensation')}</summary>
            <dl className="pairs">
                <dt>{say('成形空间', 'Build volume')}</dt>
                <dd>{machine.build_mm.map((n) => Number(n.toFixed(2))).join(' × ')} mm</dd>
                {machine.pixel_mm && (
                    <>
                        <dt>{say('像素', 'Pixel')}</dt>
                        <dd>{machine.pixel_mm.map((n) => n.toFixed(4)).join(' × ')} mm</dd>
                    </>
                )}
                {Object.entries(names).map(([name, text]) => (
                    <div key={name} className="pair">
                        <dt>{say(...text)}</dt>
                        <dd>
                            {machine.limits[name]} {name.endsWith('_deg') ? '°' : 'mm'}
                        </dd>
                    </div>
                ))}
                <dt>{say('补偿', 'Compensation')}</dt>
                <dd>
                    {say('比例', 'scale')} {compensation.scale.join(', ')}
                    {say('；外扩', '; outward')} {compensation.outward_mm} mm{say('；孔', '; holes')} {compensation.hole_mm} mm
                    {say('；首层', '; first layer')} {compensation.first_layer_mm} mm
                </dd>
                <dt>{say('来源', 'Source')}</dt>
                <dd>
                    {compensation.source === 'none measured' ? say('未测定', 'none measured') : compensation.source}
                    {compensation.valid_until && say(`，有效期至 ${day(compensation.valid_until)}`, `, valid until ${day(compensation.valid_until)}`)}
                </dd>
                <dt>{say('档案版本', 'Revision')}</dt>
                <dd>
                    {machine.revision} · {day(machine.date)}
                </dd>
            </dl>
        </details>
    );
}

/* ---- what came of it */

function Findings({ job }: { job: Job }): ReactElement {
    const said = saidBy<{ items?: Finding[]; verdict?: string }>(job);
    const items = said.items ?? [];
    const order = ['fail', 'conditional', 'pass'];
    return (
        <section className="card" aria-label={say('可打印性检查', 'Can it be printed')}>
            <h2>
                {say('可打印性检查', 'Can it be printed')} <Verdict of={said.verdict ?? 'pass'} />
            </h2>
            <ul className="findings">
                {[...items]
                    .sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
                    .map((item) => (
                        <li key={item.code}>
                            <Verdict of={item.verdict} />
                            <span>
                                {here(label(item))}
                                {item.places && item.places.length > 0 && (
                                    <span className="hint block">
                                        {say('位置（LPS, mm）', 'at (LPS, mm)')}{' '}
                                        {item.places.slice(0, 6).map((one, i) => (
                                            <code key={i}>[{place(one.place_mm)}] </code>
                                        ))}
                                    </span>
                                )}
                            </span>
                        </li>
                    ))}
            </ul>
        </section>
    );
}

function Orientations(props: { job: Job; setup: Setup; take: (one: Orientation) => void }): ReactElement {
    const said = saidBy<{ as_is?: Orientation; orientations?: Orientation[] }>(props.job);
    const rows = [...(said.as_is ? [said.as_is] : []), ...(said.orientations ?? [])];
    return (
        <section className="card" aria-label={say('摆放建议', 'How to lay it')}>
            <h2>{say('摆放建议', 'How to lay it')}</h2>
            <div className="scroll">
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('方向', 'Up')}</th>
                            <th scope="col">{say('高', 'Height')}</th>
                            <th scope="col">{say('悬垂', 'Overhang')}</th>
                            <th scope="col">{say('支撑', 'Support')}</th>
                            <th scope="col">{say('使用', 'Use')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.map((one, i) => (
                            <tr key={i} aria-current={props.setup.up === upText(one.up) || undefined}>
                                <td>
                                    {i === 0 && said.as_is ? say('现有方向', 'As it is') : say(`建议 ${i}`, `Suggestion ${i}`)}
                                    <div className="mono hint">{one.up.map((n) => n.toFixed(2)).join(', ')}</div>
                                </td>
                                <td>{one.height_mm.toFixed(1)} mm</td>
                                <td>{one.overhang_mm2.toFixed(0)} mm²</td>
                                <td>{one.support_mm3.toFixed(0)} mm³</td>
                                <td>
                                    {one.fits ? (
                                        <Button size="small" onClick={() => props.take(one)}>
                                            {say('采用', 'Take it')}
                                        </Button>
                                    ) : (
                                        <span className="tag bad">{say('放不下', 'does not fit')}</span>
                                    )}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </section>
    );
}

/* Each once: several places may lie in one layer. */
function layersOf(places: Place[]): number[] {
    return [...new Set(places.flatMap((one) => (one.layer === undefined ? [] : [one.layer])))];
}

function Tallies({ sliced, go }: { sliced: Sliced; go: (layer: number) => void }): ReactElement {
    const kinds: [string, string, Sliced['islands']][] = [
        [say('孤岛', 'Islands'), 'bad', sliced.islands],
        [say('封闭的杯状凹腔', 'Closed cups'), 'warn', sliced.cups],
        [say('封闭空腔', 'Trapped volumes'), 'bad', sliced.trapped],
    ];
    const shown = kinds.filter(([, , tally]) => tally);
    return (
        <ul className="findings">
            {shown.map(([name, tone, tally]) => (
                <li key={name}>
                    <span className={tally!.count ? `tag ${tone}` : 'tag good'}>{tally!.count}</span>
                    <span>
                        {name}
                        {layersOf(tally!.places)
                            .slice(0, 8)
                            .map((layer) => (
                                <span key={layer}>
                                    {' '}
                                    <Button size="small" onClick={() => go(layer)}>
                                        {say(`第 ${layer + 1} 层`, `layer ${layer + 1}`)}
                                    </Button>
                                </span>
                            ))}
                    </span>
                </li>
            ))}
        </ul>
    );
}

function SliceResult({ caseId, job, machines }: { caseId: string; job: Job; machines: Machine[] }): ReactElement {
    const sliced = saidBy<Sliced>(job);
    const machine = machines.find((one) => one.name === sliced.machine);
    const material = machine?.materials.find((one) => one.name === sliced.material);
    const outputs = job.result?.outputs ?? [];
    const stack = outputs.find((file) => /\.(sl1|zip)$/.test(file.name));
    const [index, go] = useState(0);
    useEffect(() => go(0), [job.id]);
    const facts: [string, string][] = [
        [say('机器与材料', 'Machine, material'), `${sliced.machine} · ${label(material, sliced.material)}`],
        [say('层数', 'Layers'), sliced.layers ? `${sliced.layers} × ${sliced.layer_mm} mm` : ''],
        [say('质量', 'Mass'), sliced.mass_g ? `${sliced.mass_g.toFixed(1)} g` : ''],
        [say('用时', 'Time'), sliced.time_s ? seconds(sliced.time_s) : ''],
        [say('材料费', 'Cost of material'), sliced.cost ? `¥ ${sliced.cost.toFixed(2)}` : ''],
    ];
    return (
        <section className="card" aria-label={say('打印文件', 'Print file')}>
            <h2>
                {say('打印文件', 'Print file')}{' '}
                {job.result?.status === 3 && <span className="tag warn">{say('须由人判断', 'to be judged by a person')}</span>}
            </h2>
            <dl className="pairs">
                {facts
                    .filter(([, text]) => text)
                    .map(([name, text]) => (
                        <div key={name} className="pair">
                            <dt>{name}</dt>
                            <dd>{text}</dd>
                        </div>
                    ))}
            </dl>
            <Tallies sliced={sliced} go={go} />
            {stack && machine ? (
                <Layers caseId={caseId} file={stack} machine={machine} sliced={sliced} index={index} go={go} />
            ) : (
                <p className="hint">
                    {say('G-code 的各层请在机器的软件中查看', 'Layers of G-code are looked at in the machine’s own program')}
                </p>
            )}
            <h3 className="above">{say('文件', 'Files')}</h3>
            <Files caseId={caseId} files={outputs} />
        </section>
    );
}

/* The newest of a command that worked. */
function newest(jobs: Job[], command: Task): Job | null {
    return jobs.find((job) => job.command === command && job.state === 'done') ?? null;
}

function taskName(task: string): string {
    if (task === 'printcheck') return say('检查', 'Check');
    return task === 'orient' ? say('寻找摆放方向', 'Search of how to lay it') : say('切片', 'Slicing');
}

function Print({ caseId, found }: { caseId: string; found: Found }): ReactElement {
    const [setup, setSetup] = useState(() => keptSetup(caseId, found));
    const [made, setMade] = useState<Partial<Record<Task, Job>>>(() => {
        const tasks: Task[] = ['printcheck', 'orient', 'slice'];
        return Object.fromEntries(tasks.map((task) => [task, newest(found.jobs, task)]).filter(([, job]) => job));
    });
    const work: Work = useWork(caseId);
    const machine = found.machines.find((one) => one.name === setup.machine)!;
    const model = found.models.find((one) => one.sha256 === setup.model);
    const wrong = useMemo(() => wrongOf(setup, machine), [setup, machine]);
    useEffect(() => sessionStorage.setItem(keyOf(caseId), JSON.stringify(setup)), [caseId, setup]);
    const keep = (job: Job | null): void => {
        if (job?.state === 'done') setMade((old) => ({ ...old, [job.command]: job }));
    };
    useEffect(() => {
        const going = found.jobs.find((job) => !ended(job) && ['printcheck', 'orient', 'slice'].includes(job.command));
        if (going) void work.follow(going).then(keep);
    }, []);
    if (!model)
        return (
            <div className="card empty">
                {say('病例还没有模型文件：先在“导入”中由影像生成，或在“设计”中生成，或上传一个', 'The case has no models yet: make one under Import or Design, or upload one')}
            </div>
        );
    const run = (task: Task): void => void work.run(requestFor(task, setup, model, machine)).then(keep);
    const disabled = work.busy || wrong.length > 0;
    const mine = (job: Job | undefined): Job | null => (job && Object.values(job.request.inputs).includes(setup.model) ? job : null);
    const check = mine(made.printcheck);
    const orient = mine(made.orient);
    const slice = mine(made.slice);
    return (
        <div className="board two">
            <div>
                <div className="card">
                    <Form
                        setup={setup}
                        found={found}
                        machine={machine}
                        wrong={wrong}
                        set={(change) => setSetup((old) => ({ ...old, ...change }))}
                    />
                    <MachineFacts machine={machine} />
                    <div className="row above">
                        <Button disabled={disabled} onClick={() => run('printcheck')}>
                            {say('检查', 'Check')}
                        </Button>
                        <Button disabled={disabled} onClick={() => run('orient')}>
                            {say('寻找摆放方向', 'How to lay it')}
                        </Button>
                        <Button type="primary" disabled={disabled} onClick={() => run('slice')}>
                            {say('切片', 'Slice')}
                        </Button>
                    </div>
                </div>
                <JobState work={work} name={taskName(work.job?.command ?? '')} />
            </div>
            <div>
                {slice && <SliceResult caseId={caseId} job={slice} machines={found.machines} />}
                {orient && (
                    <Orientations
                        job={orient}
                        setup={setup}
                        take={(one) => setSetup((old) => ({ ...old, up: upText(one.up), spin: String(Number(one.spin_deg.toFixed(3))) }))}
                    />
                )}
                {check && <Findings job={check} />}
                {!slice && !orient && !check && (
                    <div className="card empty">
                        {say('检查、摆放建议和层图显示在这里', 'Findings, suggestions and layers are shown here')}
                    </div>
                )}
            </div>
        </div>
    );
}

export default function PrintPage({ parts }: PageProps): ReactElement {
    const caseId = parts.case!;
    const found = useLoaded<Found>((signal) => find(caseId, signal), [caseId]);
    return (
        <>
            <h1>{say('打印', 'Printing')}</h1>
            <CaseTabs id={caseId} now="print" />
            {found.refusal && !found.data && <Alert type="error" showIcon role="alert" message={found.refusal.message} />}
            {!found.data && !found.refusal && <p role="status">{say('正在打开…', 'Opening…')}</p>}
            {found.data && <Print caseId={caseId} found={found.data} />}
        </>
    );
}
