/* A case: the line of its stages, what I may do now, and everything that belongs to it. */
import { Alert } from 'antd';
import { lazy, Suspense, useEffect, useState, type ReactElement } from 'react';
import { caseNews, follow } from '../case/events';
import { day, fromToday, moment } from '../case/format';
import { label, say, title } from '../case/language';
import { lookAt, type Seen } from '../case/look';
import type { Blocked, CaseStage, MayAct, StageItem } from '../case/model';
import { me } from '../case/session';
import { actName, actOf, issueName, roleName, sideAndSite, wordName } from '../case/words';
import type { PageProps } from './pages';
import { EntryHead } from './record';
import { Go } from './router';
import { useCell, useLoaded } from './use';

const Talk = lazy(() => import('./talk'));
const Files = lazy(() => import('./files'));
const Entries = lazy(() => import('./entries'));
const Checklist = lazy(() => import('./checklist'));
const Trace = lazy(() => import('./trace'));
const Documents = lazy(() => import('./documents'));
const Share = lazy(() => import('../together/share'));
const Jobs = lazy(() => import('../together/jobs'));
const Parties = lazy(() => import('./parties'));

const words: Record<StageItem['state'], { zh: string; en: string; tone: string; sign: string }> = {
    done: { zh: '完成', en: 'done', tone: 'good', sign: '✓' },
    overridden: { zh: '紧急放行', en: 'overridden', tone: 'warn', sign: '!' },
    missing: { zh: '待办', en: 'to do', tone: '', sign: '○' },
    stale: { zh: '须重做', en: 'to be done again', tone: 'warn', sign: '↻' },
    negative: { zh: '未通过', en: 'not passed', tone: 'bad', sign: '✗' },
};

function Item({ item, seen }: { item: StageItem; seen: Seen }): ReactElement {
    const word = words[item.state];
    const waiting = item.state !== 'done' && item.state !== 'overridden';
    return (
        <li className={`item ${item.state}`}>
            <span className={`sign ${word.tone}`} aria-hidden>
                {word.sign}
            </span>
            <span>
                {item.newest ? (
                    <Go to={`/cases/${seen.id}/entries#entry-${item.newest.entry}`}>{title(item)}</Go>
                ) : (
                    title(item)
                )}
                {item.state !== 'done' && <span className={`tag ${word.tone}`}>{label(word)}</span>}
                {item.newest?.signed && (
                    <span className="hint" title={say('已签名', 'signed')}>
                        {' '}
                        {say('签', 'signed')}
                    </span>
                )}
                <span className="hint block">
                    {item.newest
                        ? `${item.newest.name} · ${moment(item.newest.time)}${item.count > 1 ? say(` · 共 ${item.count} 次`, ` · ${item.count} times`) : ''}`
                        : waiting && say(`由${item.roles.map(roleName).join('、')}办理`, `by ${item.roles.map(roleName).join(', ').toLowerCase()}`)}
                </span>
            </span>
        </li>
    );
}

function Stage({ stage, seen }: { stage: CaseStage; seen: Seen }): ReactElement {
    const done = stage.acts.filter((item) => item.state === 'done').length;
    const open = stage.acts.some((item) => item.state === 'stale' || item.state === 'negative');
    const [unfolded, unfold] = useState(stage.state === 'now' || open);
    return (
        <li className={`stage ${stage.state}`}>
            <button type="button" className="stagehead" aria-expanded={unfolded} onClick={() => unfold(!unfolded)}>
                <span className="dot" aria-hidden />
                <span className="stagename">
                    {title(stage)}
                    {stage.state === 'now' && <span className="tag">{say('当前', 'now')}</span>}
                    {stage.late && <span className="tag bad">{say('逾期', 'late')}</span>}
                </span>
                <span className="hint">
                    {done}/{stage.acts.length}
                    {stage.due && stage.state !== 'done' && ` · ${say('应于', 'due')} ${stage.due}`}
                </span>
            </button>
            {unfolded && (
                <ul className="items">
                    {stage.acts.map((item) => (
                        <Item key={item.name} item={item} seen={seen} />
                    ))}
                </ul>
            )}
        </li>
    );
}

function Act({ act, role, id, many }: { act: MayAct; role: string; id: string; many: boolean }): ReactElement {
    return (
        <li>
            <Go to={`/cases/${id}/do/${act.act}?role=${role}`} className={act.due_now ? 'doit due' : 'doit'}>
                {title(act)}
                {act.signed && <span className="hint"> {say('签名', 'signature')}</span>}
                {act.again && <span className="hint"> {say('再次', 'again')}</span>}
            </Go>
            {many && <span className="hint"> {roleName(role)}</span>}
        </li>
    );
}

