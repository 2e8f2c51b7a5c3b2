/* One act on a page of its own: what it is, its form, what it needs. */
import { Alert } from 'antd';
import { useState, type ReactElement } from 'react';
import { say, title } from '../case/language';
import { lookAt, type Seen } from '../case/look';
import type { Form, MayAct } from '../case/model';
import { actOf, roleName, stageName } from '../case/words';
import { ActForm, RoleChoice } from './act';
import type { PageProps } from './pages';
import { Go, go, query } from './router';
import { useLoaded } from './use';

function NotNow({ seen, act }: { seen: Seen; act: string }): ReactElement {
    const blocked = Object.values(seen.todo.roles)
        .flatMap((may) => may.blocked)
        .find((one) => one.act === act);
    return (
        <Alert
            type="warning"
            showIcon
            message={say('您现在不能做这一步', 'You cannot do this now')}
            description={
                blocked?.reason ??
                say('它已经完成，或不在您的角色之内，或还没有轮到', 'It is done, not of your roles, or its turn has not come')
            }
        />
    );
}

function Proofs({ act }: { act: string }): ReactElement | null {
    const facts = actOf(act)?.facts_wanted ?? [];
    if (!facts.length) return null;
    return (
        <p className="hint">
            {say('提交时核对登记：', 'Checked against the registry when it is sent: ')}
            {[...new Set(facts.map((fact) => title(fact)))].join(say('、', ', '))}
        </p>
    );
}

/* What was written before is to be corrected, not typed again; what is signed is answered anew. */
function formBefore(seen: Seen, may: MayAct): Form {
    if (!may.again || may.signed) return {};
    return seen.entries.filter((entry) => entry.act === may.act).at(-1)?.form ?? {};
}

export default function DoPage({ parts }: PageProps): ReactElement {
    const id = parts.case!;
    const act = parts.act!;
    const seen = useLoaded<Seen>((signal) => lookAt(id, signal), [id]);
    const [chosen, choose] = useState(query('role'));
    const [done, finish] = useState(false);
    if (seen.refusal && !seen.data) return <Alert type="error" showIcon message={seen.refusal.message} role="alert" />;
    if (!seen.data)
        return (
            <p className="boot" role="status">
                {say('正在打开…', 'Opening…')}
            </p>
        );
    const data = seen.data;
    const able = Object.entries(data.todo.roles)
        .filter(([, may]) => may.acts.some((one) => one.act === act))
        .map(([role]) => role);
    const role = able.includes(chosen) ? chosen : able[0];
    const may = role && data.todo.roles[role]!.acts.find((one) => one.act === act);
    const table = actOf(act);
    const back = (): void => go(`/cases/${id}`);
    return (
        <>
            <p className="crumbs">
                <Go to={`/cases/${id}`}>{data.about.title}</Go> › {table && stageName(table.stage)}
            </p>
            <h1>{title(table, act)}</h1>
            <p className="hint">
                {table?.clause && `T/CAMDI 029 ${table.clause}`}
                {role && able.length === 1 && ` · ${say('以', 'as ')}${roleName(role)}${say('的身份', '')}`}
                {may && may.again && ` · ${say('此前已做过：新的一版取代旧的，依赖它的要重做', 'it was done before: the new version takes its place, and what rests on it is to be done again')}`}
            </p>
            <Proofs act={act} />
            {!may && !done ? (
                <>
                    <NotNow seen={data} act={act} />
                    <p>
                        <Go to={`/cases/${id}`}>{say('回到病例', 'Back to the case')}</Go>
                    </p>
                </>
            ) : (
                may && (
                    <div className="card">
                        <RoleChoice roles={able} value={role} change={choose} />
                        <ActForm
                            key={role}
                            caseId={id}
                            act={act}
                            role={role}
                            fields={may.fields}
                            facts={may.facts_wanted}
                            preset={{ ...formBefore(data, may), ...may.preset }}
                            signed={may.signed}
                            again={may.again}
                            type={data.about.type}
                            entries={data.entries}
                            issues={data.view.issues}
                            done={() => {
                                finish(true);
                                back();
                            }}
                            cancel={back}
                        />
                    </div>
                )
            )}
        </>
    );
}
