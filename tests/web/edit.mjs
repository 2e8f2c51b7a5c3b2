/* Correcting in the viewer: tools on slices, undo, the draft, the job that makes it true. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    becomes,
    complaints,
    counted,
    end,
    expected,
    folder,
    gone,
    insist,
    is,
    logIn,
    ok,
    open,
    says,
    seen,
    serious,
    serve,
    stageOf,
    until,
} from './harness.mjs';
import { passwordOf, practice } from './hospital.mjs';
import { runIn, scanIn } from './phantoms.mjs';

const work = folder();
const run = runIn(work);
scanIn(work, 'spheres', '1.5mm');
run('reconstruct', 'scan/dicom', '-o', 'bone.3mf', '--quiet');

const server = await serve(folder());
const { zhao, id } = await practice(server);
for (const name of ['scan.zip', 'bone.3mf']) await zhao.send(id, name, readFileSync(join(work, name)));

expected.push(/status of 401/); /* nobody yet */
const page = await open(server.url, '/', { lang: 'en', height: 1000 });
await logIn(page, 'zhao', passwordOf('zhao'));
const { ask: stage, until: stageIs } = stageOf(page);
const steps = page.locator('.edit-steps li');
const pane = page.locator('[data-pane=axial] .pane-body');
async function ready() {
    await page.goto(`${server.url}/cases/${id}/view`);
    await stageIs('stage.scan.get()?.isWhole && stage.parts.get().length > 0', 'the scan and the model are there');
}
const begin = (name) => insist(() => page.getByRole('button', { name }).click(), page.getByRole('group', { name: 'Tool of correction' }));
/* A place of the patient on the axial slice, in the page's pixels. */
async function pixel(x, y) {
    const box = await pane.boundingBox();
    const [cx, cy, s] = await stage('(stage) => [stage.centres.get().axial[0], stage.centres.get().axial[1], stage.pxPerMm.get()]');
    return [box.x + box.width / 2 + (x - cx) * s, box.y + box.height / 2 + (y - cy) * s];
}
async function drag(...places) {
    const at = [];
    for (const place of places) at.push(await pixel(...place));
    await page.mouse.move(...at[0]);
    await page.mouse.down();
    for (const to of at.slice(1)) await page.mouse.move(...to, { steps: 4 });
    await page.mouse.up();
}

/* ---- paint, undo, redo */
await ready();
await begin('Correct the model');
await seen(page.getByText(/^Colours on slices are a preview/), 'it says that colours are a preview');
await page.getByRole('spinbutton', { name: 'Radius of the brush, mm' }).fill('6');
await drag([2, 0], [2.1, 0]);
await says(steps.first(), /Paint\s+radius 6 mm/, 'a drag is a step');
/* How much greener than red the slice is where it was painted. */
async function green() {
    const [x, y] = await pixel(3.5, 2.5);
    return page.locator('[data-pane=axial] canvas').evaluate(
        (canvas, [px, py]) => {
            const box = canvas.getBoundingClientRect();
            const ratio = canvas.width / box.width;
            const [r, g] = canvas.getContext('2d').getImageData((px - box.left) * ratio, (py - box.top) * ratio, 1, 1).data;
            return g - r;
        },
        [x, y],
    );
}
await becomes(green, (more) => more > 40, 'and shows on the slice at once');
await pane.focus();
await page.keyboard.press('Control+z');
await counted(steps, 0, 'Ctrl+Z takes it back');
await becomes(green, (more) => more < 10, 'and its colour');
await page.keyboard.press('Control+Shift+z');
await counted(steps, 1, 'Ctrl+Shift+Z does it again');
await page.keyboard.press('e');
await until(() => page.getByRole('button', { name: /^Erase/ }).getAttribute('aria-pressed').then((on) => on === 'true'), 'a key chooses a tool');
await drag([-22, 2], [-14, 2]);
await says(steps.nth(1), /Erase/, 'erasing is a step');

