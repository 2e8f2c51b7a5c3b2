/* The ledger, for the audit administrator: every act and every look, and whether the chain holds. */
import { Alert, Button, Input } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask, Refusal } from '../api/client';
import { moment, shortDigest } from '../case/format';
import { say } from '../case/language';
import type { Person } from '../case/model';
import { actName, roleName } from '../case/words';
import { go, place, query } from './router';
import { useCell, useLoaded } from './use';

interface Row {
    number: number;
    time: string;
    person?: string;
    role?: string;
    case?: string;
    act: string;
    body?: unknown;
    digest: string;
}

interface Check {
    holds: boolean;
    rows: number;
    row?: number;
    what?: string;
}

/* An exercise: a device drawn by chance must show its whole chain. */
function Draw({ refused }: { refused: (refusal: Refusal | undefined) => void }): ReactElement {
    return (
        <Button
            onClick={() => {
                refused(undefined);
                ask<{ case: string }>('POST', '/trace/draw')
                    .then((drawn) => go(`/cases/${drawn.case}/trace`))
                    .catch(refused);
            }}
        >
            {say('追溯演练：抽一件', 'Exercise: draw a device')}
        </Button>
    );
}

export default function Audit(): ReactElement {
    useCell(place);
    const filter = { person: query('person'), case: query('case'), act: query('act'), before: query('before') };
    const search = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString();
    const seen = useLoaded<{ rows: Row[]; next?: number }>((signal) => ask('GET', `/audit?${search}`, { signal }), [search]);
    const people = useLoaded<{ people: Person[] }>((signal) => ask('GET', '/people', { signal }), []);
    const [act, setAct] = useState(filter.act);
    const [check, setCheck] = useState<Check>();
    const [refusal, setRefusal] = useState<Refusal>();
    const nameOf = (id?: string): string => people.data?.people.find((one) => one.id === id)?.name ?? id ?? '—';
    const to = (change: Partial<typeof filter>): void => {
        const next = new URLSearchParams(
            Object.entries({ ...filter, before: '', ...change }).filter(([, value]) => value),
        ).toString();
        go(next ? `/audit?${next}` : '/audit');
    };
    return (
        <>
            <div className="row apart">
                <h1>{say('审计', 'Audit')}</h1>
                <Draw refused={setRefusal} />
                <Button
                    onClick={() => {
                        setRefusal(undefined);
                        ask<Check>('GET', '/audit/check')
                            .then(setCheck)
                            .catch((failure: Refusal) => setRefusal(failure));
                    }}
                >
                    {say('核对整条链', 'Check the whole chain')}
                </Button>
            </div>
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {check && (
                <Alert
                    type={check.holds ? 'success' : 'error'}
                    showIcon
                    role="status"
                    message={
                        check.holds
                            ? say(`${check.rows} 行，链完好`, `${check.rows} rows, the chain holds`)
                            : say(`第 ${check.row} 行：${check.what}`, `row ${check.row}: ${check.what}`)
                    }
                />
            )}
            <div className="card">
                <form
                    className="row filters"
                    role="search"
                    onSubmit={(event) => {
                        event.preventDefault();
                        to({ act });
                    }}
                >
                    <Input
                        id="search"
                        className="grow"
                        aria-label={say('做了什么', 'What was done')}
                        placeholder={say('做了什么，如 read.case、case.entry、login', 'What was done, such as read.case, case.entry, login')}
                        value={act}
                        allowClear
                        onChange={(event) => setAct(event.target.value.trim())}
                    />
                    <select
                        className="choice"
                        aria-label={say('何人', 'By whom')}
                        value={filter.person}
                        onChange={(event) => to({ person: event.target.value })}
                    >
                        <option value="">{say('所有人', 'Everybody')}</option>
                        {(people.data?.people ?? []).map((one) => (
                            <option key={one.id} value={one.id}>
                                {one.name}
                            </option>
                        ))}
                    </select>
                    <Button htmlType="submit">{say('查找', 'Find')}</Button>
                    {search && <Button onClick={() => to({ person: '', case: '', act: '' })}>{say('全部', 'All')}</Button>}
                </form>
                {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
                <div className="scroll">
                    <table className="list small">
                        <thead>
                            <tr>
                                <th scope="col">{say('行', 'Row')}</th>
                                <th scope="col">{say('时间', 'Time')}</th>
                                <th scope="col">{say('何人', 'Who')}</th>
                                <th scope="col">{say('做了什么', 'What')}</th>
                                <th scope="col">{say('病例', 'Case')}</th>
                                <th scope="col">{say('内容', 'Content')}</th>
                                <th scope="col">{say('摘要', 'Digest')}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {(seen.data?.rows ?? []).map((row) => (
                                <tr key={row.number}>
                                    <td className="mono">{row.number}</td>
                                    <td className="nowrap">{moment(row.time)}</td>
                                    <td>
                                        {nameOf(row.person)}
                                        {row.role && <span className="hint block">{roleName(row.role)}</span>}
                                    </td>
                                    <td className="mono">{row.act}</td>
                                    <td className="mono">
                                        {row.case && (
                                            <button type="button" className="plainlink" title={row.case} onClick={() => to({ case: row.case! })}>
                                                …{row.case.slice(-8)}
                                            </button>
                                        )}
                                    </td>
                                    <td className="mono wrap">{shortBody(row.body)}</td>
                                    <td className="mono" title={row.digest}>
                                        {shortDigest(row.digest)}
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                </div>
                {seen.data?.next && (
                    <Button onClick={() => to({ before: String(seen.data!.next) })}>{say('更早的', 'Earlier')}</Button>
                )}
            </div>
        </>
    );
}

/* An entry by its act; anything else as it is. */
function shortBody(body: unknown): string {
    const entry = (body as { entry?: { act: string; number: number } } | undefined)?.entry;
    if (entry) return `${actName(entry.act)} (${entry.act}), ${say('第', 'no. ')}${entry.number}${say('条', '')}`;
    const text = body ? JSON.stringify(body) : '';
    return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
