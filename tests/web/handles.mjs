/*
 * Handles in the design page: a place is put on the bone by a click, pulled over its surface,
 * turned; the number in the form goes with it and back, one pull is one step of undo, the preview and
 * its checks follow. NUWA_PICTURES: a folder for pictures of the page.
 */
import { becomes, complaints, counted, end, expected, folder, is, logIn, ok, open, seen, serious, serve, shoot } from './harness.mjs';
import { hospital, passwordOf } from './hospital.mjs';
import { femur } from './phantoms.mjs';

const server = await serve(folder());
const { people, play } = await hospital(server.url, server.password);
const id = await play('input.review');
await people.li.send(id, 'bone.stl', femur());

/* The numbers of a member that is a place or direction. */
const numbers = (page, member) =>
    page.locator(`.member:has(> .vector [id="field-parts-guide-drills-0--${member}"]) input`).evaluateAll((all) => all.map((one) => (one.value === '' ? NaN : Number(one.value))));
const apart = (a, b) => Math.hypot(...a.map((one, i) => one - b[i]));

expected.push(/status of 401/);
expected.push(/status of 409/); /* a preview that ends just before it is cancelled */
const page = await open(server.url, `/cases/${id}/design`, { width: 1500, height: 1100 });
await logIn(page, 'li', passwordOf('li'));
await page.getByRole('button', { name: '+ bone.stl' }).click();
await page.getByRole('button', { name: '+ 添加部件' }).click();
await page.getByRole('button', { name: /^guide/ }).click();
await page.locator('#field-parts-guide-drills').click();
const drill = (member) => page.locator(`[id="field-parts-guide-drills-0--${member}"]`);
await drill('name').fill('pin');
await drill('diameter_mm').fill('2.5');

/* ---- a place is put on the bone */
const solid = page.getByRole('region', { name: '立体与手柄' });
const box = solid.locator('.solidbox');
const shown = () => page.evaluate(() => globalThis.nuwaStage.picture.get()?.triangles ?? 0);
await becomes(shown, (triangles) => triangles > 1000, 'the bone is drawn');
await solid.locator('[data-put="parts.guide.drills[0].entry_mm"]').click();
await seen(solid.getByText('在骨上点一下'), 'it says what to do');
/* towards a place on the shaft that is surely seen from the front */
const pixelOf = (place) =>
    page.evaluate((at) => {
        const { frame, target_mm, px_per_mm } = globalThis.nuwaStage.camera.get();
        const box = document.querySelector('.solidbox').getBoundingClientRect();
        const d = at.map((one, i) => one - target_mm[i]);
        const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
        return [box.left + box.width / 2 + dot(d, frame.u) * px_per_mm, box.top + box.height / 2 + dot(d, frame.v) * px_per_mm];
    }, place);
await box.scrollIntoViewIfNeeded();
await page.mouse.click(...(await pixelOf([0, -14, -20])));
await becomes(() => numbers(page, 'entry_mm'), (at) => at.length === 3 && at.every(Number.isFinite), 'a click on the bone is a place in the form');
const entry = await numbers(page, 'entry_mm');
const way = await numbers(page, 'direction');
ok(entry[1] < 0 && Math.abs(Math.hypot(...way) - 1) < 1e-3 && way[1] > 0.5, 'on its front, and the direction leads into it', `${entry} ${way}`);

/* ---- the preview comes by itself */
const live = (state) => becomes(() => solid.locator('[data-live]').getAttribute('data-live'), state, `the checks beside the solid are ${state}`);
await live('new');
await seen(solid.locator('.livechecks li'), 'a preview is made without being asked for, and its checks stand there');
await becomes(() => page.evaluate(() => globalThis.nuwaStage.parts.get().some((part) => part.model === 'made' && part.opacity < 1)), Boolean, 'what was made lies on the bone, as glass');
await shoot(page, 'handles-guide-zh');
is((await serious(page)).join('\n'), '', 'nothing serious for axe');

/* ---- pulled over the surface */
const grip = solid.locator('[data-grip="parts.guide.drills[0].entry_mm"]');
const middle = async (locator) => {
    const at = await locator.locator('.reach').boundingBox();
    return [at.x + at.width / 2, at.y + at.height / 2];
};
const [x, y] = await middle(grip);
await page.mouse.move(x, y);
await page.mouse.down();
await page.mouse.move(x + 2, y - 6, { steps: 2 });
await page.mouse.move(x + 3, y - 30, { steps: 6 });
await becomes(() => numbers(page, 'entry_mm'), (at) => at[2] - entry[2] > 5, 'the number in the form goes with it while it is pulled');
await live('old');
await page.mouse.up();
await live('new');
const pulled = await numbers(page, 'entry_mm');
ok(apart(pulled, entry) > 5, 'a new preview after the pull');

/* ---- one pull is one step */
await page.keyboard.press('Control+z');
await becomes(() => numbers(page, 'entry_mm'), (at) => apart(at, entry) < 1e-9, 'one pull is one step back');
await page.keyboard.press('Control+Shift+z');
await becomes(() => numbers(page, 'entry_mm'), (at) => apart(at, pulled) < 1e-9, 'and forth');

