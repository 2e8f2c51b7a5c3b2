/*
 * From a folder to a bone that can be printed: dropped, sent over a line that is cut and a page that is
 * loaded anew, looked through, held against the order, its names put right, made and checked. A scan
 * that fails the gate, another patient's scan, files that are none.
 * NUWA_PICTURES: a folder for pictures of the page.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    becomes,
    complaints,
    counted,
    end,
    expected,
    folder,
    gone,
    is,
    logIn,
    nuwa,
    ok,
    open,
    says,
    seen,
    serious,
    serve,
    shoot,
    until,
} from './harness.mjs';
import { hospital, passwordOf } from './hospital.mjs';

const work = folder();
const run = (...line) => execFileSync(nuwa, line, { cwd: work, stdio: 'pipe' });
mkdirSync(join(work, 'ct'));
const phantom = (name, ...more) => run('phantom', 'handed', '-o', name, '--extent', '64', '--sigma', '0.6mm', '--no-truth', '--quiet', ...more);
phantom('ct/fine', '--spacing', '1mm', '--slice', '1mm');
phantom('ct/thick', '--spacing', '1mm', '--slice', '2.5mm');
/* The name in Chinese letters, under a character set that has none: no byte is wrong, only a person sees it. */
const chinese = Buffer.from([0xb2, 0xe2, 0xca, 0xd4, 0xbb, 0xbc, 0xd5, 0xdf]); /* 测试患者 in GB18030 */
for (const one of readdirSync(join(work, 'ct'), { recursive: true, withFileTypes: true })) {
    if (!one.isFile() || !one.name.endsWith('.dcm')) continue;
    const path = join(one.parentPath ?? one.path, one.name);
    const bytes = readFileSync(path);
    bytes.write('ISO_IR 100', bytes.indexOf('ISO_IR 192'), 'latin1');
    chinese.copy(bytes, bytes.indexOf('PHANTOM'));
    bytes.write('M', bytes.indexOf('\x10\0\x40\0CS\x02\0', 0, 'latin1') + 8, 'latin1');
    writeFileSync(path, bytes);
}
writeFileSync(join(work, 'ct/notes.bin'), Buffer.alloc(5 << 20, 7));
execFileSync('sh', ['-c', 'zip -q -r scan.zip ct/thick && zip -q none.zip ct/notes.bin'], { cwd: work });

let server = await serve(folder());
const { people, play } = await hospital(server.url, server.password, ['zhao']);
const { zhao } = people;
const id = await play('case.open', { patient: 'PHANTOM' });
const jobs = async (to = id) => (await zhao.ask('GET', `/cases/${to}/jobs`)).jobs;
const files = async (to = id) => (await zhao.ask('GET', `/cases/${to}/files`)).files;

expected.push(/status of 401/, /ERR_FAILED/);
expected.push(/status of 409/); /* a job that ends just before it is cancelled */
const page = await open(server.url, `/cases/${id}/intake`, { lang: 'en', width: 1200, height: 900 });
await logIn(page, 'zhao', passwordOf('zhao'));
await seen(page.getByText('Drop a DICOM folder or an archive here'), 'an empty case says what to do');
await shoot(page, 'intake-empty-en');
const choose = page.getByLabel('folder', { exact: true });

/* ---- the page goes away in the middle of it */
let held = false;
await page.route('**/uploads/*?offset=*', (route) => {
    if (/offset=0$/.test(route.request().url())) return route.continue();
    held = true; /* and nothing more is heard of it */
});
await choose.setInputFiles(join(work, 'ct'));
await until(() => held, 'the first piece is sent');
const preview = page.getByRole('region', { name: 'Preview' });
await says(preview, /handed[^]*CT[^]*64 files[^]*handed[^]*CT[^]*64 files/, 'meanwhile the browser shows which series it seems to hold, and calls it a preview');
await shoot(page, 'intake-sending-en');
await page.reload();
await seen(page.getByText('An upload was not finished'), 'after a reload it says what is not finished');
await page.unroute('**/uploads/*?offset=*');
const offsets = [];
let cuts = 1;
await page.route('**/uploads/*?offset=*', (route) => {
    offsets.push(Number(/offset=(\d+)/.exec(route.request().url())[1]));
    return cuts-- > 0 ? route.abort() : route.continue();
});

