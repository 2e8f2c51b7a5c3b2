/* The viewer, further: what is measured, a second scan, two versions, the volume, fingers. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, choose, complaints, end, expected, folder, gone, is, logIn, nuwa, ok, open, says, seen, serious, serve, stageOf } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';
import { runIn, scanIn } from './phantoms.mjs';

const work = folder();
const run = runIn(work);
scanIn(work, 'femur', '2mm');
writeFileSync(join(work, 'fit.json'), JSON.stringify({ nuwa: 'plan result 1', items: { mr_on_ct: { moving_to_fixed: [[1, 0, 0, 12], [0, 1, 0, 0], [0, 0, 1, 0]], rms_mm: 0.4, accepted: false } } }));
execFileSync('sh', ['-c', 'cd scan && zip -q -0 -r ../second.zip dicom'], { cwd: work });
run('reconstruct', 'scan/dicom', '-o', 'bone.3mf', '--quiet');
run('convert', 'bone.3mf', 'later.ply', '--quiet');

const server = await serve(folder());
const { zhao, id } = await practice(server);
const digests = {};
for (const name of ['fit.json', 'second.zip', 'scan.zip', 'later.ply', 'bone.3mf']) digests[name] = await zhao.send(id, name, readFileSync(join(work, name)));

expected.push(/status of 401/); /* nobody yet */
const page = await open(server.url, '/', { lang: 'en', plain: true });
await logIn(page, 'zhao', passwordOf('zhao'));
await page.goto(`${server.url}/cases/${id}/view`);
const { ask: stage, until } = stageOf(page);
const loaded = 'stage.scan.get()?.isWhole && stage.picture.get()?.triangles > 0 && stage.picture.get().coarse === false';
await until(loaded);