function BlockedList({ list }: { list: Blocked[] }): ReactElement {
    return (
        <ul className="blocked">
            {list.map((one) => (
                <li key={one.act}>
                    {title(one)}
                    <span className="hint block">{one.reason}</span>
                </li>
            ))}
        </ul>
    );
}

function Todo({ seen }: { seen: Seen }): ReactElement {
    const roles = Object.entries(seen.todo.roles);
    const all = roles.flatMap(([role, may]) => may.acts.map((act) => ({ role, act })));
    const due = all.filter(({ act }) => act.due_now);
    const other = all.filter(({ act }) => !act.due_now);
    const blocked = roles.flatMap(([, may]) => may.blocked);
    const now = blocked.filter((one) => actOf(one.act)?.stage === seen.view.stage);
    const later = blocked.filter((one) => !now.includes(one));
    const many = roles.length > 1;
    return (
        <section className="card todo" aria-label={say('我现在可以做的', 'What I may do now')}>
            <h2>{say('等我处理', 'Waiting for me')}</h2>
            {due.length ? (
                <ul className="acts">
                    {due.map(({ role, act }) => (
                        <Act key={role + act.act} act={act} role={role} id={seen.id} many={many} />
                    ))}
                </ul>
            ) : (
                <p className="hint">{say('现在没有必须由您办理的事项', 'Nothing has to be done by you now')}</p>
            )}
            {now.length > 0 && (
                <>
                    <h3>{say('还不能做', 'Not yet possible')}</h3>
                    <BlockedList list={now} />
                </>
            )}
            {other.length > 0 && (
                <details>
                    <summary>{say(`还可以做（${other.length}）`, `Also possible (${other.length})`)}</summary>
                    <ul className="acts">
                        {other.map(({ role, act }) => (
                            <Act key={role + act.act} act={act} role={role} id={seen.id} many={many} />
                        ))}
                    </ul>
                </details>
            )}
            {later.length > 0 && (
                <details>
                    <summary>{say(`以后由我办理（${later.length}）`, `Mine later on (${later.length})`)}</summary>
                    <BlockedList list={later} />
                </details>
            )}
        </section>
    );
}

function Obstacles({ seen }: { seen: Seen }): ReactElement | null {
    const { keeps_from_use: keeps, issues } = seen.view;
    const open = issues.filter((issue) => issue.open);
    if (!open.length && !keeps.length) return null;
    return (
        <section className="card">
            {open.length > 0 && (
                <>
                    <h2>{say('未了结', 'Open')}</h2>
                    <ul className="blocked">
                        {open.map((issue) => (
                            <li key={issue.entry}>
                                <Go to={`/cases/${seen.id}/entries#entry-${issue.entry}`}>
                                    {issueName(issue.kind)}
                                </Go>
                                <span className="hint block">{moment(issue.time)}</span>
                            </li>
                        ))}
                    </ul>
                </>
            )}
            {keeps.length > 0 && (
                <details>
                    <summary>{say(`使用前还缺 ${keeps.length} 项`, `${keeps.length} things are missing before use`)}</summary>
                    <ul className="missing">
                        {keeps.map((one) => (
                            <li key={one.name}>{title(one)}</li>
                        ))}
                    </ul>
                </details>
            )}
        </section>
    );
}

function Process({ seen }: { seen: Seen }): ReactElement {
    return (
        <div className="columns">
            <ol className="stages card">
                {seen.view.stages.map((stage) => (
                    <Stage key={`${stage.name} ${stage.state}`} stage={stage} seen={seen} />
                ))}
            </ol>
            <div>
                <Todo seen={seen} />
                <Obstacles seen={seen} />
                <Suspense fallback={null}>
                    <Parties caseId={seen.id} />
                </Suspense>
                <section className="card">
                    <h2>{say('最近', 'Lately')}</h2>
                    <ul className="lately">
                        {seen.entries
                            .slice(-5)
                            .reverse()
                            .map((entry) => (
                                <li key={entry.number}>
                                    <Go to={`/cases/${seen.id}/entries#entry-${entry.number}`}>
                                        <EntryHead entry={entry} />
                                    </Go>
                                </li>
                            ))}
                    </ul>
                </section>
            </div>
        </div>
    );
}

