/* From the scan to a model that a machine can build: one press, then the checks by themselves. */
import { Alert, Button } from 'antd';
import { useEffect, useState, type ReactElement } from 'react';
import { bytes } from '../case/format';
import { label, say } from '../case/language';
import { here } from '../plan/advice';
import { JobBar, Verdict } from '../plan/jobs';
import { ended, fileAddress, stateName, type CaseFile, type Job, type MadeFile } from '../plan/work';
import { saidBy, type Finding, type Machine } from '../print/setup';
import { Go } from '../ui/router';
import type { Desk } from './desk';
import { checkRequest, jobFor, makeRequest, needs, viewRequest, type Gate, type Need } from './state';

export function needName(need: Need): string {
    return { bone: say('骨', 'Bone'), skin: say('皮肤', 'Skin'), lung: say('肺', 'Lung'), airway: say('气道', 'Airway') }[need];
}

function makeName(need: Need): string {
    return {
        bone: say('生成骨模型', 'Make bone'),
        skin: say('生成皮肤模型', 'Make skin'),
        lung: say('生成肺模型', 'Make lung'),
        airway: say('生成气道模型', 'Make airway'),
    }[need];
}

/* How far a job is; what it said when it failed. */
export function JobLine({ job, name, desk, again }: { job: Job; name: string; desk: Desk; again: () => void }): ReactElement | null {
    if (job.state === 'done') return null;
    if (!ended(job))
        return (
            <div className="jobline" aria-live="polite">
                <div className="row apart">
                    <span>
                        {name} · {stateName(job.state)}
                    </span>
                    <Button size="small" disabled={job.state === 'cancelling'} onClick={() => desk.cancel(job)}>
                        {say('取消', 'Cancel')}
                    </Button>
                </div>
                <JobBar job={job} name={name} />
            </div>
        );
    return (
        <Alert
            type="error"
            showIcon
            role="alert"
            message={say(`${name}：没有完成`, `${name}: not done`)}
            description={
                <>
                    {(job.result?.messages ?? []).map((line, i) => (
                        <div key={i} className="mono">
                            {here(line)}
                        </div>
                    ))}
                    <p>{say('已上传的影像还在。', 'What was sent is kept.')}</p>
                    <Button onClick={again}>{say('再试一次', 'Try again')}</Button>
                </>
            }
        />
    );
}

interface PartNumbers {
    name: string;
    volume_mm3: number;
    volume_uncertainty_mm3: number;
    uncertainty_p95_mm: number;
    triangles: number;
    size_mm: number[];
}

function Parts({ job }: { job: Job }): ReactElement {
    const parts = saidBy<{ parts?: PartNumbers[] }>(job).parts ?? [];
    return (
        <ul className="parts">
            {parts.map((part) => (
                <li key={part.name}>
                    <strong>{needs.some((one) => one === part.name) ? needName(part.name as Need) : part.name}</strong>{' '}
                    {(part.volume_mm3 / 1000).toFixed(1)} ± {(part.volume_uncertainty_mm3 / 1000).toFixed(1)} cm³ ·{' '}
                    {part.size_mm.map((mm) => mm.toFixed(0)).join(' × ')} mm ·{' '}
                    {say(
                        `表面不确定度（95 % 处，1σ）±${part.uncertainty_p95_mm.toFixed(2)} mm`,
                        `surface uncertainty (95 % of it, 1σ) ±${part.uncertainty_p95_mm.toFixed(2)} mm`,
                    )}
                </li>
            ))}
        </ul>
    );
}

