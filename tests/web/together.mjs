/*
 * Two persons at one case: each sees where the other points, follows him, leads him; a message
 * keeps the view it was written at, and becomes a requirement by one button.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, complaints, counted, end, expected, folder, gone, is, logIn, ok, open, seen, serious, serve, until } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';
import { block, scanIn } from './phantoms.mjs';

const work = folder();
scanIn(work, 'femur', '4mm');
writeFileSync(join(work, 'block.stl'), block([-20, -20, -20], [20, 20, 20]));

const server = await serve(folder());
const { zhao, id } = await practice(server, { others: ['wang'] });
for (const name of ['scan.zip', 'block.stl']) await zhao.send(id, name, readFileSync(join(work, name)));

expected.push(/status of 401/);
async function enter(login) {
    const page = await open(server.url, '/');
    await logIn(page, login, passwordOf(login));
    await page.goto(`${server.url}/cases/${id}/view`);
    await until(
        () => page.evaluate(() => !!globalThis.nuwaStage?.scan.get()?.isWhole && globalThis.nuwaStage.parts.get().length > 0),
        `${login} sees the scan and the model`,
    );
    return page;
}
const one = await enter('zhao');
const two = await enter('wang');
const stage = (page, what, more) => page.evaluate(`(() => (${what})(globalThis.nuwaStage, ${JSON.stringify(more ?? null)}))()`);
const cross = (page) => stage(page, '(stage) => stage.cross.get()');
const near = (want) => (have) => have.every((x, i) => Math.abs(x - want[i]) < 0.01);

/* ---- who is there. Req: R-199 */
const zhaoSeen = two.locator('[data-other="赵主任"]');
const wangSeen = one.locator('[data-other="王质量"]');
await seen(wangSeen, 'each sees who else looks: the surgeon');
await seen(zhaoSeen, 'and the other one');
const rows = async () => (await zhao.ask('GET', `/cases/${id}/files`)).files.length;
const filesBefore = await rows();

/* ---- pointer, cross-hair and marks */
const pane = one.locator('[data-pane=axial] .pane-body');
await pane.hover({ position: { x: 100, y: 90 } });
await two.locator('[data-pointer="赵主任"]').first().waitFor({ state: 'attached' });
ok(true, 'where one points the other sees, by name');
await stage(one, '(stage) => stage.moveCross([12, 8, -4])');
const there = await cross(one);
await two.locator('[data-cross="赵主任"]').first().waitFor({ state: 'attached' });
await one.getByLabel('标记的文字').fill('切缘');
await one.getByRole('button', { name: '标在十字处' }).click();
await two.locator('[data-mark="切缘"]').first().waitFor({ state: 'attached' });
ok(true, 'and his cross-hair and his marks');
is(near(there)(await cross(two)), false, 'without being moved himself');

/* ---- following */
await zhaoSeen.getByRole('button', { name: '跟随' }).click();
await becomes(() => cross(two), near(there), 'who follows is where the other is');
await stage(one, '(stage) => { stage.window.set({ name: "soft", centre: 40, width: 400 }); stage.moveCross([-6, 3, 10]); stage.parts.update((all) => all.map((part) => ({ ...part, visible: false }))); }');
const next = await cross(one);
await becomes(() => cross(two), near(next), 'and goes along');
await becomes(() => stage(two, '(stage) => stage.window.get().width'), (width) => width === 400, 'with the window');
await becomes(() => stage(two, '(stage) => stage.parts.get().some((part) => part.visible)'), (any) => any === false, 'and what is hidden');
await seen(wangSeen.getByText('正在跟随您'), 'who is followed is told');
const camera = await stage(one, '(stage) => { stage.camera.update((c) => ({ ...c, target_mm: [1, 2, 3] })); return stage.camera.get().px_per_mm; }');
await becomes(() => stage(two, '(stage) => stage.camera.get()'), (c) => near([1, 2, 3])(c.target_mm) && Math.abs(c.px_per_mm / camera - 1) < 0.05, 'the solid is turned along');
await two.locator('[data-pane=axial] .pane-body').click({ position: { x: 60, y: 60 } });
await seen(zhaoSeen.getByRole('button', { name: '跟随', exact: true }), 'who takes hold of his own panes follows no more');

/* ---- leading */
await two.getByRole('button', { name: '带大家看' }).click();
await seen(one.getByText('王质量 想带您看'), 'who would lead is heard');
await one.locator('.asked').getByRole('button', { name: '跟随' }).click();
await stage(two, '(stage) => stage.moveCross([5, -5, 5])');
const led = await cross(two);
await becomes(() => cross(one), near(led), 'and followed, when the other agrees');
await wangSeen.getByRole('button', { name: '停止跟随' }).click();
await stage(one, '(stage) => stage.moveCross([12, 8, -4])');
is(await rows(), filesBefore, 'nothing of all that was stored');

/* ---- a message with its view. Req: R-198 */
await stage(one, '(stage) => stage.parts.update((all) => all.map((part) => ({ ...part, visible: true })))');
await one.getByLabel('对此视图说一句').fill('截骨面距切缘留 10 mm');
await one.getByRole('button', { name: '连同视图发送' }).click();
const said = two.locator('[data-message]', { hasText: '截骨面距切缘留 10 mm' });
await seen(said, 'a message is there for the other at once');
await stage(two, '(stage) => stage.moveCross([-20, -20, 20])');
await said.getByRole('button', { name: '显示' }).click();
await becomes(() => cross(two), near(there), 'its view is shown again');
await two.locator('[data-mark="切缘"]').first().waitFor({ state: 'attached' });
await said.getByRole('button', { name: '回复' }).waitFor();
await counted(said.getByRole('button', { name: '转为要求' }), 0, 'who may not decide has no such button');
await said.getByRole('button', { name: '回复' }).click();
await two.getByLabel('对此视图说一句').fill('可以');
await two.getByRole('button', { name: '连同视图发送' }).click();
await seen(one.locator('[data-message]', { hasText: '可以' }).getByText('回复第'), 'an answer says what it answers');
await one.locator('[data-message]', { hasText: '截骨面距切缘留 10 mm' }).getByRole('button', { name: '转为要求' }).click();
await seen(one.locator('[data-message]', { hasText: '截骨面距切缘留 10 mm' }).getByText('已成为要求'), 'a decision becomes a requirement by one button');
const entries = (await zhao.ask('GET', `/cases/${id}/entries`)).data;
const message = entries.find((entry) => entry.act === 'discuss.say');
const decided = entries.find((entry) => entry.act === 'discuss.decide');
is(decided?.form.about, message.number, 'on record, with the message it comes from');
is(decided?.form.requirement, '截骨面距切缘留 10 mm', 'in its words');
ok(message.form.view.name.endsWith('.look') && message.form.marks.length === 1, 'the message has its view and marks');
is((await serious(one)).join('\n'), '', 'nothing serious for axe');

/* ---- from the discussion's page into the viewer */
await two.goto(`${server.url}/cases/${id}/talk`);
await two.getByRole('link', { name: '在看图中显示' }).first().click();
await becomes(() => stage(two, '(stage) => (stage?.scan.get() ? stage.cross.get() : [0, 0, 999])'), near(there), 'a message on the page of the discussion leads to its view');

/* ---- who leaves */
await two.goto(`${server.url}/`);
await gone(wangSeen, 'who leaves is gone for the other');
is(await one.evaluate(() => JSON.stringify({ ...localStorage }).includes('ZY-')), false, 'nothing of the patient stays');
is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
