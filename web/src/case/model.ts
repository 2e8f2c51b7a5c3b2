/* What the server says of people, the process and cases (docs/api.md, docs/formats/case.md). */
import type { Labelled } from './language';

export interface Person {
    id: string;
    name: string;
    organisation?: string;
    department?: string;
    roles: string[];
    rank?: number;
    licence_until?: string;
    skills?: { what: string; until: string }[];
    closed?: boolean;
}

export interface Me {
    person: Person;
    must_change_password: boolean;
    csrf: string;
}

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

/* A case in a list. */
export interface Summary {
    type: string;
    title: string;
    stage: string;
    due: string | null;
    late: boolean;
    closed: boolean;
    blocked: boolean;
    implant: boolean;
    site: string;
    side: string;
    device: string;
    department: string;
    patient: string;
    hospital: string;
    maker: string;
    waits_for: string[];
    open_issues: string[];
    done: Record<string, string>;
    [more: string]: unknown;
}

export interface CaseRow {
    case: string;
    number: string;
    created: string;
    updated: string;
    summary: Summary;
}
