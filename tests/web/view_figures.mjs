/*
 * Figures of the viewer (bench/run web): node view_figures.mjs SCAN.zip [MODEL.3mf]. A case with
 * that scan and model is opened in a browser without a graphics card; scrolling, turning and the
 * time to the first slice are measured, each printed as a line of JSON.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { end, expected, folder, logIn, ok, open, serve, skip, stageOf } from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';

const [scan, model] = process.argv.slice(2);
if (!scan) skip('no scan was named');
const server = await serve(folder());
const { zhao, id } = await practice(server);
await zhao.send(id, basename(scan), readFileSync(scan));
if (model) await zhao.send(id, basename(model), readFileSync(model));

expected.push(/status of 401/);
const page = await open(server.url, '/', { lang: 'en', width: 1400, height: 900, plain: true });
await logIn(page, 'zhao', passwordOf('zhao'));
const { ask: stage } = stageOf(page);
async function until(what) {
    for (const begun = Date.now(); Date.now() - begun < 240000; await page.waitForTimeout(30))
        if (await page.evaluate(`(() => { const stage = globalThis.nuwaStage; return !!stage && !!(${what}); })()`)) return;
    ok(false, what);
}
const whole = `stage.scan.get()?.isWhole${model ? ' && stage.picture.get()?.triangles > 0 && !stage.picture.get().coarse' : ''}`;
const place = `${server.url}/cases/${id}/view`;
await page.goto(place); /* once, so that jobs have made the views */
await until(whole);
await page.goto(server.url);
const begun = Date.now();
await page.goto(place, { waitUntil: 'commit' });
await until("document.querySelector('[data-pane=axial] canvas')?.dataset.drawn > 0 && stage.scan.get()");
const first = Date.now() - begun;
await until(whole);
const all = Date.now() - begun;
const say = (name, figure) => console.log(`# ${JSON.stringify({ name, ...figure })}`);
say('slice shown after opening', { ms: first, voxels: await stage('(stage) => stage.grid().dim'), whole_ms: all });

