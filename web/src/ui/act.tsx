/* One act of the process: its form, what a signature covers, and sending it. */
import { Alert, Button, Input, Spin } from 'antd';
import { useEffect, useMemo, useRef, useState, type FormEvent, type ReactElement } from 'react';
import { ask, Refusal } from '../api/client';
import { Cell } from '../case/cell';
import { dropDraft, keepDraft, keptDraft, keyFor } from '../case/drafts';
import { draftOf, faultsOf, formOf, placeOf, type Around, type Draft, type Place } from '../case/form';
import { say } from '../case/language';
import type { Entry, FactWanted, Field, Issue, Look, Statement } from '../case/model';
import { flow, me } from '../case/session';
import { actName, roleName } from '../case/words';
import { FieldInput, placeId, type Amend, type Setting } from './fields';
import { Line } from './login';
import { FormView, recordsOf } from './record';
import { Go } from './router';
import { useCell, useLoaded } from './use';

export interface Doing {
    caseId: string | undefined;
    act: string;
    role: string;
    fields: Field[];
    facts: FactWanted[];
    preset: Record<string, unknown>;
    signed: boolean;
    again: boolean;
    type: string | undefined;
    entries: Entry[];
    issues: Issue[];
    done: (reply: Done) => void;
    cancel?: () => void;
    /* says what the button does */
    send?: string;
}

export interface Done {
    case: string;
    number: number;
    stage?: string;
}

interface Shown {
    statement: Statement;
    digest: string;
}