/* ---- measured by the command: on a slice, in a circle, of a part. Req: R-081 */
const box = await page.locator('[data-pane=axial] .pane-body').boundingBox();
const at = [box.x + box.width / 2, box.y + box.height / 2];
const perMm = await stage('(stage) => stage.pxPerMm.get()');
const measured = (n) => until(`stage.measures.get().filter((one) => one.state === 'done').length === ${n}`);
const newest = () => stage('(stage) => stage.measures.get().at(-1)');
await page.keyboard.press('e');
for (const [dx, dy] of [[-40, -30], [40, -30], [40, 30], [-40, 30], [-38, -28]]) await page.mouse.click(at[0] + dx, at[1] + dy);
await measured(1);
let one = await newest();
ok(Math.abs(one.value * perMm * perMm - 80 * 60) < 2 && one.sigma > 0, 'the area within an outline, with its doubt', JSON.stringify(one));
await page.keyboard.press('i');
await page.mouse.click(at[0], at[1]);
await page.mouse.click(at[0] + 30, at[1]);
await measured(2);
one = await newest();
ok(one.unit === 'HU' && one.sigma > 0 && one.more.voxels > 3 && one.more.deviation >= 0, 'grey values in a circle, in HU with their doubt', JSON.stringify(one));
await page.keyboard.press('b');
await page.mouse.click(at[0] - 30, at[1] - 20);
await page.mouse.click(at[0] + 30, at[1] + 20);
await measured(3);
one = await newest();
ok(Math.abs(one.more.voxels - (60 * 40) / perMm ** 2 / 4) < 10, 'and in a box of one slice', JSON.stringify(one));
await page.keyboard.press('e');
await until('stage.picture.get().coarse === false && !stage.moving.get()');
const pane = await page.locator('[data-pane=solid] .pane-body').boundingBox();
const over = [pane.x + pane.width / 2 - 35, pane.y + pane.height / 2 + 15];
for (const [n, [dx, dy]] of [[-8, -30], [8, -30], [8, 30], [-8, 30]].entries()) {
    await page.mouse.click(over[0] + dx, over[1] + dy);
    await until(`stage.measures.get().at(-1).points.length === ${n + 1}`);
}
await page.keyboard.press('Enter');
await measured(4);
one = await newest();
ok(one.more.surface > one.value && one.sigma > 0, 'an outline on the solid has the surface below it, larger than flat', JSON.stringify(one));
await page.keyboard.press('c');
const panel = page.getByRole('region', { name: 'Measurements' });
await panel.getByRole('button', { name: 'Volume', exact: true }).click();
await measured(5);
one = await newest();
const volume = JSON.parse(execFileSync(nuwa, ['measure', 'solid', join(work, 'bone.3mf'), '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })).volume.value;
ok(Math.abs(one.value - volume) < 1e-3 * volume && one.unit === 'mm3', 'the volume of a part is what the command says', JSON.stringify(one));
await page.reload();
await until(loaded);
await measured(5);
ok(true, 'after a reload they are all there, from the case');

/* ---- fingers */
const cdp = await page.context().newCDPSession(page);
const touch = (type, ...places) => cdp.send('Input.dispatchTouchEvent', { type, touchPoints: places.map(([x, y], n) => ({ x, y, id: n })) });
const zoomed = await stage('(stage) => stage.pxPerMm.get()');
const centred = await stage('(stage) => stage.centres.get().axial');
await touch('touchStart', [at[0] - 40, at[1]], [at[0] + 40, at[1]]);
for (let n = 1; n <= 4; n++) await touch('touchMove', [at[0] - 40 - 10 * n, at[1]], [at[0] + 40 + 10 * n, at[1]]);
await touch('touchEnd');
await until(`Math.abs(stage.pxPerMm.get() / ${zoomed} - 2) < 0.05`);
ok(true, 'two fingers that part zoom in');
await touch('touchStart', [at[0] - 40, at[1]], [at[0] + 40, at[1]]);
for (let n = 1; n <= 4; n++) await touch('touchMove', [at[0] - 40, at[1] + 10 * n], [at[0] + 40, at[1] + 10 * n]);
await touch('touchEnd');
await until(`Math.abs((${centred[1]} - stage.centres.get().axial[1]) * stage.pxPerMm.get() - 40) < 4`);
ok(true, 'two fingers that go together move the picture');
const solid = await page.locator('[data-pane=solid] .pane-body').boundingBox();
const turned = await stage('(stage) => stage.camera.get().frame.u[1]');
await touch('touchStart', [solid.x + 100, solid.y + 100]);
for (let n = 1; n <= 4; n++) await touch('touchMove', [solid.x + 100 + 15 * n, solid.y + 100]);
await touch('touchEnd');
await until(`Math.abs(stage.camera.get().frame.u[1] - ${turned}) > 0.3`);
ok(true, 'one finger turns the solid');
const slice = await stage("(stage) => stage.sliceOf('axial').at");
await page.getByRole('slider', { name: 'Axial slice' }).focus();
await page.keyboard.press('ArrowRight');
await until(`stage.sliceOf('axial').at === ${slice + 1}`);
ok(true, 'the bar beside a slice goes to the next');

/* ---- a second scan */
const pick = (name, option) => choose(page, page.getByRole('combobox', { name, exact: true }), option);
const greys = () => page.locator('[data-pane=axial] canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) sum = (sum * 31 + data[i]) >>> 0;
    return sum;
});
await pick('Scan', 'scan.zip');
await until("stage.scan.get()?.isWhole && stage.scanHead.get()");
await pick('Second scan', 'second.zip');
await until('stage.extras.second.get()?.scan.isWhole');
await page.getByText('only series of one examination').waitFor();
ok(true, 'a second scan that was not registered says so');
const drawnAfter = async (change) => {
    const before = await page.locator('[data-pane=axial] canvas').getAttribute('data-drawn');
    await change();
    await page.waitForFunction((n) => document.querySelector('[data-pane=axial] canvas').dataset.drawn !== n, before);
    return greys();
};
const blended = await drawnAfter(() => stage('(stage) => stage.extras.window.set({ name: "", centre: 0, width: 100 })'));
const less = await drawnAfter(() => page.getByRole('slider', { name: 'Share of the second scan' }).press('Home'));
ok(blended !== less, 'a slider blends them, by a window of its own');
const shifted = await drawnAfter(async () => {
    await page.getByRole('slider', { name: 'Share of the second scan' }).press('End');
    await pick('Where it lies', 'mr_on_ct');
});
await page.getByText('this registration was not accepted').waitFor();
ok(shifted !== less, 'a registration of a plan moves it, and says that nobody accepted it yet');
const board = await drawnAfter(() => page.getByText('Checkerboard', { exact: true }).click());
ok(board !== less, 'or squares of one and the other');

/* ---- two versions of a model */
await pick('Model before', 'later.ply');
await pick('Model after', 'bone.3mf');
await page.getByRole('button', { name: 'One over the other' }).click();
await until(`stage.parts.get().some((part) => part.model === '${digests['later.ply']}')`);
await page.getByRole('slider', { name: 'Before and after' }).press('End');
await until(`stage.parts.get().filter((part) => part.model === '${digests['later.ply']}').every((part) => part.opacity === 0)`);
ok(true, 'a slider goes from the one before to the one after');
await page.getByRole('button', { name: 'Side by side' }).click();
const halves = (sha) => page.locator(`[data-half="${sha}"]`);
const place = async (sha) => (await halves(sha).boundingBox()) ?? {};
await says(halves(digests['later.ply']), /Before · later\.ply/, 'or both beside each other, each with its name');
await becomes(async () => (await place(digests['bone.3mf'])).x - (await place(digests['later.ply'])).x, (by) => by > 300, 'the one after at the right');
/* how many pixels of each half show something, and whether they show the same */
const shownIn = () =>
    stage(`(stage) => {
        const { pixels, width, height } = stage.picture.get();
        const [below, half] = [stage.halves() === 'below', stage.halves() === 'below' ? Math.floor(height / 2) : Math.floor(width / 2)];
        const count = [0, 0];
        let other = 0;
        for (let y = 0; y < (below ? half : height); y++)
            for (let x = 0; x < (below ? width : half); x++) {
                const a = pixels[y * width + x];
                const b = below ? pixels[(y + height - half) * width + x] : pixels[y * width + x + width - half];
                if (a) count[0]++;
                if (b) count[1]++;
                if (!!a !== !!b) other++;
            }
        return { count, other };
    }`);
const alike = ({ count, other }) => count.every((pixels) => pixels > 2000) && other < 0.1 * count[0];
const front = await becomes(shownIn, alike, 'one bone in both');
await page.locator('[data-pane=solid] .pane-body').press('ArrowLeft');
const changed = (now) => now.count.every((pixels, n) => Math.abs(pixels - front.count[n]) > 50);
await becomes(shownIn, (now) => changed(now) && alike(now), 'turned by a key, both turn as one');
if (process.env.PICTURE) await page.screenshot({ path: `${process.env.PICTURE}.beside.png` });
await page.setViewportSize({ width: 390, height: 844 });
await until(`stage.halves() === 'below'`);
await becomes(async () => (await place(digests['bone.3mf'])).y - (await place(digests['later.ply'])).y, (by) => by > 200, 'on a telephone one is below the other');
await becomes(async () => (await shownIn()).count, (count) => count.every((pixels) => pixels > 500), 'and both are seen there');
if (process.env.PICTURE) await page.screenshot({ path: `${process.env.PICTURE}.below.png` });
is(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'not wider than it');
await page.setViewportSize({ width: 1280, height: 800 });
await until(`stage.halves() === 'beside'`);
await page.getByRole('button', { name: 'Back to four panes' }).click();
await page.getByRole('button', { name: 'Difference map (mm)' }).click();
await page.locator('[data-compared=done]').waitFor({ timeout: 60000 });
await seen(halves(digests['bone.3mf']), 'in the newer half');
await page.getByRole('button', { name: 'One over the other' }).click();
await gone(halves(digests['bone.3mf']), 'and one over the other again');
await page.locator('.legend').filter({ hasText: 'Distance to the other, mm' }).waitFor();
ok(true, 'their difference is numbers by a command and colours with a legend in mm');

/* ---- the scan as a volume */
await pick('Volume', 'Bone');
await page.locator('[data-volume=fine]').waitFor({ timeout: 60000 });
await page.locator('[data-pane=solid] header').filter({ hasText: 'volume' }).waitFor();
const drawn = await stage('(stage) => stage.extras.picture.get().pixels.reduce((n, p) => n + (p !== 0), 0)');
ok(drawn > 1000, 'the scan is rendered as a volume, fine after coarse', drawn);
await page.locator('[data-pane=solid] .pane-body').press('ArrowLeft');
await until('stage.extras.picture.get().coarse');
await until('!stage.extras.picture.get().coarse');
ok(true, 'coarse while it turns');

/* ---- names for those who hear the page */
for (const name of [/^Opacity of /, /^Colour of /]) await seen(page.getByLabel(name), `each part has a control named ${name}`);
is((await serious(page)).join('\n'), '', 'nothing serious for axe');
is(complaints.join('\n'), '', 'no error in the console, no other host');
if (process.env.PICTURE) await page.screenshot({ path: process.env.PICTURE });
await end();
