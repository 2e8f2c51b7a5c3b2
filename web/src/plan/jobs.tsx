/* How a job goes, and what it left: for every page that has work done. */
import { Alert, Button, Progress } from 'antd';
import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react';
import { Refusal } from '../api/client';
import { bytes, seconds, shortDigest } from '../case/format';
import { say } from '../case/language';
import { here } from './advice';
import { cancelJob, ended, fileAddress, followJob, startJob, stateName, timeLeft, type Job, type JobRequest, type MadeFile, type Pace } from './work';

export interface Work {
    job: Job | null;
    left: number | null;
    refusal: Refusal | null;
    busy: boolean;
    /* Null when it was refused, the page was left, or another was run in its place. */
    run: (request: JobRequest) => Promise<Job | null>;
    /* A job that was found under way. Null also when one is run or followed here already: what
     * somebody waits for is not given up for what a list of jobs says. */
    follow: (job: Job) => Promise<Job | null>;
    show: (job: Job | null) => void;
    cancel: () => void;
}

/* Why a request is given up whose answer nobody waits for any more; a page that is only left has no reason. */
const overtaken = new Error('another was run in its place');

/* It may have ended by itself. */
async function giveUp(job: Job): Promise<void> {
    try {
        await cancelJob(job);
    } catch (failure) {
        if (!(failure instanceof Refusal)) throw failure;
    }
}

export function useWork(caseId: string): Work {
    const [job, setJob] = useState<Job | null>(null);
    const [left, setLeft] = useState<number | null>(null);
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const [busy, setBusy] = useState(false);
    const control = useRef<AbortController | null>(null);
    useEffect(() => () => control.current?.abort(), []);

    const guard = useCallback(async (work: (signal: AbortSignal) => Promise<Job>): Promise<Job | null> => {
        control.current?.abort(overtaken);
        const own = new AbortController();
        control.current = own;
        setBusy(true);
        setRefusal(null);
        setLeft(null);
        try {
            return await work(own.signal);
        } catch (failure) {
            if (own.signal.aborted) return null;
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
            return null;
        } finally {
            if (control.current === own) {
                control.current = null;
                setBusy(false);
            }
        }
    }, []);

    const toItsEnd = useCallback((first: Job, signal: AbortSignal): Promise<Job> => {
        let from: Pace | null = null;
        return followJob(
            first,
            (now) => {
                const pace = { at: Date.now(), progress: now.progress };
                if (now.state === 'running') from ??= pace;
                setLeft(from ? timeLeft(from, pace) : null);
                setJob(now);
            },
            signal,
        );
    }, []);
    const follow = useCallback(
        async (first: Job) => (control.current ? null : guard((signal) => toItsEnd(first, signal))),
        [guard, toItsEnd],
    );
    const run = useCallback(
        (request: JobRequest) => {
            setJob(null);
            return guard(async (signal) => {
                const made = await startJob(caseId, request);
                if (signal.reason === overtaken) await giveUp(made);
                signal.throwIfAborted();
                return toItsEnd(made, signal);
            });
        },
        [caseId, guard, toItsEnd],
    );
    const cancel = useCallback(() => {
        if (!job) return;
        cancelJob(job).catch((failure: unknown) => {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
        });
    }, [job]);
    return { job, left, refusal, busy, run, follow, show: setJob, cancel };
}

/* A bar is of one step of the command, which starts again with the next: a step that cannot say how far
 * it is has no number. */
export function JobBar({ job, name }: { job: Job; name: string }): ReactElement {
    const percent = Math.round(job.progress * 100);
    const stage = job.result?.stage;
    return (
        <>
            <Progress percent={percent} status="active" aria-label={name} showInfo={percent > 0} />
            {stage && <div className="hint">{say(`当前步骤：${stage}`, `Now: ${stage}`)}</div>}
        </>
    );
}

/* While it runs: how far, how long still, and a way to stop it. When it failed: what the command said. */
export function JobState({ work, name }: { work: Work; name: string }): ReactElement | null {
    const { job, left, refusal } = work;
    return (
        <div aria-live="polite">
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {job && !ended(job) && (
                <div className="card work">
                    <div className="row apart">
                        <strong>
                            {name} · {stateName(job.state)}
                        </strong>
                        <span className="row">
                            <span className="hint">
                                {left !== null && say(`约剩 ${seconds(left)}`, `about ${seconds(left)} left`)}
                            </span>
                            <Button size="small" disabled={job.state === 'cancelling'} onClick={work.cancel}>
                                {say('取消', 'Cancel')}
                            </Button>
                        </span>
                    </div>
                    <JobBar job={job} name={name} />
                </div>
            )}
            {job?.state === 'failed' && (
                <Alert
                    type="error"
                    showIcon
                    message={say(`${name}：失败`, `${name}: failed`)}
                    description={
                        <>
                            {(job.result?.messages ?? []).map((line, i) => (
                                <div key={i} className="mono">
                                    {here(line)}
                                </div>
                            ))}
                            <p className="hint">
                                {say('所填内容都还在；改正后再做一次。', 'What you filled in is kept: mend it and try again.')}
                            </p>
                        </>
                    }
                />
            )}
            {job?.state === 'cancelled' && (
                <Alert type="info" showIcon message={say(`${name}：已取消`, `${name}: cancelled`)} />
            )}
        </div>
    );
}

export function Files({ caseId, files }: { caseId: string; files: MadeFile[] }): ReactElement {
    return (
        <div className="scroll">
            <table className="list">
                <thead>
                    <tr>
                        <th scope="col">{say('文件', 'File')}</th>
                        <th scope="col">{say('大小', 'Size')}</th>
                        <th scope="col">{say('摘要（SHA-256）', 'Digest (SHA-256)')}</th>
                    </tr>
                </thead>
                <tbody>
                    {files.map((file) => (
                        <tr key={file.name + file.sha256}>
                            <td>
                                <a href={fileAddress(caseId, file.sha256)} download={file.name}>
                                    {file.name}
                                </a>
                            </td>
                            <td>{bytes(file.bytes)}</td>
                            <td className="mono" title={file.sha256}>
                                {shortDigest(file.sha256)}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function Verdict({ of }: { of: string }): ReactElement {
    const names: Record<string, [string, string, string]> = {
        pass: ['good', '合格', 'Pass'],
        conditional: ['warn', '有条件', 'Conditional'],
        fail: ['bad', '不合格', 'Fail'],
    };
    const [look, zh, en] = names[of] ?? ['info', of, of];
    return <span className={`tag ${look}`}>{say(zh, en)}</span>;
}

export function place(at: unknown): string {
    return Array.isArray(at) && at.length === 3 ? at.map((n) => Number(n).toFixed(1)).join(', ') : '';
}