function Checked({ caseId, model, desk, machines }: { caseId: string; model: MadeFile; desk: Desk; machines: Machine[] }): ReactElement {
    const [machine, setMachine] = useState(() => (machines.find((one) => one.process === 'sla') ?? machines[0])?.name ?? '');
    const request = checkRequest(model, machine);
    const job = jobFor(desk.jobs ?? [], request);
    useEffect(() => {
        if (machine) void desk.ensure([request]);
    }, [model.sha256, machine, desk.ensure]);
    const said = job?.state === 'done' ? saidBy<{ verdict?: string; items?: Finding[] }>(job) : undefined;
    const open = (said?.items ?? []).filter((one) => one.verdict !== 'pass');
    return (
        <div className="checked">
            <div className="row">
                <label htmlFor="intake-machine">{say('在此机器上打印', 'To be printed on')}</label>
                <select id="intake-machine" className="choice" value={machine} onChange={(event) => setMachine(event.target.value)}>
                    {machines.map((one) => (
                        <option key={one.name} value={one.name}>
                            {one.name} · {label(one)}
                        </option>
                    ))}
                </select>
                {said?.verdict && (
                    <span data-printcheck={said.verdict}>
                        {say('可打印性', 'Printable')} <Verdict of={said.verdict} />
                    </span>
                )}
            </div>
            {job && <JobLine job={job} name={say('可打印性检查', 'Print check')} desk={desk} again={() => void desk.start(request)} />}
            {open.length > 0 && (
                <ul className="reasons">
                    {open.map((one) => (
                        <li key={one.code} className={one.verdict}>
                            <span aria-hidden>{one.verdict === 'fail' ? '✗' : '!'}</span> {here(label(one))}
                        </li>
                    ))}
                </ul>
            )}
            {said?.verdict === 'fail' && (
                <p className="hint">
                    {say('可换一台机器，或在“打印”页掏空、分割、另选摆放方向', 'Choose another machine, or hollow, split or lay it otherwise under Printing')}
                </p>
            )}
            <p className="row">
                <Go className="button" to={`/cases/${caseId}/view`}>
                    {say('看图', 'Look at it')}
                </Go>
                <Go className="button" to={`/cases/${caseId}/print`}>
                    {say('去打印', 'Print it')}
                </Go>
            </p>
        </div>
    );
}

interface Props {
    caseId: string;
    file: CaseFile;
    series: number;
    need: Need;
    setNeed: (need: Need) => void;
    charset: string;
    gate: Gate | undefined;
    /* why it cannot be begun yet; '' when it can */
    waits: string;
    desk: Desk;
    machines: Machine[];
}

export function MakeCard({ caseId, file, series, need, setNeed, charset, gate, waits, desk, machines }: Props): ReactElement {
    const request = makeRequest(file, series, need, charset);
    const job = jobFor(desk.jobs ?? [], request);
    const outputs = job?.state === 'done' ? (job.result?.outputs ?? []) : [];
    const model = outputs.find((one) => one.name.endsWith('.3mf'));
    const report = outputs.find((one) => one.name.endsWith('.html'));
    const poor = gate?.verdict === 'fail';
    useEffect(() => {
        /* so that the viewer has it at once */
        if (model) void desk.ensure([viewRequest({ ...model, media: '', number: 0 })]);
    }, [model?.sha256, desk.ensure]);
    return (
        <section className="card" aria-label={say('生成模型', 'The model')}>
            <h2>{say('生成模型', 'The model')}</h2>
            <div className="row">
                <fieldset className="needs">
                    <legend className="hint">{say('要做什么', 'What to make')}</legend>
                    {needs.map((one) => (
                        <label key={one}>
                            <input type="radio" name="need" checked={need === one} onChange={() => setNeed(one)} /> {needName(one)}
                        </label>
                    ))}
                </fieldset>
                <Button
                    type={poor ? 'default' : 'primary'}
                    size="large"
                    disabled={!!waits || (!!job && !ended(job))}
                    onClick={() => void desk.start(request)}
                >
                    {poor ? say(`仍然试做（${makeName(need)}）`, `${makeName(need)} all the same`) : makeName(need)}
                </Button>
                {waits && (
                    <span className="hint" role="status">
                        {waits}
                    </span>
                )}
            </div>
            {poor && (
                <p className="fault">{say('影像质量不合格：所做模型仅供观察，不能用于制作器械', 'The scan is not good enough: such a model is for looking at, not for a device')}</p>
            )}
            {job && <JobLine job={job} name={makeName(need)} desk={desk} again={() => void desk.start(request)} />}
            {job?.state === 'done' && model && (
                <>
                    <Parts job={job} />
                    <p className="row">
                        <a href={fileAddress(caseId, model.sha256)} download={model.name}>
                            {model.name} <span className="hint">{bytes(model.bytes)}</span>
                        </a>
                        {report && (
                            <a href={fileAddress(caseId, report.sha256)} download={report.name}>
                                {say('报告', 'Report')} <span className="hint">{bytes(report.bytes)}</span>
                            </a>
                        )}
                    </p>
                    <Checked caseId={caseId} model={model} desk={desk} machines={machines} />
                </>
            )}
        </section>
    );
}
