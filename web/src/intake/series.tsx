/* The series of a scan: what they are, how they look, and whether they are good enough. */
import { Button } from 'antd';
import { useState, type ReactElement } from 'react';
import { label, say } from '../case/language';
import { Verdict } from '../plan/jobs';
import { ended, fileAddress, type CaseFile, type Job } from '../plan/work';
import type { Desk } from './desk';
import { gateOf, gateRequest, headerDate, inOrder, jobFor, type Gate, type Need, type Series } from './state';

/* The newest picture of it, for whatever it was looked at. */
function pictureOf(jobs: Job[], file: CaseFile, series: number): string | undefined {
    const name = `series-${file.sha256.slice(0, 12)}-${series}.png`;
    for (const job of jobs) {
        const picture = job.command === 'gate' && job.result?.outputs?.find((one) => one.name === name);
        if (picture) return picture.sha256;
    }
    return undefined;
}

function Look({ caseId, sha256, waiting, name }: { caseId: string; sha256: string | undefined; waiting: boolean; name: string }): ReactElement {
    if (sha256)
        return <img className="look" width={112} height={112} src={fileAddress(caseId, sha256)} alt={say(`${name}：中间一层`, `${name}: middle slice`)} />;
    return (
        <span className={waiting ? 'look waiting' : 'look'} aria-hidden>
            {waiting ? '…' : '—'}
        </span>
    );
}

/* What keeps it from passing; the rest can be unfolded. */
function Reasons({ gate }: { gate: Gate }): ReactElement {
    const bad = gate.items.filter((item) => item.verdict !== 'pass');
    const good = gate.items.length - bad.length;
    return (
        <>
            {bad.length > 0 && (
                <ul className="reasons">
                    {bad.map((item) => (
                        <li key={item.code} className={item.verdict}>
                            <span aria-hidden>{item.verdict === 'fail' ? '✗' : '!'}</span> {label(item)}
                        </li>
                    ))}
                </ul>
            )}
            <details>
                <summary className="hint">{say(`其余 ${good} 项合格`, `${good} other items pass`)}</summary>
                <ul className="reasons">
                    {gate.items
                        .filter((item) => item.verdict === 'pass')
                        .map((item) => (
                            <li key={item.code}>
                                <span aria-hidden>✓</span> {label(item)}
                            </li>
                        ))}
                </ul>
            </details>
        </>
    );
}

function Copy({ text }: { text: string }): ReactElement {
    const [done, setDone] = useState(false);
    return (
        <Button
            onClick={() => {
                void navigator.clipboard?.writeText(text).then(
                    () => setDone(true),
                    () => undefined,
                );
            }}
        >
            {done ? say('已复制', 'Copied') : say('复制', 'Copy')}
        </Button>
    );
}

/* A scan that is not good enough: what was sent stays, and this is what can be done now. */
function NextStep({ gate }: { gate: Gate }): ReactElement {
    const note = say(gate.rescan_zh, gate.rescan_en);
    return (
        <div className="next">
            <strong>{say('不能用于制作器械。已上传的影像保留在病例中。', 'Not good enough for a device. What was sent is kept in the case.')}</strong>
            <ul>
                <li>{say('若列表中有更好的序列，请选用它', 'Is there a better series in this list? Choose it')}</li>
                <li>{say('若影像科还有更薄的重建，请再拖入', 'Has the radiology department thinner images? Drop them above')}</li>
                <li>{say('否则请影像科重新扫描，要求如下：', 'Otherwise ask for a new scan; this is what to ask for:')}</li>
            </ul>
            {note && (
                <details>
                    <summary>{say('给影像科的重新扫描要求', 'Request to the radiology department')}</summary>
                    <pre>{note}</pre>
                    <Copy text={note} />
                </details>
            )}
        </div>
    );
}

interface RowProps {
    caseId: string;
    file: CaseFile;
    one: Series;
    desk: Desk;
    need: Need;
    chosen: boolean;
    choose: () => void;
}

