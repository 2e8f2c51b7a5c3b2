/* What the hospital and the maker of a case are on record with: their conditions, and what has run out. */
import { type ReactElement } from 'react';
import { ask } from '../api/client';
import type { Party } from '../api/types';
import { day } from '../case/format';
import { say } from '../case/language';
import { memberName, typedKind } from '../case/registry';
import { useLoaded } from './use';

function written(value: unknown): string {
    if (typeof value === 'boolean') return value ? say('是', 'yes') : say('否', 'no');
    if (Array.isArray(value)) return value.map(written).join(say('、', ', '));
    if (value === null || typeof value === 'object') return JSON.stringify(value);
    return typedKind(value) === 'date' ? day(String(value)) : String(value);
}

function Conditions({ party }: { party: Party }): ReactElement {
    const known = Object.entries(party.conditions).filter(([name]) => name !== 'version');
    return (
        <>
            <h3>
                {party.part === 'hospital' ? say('医疗机构', 'Hospital') : say('生产企业', 'Maker')}
                {say('：', ': ')}
                {party.id}{' '}
                {!party.known && <span className="tag">{say('未登记', 'not on record')}</span>}
            </h3>
            <dl className="facts">
                {known.map(([name, value]) => (
                    <div key={name}>
                        <dt>{memberName(name)}</dt>
                        <dd>
                            {written(value)} {party.lapsed.includes(name) && <span className="tag bad">{say('已过期', 'run out')}</span>}
                        </dd>
                    </div>
                ))}
            </dl>
        </>
    );
}

export default function Parties({ caseId }: { caseId: string }): ReactElement | null {
    const got = useLoaded(async (signal) => (await ask<{ data: { parties: Party[] } }>('GET', `/cases/${caseId}/parties`, { signal })).data.parties, [caseId]);
    if (!got.data?.length) return got.refusal ? <p role="alert">{got.refusal.message}</p> : null;
    const bad = got.data.some((one) => one.lapsed.length > 0);
    return (
        <section className="card">
            <details open={bad}>
                <summary>
                    {say('机构条件', 'Conditions of hospital and maker')} {bad && <span className="tag bad">{say('有过期', 'some have run out')}</span>}
                </summary>
                {got.data.map((one) => (
                    <Conditions key={one.part} party={one} />
                ))}
            </details>
        </section>
    );
}
