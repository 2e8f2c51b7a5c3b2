/* Links of a case for somebody outside: what, until when, how often; and those that there are. */
import { Alert, Button, Input, Progress, Select } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask, onceKey, Refusal } from '../api/client';
import { bytes as sizeText, moment } from '../case/format';
import { say } from '../case/language';
import type { Entry, Look, Registered } from '../case/model';
import { Go } from '../ui/router';
import { useLoaded } from '../ui/use';
import { filesOf, isModel, isScan, runJob, type CaseFile, type Job } from '../view/source';
import { useDoing } from '../ui/login';
import './together.css';

interface Link {
    share: string;
    label: string;
    created: string;
    person: string;
    until: string;
    revoked: string | null;
    live: boolean;
    opened: number;
    most: number | null;
    note: string;
    files: { name: string; of: string; kind: string }[];
}

interface Material {
    models: CaseFile[];
    /* with a job of this case that took identity out */
    scans: CaseFile[];
    raw: CaseFile[];
    views: Map<string, CaseFile>;
}

/* By the digest of what it shows; its inputs have plain names, as they stand in it. */
function viewNameOf(file: CaseFile): string {
    return `shown-${file.sha256.slice(0, 20)}.view`;
}

async function material(caseId: string, signal: AbortSignal): Promise<Material> {
    const [files, { jobs }] = await Promise.all([filesOf(caseId, signal), ask<{ jobs: Job[] }>('GET', `/cases/${caseId}/jobs`, { signal })]);
    const made = new Set(
        jobs.filter((job) => job.command === 'deidentify' && job.state === 'done').flatMap((job) => (job.result?.outputs ?? []).filter((one) => one.name.endsWith('.zip')).map((one) => one.sha256)),
    );
    return {
        models: files.filter(isModel).reverse(),
        scans: files.filter((file) => made.has(file.sha256)).reverse(),
        raw: files.filter((file) => isScan(file) && !made.has(file.sha256) && /\.(zip|tar|tgz|tar\.gz|dcm)$/i.test(file.name)).reverse(),
        views: new Map(files.filter((file) => file.name.endsWith('.view')).map((file) => [file.name, file])),
    };
}

async function viewed(caseId: string, file: CaseFile, views: Map<string, CaseFile>, tell: (job: Job) => void): Promise<string> {
    const name = viewNameOf(file);
    const have = views.get(name);
    if (have) return have.sha256;
    const ending = /(\.tar\.gz|\.nii\.gz|\.\w+)$/i.exec(file.name)?.[0].toLowerCase() ?? '';
    const input = `${isModel(file) ? 'model' : 'scan'}${ending}`;
    await runJob(caseId, { command: 'view', inputs: { [input]: file.sha256 }, arguments: [input, '-o', name], outputs: [name] }, tell);
    const made = (await filesOf(caseId)).find((one) => one.name === name);
    if (!made) throw new Error(say('视图文件没有生成', 'The view was not made'));
    return made.sha256;
}

const days = [1, 7, 30, 90];
const times = [0, 1, 3, 10];

/* For which ground, and to whom. */
interface Leaving {
    ground: string;
    to: string;
    reference: string;
}

interface Names {
    value: string;
    label: string;
}

/* Whom data may go to, by ground: permitted by the patient, of the team, on the site's list. */
async function recipients(caseId: string, signal: AbortSignal): Promise<Record<string, Names[]>> {
    const [entries, listed] = await Promise.all([
        ask<Look<Entry[]>>('GET', `/cases/${caseId}/entries`, { signal }),
        ask<Record<string, Registered[]>>('GET', '/registry/recipient', { signal }),
    ]);
    const plain = (names: unknown[]): Names[] => [...new Set(names.map(String))].map((name) => ({ value: name, label: name }));
    const permitted = entries.data.filter((entry) => entry.act === 'share.permit').map((entry) => entry.form.to);
    const team = entries.data.filter((entry) => entry.act === 'team.set').at(-1)?.form.members as { person: string; name: string; organisation?: string }[] | undefined;
    const onList = plain((listed.recipient ?? []).map((one) => one.id));
    return {
        patient: plain(permitted),
        team: (team ?? []).map((one) => ({ value: one.person, label: one.organisation ? `${one.name} · ${one.organisation}` : one.name })),
        ethics: onList,
        authority: onList,
    };
}

