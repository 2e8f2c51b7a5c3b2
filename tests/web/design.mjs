/*
 * The design page on a real server: a bone of the case, a guide on it, what is wrong told before it
 * is sent, made by jobs, compared, put on record; a job that fails, a server that is away.
 * NUWA_PICTURES: a folder for pictures of the page.
 */
import {
    becomes,
    complaints,
    counted,
    end,
    expected,
    folder,
    gone,
    holds,
    is,
    logIn,
    nuwa,
    ok,
    open,
    patience,
    says,
    seen,
    serious,
    serve,
    shoot,
    until,
} from './harness.mjs';
import { hospital, passwordOf } from './hospital.mjs';
import { femur } from './phantoms.mjs';

const data = folder();
let server = await serve(data);
const { people, play } = await hospital(server.url, server.password);
const id = await play('input.review');
const send = (name, content) => people.li.send(id, name, content);
const bone = await send('bone.stl', femur());

expected.push(/status of 401/);
expected.push(/status of 409/); /* a preview that ends just before it is cancelled */
const page = await open(server.url, `/cases/${id}/design`, { width: 1500, height: 950 });
await logIn(page, 'li', passwordOf('li'));
await page.getByRole('heading', { name: '设计', exact: true }).waitFor();
await shoot(page, 'design-empty-zh');

/* ---- a form from what the program says */
await page.getByRole('button', { name: '+ bone.stl' }).click();
await page.getByRole('button', { name: '+ 添加部件' }).click();
await page.getByLabel('查找部件种类').fill('导板');
await shoot(page, 'design-kinds-zh');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the list of kinds');
await page.getByRole('button', { name: /^guide/ }).click();
await holds(page.locator('#field-parts-guide-bone'), 'bone', 'the only part there is, is the bone');
await page.locator('#field-parts-guide-drills').click();
const drill = (member) => page.locator(`#field-parts-guide-drills-0--${member}`);
await drill('name').fill('pin');
await drill('diameter_mm').fill('100');
await seen(page.getByText('应在 0.5 到 20 mm 之间'), 'a wrong number is told where it is typed');
await page.getByRole('button', { name: '评估' }).click();
const wrong = page.getByRole('region', { name: '需要改正' });
await says(wrong, /第 \d+ 行 parts\.guide\.drills\[0\]\.entry_mm 必须填写/, 'what is missing is said with its line');
/* views of bones are made as well, to be shown */
const designs = async () => (await people.li.ask('GET', `/cases/${id}/jobs`)).jobs.filter((job) => job.command === 'design');
is((await designs()).length, 0, 'nothing was sent');
await shoot(page, 'design-wrong-zh');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the form');
await wrong.getByRole('button', { name: /diameter_mm/ }).click();
await becomes(() => page.evaluate(() => document.activeElement.id), 'field-parts-guide-drills-0--diameter_mm', 'a click leads to the field');
await page.keyboard.press('Control+a');
await page.keyboard.type('2.5');
const vector = async (member, numbers) => {
    const group = page.locator(`.member:has(> .vector #field-parts-guide-drills-0--${member}) input`);
    for (let i = 0; i < 3; i++) await group.nth(i).fill(String(numbers[i]));
};
await vector('entry_mm', [0, 14, -20]);
await vector('direction', [0, -1, 0]);
await gone(wrong, 'nothing is wrong any more');

/* ---- the same as text, both ways */
await page.getByRole('button', { name: '文本' }).click();
const text = page.getByLabel('文档文本');
const document = JSON.parse(await text.inputValue());
is(JSON.stringify(document.parts.guide.drills[0].entry_mm), '[0,14,-20]', 'the text has what the form has');
is(document.parts.bone.file.sha256, bone, 'and the digest of the file');
await shoot(page, 'design-text-zh');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the text');
await text.fill((await text.inputValue()).replace('"diameter_mm": 2.5', '"diameter_mm": ,'));
await seen(page.getByText(/^第 \d+ 行：此处应为/), 'a text that is no JSON is told with its line');
await page.keyboard.press('Control+z');
document.make[0].cell_mm = 0.5;
await text.fill(JSON.stringify(document));
await page.getByRole('button', { name: '表单' }).click();
await page.getByRole('button', { name: /整个文档/ }).click();
await holds(page.locator('#field-make-0--cell_mm'), '0.5', 'the form has what the text has');
await page.keyboard.press('Control+z');
await holds(page.locator('#field-make-0--cell_mm'), '', 'undo');
await page.keyboard.press('Control+Shift+z');
await holds(page.locator('#field-make-0--cell_mm'), '0.5', 'redo');
await page.reload();
await page.getByRole('button', { name: /整个文档/ }).click();
await holds(page.locator('#field-make-0--cell_mm'), '0.5', 'a reload keeps it');
await page.getByRole('button', { name: '撤销' }).click();
await holds(page.locator('#field-make-0--cell_mm'), '', 'and what was before');
await page.getByRole('button', { name: '重做' }).click();

/* ---- made */
/* Between what the page hears of the end of the preview and of the end of the whole, lists of jobs
 * say that the whole is under way: they may well have been taken a moment before it ended. They have
 * no preview, whose files are gone by then. */
