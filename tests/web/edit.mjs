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

/* ---- a cut as the first step, and taken back */
await ready();
await begin('Correct the model');
const told = page.getByRole('list', { name: 'Parts of the preview' });
await page.getByText('Whole parts').click();
await page.getByRole('button', { name: 'Cut at the cross-hair' }).click();
await seen(told, 'a cut is previewed');
await pane.focus();
await page.keyboard.press('Control+z');
await gone(told, 'and taken back, with no job to wait for');
await counted(steps, 0, 'no step is left');

/* ---- paint, undo, redo */
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
await page.getByRole('button', { name: 'Second largest to a part' }).click();
await says(steps.nth(2), /Pieces to parts.*bone-2/s, 'a piece becomes a part with a name');

/* ---- what parts as a whole become is shown at once, as a preview */
await stateOf('preview');
await says(page.locator('.edit-preview'), /^Preview: the surface there was, in the colours of its parts now.*new faces come with the model/, 'what asks for whole parts is shown by a preview that says what it is');
const solid = page.locator('[data-pane=solid] header');
await says(solid, /Solid · preview/, 'and the solid says so too');
const toldParts = () => told.locator('li').evaluateAll((rows) => rows.map((row) => `${row.dataset.part} ${Math.round(row.dataset.mm3)}`).join());
await becomes(toldParts, /^bone \d+,bone-2 4\d\d\d$/, 'with each part and its volume');
const began = await toldParts();
const moved = (name) => `stage.parts.get().find((part) => part.name === '${name} (preview)')?.triangles`;
await stageIs(`${moved('bone-2')} > 100 && ${moved('bone')} === 0`, 'triangles of the second piece are its own now, no others');
const second = await stage("(stage) => stage.parts.get().find((part) => part.name === 'bone-2 (preview)').rgb");
await stageIs(`stage.cuts.get().axial.some((one) => one.part.startsWith('became-') && one.segments.length > 0)`, 'its outline on slices too');
/* how many pixels of the solid's picture are of the part's colour, lighter or darker */
const coloured = (rgb) => `(() => { const picture = stage.picture.get(); let n = 0; if (!picture) return 0;
    for (const pixel of picture.pixels) { const c = [pixel & 255, pixel >> 8 & 255, pixel >> 16 & 255]; const s = c[0] / ${rgb[0]};
        if (s > 0.3 && Math.abs(c[1] - s * ${rgb[1]}) < 6 && Math.abs(c[2] - s * ${rgb[2]}) < 6) n++; } return n; })()`;
await stageIs(`${coloured(second)} > 200`, 'in a colour of its own');
await pane.focus();
await page.keyboard.press('Control+z');
await counted(steps, 2, 'undone');
await gone(told, 'the preview goes at once');
await says(solid, /^Solid\s*$/, 'and the word');
await stageIs(`${coloured(second)} === 0 && !stage.parts.get().some((part) => part.model.startsWith('became-'))`, 'and its colour');
await page.keyboard.press('Control+Shift+z');
await becomes(toldParts, began, 'done again, it is there again');
await stageIs(`${coloured(second)} > 200`, 'colour and all');

/* pieces that go are hidden; a cut and a join */
const shownTriangles = () => stage('(stage) => stage.picture.get().triangles');
const all = await shownTriangles();
await page.getByRole('spinbutton', { name: 'Volume, mm³' }).fill('1000');
await page.getByRole('button', { name: 'Remove pieces below' }).click();
await stateOf('preview');
await becomes(shownTriangles, (now) => now < all - 100, 'what was removed is hidden');
await page.getByRole('button', { name: 'Cut at the cross-hair' }).click();
await becomes(toldParts, /^bone \d+,bone-2 4\d\d\d,bone-3 \d+$/, 'a cut makes a part at once');
await stageIs(`${moved('bone-3')} > 100`, 'with triangles');
await page.getByRole('button', { name: 'Join all into one part' }).click();
await becomes(toldParts, /^bone \d+$/, 'joined, it is one');
await stageIs(`${coloured(second)} === 0`, 'of one colour');

/* a stroke afterwards has its true surface, and the preview stays */
await page.keyboard.press('Control+z');
await becomes(toldParts, /bone-3/, 'undone, they are three again');
await pane.focus();
await page.keyboard.press('b');
await drag([2, 8], [2.1, 8]);
await stateOf('shown');
await stageIs(`${pieces}.length > 0`, 'a stroke after a cut is answered by its surface');
await becomes(toldParts, /bone-3/, 'beside the preview');
await pane.focus();
for (const left of [5, 4, 3]) {
    await page.keyboard.press('Control+z');
    await counted(steps, left, `undone, ${left} are left`);
}
await becomes(toldParts, began, 'and it is as after the first of them');
await stateOf('preview');
const atWork = async () => (await zhao.ask('GET', `/cases/${id}/jobs`)).jobs.filter((one) => !['done', 'failed', 'cancelled'].includes(one.state)).length;
await becomes(atWork, 0, 'and no job is left behind');
is((await serious(page)).join('\n'), '', 'nothing serious for axe');

/* ---- nothing is lost on reload; Req: R-047 */
await page.reload();
await stageIs('stage.scan.get()?.isWhole');
await begin('Go on correcting (3 steps)');
await counted(steps, 3, 'after a reload the steps are there');
await becomes(toldParts, began, 'and their preview');
is(await page.evaluate(() => Object.values(localStorage).join().includes('stroke_mm')), false, 'and not in what outlives the window');

/* ---- a job makes it true */
await page.getByRole('button', { name: 'Make it so' }).click();
await seen(page.getByText('corrected-1.3mf is shown beside the old one, in blue.'), 'the job is done and its model is shown');
await stageIs("new Set(stage.parts.get().map((part) => part.model)).size === 2 && stage.parts.get().some((part) => part.name === 'bone-2')", 'beside the old one, its parts by name');
const job = (await zhao.ask('GET', `/cases/${id}/jobs`)).jobs.find((one) => one.command === 'edit' && one.request.outputs[0].endsWith('.3mf'));
const { edits, parts } = job.result.said;
ok(Math.abs(edits[0].added_mm3 - 905) < 60, 'what was painted is a ball of that radius', JSON.stringify(edits));
const volume = Object.fromEntries(began.split(',').map((one) => [one.slice(0, one.lastIndexOf(' ')), Number(one.slice(one.lastIndexOf(' ') + 1))]));
for (const part of parts) ok(Math.abs(part.volume_mm3 / volume[part.name] - 1) < 0.05, `the preview had ${part.name} as large as its surface says, to 5 percent`, JSON.stringify({ volume, parts }));
is(parts.length, Object.keys(volume).length, 'and no other part');
await gone(told, 'the model stands for the preview');
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
