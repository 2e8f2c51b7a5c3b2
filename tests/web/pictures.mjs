/*
 * node tests/web/pictures.mjs FOLDER -- pictures of every page in both languages and both looks, of
 * a hospital made for it. Not a test: for people who look. Fails when a page of pages.tsx or a tab of
 * the case has no picture.
 *
 * node tests/web/pictures.mjs --guide FOLDER -- the pictures of the user's guide (docs/guide), small.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Caller, choose, complaints, end, expected, folder, is, logIn, ok, open, serious, serve, source } from './harness.mjs';
import { adminPassword, hospital, passwordOf } from './hospital.mjs';
import { runIn, scanIn } from './phantoms.mjs';

const guide = process.argv[2] === '--guide';
const out = resolve(process.argv[guide ? 3 : 2] ?? 'pictures');
mkdirSync(out, { recursive: true });
expected.push(/status of 401/);

/* ---- a hospital, and a case with a scan, its bone and a guide */
const server = await serve(folder());
const { admin, people, play } = await hospital(server.url, server.password);
await admin.ask('POST', '/people', { login: 'shen', password: 'Begin-Here-1x!', name: '沈审计', roles: ['audit'] });
await new Caller(server.url).enter('shen', 'Begin-Here-1x!', passwordOf('shen'));
const whole = await play('followup.plan');
const middle = await play('design.step', { title: '胸椎椎弓根置钉导板', side: 'midline', patient: 'PHANTOM' });
const young = await play('images.confirm', { title: '左侧髋臼骨缺损重建', patient: 'ZY-000125' });

const work = folder();
const run = runIn(work);
scanIn(work, 'vertebra', '1mm');
run('reconstruct', 'scan/dicom', '-o', 'bone.3mf', '--quiet');
const send = (name) => people.li.send(middle, name, readFileSync(join(work, name)));
await send('scan.zip');
const bone = await send('bone.3mf');
const drill = (name, side) => ({ name, entry_mm: [13 * side, 20, 3], direction: [-0.1 * side, -1, 0], diameter_mm: 2.5, sleeve_mm: 12 });
const design = {
    nuwa: 'design 1',
    title: 'Pedicle screw guide',
    parts: {
        bone: { kind: 'mesh', file: { path: 'bone.3mf', sha256: bone } },
        guide: {
            kind: 'guide',
            bone: 'bone',
            insertion: [0, -1, 0],
            margin_mm: 5,
            thickness_mm: 4,
            drills: [drill('right pedicle', -1), drill('left pedicle', 1)],
        },
    },
    show: { from: [0.35, 1, 0.45], margin_mm: 18, parts: [{ part: 'bone', colour: '#e6dcc3' }] },
    make: [{ part: 'guide', cell_mm: 0.5, colour: '#3f88c5' }],
};
await people.zhao.ask('POST', `/cases/${middle}/acts/discuss.say`, { form: { text: '椎弓根偏细，导板请用 2.5 mm 钻。' } });
await people.li.ask('POST', `/cases/${middle}/acts/discuss.say`, { form: { text: '收到，按 2.5 mm 设计。' } });
/* a scan that is another patient's, as it seems */
const mixed = await play('case.open', { title: '胸椎椎弓根置钉导板（外院影像）', patient: 'ZY-000127', 'case.open': { patient_name: 'ZHANG SAN', sex: 'female' } });
await people.zhao.send(mixed, 'scan.zip', readFileSync(join(work, 'scan.zip')));

/* What is done on a page before its picture is taken, once for both languages where it stays. */
const drawn = (page) =>
    page.waitForFunction(() => {
        const stage = globalThis.nuwaStage;
        return stage?.scan.get()?.isWhole && stage.picture.get()?.triangles > 0 && !stage.picture.get().coarse && !stage.moving.get();
    });
