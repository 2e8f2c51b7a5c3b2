/*
 * A link of a case for somebody without an account: made in the case, looked at without identity in
 * page, title, names or requests, ended; and the page of jobs.
 */
import { becomes, choose, complaints, end, expected, folder, is, logIn, ok, open, seen, serious, serve, until } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';
import { block } from './phantoms.mjs';

const server = await serve(folder());
const { zhao, id } = await practice(server, { opening: { title: '张三丰股骨' }, roles: ['surgeon', 'quality'] });
const sha = await zhao.send(id, 'ZhangSanFeng-femur.stl', block([0, 0, 0], [40, 30, 20]));
await zhao.send(id, 'broken.stl', 'solid nothing\nfacet\n');

/* Req: R-350: data leave for a ground, to whom is on the list */
const leaving = { ground: 'authority', to: '市药监局', reference: '药监函〔2026〕7 号' };
await zhao.ask('PUT', `/registry/recipient/${encodeURIComponent(leaving.to)}`, { version: 0, body: { as: 'authority', inside: true } });

expected.push(/status of 40[14]/);
const page = await open(server.url, '/');
await logIn(page, 'zhao', passwordOf('zhao'));

/* ---- made */
await page.goto(`${server.url}/cases/${id}/share`);
await seen(page.getByText('还没有链接'), 'a case begins without links');
await page.getByRole('checkbox', { name: /broken/ }).uncheck();
await page.getByRole('checkbox', { name: /ZhangSanFeng/ }).check();
await becomes(() => page.getByRole('button', { name: '生成链接' }).isDisabled(), (off) => off, 'without a ground there is no link');
await choose(page, page.getByRole('combobox', { name: '依据' }), '监管部门要求');
await choose(page, page.getByRole('combobox', { name: '接收方' }), '市药监局');
await page.getByLabel('来文编号').fill('药监函〔2026〕7 号');
await page.getByLabel('备注').fill('给会诊专家陈教授');
await page.getByRole('button', { name: '生成链接' }).click();
const field = page.getByRole('textbox', { name: '链接' });
await seen(field, 'a link is made');
const address = await field.inputValue();
ok(/\/shared\/[0-9a-f]{64}$/.test(address), 'whose address is a secret by chance', address);
await seen(page.locator('tr[data-link]').getByText('有效', { exact: true }), 'it stands in the list');

