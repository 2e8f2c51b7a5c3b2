/* What the site has on record besides people and cases, and which members the process table asks
 * of each kind: read from the table, so that a site's own table has its own. */
import type { FactWanted, Flow } from './model';
import { say } from './language';

export const kinds: [string, string, string][] = [
    ['organisation', '单位', 'Organisations'],
    ['machine', '设备', 'Machines'],
    ['material', '材料', 'Materials'],
    ['material_lot', '材料批次', 'Material lots'],
    ['process', '工艺过程', 'Processes'],
    ['instrument', '检验器具', 'Instruments'],
    ['software', '软件', 'Software'],
    ['product', '产品', 'Products'],
    ['price', '价格', 'Prices'],
    ['vocabulary', '词表', 'Vocabularies'],
    ['site', '本站', 'Site'],
    ['recipient', '接收方', 'Recipients'],
];

export function kindName(kind: string): string {
    const found = kinds.find(([name]) => name === kind);
    return found ? say(found[1], found[2]) : kind;
}

export type MemberKind = 'date' | 'one' | 'yes' | 'words' | 'text' | 'number';

export interface Member {
    name: string;
    kind: MemberKind;
    words?: string;
}

const kindOfFact: Record<string, string> = {
    hospital: 'organisation',
    maker: 'organisation',
    machine: 'machine',
    material: 'material_lot',
    process: 'process',
    processes: 'process',
    instruments: 'instrument',
    software: 'software',
    product: 'product',
};

interface Rule {
    field: string;
    until?: boolean;
    is?: unknown;
    has?: string;
}

/* "case.open:device" is a choice of the list that field has. */
function wordsOfRef(flow: Flow, ref: string): string | undefined {
    const [act, name] = ref.split(':');
    const field = flow.acts.find((one) => one.name === act)?.fields?.find((one) => one.name === name);
    return typeof field?.choices === 'string' ? field.choices : undefined;
}

function memberOf(flow: Flow, rule: Rule): Member {
    if (rule.until) return { name: rule.field, kind: 'date' };
    if (rule.has) {
        const words = wordsOfRef(flow, rule.has);
        return words ? { name: rule.field, kind: 'words', words } : { name: rule.field, kind: 'text' };
    }
    return { name: rule.field, kind: typeof rule.is === 'boolean' ? 'yes' : 'text' };
}

/* What the server itself judges by, beside the acts' (src/case/registry.c). */
const ownMembers: Record<string, Member[]> = {
    site: [{ name: 'data_inside', kind: 'yes' }],
    machine: [
        { name: 'serial', kind: 'text' },
        { name: 'service_until', kind: 'date' },
        { name: 'warranty_from', kind: 'date' },
        { name: 'warranty_until', kind: 'date' },
    ],
    material_lot: [
        { name: 'material', kind: 'text' },
        { name: 'supplier', kind: 'text' },
    ],
    recipient: [
        { name: 'as', kind: 'one', words: 'as' },
        { name: 'inside', kind: 'yes' },
        { name: 'valid_until', kind: 'date' },
    ],
};

/* Words of such members. */
export const ownWords: Record<string, [string, string, string][]> = {
    as: [
        ['ethics', '伦理委员会', 'ethics committee'],
        ['authority', '监管部门', 'authority'],
        ['other', '其他', 'other'],
    ],
};

/* What acts ask of this kind. */
export function membersAsked(flow: Flow, kind: string): Member[] {
    const found = new Map<string, Member>((ownMembers[kind] ?? []).map((one) => [one.name, one]));
    for (const act of flow.acts)
        for (const fact of (act.facts_wanted ?? []) as (FactWanted & { rules?: Rule[] })[])
            if (kindOfFact[fact.fact] === kind)
                for (const rule of fact.rules ?? [])
                    if (!found.has(rule.field)) found.set(rule.field, memberOf(flow, rule));
    return [...found.values()];
}

const memberNames: Record<string, [string, string]> = {
    valid_until: ['有效至', 'Valid until'],
    environment_until: ['生产环境验证有效至', 'Environment verified until'],
    conditions_until: ['开展条件有效至', 'Conditions valid until'],
    quality_until: ['质量体系证书有效至', 'Quality certificate valid until'],
    licence_until: ['许可证有效至', 'Licence valid until'],
    registration_until: ['注册证有效至', 'Registration valid until'],
    validated_for: ['已验证的器械', 'Validated for'],
    released: ['已放行', 'Released'],
    devices: ['器械', 'Devices'],
    name: ['名称', 'Name'],
    grade: ['等级', 'Grade'],
    departments: ['开展科室', 'Departments'],
    approvals_until: ['批准文件有效至', 'Approvals valid until'],
    approvals: ['批准文件', 'Approvals'],
    communication: ['沟通方式', 'Means of communication'],
    contact: ['联系人', 'Contact'],
    serial: ['序列号', 'Serial number'],
    service_until: ['下次保养', 'Next service'],
    warranty_from: ['质保自', 'Warranty from'],
    warranty_until: ['质保至', 'Warranty until'],
    material: ['材料', 'Material'],
    supplier: ['供应商', 'Supplier'],
    version: ['版本', 'Version'],
    data_inside: ['数据不出境', 'Data stay in the country'],
    as: ['作为', 'As'],
    inside: ['在境内', 'In the country'],
};

export function memberName(name: string): string {
    const found = memberNames[name];
    return found ? say(found[0], found[1]) : name;
}

export function typedKind(value: unknown): MemberKind {
    if (typeof value === 'boolean') return 'yes';
    if (typeof value === 'number') return 'number';
    return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value) ? 'date' : 'text';
}
