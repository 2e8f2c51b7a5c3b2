/* The viewer: a scan and a model of a case, looked at, measured, cut; without a graphics card. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, choose, complaints, end, expected, folder, is, logIn, ok, open, says, seen, serious, serve, stageOf } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';
import { runIn, scanIn } from './phantoms.mjs';

const work = folder();
const run = runIn(work);
scanIn(work, 'femur', '1.5mm', '2mm');
run('reconstruct', 'scan/dicom', '-o', 'bone.3mf', '--quiet');
writeFileSync(join(work, 'broken.stl'), 'solid nothing\nfacet\n');

const server = await serve(folder());
const { zhao, id, open: newCase } = await practice(server);
const upload = (to, name) => zhao.send(to, name, readFileSync(join(work, name)));
await upload(id, 'scan.zip');
await upload(id, 'bone.3mf');

expected.push(/status of 401/); /* nobody yet */
const page = await open(server.url, '/', { lang: 'en' });
await page.addInitScript(() => {
    const plain = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return /webgl|webgpu/.test(kind) ? null : plain.call(this, kind, ...more);
    };
});
await logIn(page, 'zhao', passwordOf('zhao'));

/* The newest picture of the solid that was wished for is there, and whole. */
const rest = 'stage && !stage.asked && stage.picture.get().turn === stage.turn && !stage.picture.get().coarse && !stage.moving.get()';

/* ---- looking */
await page.goto(`${server.url}/cases/${id}/view`);
const { ask: stage, until } = stageOf(page);
await until(
    'stage.scan.get()?.isWhole && stage.picture.get()?.triangles > 0 && stage.picture.get().coarse === false',
    'the scan and the model are shown, without any graphics card',
);
const views = (await zhao.ask('GET', `/cases/${id}/files`)).files.filter((file) => file.name.endsWith('.view'));
is(views.length, 2, 'a view of each was made by a job and kept in the case');
const greys = () => page.locator('[data-pane=axial] canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set();
    for (let i = 0; i < data.length; i += 4) seen.add(data[i]);
    return seen.size;
});
await becomes(greys, (count) => count > 40, 'the slice has greys');
await until('stage.cuts.get().axial[0]?.segments.length > 60');
const off = await stage(`(stage) => { const { segments } = stage.cuts.get().axial[0]; const z = stage.cross.get()[2]; let worst = 0;
    for (let i = 2; i < segments.length; i += 3) worst = Math.max(worst, Math.abs(segments[i] - z)); return worst; }`);
ok(off < 1e-3, 'outlines of the part lie in the slice', off);

