/* Jobs of a case: what runs, how long still, what failed and why; cancelled, done again. */
import { Alert, Button } from 'antd';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { jobNews } from '../case/events';
import { bytes as sizeText, moment, seconds } from '../case/format';
import { say } from '../case/language';
import { JobBar } from '../plan/jobs';
import { cancelJob, ended, fileAddress, jobsOfCase, stateName, timeLeft, type Job, type Pace } from '../plan/work';
import { useDoing } from '../ui/login';
import { useCell, useLoaded } from '../ui/use';
import './together.css';

const commands: Record<string, [string, string]> = {
    reconstruct: ['三维重建', 'Model from a scan'],
    view: ['准备看图', 'View made ready'],
    measure: ['测量', 'Measurement'],
    design: ['设计', 'Design'],
    plan: ['规划', 'Plan'],
    deidentify: ['去除身份信息', 'Identity taken out'],
    gate: ['影像检查', 'Check of a scan'],
    info: ['影像信息', 'What a scan is'],
    check: ['模型检查', 'Check of a model'],
    compare: ['模型比较', 'Comparison'],
    convert: ['格式转换', 'Conversion'],
    printcheck: ['可打印性检查', 'Check for printing'],
    slice: ['切片', 'Layers'],
    nest: ['排版', 'Nesting'],
    strength: ['强度计算', 'Strength'],
    edit: ['修整', 'Correction'],
};

function nameOf(command: string): string {
    const name = commands[command];
    return name ? say(...name) : command;
}

const tones: Record<Job['state'], string> = { waiting: '', running: 'info', cancelling: 'warn', done: 'good', failed: 'bad', cancelled: '' };

function One({ job, caseId, reload }: { job: Job; caseId: string; reload: () => void }): ReactElement {
    const from = useRef<Pace | null>(null);
    const { busy, refusal, run } = useDoing();
    const now: Pace = { at: Date.now(), progress: job.progress };
    if (job.state === 'running') from.current ??= now;
    else from.current = null;
    const left = from.current ? timeLeft(from.current, now) : null;
    const messages = (job.result?.messages ?? []).filter((line) => line.trim());
    const inputs = Object.keys(job.request?.inputs ?? {});
    return (
        <li className="card work" data-job={job.id}>
            <div className="row apart">
                <span>
                    <strong>{nameOf(job.command)}</strong> <span className={`tag ${tones[job.state]}`}>{stateName(job.state)}</span>
                    <span className="hint">
                        {' '}
                        {moment(job.created)}
                        {inputs.length > 0 && ` · ${inputs.join(say('、', ', '))}`}
                        {job.tries > 1 && say(` · 第 ${job.tries} 次`, ` · try ${job.tries}`)}
                    </span>
                </span>
                <span className="row">
                    {left !== null && <span className="hint">{say(`约剩 ${seconds(left)}`, `about ${seconds(left)} left`)}</span>}
                    {!ended(job) && (
                        <Button size="small" disabled={busy || job.state === 'cancelling'} onClick={() => run(async () => { await cancelJob(job); reload(); })}>
                            {say('取消', 'Cancel')}
                        </Button>
                    )}
                    {(job.state === 'failed' || job.state === 'cancelled') && (
                        <Button size="small" disabled={busy} onClick={() => run(async () => { await ask('POST', `/jobs/${job.id}/retry`); reload(); })}>
                            {say('重做', 'Do again')}
                        </Button>
                    )}
                </span>
            </div>
            {!ended(job) && <JobBar job={job} name={nameOf(job.command)} />}
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {job.state === 'failed' && (
                <Alert
                    type="error"
                    showIcon
                    message={messages.at(-1) ?? say('程序没有说明原因', 'The program gave no reason')}
                    description={
                        messages.length > 1 ? (
                            <details>
                                <summary>{say('程序说的全部', 'All that the program said')}</summary>
                                {messages.map((line, i) => (
                                    <div key={i} className="mono">
                                        {line}
                                    </div>
                                ))}
                            </details>
                        ) : undefined
                    }
                />
            )}
            {(job.result?.outputs ?? []).length > 0 && (
                <div className="hint">
                    {job.result!.outputs!.map((file) => (
                        <span key={file.sha256 + file.name}>
                            <a href={fileAddress(caseId, file.sha256)} download={file.name}>
                                {file.name}
                            </a>{' '}
                            ({sizeText(file.bytes)}){' '}
                        </span>
                    ))}
                </div>
            )}
        </li>
    );
}

export default function Jobs({ caseId }: { caseId: string }): ReactElement {
    const news = useCell(jobNews);
    const mine = news?.case === caseId ? `${news.id} ${news.state} ${news.progress.toFixed(2)}` : '';
    const seen = useLoaded((signal) => jobsOfCase(caseId, signal), [caseId, mine]);
    const [all, setAll] = useState(false);
    const jobs = seen.data ?? [];
    const going = jobs.filter((job) => !ended(job));
    useEffect(() => {
        if (!going.length) return undefined;
        const timer = setInterval(seen.reload, 5000); /* should an event be missed */
        return () => clearInterval(timer);
    }, [going.length > 0]);
    const over = jobs.filter(ended);
    const shown = all ? over : over.slice(0, 20);
    return (
        <>
            {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
            <section aria-label={say('正在进行', 'Running')}>
                <h2>{say('正在进行', 'Running')}</h2>
                {seen.data && !going.length && <p className="hint">{say('现在没有任务', 'Nothing runs now')}</p>}
                <ul className="jobs">
                    {going.map((job) => (
                        <One key={job.id} job={job} caseId={caseId} reload={seen.reload} />
                    ))}
                </ul>
            </section>
            <section aria-label={say('已结束', 'Ended')}>
                <h2>{say('已结束', 'Ended')}</h2>
                {seen.data && !over.length && <p className="hint">{say('还没有', 'None yet')}</p>}
                <ul className="jobs">
                    {shown.map((job) => (
                        <One key={job.id} job={job} caseId={caseId} reload={seen.reload} />
                    ))}
                </ul>
                {over.length > shown.length && <Button onClick={() => setAll(true)}>{say(`全部 ${over.length} 项`, `All ${over.length}`)}</Button>}
            </section>
        </>
    );
}