function Ground({ caseId, value, change }: { caseId: string; value: Leaving; change: (value: Leaving) => void }): ReactElement {
    const names = useLoaded((signal) => recipients(caseId, signal), [caseId]);
    const written = value.ground === 'ethics' || value.ground === 'authority';
    const grounds: Names[] = [
        { value: 'patient', label: say('患者许可', 'the patient permits it') },
        { value: 'ethics', label: say('伦理委员会要求', 'the ethics committee asks') },
        { value: 'authority', label: say('监管部门要求', 'the authority asks') },
        { value: 'team', label: say('给团队成员', 'for a member of the team') },
    ];
    const options = names.data?.[value.ground] ?? [];
    return (
        <fieldset className="plain">
            <legend>{say('依据与接收方', 'Ground, and who gets it')}</legend>
            {names.refusal && <Alert type="error" showIcon message={names.refusal.message} />}
            <div className="row">
                <Select
                    aria-label={say('依据', 'Ground')}
                    placeholder={say('依据', 'Ground')}
                    style={{ width: 190 }}
                    value={value.ground || null}
                    onChange={(ground: string) => change({ ground, to: '', reference: '' })}
                    options={grounds}
                />
                <Select
                    aria-label={say('接收方', 'Who gets it')}
                    placeholder={say('接收方', 'Who gets it')}
                    style={{ minWidth: 220 }}
                    value={value.to || null}
                    disabled={!value.ground}
                    notFoundContent={say('没有', 'None')}
                    onChange={(to: string) => change({ ...value, to })}
                    options={options}
                />
                {written && (
                    <Input
                        aria-label={say('来文编号', 'Number of the request')}
                        placeholder={say('来文编号', 'Number of the request')}
                        style={{ width: 190 }}
                        maxLength={60}
                        value={value.reference}
                        onChange={(event) => change({ ...value, reference: event.target.value })}
                    />
                )}
            </div>
            {names.data && value.ground && !options.length && (
                <p className="hint">
                    {value.ground === 'patient' ? (
                        <Go to={`/cases/${caseId}/do/share.permit`}>{say('先记录患者许可', 'Record the patient’s permission first')}</Go>
                    ) : value.ground === 'team' ? (
                        say('病例还没有团队', 'The case has no team yet')
                    ) : (
                        say('接收方名单由质量管理在“登记”中维护', 'Quality keeps the list of recipients in the registry')
                    )}
                </p>
            )}
        </fieldset>
    );
}

function isWhole(leaving: Leaving): boolean {
    return !!leaving.to && (!['ethics', 'authority'].includes(leaving.ground) || !!leaving.reference.trim());
}

function bodyOf({ ground, to, reference }: Leaving): Record<string, string> {
    return { ground, to, ...(reference.trim() ? { reference: reference.trim() } : {}) };
}

function Choice({ file, on, change }: { file: CaseFile; on: boolean; change: () => void }): ReactElement {
    return (
        <label className="row choiceline">
            <input type="checkbox" checked={on} onChange={change} />
            <span>
                {file.name} <span className="hint">{sizeText(file.bytes)}</span>
            </span>
        </label>
    );
}

function Made({ address, until, close }: { address: string; until: string; close: () => void }): ReactElement {
    const [copied, setCopied] = useState(false);
    return (
        <Alert
            type="success"
            role="status"
            showIcon
            closable
            onClose={close}
            message={say(`链接已生成，有效至 ${moment(until)}`, `The link is made, until ${moment(until)}`)}
            description={
                <>
                    <p>{say('现在就复制：离开此页后不再显示。', 'Copy it now: it is not shown again once you leave this page.')}</p>
                    <div className="row">
                        <Input readOnly className="mono" aria-label={say('链接', 'Link')} value={address} onFocus={(event) => event.target.select()} />
                        <Button
                            onClick={() => {
                                void navigator.clipboard?.writeText(address).then(() => setCopied(true));
                            }}
                        >
                            {copied ? say('已复制', 'Copied') : say('复制', 'Copy')}
                        </Button>
                        <a href={address} target="_blank" rel="noreferrer">
                            {say('看看', 'Look')}
                        </a>
                    </div>
                </>
            }
        />
    );
}

