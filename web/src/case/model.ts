/* What the server says of people, the process and cases (docs/api.md, docs/formats/case.md). */
import type { Replies, Statement } from '../api/types';
import type { Labelled } from './language';

export type { CaseFile, CaseRow, CaseStage, CaseView, Issue, Person, RecordVersion, StageItem, Statement, Summary } from '../api/types';

export type Me = Replies['GET /me'];

export interface Word extends Labelled {
    value: string;
    meaning_zh?: string;
    meaning_en?: string;
}

export type Condition = Record<string, unknown>;

export type FieldKind =
    | 'text'
    | 'prose'
    | 'number'
    | 'whole'
    | 'bool'
    | 'date'
    | 'choice'
    | 'list'
    | 'digest'
    | 'file'
    | 'entry';

export interface Field extends Labelled {
    name: string;
    kind: FieldKind;
    unit?: string;
    min?: number;
    max?: number;
    most?: number;
    choices?: string | Word[];
    of?: Field[];
    optional?: boolean;
    types?: string[];
    required_when?: Condition;
    good?: unknown[];
    equals?: string;
    preset?: string;
    not_past?: boolean;
    not_future?: boolean;
    issue?: string;
    entry_of?: string;
}

export interface Act extends Labelled {
    name: string;
    stage: string;
    clause?: string;
    roles: string[];
    types?: string[];
    fields?: Field[];
    signed?: boolean;
    optional?: boolean;
    event?: boolean;
    many?: boolean;
    overridable?: boolean;
    makes?: string;
    facts_wanted?: FactWanted[];
}

export interface FactWanted extends Labelled {
    fact: string;
    about?: string;
    row?: string;
}

export interface Role extends Labelled {
    name: string;
    side: string;
    outside_team?: boolean;
    sees_all?: boolean;
    proofs: (Labelled & { date?: string; skill?: string })[];
}

export interface Stage extends Labelled {
    name: string;
    clause: string;
    days: number;
}

export interface ProductType extends Labelled {
    name: string;
    team: string[];
}

export interface Flow {
    name: string;
    version: number;
    roles: Role[];
    types: ProductType[];
    stages: Stage[];
    acts: Act[];
    issues: (Labelled & { name: string })[];
    words: Record<string, Word[]>;
    clauses: unknown[];
}

/* What is sent of a form: by the names of its fields. */
export type Form = Record<string, unknown>;

export interface MayAct extends Labelled {
    act: string;
    clause: string;
    stage: string;
    signed: boolean;
    again: boolean;
    due_now: boolean;
    fields: Field[];
    preset: Form;
    facts_wanted: FactWanted[];
}

export interface Blocked extends Labelled {
    act: string;
    code: string;
    reason: string;
}

export interface Todo {
    roles: Record<string, { acts: MayAct[]; blocked: Blocked[] }>;
}

export interface Entry {
    case: string;
    number: number;
    act: string;
    time: string;
    actor: { id: string; name: string; role: string; organisation?: string };
    form: Form;
    facts: Record<string, unknown>;
    signature?: { statement: Statement & { form_sha256?: string; time: string }; key: string; kind: string; value: string };
}

/* What every look at a case comes in. */
export interface Look<T> {
    case: string;
    number: number;
    digest: string;
    data: T;
}

export interface FileRef {
    name: string;
    sha256: string;
    bytes: number;
}

export interface Clause extends Labelled {
    clause: string;
    row: string;
    result: 'present' | 'missing' | 'invalid' | 'not needed';
    entries: number[];
}

export interface Checklist {
    clauses: Clause[];
    total: { present: number; missing: number; invalid: number; not_needed: number; complete: boolean };
}

export interface Registered {
    id: string;
    version: number;
    body: Record<string, unknown>;
}
