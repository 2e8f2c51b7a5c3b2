/* One input for each kind of field of the process table. */
import { Button, Input, Select } from 'antd';
import { useId, useMemo, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { ask } from '../api/client';
import type { Cell } from '../case/cell';
import { bytes as sizeText } from '../case/format';
import { isEmpty, isRequired, rowPlace, type Around, type Draft, type Place, type Value } from '../case/form';
import { label, say, title } from '../case/language';
import type { CaseFile, Entry, FactWanted, Field, FileRef, Issue, Person, Registered } from '../case/model';
import { sendFile } from '../case/upload';
import { actName, issueName, unitName, wordsOf } from '../case/words';
import { moment } from '../case/format';
import { DateInput } from './date';
import { useCell, useLoaded } from './use';

/* What inputs need to know of the case they stand in. */
export interface Setting {
    caseId: string | undefined;
    around: Around;
    facts: FactWanted[];
    entries: Entry[];
    issues: Issue[];
    faults: Map<Place, string>;
    sending: Cell<number>; /* files on their way: rows keep their places meanwhile */
}

/* Alters a draft as it is by then: what takes long must not undo what was typed meanwhile. */
export type Amend = (change: (now: Draft) => Draft) => void;

interface InputProps {
    id: string;
    field: Field;
    value: Value;
    change: (value: Value) => void;
    setting: Setting;
    described: string | undefined;
    faulty: boolean;
    /* the row or form the value is in, for suggestions that fill its neighbours */
    whole: Draft;
    fill: (more: Draft) => void;
}

/* Which part of the registry holds what a fact is about. */
const registryOf: Record<string, string> = {
    machine: 'machine',
    material: 'material_lot',
    process: 'process',
    processes: 'process',
    instruments: 'instrument',
    software: 'software',
    product: 'product',
    hospital: 'organisation',
    maker: 'organisation',
};

function suggestedBy(field: Field, facts: FactWanted[]): string | undefined {
    if (field.name === 'hospital' || field.name === 'maker') return 'organisation';
    const fact = facts.find(
        (one) => registryOf[one.fact] && (one.about === `form:${field.name}` || one.row === field.name),
    );
    return fact && registryOf[fact.fact];
}

function Words({ id, field, value, change, described, faulty }: InputProps): ReactElement {
    const words = wordsOf(field.choices);
    if (words.length <= 4)
        return (
            <span className="radios" role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={described}>
                {words.map((word) => (
                    <label key={word.value}>
                        <input
                            type="radio"
                            name={id}
                            checked={value === word.value}
                            onChange={() => change(word.value)}
                        />
                        {title(word)}
                    </label>
                ))}
            </span>
        );
    return (
        <Select
            id={id}
            aria-describedby={described}
            status={faulty ? 'error' : ''}
            className="whole"
            showSearch
            allowClear={!!field.optional}
            value={(value as string) || undefined}
            placeholder={say('请选择', 'Choose')}
            optionFilterProp="search"
            onChange={(chosen: string | undefined) => change(chosen)}
            options={words.map((word) => ({
                value: word.value,
                label: title(word),
                search: `${word.zh} ${word.en} ${word.value}`,
                meaning: say(word.meaning_zh ?? '', word.meaning_en ?? ''),
            }))}
            optionRender={(option) => (
                <>
                    {option.data.label} <span className="hint">{option.data.meaning}</span>
                </>
            )}
        />
    );
}

function YesNo({ id, value, change, described }: InputProps): ReactElement {
    return (
        <span className="radios" role="radiogroup" aria-labelledby={`${id}-label`} aria-describedby={described}>
            {[true, false].map((one) => (
                <label key={String(one)}>
                    <input type="radio" name={id} checked={value === one} onChange={() => change(one)} />
                    {one ? say('是', 'Yes') : say('否', 'No')}
                </label>
            ))}
        </span>
    );
}

function FileInput({ id, value, change, setting, described }: InputProps): ReactElement {
    const picker = useRef<HTMLInputElement>(null);
    const [busy, setBusy] = useState(false);
    const [why, setWhy] = useState('');
    const caseId = setting.caseId;
    const known = useLoaded<{ files: CaseFile[] }>(
        (signal) => (caseId ? ask('GET', `/cases/${caseId}/files`, { signal }) : Promise.resolve({ files: [] })),
        [caseId, value],
    );
    const chosen = value as FileRef | undefined;
    const take = (file: File | undefined): void => {
        if (!file || !caseId) return;
        setBusy(true);
        setWhy('');
        setting.sending.update((count) => count + 1);
        sendFile(caseId, file)
            .then((kept) => change(kept))
            .catch((failure: Error) => setWhy(failure.message))
            .finally(() => {
                setBusy(false);
                setting.sending.update((count) => count - 1);
            });
    };
    return (
        <div
            className="drop"
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
                event.preventDefault();
                take(event.dataTransfer.files[0]);
            }}
        >
            <div className="row">
                <Button id={id} loading={busy} aria-describedby={described} onClick={() => picker.current!.click()}>
                    {chosen ? say('换一个文件', 'Another file') : say('选择文件，或拖到这里', 'Choose a file, or drop it here')}
                </Button>
                {!chosen && (known.data?.files.length ?? 0) > 0 && (
                    <select
                        className="choice"
                        aria-label={say('病例中已有的文件', 'A file the case already has')}
                        value=""
                        onChange={(event) => {
                            const file = known.data!.files.find((one) => one.sha256 === event.target.value);
                            if (file) change({ name: file.name, sha256: file.sha256, bytes: file.bytes });
                        }}
                    >
                        <option value="">{say('或用病例中已有的…', 'or one the case already has…')}</option>
                        {known.data!.files.map((file) => (
                            <option key={`${file.number} ${file.sha256}`} value={file.sha256}>
                                {file.name} ({sizeText(file.bytes)})
                            </option>
                        ))}
                    </select>
                )}
                {chosen && (
                    <>
                        <span>
                            {chosen.name} <span className="hint">{sizeText(chosen.bytes)}</span>
                        </span>
                        <Button type="link" onClick={() => change(undefined)}>
                            {say('去掉', 'Take away')}
                        </Button>
                    </>
                )}
            </div>
            {why && <div className="fault">{why}</div>}
            <input
                ref={picker}
                type="file"
                hidden
                tabIndex={-1}
                aria-label={label({ zh: '文件', en: 'file' })}
                onChange={(event) => {
                    take(event.target.files?.[0]);
                    event.target.value = '';
                }}
            />
        </div>
    );
}

