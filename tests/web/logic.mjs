/* What the pages think, without a browser: forms against their fields, archives of folders. */
import { File } from 'node:buffer'; /* node 18 has it nowhere else */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atEnd, end, is, ok, source } from './harness.mjs';

const require = createRequire(join(source, 'web/package.json'));
const kept = new Map();
globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
globalThis.sessionStorage = globalThis.localStorage;
globalThis.document = { documentElement: {} };
const out = mkdtempSync(join(tmpdir(), 'nuwa-web-'));
atEnd(() => rmSync(out, { recursive: true, force: true }));
await require('esbuild').build({
    stdin: {
        contents: "export * from './src/case/form'; export * from './src/case/zip'; export { reachOf } from './src/case/trace'; export { speak } from './src/case/language'; export * from './src/intake/drafts'; export * from './src/intake/state';",
        resolveDir: join(source, 'web'),
    },
    bundle: true,
    format: 'esm',
    outfile: join(out, 'logic.mjs'),
});
const { comparedOf, crcOf, draftOf, faultsOf, formOf, gated, inOrder, placeOf, reachOf, speak, taken, zipOf } = await import(join(out, 'logic.mjs'));
speak('en');

/* ---- what rests on what: a diamond with a tail. Req: R-340 */
const chain = [[], [1], [1], [2, 3], [], [4]].map((rests_on, i) => ({ entry: i + 1, rests_on, carries: [] }));
for (const { entry, rests_on } of chain) for (const on of rests_on) chain[on - 1].carries.push(entry);
is(reachOf(chain, 'rests_on', 6).join(), '1,2,3,4', 'all that an entry rests on');
is(reachOf(chain, 'carries', 1).join(), '2,3,4,6', 'and all that rests on one, each once');
is(reachOf(chain, 'carries', 5).join(), '', 'what stands alone reaches nothing');

/* ---- what is wrong, by place */
const around = { type: 'custom', again: false, today: '2026-03-01' };
const fault = (field, value, where = around) =>
    faultsOf([{ name: 'x', zh: '', en: '', ...field }], value === undefined ? {} : { x: value }, where).get('x');
is(fault({ kind: 'text' }), 'This must be filled in', 'what is required is missed');
is(fault({ kind: 'text' }, '   '), 'This must be filled in', 'spaces are nothing');
is(fault({ kind: 'text', optional: true }), undefined, 'what is not required is not');
is(fault({ kind: 'text', types: ['model'] }), undefined, 'nor what is for other products');
is(fault({ kind: 'text', types: ['custom'] }), 'This must be filled in', 'but for this one');
is(fault({ kind: 'text', most: 3 }, '一二三'), undefined, 'letters are counted, not bytes');
is(fault({ kind: 'text', most: 3 }, '一二三😀'), 'At most 3 letters (now 4)', 'and said');
is(fault({ kind: 'number', min: 0, max: 30, unit: 'um' }, '３１'), 'Between 0 and 30 µm', 'full-width digits are read');
is(fault({ kind: 'number', min: 0, max: 30 }, '1,5'), 'A number is wanted', 'a comma is no point');
is(fault({ kind: 'number' }, '1e999'), 'A number is wanted', 'what no number can hold is none');
is(fault({ kind: 'whole' }, '1.5'), 'A whole number is wanted', 'halves are not whole');
is(fault({ kind: 'date', not_future: true }, '2026-03-02'), 'The date must not lie in the future', 'tomorrow is future');
is(fault({ kind: 'date', not_past: true }, '2026-03-01'), undefined, 'today is not past');
is(fault({ kind: 'date' }, '2026-02-29'), 'A date is wanted, such as 2026-03-01', 'there are days that are none');
is(fault({ kind: 'bool' }, false), undefined, 'no is an answer');
is(fault({ kind: 'digest' }, 'A'.repeat(64)), 'A SHA-256 in 64 small hex digits is wanted', 'a digest is small');
is(fault({ kind: 'text', required_when: { again: true } }), undefined, 'what is asked the second time is not asked now');
is(fault({ kind: 'text', required_when: { again: true } }, undefined, { ...around, again: true }), 'This must be filled in', 'but then');
const secret = [
    { name: 'secret', kind: 'bool', optional: true, zh: '', en: '' },
    { name: 'permit', kind: 'text', required_when: [{ of: 'form:secret', is: true }], zh: '', en: '' },
];
is(faultsOf(secret, { secret: true }, around).has('permit'), true, 'an answer asks for another');
is(faultsOf(secret, { secret: false }, around).size, 0, 'or does not');
const list = [{ name: 'rows', kind: 'list', most: 2, zh: '', en: '', of: [{ name: 'mm', kind: 'number', min: 1, zh: '', en: '' }] }];
is([...faultsOf(list, { rows: [{ mm: '2' }, { mm: '0' }] }, around).keys()].join(), 'rows[1].mm', 'a row says which it is');

