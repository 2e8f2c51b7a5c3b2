/* What the centre reports: cases, times, rework, follow-up, by what one likes; as pictures, a
 * table and files for spreadsheets. The server counts; nothing is counted here. */
import { Alert } from 'antd';
import type { ReactElement } from 'react';
import { ask } from '../api/client';
import { label, say, title, type Labelled } from '../case/language';
import { stageName } from '../case/words';
import { DateInput } from './date';
import { go, place, query } from './router';
import { useCell, useLoaded } from './use';

interface Spread {
    cases: number;
    median: number;
    p90: number;
}

interface Group {
    keys: (Labelled & { by: string; value: string })[];
    stages: { stage: string; over_h?: Spread; running_h?: Spread; late: number; late_now: number }[];
    [count: string]: unknown;
}

interface Statistics {
    time: string;
    uncounted: number;
    total: Group;
    groups: Group[];
}

const ways: [string, string, string][] = [
    ['department', '科室', 'Department'],
    ['service', '服务类型', 'Service'],
    ['device', '器械', 'Device'],
    ['site', '部位', 'Site'],
    ['hospital', '医疗机构', 'Hospital'],
    ['maker', '生产企业', 'Maker'],
    ['month', '月', 'Month'],
    ['quarter', '季', 'Quarter'],
    ['year', '年', 'Year'],
];

const names: Record<string, [string, string]> = {
    cases: ['病例', 'Cases'],
    open: ['进行中', 'Open'],
    released: ['已放行', 'Released'],
    used: ['已使用', 'Used'],
    late_stages: ['逾期的阶段', 'Late stages'],
    late_now: ['现在逾期', 'Late now'],
    adverse_overdue: ['不良事件逾期报告', 'Overdue reports'],
    followed: ['有随访', 'Followed up'],
    changes: ['更改', 'Changes'],
    rework: ['返工', 'Rework'],
    scrap: ['报废', 'Scrap'],
    visits: ['随访次数', 'Visits'],
    adverse: ['不良事件', 'Adverse events'],
    implant: ['植入物', 'Implants'],
    cancelled: ['终止', 'Cancelled'],
    stops: ['停止使用', 'Stops of use'],
    recalls: ['召回', 'Recalls'],
    overrides: ['紧急放行', 'Overrides'],
    adverse_late: ['迟报', 'Reported late'],
    visits_wanted: ['应随访', 'Visits wanted'],
    again: ['重做的步骤', 'Steps done again'],
    reopened: ['重新打开的步骤', 'Re-opened steps'],
};

function nameOf(key: string): string {
    const found = names[key];
    return found ? say(found[0], found[1]) : key.replaceAll('_', ' ');
}

function groupName(group: Group): string {
    return group.keys.map((key) => title(key, key.value) || key.value || say('未填', 'not said')).join(' · ');
}

/* Horizontal bars with their numbers: read without colours, and by a screen reader as a list. */
function Bars({ name, rows, unit }: { name: string; rows: [string, number][]; unit?: string }): ReactElement {
    const most = Math.max(1e-9, ...rows.map(([, value]) => value));
    return (
        <section className="card">
            <h2>{name}</h2>
            <ul className="bars">
                {rows.map(([text, value], i) => (
                    <li key={i}>
                        <span>{text}</span>
                        <span className="bar" aria-hidden>
                            <span style={{ width: `${(100 * value) / most}%` }} />
                        </span>
                        <span className="mono">
                            {value.toLocaleString(undefined, { maximumFractionDigits: 1 })}
                            {unit && ` ${unit}`}
                        </span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

export default function StatisticsPage(): ReactElement {
    useCell(place);
    const filter = { by: query('by') || 'department', from: query('from'), to: query('to') };
    const search = new URLSearchParams(Object.entries(filter).filter(([, value]) => value)).toString();
    const seen = useLoaded<Statistics>((signal) => ask('GET', `/statistics?${search}`, { signal }), [search]);
    const to = (change: Partial<typeof filter>): void =>
        go(`/statistics?${new URLSearchParams(Object.entries({ ...filter, ...change }).filter(([, value]) => value)).toString()}`, {
            replace: true,
        });
    const data = seen.data;
    const counts = data ? Object.keys(data.total).filter((key) => typeof data.total[key] === 'number') : [];
    const count = (group: Group, key: string): number => (typeof group[key] === 'number' ? group[key] : 0);
    return (
        <>
            <div className="row apart">
                <h1>{say('统计', 'Statistics')}</h1>
                <span className="row no-print">
                    <a href={`/api/v1/statistics?${search}&format=xlsx`} download="statistics.xlsx">
                        XLSX
                    </a>
                    <a href={`/api/v1/statistics?${search}&format=csv`} download="statistics.csv">
                        CSV
                    </a>
                </span>
            </div>
            <div className="row filters no-print">
                <select
                    className="choice"
                    aria-label={say('按什么分组', 'Group by')}
                    value={filter.by}
                    onChange={(event) => to({ by: event.target.value })}
                >
                    {ways.map(([value, zh, en]) => (
                        <option key={value} value={value}>
                            {say(`按${zh}`, `By ${en.toLowerCase()}`)}
                        </option>
                    ))}
                </select>
                {say('立项', 'Opened')}
                <DateInput name={say('从', 'From')} value={filter.from} change={(from) => to({ from })} />–
                <DateInput name={say('到', 'To')} value={filter.to} change={(until) => to({ to: until })} />
            </div>
            {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
            {data && data.uncounted > 0 && (
                <Alert
                    type="info"
                    showIcon
                    message={say(`还有 ${data.uncounted} 例正在计入`, `${data.uncounted} cases are still being counted`)}
                />
            )}
            {data && (
                <>
                    <div className="columns even">
                        <Bars name={nameOf('cases')} rows={data.groups.map((group) => [groupName(group), count(group, 'cases')])} />
                        <Bars
                            name={say('各阶段用时（中位数）', 'Time per stage (median)')}
                            unit={say('小时', 'h')}
                            rows={data.total.stages
                                .filter((stage) => stage.over_h && stage.over_h.cases > 0)
                                .map((stage) => [stageName(stage.stage), stage.over_h!.median])}
                        />
                    </div>
                    <div className="card scroll">
                        <table className="list small">
                            <thead>
                                <tr>
                                    <th scope="col">{label({ zh: '分组', en: 'Group' })}</th>
                                    {counts.map((key) => (
                                        <th key={key} scope="col">
                                            {nameOf(key)}
                                        </th>
                                    ))}
                                </tr>
                            </thead>
                            <tbody>
                                {data.groups.map((group, i) => (
                                    <tr key={i}>
                                        <td>{groupName(group)}</td>
                                        {counts.map((key) => (
                                            <td key={key}>{count(group, key)}</td>
                                        ))}
                                    </tr>
                                ))}
                                <tr>
                                    <td>
                                        <strong>{say('合计', 'Total')}</strong>
                                    </td>
                                    {counts.map((key) => (
                                        <td key={key}>
                                            <strong>{count(data.total, key)}</strong>
                                        </td>
                                    ))}
                                </tr>
                            </tbody>
                        </table>
                    </div>
                </>
            )}
        </>
    );
}