/* ---- looked at, by nobody. Req: R-090 */
const asked = [];
const guest = await open(server.url, '/health-none', { lang: 'zh' }).then(async (first) => {
    await first.locator('input[autocomplete=username]').waitFor(); /* that page has asked what it asks */
    await first.context().clearCookies();
    first.on('request', (request) => asked.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`));
    const texts = [];
    first.on('response', (response) => {
        if (/\/api\//.test(response.url())) texts.push(response.text().then((text) => `${JSON.stringify(response.headers())} ${text}`).catch(() => ''));
    });
    first.texts = texts;
    await first.goto(address);
    return first;
});
await until(() => guest.evaluate(() => globalThis.nuwaStage?.parts.get().length === 1 && globalThis.nuwaStage.picture.get()?.triangles > 0), 'who has no account sees the model');
await seen(guest.getByText('有效至'), 'and until when');
await seen(guest.getByText('左侧股骨'), 'and what kind of thing it is');
const words = [id, 'ZY-000123', '张三丰', 'ZhangSan', '赵主任', '第一医院', '示范增材', '骨科', '陈教授', sha, 'zhao'];
const whole = async (one) => `${await one.title()} ${await one.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }))}`;
const found = async (text) => words.filter((word) => text.includes(word));
is((await found(await whole(guest))).join(), '', 'nobody is named in page, title or storage');
is((await found(asked.join('\n'))).join(), '', 'nor in what it asks');
is((await found((await Promise.all(guest.texts)).join('\n'))).join(), '', 'nor in what is answered, or the names of files');
ok(asked.every((line) => !/\/api\/v1\/(cases|me|people|login|jobs)/.test(line)), 'it asks for nothing but the link', asked.join('\n'));

/* turned, cut, measured */
const solid = guest.locator('[data-pane=solid] .pane-body');
const before = await guest.evaluate(() => JSON.stringify(globalThis.nuwaStage.camera.get()));
await solid.hover();
await guest.mouse.down();
await guest.mouse.move(500, 300, { steps: 4 });
await guest.mouse.up();
await becomes(() => guest.evaluate(() => JSON.stringify(globalThis.nuwaStage.camera.get())), (now) => now !== before, 'it is turned');
await guest.evaluate(() => {
    const stage = globalThis.nuwaStage;
    stage.clip.set({ plane: 'axial', flip: false });
});
await seen(guest.getByRole('button', { name: '另一侧' }), 'cut');
await guest.evaluate(() => globalThis.nuwaStage.clip.set(null));
await guest.getByText('长度', { exact: true }).click();
await until(() => guest.evaluate(() => globalThis.nuwaStage.tool.get() === 'length'), 'the tool is chosen');
await guest.evaluate(() => globalThis.nuwaStage.frameSolid());
const box = await solid.boundingBox();
const drawn = () => {
    const stage = globalThis.nuwaStage;
    const picture = stage.picture.get();
    return !!picture && !stage.asked && picture.turn === stage.turn && !picture.coarse && !stage.moving.get();
};
await until(() => guest.evaluate(drawn), 'the whole picture is there');
await guest.mouse.click(box.x + box.width / 2 - 30, box.y + box.height / 2);
await until(() => guest.evaluate(() => globalThis.nuwaStage.measures.get()[0]?.points.length === 1), 'one place is pointed at');
await guest.mouse.click(box.x + box.width / 2 + 30, box.y + box.height / 2);
await until(() => guest.evaluate(() => globalThis.nuwaStage.measures.get()[0]?.state === 'done'), 'and measured');
await seen(guest.getByText('测量仅供查看'), 'which is said to be no record');
is((await serious(guest)).join('\n'), '', 'nothing serious for axe there');
const opening = async () => (await zhao.ask('GET', `/cases/${id}/shares`)).shares[0];
is((await opening()).opened, 1, 'the opening is counted');
await guest.reload();
await until(() => guest.evaluate(() => globalThis.nuwaStage?.parts.get().length === 1), 'after a reload it is there again');
is((await opening()).opened, 1, 'which counts no second time');

/* ---- ended */
is((await serious(page)).join('\n'), '', 'nothing serious for axe where links are made');
await page.locator('tr[data-link]').getByRole('button', { name: '收回' }).click();
await seen(page.locator('tr[data-link]').getByText('已收回'), 'it is taken back');
await guest.reload();
await seen(guest.getByRole('heading', { name: '此链接已结束' }), 'and says that it has ended');
is((await found(await whole(guest))).join(), '', 'to nobody by name');
await guest.goto(`${server.url}/shared/none`);
await seen(guest.getByRole('heading', { name: '此链接已结束' }), 'as one that never was');

/* a link of files that nothing was made to look at of */
const files = await zhao.ask('POST', `/cases/${id}/shares`, { files: [sha], ...leaving, until: new Date(Date.now() + 86400000).toISOString().replace(/\.\d+/, '') });
const plain = await open(server.url, `/shared/${files.token}`);
await seen(plain.getByRole('heading', { name: '此链接只有文件' }), 'a link with nothing to look at says so');
await seen(plain.getByRole('link', { name: /model-1\.stl/ }), 'and gives its files');
is((await serious(plain)).join('\n'), '', 'nothing serious for axe there');

/* ---- jobs */
const job = await zhao.ask('POST', `/cases/${id}/jobs`, { command: 'view', inputs: { 'a.stl': await zhao.send(id, 'worse.stl', 'solid\nfacet nothing') }, arguments: ['a.stl', '-o', 'a.view'], outputs: ['a.view'] });
await page.goto(`${server.url}/cases/${id}/jobs`);
const row = page.locator(`[data-job="${job.id}"]`);
await seen(row.getByText('失败', { exact: true }), 'a job that fails says so without asking');
await seen(row.locator('.ant-alert-error'), 'and why');
await row.getByRole('button', { name: '重做' }).click();
await until(async () => (await zhao.ask('GET', `/jobs/${job.id}`)).tries > 0, 'it is done again');
await seen(row.getByText('失败', { exact: true }), 'with the same end');
is((await serious(page)).join('\n'), '', 'nothing serious for axe at the jobs');

/* ---- retention */
await page.goto(`${server.url}/retention`);
await page.getByText('未结束', { exact: true }).click();
await seen(page.locator('table.list tbody tr'), 'what is kept is listed for those entitled');
is((await serious(page)).join('\n'), '', 'nothing serious for axe there');
is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
