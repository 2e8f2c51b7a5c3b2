/*
 * A case in the browser: forms drawn from the process table, what is told before sending, drafts,
 * signing, news from others, a session that ends over a form, a server that goes away.
 */
import {
    becomes,
    choose,
    complaints,
    counted,
    end,
    expected,
    folder,
    gone,
    holds,
    insist,
    is,
    logIn,
    ok,
    open,
    says,
    seen,
    serious,
    serve,
    typeDay,
} from './harness.mjs';
import { hospital, passphraseOf, passwordOf } from './hospital.mjs';

expected.push(/status of 40[1-9]/, /status of 422/, /ERR_CONNECTION_REFUSED|ERR_FAILED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE/);
const data = folder();
let server = await serve(data);
const { people, play } = await hospital(server.url, server.password);
const page = await open(server.url, '/');
const field = (name) => page.locator(`[data-field="f-${name}"]`);
const fault = (name) => field(name).locator('.fault');

/* ---- a new case */
await logIn(page, 'zhao', passwordOf('zhao'));
await insist(async () => {
    await page.keyboard.press('g');
    await page.keyboard.press('n');
}, page.locator('form.act'));
await becomes(() => new URL(page.url()).pathname, '/new', 'g n goes to the new case');
await page.getByRole('button', { name: '立项' }).click();
await counted(page.locator('.fault'), (count) => count > 5, 'an empty form is told before it is sent');
await seen(fault('title'), 'at each field');
await page.keyboard.press('Escape');
const pick = (name, text) => choose(page, field(name).locator('input[role=combobox]'), text, text);
await pick('type', '定制式医疗器械');
await pick('device', '骨缺损修复假体');
await pick('site', '骨盆');
await field('implant').getByRole('radio', { name: '是' }).check();
await field('side').getByRole('radio', { name: '左侧' }).check();
await field('title').locator('input').fill('一'.repeat(121));
await says(fault('title'), /最多 120 字/, 'a text that is too long is said with the count');
await field('title').locator('input').fill('骨盆重建');
await field('patient').locator('input').fill('ZY-9');
await field('department').locator('input').fill('骨科');
await field('maker').locator('input').fill('示范增材医疗器械有限公司');
await gone(fault('maker'), 'a field that is filled in is not complained of');
await counted(field('secrecy_permit'), 0, 'what is asked only of secret cases is not shown');
await field('secret').getByRole('radio', { name: '是' }).check();
await seen(field('secrecy_permit'), 'and comes when it is one');
await field('secret').getByRole('radio', { name: '否' }).check();
await page.reload();
await page.locator('form.act').waitFor();
await holds(field('title').locator('input'), '骨盆重建', 'a reload keeps what was filled in');
await seen(page.getByText('这是您上次没有填完的内容'), 'and says so');
is((await page.evaluate(() => JSON.stringify({ ...localStorage }))).includes('ZY-9'), false, 'nothing of the patient outlives the session');
await page.getByRole('button', { name: '立项' }).click();
await page.locator('.casehead').waitFor();
await says(page.locator('.casehead'), /骨盆重建/, 'the case is open');
await seen(page.locator('.doit.due', { hasText: '组建医工交互团队' }), 'the next step is in sight');
/* the conditions of those who work together. Req: R-174 */
const conditions = page.locator('details', { hasText: '机构条件' });
await conditions.locator('summary').click();
await says(conditions, /示范增材医疗器械有限公司[\s\S]*许可证有效至\s*2030-12-31/, 'what the maker is on record with is shown');

/* ---- the server's own refusal stands at its field */
const started = page.url().split('/').pop();
await page.goto(`${server.url}/cases/${started}/do/team.set`);
await page.getByRole('button', { name: '加一行' }).click();
await pick('members-0-role', '设计开发人员');
await pick('members-0-person', '李设计');
await holds(field('members-0-name').locator('input'), '李设计', 'a person brings the name along');
await page.getByRole('button', { name: '提交' }).click();
await seen(page.locator('.ant-alert-error, .fault'), 'a team that lacks roles is refused in a sentence');
await page.keyboard.press('/');