/* As it is when somebody corrects: a stroke beside the bone. */
async function correcting(page) {
    await drawn(page);
    await page.getByRole('button', { name: /^(开始修正|Correct the model|继续修正|Go on correcting)/ }).click();
    await page.getByRole('group', { name: /^(修正工具|Tool of correction)$/ }).waitFor();
    const pane = page.locator('[data-pane=axial] .pane-body');
    await pane.scrollIntoViewIfNeeded();
    const box = await pane.boundingBox();
    const at = [box.x + box.width / 2, box.y + box.height / 2];
    await page.mouse.move(at[0] + 24, at[1] - 16);
    await page.mouse.down();
    await page.mouse.move(at[0] + 30, at[1] - 10, { steps: 4 });
    await page.mouse.up();
    await page.locator('.edit-steps li').first().waitFor();
    await page.getByRole('group', { name: /^(修正工具|Tool of correction)$/ }).scrollIntoViewIfNeeded();
}
const signing = async (page) => {
    await page.locator('section.statement').waitFor();
    if (guide) await page.locator('input.secret, .secret input').scrollIntoViewIfNeeded();
};
const imported = async (page) => {
    await page.locator('[data-series]').first().waitFor();
    await page.locator('.reasons, .series .tag.good').first().waitFor();
    await page.locator('img.look').first().waitFor();
};
const once = new Set(); /* what was made for the first language is there for the next */
async function designed(page) {
    if (!once.has('design')) {
        once.add('design');
        await page.getByRole('button', { name: '文本' }).click();
        await page.getByLabel('文档文本').fill(JSON.stringify(design, null, 2));
        await page.getByRole('button', { name: '表单' }).click();
        await page.getByRole('button', { name: '评估' }).click();
        await page.getByText('预览，网格较粗').waitFor();
    } else await page.getByRole('button', { name: /^(取回文档|Take its document)$/ }).first().click();
    await page.getByRole('heading', { name: /^(结果|Result)/ }).waitFor();
    await page.getByText(/预览，网格较粗|preview, on a coarse grid/).waitFor({ state: 'detached' });
    await page.locator('.outcome .picture').first().evaluate((picture) => picture.decode());
    const part = page.getByRole('button', { name: /^guide/ });
    if (await part.count()) await part.click();
}
async function sliced(page) {
    if (!once.has('print')) {
        once.add('print');
        await page.locator('#print-model').selectOption({ label: await page.locator('#print-model option', { hasText: 'design.3mf' }).first().innerText() });
        await page.locator('#print-machine').selectOption('sla-120');
        await page.locator('#print-layer').fill('0.1');
        await page.getByRole('button', { name: /^切\s?片$/ }).click();
    }
    await page.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '0');
    await page.getByRole('slider').fill('40');
    await page.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '39');
    if (guide) await page.evaluate(() => scrollTo(0, 0));
}

async function shoot(page, name) {
    await page.locator('.boot, main p[role=status]').first().waitFor({ state: 'detached', timeout: 5000 }).catch(() => undefined);
    await page.waitForTimeout(500);
    if (guide) {
        const tools = await page.context().newCDPSession(page);
        const { data } = await tools.send('Page.captureScreenshot', { format: 'webp', quality: 55 });
        writeFileSync(join(out, `${name}.webp`), Buffer.from(data, 'base64'));
        return;
    }
    await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
    if (process.env.AXE) {
        const found = await serious(page);
        is(found.join('\n'), '', `nothing serious for axe: ${name}`);
    }
}

const visited = [];
const only = process.env.NUWA_ONLY?.split(','); /* names of pages: these alone, as of a page that was changed */

async function visit(login, password, list, options) {
    const pages = list.filter(([name]) => (!guide || inGuide.has(name)) && (!only || only.includes(name)));
    if (!pages.length) return;
    const page = await open(server.url, '/', options);
    await logIn(page, login, password);
    for (const [name, path, act] of pages) {
        visited.push(path);
        await page.goto(server.url + path);
        await page.locator('main h1, main .card').first().waitFor();
        if (act) await act(page);
        await shoot(page, `${name}-${lookOf(options)}`);
    }
    await page.context().close();
}

/* what docs/guide shows */
const inGuide = new Set([
    'worklist', 'case', 'intake', 'view', 'correct', 'talk', 'sign', 'design', 'print', 'production', 'label', 'registry', 'audit', 'statistics', 'record', 'documents', 'account',
]);
const looks = guide
    ? [{ lang: 'zh', width: 1200, height: 760 }, { lang: 'en', width: 1200, height: 760 }]
    : [{ lang: 'zh' }, { lang: 'en', dark: true }, { lang: 'zh', width: 390, height: 844 }];
const lookOf = (options) => `${options.lang}${options.dark ? '-dark' : ''}${options.width < 640 ? '-phone' : ''}`;
const making = await play('code.assign', { title: '右侧骨盆肿瘤切除后重建', side: 'right', patient: 'ZY-000124' });
const tested = await play('inspection.release', { title: '左侧下颌骨缺损重建', patient: 'ZY-000126' });

/* What somebody outside sees: nothing that names the patient, as this phantom's own files would. */
async function linkOf(file) {
    const page = await open(server.url, `/cases/${young}/share`);
    await logIn(page, 'zhao', passwordOf('zhao'));
    await page.getByRole('checkbox', { name: file }).check();
    await choose(page, page.getByRole('combobox', { name: '依据' }), '给团队成员');
    await choose(page, page.getByRole('combobox', { name: '接收方' }), '冯联系');
    await page.getByRole('button', { name: '生成链接' }).click();
    const address = await page.getByRole('textbox', { name: '链接' }).inputValue();
    await page.context().close();
    return address;
}
run('convert', 'bone.3mf', 'bone.stl', '--quiet');
await people.zhao.send(young, 'bone.stl', readFileSync(join(work, 'bone.stl')));
const link = guide ? '' : await linkOf('bone.stl');

