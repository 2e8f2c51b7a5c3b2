/* What rests on what: every entry of a case with what it is founded on and what it carries, and the
 * links that are missing. Choosing one shows all it reaches, backward and forward. */
import { Alert } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { moment } from '../case/format';
import { label, say, title } from '../case/language';
import type { Look } from '../case/model';
import { reachOf, type Link, type Trace } from '../case/trace';
import { roleName } from '../case/words';
import { Go } from './router';
import { useLoaded } from './use';

const words: Record<string, { zh: string; en: string; tone: string }> = {
    valid: { zh: '有效', en: 'valid', tone: 'good' },
    stale: { zh: '须重做', en: 'to be done again', tone: 'warn' },
    void: { zh: '作废', en: 'void', tone: 'bad' },
    negative: { zh: '未通过', en: 'not passed', tone: 'bad' },
    missing: { zh: '缺', en: 'missing', tone: 'bad' },
    overridden: { zh: '紧急放行', en: 'passed over in an emergency', tone: 'warn' },
};

function State({ state }: { state: string | undefined }): ReactElement | null {
    const word = state === undefined ? undefined : words[state];
    return word ? <span className={`tag ${word.tone}`}>{label(word)}</span> : null;
}

function Numbers({ list, choose }: { list: number[]; choose: (entry: number) => void }): ReactElement {
    return (
        <>
            {list.map((number) => (
                <button key={number} type="button" className="number" onClick={() => choose(number)}>
                    {number}
                </button>
            ))}
            {list.length === 0 && '—'}
        </>
    );
}

export default function TraceTab({ caseId }: { caseId: string }): ReactElement {
    const seen = useLoaded<Look<Trace>>((signal) => ask('GET', `/cases/${caseId}/trace`, { signal }), [caseId]);
    const [chosen, choose] = useState<number>();
    if (seen.refusal) return <Alert type="error" showIcon message={seen.refusal.message} />;
    if (!seen.data) return <p role="status">{say('正在打开…', 'Opening…')}</p>;
    const { links, missing } = seen.data.data;
    const back = chosen ? reachOf(links, 'rests_on', chosen) : [];
    const forth = chosen ? reachOf(links, 'carries', chosen) : [];
    const shown = chosen ? links.filter(({ entry }) => entry === chosen || back.includes(entry) || forth.includes(entry)) : links;
    const sideOf = (one: Link): string =>
        !chosen ? '' : one.entry === chosen ? 'chosen' : back.includes(one.entry) ? 'back' : 'forth';
    return (
        <div className="card">
            <div className="row apart">
                <h2>{say('前后追溯', 'What rests on what')}</h2>
                <a className="no-print" href={`/api/v1/cases/${caseId}/documents/device-life.pdf`} target="_blank" rel="noreferrer">
                    {say('打印追溯记录（PDF）', 'Print the life of the device (PDF)')}
                </a>
            </div>
            {missing.length === 0 ? (
                <p>
                    <span className="tag good">{say('至今完整', 'whole so far')}</span>
                </p>
            ) : (
                <>
                    <h3>{say('缺失的环节', 'Missing links')}</h3>
                    <ul className="gaps">
                        {missing.map((one) => (
                            <li key={one.name}>
                                {title(one)} <State state={one.state} />
                            </li>
                        ))}
                    </ul>
                </>
            )}
            <p role="status">
                {chosen
                    ? say(
                          `第 ${chosen} 号记录：依据 ${back.length} 条，影响 ${forth.length} 条。`,
                          `Entry ${chosen} rests on ${back.length} entries and carries ${forth.length}. `,
                      )
                    : say('点编号，只看它的依据和去向。', 'Choose a number to see only what it rests on and what it carries.')}
                {chosen && (
                    <button type="button" className="link" onClick={() => choose(undefined)}>
                        {say('显示全部', 'Show all')}
                    </button>
                )}
            </p>
            <div className="scroll">
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('号', 'No.')}</th>
                            <th scope="col">{say('事项', 'What')}</th>
                            <th scope="col">{say('谁', 'Who')}</th>
                            <th scope="col">{say('时间', 'When')}</th>
                            <th scope="col">{say('依据', 'Rests on')}</th>
                            <th scope="col">{say('去向', 'Carries')}</th>
                            <th scope="col">{say('状态', 'State')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {shown.map((one) => (
                            <tr key={one.entry} data-side={sideOf(one)}>
                                <td>
                                    <button
                                        type="button"
                                        className="number"
                                        aria-pressed={chosen === one.entry}
                                        onClick={() => choose(chosen === one.entry ? undefined : one.entry)}
                                    >
                                        {one.entry}
                                    </button>
                                </td>
                                <td>
                                    <Go to={`/cases/${caseId}/entries#entry-${one.entry}`}>{title(one)}</Go>
                                    {one.entry !== chosen && chosen && (
                                        <span className="hint"> {back.includes(one.entry) ? say('依据', 'before') : say('去向', 'after')}</span>
                                    )}
                                </td>
                                <td>{one.hidden ? say('不公开', 'not shown') : `${one.name} · ${roleName(one.role ?? '')}`}</td>
                                <td className="nowrap">{moment(one.time)}</td>
                                <td>
                                    <Numbers list={one.rests_on} choose={choose} />
                                </td>
                                <td>
                                    <Numbers list={one.carries} choose={choose} />
                                </td>
                                <td>
                                    <State state={one.state} />
                                    {one.overridden && <State state="overridden" />}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
        </div>
    );
}