/* ---- signing */
const id = await play('interaction.sign', { title: '髋臼重建' });
await page.goto(`${server.url}/cases/${id}/do/consent.record`);
await page.locator('section.statement').waitFor();
await field('agreed').getByRole('radio', { name: '是' }).check();
await field('by').getByRole('radio', { name: '患者本人' }).check();
await field('share').getByRole('radio', { name: '否' }).check();
/* what is typed while a file is on its way outlives its arrival */
let arrive;
const held = new Promise((resolve) => (arrive = resolve));
await page.route('**/uploads/*/end', (route) => held.then(() => route.continue()));
await field('document').locator('input[type=file]').setInputFiles({
    name: '同意书.pdf',
    mimeType: 'application/pdf',
    buffer: Buffer.from('%PDF-1.4 consent'),
});
await field('scope').locator('textarea').fill('仅用于本次');
arrive();
await field('document').getByText('同意书.pdf').waitFor();
await page.unroute('**/uploads/*/end');
await holds(field('scope').locator('textarea'), '仅用于本次', 'what is typed while a file is on its way stays');
const day = await page.evaluate(() => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10));
const date = field('date').locator('input');
await date.click();
await seen(page.locator('.ant-picker-dropdown').getByText('今天'), 'the calendar speaks Chinese');
await typeDay(date, day);
await holds(date, day, 'a date is typed as digits');
const stated = await people.zhao.ask('GET', `/cases/${id}/acts/consent.record/statement`);
await says(page.locator('section.statement'), new RegExp(stated.data.digest), 'the digest that is shown is the statement that is signed');
await page.locator('section.statement summary').first().click();
await says(page.locator('section.statement'), /髋臼重建/, 'what is covered can be read there');
const secret = page.locator('input.secret, .secret input');
await secret.fill('Not-The-One-1');
await page.getByRole('button', { name: '签名并提交' }).click();
await says(page.locator('.ant-alert-error'), /口令/, 'a wrong passphrase is said, the form stays');

/* ---- the session ends over the form */
await people.zhao.ask('GET', '/me');
await page.context().clearCookies();
await secret.fill(passphraseOf('zhao'));
await page.getByRole('button', { name: '签名并提交' }).click();
const dialog = page.getByRole('dialog');
await says(dialog, /会话已结束/, 'a session that ended asks for the password over the page');
is((await serious(page)).join('\n'), '', 'nothing serious for axe there');
await dialog.locator('input[autocomplete=username]').fill('zhao');
await dialog.locator('input[autocomplete=current-password]').fill(passwordOf('zhao'));
await dialog.getByRole('button', { name: '登录' }).click();
await page.locator('.casehead').waitFor();
const entries = (await people.zhao.ask('GET', `/cases/${id}/entries`)).data;
const consent = entries.filter((entry) => entry.act === 'consent.record');
is(consent.length, 1, 'and then does what was asked, once');
is(consent[0]?.form.date, day, 'with what was filled in');
ok(consent[0]?.signature, 'signed');
await page.goto(`${server.url}/cases/${id}/entries#entry-${consent[0].number}`);
await page.getByText('已签名：知情同意').waitFor();
await seen(page.getByText('同意书.pdf'), 'the record shows it');
is((await serious(page)).join('\n'), '', 'nothing serious for axe at the record');

/* ---- somebody else */
const listening = page.waitForResponse((reply) => reply.url().endsWith(`/cases/${id}/events`));
await page.goto(`${server.url}/cases/${id}/talk`);
await page.locator('form.act').waitFor();
await listening;
await people.li.ask('POST', `/cases/${id}/acts/discuss.say`, { form: { text: '髂骨翼是否保留？' } });
await seen(page.locator('.message', { hasText: '髂骨翼是否保留？' }), 'what another says is there without asking');
await field('text').locator('textarea').fill('保留');
await page.keyboard.press('Control+Enter');
await seen(page.locator('.message.own', { hasText: '保留' }), 'Ctrl Enter sends the answer');
await page.getByRole('button', { name: 'English' }).click();
await page.getByRole('heading', { name: 'Discussion' }).waitFor();
await seen(page.getByText('Attending surgeon'), 'English at a key, the page stays');
await page.getByRole('button', { name: '中文' }).click();

/* ---- the server goes away, in the middle of an upload too */
await page.goto(`${server.url}/cases/${id}/files`);
await page.locator('.dropzone').waitFor();
let cut = 1;
await page.route('**/uploads/*?offset=*', (route) => (cut-- > 0 ? route.abort() : route.continue()));
const big = Buffer.alloc(5 << 20, 7);
await page.locator('.dropzone input[type=file]').first().setInputFiles({ name: 'scan.zip', mimeType: 'application/zip', buffer: big });
await seen(page.locator('table.list', { hasText: 'scan.zip' }), 'an upload goes on after a cut line');
const files = (await people.zhao.ask('GET', `/cases/${id}/files`)).files;
is(files.find((one) => one.name === 'scan.zip')?.bytes, 5 << 20, 'and arrives whole');
await page.evaluate(() => {
    const transfer = new DataTransfer();
    transfer.items.add(new File(['a'], 'a.txt'));
    document.querySelector('.dropzone').dispatchEvent(new DragEvent('drop', { bubbles: true, dataTransfer: transfer }));
});
await seen(page.locator('table.list', { hasText: 'a.txt' }), 'what is dropped is sent');
await page.goto(`${server.url}/cases/${id}/talk`);
await field('text').locator('textarea').fill('还在吗？');
const port = server.port;
await server.stop();
await page.getByRole('button', { name: '发送' }).click();
await says(page.locator('.ant-alert-banner'), /服务器没有应答/, 'a server that is away is said');
await holds(field('text').locator('textarea'), '还在吗？', 'what was typed stays');
server = await serve(data, port);
await page.locator('.ant-alert-banner').waitFor({ state: 'detached' });
await page.getByRole('button', { name: '发送' }).click();
await seen(page.locator('.message.own', { hasText: '还在吗？' }), 'and is sent when it is back');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