/* ---- from a folder to a printable bone: each thing that a person does is counted */
const actions = [];
const does = async (what, work_) => {
    actions.push(what);
    await work_();
};
await does('drop the folder', () => choose.setInputFiles(join(work, 'ct')));
const rows = page.locator('[data-series]');
await counted(rows, 2, 'both series are listed');
ok(offsets[0] === 4 << 20 && offsets[1] === 4 << 20, 'it goes on where it was cut, twice', offsets.join());
await gone(page.getByText('An upload was not finished'), 'and it is finished');
await gone(preview, 'what the server found stands in place of the preview');
const fine = rows.filter({ hasText: '1 × 1 × 1 mm' });
const thick = rows.filter({ hasText: '1 × 1 × 2.5 mm' });
await seen(fine.locator('.tag', { hasText: 'Pass' }), 'the fine one passes the gate');
await seen(thick.locator('.tag', { hasText: 'Fail' }), 'the thick one fails');
await says(thick, /slice distance is 2\.500 mm, at most 1\.00 mm/, 'with its reason');
await until(
    () => page.evaluate(() => [...document.querySelectorAll('img.look')].filter((one) => one.complete && one.naturalWidth === 192).length === 2),
    'each has a picture',
);
await says(fine, /CT[^]*64[^]*2000-01-01/, 'with modality, slices and date');
await page.locator('[data-name=patient]').first().waitFor();
await says(page.locator('main'), (text) => !text.includes('测试患者'), 'the name is not readable under the wrong character set');
await does('ask for other character sets', () => page.getByRole('button', { name: 'Is the name unreadable?' }).click());
const sets = page.locator('.charset');
await says(sets.filter({ hasText: 'GB18030' }), /测试患者/, 'side by side, one reads right');
await says(sets.filter({ hasText: 'UTF-8' }), /does not fit/, 'one that does not fit is told');
is((await serious(page)).join('\n'), '', 'nothing serious for axe');
await shoot(page, 'intake-charset-en');
await does('choose it', () => sets.filter({ hasText: 'GB18030' }).locator('input').check());
await says(page.locator('[data-name=patient]'), '测试患者', 'the name is right');
const make = page.getByRole('button', { name: 'Make bone', exact: true });
await until(() => make.isDisabled(), 'nothing is made before the patient is confirmed');
await seen(page.locator('.tag', { hasText: 'the numbers agree' }), 'the order’s number is the scan’s');
await does('confirm the patient', () => page.getByRole('button', { name: /^Confirm: this patient/ }).click());
await seen(page.locator('.confirmed'), 'who confirmed it stands there');
await until(() => make.isEnabled(), 'now it can be made');
await does('make bone', () => make.click());
await seen(page.locator('[data-printcheck]'), 'the model is there, and was checked');
ok(actions.length <= 6, `${actions.length} actions: ${actions.join(', ')}`);
const verdict = await page.locator('[data-printcheck]').getAttribute('data-printcheck');
ok(verdict === 'pass' || verdict === 'conditional', 'it can be printed', verdict);
const made = await jobs();
const by = (command) => made.filter((job) => job.command === command);
const model = (await files()).find((one) => one.name === 'bone.3mf');
is(by('printcheck')[0].request.inputs['bone.3mf'], model.sha256, 'the model of the case is what was checked');
is(by('printcheck')[0].result.said.verdict, verdict, 'by the command, and the page says what it said');
ok(by('reconstruct')[0].request.arguments.join(' ').includes('--charset GB18030'), 'the character set is on record');
const entry = (await zhao.ask('GET', `/cases/${id}/entries`)).data.find((one) => one.act === 'images.identity');
is(`${entry?.form.compared} ${entry?.form.charset} ${entry?.actor.id === zhao.id}`, 'same GB18030 true', 'and who confirmed the patient');
await until(async () => (await files()).filter((one) => one.name.endsWith('.view')).length === 2, 'views of both are made, so that the viewer opens at once');
const text = await page.getByRole('region', { name: 'The model' }).innerText();
ok(/± \d+\.\d cm³/.test(text) && /±\d\.\d\d mm/.test(text), 'its measures with their doubt', text);
await shoot(page, 'intake-made-en');
const count = (await jobs()).length;
await page.reload();
await seen(page.locator('[data-printcheck]'), 'a reload shows it again');
is((await jobs()).length, count, 'and has nothing done twice');

/* ---- a series that is not good enough */
await thick.getByRole('radio').check();
await seen(page.getByText('What was sent is kept in the case'), 'a scan that fails says that it is kept, and what to do');
await page.getByText('Request to the radiology department').click();
await says(page.locator('.next pre'), /Re-scan request[^]*at most 1\.0 mm/, 'with a request to the radiology department');
await seen(page.getByRole('button', { name: 'Make bone all the same' }), 'it may be tried, and is called what it is');
is((await serious(page)).join('\n'), '', 'nothing serious for axe there');
await shoot(page, 'intake-fail-en');
await page.setViewportSize({ width: 375, height: 800 });
ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing hangs out of a telephone');
await shoot(page, 'intake-phone-en');