/* ---- the true surface comes at once, in the place of the old one */
const answered = page.locator('.answered');
const stateOf = (state) => until(() => answered.getAttribute('data-state').then((now) => now === state), `the answer is ${state}`);
const pieces = "stage.parts.get().filter((part) => part.model.startsWith('piece-'))";
await stateOf('shown');
await says(answered, /Blue is the true corrected surface \(\d+\.\d s\)/, 'the corrected surface is shown, and how long it took');
await stageIs(`${pieces}.length === 1`, 'as a piece');
await pane.focus();
await page.keyboard.press('Control+z');
await page.keyboard.press('Control+z');
await counted(steps, 0, 'without any step');
await stageIs(`${pieces}.length === 0`, 'the piece goes');
await page.keyboard.press('Control+Shift+z');
await page.keyboard.press('Control+Shift+z');
await stateOf('shown');
const listed = (await zhao.ask('GET', `/cases/${id}/files`)).files.map((file) => file.name);
is(listed.filter((name) => name.includes('.preview.')).join(), '', 'and nothing of it is listed among the files of the case');

/* ---- scissors, pieces, bones */
await page.keyboard.press('x');
await drag([18, -18], [30, -18], [30, -32], [18, -32]);
await says(steps.nth(2), /Scissors/, 'a loop is a step');
await page.getByRole('button', { name: 'Take out step 3' }).click();
await counted(steps, 2, 'a step can be taken out');
await page.getByText('Whole parts').click();
await page.getByRole('button', { name: 'Second largest to a part' }).click();
await says(steps.nth(2), /Pieces to parts.*bone-2/s, 'a piece becomes a part with a name');
await says(answered, /Shown once the model is made: .*reaches beyond the region/, 'what asks for whole parts waits for the model, and says so');
is((await serious(page)).join('\n'), '', 'nothing serious for axe');

/* ---- nothing is lost on reload; Req: R-047 */
await page.reload();
await stageIs('stage.scan.get()?.isWhole');
await begin('Go on correcting (3 steps)');
await counted(steps, 3, 'after a reload the steps are there');
is(await page.evaluate(() => Object.values(localStorage).join().includes('stroke_mm')), false, 'and not in what outlives the window');

/* ---- a job makes it true */
await page.getByRole('button', { name: 'Make it so' }).click();
await seen(page.getByText('corrected-1.3mf is shown beside the old one, in blue.'), 'the job is done and its model is shown');
await stageIs("new Set(stage.parts.get().map((part) => part.model)).size === 2 && stage.parts.get().some((part) => part.name === 'bone-2')", 'beside the old one, its parts by name');
const job = (await zhao.ask('GET', `/cases/${id}/jobs`)).jobs.find((one) => one.command === 'edit' && one.request.outputs[0].endsWith('.3mf'));
const { edits, parts } = job.result.said;
ok(Math.abs(edits[0].added_mm3 - 905) < 60, 'what was painted is a ball of that radius', JSON.stringify(edits));
ok(edits[1].removed_mm3 > 500 && edits[2].moved_mm3 > 3000, 'what was erased and parted too', JSON.stringify(edits));
ok(parts[0].class_share.drawn > 0.01, 'the surface says how much was drawn');

/* ---- what cannot be done is said, and the steps stay */
await page.locator('[data-pane=axial] .pane-body').focus();
await page.keyboard.press('k');
const [x, y] = await pixel(0, -33);
await page.mouse.click(x, y);
await counted(steps, 4, 'a click on nothing');
await page.getByRole('button', { name: 'Make it so' }).click();
await says(page.locator('.edit .ant-alert-error'), /steps\[3\]\.at_mm\[0\]: nothing of the part is there/, 'is refused with its place');
await counted(steps, 4, 'and no step is lost');
await page.keyboard.press('Escape');
await gone(page.getByRole('group', { name: 'Tool of correction' }), 'Escape stops correcting');
is(complaints.join('\n'), '', 'no error in the console, no other host');
await end();