let heard = '';
let lists = 0;
const isWhole = (job) => job.command === 'design' && !job.request.arguments.includes('--cell');
const awaited = async (what) => {
    for (const begun = Date.now(); !(await what()) && Date.now() - begun < patience; ) await new Promise((resolve) => setTimeout(resolve, 20));
};
await page.route(
    (url) => url.pathname.endsWith(`/cases/${id}/jobs`),
    async (route) => {
        if (route.request().method() !== 'GET' || heard !== 'preview') return route.fallback();
        lists++;
        await awaited(async () => (await designs()).some(isWhole));
        const response = await route.fetch();
        const { jobs } = await response.json();
        for (const job of jobs.filter(isWhole)) Object.assign(job, { state: 'running', result: undefined });
        await route.fulfill({ response, json: { jobs: jobs.filter((job) => job.command !== 'design' || isWhole(job)) } });
        lists--;
    },
);
await page.route(
    (url) => /\/jobs\/\w+$/.test(url.pathname),
    async (route) => {
        if (route.request().method() !== 'GET') return route.fallback();
        const response = await route.fetch();
        const job = await response.json();
        await awaited(() => !isWhole(job) || lists === 0);
        if (job.command === 'design' && job.state === 'done') heard = isWhole(job) ? 'whole' : 'preview';
        await route.fulfill({ response, json: job });
    },
);
await page.getByRole('button', { name: '评估' }).click();
await seen(page.getByText('预览，网格较粗'), 'a preview comes first');
await page.getByText('预览，网格较粗').waitFor({ state: 'detached' });
await page.getByRole('heading', { name: /^结果/ }).waitFor();
await page.locator('.outcome .picture').evaluate((picture) => picture.decode());
await counted(page.locator('.outcome table.checks tr'), (count) => count > 5, 'then the whole, with its checks');
await says(page.locator('table.checks'), /contact-area/, 'each by its name');
const takeBack = page.getByRole('button', { name: '取回文档' });
await counted(takeBack, 1, 'it is a version at once, though the list of jobs had it under way');
heard = 'preview';
await page.reload();
await counted(takeBack, 1, 'and when it ends after a reload');
await page.unrouteAll({ behavior: 'wait' });
const files = (await people.li.ask('GET', `/cases/${id}/files`)).files;
const model = files.find((file) => file.name === 'design.3mf');
await counted(page.locator(`.outcome a[href$="${model?.sha256}"]`), 1, 'the model is there to be taken');
await shoot(page, 'design-made-zh');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the result');
is(
    (await designs()).map((job) => job.request.arguments.includes('--cell')).join(),
    'false,true',
    'two jobs, the preview before',
);

/* ---- on record */
await page.getByLabel('说明（可选）').fill('初稿');
await page.getByRole('button', { name: '记为设计步骤' }).click();
await page.getByText('已作为设计步骤记入病例').waitFor();
const entries = (await people.li.ask('GET', `/cases/${id}/entries`)).data;
const step = entries.find((entry) => entry.act === 'design.step');
ok(
    step && step.form.outputs.some((one) => one.sha256 === model.sha256) && step.form.inputs.some((one) => one.sha256 === bone),
    'the step is on record with what went in and came out',
    JSON.stringify(step?.form),
);

/* ---- another version, compared */
await page.getByRole('button', { name: /^guide/ }).click();
await drill('diameter_mm').fill('3');
await page.getByRole('button', { name: '预览', exact: true }).click();
await page.getByText('预览，网格较粗').waitFor();
await page.getByRole('button', { name: '与所示版本比较' }).first().click();
const change = page.getByRole('region', { name: '比较结果' });
await says(change, /diameter_mm\s+2\.5\s+3/, 'what changed in the document is listed');
await says(change, /表面移动最大 \d/, 'and how far the surface moved');
await shoot(page, 'design-compared-zh');

/* ---- a job that fails */
await vector('entry_mm', [0, 500, -20]);
await page.getByRole('button', { name: '预览', exact: true }).click();
const failed = page.getByRole('alert').filter({ hasText: '预览：失败' });
await says(failed, /nuwa design: /, 'a job that fails says why');
await holds(drill('diameter_mm'), '3', 'and the form is as it was');
await shoot(page, 'design-failed-zh');

/* ---- a job that is cancelled, by somebody else as well */
await vector('entry_mm', [0, 14, -20]);
await page.getByRole('button', { name: /整个文档/ }).click();
await page.locator('#field-make-0--cell_mm').fill('0.03');
await page.getByRole('button', { name: '评估' }).click();
await page.getByText(/^评估 · 正在执行/).waitFor();
await shoot(page, 'design-running-zh');
await page.reload();
await page.getByRole('button', { name: '取消' }).click();
await seen(page.getByText('评估：已取消'), 'after a reload the job is still followed, and can be cancelled');

/* ---- English, dark, narrow; a server that is away */
const english = await open(server.url, `/cases/${id}/design`, { lang: 'en', dark: true, width: 1500, height: 950 });
await logIn(english, 'li', passwordOf('li'));
await english.getByRole('button', { name: 'Take its document' }).first().click();
await english.getByRole('button', { name: /^guide/ }).click();
await seen(english.getByText('Diameter of the drill'), 'in English, the program’s own words');
await shoot(english, 'design-made-en-dark');
is((await serious(english)).join('\n'), '', 'nothing serious for axe in English and dark');
await english.setViewportSize({ width: 390, height: 844 });
await shoot(english, 'design-narrow-en-dark');
await until(() => english.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing hangs out of a telephone');
await english.setViewportSize({ width: 1500, height: 950 });
expected.push(/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED/, /ERR_CONNECTION_RESET/);
const { port } = server;
await server.stop();
await english.getByRole('button', { name: 'Preview', exact: true }).click();
await seen(english.getByText(/what you filled in is kept/i), 'a server that is away is said, and the work is kept');
server = await serve(data, port);
await english.locator('.ant-alert-banner').waitFor({ state: 'detached' });
await english.getByRole('button', { name: 'Preview', exact: true }).click();
await english.locator('.work').waitFor();
await english.locator('.work').waitFor({ state: 'detached' });
await becomes(async () => (await designs())[0].state, 'done', 'and goes on when it is back');
await counted(english.getByText('Preview: failed'), 0, 'and nothing failed');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