/* ---- what is sent, and back */
const form = formOf(list.concat(secret), { rows: [{ mm: '２.50' }], secret: false, permit: ' ' });
is(JSON.stringify(form), '{"rows":[{"mm":2.5}],"secret":false}', 'numbers are numbers, what is empty is left out');
is(JSON.stringify(formOf(list, draftOf(list, form))), '{"rows":[{"mm":2.5}]}', 'there and back is the same');
const refused = placeOf('rows[1].mm (length): a number from 1 to - is wanted', list);
is(`${refused?.place} ${refused?.text}`, 'rows[1].mm a number from 1 to - is wanted', "a refusal's place is found");
is(placeOf('没有这个病例', list), null, 'where there is one');
is(placeOf('other (x): no', list), null, 'and it is of this form');

/* ---- archives */
is(crcOf(new TextEncoder().encode('123456789')), 0xcbf43926, 'the checksum of the standard example');
const files = ['b/二.txt', 'a.txt', 'b/empty'].map((path, i) => ({ path, file: new File([i < 2 ? `text ${path}` : ''], 'x') }));
let seen = 0;
const archive = Buffer.from(await (await zipOf(files, (bytes) => (seen = bytes))).arrayBuffer());
const again = Buffer.from(await (await zipOf([...files].reverse(), () => 0)).arrayBuffer());
ok(archive.equals(again), 'the same files give the same archive, in any order');
is(seen, files.reduce((sum, one) => sum + one.file.size, 0), 'progress comes to the end');
writeFileSync(join(out, 'x.zip'), archive);
const listed = execFileSync('python3', [
    '-c',
    'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), sorted((n, z.read(n).decode()) for n in z.namelist()))',
    join(out, 'x.zip'),
]).toString();
is(listed.trim(), "None [('a.txt', 'text a.txt'), ('b/empty', ''), ('b/二.txt', 'text b/二.txt')]", 'another program reads it');

/* ---- a scan's facts in the forms of the process */
const acts = JSON.parse(readFileSync(join(source, 'src/case/process/acts_data.json'), 'utf8')).acts;
const own = (fields) => /* not those whose words only a server has */
    fields.filter((field) => typeof field.choices !== 'string').map((field) => (field.of ? { ...field, of: own(field.of) } : field));
const fieldsOf = (name) => own(acts.find((act) => act.name === name).fields);
const digest = 'ab'.repeat(32);
const series = {
    number: 2, usable: true, default: true, files: 300, slices: 300, spacing_mm: [0.48828125, 0.48828125, 0.625], modality: 'CT',
    series_description: 'BONE 0.6', study_date: '20260102', software: 'syngo VB20', remarks: [],
};
const draft = taken({ name: 'ct.zip', sha256: digest, bytes: 1234, media: '', number: 1 }, series);
const wrong = [...faultsOf(fieldsOf('images.take'), draft, around).keys()];
is(wrong.filter((place) => place.startsWith('series')).join(), '', 'a series as the form wants it');
is(wrong.join(), 'method_chosen_by,method_reason,collected_by,privacy', 'what only a person knows is left to him');
const row = formOf(fieldsOf('images.take'), draft).series[0];
is(JSON.stringify([row.acquired, row.files, row.slice_mm, row.pixel_mm, row.sha256]), JSON.stringify(['2026-01-02', 300, 0.625, 0.4883, digest]), 'with the numbers of its header');
const gate = {
    verdict: 'conditional', sheet: 'hard-tissue', sheet_version: '1.0.0',
    items: [{ code: 'a', verdict: 'pass', zh: '', en: 'good' }, { code: 'b', verdict: 'conditional', zh: '厚', en: 'thick' }],
};
const judged = gated(gate, { name: 'gate.json', sha256: digest, bytes: 9 });
is([...faultsOf(fieldsOf('images.gate'), judged, around).keys()].join(), '', 'the gate as the form wants it');
is(judged.conditions, 'thick', 'with what it is conditional on');
const found = [{ number: 1, usable: false }, { number: 2, usable: true }, { number: 3, usable: true, default: true }];
is(inOrder(found).map((one) => one.number).join(), '3,2,1', 'the best series first, what cannot be used last');
const who = (...agrees) => comparedOf({ patients_found: agrees.map((one) => ({ agrees: one })) });
is([who(true), who(true, false), who(null), who(), who(true, null)].join(), 'same,different,silent,silent,silent', 'one other number is a difference, none is silence');

await end();
