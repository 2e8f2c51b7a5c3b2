/* The people of the site: who may come in, in which roles, with which proofs. */
import { Alert, Button, Input, Select } from 'antd';
import { useState, type FormEvent, type ReactElement } from 'react';
import { ask } from '../api/client';
import { day } from '../case/format';
import { say, title } from '../case/language';
import type { Person } from '../case/model';
import { flow } from '../case/session';
import { roleName, skillName } from '../case/words';
import { DateInput } from './date';
import { LostSecond } from './lost';
import { Line, passwordFault, useDoing } from './login';
import { Sheet } from './sheet';
import { useLoaded } from './use';

type Listed = Person & { login: string; version: number };

interface Typed {
    login: string;
    password: string;
    name: string;
    organisation: string;
    department: string;
    roles: string[];
    rank: string;
    licence_until: string;
    skills: { what: string; until: string }[];
    closed: boolean;
}

function typedOf(person: Listed | null): Typed {
    return {
        login: person?.login ?? '',
        password: '',
        name: person?.name ?? '',
        organisation: person?.organisation ?? '',
        department: person?.department ?? '',
        roles: person?.roles ?? [],
        rank: person?.rank === undefined ? '' : String(person.rank),
        licence_until: person?.licence_until ?? '',
        skills: (person?.skills ?? []).map((skill) => ({ what: skill.what, until: skill.until ?? '' })),
        closed: person?.closed ?? false,
    };
}

/* Members this page does not show stay as they are. */
function bodyOf(typed: Typed, person: Listed | null): Record<string, unknown> {
    const kept: Record<string, unknown> = { ...person };
    for (const name of ['id', 'login', 'version', 'closed', 'organisation', 'department', 'rank', 'licence_until', 'skills'])
        delete kept[name];
    const body: Record<string, unknown> = { ...kept, name: typed.name.trim(), roles: typed.roles };
    if (typed.organisation.trim()) body.organisation = typed.organisation.trim();
    if (typed.department.trim()) body.department = typed.department.trim();
    if (typed.rank) body.rank = Number(typed.rank);
    if (typed.licence_until) body.licence_until = typed.licence_until;
    const skills = typed.skills.filter((skill) => skill.what.trim());
    if (skills.length) body.skills = skills;
    return body;
}

/* A word to say on the telephone: the person changes it at the first login. */
function oneTime(): string {
    const letters = 'abcdefghjkmnpqrstuvwxyz';
    const numbers = crypto.getRandomValues(new Uint8Array(12));
    const word = [...numbers].map((n) => letters[n % letters.length]).join('');
    return `${word.slice(0, 4).replace(/^./, (c) => c.toUpperCase())}-${word.slice(4, 8)}-${(numbers[0]! % 90) + 10}${word.slice(8, 10)}`;
}

function Skills({ typed, change }: { typed: Typed; change: (part: Partial<Typed>) => void }): ReactElement {
    const put = (at: number, part: Partial<{ what: string; until: string }>): void =>
        change({ skills: typed.skills.map((skill, i) => (i === at ? { ...skill, ...part } : skill)) });
    return (
        <fieldset className="plain">
            <legend>{say('能力证明', 'Proofs of skill')}</legend>
            {typed.skills.map((skill, i) => (
                <div className="row" key={i}>
                    <Input
                        aria-label={say('能力', 'Skill')}
                        list="skills"
                        placeholder={say('如 interaction、design、pelvis、M-01', 'such as interaction, design, pelvis, M-01')}
                        value={skill.what}
                        className="grow"
                        onChange={(event) => put(i, { what: event.target.value })}
                    />
                    <DateInput name={say('有效至', 'Valid until')} value={skill.until} change={(until) => put(i, { until })} />
                    <Button
                        type="text"
                        aria-label={say('去掉', 'Take away')}
                        onClick={() => change({ skills: typed.skills.filter((_, at) => at !== i) })}
                    >
                        ×
                    </Button>
                </div>
            ))}
            <datalist id="skills">
                {['interaction', 'design', ...(flow.get()?.words.site ?? []).map((word) => word.value)].map((value) => (
                    <option key={value} value={value} />
                ))}
            </datalist>
            <Button size="small" onClick={() => change({ skills: [...typed.skills, { what: '', until: '' }] })}>
                {say('加一项', 'Add one')}
            </Button>
        </fieldset>
    );
}