/* ---- another patient's scan; in Chinese, in the dark */
const other = await play('case.open', { patient: 'ZY-000124' });
const dark = await open(server.url, `/cases/${other}/intake`, { dark: true, width: 1200, height: 900 });
await logIn(dark, 'zhao', passwordOf('zhao'));
await dark.getByLabel('文件', { exact: true }).setInputFiles(join(work, 'none.zip'));
await says(dark.getByRole('alert').filter({ hasText: '读取影像：没有完成' }), /文件中没有影像/, 'files that are no scan are said to be none');
await dark.getByLabel('文件', { exact: true }).setInputFiles(join(work, 'scan.zip'));
await seen(dark.getByText('可能拿错了影像'), 'another number than the order’s is said');
const confirm = dark.getByRole('button', { name: '确认是该患者的影像' });
await until(() => confirm.isDisabled(), 'and is not confirmed without a reason');
await dark.locator('#intake-why').fill('外院编号，已核对姓名和出生日期');
await shoot(dark, 'intake-other-zh-dark');
await confirm.click();
await seen(dark.locator('.confirmed', { hasText: '外院编号' }), 'with a reason it is, by name');
const differing = (await zhao.ask('GET', `/cases/${other}/entries`)).data.find((one) => one.act === 'images.identity');
is(differing?.form.compared, 'different', 'the difference is on record');
await seen(dark.locator('[data-series] .tag', { hasText: '不合格' }), 'its gate speaks Chinese');
is((await serious(dark)).join('\n'), '', 'nothing serious for axe in the dark');
await shoot(dark, 'intake-refused-zh-dark');

/* ---- the number is the order's, the name and the sex are not */
const mixed = await play('case.open', { patient: 'PHANTOM', 'case.open': { patient_name: '测试患者', sex: 'female' } });
await dark.goto(`${server.url}/cases/${mixed}/intake`);
await dark.getByLabel('文件', { exact: true }).setInputFiles(join(work, 'scan.zip'));
const told = dark.locator('.tag.bad', { hasText: '不一致' });
await says(told, /^不一致：姓名、性别$/, 'a scan with the order’s number is not the patient’s by that alone: name and sex are said to differ');
const patient = dark.locator('table.patient');
await says(patient.locator('tbody tr').nth(0), /医嘱\s+PHANTOM\s+测试患者\s+女/, 'the order stands above');
await says(patient.locator('tbody tr').nth(1), /影像\s+PHANTOM\s+\S+\s+男/, 'and the scan below it');
const marked = () => patient.locator('td.fault').evaluateAll((all) => all.map((one) => one.closest('table').rows[0].cells[one.cellIndex].textContent).join());
await becomes(marked, '姓名,性别', 'these two cells are marked, and no other');
await shoot(dark, 'intake-differs-zh-dark');
await dark.getByRole('button', { name: '姓名显示为乱码？' }).click();
await dark.locator('.charset', { hasText: 'GB18030' }).locator('input').check();
await says(told, /^不一致：性别$/, 'in the right letters the name is the order’s, and the sex differs still');
await becomes(marked, '性别', 'its cell alone is marked');
await until(() => confirm.isDisabled(), 'this too is not confirmed without a reason');
is((await serious(dark)).join('\n'), '', 'nothing serious for axe where they differ');
await dark.setViewportSize({ width: 375, height: 800 });
ok(await dark.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing hangs out of a telephone there');
await shoot(dark, 'intake-differs-phone-zh-dark');

/* ---- the viewer's tools on a telephone */
await page.mouse.move(2, 780); /* away from them: what is explained at the pointer lies over its neighbours */
await page.goto(`${server.url}/cases/${id}/view`);
await seen(page.locator('.viewer .bar .ant-segmented').nth(1), 'the viewer opens on what was made');
const hidden = await page.evaluate(() => {
    const out = [];
    for (const one of document.querySelectorAll('.viewer .bar label, .viewer .bar button, .viewer .bar .ant-select')) {
        one.scrollIntoView({ block: 'nearest', inline: 'nearest' });
        const box = one.getBoundingClientRect();
        const at = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        if (box.left < 0 || box.right > innerWidth || !(one.contains(at) || at?.contains(one))) out.push(one.textContent);
    }
    return out;
});
is(hidden.join(), '', 'each tool of the viewer can be reached at 375 pixels');
ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'and the page is as wide as the telephone');
await shoot(page, 'view-phone-en');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
