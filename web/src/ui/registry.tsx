/* The site's registry: machines, lots, processes ... with the members that acts are judged by. */
import { Alert, Button, Input, Select } from 'antd';
import { useState, type FormEvent, type ReactElement } from 'react';
import { ask } from '../api/client';
import { label, say, title } from '../case/language';
import type { Registered } from '../case/model';
import { kindName, kinds, memberName, membersAsked, ownWords, typedKind, type Member } from '../case/registry';
import { flow } from '../case/session';
import { wordName, wordsOf } from '../case/words';
import { DateInput } from './date';
import { Line, useDoing } from './login';
import type { PageProps } from './pages';
import { Go } from './router';
import { Sheet } from './sheet';
import { useLoaded } from './use';

type Body = Record<string, unknown>;

function shown(value: unknown, member: Member | undefined): string {
    if (typeof value === 'boolean') return value ? say('是', 'yes') : say('否', 'no');
    if (Array.isArray(value)) return value.map((one) => (member?.words ? wordName(member.words, String(one)) : String(one))).join(say('、', ', '));
    const word = member?.kind === 'one' && ownWords[member.words!]?.find(([name]) => name === value);
    if (word) return say(word[1], word[2]);
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function MemberInput(props: { member: Member; value: unknown; change: (value: unknown) => void }): ReactElement {
    const { member, value, change } = props;
    return (
        <Line name={memberName(member.name)}>
            {(id) => {
                if (member.kind === 'date')
                    return <DateInput id={id} value={(value as string) ?? ''} change={(text) => change(text || undefined)} />;
                if (member.kind === 'yes')
                    return (
                        <select
                            id={id}
                            className="choice"
                            value={value === undefined ? '' : String(value)}
                            onChange={(event) => change(event.target.value ? event.target.value === 'true' : undefined)}
                        >
                            <option value="">{say('未说明', 'not said')}</option>
                            <option value="true">{say('是', 'yes')}</option>
                            <option value="false">{say('否', 'no')}</option>
                        </select>
                    );
                if (member.kind === 'one')
                    return (
                        <select
                            id={id}
                            className="choice"
                            value={(value as string) ?? ''}
                            onChange={(event) => change(event.target.value || undefined)}
                        >
                            <option value="">{say('未说明', 'not said')}</option>
                            {ownWords[member.words!]!.map(([name, zh, en]) => (
                                <option key={name} value={name}>
                                    {say(zh, en)}
                                </option>
                            ))}
                        </select>
                    );
                if (member.kind === 'words')
                    return (
                        <Select
                            id={id}
                            mode="multiple"
                            className="whole"
                            value={(value as string[]) ?? []}
                            optionFilterProp="label"
                            onChange={(chosen: string[]) => change(chosen.length ? chosen : undefined)}
                            options={wordsOf(member.words).map((word) => ({ value: word.value, label: title(word) }))}
                        />
                    );
                return (
                    <Input
                        id={id}
                        value={value === undefined ? '' : String(value)}
                        onChange={(event) => {
                            const text = event.target.value;
                            change(text === '' ? undefined : member.kind === 'number' && Number.isFinite(Number(text)) ? Number(text) : text);
                        }}
                    />
                );
            }}
        </Line>
    );
}

function ItemForm(props: { kind: string; item: Registered | null; done: (id: string) => void }): ReactElement {
    const { kind, item } = props;
    const [id, setId] = useState(item?.id ?? '');
    const [body, setBody] = useState<Body>(item?.body ?? {});
    const [more, setMore] = useState('');
    const { busy, refusal, run } = useDoing();
    const asked = membersAsked(flow.get()!, kind);
    const others: Member[] = Object.entries(body)
        .filter(([name, value]) => !asked.some((one) => one.name === name) && (value === undefined || typeof value !== 'object'))
        .map(([name, value]) => ({ name, kind: typedKind(value) }));
    const put = (name: string, value: unknown): void => setBody({ ...body, [name]: value });
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        run(async () => {
            const name = id.trim();
            await ask('PUT', `/registry/${kind}/${encodeURIComponent(name)}`, { body: { version: item?.version ?? 0, body } });
            props.done(name);
        });
    };
    return (
        <form onSubmit={submit} className="stack">
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            <Line name={say('名称或编号', 'Name or number')} hint={say('表单中照此填写', 'As it is written in forms')}>
                {(line, described) => (
                    <Input
                        id={line}
                        aria-describedby={described}
                        value={id}
                        disabled={!!item}
                        maxLength={64}
                        onChange={(event) => setId(event.target.value)}
                    />
                )}
            </Line>
            {[...asked, ...others].map((member) => (
                <MemberInput key={member.name} member={member} value={body[member.name]} change={(value) => put(member.name, value)} />
            ))}
            <div className="row">
                <Input
                    aria-label={say('另加一项的名称', 'Name of another member')}
                    placeholder={say('另加一项，如 manufacturer', 'Another member, such as manufacturer')}
                    value={more}
                    className="grow"
                    onChange={(event) => setMore(event.target.value)}
                />
                <Button
                    disabled={!/^[a-z][a-z0-9_]*$/.test(more) || more in body}
                    onClick={() => {
                        put(more, '');
                        setMore('');
                    }}
                >
                    {say('加', 'Add')}
                </Button>
            </div>
            <Button type="primary" htmlType="submit" loading={busy} disabled={!id.trim()}>
                {say('保存', 'Save')}
            </Button>
        </form>
    );
}