function PersonForm({ person, done }: { person: Listed | null; done: (said: string) => void }): ReactElement {
    const [typed, setTyped] = useState<Typed>(() => ({ ...typedOf(person), password: person ? '' : oneTime() }));
    const { busy, refusal, run } = useDoing();
    const change = (part: Partial<Typed>): void => setTyped({ ...typed, ...part });
    const loginFault =
        typed.login && !/^[a-z0-9._-]{2,64}$/.test(typed.login)
            ? say('小写字母、数字和 . _ -，至少两个', 'Small letters, digits and . _ -, at least two')
            : undefined;
    const weak = person ? undefined : passwordFault(typed.password, typed.login);
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        run(async () => {
            if (person)
                await ask('PUT', `/people/${person.id}`, {
                    body: { ...bodyOf(typed, person), version: person.version, ...(typed.closed ? { closed: true } : {}), ...(typed.password ? { password: typed.password } : {}) },
                });
            else await ask('POST', '/people', { body: { ...bodyOf(typed, null), login: typed.login, password: typed.password } });
            done(
                person
                    ? say(`已修改：${typed.name}`, `Changed: ${typed.name}`) +
                          (typed.password
                              ? say(`，一次性口令 ${typed.password}`, `, one-time password ${typed.password}`)
                              : '')
                    : say(
                          `已建立：${typed.name}，登录名 ${typed.login}，一次性口令 ${typed.password}`,
                          `Made: ${typed.name}, login ${typed.login}, one-time password ${typed.password}`,
                      ),
            );
        });
    };
    const text = (name: string, key: 'name' | 'organisation' | 'department'): ReactElement => (
        <Line name={name}>
            {(id) => <Input id={id} value={typed[key]} onChange={(event) => change({ [key]: event.target.value })} />}
        </Line>
    );
    return (
        <form onSubmit={submit} className="stack">
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            {!person && (
                <>
                    <Line name={say('登录名', 'Login name')} fault={loginFault}>
                        {(id, described) => (
                            <Input
                                id={id}
                                aria-describedby={described}
                                value={typed.login}
                                autoComplete="off"
                                onChange={(event) => change({ login: event.target.value.trim() })}
                            />
                        )}
                    </Line>
                    <Line
                        name={say('一次性口令', 'One-time password')}
                        fault={weak}
                        hint={say('交给本人，首次登录时更换', 'Given to the person, who changes it at the first login')}
                    >
                        {(id, described) => (
                            <Input
                                id={id}
                                aria-describedby={described}
                                className="mono"
                                autoComplete="off"
                                value={typed.password}
                                onChange={(event) => change({ password: event.target.value })}
                            />
                        )}
                    </Line>
                </>
            )}
            {text(say('姓名', 'Name'), 'name')}
            {text(say('单位', 'Organisation'), 'organisation')}
            {text(say('科室', 'Department'), 'department')}
            <Line
                name={say('角色', 'Roles')}
                hint={say(
                    '系统、安全、审计管理员不能由一人兼任，也不能办理病例',
                    'System, security and audit administrators are three persons, and do not work on cases',
                )}
            >
                {(id, described) => (
                    <Select
                        id={id}
                        aria-describedby={described}
                        mode="multiple"
                        className="whole"
                        value={typed.roles}
                        optionFilterProp="label"
                        onChange={(roles: string[]) => change({ roles })}
                        options={flow.get()!.roles.map((role) => ({ value: role.name, label: title(role) }))}
                    />
                )}
            </Line>
            <div className="row">
                <Line name={say('职级（0–9）', 'Rank (0 to 9)')}>
                    {(id) => (
                        <Input
                            id={id}
                            className="number"
                            inputMode="numeric"
                            value={typed.rank}
                            onChange={(event) => change({ rank: event.target.value.replace(/\D/g, '').slice(0, 1) })}
                        />
                    )}
                </Line>
                <Line name={say('执业资格有效至', 'Licence valid until')}>
                    {(id) => (
                        <DateInput id={id} value={typed.licence_until} change={(until) => change({ licence_until: until })} />
                    )}
                </Line>
            </div>
            <Skills typed={typed} change={change} />
            {person && (
                <label className="row">
                    <input
                        type="checkbox"
                        checked={!!typed.password}
                        onChange={(event) => change({ password: event.target.checked ? oneTime() : '' })}
                    />
                    {say('给新的一次性口令', 'Give a new one-time password')}
                    {typed.password && <strong className="mono">{typed.password}</strong>}
                </label>
            )}
            {person && <LostSecond id={person.id} name={person.name} />}
            {person && (
                <label className="row">
                    <input type="checkbox" checked={typed.closed} onChange={(event) => change({ closed: event.target.checked })} />
                    {say('停用账户', 'The account is closed')}
                </label>
            )}
            <Button
                type="primary"
                htmlType="submit"
                loading={busy}
                disabled={!typed.name.trim() || !typed.roles.length || (!person && (!typed.login || !!loginFault || !!weak))}
            >
                {person ? say('保存', 'Save') : say('建立', 'Make')}
            </Button>
        </form>
    );
}

