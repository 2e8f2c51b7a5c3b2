/* The book of the site: rules, drills, confirmations, printers, and what is to be validated again;
 * its kinds and forms are the server's table. */
import { Alert, Button } from 'antd';
import { useMemo, useState, type FormEvent, type ReactElement } from 'react';
import { ask, onceKey } from '../api/client';
import type { BookAct, BookEntry, BookItem, BookKind, Replies } from '../api/types';
import { Cell } from '../case/cell';
import { draftOf, faultsOf, formOf, type Draft, type Place } from '../case/form';
import { fromToday, moment } from '../case/format';
import { say, title } from '../case/language';
import type { Field } from '../case/model';
import { kindName, memberName } from '../case/registry';
import { hasRole } from '../case/session';
import { roleName } from '../case/words';
import { FieldInput, type Amend } from './fields';
import { useDoing } from './login';
import { FieldsView } from './record';
import { Sheet } from './sheet';
import { useLoaded } from './use';

type Book = Replies['GET /book'];

const states: Record<BookItem['state'], [string, string, string]> = {
    missing: ['未建立', 'not there yet', 'bad'],
    due: ['到期', 'due', 'bad'],
    fault: ['故障', 'fault', 'bad'],
    soon: ['即将到期', 'due soon', 'warn'],
    ok: ['有效', 'in order', 'good'],
};

/* Where a word of its own says it better. */
const statesOf: Record<string, Partial<Record<BookItem['state'], [string, string]>>> = {
    revalidation: { ok: ['已验证', 'validated'], due: ['待重新验证', 'to be validated'] },
    process: { missing: ['未确认', 'not confirmed'] },
    machine: { missing: ['资料不全', 'not complete'] },
};

function StateOf({ item }: { item: BookItem }): ReactElement {
    const [zh, en, tone] = states[item.state];
    const own = statesOf[item.kind]?.[item.state];
    return <span className={`tag ${tone}`}>{own ? say(own[0], own[1]) : say(zh, en)}</span>;
}

/* What the registry names stays as it is written there. */
function nameOf(kind: BookKind, item: BookItem): string {
    return kind.items ? title(item) : item.zh;
}

function fieldsOf(act: BookAct): Field[] {
    return act.fields as Field[];
}

/* What a change was of, and whom it affects. */
function Change({ item }: { item: BookItem }): ReactElement {
    const body = item.body as { what: string; changed: string[]; from?: string; to?: string; time: string; cases: string[] };
    return (
        <>
            {body.what === 'program' ? say('程序更新', 'program updated') : say(`${kindName(body.what)}已更改`, `changed: ${kindName(body.what).toLowerCase()}`)}
            {': '}
            {body.from ? `${body.from} → ${body.to}` : body.changed.map(memberName).join(say('、', ', '))}
            <div className="hint">
                {moment(body.time)}
                {body.cases.length > 0 && say(` · 影响 ${body.cases.length} 个未结病例：`, ` · open cases affected: `) + body.cases.slice(0, 20).join(say('、', ', '))}
            </div>
        </>
    );
}

function Printer({ item }: { item: BookItem }): ReactElement {
    const text = (name: string): string => String(item.body[name] ?? '—');
    return (
        <>
            {memberName('serial')} {text('serial')} · {memberName('service_until')} {text('service_until')}
            <div className={item.warranty && !item.warranty.enough ? 'late' : 'hint'}>
                {say('质保', 'Warranty')} {text('warranty_from')} {say('至', 'to')} {text('warranty_until')}
                {item.warranty && !item.warranty.enough && say('：不足三年', ': less than three years')}
                {item.warranty?.over && say('（已过）', ' (over)')}
            </div>
        </>
    );
}

function About({ item }: { item: BookItem }): ReactElement | null {
    if (item.kind === 'revalidation') return <Change item={item} />;
    if (item.kind === 'machine') return <Printer item={item} />;
    const last = item.entries.at(-1);
    return last ? <span className="hint">{`${last.name} · ${moment(last.time)}`}</span> : null;
}

function today(): string {
    const now = new Date();
    const two = (n: number): string => String(n).padStart(2, '0');
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function EntryForm({ item, act, done }: { item: BookItem; act: BookAct; done: () => void }): ReactElement {
    const fields = fieldsOf(act);
    const around = { type: undefined, again: false, today: today() };
    const [draft, setDraft] = useState<Draft>(() =>
        draftOf(fields, act.name === 'mend' ? { about: item.open[0] } : act.name === 'write' ? item.body : {}),
    );
    const [faults, setFaults] = useState<Map<Place, string>>(new Map());
    const sending = useMemo(() => new Cell(0), []);
    const { busy, refusal, run } = useDoing();
    const amend: Amend = (change) => setDraft((now) => change(now));
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        const wrong = faultsOf(fields, draft, around);
        setFaults(wrong);
        if (wrong.size) return;
        run(async () => {
            await ask('POST', `/book/${item.kind}/${encodeURIComponent(item.item)}`, { body: { act: act.name, form: formOf(fields, draft) }, once: onceKey() });
            done();
        });
    };
    return (
        <form className="act" noValidate onSubmit={submit}>
            {refusal && <Alert type="error" showIcon role="alert" message={refusal.message} />}
            <div className="fields">
                {fields.map((field) => (
                    <FieldInput
                        key={field.name}
                        field={field}
                        place={field.name}
                        draft={draft}
                        amend={amend}
                        setting={{ caseId: undefined, around, facts: [], entries: [], issues: [], faults, sending }}
                    />
                ))}
            </div>
            <Button type="primary" htmlType="submit" loading={busy}>
                {say('记入台账', 'Put into the book')}
            </Button>
        </form>
    );
}

