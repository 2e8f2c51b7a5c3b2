/*
 * The printing page on a real server: machine and material, checks with their places, how it lies, a
 * sliced file with its layers; a wrong number, a model that is none, a server that is away.
 * NUWA_PICTURES: a folder for pictures of the page.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    becomes,
    complaints,
    counted,
    end,
    expected,
    folder,
    holds,
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
import { block } from './phantoms.mjs';

const work = folder();
const document = {
    nuwa: 'design 1',
    parts: {
        ball: { kind: 'sphere', centre_mm: [0, 0, 0], radius_mm: 5 },
        drill: { kind: 'cylinder', from_mm: [0, 0, -9], to_mm: [0, 0, 9], radius_mm: 1.5 },
        bead: { kind: 'difference', of: 'ball', minus: ['drill'] },
    },
    make: [{ part: 'bead', cell_mm: 0.4 }],
};
writeFileSync(join(work, 'bead.json'), JSON.stringify(document));
execFileSync(nuwa, ['design', join(work, 'bead.json'), '-o', join(work, 'bead.stl'), '--quiet'], { stdio: 'ignore' });
const data = folder();
let server = await serve(data);
const { people, play } = await hospital(server.url, server.password, ['zhao', 'li', 'wang']);
const id = await play('case.open');
const who = people.zhao;
const send = (name, content) => who.send(id, name, content);

expected.push(/status of 401/);
const page = await open(server.url, `/cases/${id}/print`, { width: 1400, height: 950 });
await logIn(page, 'zhao', passwordOf('zhao'));
await seen(page.getByText('病例还没有模型文件'), 'without a model the page says what to do');
await send('bead.stl', readFileSync(join(work, 'bead.stl')));
await page.reload();
await page.locator('#print-machine').waitFor();

/* ---- what the program says of machines */
const machines = (await who.ask('GET', '/machines')).machines;
await counted(page.locator('#print-machine option'), machines.length, 'every machine of the program can be chosen');
await page.locator('#print-machine').selectOption('sla-120');
await becomes(() => page.locator('#print-layer').getAttribute('placeholder'), '0.05', 'the layer is the machine’s');
await page.locator('#print-layer').fill('7');
await seen(page.getByText('应在 0.025 到 0.1 mm 之间'), 'a wrong number is told where it is typed');
await until(() => page.getByRole('button', { name: /^切\s?片$/ }).isDisabled(), 'and nothing is sent');
await page.locator('#print-layer').fill('0.1');
await page.getByText('机器档案与补偿').click();
await seen(page.getByText('未测定'), 'what compensation there is, and from where');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the form');
await shoot(page, 'print-form-zh');

/* ---- checked, laid */
await page.getByRole('button', { name: /^检\s?查$/ }).click();
const findings = page.getByRole('region', { name: '可打印性检查' });
await says(findings, /悬垂面[^]*\[.*\]/, 'findings come with their places');
await page.getByRole('button', { name: '寻找摆放方向' }).click();
const lying = page.getByRole('region', { name: '摆放建议' });
await lying.waitFor();
await lying.getByRole('button', { name: /^采\s?用$/ }).nth(1).click();
await holds(page.locator('#print-up'), /^[^,]+,[^,]+,[^,]+$/, 'a suggestion is taken over into the form');

/* ---- sliced, layer by layer */
await page.locator('#print-up').fill('');
await page.getByRole('button', { name: /^切\s?片$/ }).click();
const result = page.getByRole('region', { name: '打印文件' });
await result.waitFor();
const canvas = result.locator('canvas');
await page.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '0');
const white = () =>
    canvas.evaluate((box) => {
        const copy = new OffscreenCanvas(box.width, box.height).getContext('2d', { willReadFrequently: true });
        copy.drawImage(box, 0, 0);
        const { data: pixels } = copy.getImageData(0, 0, box.width, box.height);
        let count = 0;
        for (let i = 0; i < pixels.length; i += 4) count += pixels[i] > 127 ? 1 : 0;
        return count / (box.width * box.height);
    });