function today(): string {
    const now = new Date();
    const two = (n: number): string => String(n).padStart(2, '0');
    return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/* To the first place that is wrong, and there into its input. */
function showFault(place: Place): void {
    const line = document.querySelector<HTMLElement>(`[data-field="${placeId(place)}"]`);
    line?.scrollIntoView({ block: 'center' });
    line?.querySelector<HTMLElement>('input, textarea, select, button')?.focus({ preventScroll: true });
}

function RecordOf({ shown, entries, name, version, sha256 }: { shown: Statement; entries: Entry[]; name: string; version: number; sha256: string }): ReactElement {
    const makers = flow.get()!.acts.filter((act) => (act.makes ?? act.name) === name).map((act) => act.name);
    const entry = entries.filter((one) => makers.includes(one.act))[version - 1];
    return (
        <details className="covered">
            <summary>
                {actName(entry?.act ?? name)} · {say(`第 ${version} 版`, `version ${version}`)} <span className="mono">{sha256.slice(0, 16)}…</span>
            </summary>
            {entry && <FormView caseId={shown.case} act={entry.act} form={entry.form} />}
            <p className="mono">SHA-256 {sha256}</p>
        </details>
    );
}

function Covered({ shown, entries }: { shown: Shown; entries: Entry[] }): ReactElement {
    const { statement } = shown;
    const records = recordsOf(statement);
    return (
        <section className="statement" aria-label={say('签名内容', 'What is signed')}>
            <h2>{say('您将签署', 'You are about to sign')}</h2>
            <p className="meaning">
                {say(`“${statement.meaning_zh}”`, `“${statement.meaning_en}”`)}
                <span className="hint">
                    {' '}
                    {say('以', 'as ')}
                    {roleName(statement.role)}
                    {say('的身份', '')} · {me.get()!.person.name}
                </span>
            </p>
            {records.length > 0 && (
                <>
                    <p>{say('签名覆盖这些记录现在的版本，点开可看内容：', 'The signature covers these records as they are now; open one to read it:')}</p>
                    {records.map((record) => (
                        <RecordOf key={record.name} shown={statement} entries={entries} {...record} />
                    ))}
                </>
            )}
            <p className="hint">
                {say('连同上面所填的内容与签署时刻。', 'Together with what is filled in above and the moment of signing.')}
            </p>
            <p className="mono">
                {say('摘要', 'Digest')} {shown.digest}
            </p>
        </section>
    );
}

export function ActForm(props: Doing): ReactElement {
    const { caseId, act, role, fields, signed } = props;
    const kept = useMemo(() => keptDraft(caseId ?? 'new', act), [caseId, act]);
    const [draft, setDraft] = useState<Draft>(() => ({ ...draftOf(fields, props.preset), ...kept }));
    const [faults, setFaults] = useState<Map<Place, string>>(new Map());
    const [tried, setTried] = useState(false);
    const [busy, setBusy] = useState(false);
    const [refusal, setRefusal] = useState<Refusal>();
    const [passphrase, setPassphrase] = useState('');
    const form = useRef<HTMLFormElement>(null);
    const sending = useMemo(() => new Cell(0), []);
    const around: Around = { type: props.type ?? (draft.type as string | undefined), again: props.again, today: today() };
    const shown = useLoaded<Look<Shown> | null>(
        (signal) =>
            signed && caseId
                ? ask('GET', `/cases/${caseId}/acts/${act}/statement?role=${role}`, { signal })
                : Promise.resolve(null),
        [caseId, act, role, signed],
    );
    useEffect(() => {
        if (tried) setFaults(faultsOf(fields, draft, around));
    }, [draft, tried]);
    const newest = useRef(draft);
    const amend: Amend = (change) => {
        newest.current = change(newest.current);
        setDraft(newest.current);
        setRefusal(undefined);
        keepDraft(caseId ?? 'new', act, newest.current);
    };
    const refuse = (failure: Refusal): void => {
        const at = failure.code === 'data' ? placeOf(failure.message, fields) : null;
        if (at) {
            setFaults(new Map([[at.place, at.text]]));
            requestAnimationFrame(() => showFault(at.place));
        } else setRefusal(failure);
        if (failure.code === 'conflict') shown.reload();
    };
    const send = async (): Promise<void> => {
        const body: Record<string, unknown> = { role, form: formOf(fields, draft) };
        if (signed) body.statement = shown.data!.data.digest;
        const once = keyFor(caseId ?? 'new', act, JSON.stringify(body));
        if (signed) body.passphrase = passphrase;
        const path = caseId ? (`/cases/${caseId}/acts/${act}` as const) : '/cases';
        const reply = await ask<Done>('POST', path, { body, once });
        dropDraft(caseId ?? 'new', act);
        props.done(reply);
    };
    const submit = (event?: FormEvent): void => {
        event?.preventDefault();
        const wrong = faultsOf(fields, draft, around);
        setTried(true);
        setFaults(wrong);
        setRefusal(undefined);
        const first = [...wrong.keys()][0];
        if (first) {
            requestAnimationFrame(() => showFault(first));
            return;
        }
        setBusy(true);
        send()
            .catch((failure: unknown) => {
                if (!(failure instanceof Refusal)) throw failure;
                refuse(failure);
            })
            .finally(() => setBusy(false));
    };
    const setting: Setting = { caseId, around, facts: props.facts, entries: props.entries, issues: props.issues, faults, sending };
    return (
        <form
            ref={form}
            className="act"
            noValidate
            onSubmit={submit}
            onKeyDown={(event) => {
                if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
            }}
        >
            {kept && (
                <Alert
                    type="info"
                    showIcon
                    message={say('这是您上次没有填完的内容', 'This is what you had filled in before')}
                    action={
                        <Button
                            size="small"
                            onClick={() => {
                                dropDraft(caseId ?? 'new', act);
                                newest.current = draftOf(fields, props.preset);
                                setDraft(newest.current);
                            }}
                        >
                            {say('重新填写', 'Start over')}
                        </Button>
                    }
                    closable
                />
            )}
            <div className="fields">
                {fields.map((field) => (
                    <FieldInput
                        key={field.name}
                        field={field}
                        place={field.name}
                        draft={draft}
                        setting={setting}
                        amend={amend}
                    />
                ))}
            </div>
            {signed && shown.refusal && <Alert type="error" showIcon message={shown.refusal.message} role="alert" />}
            {signed && !shown.data && shown.loading && <Spin />}
            {signed && shown.data && (
                <>
                    <Covered shown={shown.data.data} entries={props.entries} />
                    <Line
                        name={say('签名密钥的口令', 'Passphrase of your signing key')}
                        hint={
                            <>
                                {say('还没有密钥？', 'No key yet? ')}
                                <Go to="/me">{say('在“我的账户”中建立', 'Make one under “My account”')}</Go>
                            </>
                        }
                    >
                        {(id, described) => (
                            <Input.Password
                                id={id}
                                aria-describedby={described}
                                value={passphrase}
                                autoComplete="off"
                                className="secret"
                                onChange={(event) => {
                                    setPassphrase(event.target.value);
                                    setRefusal(undefined);
                                }}
                            />
                        )}
                    </Line>
                </>
            )}
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            {tried && faults.size > 0 && (
                <p className="fault" role="status">
                    {say(`还有 ${faults.size} 处要改`, `${faults.size} to be mended`)}
                </p>
            )}
            <div className="row send">
                <Button
                    type="primary"
                    htmlType="submit"
                    loading={busy}
                    disabled={signed && (!shown.data || !passphrase)}
                    title="Ctrl+Enter"
                >
                    {props.send ?? (signed ? say('签名并提交', 'Sign and send') : say('提交', 'Send'))}
                </Button>
                {props.cancel && <Button onClick={props.cancel}>{say('返回', 'Back')}</Button>}
                <span className="hint">{say('所填内容随时保留，可以离开再来', 'What you fill in is kept: you may leave and come back')}</span>
            </div>
        </form>
    );
}

/* The role in which it is done, when there is more than one. */
export function RoleChoice({ roles, value, change }: { roles: string[]; value: string; change: (role: string) => void }): ReactElement | null {
    useCell(me);
    if (roles.length < 2) return null;
    return (
        <div className="row" role="radiogroup" aria-label={say('以哪个角色', 'In which role')}>
            {say('以哪个角色', 'In which role')}：
            {roles.map((role) => (
                <label key={role}>
                    <input type="radio" name="role" checked={value === role} onChange={() => change(role)} /> {roleName(role)}
                </label>
            ))}
        </div>
    );
}