/* Something in the site's book: in order, broken, changed. */
await people.wang.ask('POST', '/book/rule/end_of_use', { act: 'write', form: { version: 'A/1', text: '停止使用的器械收回、封存、销毁并记录。', months: 12 } });
await people.wang.ask('PUT', '/registry/machine/SLM-2', { version: 0, body: { serial: 'SN-20778', service_until: '2035-12-31', warranty_from: '2026-01-01', warranty_until: '2028-12-31', valid_until: '2035-12-31' } });
await people.wang.ask('POST', '/book/machine/SLM-2', { act: 'fault', form: { date: '2026-01-05', what: '激光功率下降' } });
for (const version of [0, 1]) await people.wang.ask('PUT', '/registry/process/P-90', { version, body: { valid_until: '2035-12-31', parameters: version ? '300 W' : '280 W' } });

for (const options of looks) {
    const page = await open(server.url, '/', options);
    await page.locator('input[autocomplete=username]').waitFor();
    if (!guide && !only) {
        await shoot(page, `login-${lookOf(options)}`);
        await page.goto(link);
        await page.waitForFunction(() => globalThis.nuwaStage?.picture.get()?.triangles > 0 && globalThis.nuwaStage.picture.get().coarse === false);
        await shoot(page, `guest-${lookOf(options)}`);
    }
    await page.context().close();
    await visit(
        'zhao',
        passwordOf('zhao'),
        [
            ['worklist', '/'],
            ['worklist-all', '/?all=1'],
            ['new', '/new', async (one) => { await one.locator('.send button').first().click(); }],
            ['case', `/cases/${middle}`],
            ['case-young', `/cases/${young}`],
            ['case-late', `/cases/${whole}`],
            ['view', `/cases/${middle}/view`, drawn],
            ['intake-differs', `/cases/${mixed}/intake`, imported],
            ['talk', `/cases/${middle}/talk`],
            ['files', `/cases/${middle}/files`],
            ['documents', `/cases/${whole}/documents`],
            ['record', `/cases/${middle}/entries#entry-6`],
            ['checklist', `/cases/${middle}/checklist`],
            ['jobs', `/cases/${middle}/jobs`],
            ['share', `/cases/${middle}/share`],
            ['trace', `/cases/${whole}/trace`],
            ['order', `/cases/${middle}/do/order.write`],
            ['team', `/cases/${middle}/do/team.set`],
            ['sign', `/cases/${middle}/do/consent.record`, signing],
            ['visit', `/cases/${whole}/do/followup.visit`],
            ['account', '/me'],
        ],
        options,
    );
    await visit('li', passwordOf('li'), [
        ['designer', `/cases/${middle}`],
        ['intake', `/cases/${middle}/intake`, imported],
        ['correct', `/cases/${middle}/view`, correcting],
        ['plan', `/cases/${middle}/plan`],
        ['design', `/cases/${middle}/design`, designed],
        ['print', `/cases/${middle}/print`, sliced],
        ['submit', `/cases/${middle}/do/design.submit`],
    ], options);
    await visit('wu', passwordOf('wu'), [['production', `/cases/${making}/do/production.before`]], options);

    await visit('wang', passwordOf('wang'), [
        ['label', `/cases/${tested}/do/label.issue`],
        ['registry', '/registry/machine'],
        ['registry-all', '/registry'],
        ['statistics', '/statistics'], ['retention', '/retention'], ['book', '/book'],
    ], options);
    await visit('admin', adminPassword, [['people', '/people']], options);
    await visit('shen', passwordOf('shen'), [['audit', '/audit']], options);
}
if (!guide && !only) {
    /* ---- nothing is left out */
    const read = (name) => readFileSync(join(source, 'web/src/ui', name), 'utf8');
    const paths = [...read('pages.tsx').matchAll(/path: '([^']+)'/g)].map((hit) => hit[1]);
    const tabs = [...read('case.tsx').matchAll(/^ {4}\['(\w*)', '[^']+', '[^']+'\],$/gm)].map((hit) => `/cases/{case}${hit[1] && `/${hit[1]}`}`);
    ok(paths.length > 10 && tabs.length > 8, 'the pages are known');
    for (const path of new Set([...paths, ...tabs])) {
        const like = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
        ok(visited.some((one) => like.test(one.replace(/[?#].*/, ''))), `there is a picture of ${path}`);
    }
}
ok(complaints.length === 0, 'no complaint in any console, no other host', complaints.join('\n'));
await end();
