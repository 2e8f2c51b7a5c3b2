/*
 * A hospital with its people and cases, made through the API from examples/case: so that a page
 * has something to show.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Caller, source } from './harness.mjs';

const read = (name) => JSON.parse(readFileSync(join(source, 'examples/case', name), 'utf8'));

export const passwordOf = (login) => `Begin-Here-${login.length}-2!`;
export const passphraseOf = (login) => `Sign-With-${login}-2026`;
export const adminPassword = 'Keep-It-Safe-9!';

const registries = {
    maker: ['organisation', 'maker'],
    hospital: ['organisation', 'hospital'],
    machine: ['machine', 'machine'],
    material: ['material_lot', 'material_lot'],
    process: ['process', 'process_id'],
    product: ['product', 'di'],
};
const rows = { software: 'software', processes: 'process', instruments: 'instrument' };

async function putOnRecord(quality, steps, devices) {
    const opening = steps[0].form;
    const known = new Map();
    for (const step of steps)
        for (const [fact, value] of Object.entries(step.facts ?? {})) {
            if (rows[fact]) for (const [name, body] of Object.entries(value)) known.set(`${rows[fact]}/${name}`, body);
            else if (registries[fact]) {
                const [kind, member] = registries[fact];
                known.set(`${kind}/${{ ...step.form, ...opening }[member]}`, value);
            }
        }
    for (const [place, given] of known) {
        const [kind, name] = place.split('/');
        const body = structuredClone(given);
        (body.validated_for ?? body.devices)?.push(...devices);
        await quality.ask('PUT', `/registry/${kind}/${encodeURIComponent(name)}`, { version: 0, body });
    }
}

async function fill(value, context) {
    if (Array.isArray(value)) return Promise.all(value.map((one) => fill(one, context)));
    if (value && typeof value === 'object') {
        if ('sha256' in value && 'bytes' in value && 'name' in value) {
            const content = Buffer.from(`%PDF-1.4 ${context.act} ${value.name}\n`.repeat(20));
            const sha256 = createHash('sha256').update(content).digest('hex');
            context.digests.set(value.sha256, sha256);
            if (context.byHand) return { name: value.name, mimeType: 'application/pdf', buffer: content };
            await context.who.send(context.case, value.name, content);
            return { name: value.name, sha256, bytes: content.length };
        }
        const out = {};
        for (const [key, member] of Object.entries(value)) out[key] = await fill(member, context);
        return out;
    }
    if (typeof value !== 'string') return value;
    if (value.startsWith('@last ')) return context.last[value.slice(6)] ?? 0;
    if (value.startsWith('@')) {
        const at = new Date(Date.now() + Math.max(0, Number(value.slice(1))) * 86400000);
        return at.toISOString().slice(0, 10);
    }
    if (context.digests.has(value)) return context.digests.get(value); /* of a file given before */
    if (context.people[value]) return context.people[value].id;
    return value === 'NW-2026-000001' ? `NW-2026-${String(context.serial).padStart(6, '0')}` : value;
}

const staffOf = {
    zhao: { name: '赵主任', roles: ['surgeon'] },
    wang: { name: '王质量', roles: ['quality'] },
};

/* The least that a page can be tried with: a surgeon `zhao` with one case, and who else of `staffOf`
 * is named; `opening` alters the case's form, `roles` are the surgeon's. */
export async function practice({ url, password }, { opening, roles, others = [] } = {}) {
    const admin = await new Caller(url).enter('admin', password, adminPassword);
    const people = {};
    for (const login of ['zhao', ...others]) {
        const person = {
            ...staffOf[login],
            ...(login === 'zhao' && roles ? { roles } : {}),
            organisation: '第一医院',
            department: '骨科',
            rank: 5,
            licence_until: '2035-12-31',
            skills: [{ what: 'interaction', until: '2035-12-31' }],
        };
        await admin.ask('POST', '/people', { ...person, login, password: 'Begin-Here-1x!' });
        people[login] = await new Caller(url).enter(login, 'Begin-Here-1x!', passwordOf(login));
    }
    const form = {
        type: 'custom',
        implant: true,
        title: '股骨',
        device: 'bone_implant',
        site: 'femur',
        side: 'left',
        patient: 'ZY-000123',
        department: '骨科',
        hospital: '第一医院',
        maker: '示范增材医疗器械有限公司',
        ...opening,
    };
    const open = async () => (await people.zhao.ask('POST', '/cases', { form, role: 'surgeon' })).case;
    return { admin, ...people, open, id: await open() };
}

/* Everybody of the example and the registry; `staff` narrows to some logins; `sites`: where
 * its surgeons have experience, besides the pelvis; `devices`: for what its machines and products
 * are approved, besides the implant. */
export async function hospital(url, password, staff, sites = [], devices = []) {
    const admin = await new Caller(url).enter('admin', password, adminPassword);
    const people = {};
    for (const [login, record] of Object.entries(read('people.json'))) {
        if (staff && !staff.includes(login)) continue;
        const { id: _, role, ...body } = record;
        const pelvis = body.skills?.find((skill) => skill.what === 'pelvis');
        if (pelvis) body.skills.push(...sites.map((what) => ({ ...pelvis, what })));
        await admin.ask('POST', '/people', { ...body, login, password: 'Begin-Here-1x!', roles: [role] });
        const person = await new Caller(url).enter(login, 'Begin-Here-1x!', passwordOf(login));
        person.login = login;
        await person.ask('POST', '/me/keys', { passphrase: passphraseOf(login), kind: 'sm2' });
        people[login] = person;
    }
    const steps = read('implant.json').steps.filter((step) => step.day < 100);
    if (people.wang) await putOnRecord(people.wang, steps, devices);
    const table = await people[Object.keys(people)[0]].ask('GET', '/flow');
    const signed = new Set(table.acts.filter((act) => act.signed).map((act) => act.name));
    let serial = 0;
    /* By the API: what `by` of `go` does otherwise. */
    const ask = async (step, form, context) => {
        const body = { form };
        const path = step.act === 'case.open' ? '/cases' : `/cases/${context.case}/acts/${step.act}`;
        if (signed.has(step.act)) {
            body.statement = (await context.who.ask('GET', `${path}/statement`)).data.digest;
            body.passphrase = passphraseOf(step.who);
        }
        return context.who.ask('POST', path, body);
    };
    /* A case before its first act; `change` alters what forms hold, by its members' names; what is below
     * an act's name goes into that act's form. */
    const begin = (change = {}) => ({ people, serial: ++serial, last: {}, case: null, next: 0, digests: new Map(), change });
    /* Goes on until (and with) the named act. `by` does an act and gives the answer, or nothing: then
     * the API does it; context.byHand while forms are made: files as a browser takes them. */
    const go = async (context, until, by) => {
        for (let done = false; !done && context.next < steps.length; context.next++) {
            const step = steps[context.next];
            const who = people[step.who];
            Object.assign(context, { act: step.act, who, byHand: !!by?.(step) });
            const form = await fill(step.form ?? {}, context);
            for (const [name, value] of Object.entries(context.change)) if (name in form) form[name] = value;
            Object.assign(form, context.change[step.act]);
            const reply = await (context.byHand ? by(step)(form, context) : ask(step, form, context));
            context.case = reply.case;
            context.last[step.act] = reply.number;
            done = step.act === until;
        }
    };
    /* Plays a case until (and with) the named act; gives its identifier. */
    const play = async (until, change) => {
        const context = begin(change);
        await go(context, until);
        return context.case;
    };
    return { admin, people, play, begin, go, steps, table };
}