/* Entries that the field may refer to: open issues of its kind, or acts of its kind. */
function EntryInput({ id, field, value, change, setting, described }: InputProps): ReactElement {
    const options = useMemo(() => {
        if (field.issue)
            return setting.issues
                .filter((issue) => issue.open && issue.kind === field.issue)
                .map((issue) => ({ number: issue.entry, text: `${issueName(issue.kind)} · ${moment(issue.time)}` }));
        return setting.entries
            .filter((entry) => !field.entry_of || entry.act === field.entry_of)
            .map((entry) => ({
                number: entry.number,
                text: `${actName(entry.act)} · ${entry.actor.name} · ${moment(entry.time)}`,
            }))
            .reverse();
    }, [field, setting.entries, setting.issues]);
    return (
        <select
            id={id}
            className="choice whole"
            aria-describedby={described}
            value={(value as string) ?? ''}
            onChange={(event) => change(event.target.value || undefined)}
        >
            <option value="">{options.length ? say('请选择', 'Choose') : say('没有可选的记录', 'There is none')}</option>
            {options.map((option) => (
                <option key={option.number} value={option.number}>
                    {option.number} · {option.text}
                </option>
            ))}
        </select>
    );
}

function isPerson(field: Field): boolean {
    return field.name === 'person' && field.most === 64;
}

