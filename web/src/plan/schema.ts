/* What a design document may hold, from the schema that the program itself gives. */
import type { Labelled } from '../case/language';

export type What =
    | 'length'
    | 'angle'
    | 'number'
    | 'point'
    | 'direction'
    | 'text'
    | 'choice'
    | 'file'
    | 'part'
    | 'parts'
    | 'points'
    | 'outline'
    | 'items'
    | 'pairs';

export interface Member extends Labelled {
    name: string;
    what: What;
    required: boolean;
    preset?: number | string;
    min?: number;
    max?: number;
    /* of lists: at least so many */
    least: number;
    choices?: string[];
    items?: Member[];
    handle?: HandleOf;
    /* of names: what may be named */
    sorts?: string[];
}

/* What a place or direction is in a picture; `at` and `on` are members beside it. */
export interface HandleOf {
    as: 'place' | 'way' | 'axis' | 'plane' | 'rod' | 'box' | 'shift' | 'places' | 'curve' | 'loop';
    at?: string;
    on?: string;
}

export interface Kind extends Labelled {
    name: string;
    members: Member[];
}

export interface DesignSchema {
    kinds: Kind[];
    make: Member[];
    show: Member[];
}

interface RawMember {
    description?: string;
    'x-what'?: What;
    'x-zh'?: string;
    default?: number | string;
    minimum?: number;
    maximum?: number;
    minItems?: number;
    enum?: string[];
    items?: RawObject;
    'x-handle'?: HandleOf;
    'x-sorts'?: string[];
}

export interface RawObject {
    description?: string;
    'x-sorts'?: string[];
    'x-zh'?: string;
    properties?: Record<string, RawMember & { const?: string }>;
    required?: string[];
}

export interface RawSchema {
    properties: {
        make: { items: RawObject };
        show: RawObject;
        parts: { additionalProperties: { oneOf: RawObject[] } };
    };
}

function memberOf(name: string, raw: RawMember, required: boolean): Member {
    const member: Member = {
        name,
        what: raw['x-what']!,
        required,
        least: raw.minItems ?? 0,
        zh: raw['x-zh'] ?? name,
        en: raw.description ?? name,
    };
    if (raw.default !== undefined) member.preset = raw.default;
    if (raw.minimum !== undefined) member.min = raw.minimum;
    if (raw.maximum !== undefined) member.max = raw.maximum;
    if (raw.enum) member.choices = raw.enum;
    if (raw['x-handle']) member.handle = raw['x-handle'];
    if (raw['x-sorts']) member.sorts = raw['x-sorts'];
    if (member.what === 'items') member.items = membersOf(raw.items!);
    return member;
}

export function membersOf(raw: RawObject): Member[] {
    return Object.entries(raw.properties ?? {})
        .filter(([, one]) => one['x-what'])
        .map(([name, one]) => memberOf(name, one, raw.required?.includes(name) ?? false));
}

export function readSchema(raw: RawSchema): DesignSchema {
    return {
        kinds: raw.properties.parts.additionalProperties.oneOf.map((one) => ({
            name: one.properties!.kind!.const!,
            zh: one['x-zh'] ?? one.properties!.kind!.const!,
            en: one.description ?? one.properties!.kind!.const!,
            members: membersOf(one),
        })),
        make: membersOf(raw.properties.make.items),
        show: membersOf(raw.properties.show),
    };
}

/* The unit stands in the member's name; a direction has none. */
export function unitOf(member: Member): string {
    if (member.what === 'direction') return '';
    const end = /_(mm|deg|gpa)$/.exec(member.name)?.[1];
    return end === 'mm' ? 'mm' : end === 'deg' ? '°' : end === 'gpa' ? 'GPa' : '';
}