function Head({ seen }: { seen: Seen }): ReactElement {
    const { about, view } = seen;
    const facts: [string, string][] = [
        [say('患者', 'Patient'), about.patient ?? ''],
        [say('部位', 'Site'), sideAndSite(about.side ?? '', about.site ?? '')],
        [say('器械', 'Device'), wordName('device', about.device ?? '')],
        [say('类型', 'Type'), wordName('type', about.type ?? '')],
        [say('科室', 'Department'), about.department ?? ''],
        [say('生产企业', 'Maker'), about.maker ?? ''],
    ];
    if (view.anatomy_valid_until)
        facts.push([
            say('影像有效至', 'Images valid until'),
            `${day(view.anatomy_valid_until)} (${fromToday(view.anatomy_valid_until)})`,
        ]);
    return (
        <header className="casehead">
            <h1>
                {about.title} <span className={view.closed ? 'tag good' : 'tag'}>{title(view)}</span>
            </h1>
            <dl className="facts">
                {facts.map(([name, value]) => (
                    <div key={name}>
                        <dt>{name}</dt>
                        <dd>{value || '—'}</dd>
                    </div>
                ))}
            </dl>
        </header>
    );
}

/* In the order of the tabs; `intake`, `view`, `plan`, `design` and `print` are pages of their own. */
const tabs: [string, string, string][] = [
    ['', '进程', 'Process'],
    ['intake', '导入', 'Import'],
    ['view', '看图', 'Images'],
    ['plan', '计划', 'Plan'],
    ['design', '设计', 'Design'],
    ['print', '打印', 'Printing'],
    ['talk', '讨论', 'Discussion'],
    ['files', '文件', 'Files'],
    ['documents', '文档', 'Documents'],
    ['entries', '记录', 'Record'],
    ['checklist', '核对单', 'Checklist'],
    ['jobs', '任务', 'Jobs'],
    ['share', '分享', 'Links'],
    ['trace', '追溯', 'Trace'],
];

export function CaseTabs({ id, now }: { id: string; now: string }): ReactElement {
    return (
        <nav className="casetabs" aria-label={say('病例的各页', 'Pages of the case')}>
            {tabs.map(([tab, zh, en]) => (
                <Go key={tab} to={`/cases/${id}${tab && `/${tab}`}`} aria-current={tab === now ? 'page' : undefined}>
                    {say(zh, en)}
                </Go>
            ))}
        </nav>
    );
}

function News({ count }: { count: number }): ReactElement | null {
    const news = useCell(caseNews);
    const [shown, show] = useState<string>();
    useEffect(() => {
        if (!news || news.number <= count) return;
        show(say(`病例有新进展：${actName(news.act)}`, `The case went on: ${actName(news.act)}`));
        const timer = setTimeout(() => show(undefined), 8000);
        return () => clearTimeout(timer);
    }, [news]);
    return (
        <div className="news" role="status">
            {shown && <span>{shown}</span>}
        </div>
    );
}

export default function CasePage({ parts }: PageProps): ReactElement {
    const id = parts.case!;
    const tab = parts.tab ?? '';
    const news = useCell(caseNews);
    const seen = useLoaded<Seen>((signal) => lookAt(id, signal), [id, news?.case === id ? news.number : 0]);
    useCell(me);
    useEffect(() => follow(id), [id]);
    useEffect(() => {
        if (seen.data?.about.title) document.title = `${seen.data.about.title} · ${say('女娲', 'Nuwa')}`;
    }, [seen.data]);
    if (seen.refusal && !seen.data)
        return <Alert type="error" showIcon message={seen.refusal.message} role="alert" />;
    if (!seen.data)
        return (
            <p className="boot" role="status">
                {say('正在打开…', 'Opening…')}
            </p>
        );
    const data = seen.data;
    return (
        <>
            <Head seen={data} />
            <CaseTabs id={id} now={tab} />
            <News count={data.entries.length} />
            <Suspense fallback={<p role="status">{say('正在打开…', 'Opening…')}</p>}>
                {tab === '' && <Process seen={data} />}
                {tab === 'talk' && <Talk seen={data} reload={seen.reload} />}
                {tab === 'files' && <Files caseId={id} />}
                {tab === 'entries' && <Entries seen={data} />}
                {tab === 'checklist' && <Checklist caseId={id} />}
                {tab === 'trace' && <Trace caseId={id} />}
                {tab === 'documents' && <Documents caseId={id} />}
                {tab === 'jobs' && <Jobs caseId={id} />}
                {tab === 'share' && <Share caseId={id} />}
                {!tabs.some(([name]) => name === tab) && (
                    <div className="empty">{say('没有这一页', 'There is no such page')}</div>
                )}
            </Suspense>
        </>
    );
}
