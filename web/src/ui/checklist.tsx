/* The clauses of the standard one by one: present, missing, invalid. */
import { Alert } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { label, say, title } from '../case/language';
import type { Checklist, Clause, Look } from '../case/model';
import { Go } from './router';
import { useLoaded } from './use';

const words: Record<Clause['result'], { zh: string; en: string; tone: string }> = {
    present: { zh: '有', en: 'present', tone: 'good' },
    missing: { zh: '缺', en: 'missing', tone: 'bad' },
    invalid: { zh: '无效', en: 'invalid', tone: 'warn' },
    'not needed': { zh: '不需要', en: 'not needed', tone: '' },
};

export default function ChecklistTab({ caseId }: { caseId: string }): ReactElement {
    const seen = useLoaded<Look<Checklist>>((signal) => ask('GET', `/cases/${caseId}/checklist`, { signal }), [caseId]);
    const [only, setOnly] = useState('');
    if (seen.refusal) return <Alert type="error" showIcon message={seen.refusal.message} />;
    if (!seen.data) return <p role="status">{say('正在打开…', 'Opening…')}</p>;
    const { clauses, total } = seen.data.data;
    const counts: [Clause['result'], number][] = [
        ['present', total.present],
        ['missing', total.missing],
        ['invalid', total.invalid],
        ['not needed', total.not_needed],
    ];
    return (
        <div className="card">
            <div className="row apart">
                <h2>{say('按 T/CAMDI 029 逐条核对', 'Clause by clause of T/CAMDI 029')}</h2>
                <div className="tabs no-print" role="group" aria-label={say('只看', 'Only')}>
                    <button type="button" aria-pressed={!only} onClick={() => setOnly('')}>
                        {say('全部', 'All')} {clauses.length}
                    </button>
                    {counts.map(([result, count]) => (
                        <button key={result} type="button" aria-pressed={only === result} onClick={() => setOnly(result)}>
                            {label(words[result])} {count}
                        </button>
                    ))}
                </div>
            </div>
            <div className="scroll">
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('条款', 'Clause')}</th>
                            <th scope="col">{say('要求', 'Requirement')}</th>
                            <th scope="col">{say('结果', 'Result')}</th>
                            <th scope="col">{say('记录', 'Entries')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {clauses
                            .filter((one) => !only || one.result === only)
                            .map((one, i) => (
                                <tr key={i}>
                                    <td className="mono nowrap">{one.clause}</td>
                                    <td>{title(one)}</td>
                                    <td>
                                        <span className={`tag ${words[one.result].tone}`}>{label(words[one.result])}</span>
                                    </td>
                                    <td>
                                        {one.entries.map((number) => (
                                            <Go key={number} to={`/cases/${caseId}/entries#entry-${number}`} className="number">
                                                {number}
                                            </Go>
                                        ))}
                                    </td>
                                </tr>
                            ))}
                    </tbody>
                </table>
            </div>
        </div>
    );
}
