/* What was made of the document: picture, checks, files, what changed, and putting it on record. */
import { Alert, Button, Input } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask, Refusal } from '../api/client';
import { moment } from '../case/format';
import { keyFor, dropDraft } from '../case/drafts';
import { label, say } from '../case/language';
import type { Todo } from '../case/model';
import { useLoaded } from '../ui/use';
import { Files, JobState, place, useWork, Verdict } from './jobs';
import {
    byWeight,
    documentOf,
    isPreview,
    outputsOf,
    partsMade,
    pictureOf,
    stepForm,
    worst,
    type Check,
    type Difference,
    type MadePart,
} from './outcome';
import { fileAddress, readText, type Job } from './work';

function number(value: number | null, unit: string): string {
    if (value === null) return '';
    const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 1 ? 2 : 3;
    return `${Number(value.toFixed(digits))}${unit ? ` ${unit.replace(/2$/, '²').replace(/3$/, '³')}` : ''}`;
}

function Checks({ checks }: { checks: Check[] }): ReactElement {
    return (
        <div className="scroll">
            <table className="list checks">
                <thead>
                    <tr>
                        <th scope="col">{say('结论', 'Verdict')}</th>
                        <th scope="col">{say('检查', 'Check')}</th>
                        <th scope="col">{say('值', 'Value')}</th>
                        <th scope="col">{say('限值', 'Limit')}</th>
                    </tr>
                </thead>
                <tbody>
                    {byWeight(checks).map((check, i) => (
                        <tr key={`${check.code}${i}`}>
                            <td>
                                <Verdict of={check.verdict} />
                            </td>
                            <td>
                                {label(check)} <code className="block">{check.code}</code>
                                {check.place_mm && (
                                    <span className="hint">
                                        {say('位于 LPS', 'at LPS')} <span className="mono nowrap">{place(check.place_mm)}</span> mm
                                    </span>
                                )}
                            </td>
                            <td className="mono">{number(check.value, check.unit)}</td>
                            <td className="mono">{number(check.limit, check.unit)}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

function Made({ part }: { part: MadePart }): ReactElement {
    return (
        <section>
            <h3>{part.name}</h3>
            <p className="hint">
                {part.size_mm.map((n) => n.toFixed(1)).join(' × ')} mm · {(part.volume_mm3 / 1000).toFixed(2)} cm³ ·{' '}
                {say(`${part.triangles} 个三角形`, `${part.triangles} triangles`)} · {say('网格', 'grid')} {part.cell_mm} mm
            </p>
            {part.checks.length > 0 ? (
                <Checks checks={part.checks} />
            ) : (
                <p className="hint">{say('此种部件没有检查项', 'There are no checks for this kind of part')}</p>
            )}
        </section>
    );
}

export function Outcome({ job }: { job: Job }): ReactElement {
    const parts = partsMade(job);
    const picture = pictureOf(job);
    return (
        <div className="card outcome">
            <div className="row apart">
                <h2>
                    {say('结果', 'Result')} <Verdict of={worst(parts)} />{' '}
                    {isPreview(job) && <span className="tag info">{say('预览，网格较粗', 'preview, on a coarse grid')}</span>}
                </h2>
                <span className="hint">{moment(job.finished)}</span>
            </div>
            {picture && (
                <img
                    className="picture"
                    src={fileAddress(job.case, picture.sha256)}
                    alt={say(`所生成的部件：${parts.map((part) => part.name).join('、')}`, `What was made: ${parts.map((part) => part.name).join(', ')}`)}
                />
            )}
            {parts.map((part) => (
                <Made key={part.name} part={part} />
            ))}
            <h3>{say('文件', 'Files')}</h3>
            <Files caseId={job.case} files={outputsOf(job)} />
        </div>
    );
}

/* ---- on record */

export function Record({ job }: { job: Job }): ReactElement {
    const todo = useLoaded<{ data: Todo }>((signal) => ask('GET', `/cases/${job.case}/todo`, { signal }), [job.case, job.id]);
    const [why, setWhy] = useState('');
    const [state, setState] = useState<'open' | 'sending' | 'done'>('open');
    const [refusal, setRefusal] = useState<Refusal | null>(null);
    const may = todo.data?.data.roles.designer;
    const allowed = may?.acts.some((act) => act.act === 'design.step');
    const blocked = may?.blocked.find((one) => one.act === 'design.step');
    const stepFile = outputsOf(job).find((file) => file.name.endsWith('.step.json'));
    const send = async (): Promise<void> => {
        setState('sending');
        setRefusal(null);
        try {
            const step = JSON.parse(await readText(job.case, stepFile!.sha256)) as { version: string; step_sha256: string };
            const form = stepForm(job, step, why.trim());
            const draft = `design.step:${job.id}`;
            await ask('POST', `/cases/${job.case}/acts/design.step`, {
                body: { role: 'designer', form },
                once: keyFor(job.case, draft, JSON.stringify(form)),
            });
            dropDraft(job.case, draft);
            setState('done');
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure);
            setState('open');
        }
    };
    if (!todo.data || !stepFile) return <></>;
    return (
        <div className="card record">
            <h2>{say('记入病例', 'On record')}</h2>
            {state === 'done' ? (
                <Alert type="success" showIcon message={say('已作为设计步骤记入病例', 'It is on record as a design step')} />
            ) : allowed ? (
                <form
                    className="stack"
                    onSubmit={(event) => {
                        event.preventDefault();
                        void send();
                    }}
                >
                    <div className="line">
                        <label htmlFor="why">{say('说明（可选）', 'Why (optional)')}</label>
                        <Input.TextArea id="why" rows={2} value={why} onChange={(event) => setWhy(event.target.value)} />
                    </div>
                    <p className="hint">
                        {say(
                            '记入命令、程序版本、步骤摘要、全部输入和输出的摘要。',
                            'Command, version, digest of the step and of all that went in and came out are put on record.',
                        )}
                    </p>
                    <Button htmlType="submit" loading={state === 'sending'}>
                        {say('记为设计步骤', 'Put on record as a design step')}
                    </Button>
                </form>
            ) : (
                <p className="hint">
                    {blocked
                        ? say(`现在还不能记为设计步骤：${blocked.reason}`, `It cannot be a design step yet: ${blocked.reason}`)
                        : say('设计步骤由病例的设计人员记入', 'Design steps are put on record by the case’s designer')}
                </p>
            )}
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
        </div>
    );
}

/* ---- versions */

function Changes({ difference }: { difference: Difference }): ReactElement {
    return (
        <>
            {difference.changes.length === 0 && <p>{say('两个版本的文本内容相同', 'Both versions say the same')}</p>}
            {difference.changes.length > 0 && (
                <div className="scroll">
                    <table className="list">
                        <thead>
                            <tr>
                                <th scope="col">{say('成员', 'Member')}</th>
                                <th scope="col">{say('之前', 'Before')}</th>
                                <th scope="col">{say('之后', 'After')}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {difference.changes.map((one, i) => (
                                <tr key={i}>
                                    <td className="mono">{one.place}</td>
                                    <td className="mono">{one.from ?? '—'}</td>
                                    <td className="mono">{one.to ?? '—'}</td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
            )}
            {difference.parts.map((one) => (
                <p key={one.part}>
                    <strong>{one.part}</strong>{' '}
                    {one.largest_mm !== undefined &&
                        say(
                            `表面移动最大 ${one.largest_mm.toFixed(2)} mm（位于 ${place(one.largest_at_mm)}），平均 ${one.mean_mm!.toFixed(2)} mm`,
                            `the surface moved by at most ${one.largest_mm.toFixed(2)} mm (at ${place(one.largest_at_mm)}), ${one.mean_mm!.toFixed(2)} mm on average`,
                        )}
                    {one.volume_a_mm3 !== undefined &&
                        one.volume_b_mm3 !== undefined &&
                        say(
                            `；体积 ${one.volume_a_mm3.toFixed(0)} → ${one.volume_b_mm3.toFixed(0)} mm³`,
                            `; volume ${one.volume_a_mm3.toFixed(0)} → ${one.volume_b_mm3.toFixed(0)} mm³`,
                        )}
                </p>
            ))}
        </>
    );
}

/* The same document is the same version, however often it was made. */
function versionNumbers(jobs: Job[]): Map<string, number> {
    const out = new Map<string, number>();
    for (const job of [...jobs].reverse()) {
        const { sha256 } = documentOf(job)!;
        if (!out.has(sha256)) out.set(sha256, out.size + 1);
    }
    return out;
}

export function Versions(props: { caseId: string; jobs: Job[]; shown: Job | null; open: (job: Job) => void; load: (job: Job) => void }): ReactElement {
    const work = useWork(props.caseId);
    const [pair, setPair] = useState<[Job, Job] | null>(null);
    const compare = (before: Job): void => {
        const after = props.shown!;
        setPair([before, after]);
        const files = (job: Job): Record<string, string> => {
            const { [documentOf(job)!.name]: _, ...rest } = job.request.inputs;
            return rest;
        };
        void work.run({
            command: 'compare',
            inputs: {
                ...files(before),
                ...files(after),
                'before.json': documentOf(before)!.sha256,
                'after.json': documentOf(after)!.sha256,
            },
            arguments: ['before.json', 'after.json'],
            outputs: [],
        });
    };
    const numbers = versionNumbers(props.jobs);
    const numberOf = (job: Job): number => numbers.get(documentOf(job)!.sha256) ?? 0;
    const difference = work.job?.state === 'done' ? (work.job.result?.said as unknown as Difference) : null;
    return (
        <div className="card">
            <h2>{say('版本', 'Versions')}</h2>
            <div className="scroll">
                <table className="list">
                    <tbody>
                        {props.jobs.slice(0, 12).map((job) => {
                            const document = documentOf(job)!;
                            const now = props.shown?.id === job.id;
                            const same = props.shown && documentOf(props.shown)?.sha256 === document.sha256;
                            return (
                                <tr key={job.id} aria-current={now || undefined}>
                                    <td>
                                        {say(`版本 ${numbers.get(document.sha256)}`, `Version ${numbers.get(document.sha256)}`)}
                                        <div className="hint">
                                            {moment(job.created)} · {document.name}
                                        </div>
                                    </td>
                                    <td>
                                        <Verdict of={worst(partsMade(job))} />{' '}
                                        {isPreview(job) && <span className="hint nowrap">{say('预览', 'preview')}</span>}
                                    </td>
                                    <td>
                                        <div className="row tight">
                                        {now ? (
                                            <span className="hint">{say('正在显示', 'shown')}</span>
                                        ) : (
                                            <Button size="small" onClick={() => props.open(job)}>
                                                {say('显示', 'Show')}
                                            </Button>
                                        )}
                                        {!isPreview(job) && (
                                            <Button size="small" onClick={() => props.load(job)}>
                                                {say('取回文档', 'Take its document')}
                                            </Button>
                                        )}
                                        {props.shown && !same && (
                                            <Button size="small" onClick={() => compare(job)}>
                                                {say('与所示版本比较', 'Compare with the one shown')}
                                            </Button>
                                        )}
                                        </div>
                                    </td>
                                </tr>
                            );
                        })}
                    </tbody>
                </table>
            </div>
            <JobState work={work} name={say('比较', 'Comparison')} />
            {difference && pair && (
                <section aria-label={say('比较结果', 'What changed')}>
                    <h3>
                        {say(
                            `版本 ${numberOf(pair[0])} 到版本 ${numberOf(pair[1])} 的变化`,
                            `What changed from version ${numberOf(pair[0])} to version ${numberOf(pair[1])}`,
                        )}
                    </h3>
                    <Changes difference={difference} />
                </section>
            )}
        </div>
    );
}