/* Somebody on record; fills in what is known of him. */
function PersonInput({ id, value, whole, fill, change, described }: InputProps): ReactElement {
    const people = useLoaded<{ people: Person[] }>((signal) => ask('GET', '/people', { signal }), []);
    const role = whole.role as string | undefined;
    const fitting = (people.data?.people ?? []).filter((one) => !role || one.roles.includes(role));
    return (
        <Select
            id={id}
            className="whole"
            aria-describedby={described}
            showSearch
            {...(value ? { value: value as string } : {})}
            placeholder={say('选择人员', 'Choose a person')}
            optionFilterProp="label"
            onChange={(chosen: string) => {
                const person = people.data!.people.find((one) => one.id === chosen);
                change(chosen);
                if (person)
                    fill({
                        person: chosen,
                        name: person.name,
                        role: role ?? person.roles[0],
                        organisation: person.organisation,
                    });
            }}
            options={fitting.map((one) => ({
                value: one.id,
                label: [one.name, one.organisation].filter(Boolean).join(' · '),
            }))}
        />
    );
}

function TextInput({ id, field, value, change, setting, described, faulty }: InputProps): ReactElement {
    const kind = suggestedBy(field, setting.facts);
    const known = useLoaded<Record<string, Registered[]>>(
        (signal) => (kind ? ask('GET', `/registry/${kind}`, { signal }) : Promise.resolve({})),
        [kind],
    );
    const options = kind ? (known.data?.[kind] ?? []) : [];
    return (
        <>
            <Input
                id={id}
                aria-describedby={described}
                status={faulty ? 'error' : ''}
                value={(value as string) ?? ''}
                list={options.length ? `${id}-list` : undefined}
                className={field.kind === 'digest' ? 'mono' : ''}
                onChange={(event) => change(event.target.value)}
            />
            {options.length > 0 && (
                <datalist id={`${id}-list`}>
                    {options.map((one) => (
                        <option key={one.id} value={one.id} />
                    ))}
                </datalist>
            )}
        </>
    );
}

function One(props: InputProps): ReactElement {
    const { id, field, value, change, described, faulty } = props;
    const text = (value as string) ?? '';
    switch (field.kind) {
        case 'choice':
            return <Words {...props} />;
        case 'bool':
            return <YesNo {...props} />;
        case 'file':
            return <FileInput {...props} />;
        case 'entry':
            return <EntryInput {...props} />;
        case 'prose':
            return (
                <Input.TextArea
                    id={id}
                    aria-describedby={described}
                    status={faulty ? 'error' : ''}
                    autoSize={{ minRows: 2, maxRows: 14 }}
                    value={text}
                    onChange={(event) => change(event.target.value)}
                />
            );
        case 'date':
            return (
                <DateInput
                    id={id}
                    described={described}
                    faulty={faulty}
                    min={field.not_past ? props.setting.around.today : undefined}
                    max={field.not_future ? props.setting.around.today : undefined}
                    value={text}
                    change={change}
                />
            );
        case 'number':
        case 'whole':
            return (
                <Input
                    id={id}
                    aria-describedby={described}
                    status={faulty ? 'error' : ''}
                    inputMode="decimal"
                    className="number"
                    suffix={field.unit ? unitName(field.unit) : <span />}
                    value={text}
                    onChange={(event) => change(event.target.value)}
                />
            );
        default:
            if (isPerson(field)) return <PersonInput {...props} />;
            return <TextInput {...props} />;
    }
}

function hintOf(field: Field): string {
    const parts: string[] = [];
    if (field.kind === 'number' || field.kind === 'whole') {
        const unit = field.unit ? ` ${unitName(field.unit)}` : '';
        if (field.min !== undefined && field.max !== undefined) parts.push(`${field.min} – ${field.max}${unit}`);
        else if (field.min !== undefined) parts.push(`≥ ${field.min}${unit}`);
        else if (field.max !== undefined) parts.push(`≤ ${field.max}${unit}`);
    }
    if (field.good) {
        const good = field.good.map((value) =>
            typeof value === 'boolean'
                ? value
                    ? say('是', 'yes')
                    : say('否', 'no')
                : label(
                      wordsOf(field.choices).find((word) => word.value === value),
                      String(value),
                  ),
        );
        parts.push(
            say(`只有“${good.join('”或“')}”才能继续，其他回答照样记录`, `Only “${good.join('” or “')}” lets the case go on; any other answer is kept on record`),
        );
    }
    return parts.join(say('；', '; '));
}

interface FieldProps {
    field: Field;
    place: Place;
    draft: Draft;
    amend: Amend;
    setting: Setting;
}

const narrow = new Set(['number', 'whole', 'date', 'bool']);

