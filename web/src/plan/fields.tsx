/* One member of a part, as what it stands for: a number with its unit, a place, a choice of parts. */
import { Button } from 'antd';
import { useId, useState, type ReactElement } from 'react';
import { label, say } from '../case/language';
import { blank, isObject, type Obj, type Problem } from './document';
import { pathText, type Json, type Path } from './json';
import { unitOf, type Member } from './schema';
import type { CaseFile } from './work';

export interface Board {
    /* names that a member may choose from; where not all may stand everywhere, those of its own */
    parts: string[];
    namesFor?: (member: Member) => string[];
    files: CaseFile[];
    problems: Problem[];
    /* undefined takes the member away: its preset counts */
    set: (path: Path, to: Json | undefined) => void;
}

function namesFor(board: Board, member: Member): string[] {
    return board.namesFor?.(member) ?? board.parts;
}

export function fieldId(path: Path): string {
    return `field-${pathText(path).replaceAll(/[^\w]/g, '-')}`;
}

function problemsAt(board: Board, path: Path, exact = true): Problem[] {
    const at = pathText(path);
    return board.problems.filter((one) => {
        const text = pathText(one.path);
        return exact ? text === at : text === at || text.startsWith(`${at}.`) || text.startsWith(`${at}[`);
    });
}

/* "length of the sleeve; 15 to 25 is usual": what it is, and what more is said. */
export function named(member: { zh: string; en: string }): { name: string; more: string } {
    const text = label(member);
    const cut = /[；;]/.exec(text)?.index;
    const name = cut === undefined ? text : text.slice(0, cut);
    return {
        name: name.charAt(0).toUpperCase() + name.slice(1),
        more: cut === undefined ? '' : text.slice(cut + 1).trim(),
    };
}

/* A text that is read as a number when it is one; what is none stays as it was typed, to be judged. */
function numberOf(text: string): Json | undefined {
    const trimmed = text.trim().replace('，', '.').replace(/^(-?\d+),(\d+)$/, '$1.$2');
    if (!trimmed) return undefined;
    const value = Number(trimmed);
    return /^[-+.\deE]+$/.test(trimmed) && Number.isFinite(value) ? value : text;
}

interface NumberProps {
    id?: string;
    name: string;
    value: Json | undefined;
    preset?: string;
    faulty: boolean;
    describe?: string;
    set: (to: Json | undefined) => void;
}

/* What was typed while it means what the document says, else that. No effect copies it: one that comes late
 * would show again what a step back took away. */
function useTyped(shown: string, meaning: (typed: string) => string): [string, (typed: string) => void] {
    const [typed, setTyped] = useState(shown);
    return [meaning(typed) === shown ? typed : shown, setTyped];
}

export function NumberInput({ id, name, value, preset, faulty, describe, set }: NumberProps): ReactElement {
    const shown = value === undefined || value === null ? '' : String(value);
    const [text, setText] = useTyped(shown, (typed) => String(numberOf(typed) ?? ''));
    return (
        <input
            id={id}
            className="number"
            inputMode="decimal"
            autoComplete="off"
            aria-label={id ? undefined : name}
            aria-invalid={faulty || undefined}
            aria-describedby={describe}
            placeholder={preset}
            value={text}
            onChange={(event) => {
                setText(event.target.value);
                set(numberOf(event.target.value));
            }}
        />
    );
}

function Vector({ path, member, value, board, faulty }: FieldProps & { faulty: boolean }): ReactElement {
    const axes = [say('左', 'left'), say('后', 'back'), say('上', 'up')];
    const list: Json[] = Array.isArray(value) ? value : [];
    return (
        <span className="vector" role="group" aria-label={named(member).name}>
            {['L', 'P', 'S'].map((axis, i) => (
                <label key={axis}>
                    <abbr title={axes[i]}>{axis}</abbr>
                    <NumberInput
                        {...(i === 0 ? { id: fieldId(path) } : {})}
                        name={`${named(member).name} ${axis}`}
                        value={list[i]}
                        faulty={faulty}
                        set={(to) => {
                            const next = [0, 1, 2].map((k) => (k === i ? to : list[k]) ?? null);
                            board.set(path, next.every((one) => one === null) ? undefined : next);
                        }}
                    />
                </label>
            ))}
        </span>
    );
}