const first = await white();
const total = Number(/共 (\d+) 层/.exec(await says(result, /共 \d+ 层/, 'the layers are counted'))[1]);
await says(result, /机器与材料\s+\S+ · [一-鿿]+/, 'the material has its name');
ok(total > 80 && total < 110, 'as many layers as it is high', total);
await result.getByRole('slider').fill(String(Math.round(total / 2)));
await page.waitForFunction((want) => document.querySelector('.layers canvas')?.dataset.layer === want, String(Math.round(total / 2) - 1));
const middle = await white();
ok(middle > first * 1.5, 'the middle of a ball is wider than its foot', `${first} ${middle}`);
const square = 11.5 + 2; /* what is seen, in mm */
const ring = (Math.PI * (25 - 2.25)) / (square * square);
ok(Math.abs(middle - ring) < 0.05 * ring, 'and as large as the ring it is', `${middle} ${ring}`);
await page.keyboard.press('ArrowRight');
await page.waitForFunction((want) => document.querySelector('.layers canvas')?.dataset.layer === want, String(Math.round(total / 2)));
ok(true, 'keys go through the layers');
await page.getByLabel('整个平台').check();
await becomes(white, (share) => share < middle / 10, 'the whole platform is shown when asked for');
await page.getByLabel('整个平台').uncheck();
const ranges = [];
page.on('response', (reply) => /\/files\//.test(reply.url()) && ranges.push(reply.status()));
await result.getByRole('slider').fill('3');
await page.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '2');
await becomes(() => ranges.join(), /^206(,206)*$/, 'only what is looked at is fetched');
is((await serious(page)).join('\n'), '', 'nothing serious for axe in the result');
await result.getByRole('slider').fill(String(Math.round(total / 2)));
await shoot(page, 'print-made-zh');
const file = (await who.ask('GET', `/cases/${id}/files`)).files.find((one) => one.name.endsWith('.sl1'));
await counted(result.locator(`a[href$="${file.sha256}"]`), 1, 'the print file is there to be taken');
await page.reload();
await page.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '0');
ok(true, 'a reload shows it again');
await holds(page.locator('#print-layer'), '0.1', 'and keeps what was typed');

/* ---- a model that is none; a server that is away */
await send('broken.stl', Buffer.from('solid nothing\nendsolid\n'));
await page.reload();
await page.locator('#print-model option').filter({ hasText: 'broken' }).waitFor({ state: 'attached' });
const broken = await page.locator('#print-model option').filter({ hasText: 'broken' }).getAttribute('value');
await page.locator('#print-model').selectOption(broken);
await page.getByRole('button', { name: /^检\s?查$/ }).click();
const failed = page.getByRole('alert').filter({ hasText: '检查：失败' });
await says(failed, /nuwa printcheck: /, 'a job that fails says why');
await shoot(page, 'print-failed-zh');

const english = await open(server.url, `/cases/${id}/print`, { lang: 'en', dark: true, width: 1400, height: 950 });
await logIn(english, 'zhao', passwordOf('zhao'));
await english.locator('#print-model').selectOption({ index: 1 });
await english.waitForFunction(() => document.querySelector('.layers canvas')?.dataset.layer === '0');
await seen(english.getByRole('region', { name: 'Can it be printed' }), 'in English as well');
await english.getByRole('slider').fill(String(Math.round(total / 2)));
await shoot(english, 'print-made-en-dark');
is((await serious(english)).join('\n'), '', 'nothing serious for axe in English and dark');
await english.setViewportSize({ width: 390, height: 844 });
await until(() => english.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing hangs out of a telephone');
await shoot(english, 'print-narrow-en-dark');
expected.push(/ERR_CONNECTION_REFUSED/, /ERR_INCOMPLETE_CHUNKED/, /ERR_CONNECTION_RESET/);
const { port } = server;
await server.stop();
await english.getByRole('button', { name: 'Check', exact: true }).click();
await seen(english.getByText(/what you filled in is kept/i), 'a server that is away is said');
server = await serve(data, port);
await english.locator('.ant-alert-banner').waitFor({ state: 'detached' });
await seen(english.locator('#print-layer'), 'and the page is there when it is back');

/* ---- a model that no machine holds as it lies: what to do is said for the browser too */
await send('long.stl', block([-5, -5, 0], [5, 5, 900]));
await page.reload();
await page.locator('#print-model option').filter({ hasText: 'long' }).waitFor({ state: 'attached' });
await page.locator('#print-model').selectOption(await page.locator('#print-model option').filter({ hasText: 'long' }).getAttribute('value'));
await page.getByRole('button', { name: /^检\s?查$/ }).click();
const found = page.getByRole('region', { name: '可打印性检查' });
await says(found, /请转向（打印页的“寻找摆放方向”）/, 'what is found says what to do here, not on the command line');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