function Labelled(props: { id: string; field: Field; required: boolean; fault: string | undefined; children: (described: string | undefined) => ReactNode }): ReactElement {
    const { id, field, required, fault } = props;
    const hint = hintOf(field);
    const described = fault || hint ? `${id}-hint` : undefined;
    const group = field.kind === 'bool' || field.kind === 'list' || (field.kind === 'choice' && wordsOf(field.choices).length <= 4);
    const name = (
        <>
            {isPerson(field) ? say('人员', 'Person') : title(field)}
            {required ? (
                <span className="must" title={say('必填', 'Required')}>
                    {' *'}
                </span>
            ) : (
                <span className="hint">{say('（可不填）', ' (optional)')}</span>
            )}
        </>
    );
    return (
        <div className={`line ${field.kind} ${narrow.has(field.kind) ? 'half' : ''} ${fault ? 'faulty' : ''}`} data-field={id}>
            {group ? (
                <div className="label" id={`${id}-label`}>
                    {name}
                </div>
            ) : (
                <label htmlFor={id}>{name}</label>
            )}
            {props.children(described)}
            {described && (
                <div id={described} className={fault ? 'fault' : 'hint'} role={fault ? 'alert' : undefined}>
                    {fault || hint}
                </div>
            )}
        </div>
    );
}

export function placeId(place: Place): string {
    return `f-${place.replaceAll(/[[\].]+/g, '-')}`;
}

export function FieldInput({ field, place, draft, amend, setting }: FieldProps): ReactElement | null {
    const key = useId();
    const required = isRequired(field, draft, setting.around);
    const value = draft[field.name];
    const fault = setting.faults.get(place);
    if (field.required_when && !required && isEmpty(value) && !fault && onlyThen(field)) return null;
    const id = placeId(place);
    return (
        <Labelled id={id} field={field} required={required} fault={fault}>
            {(described) =>
                field.kind === 'list' ? (
                    <Rows
                        key={key}
                        field={field}
                        rows={rowsIn(draft, field)}
                        amend={(change) => amend((now) => ({ ...now, [field.name]: change(rowsIn(now, field)) }))}
                        setting={setting}
                    />
                ) : (
                    <One
                        id={id}
                        field={field}
                        value={value}
                        change={(to) => amend((now) => ({ ...now, [field.name]: to }))}
                        setting={setting}
                        described={described}
                        faulty={!!fault}
                        whole={draft}
                        fill={(more) => amend((now) => ({ ...now, ...more }))}
                    />
                )
            }
        </Labelled>
    );
}

/* A condition on this form alone: where it does not hold the field has no meaning. */
function onlyThen(field: Field): boolean {
    return [field.required_when].flat().every((one) => String((one as { of?: string } | undefined)?.of ?? '').startsWith('form:'));
}

function rowsIn(draft: Draft, field: Field): Draft[] {
    return (draft[field.name] as Draft[] | undefined) ?? [];
}

function Rows(props: { field: Field; rows: Draft[]; amend: (change: (rows: Draft[]) => Draft[]) => void; setting: Setting }): ReactElement {
    const { field, rows, amend, setting } = props;
    const sending = useCell(setting.sending);
    return (
        <div className="rows">
            {rows.map((row, i) => (
                <fieldset key={i} className="onerow">
                    <legend className="hint">{i + 1}</legend>
                    {(field.of ?? []).map((one) => (
                        <FieldInput
                            key={one.name}
                            field={one}
                            place={rowPlace(field.name, i, one.name)}
                            draft={row}
                            setting={setting}
                            amend={(change) => amend((all) => all.map((old, at) => (at === i ? change(old) : old)))}
                        />
                    ))}
                    <Button
                        type="text"
                        size="small"
                        className="rowaway"
                        disabled={sending > 0}
                        onClick={() => amend((all) => all.filter((_, at) => at !== i))}
                        aria-label={say(`去掉第 ${i + 1} 行`, `Take row ${i + 1} away`)}
                    >
                        ×
                    </Button>
                </fieldset>
            ))}
            <Button size="small" disabled={field.most !== undefined && rows.length >= field.most} onClick={() => amend((all) => [...all, {}])}>
                {say('加一行', 'Add a row')}
            </Button>
        </div>
    );
}

