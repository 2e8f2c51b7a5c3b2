/* How long records are kept: which are due, and the two persons that their end takes. */
import { Alert, Button, Segmented } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask, Refusal } from '../api/client';
import { day, fromToday } from '../case/format';
import { say } from '../case/language';
import { hasRole } from '../case/session';
import { actOf, wordName } from '../case/words';
import { Go } from '../ui/router';
import { useLoaded } from '../ui/use';

interface Kept {
    case: string;
    number: string;
    type: string;
    implant: boolean;
    keep_until: string | null;
    state: 'due' | 'kept' | 'open' | 'destroyed';
    asked: boolean | string | null;
}

interface Page {
    cases: Kept[];
    next?: string;
}

type State = Kept['state'];

function untilText(one: Kept): string {
    if (one.keep_until === 'forever') return say('永久', 'for ever');
    if (!one.keep_until) return say('没有放行，无期限', 'nothing was released');
    return `${day(one.keep_until)} (${fromToday(one.keep_until)})`;
}

function may(act: string): boolean {
    return hasRole(...(actOf(act)?.roles ?? []));
}

/* One asks, another one signs: who asked has no second button. */
function Next({ one }: { one: Kept }): ReactElement | null {
    if (one.state !== 'due') return null;
    if (!one.asked)
        return may('records.ask_destroy') ? (
            <Go to={`/cases/${one.case}/do/records.ask_destroy`}>{say('申请销毁', 'Ask for destruction')}</Go>
        ) : (
            <span className="hint">{say('等待申请', 'to be asked for')}</span>
        );
    return may('records.destroy') ? (
        <Go to={`/cases/${one.case}/do/records.destroy`}>{say('复核并签名销毁', 'Review, sign and destroy')}</Go>
    ) : (
        <span className="hint">{say('已申请，等待另一人签名', 'asked for; another person signs')}</span>
    );
}

export default function Retention(): ReactElement {
    const [state, setState] = useState<State>('due');
    const [more, setMore] = useState<Page>({ cases: [] });
    const seen = useLoaded<Page>((signal) => ask('GET', `/retention?state=${state}`, { signal }), [state]);
    const [refusal, setRefusal] = useState('');
    const next = more.cases.length ? more.next : seen.data?.next;
    const goOn = (): void => {
        ask<Page>('GET', `/retention?state=${state}&after=${encodeURIComponent(next ?? '')}`)
            .then((page) => setMore((now) => ({ ...page, cases: [...now.cases, ...page.cases] })))
            .catch((failure: unknown) => {
                if (!(failure instanceof Refusal)) throw failure;
                setRefusal(failure.message);
            });
    };
    const rows = [...(seen.data?.cases ?? []), ...more.cases];
    const names: Record<State, string> = {
        due: say('到期可销毁', 'Due'),
        kept: say('保存中', 'Kept'),
        open: say('未结束', 'Open'),
        destroyed: say('已销毁', 'Destroyed'),
    };
    return (
        <>
            <h1>{say('记录保存期限', 'How long records are kept')}</h1>
            <p className="hint">
                {say('植入物的记录永久保存；其他到期后由一人申请、另一人签名才销毁。销毁本身留在审计链中。', 'Records of implants are kept for ever. Others are destroyed when their time is over: one person asks, another one signs. That it was done stays in the ledger.')}
            </p>
            <Segmented
                aria-label={say('状态', 'State')}
                value={state}
                options={(Object.keys(names) as State[]).map((one) => ({ value: one, label: names[one] }))}
                onChange={(to) => {
                    setMore({ cases: [] });
                    setState(to);
                }}
            />
            {(seen.refusal || refusal) && <Alert type="error" showIcon message={refusal || seen.refusal!.message} />}
            <div className="card scroll">
                {seen.data && !rows.length && <div className="empty">{say('没有', 'None')}</div>}
                {rows.length > 0 && (
                    <table className="list">
                        <thead>
                            <tr>
                                <th scope="col">{say('编号', 'Number')}</th>
                                <th scope="col">{say('类型', 'Type')}</th>
                                <th scope="col">{say('植入物', 'Implant')}</th>
                                <th scope="col">{say('保存至', 'Kept until')}</th>
                                <th scope="col">{say('下一步', 'Next')}</th>
                            </tr>
                        </thead>
                        <tbody>
                            {rows.map((one) => (
                                <tr key={one.case}>
                                    <td className="mono">{one.number}</td>
                                    <td>{wordName('type', one.type)}</td>
                                    <td>{one.implant ? say('是', 'yes') : say('否', 'no')}</td>
                                    <td className="nowrap">{one.state === 'destroyed' ? '—' : untilText(one)}</td>
                                    <td>
                                        <Next one={one} />
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                )}
                {next && <Button onClick={goOn}>{say('更多', 'More')}</Button>}
            </div>
        </>
    );
}