/* Seconds of processor that the browser has used so far: what a busy machine does not change. */
function browserSeconds() {
    const rows = readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .flatMap((name) => {
            try {
                const text = readFileSync(`/proc/${name}/stat`, 'latin1');
                const rest = text.slice(text.lastIndexOf(')') + 2).split(' ');
                const chrome = /^\d+ \(chrom/.test(text);
                return [{ pid: Number(name), parent: Number(rest[1]), chrome, ticks: Number(rest[11]) + Number(rest[12]) }];
            } catch {
                return []; /* it has ended meanwhile */
            }
        });
    const mine = new Set([process.pid]);
    for (let grown = true; grown; ) {
        grown = false;
        for (const row of rows)
            if (!mine.has(row.pid) && mine.has(row.parent)) {
                mine.add(row.pid);
                grown = true;
            }
    }
    return rows.reduce((sum, row) => sum + (row.chrome && mine.has(row.pid) ? row.ticks / 100 : 0), 0);
}

async function withCpu(work) {
    const before = browserSeconds();
    const { images, ...rest } = await work();
    return { ...rest, cpu_ms_each: Math.round((1000 * (browserSeconds() - before)) / images) };
}

/* Each change waits for its picture on the screen. */
const scroll = (plane) => `async (stage) => {
    const canvas = document.querySelector('[data-pane=${plane}] canvas');
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const begun = performance.now();
    let images = 0;
    for (; performance.now() - begun < 4000; images++) {
        const seen = canvas.dataset.drawn;
        const at = stage.sliceOf('${plane}');
        stage.toSlice('${plane}', images % 80 < 40 ? at.at + 1 : at.at - 1);
        while (canvas.dataset.drawn === seen) await frame();
    }
    return { images, images_per_s: Math.round((10000 * images) / (performance.now() - begun)) / 10 };
}`;
for (const plane of ['axial', 'coronal', 'sagittal']) say(`scrolling ${plane}`, await withCpu(() => stage(scroll(plane))));
if (model) {
    const turning = await withCpu(() => stage(`async (stage) => {
        const turn = (frame, rad) => { const c = Math.cos(rad), s = Math.sin(rad); const mix = (a, b, x, y) => a.map((v, i) => v * x + b[i] * y);
            return { u: mix(frame.u, frame.n, c, s), v: frame.v, n: mix(frame.u, frame.n, -s, c) }; };
        const next = () => new Promise((done) => { const stop = stage.picture.listen(() => { stop(); done(); }); });
        const begun = performance.now();
        let images = 0, ms = 0;
        for (; performance.now() - begun < 6000; images++) {
            stage.stir();
            const came = next();
            stage.camera.update((camera) => ({ ...camera, frame: turn(camera.frame, 0.05) }));
            await came;
            ms += stage.picture.get().ms;
        }
        const { triangles } = stage.picture.get();
        return { images, images_per_s: Math.round(10 * images / ((performance.now() - begun) / 1000)) / 10, ms_each: Math.round(ms / images), triangles };
    }`));
    await until('!stage.moving.get() && !stage.picture.get().coarse');
    const rest = await stage('(stage) => ({ ms: Math.round(stage.picture.get().ms), triangles: stage.picture.get().triangles })');
    say('turning', turning);
    say('at rest', rest);
}
/* A correction: from the end of a stroke until its true surface is shown; the region was cut before. */
await page.getByRole('button', { name: 'Correct the model' }).click();
const answered = page.locator('.answered');
const stateIs = (state) => page.waitForFunction((want) => document.querySelector('.answered')?.dataset.state === want, state, { timeout: 240000 });
await stateIs('none');
const box = await page.locator('[data-pane=axial] .pane-body').boundingBox();
const [mx, my] = [box.x + box.width / 2, box.y + box.height / 2];
const times = [];
for (const away of [0, 12, 24, 36, 48]) {
    await page.mouse.move(mx + away, my + away);
    await page.mouse.down();
    await page.mouse.move(mx + away + 8, my + away, { steps: 3 });
    await page.mouse.up();
    await page.waitForFunction((n) => document.querySelectorAll('.edit-steps li').length === n, times.length + 1);
    await page.waitForFunction((n) => document.querySelector('.answered')?.dataset.steps === String(n), times.length + 1, { timeout: 240000 });
    times.push(Number(await answered.getAttribute('data-ms')));
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
say('correction answered', { ms: median(times), all_ms: times });
/* Of whole parts: from the click until the preview is in the picture; each is taken back again. */
await page.evaluate("document.querySelector('.edit details').open = true");
await stage('(stage) => { stage.reset(); stage.moveCross(stage.centres.get().axial); }'); /* scrolling has moved it */
const preview = `async (stage, name) => {
    const frame = () => new Promise((next) => requestAnimationFrame(next));
    const steps = () => document.querySelectorAll('.edit-steps li').length;
    const before = steps();
    const button = [...document.querySelectorAll('.edit button')].find((one) => one.textContent.startsWith(name));
    const begun = performance.now();
    button.click();
    while (steps() === before || document.querySelector('.answered')?.dataset.state !== 'preview') await frame();
    const seen = stage.picture.get();
    stage.askPicture(); /* once: a newer wish stops the older */
    while (stage.picture.get() === seen) await frame();
    const ms = Math.round(performance.now() - begun);
    [...document.querySelectorAll('.edit button')].find((one) => one.textContent.startsWith('Undo')).click();
    while (steps() !== before || document.querySelector('.answered')?.dataset.state === 'preview') await frame();
    return ms;
}`;
while (await page.locator('.edit-steps li').count()) {
    const left = await page.locator('.edit-steps li').count();
    await page.getByRole('button', { name: /^Undo/ }).click();
    await page.waitForFunction((n) => document.querySelectorAll('.edit-steps li').length < n, left);
}
await stateIs('none');
for (const [name, step] of [['Cut at the cross-hair', 'cut'], ['Keep the largest piece', 'islands']]) {
    const all = [];
    for (let n = 0; n < 5; n++) all.push(await page.evaluate(`(${preview})(globalThis.nuwaStage, '${name}')`));
    say(`${step} of a whole part previewed`, { ms: median(all), all_ms: all });
}
ok(true, 'measured');
await end();