/* Points, one on a line: they can be pasted from a table. */
function linesOf(value: Json | undefined): string {
    return Array.isArray(value) ? value.map((row) => (Array.isArray(row) ? row.join(' ') : String(row))).join('\n') : '';
}

function pointsOf(text: string): Json[] {
    return text
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean)
        .map((line) => line.split(/[\s,;，；]+/).map((word) => numberOf(word) ?? null));
}

function Points({ path, member, value, board, faulty }: FieldProps & { faulty: boolean }): ReactElement {
    const shown = linesOf(value);
    const [text, setText] = useTyped(shown, (typed) => linesOf(pointsOf(typed)));
    const count = Array.isArray(value) ? value.length : 0;
    return (
        <>
            <textarea
                id={fieldId(path)}
                className="mono"
                rows={Math.min(8, Math.max(3, count + 1))}
                aria-invalid={faulty || undefined}
                spellCheck={false}
                value={text}
                onChange={(event) => {
                    setText(event.target.value);
                    const list = pointsOf(event.target.value);
                    board.set(path, list.length ? list : undefined);
                }}
            />
            <span className="hint">
                {member.what === 'outline'
                    ? say(`每行一点：u v（mm），共 ${count} 点`, `one point a line: u v (mm), ${count} so far`)
                    : say(`每行一点：L P S（mm），共 ${count} 点`, `one point a line: L P S (mm), ${count} so far`)}
            </span>
        </>
    );
}

/* Pairs of names, one on a line. */
function Pairs({ path, value, board, faulty }: FieldProps & { faulty: boolean }): ReactElement {
    const shown = linesOf(value);
    const read = (typed: string): string[][] =>
        typed
            .split('\n')
            .map((line) => line.trim().split(/[\s,，]+/))
            .filter((words) => words[0]);
    const [text, setText] = useTyped(shown, (typed) => linesOf(read(typed)));
    return (
        <>
            <textarea
                id={fieldId(path)}
                className="mono"
                rows={4}
                aria-invalid={faulty || undefined}
                spellCheck={false}
                value={text}
                onChange={(event) => {
                    setText(event.target.value);
                    const list = read(event.target.value);
                    board.set(path, list.length ? list : undefined);
                }}
            />
            <span className="hint">{say('每行两个标志点的名称：移动的、固定的', 'two landmarks a line: the moving one, the fixed one')}</span>
        </>
    );
}

function PartChoice(props: {
    id?: string;
    name: string;
    /* one of several, which no label of a field names */
    listed?: boolean;
    value: Json | undefined;
    parts: string[];
    faulty: boolean;
    set: (to: string | undefined) => void;
}): ReactElement {
    const { value, parts } = props;
    const known = typeof value !== 'string' || parts.includes(value);
    return (
        <select
            id={props.id}
            className="choice"
            aria-label={props.id && !props.listed ? undefined : props.name}
            aria-invalid={props.faulty || undefined}
            value={typeof value === 'string' ? value : ''}
            onChange={(event) => props.set(event.target.value || undefined)}
        >
            <option value="">{say('选择部件…', 'Choose a part…')}</option>
            {!known && <option value={value}>{value}</option>}
            {parts.map((name) => (
                <option key={name}>{name}</option>
            ))}
        </select>
    );
}