function size(of: Series): string {
    const step = of.spacing_mm?.map((mm) => Number(mm.toFixed(3))).join(' × ');
    return step ? `${step} mm` : '';
}

function GateState({ job, again, ask }: { job: Job | undefined; again: () => void; ask: () => void }): ReactElement {
    if (!job)
        return (
            <Button size="small" onClick={ask}>
                {say('检查质量', 'Check its quality')}
            </Button>
        );
    if (!ended(job))
        return (
            <span className="tag info" role="status">
                {job.state === 'waiting' ? say('等待检查', 'waiting') : say(`正在检查 ${Math.round(job.progress * 100)}%`, `being checked ${Math.round(job.progress * 100)}%`)}
            </span>
        );
    const gate = gateOf(job);
    if (gate) return <Verdict of={gate.verdict} />;
    return (
        <>
            <span className="fault">{job.result?.messages?.filter((line) => line.trim()).at(-1) ?? say('检查未完成', 'The check was not done')}</span>{' '}
            <Button size="small" onClick={again}>
                {say('再试', 'Try again')}
            </Button>
        </>
    );
}

function Row({ caseId, file, one, desk, need, chosen, choose }: RowProps): ReactElement {
    const jobs = desk.jobs ?? [];
    const request = gateRequest(file, one.number, need);
    const job = jobFor(jobs, request);
    const gate = gateOf(job);
    const name = one.series_description || say(`序列 ${one.number}`, `Series ${one.number}`);
    const facts: [string, string][] = [
        [say('方法', 'Method'), one.modality ?? one.format ?? ''],
        [say('部位', 'Body part'), one.body_part ?? ''],
        [say('层数', 'Slices'), one.slices ? String(one.slices) : ''],
        [say('体素', 'Voxel'), size(one)],
        [say('日期', 'Date'), headerDate(one.acquisition_date ?? one.study_date)],
    ];
    return (
        <li className={chosen ? 'series chosen' : 'series'} data-series={one.number}>
            <Look caseId={caseId} sha256={pictureOf(jobs, file, one.number)} waiting={one.usable && !!job && !ended(job)} name={name} />
            <div className="about">
                <div className="row apart">
                    <label className="row">
                        <input type="radio" name="series" disabled={!one.usable} checked={chosen} onChange={choose} />
                        <strong>{name}</strong>
                    </label>
                    {one.usable ? (
                        <GateState job={job} ask={() => void desk.ensure([request])} again={() => void desk.start(request)} />
                    ) : (
                        <span className="tag">{say('不能使用', 'cannot be used')}</span>
                    )}
                </div>
                <dl className="seriesfacts">
                    {facts
                        .filter(([, value]) => value)
                        .map(([what, value]) => (
                            <div key={what}>
                                <dt>{what}</dt>
                                <dd>{value}</dd>
                            </div>
                        ))}
                </dl>
                {!one.usable && <p className="hint">{say(one.zh ?? '', one.en ?? '')}</p>}
                {one.remarks
                    .filter((remark) => remark.severity === 'warning')
                    .map((remark) => (
                        <p key={remark.code} className="hint">
                            ! {label(remark)}
                        </p>
                    ))}
                {gate && <Reasons gate={gate} />}
                {gate?.verdict === 'fail' && chosen && <NextStep gate={gate} />}
            </div>
        </li>
    );
}

export function SeriesList(props: Omit<RowProps, 'one' | 'chosen' | 'choose'> & { found: Series[]; chosen: number; choose: (number: number) => void }): ReactElement {
    const { found, chosen, choose, ...rest } = props;
    return (
        <ul className="serieslist">
            {inOrder(found).map((one) => (
                <Row key={one.number} {...rest} one={one} chosen={one.number === chosen} choose={() => choose(one.number)} />
            ))}
        </ul>
    );
}
