/* What waits for me, and how any other case is found. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { fromToday } from '../case/format';
import { say } from '../case/language';
import type { CaseRow } from '../case/model';
import { flow, hasRole, me } from '../case/session';
import { issueName, roleName, sideAndSite, stageName, wordName } from '../case/words';
import { Go, go, place, query } from './router';
import { useCell, useLoaded } from './use';

interface Found {
    cases: CaseRow[];
    next?: string;
}

function addressOf(change: Record<string, string>): string {
    const params = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(change))
        if (value) params.set(name, value);
        else params.delete(name);
    const text = params.toString();
    return text ? `/?${text}` : '/';
}

function Choice(props: { name: string; value: string; all: string; options: [string, string][] }): ReactElement {
    return (
        <select
            className="choice"
            aria-label={props.all}
            value={props.value}
            onChange={(event) => go(addressOf({ [props.name]: event.target.value }), { replace: true })}
        >
            <option value="">{props.all}</option>
            {props.options.map(([value, text]) => (
                <option key={value} value={value}>
                    {text}
                </option>
            ))}
        </select>
    );
}

function States({ row }: { row: CaseRow }): ReactElement {
    const { summary } = row;
    return (
        <span className="row">
            <span className={summary.closed ? 'tag good' : 'tag'}>{stageName(summary.stage)}</span>
            {summary.late && <span className="tag bad">{say('逾期', 'Late')}</span>}
            {summary.blocked && <span className="tag warn">{say('暂停推进', 'Held up')}</span>}
            {summary.open_issues.map((issue) => (
                <span key={issue} className="tag warn">
                    {issueName(issue)}
                </span>
            ))}
        </span>
    );
}

/* What is due beside the cases, for who keeps the site's book. */
function DueInBook(): ReactElement | null {
    const book = useLoaded<{ due: number } | null>((signal) => (hasRole('quality') ? ask('GET', '/book?only=due', { signal }) : Promise.resolve(null)), []);
    if (!book.data?.due) return null;
    return (
        <Alert
            type="warning"
            showIcon
            message={<Go to="/book">{say(`台账有 ${book.data.due} 项待办（到期、待重新验证、故障）`, `The book has ${book.data.due} to be done (due, to be validated again, faults)`)}</Go>}
        />
    );
}

function Rows({ rows }: { rows: CaseRow[] }): ReactElement {
    return (
        <div className="scroll">
            <table className="list cases">
                <thead>
                    <tr>
                        <th scope="col">{say('编号', 'Number')}</th>
                        <th scope="col">{say('病例', 'Case')}</th>
                        <th scope="col">{say('阶段', 'Stage')}</th>
                        <th scope="col">{say('期限', 'Due')}</th>
                        <th scope="col">{say('等待', 'Waits for')}</th>
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row) => (
                        <tr key={row.case}>
                            <td className="mono nowrap">{row.number}</td>
                            <td>
                                <Go to={`/cases/${row.case}`}>
                                    <strong>{row.summary.title}</strong>
                                </Go>
                                <div className="hint">
                                    <span className="onphone nowrap">{row.number} · </span>
                                    {[sideAndSite(row.summary.side, row.summary.site), wordName('device', row.summary.device)]
                                        .filter(Boolean)
                                        .map((text) => `${text} · `)}
                                    <span className="nowrap">{row.summary.patient}</span>
                                    {row.summary.department && ` · ${row.summary.department}`}
                                </div>
                            </td>
                            <td>
                                <States row={row} />
                            </td>
                            <td className={row.summary.late ? 'late nowrap' : 'nowrap'}>
                                {row.summary.due ? (
                                    <>
                                        {row.summary.due}
                                        <div className="hint">{fromToday(row.summary.due)}</div>
                                    </>
                                ) : (
                                    '—'
                                )}
                            </td>
                            <td>{row.summary.waits_for.map(roleName).join(say('、', ', ')) || '—'}</td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export default function Worklist(): ReactElement {
    useCell(place);
    const own = useCell(me)!.person.roles.filter((role) => !['administrator', 'security'].includes(role));
    const table = useCell(flow)!;
    const role = query('role') || (query('all') ? '' : (own[0] ?? ''));
    const [words, setWords] = useState(query('words'));
    const filter = { words: query('words'), stage: query('stage'), type: query('type'), role };
    const search = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString();
    const found = useLoaded<Found>((signal) => ask('GET', `/cases?${search}`, { signal }), [search]);
    const [more, setMore] = useState<CaseRow[]>([]);
    const [next, setNext] = useState<string | undefined>();
    useEffect(() => {
        setMore([]);
        setNext(found.data?.next);
    }, [found.data]);
    const rows = [...(found.data?.cases ?? []), ...more];
    const load = async (): Promise<void> => {
        const page = await ask<Found>('GET', `/cases?${search}&after=${encodeURIComponent(next!)}`);
        setMore((old) => [...old, ...page.cases]);
        setNext(page.next);
    };
    return (
        <>
            <div className="row apart">
                <h1>{role ? say('等我处理的病例', 'Cases that wait for me') : say('全部病例', 'All cases')}</h1>
            </div>
            <DueInBook />
            <div className="card">
                <form
                    className="row filters"
                    role="search"
                    onSubmit={(event) => {
                        event.preventDefault();
                        go(addressOf({ words, all: words ? '1' : query('all'), role: words ? '' : query('role') }));
                    }}
                >
                    <Input.Search
                        id="search"
                        aria-label={say('检索', 'Search')}
                        placeholder={say('检索病例、编号、患者号、部位…', 'Find cases, numbers, patients, sites…')}
                        value={words}
                        allowClear
                        onChange={(event) => setWords(event.target.value)}
                        onSearch={(value) =>
                            go(addressOf({ words: value, all: value ? '1' : query('all'), role: value ? '' : query('role') }))
                        }
                        className="grow"
                    />
                    <Choice
                        name="stage"
                        value={filter.stage}
                        all={say('所有阶段', 'All stages')}
                        options={table.stages.map((stage) => [stage.name, stageName(stage.name)])}
                    />
                    <Choice
                        name="type"
                        value={filter.type}
                        all={say('所有类型', 'All types')}
                        options={table.types.map((type) => [type.name, wordName('type', type.name)])}
                    />
                    <div className="tabs" role="group" aria-label={say('范围', 'Scope')}>
                        {own.map((one) => (
                            <button
                                key={one}
                                type="button"
                                aria-pressed={role === one}
                                onClick={() => go(addressOf({ role: one, all: '' }))}
                            >
                                {own.length > 1
                                    ? say(`等我（${roleName(one)}）`, `For me as ${roleName(one).toLowerCase()}`)
                                    : say('等我处理', 'Waiting for me')}
                            </button>
                        ))}
                        <button
                            type="button"
                            aria-pressed={!role}
                            onClick={() => go(addressOf({ role: '', all: '1' }))}
                        >
                            {say('全部', 'All')}
                        </button>
                    </div>
                </form>
                {found.refusal && <Alert type="error" showIcon message={found.refusal.message} />}
                {rows.length > 0 && <Rows rows={rows} />}
                {found.data && rows.length === 0 && (
                    <div className="empty">
                        {filter.words
                            ? say('没有符合的病例', 'No case fits')
                            : role
                              ? say('现在没有等您处理的病例', 'Nothing waits for you now')
                              : say('还没有病例', 'There are no cases yet')}
                    </div>
                )}
                {next && <Button onClick={() => void load()}>{say('更多', 'More')}</Button>}
            </div>
        </>
    );
}