function PartList({ path, member, value, board }: FieldProps): ReactElement {
    const list: Json[] = Array.isArray(value) ? value : [];
    const { name } = named(member);
    return (
        <span className="partlist" role="group" aria-label={name}>
            {list.map((one, i) => (
                <span key={i} className="row tight">
                    <PartChoice
                        {...(i === 0 ? { id: fieldId(path) } : {})}
                        name={`${name} ${i + 1}`}
                        listed
                        value={one}
                        parts={namesFor(board, member)}
                        faulty={problemsAt(board, [...path, i]).length > 0}
                        set={(to) => board.set([...path, i], to ?? '')}
                    />
                    <Button
                        size="small"
                        aria-label={say(`去掉 ${name} 第 ${i + 1} 项`, `Remove ${name} ${i + 1}`)}
                        onClick={() => board.set(path, list.length > 1 ? list.filter((_, k) => k !== i) : undefined)}
                    >
                        ×
                    </Button>
                </span>
            ))}
            <Button size="small" id={list.length ? undefined : fieldId(path)} onClick={() => board.set(path, [...list, ''])}>
                + {say('部件', 'part')}
            </Button>
        </span>
    );
}

function FileChoice({ path, value, board, faulty }: FieldProps & { faulty: boolean }): ReactElement {
    const now = isObject(value) ? value : {};
    const key = typeof now.path === 'string' ? `${now.path}\n${String(now.sha256 ?? '')}` : '';
    const options = board.files.map((file) => ({ file, key: `${file.name}\n${file.sha256}` }));
    const known = options.some((one) => one.key === key);
    return (
        <span className="filechoice">
            <select
                id={fieldId(path)}
                className="choice"
                aria-invalid={faulty || undefined}
                value={key}
                onChange={(event) => {
                    const { file } = options.find((one) => one.key === event.target.value) ?? {};
                    const next: Obj = { ...now };
                    delete next.path;
                    delete next.sha256;
                    board.set(path, file ? { path: file.name, sha256: file.sha256, ...next } : undefined);
                }}
            >
                <option value="">{say('选择病例的文件…', 'Choose a file of the case…')}</option>
                {key && !known && <option value={key}>{String(now.path)}</option>}
                {options.map((one) => (
                    <option key={one.key} value={one.key}>
                        {one.file.name} · {one.file.sha256.slice(0, 8)}
                    </option>
                ))}
            </select>
            <label className="hint">
                {say('单位', 'Unit')}{' '}
                <select
                    className="choice"
                    value={typeof now.unit === 'string' ? now.unit : ''}
                    onChange={(event) => board.set([...path, 'unit'], event.target.value || undefined)}
                >
                    <option value="">{say('文件自述', 'as the file says')}</option>
                    {['mm', 'cm', 'm', 'inch', 'um'].map((unit) => (
                        <option key={unit}>{unit}</option>
                    ))}
                </select>
            </label>
        </span>
    );
}

function Items({ path, member, value, board }: FieldProps): ReactElement {
    const list: Json[] = Array.isArray(value) ? value : [];
    const { name } = named(member);
    return (
        <div className="items-of">
            {list.map((item, i) => (
                <fieldset key={i}>
                    <legend>
                        {name} {i + 1}
                        <Button
                            size="small"
                            aria-label={say(`去掉 ${name} ${i + 1}`, `Remove ${name} ${i + 1}`)}
                            onClick={() => board.set(path, list.length > 1 || member.required ? list.filter((_, k) => k !== i) : undefined)}
                        >
                            ×
                        </Button>
                    </legend>
                    <Members members={member.items!} value={item} path={[...path, i]} board={board} />
                </fieldset>
            ))}
            <Button
                size="small"
                id={fieldId(path)}
                onClick={() => board.set(path, [...list, blank(member.items!, board.parts)])}
            >
                + {name}
            </Button>
        </div>
    );
}

interface FieldProps {
    path: Path;
    member: Member;
    value: Json | undefined;
    board: Board;
}

function presetText(member: Member): string {
    return member.preset === undefined ? '' : String(member.preset);
}