export default function Registry({ parts }: PageProps): ReactElement {
    const kind = parts.kind ?? kinds[0]![0];
    const seen = useLoaded<Record<string, Registered[]>>((signal) => ask('GET', `/registry/${kind}`, { signal }), [kind]);
    const [open, setOpen] = useState<Registered | null | undefined>();
    const asked = membersAsked(flow.get()!, kind);
    const items = seen.data?.[kind] ?? [];
    const today = new Date().toISOString().slice(0, 10);
    const names = [...new Set([...asked.map((one) => one.name), ...items.flatMap((item) => Object.keys(item.body))])];
    return (
        <>
            <div className="row apart">
                <h1>{say('登记', 'Registry')}</h1>
                <Button type="primary" onClick={() => setOpen(null)}>
                    {say('新登记', 'Put on record')}
                </Button>
            </div>
            <nav className="casetabs" aria-label={say('类别', 'Kinds')}>
                {kinds.map(([name]) => (
                    <Go key={name} to={`/registry/${name}`} aria-current={name === kind ? 'page' : undefined}>
                        {kindName(name)}
                    </Go>
                ))}
            </nav>
            {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
            <div className="card scroll">
                {seen.data && !items.length && <div className="empty">{say('还没有登记', 'Nothing is on record yet')}</div>}
                {items.length > 0 && (
                    <table className="list">
                        <thead>
                            <tr>
                                <th scope="col">{label({ zh: '名称或编号', en: 'Name or number' })}</th>
                                {names.map((name) => (
                                    <th key={name} scope="col">
                                        {memberName(name)}
                                    </th>
                                ))}
                            </tr>
                        </thead>
                        <tbody>
                            {items.map((item) => (
                                <tr key={item.id}>
                                    <td>
                                        <button type="button" className="plainlink" onClick={() => setOpen(item)}>
                                            {item.id}
                                        </button>
                                    </td>
                                    {names.map((name) => {
                                        const value = item.body[name];
                                        const over = name.endsWith('_until') && typeof value === 'string' && value < today;
                                        return (
                                            <td key={name} className={over ? 'late' : ''}>
                                                {value === undefined ? '—' : shown(value, asked.find((one) => one.name === name))}
                                            </td>
                                        );
                                    })}
                                </tr>
                            ))}
                        </tbody>
                    </table>
                )}
            </div>
            <Sheet
                open={open !== undefined}
                title={`${kindName(kind)} · ${open ? open.id : say('新登记', 'new')}`}
                close={() => setOpen(undefined)}
            >
                <ItemForm
                    kind={kind}
                    item={open ?? null}
                    done={() => {
                        setOpen(undefined);
                        seen.reload();
                    }}
                />
            </Sheet>
        </>
    );
}
