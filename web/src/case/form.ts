/*
 * Forms of the process table: what has been typed so far (a draft), what is wrong with it before
 * it is sent, and what is sent. The server judges by the same table and has the last word.
 */
import { say } from './language';
import type { Condition, Field, FileRef, Form } from './model';
import { unitName, wordsOf } from './words';

/* By field: the text as typed, yes or no, a chosen file, or rows. */
export type Draft = { [field: string]: Value };
export type Value = string | boolean | FileRef | Draft[] | undefined;

export interface Around {
    /* of the case; not known while it is opened */
    type: string | undefined;
    /* the act was done before */
    again: boolean;
    today: string;
}

/* Where in a form: "name", or "list[2].name". */
export type Place = string;

export function rowPlace(list: string, row: number, field: string): Place {
    return `${list}[${row}].${field}`;
}

function holds(condition: Condition, draft: Draft, around: Around): boolean {
    if (condition.again !== undefined) return around.again === condition.again;
    const of = typeof condition.of === 'string' ? condition.of : '';
    if (!of.startsWith('form:')) return false; /* only the server knows: it says so */
    const value = draft[of.slice(5)];
    if ('is' in condition) return value === condition.is;
    if ('is_not' in condition) return value !== undefined && value !== condition.is_not;
    return false;
}

/* A field that is asked for under conditions is not shown where they do not hold. */
export function isRequired(field: Field, draft: Draft, around: Around): boolean {
    const when = field.required_when as Condition | Condition[] | undefined;
    if (when) return [when].flat().every((one) => holds(one, draft, around));
    if (field.types && around.type) return field.types.includes(around.type);
    return !field.optional;
}

export function isEmpty(value: Value): boolean {
    if (value === undefined || value === '') return true;
    if (typeof value === 'string') return value.trim() === '';
    return Array.isArray(value) && value.length === 0;
}

/* Full-width digits and signs of Chinese keyboards are digits too. */
export function plainNumber(text: string): string {
    return text.normalize('NFKC').replaceAll('。', '.').replaceAll('−', '-').trim();
}

function rangeText(field: Field): string {
    const unit = field.unit ? ` ${unitName(field.unit)}` : '';
    if (field.min !== undefined && field.max !== undefined)
        return say(`应在 ${field.min} 到 ${field.max}${unit} 之间`, `Between ${field.min} and ${field.max}${unit}`);
    if (field.min !== undefined) return say(`不小于 ${field.min}${unit}`, `At least ${field.min}${unit}`);
    return say(`不大于 ${field.max}${unit}`, `At most ${field.max}${unit}`);
}

function numberFault(field: Field, text: string): string | undefined {
    const plain = plainNumber(text);
    const value = Number(plain);
    if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) || !Number.isFinite(value))
        return say('应填数字', 'A number is wanted');
    if (field.kind === 'whole' && !Number.isInteger(value)) return say('应填整数', 'A whole number is wanted');
    if ((field.min !== undefined && value < field.min) || (field.max !== undefined && value > field.max))
        return rangeText(field);
    return undefined;
}

function isDate(text: string): boolean {
    const at = new Date(`${text}T00:00:00Z`);
    return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function dateFault(field: Field, text: string, today: string): string | undefined {
    if (!isDate(text)) return say('应填日期，如 2026-03-01', 'A date is wanted, such as 2026-03-01');
    if (field.not_past && text < today) return say('日期不能早于今天', 'The date must not lie in the past');
    if (field.not_future && text > today) return say('日期不能晚于今天', 'The date must not lie in the future');
    return undefined;
}

function textFault(field: Field, text: string): string | undefined {
    const most = field.most;
    if (most !== undefined && [...text].length > most)
        return say(`最多 ${most} 字（现有 ${[...text].length}）`, `At most ${most} letters (now ${[...text].length})`);
    return undefined;
}

function valueFault(field: Field, value: Value, around: Around): string | undefined {
    const text = typeof value === 'string' ? value : '';
    switch (field.kind) {
        case 'text':
        case 'prose':
            return textFault(field, text);
        case 'number':
        case 'whole':
            return numberFault(field, text);
        case 'entry':
            return /^\d+$/.test(text) ? undefined : say('应选一条记录', 'An entry is to be chosen');
        case 'date':
            return dateFault(field, text, around.today);
        case 'choice':
            return wordsOf(field.choices).some((word) => word.value === text)
                ? undefined
                : say('应选其中之一', 'One of the list is to be chosen');
        case 'digest':
            return /^[0-9a-f]{64}$/.test(text)
                ? undefined
                : say('应为 64 位十六进制小写的 SHA-256', 'A SHA-256 in 64 small hex digits is wanted');
        default:
            return undefined;
    }
}

const missing = (): string => say('此项必填', 'This must be filled in');

function rowFaults(field: Field, rows: Draft[], around: Around, out: Map<Place, string>): void {
    if (field.most !== undefined && rows.length > field.most)
        out.set(field.name, say(`最多 ${field.most} 行`, `At most ${field.most} rows`));
    rows.forEach((row, i) => {
        for (const one of field.of ?? []) {
            const fault = fieldFault(one, row, around);
            if (fault) out.set(rowPlace(field.name, i, one.name), fault);
        }
    });
}

function fieldFault(field: Field, draft: Draft, around: Around): string | undefined {
    const value = draft[field.name];
    if (isEmpty(value)) return isRequired(field, draft, around) ? missing() : undefined;
    return valueFault(field, value, around);
}

/* Everything that is wrong, by place. */
export function faultsOf(fields: Field[], draft: Draft, around: Around): Map<Place, string> {
    const out = new Map<Place, string>();
    for (const field of fields) {
        const fault = fieldFault(field, draft, around);
        if (fault) out.set(field.name, fault);
        const value = draft[field.name];
        if (!fault && field.kind === 'list' && Array.isArray(value)) rowFaults(field, value, around, out);
    }
    return out;
}

function sent(field: Field, value: Value): unknown {
    switch (field.kind) {
        case 'number':
        case 'whole':
        case 'entry':
            return Number(plainNumber(String(value)));
        case 'list':
            return (value as Draft[]).map((row) => formOf(field.of ?? [], row));
        default:
            return value;
    }
}

/* What is sent: what is empty is left out. */
export function formOf(fields: Field[], draft: Draft): Form {
    const form: Form = {};
    for (const field of fields) {
        const value = draft[field.name];
        if (!isEmpty(value)) form[field.name] = sent(field, value);
    }
    return form;
}

function typed(field: Field, value: unknown): Value {
    if (value === undefined || value === null) return undefined;
    if (field.kind === 'list')
        return (value as Form[]).map((row) => draftOf(field.of ?? [], row));
    if (typeof value === 'boolean' || field.kind === 'file') return value as Value;
    return String(value);
}

/* The other way: a form that is on record, or a preset, to be typed on. */
export function draftOf(fields: Field[], form: Form): Draft {
    const draft: Draft = {};
    for (const field of fields) {
        const value = typed(field, form[field.name]);
        if (value !== undefined) draft[field.name] = value;
    }
    return draft;
}

/* A refusal names the place it means: "order[2].tolerance_mm (label): sentence". */
export function placeOf(message: string, fields: Field[]): { place: Place; text: string } | null {
    const found = /^([a-z0-9_]+)(?:\[(\d+)\]\.([a-z0-9_]+))? ?[(（].*?[)）][:：] ?(.*)$/s.exec(message);
    if (!found || !fields.some((field) => field.name === found[1])) return null;
    const place = found[3] ? rowPlace(found[1]!, Number(found[2]), found[3]) : found[1]!;
    return { place, text: found[4]! };
}