/* ---- what was made is found again, wherever it lies */
const far = await page.evaluate(() => globalThis.nuwaStage.camera.get().px_per_mm);
await solid.getByRole('button', { name: '从后面看' }).click();
await solid.getByRole('button', { name: '看结果' }).click();
await becomes(() => page.evaluate(() => globalThis.nuwaStage.camera.get()), (now) => now.frame.n[1] > 0.9 && now.px_per_mm > far, 'close to the guide, from the front, where it lies');
await shoot(page, 'handles-result-zh');

/* ---- a direction is turned, a number moves the handle, keys move it */
const tip = solid.locator('[data-grip="parts.guide.drills[0].direction"]');
const before = await numbers(page, 'direction');
await solid.getByRole('button', { name: '从左面看' }).click();
await becomes(() => page.evaluate(() => globalThis.nuwaStage.camera.get().frame.n[0]), (n) => n < -0.9, 'seen from the left');
const [tx, ty] = await middle(tip);
await page.mouse.move(tx, ty);
await page.mouse.down();
await page.mouse.move(tx, ty + 25, { steps: 5 });
await page.mouse.up();
await becomes(() => numbers(page, 'direction'), (now) => apart(now, before) > 0.05 && Math.abs(Math.hypot(...now) - 1) < 1e-3, 'a pulled tip turns the direction, of length 1');
const where = async () => (await grip.getAttribute('transform')).match(/-?[\d.]+/g).map(Number);
const old = await where();
await page.locator('.member:has(> .vector [id="field-parts-guide-drills-0--entry_mm"]) input').nth(2).fill(String(pulled[2] - 20));
await becomes(where, (now) => now[1] - old[1] > 5, 'a number that is typed moves the handle');
await grip.focus();
const typed = await numbers(page, 'entry_mm');
await page.keyboard.press('ArrowUp');
await becomes(() => numbers(page, 'entry_mm'), (now) => Math.abs(now[2] - typed[2] - 1) < 0.3, 'an arrow key moves it by 1 mm');

/* ---- what was evaluated stays, whatever previews follow */
await page.getByRole('button', { name: '评估' }).click();
await seen(page.getByText('网格 0.15 mm'), 'it is evaluated on the whole grid, although a preview was about to begin');

/* ---- a plane */
await page.getByRole('button', { name: '+ 添加部件' }).click();
await page.getByRole('button', { name: /^half_space/ }).click();
await solid.locator('[data-put="parts.half_space.point_mm"]').click();
await page.mouse.click(...(await pixelOf([0, 0, -30])));
const plane = solid.locator('[data-grip="parts.half_space.outward"]');
await seen(plane, 'a plane has a handle for its normal');
await counted(solid.locator('svg .filled'), 1, 'a plane is drawn where it was put');
await shoot(page, 'handles-plane-zh');

/* ---- a patch drawn on the bone */
await page.getByRole('button', { name: '+ 添加部件' }).click();
await page.getByRole('button', { name: /^implant/ }).click();
await solid.locator('[data-put="parts.implant.outline_mm"]').click();
const ring = await pixelOf([0, 0, -20]);
await page.mouse.move(ring[0], ring[1] - 30);
await page.mouse.down();
for (const [dx, dy] of [[8, -20], [10, 0], [8, 20], [0, 30], [-8, 20], [-10, 0], [-8, -20]]) await page.mouse.move(ring[0] + dx, ring[1] + dy, { steps: 3 });
await page.mouse.up();
await solid.getByRole('button', { name: '完成' }).click();
const corners = solid.locator('[data-grip^="parts.implant.outline_mm"].place');
await becomes(() => corners.count(), (count) => count >= 4 && count < 40, 'a curve drawn on the bone has places to pull at');
const count = await corners.count(); /* the curve is drawn */
await shoot(page, 'handles-patch-zh');
await corners.first().focus();
await page.keyboard.press('Delete');
await becomes(() => corners.count(), (now) => now === count - 1, 'Delete takes one out');
await page.keyboard.press('Control+z');
await becomes(() => corners.count(), (now) => now === count, 'and undo puts it back');

/* ---- English, dark, narrow */
const english = await open(server.url, `/cases/${id}/design`, { lang: 'en', dark: true, width: 1500, height: 1100 });
await logIn(english, 'li', passwordOf('li'));
await english.getByRole('button', { name: 'Take its document' }).first().click();
await english.getByRole('button', { name: /^guide/ }).click();
await seen(english.locator('[data-grip="parts.guide.drills[0].entry_mm"]'), 'handles in English');
await becomes(() => english.evaluate(() => globalThis.nuwaStage.picture.get()?.triangles ?? 0), (triangles) => triangles > 1000, 'in English too');
is((await serious(english)).join('\n'), '', 'nothing serious for axe in English and dark');
await shoot(english, 'handles-guide-en-dark');
await english.setViewportSize({ width: 390, height: 844 });
await becomes(() => english.evaluate(() => document.documentElement.scrollWidth <= innerWidth), Boolean, 'nothing hangs out of a telephone');
await shoot(english, 'handles-narrow-en-dark');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