export default function People(): ReactElement {
    const seen = useLoaded<{ people: Listed[] }>((signal) => ask('GET', '/people', { signal }), []);
    const [open, setOpen] = useState<Listed | null | undefined>();
    const [said, setSaid] = useState('');
    const [words, setWords] = useState('');
    const word = words.trim().toLowerCase();
    const shown = (seen.data?.people ?? []).filter(
        (one) => !word || `${one.name} ${one.login} ${one.organisation} ${one.roles.map(roleName).join(' ')}`.toLowerCase().includes(word),
    );
    const soon = new Date(Date.now() + 30 * 86400000).toISOString().slice(0, 10);
    return (
        <>
            <div className="row apart">
                <h1>{say('人员', 'People')}</h1>
                <Button type="primary" onClick={() => setOpen(null)}>
                    {say('新建人员', 'New person')}
                </Button>
            </div>
            {said && <Alert type="success" showIcon message={said} role="status" closable onClose={() => setSaid('')} />}
            {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
            <div className="card scroll">
                <input
                    id="search"
                    type="search"
                    className="choice grow"
                    aria-label={say('查找人员', 'Find people')}
                    placeholder={say('查找人员…', 'Find people…')}
                    value={words}
                    onChange={(event) => setWords(event.target.value)}
                />
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('姓名', 'Name')}</th>
                            <th scope="col">{say('登录名', 'Login')}</th>
                            <th scope="col">{say('角色', 'Roles')}</th>
                            <th scope="col">{say('单位', 'Organisation')}</th>
                            <th scope="col">{say('资格有效至', 'Licence until')}</th>
                            <th scope="col">{say('能力', 'Skills')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {shown.map((one) => (
                            <tr key={one.id}>
                                <td>
                                    <button type="button" className="plainlink" onClick={() => setOpen(one)}>
                                        {one.name}
                                    </button>
                                    {one.closed && <span className="tag warn">{say('停用', 'closed')}</span>}
                                </td>
                                <td className="mono">{one.login}</td>
                                <td>{one.roles.map(roleName).join(say('、', ', '))}</td>
                                <td>{[one.organisation, one.department].filter(Boolean).join(' · ')}</td>
                                <td className={one.licence_until && one.licence_until < soon ? 'late nowrap' : 'nowrap'}>
                                    {one.licence_until ? day(one.licence_until) : '—'}
                                </td>
                                <td>
                                    {(one.skills ?? []).map((skill) => (
                                        <span key={skill.what} className={(skill.until ?? '') < soon ? 'tag warn' : 'tag'} title={skill.until}>
                                            {skillName(skill.what)}
                                        </span>
                                    ))}
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            <Sheet
                open={open !== undefined}
                title={open ? say(`修改：${open.name}`, `Change: ${open.name}`) : say('新建人员', 'New person')}
                close={() => setOpen(undefined)}
            >
                <PersonForm
                    person={open ?? null}
                    done={(text) => {
                        setSaid(text);
                        setOpen(undefined);
                        seen.reload();
                    }}
                />
            </Sheet>
        </>
    );
}