function Make({ caseId, of, made, reload }: { caseId: string; of: Material; made: () => void; reload: () => void }): ReactElement {
    const [chosen, choose] = useState<string[]>(of.models[0] ? [of.models[0].sha256] : []);
    const [until, setUntil] = useState(7);
    const [most, setMost] = useState(0);
    const [note, setNote] = useState('');
    const [leaving, setLeaving] = useState<Leaving>({ ground: '', to: '', reference: '' });
    const [job, setJob] = useState<Job | null>(null);
    const [link, setLink] = useState<{ address: string; until: string } | null>(null);
    const [failure, setFailure] = useState('');
    const [busy, setBusy] = useState(false);
    const toggle = (id: string): void => choose(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
    const work = async (doing: () => Promise<void>): Promise<void> => {
        setBusy(true);
        setFailure('');
        try {
            await doing();
        } catch (problem) {
            setFailure(problem instanceof Error ? problem.message : String(problem));
        } finally {
            setBusy(false);
            setJob(null);
        }
    };
    const send = async (): Promise<void> => {
        const files: string[] = [];
        for (const file of [...of.models, ...of.scans])
            if (chosen.includes(file.sha256)) files.push(await viewed(caseId, file, of.views, setJob));
        const body = { files, ...bodyOf(leaving), until: new Date(Date.now() + until * 86400000 - 60000).toISOString().replace(/\.\d+Z/, 'Z'), ...(most ? { most } : {}), ...(note.trim() ? { note: note.trim() } : {}) };
        const reply = await ask<{ token?: string; until: string }>('POST', `/cases/${caseId}/shares`, { body, once: onceKey() });
        if (reply.token) setLink({ address: `${location.origin}/shared/${reply.token}`, until: reply.until });
        setNote('');
        made();
    };
    const clean = async (file: CaseFile): Promise<void> => {
        let now = await ask<Job>('POST', `/cases/${caseId}/deidentified`, { body: { scan: file.sha256, ...bodyOf(leaving) }, once: onceKey() });
        for (let wait = 300; !['done', 'failed', 'cancelled'].includes(now.state); wait = Math.min(wait * 1.3, 1500)) {
            setJob(now);
            await new Promise((resolve) => setTimeout(resolve, wait));
            now = await ask<Job>('GET', `/jobs/${now.id}`);
        }
        if (now.state !== 'done') throw new Error(now.result?.messages?.filter((line) => line.trim()).at(-1) ?? say('任务没有完成', 'The job was not done'));
        reload();
    };
    return (
        <section className="card sharing">
            <h2>{say('生成链接', 'Make a link')}</h2>
            <p className="hint">{say('没有账户的人凭链接可以转动、剖切、测量模型；看不到患者、病例和人员的任何信息。', 'Who has the link can turn, cut and measure the model without an account; nothing of the patient, the case or the staff is shown.')}</p>
            {link && <Made {...link} close={() => setLink(null)} />}
            {failure && <Alert type="error" showIcon role="alert" message={failure} />}
            <Ground caseId={caseId} value={leaving} change={setLeaving} />
            <fieldset className="plain">
                <legend>{say('显示什么', 'What is shown')}</legend>
                {of.models.map((file) => (
                    <Choice key={file.sha256} file={file} on={chosen.includes(file.sha256)} change={() => toggle(file.sha256)} />
                ))}
                {of.scans.map((file) => (
                    <Choice key={file.sha256} file={file} on={chosen.includes(file.sha256)} change={() => toggle(file.sha256)} />
                ))}
                {!of.models.length && !of.scans.length && <p className="hint">{say('此病例还没有可以分享的模型', 'This case has no model that could be shared yet')}</p>}
                {of.raw.slice(0, 3).map((file) => (
                    <p key={file.sha256} className="row">
                        <span className="hint">{say(`${file.name}：影像须先去除身份信息`, `${file.name}: identity is taken out of a scan first`)}</span>
                        <Button size="small" disabled={busy || !isWhole(leaving)} onClick={() => void work(() => clean(file))}>
                            {say('去除身份信息', 'Take identity out')}
                        </Button>
                    </p>
                ))}
            </fieldset>
            <div className="row">
                <label>
                    {say('有效期', 'Until')}{' '}
                    <Select aria-label={say('有效期', 'Until')} style={{ width: 120 }} value={until} onChange={setUntil} options={days.map((n) => ({ value: n, label: say(`${n} 天`, n === 1 ? '1 day' : `${n} days`) }))} />
                </label>
                <label>
                    {say('可打开', 'How often')}{' '}
                    <Select aria-label={say('可打开', 'How often')} style={{ width: 120 }} value={most} onChange={setMost} options={times.map((n) => ({ value: n, label: n ? say(`${n} 次`, n === 1 ? 'once' : `${n} times`) : say('不限', 'no limit') }))} />
                </label>
            </div>
            <Input aria-label={say('备注', 'Note')} maxLength={160} placeholder={say('备注：给谁、为什么（只有院内可见）', 'Note: for whom and why (seen inside only)')} value={note} onChange={(event) => setNote(event.target.value)} />
            <div role="status">
                {job && (
                    <>
                        {job.state === 'waiting' ? say('等待处理', 'waiting for its turn') : job.command === 'deidentify' ? say('正在去除身份信息', 'identity is being taken out') : say('准备显示', 'being made ready to show')}{' '}
                        <Progress percent={Math.round(job.progress * 100)} size="small" style={{ width: 160 }} aria-label={say('进度', 'Progress')} />
                    </>
                )}
            </div>
            <Button type="primary" loading={busy} disabled={!chosen.length || !isWhole(leaving)} onClick={() => void work(send)}>
                {say('生成链接', 'Make the link')}
            </Button>
        </section>
    );
}

function stateOf(link: Link): [string, string] {
    if (link.live) return ['good', say('有效', 'live')];
    if (link.revoked) return ['', say('已收回', 'taken back')];
    return ['', link.most && link.opened >= link.most ? say('次数已用完', 'used up') : say('已到期', 'expired')];
}

function List({ caseId, links, reload }: { caseId: string; links: Link[]; reload: () => void }): ReactElement {
    const { busy, refusal, run } = useDoing();
    return (
        <section className="card scroll">
            <h2>{say('已有的链接', 'Links there are')}</h2>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {!links.length && <p className="hint">{say('还没有链接', 'None yet')}</p>}
            {links.length > 0 && (
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('状态', 'State')}</th>
                            <th scope="col">{say('显示', 'Shows')}</th>
                            <th scope="col">{say('有效至', 'Until')}</th>
                            <th scope="col">{say('打开次数', 'Opened')}</th>
                            <th scope="col">{say('备注', 'Note')}</th>
                            <th scope="col">{say('操作', 'Action')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {links.map((link) => {
                            const [tone, word] = stateOf(link);
                            return (
                                <tr key={link.share} data-link={link.share}>
                                    <td>
                                        <span className={`tag ${tone}`}>{word}</span>
                                    </td>
                                    <td>{say(`${link.files.length} 项`, `${link.files.length} item${link.files.length === 1 ? '' : 's'}`)} <span className="hint mono">{link.label}</span></td>
                                    <td className="nowrap">{moment(link.until)}</td>
                                    <td>{link.most ? `${link.opened} / ${link.most}` : link.opened}</td>
                                    <td>{link.note}</td>
                                    <td>
                                        {link.live && (
                                            <Button
                                                size="small"
                                                disabled={busy}
                                                onClick={() =>
                                                    run(async () => {
                                                        await ask('DELETE', `/cases/${caseId}/shares/${link.share}`);
                                                        reload();
                                                    })
                                                }
                                            >
                                                {say('收回', 'End it')}
                                            </Button>
                                        )}
                                    </td>
                                </tr>
                            );
                        })}
                    </tbody>
                </table>
            )}
        </section>
    );
}

export default function Share({ caseId }: { caseId: string }): ReactElement {
    const links = useLoaded<{ shares: Link[] }>((signal) => ask('GET', `/cases/${caseId}/shares`, { signal }), [caseId]);
    const of = useLoaded((signal) => material(caseId, signal), [caseId]);
    const refusal: Refusal | undefined = links.refusal ?? of.refusal;
    return (
        <>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {links.data && of.data && <Make caseId={caseId} of={of.data} made={links.reload} reload={of.reload} />}
            {links.data && <List caseId={caseId} links={links.data.shares} reload={links.reload} />}
        </>
    );
}
