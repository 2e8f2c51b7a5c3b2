/* The book of the site in the browser: what is due is seen in the worklist, written, looked at again,
 * a fault and its mending, and a change that is to be validated again. Req: R-214 R-249 R-322 */
import { complaints, counted, end, expected, folder, gone, is, logIn, open, says, seen, serious, serve, typeDay } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';

const server = await serve(folder());
const { wang } = await practice(server, { others: ['wang'] });
const put = (kind, id, version, body) => wang.ask('PUT', `/registry/${kind}/${encodeURIComponent(id)}`, { version, body });
await put('process', 'P-20', 0, { valid_until: '2035-12-31', parameters: '280 W' });
await put('process', 'P-20', 1, { valid_until: '2035-12-31', parameters: '300 W' });
await put('machine', 'M-1', 0, { serial: 'SN-778', service_until: '2035-12-31', warranty_from: '2026-01-01', warranty_until: '2027-12-31' });

/* before anybody is in, the page asks who is */
expected.push(/status of 401/);
const page = await open(server.url, '/');
await logIn(page, 'wang', passwordOf('wang'));
await seen(page.getByRole('link', { name: /台账有 \d+ 项待办/ }), 'the worklist says that something is due');
await page.getByRole('link', { name: /台账有 \d+ 项待办/ }).click();
await seen(page.getByRole('heading', { name: '台账', exact: true }), 'and leads to the book');
await counted(page.locator('[data-book=rule] tbody tr'), 4, 'the rules that a site has to have stand there');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the book');

/* a rule is written and stands */
const rule = page.locator('[data-book=rule] [data-item=end_of_use]');
await says(rule, /未建立/, 'one that is not written says so');
await rule.getByRole('button').click();
const sheet = page.getByRole('dialog');
await sheet.getByRole('button', { name: '写入新版本' }).click();
await sheet.getByRole('button', { name: '记入台账' }).click();
await seen(sheet.getByText('此项必填').first(), 'what is missing is said at its field');
await sheet.locator('#f-version').fill('A/1');
await sheet.locator('#f-text').fill('停止使用的器械收回、封存、销毁并记录。');
await sheet.locator('#f-months').fill('12');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the form');
await sheet.getByRole('button', { name: '记入台账' }).click();
await seen(sheet.getByText(/第 \d+ 号 · 写入新版本 · 王质量/), 'it stands in the history, by whom');
await sheet.getByText(/第 \d+ 号 · 写入新版本/).click();
await seen(sheet.getByText('停止使用的器械收回'), 'with what was written');
await page.keyboard.press('Escape');
await says(rule, /有效/, 'and the rule is in order');

/* a printer: too short a warranty, a fault, mended */
const printer = page.locator('[data-book=machine] [data-item="M-1"]');
await says(printer, /SN-778[^]*不足三年/, 'a printer has its number, and a warranty of less than three years is told');
await printer.getByRole('button').click();
await sheet.getByRole('button', { name: '报告故障' }).click();
await typeDay(sheet.locator('#f-date'), '2026-01-05');
await sheet.locator('#f-what').fill('激光功率下降');
await sheet.getByRole('button', { name: '记入台账' }).click();
await seen(sheet.locator('.tag.bad').getByText('故障'), 'a fault is open');
await sheet.getByRole('button', { name: '修复', exact: true }).click();
await typeDay(sheet.locator('#f-date'), '2026-01-06');
await sheet.locator('#f-by').fill('厂家售后');
await sheet.locator('#f-how').fill('更换激光器');
await sheet.getByRole('button', { name: '记入台账' }).click();
await gone(sheet.locator('.tag.bad'), 'and mended');
await counted(sheet.locator('details'), 2, 'both are in the history');
await page.keyboard.press('Escape');

/* a change is to be validated again */
const task = page.locator('[data-book=revalidation] tbody tr');
await says(task, /工艺过程已更改[^]*parameters/, 'a changed process is to be validated again');
await task.getByRole('button').click();
await sheet.getByRole('button', { name: '记录重新验证' }).click();
await typeDay(sheet.locator('#f-date'), '2026-01-07');
await sheet.locator('#f-data').fill('试件 30 件，报告 26-17');
await sheet.locator('[data-field=f-passed] input').first().check();
await sheet.getByRole('button', { name: '记入台账' }).click();
await seen(sheet.getByText('已验证'), 'once it is recorded it is validated');
await page.keyboard.press('Escape');
await says(task, /已验证/, 'and due no more');
is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