function Input(props: FieldProps & { faulty: boolean; describe: string }): ReactElement {
    const { member, path, value, board, faulty } = props;
    const id = fieldId(path);
    switch (member.what) {
        case 'length':
        case 'angle':
        case 'number':
            return (
                <span className="withunit">
                    <NumberInput
                        id={id}
                        name={named(member).name}
                        value={value}
                        preset={presetText(member)}
                        faulty={faulty}
                        describe={props.describe}
                        set={(to) => board.set(path, to)}
                    />
                    <span className="unit">{unitOf(member)}</span>
                </span>
            );
        case 'point':
        case 'direction':
            return <Vector {...props} />;
        case 'points':
        case 'outline':
            return <Points {...props} />;
        case 'choice':
            return (
                <select
                    id={id}
                    className="choice"
                    aria-invalid={faulty || undefined}
                    value={typeof value === 'string' ? value : ''}
                    onChange={(event) => board.set(path, event.target.value || undefined)}
                >
                    {!member.required && (
                        <option value="">
                            {member.preset === undefined ? say('不选', 'none') : say(`默认：${member.preset}`, `preset: ${member.preset}`)}
                        </option>
                    )}
                    {member.choices!.map((choice) => (
                        <option key={choice}>{choice}</option>
                    ))}
                </select>
            );
        case 'part':
            return (
                <PartChoice
                    id={id}
                    name={named(member).name}
                    value={value}
                    parts={namesFor(board, member)}
                    faulty={faulty}
                    set={(to) => board.set(path, to)}
                />
            );
        case 'parts':
            return <PartList {...props} />;
        case 'pairs':
            return <Pairs {...props} />;
        case 'file':
            return <FileChoice {...props} />;
        case 'items':
            return <Items {...props} />;
        case 'text':
            return (
                <input
                    id={id}
                    className="text"
                    autoComplete="off"
                    aria-invalid={faulty || undefined}
                    value={typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value)}
                    onChange={(event) => board.set(path, event.target.value || undefined)}
                />
            );
    }
}

function range(member: Member): string {
    if (member.min === undefined || member.max === undefined) return '';
    return `${member.min} – ${member.max}`;
}

function Field(props: FieldProps): ReactElement {
    const { member, path, value, board } = props;
    const own = useId();
    const found = problemsAt(board, path);
    /* a list's items complain in their own place */
    const inner =
        member.what === 'parts' || member.what === 'points' || member.what === 'outline' || member.what === 'pairs' || member.what === 'file'
            ? problemsAt(board, path, false).filter((one) => one.path.length > path.length)
            : [];
    const faults = [...found, ...inner.slice(0, 3)];
    const missing = value === undefined && member.required;
    const { name, more } = named(member);
    const notes = [more, range(member)].filter(Boolean).join(' · ');
    const heading = member.what === 'items' || member.what === 'parts' || member.what === 'point' || member.what === 'direction';
    return (
        <div className={`member ${member.what}`}>
            {heading ? (
                <span className="name">
                    {name}
                    {member.required && <span aria-hidden> *</span>} <code>{member.name}</code>
                </span>
            ) : (
                <label className="name" htmlFor={fieldId(path)}>
                    {name}
                    {member.required && <span aria-hidden> *</span>} <code>{member.name}</code>
                </label>
            )}
            <Input {...props} faulty={faults.length > 0} describe={own} />
            <div id={own}>
                {notes && <span className="hint">{notes}</span>}
                {faults.map((one, i) => (
                    <span key={i} className={missing ? 'wanting' : 'fault'}>
                        {label(one)}
                    </span>
                ))}
            </div>
        </div>
    );
}

/* What must be given first; what may be, folded until one of it is. */
export function Members(props: { members: Member[]; value: Json | undefined; path: Path; board: Board }): ReactElement {
    const { members, path, board } = props;
    const value = isObject(props.value) ? props.value : {};
    const first = members.filter((one) => one.required || one.what === 'items');
    const others = members.filter((one) => !first.includes(one));
    const given = others.some((one) => value[one.name] !== undefined);
    const row = (member: Member): ReactElement => (
        <Field key={member.name} member={member} value={value[member.name]} path={[...path, member.name]} board={board} />
    );
    return (
        <div className="members">
            {first.map(row)}
            {others.length > 0 && others.length <= 4 && others.map(row)}
            {others.length > 4 && (
                <details open={given || first.length === 0 || undefined}>
                    <summary>{say(`可选与默认值（${others.length}）`, `Optional, with presets (${others.length})`)}</summary>
                    <div className="members">{others.map(row)}</div>
                </details>
            )}
        </div>
    );
}