function EntryOf({ kind, entry }: { kind: BookKind; entry: BookEntry }): ReactElement {
    const act = kind.acts.find((one) => one.name === entry.act);
    return (
        <details>
            <summary>
                {say(`第 ${entry.number} 号`, `No. ${entry.number}`)} · {act ? title(act) : entry.act} · {entry.name} ({roleName(entry.role)}) · {moment(entry.time)}
            </summary>
            <FieldsView caseId="" fields={act ? fieldsOf(act) : []} form={entry.form} />
        </details>
    );
}

function One({ kind, item, reload }: { kind: BookKind; item: BookItem; reload: () => void }): ReactElement {
    const acts = kind.acts.filter((act) => hasRole(...act.roles) && (act.name !== 'mend' || item.open.length) && (kind.name !== 'revalidation' || item.state !== 'ok'));
    const [chosen, choose] = useState('');
    const act = acts.find((one) => one.name === chosen);
    return (
        <div className="stack">
            <p className="row">
                <StateOf item={item} />
                {item.due && <span>{say(`期限 ${item.due}`, `due on ${item.due}`)}</span>}
            </p>
            <About item={item} />
            {acts.length > 0 && (
                <div className="row" role="group" aria-label={say('操作', 'Acts')}>
                    {acts.map((one) => (
                        <Button key={one.name} aria-pressed={chosen === one.name} onClick={() => choose(one.name === chosen ? '' : one.name)}>
                            {title(one)}
                        </Button>
                    ))}
                </div>
            )}
            {act && (
                <EntryForm
                    key={`${act.name} ${item.entries.length}`}
                    item={item}
                    act={act}
                    done={() => {
                        choose('');
                        reload();
                    }}
                />
            )}
            <section aria-label={say('历史', 'History')}>
                <h2>{say('历史', 'History')}</h2>
                {!item.entries.length && <p className="hint">{say('还没有记录', 'Nothing yet')}</p>}
                {[...item.entries].reverse().map((entry) => (
                    <EntryOf key={entry.number} kind={kind} entry={entry} />
                ))}
            </section>
        </div>
    );
}

function Items({ kind, items, open }: { kind: BookKind; items: BookItem[]; open: (item: BookItem) => void }): ReactElement {
    return (
        <section className="card scroll" data-book={kind.name}>
            <h2>
                {title(kind)} <span className="hint">{say(`条款 ${kind.clause}`, `clause ${kind.clause}`)}</span>
            </h2>
            {!items.length && <p className="hint">{say('没有', 'None')}</p>}
            {items.length > 0 && (
                <table className="list">
                    <thead>
                        <tr>
                            <th scope="col">{say('项目', 'Item')}</th>
                            <th scope="col">{say('状态', 'State')}</th>
                            <th scope="col">{say('期限', 'Due')}</th>
                            <th scope="col">{say('内容', 'About')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        {items.map((item) => (
                            <tr key={item.item} data-item={item.item}>
                                <td>
                                    <button type="button" className="plainlink" onClick={() => open(item)}>
                                        {nameOf(kind, item)}
                                    </button>
                                </td>
                                <td>
                                    <StateOf item={item} />
                                </td>
                                <td className={item.state === 'due' ? 'late nowrap' : 'nowrap'}>
                                    {item.due ? (
                                        <>
                                            {item.due}
                                            <div className="hint">{fromToday(item.due)}</div>
                                        </>
                                    ) : (
                                        '—'
                                    )}
                                </td>
                                <td>
                                    <About item={item} />
                                </td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            )}
        </section>
    );
}

export default function BookPage(): ReactElement {
    const book = useLoaded<Book>((signal) => ask('GET', '/book', { signal }), []);
    const [open, setOpen] = useState<{ kind: string; item: string } | null>(null);
    const of = (name: string): BookItem[] => (book.data?.items ?? []).filter((item) => item.kind === name);
    const kind = book.data?.kinds.find((one) => one.name === open?.kind);
    const item = open && of(open.kind).find((one) => one.item === open.item);
    /* what waits to be validated again is seen first */
    const kinds = [...(book.data?.kinds ?? [])].sort((a, b) => Number(b.name === 'revalidation') - Number(a.name === 'revalidation'));
    return (
        <>
            <h1>{say('台账', 'The book of the site')}</h1>
            <p className="hint">
                {say('制度、应急计划、数据负责人与演练、过程确认、设备和重新验证。只能添加，不能修改或删除；每一笔都在审计链中。', 'Rules, plan for incidents, keeper of the data and drills, confirmations, printers, validations. It is only added to, never changed or taken out; each entry is in the ledger.')}
            </p>
            {book.refusal && <Alert type="error" showIcon message={book.refusal.message} />}
            {book.data && (
                <p role="status">{book.data.due ? <strong>{say(`${book.data.due} 项待办`, `${book.data.due} to be done`)}</strong> : say('没有到期的事项', 'Nothing is due')}</p>
            )}
            {kinds.map((one) => (
                <Items key={one.name} kind={one} items={of(one.name)} open={(to) => setOpen({ kind: to.kind, item: to.item })} />
            ))}
            <Sheet open={!!item} title={item && kind ? `${title(kind)} · ${nameOf(kind, item)}` : ''} close={() => setOpen(null)}>
                {item && kind && <One key={`${item.kind}/${item.item}`} kind={kind} item={item} reload={book.reload} />}
            </Sheet>
        </>
    );
}