const words = () => page.locator('[data-pane=axial] header span').first().innerText();
const at = (text) => Number(/(\d+) \//.exec(text)?.[1]);
const before = at(await becomes(words, /\d+ \//, 'which slice it is, is said'));
await page.locator('[data-pane=axial] .pane-body').hover();
await page.mouse.wheel(0, 100);
await becomes(words, (now) => Math.abs(at(now) - before) === 1, 'the wheel goes to the next slice');
await page.locator('[data-pane=axial] .pane-body').focus();
await page.keyboard.press('End');
await becomes(words, /(\d+) \/ \1\b|^\D*1 \//, 'End goes to the last');
await page.keyboard.press('2');
await says(page.locator('.foot'), /Window 40 \/ 400 HU/, 'key 2 is the window for soft tissue');

/* ---- the cross-hair links the planes; the solid answers. Req: R-058 */
await stage('(stage) => stage.reset()');
const box = await page.locator('[data-pane=axial] .pane-body').boundingBox();
const middle = await stage('(stage) => stage.centres.get().axial');
const scale = await stage('(stage) => stage.pxPerMm.get()');
await page.mouse.click(box.x + box.width / 2 + 20, box.y + box.height / 2 + 10);
await becomes(
    () => stage('(stage) => stage.cross.get()'),
    (cross) => Math.abs(cross[0] - middle[0] - 20 / scale) < 1.5 / scale && Math.abs(cross[1] - middle[1] - 10 / scale) < 1.5 / scale,
    'a click moves the cross-hair there: to the left and to the back',
);
const solid = await page.locator('[data-pane=solid] .pane-body').boundingBox();
await until(rest);
await page.mouse.click(solid.x + solid.width / 2, solid.y + solid.height / 2);
await until("stage.probe.get()?.maps && 'uncertainty_mm' in stage.probe.get().maps");
await says(page.locator('.foot'), /Uncertainty \(1σ\) \d+\.\d\d mm/, 'the solid says its uncertainty where it is clicked');

/* ---- numbers on the surface, a cut */
await choose(page, page.getByRole('combobox', { name: 'Numbers on the surface' }), 'Uncertainty (1σ)');
await says(page.locator('.legend'), /Uncertainty \(1σ\), mm/, 'a legend in mm');
/* How much the solid covers; nought dot nothing while a newer picture is under way. */
const pixels = () => stage(`(stage) => (${rest}) ? stage.picture.get().pixels.reduce((n, p) => n + (p !== 0), 0) : NaN`);
const whole = await becomes(pixels, (count) => count > 0, 'the solid covers some of the pane');
await stage("(stage) => stage.clip.set({ plane: 'sagittal', flip: false })");
await becomes(pixels, (count) => count < 0.9 * whole, 'a plane cuts part of it away');
await page.getByRole('button', { name: /^Keep .* whole$/ }).first().click();
await becomes(pixels, (count) => count > 0.97 * whole, 'a part can stay whole');
await stage('(stage) => stage.clip.set(null)');
await page.getByRole('button', { name: /^Hide / }).first().click();
await becomes(pixels, 0, 'a part can be hidden');
await page.getByRole('button', { name: /^Show / }).first().click();
await until('stage.picture.get().triangles > 0');

/* ---- a plane that is turned */
await page.keyboard.down('Alt');
await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.5);
await page.mouse.down();
await page.mouse.move(box.x + box.width * 0.88, box.y + box.height * 0.62, { steps: 3 });
await page.mouse.up();
await page.keyboard.up('Alt');
await says(page.locator('[data-pane=coronal] header'), /oblique/, 'the other planes turn and say so');
await page.getByRole('button', { name: 'Reset' }).click();
await says(page.locator('[data-pane=coronal] header'), (words_) => !/oblique/.test(words_), 'Reset puts them back');

/* ---- measuring: the command makes the number */
await page.getByText('Length', { exact: true }).click();
await page.mouse.click(box.x + box.width / 2 - 30, box.y + box.height / 2);
await page.mouse.click(box.x + box.width / 2 + 30, box.y + box.height / 2 + 40);
const text = await says(page.locator('[data-measure=done]'), /^[\d.]+ ± [\d.]+ mm$/, 'a measure is shown with its doubt');
const now = await stage('(stage) => stage.pxPerMm.get()');
const [, length, doubt] = /^([\d.]+) ± ([\d.]+) mm$/.exec(text) ?? [];
ok(Math.abs(Number(length) - Math.hypot(60, 40) / now) < 1.5 / now, 'a length is measured', text);
ok(Number(doubt) > 0, 'with its doubt', text);
const jobs = (await zhao.ask('GET', `/cases/${id}/jobs`)).jobs.filter((job) => job.command === 'measure');
ok(jobs.length === 1 && Math.abs(jobs[0].result.said.length.value - Number(length)) < 0.1, 'by a command, as a record of the case');
is((await serious(page)).join('\n'), '', 'nothing serious for axe');
await page.reload();
await says(page.locator('[data-measure=done]'), text, 'after a reload it is still there');

/* ---- what goes wrong is said */
const bad = await newCase();
await page.goto(`${server.url}/cases/${bad}/view`);
await seen(page.getByText('This case has no scan and no model yet'), 'an empty case says what to do');
await upload(bad, 'broken.stl');
await page.reload();
await says(page.locator('.side .ant-alert-error'), /.{11}/, 'a broken model is refused in words');
is(complaints.join('\n'), '', 'no error in the console, no other host');
await end();
