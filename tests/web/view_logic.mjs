/* The viewer's logic without a browser: places and letters, greys, slices, cuts, the rasteriser. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { end, is, ok } from './harness.mjs';

const source = process.env.NUWA_SOURCE ?? new URL('../..', import.meta.url).pathname;
const { buildSync } = createRequire(join(source, 'web/package.json'))('esbuild');
const folder = mkdtempSync(join(tmpdir(), 'nuwa-view-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const names = ['geometry', 'format', 'lut', 'slice', 'surface', 'raster', 'quick', 'lines', 'measures', 'fused', 'volume', 'became'];
buildSync({
    entryPoints: names.map((name) => join(source, `web/src/view/${name}.ts`)),
    bundle: true,
    format: 'esm',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
});
const [geometry, format, lut, slice, surface, raster, quick, lines, measures, fused, volume, became] = await Promise.all(
    names.map((name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href)),
);
const near = (got, want, name, tol = 1e-6) => ok(Math.abs(got - want) <= tol, name, `got ${got}, want ${want}`);
const same = (got, want, name) => is(JSON.stringify(got), JSON.stringify(want), name);

/* ---- places: a grid that is turned, and stored from the left to the right */
const grid = {
    dim: [20, 16, 12],
    origin_mm: [30, -40, 100],
    step_mm: [
        [-0.5, 0, 0],
        [0, 0.6, 0.8],
        [0, -1.6, 1.2],
    ],
};
const place = geometry.placeOf(grid, [3, 4, 5]);
same(
    geometry.indexOf(grid, place).map((x) => Math.round(x * 1e9) / 1e9),
    [3, 4, 5],
    'a voxel is found again from its place',
);
same(geometry.spacing(grid), [0.5, 1, 2], 'voxels are so large');

/* ---- letters */
const straight = geometry.framesOf(null);
is(geometry.letters(straight.axial.u), 'L', 'axial: the left of the patient is at the right of the screen');
is(geometry.letters(straight.axial.v), 'P', 'and the back below');
is(geometry.letters(straight.coronal.v), 'F', 'coronal: the feet are below');
is(geometry.letters(straight.sagittal.u), 'P', 'sagittal: the face is at the left');
same(straight.axial.n, [0, 0, 1], 'axial is seen from the feet');
const turned = geometry.framesOf(grid);
is(geometry.letters(turned.axial.u), 'L', 'a scan stored from left to right is still shown with its left at the right');
is(geometry.letters(turned.axial.v), 'PF', 'an oblique scan says both letters, the larger share first');
near(geometry.dot(turned.coronal.u, turned.coronal.v), 0, 'its frames stay at right angles');
const about = geometry.turnFrame(straight.axial, [0, 0, 1], Math.PI / 2);
is(geometry.letters(about.u), 'P', 'a quarter turn about the long axis brings the back where left was');
is(geometry.letters([1, 0.2, 0]), 'L', 'what leans by eleven degrees has one letter');
same([geometry.barLength(7.3), geometry.barLength(48), geometry.barLength(0.3)], [5, 20, 0.2], 'bars have round lengths');

/* ---- the head of a view */
const head = new Uint8Array(16);
head.set(new TextEncoder().encode('NUWAVIEW'));
head[8] = 1;
head[13] = 0x20;
is(format.headBytes(head.buffer), 0x2000, 'the head says how long it is');
is(format.dataBegin(0x2000), 12288, 'data begin at the next page');
is(format.dataBegin(4080), 4096, 'not one later');
head[0] = 0;
let refused = '';
try {
    format.headBytes(head.buffer);
} catch (failure) {
    refused = failure.message;
}
ok(/no view/.test(refused), 'anything else is refused');

/* ---- greys */
const greys = new Uint32Array(65536);
lut.greys(greys, { centre: 40, width: 400 }, { slope: 1, intercept: 0 });
near(greys[32768 + 40] & 255, 127.5, 'the middle of a window is the middle grey', 0.5);
is(greys[32768 - 161] & 255, 0, 'below it is black');
is(greys[32768 + 241], 0xffffffff, 'above it is white, and opaque');
lut.greys(greys, { centre: 1, width: 2 }, { slope: 0.001, intercept: 1 });
is(greys[32768] & 255, 128, 'scaled voxels are windowed in their own unit');
same(lut.rangeOf({ name: 'distance_mm', p01: -0.3, p99: 1.2 }), { low: -2, high: 2 }, 'distances have nought in the middle');
same(lut.rangeOf({ name: 'uncertainty_mm', p01: 0.02, median: 0.1, p99: 0.37 }), { low: 0, high: 0.5 }, 'a scale ends in a round number');
same(lut.rangeOf({ name: 'uncertainty_mm', p01: 0.02, median: 0.05, p99: 9 }), { low: 0, high: 0.5 }, 'which a few outliers do not move');

/* ---- slices: a volume whose value is a plane, so that interpolation is exact */
const box = { dim: [24, 20, 16], origin_mm: [-10, -8, 5], step_mm: [[0.8, 0, 0], [0, 0.9, 0], [0, 0, 1.5]] };
const value = (p) => 100 + 20 * p[0] - 10 * p[1] + 4 * p[2];
const data = new Float64Array(24 * 20 * 16);
for (let k = 0, at = 0; k < 16; k++)
    for (let j = 0; j < 20; j++) for (let i = 0; i < 24; i++) data[at++] = value(geometry.placeOf(box, [i, j, k]));
const voxels = { grid: box, data }; /* not rounded to int16 here: the law is exact then */
const frames = geometry.framesOf(box);
const middle = geometry.placeOf(box, [12, 10, 7]);
const ask = (frame, more = {}) => ({ frame, centre_mm: middle, mm_per_px: 0.31, width: 21, height: 17, slab_mm: 0, slab: 'max', ...more });
function pixelPlace(of, x, y) {
    return geometry.along(
        geometry.along(of.centre_mm, of.frame.u, (x + 0.5 - of.width / 2) * of.mm_per_px),
        of.frame.v,
        (y + 0.5 - of.height / 2) * of.mm_per_px,
    );
}
for (const [name, frame] of [
    ['axial', frames.axial],
    ['coronal', frames.coronal],
    ['sagittal', frames.sagittal],
    ['oblique', geometry.turnFrame(geometry.turnFrame(frames.axial, frames.axial.u, 0.4), [0, 1, 0], 0.3)],
]) {
    const of = ask(frame);
    const got = slice.sliceValues(voxels, of);
    let worst = 0;
    for (let y = 0; y < of.height; y++)
        for (let x = 0; x < of.width; x++)
            worst = Math.max(worst, Math.abs(got[y * of.width + x] - value(pixelPlace(of, x, y))));
    near(worst, 0, `each pixel of a slice is the value at its place: ${name}`, 2e-3);
}
const far = slice.sliceValues(voxels, ask(frames.axial, { centre_mm: [500, 0, 12] }));
ok(far.every(Number.isNaN), 'outside the scan is nothing');
const thick = slice.sliceValues(voxels, ask(frames.axial, { slab_mm: 6 }));
near(thick[8 * 21 + 10], value(pixelPlace(ask(frames.axial), 10, 8)) + 4 * 1.5 * 2, 'a slab of 6 mm shows the highest of four slices', 4 * 1.5);
const mean = slice.sliceValues(voxels, ask(frames.axial, { slab_mm: 4.5, slab: 'mean' }))[8 * 21 + 10];
near(mean, value(pixelPlace(ask(frames.axial), 10, 8)), 'and their mean is that of the middle', 2e-3);
is(slice.slabPlaces(box, frames.axial, 6, 64).length, 4, 'a slab takes each slice once');

/* ---- the fast way shows what the plain one does */
const stored = new Int16Array(24 * 20 * 16);
for (let p = 0, seed = 7; p < stored.length; p++) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    stored[p] = ((seed >> 12) % 1200) - 400;
}
lut.greys(greys, { centre: 100, width: 900 }, { slope: 1, intercept: 0 });
for (const still of [true, false])
    for (const [name, frame, more] of [
        ['axial', frames.axial, {}],
        ['coronal', frames.coronal, {}],
        ['sagittal', frames.sagittal, {}],
        ['axial, far out', frames.axial, { mm_per_px: 1.7 }],
        ['sagittal, half outside', frames.sagittal, { centre_mm: [-9.7, 8, 27], mm_per_px: 0.9 }],
        ['coronal at the last plane', frames.coronal, { centre_mm: [0, 9, 17] }],
        ['oblique', geometry.turnFrame(geometry.turnFrame(frames.axial, frames.axial.u, 0.4), [0, 1, 0], 0.3), { mm_per_px: 1.2 }],
        ['mean of a slab', frames.coronal, { slab_mm: 4, slab: 'mean' }],
        ['oblique slab', geometry.turnFrame(frames.axial, frames.axial.u, 0.4), { slab_mm: 4 }],
    ]) {
        const of = ask(frame, more);
        const one = { grid: box, data: stored, still };
        const plain = new Uint32Array(of.width * of.height);
        const fast = new Uint32Array(of.width * of.height);
        slice.paint(plain, slice.sliceValues(one, of), greys, 0xff010203);
        quick.drawPixels(fast, one, of, greys, 0xff010203);
        let worst = 0;
        let outsides = 0;
        plain.forEach((p, at) => {
            if ((p === 0xff010203) !== (fast[at] === 0xff010203)) outsides++;
            else worst = Math.max(worst, Math.abs((p & 255) - (fast[at] & 255)));
        });
        is(outsides, 0, `drawn fast, the same pixels lie in the scan: ${name}`);
        ok(worst <= 1, `and no grey differs by more than one: ${name}`, worst);
    }
const slabbed = new Uint32Array(21 * 17);
quick.drawPixels(slabbed, { grid: box, data: stored }, ask(frames.axial, { slab_mm: 6 }), greys, 0);
const between = new Uint32Array(21 * 17);
slice.paint(between, slice.sliceValues({ grid: box, data: stored }, ask(frames.axial, { slab_mm: 6 })), greys, 0);
ok(slabbed.every((p, at) => (p & 255) >= (between[at] & 255) - 1), 'the highest of a slab is never below what interpolating first gives');

/* ---- lines: what they cover is their length times their width, whichever way they run */
for (const [ax, ay, bx, by] of [[10, 20, 50, 20], [20, 8, 20, 48], [10, 10, 45, 38], [12, 50, 30, 10], [50, 45, 8, 40]]) {
    const plot = lines.plotter(64, 60);
    lines.line(plot, ax, ay, bx, by, 2);
    const covered = plot.cover.reduce((sum, c) => sum + c / 255, 0);
    const long = Math.hypot(bx - ax, by - ay);
    near(covered / (2 * long), 1, 'a line covers its length times its width', 0.06);
    const pixels_ = new Uint32Array(64 * 60).fill(0xff000000);
    lines.ink(plot, pixels_, [255, 0, 0]);
    ok((pixels_[Math.floor((ay + by) / 2) * 64 + Math.floor((ax + bx) / 2)] & 255) > 128, 'its middle has its colour');
    ok(plot.cover.every((c) => c === 0), 'and it is forgotten');
}
const outside_ = lines.plotter(8, 8);
lines.line(outside_, -40, -30, 60, 80, 3);
lines.line(outside_, 30, 2, 40, 2, 3);
ok(outside_.count <= 64, 'what lies outside is left out');

/* ---- a cube: cut, lit, drawn */
const corners = [];
for (const z of [0, 10]) for (const y of [0, 10]) for (const x of [0, 10]) corners.push(x, y, z);
const cube = {
    pos: new Float32Array(corners),
    tri: new Uint32Array([0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5]),
};
const outline = surface.cut(cube, [0, 0, 4], [0, 0, 1]);
let around = 0;
for (let i = 0; i < outline.length; i += 6) around += Math.hypot(outline[i] - outline[i + 3], outline[i + 1] - outline[i + 4], outline[i + 2] - outline[i + 5]);
near(around, 40, 'the outline of a cube of 10 mm is 40 mm long', 1e-4);
ok([...outline].every((x, i) => i % 3 !== 2 || Math.abs(x - 4) < 1e-6), 'and lies in the plane');
const rough = { pos: new Float32Array(3 * 3000), tri: new Uint32Array(3 * 1000) };
for (let t = 0; t < 1000; t++)
    for (let c = 0; c < 3; c++) {
        rough.tri[3 * t + c] = 3 * t + c;
        rough.pos.set([t / 100 + c, Math.sin(t) + c * c, Math.cos(t) - c], 9 * t + 3 * c);
    }
for (const [through, n] of [[[5, 0, 0], [1, 0, 0]], [[3, 0.2, 0.1], [0.6, 0.8, 0]], [[0, 0, 0.3], [0, 0, 1]]])
    same([...surface.cut(rough, through, n, surface.boxesOf(rough))], [...surface.cut(rough, through, n)], 'boxes that a plane misses change no outline');
is(surface.cut(cube, [0, 0, 11], [0, 0, 1]).length, 0, 'a plane beside it cuts nothing');
is(surface.cut(cube, [0, 0, 10], [0, 0, 1]).length % 6, 0, 'a plane through a face breaks nothing');
const normal = surface.normalsOf(cube);
ok(normal[0] < 0 && normal[1] < 0 && normal[2] < 0, 'normals point outward');

const look = { palette: lut.palette('sequential'), low: 0, high: 1, clip: null };
const body = { ...cube, normal, value: null, rgb: [200, 100, 50], opacity: 1, cut: true };
const camera = { frame: straight.coronal, target_mm: [5, 5, 5], px_per_mm: 4 };
function drawn(bodies, with_ = look, from = camera) {
    const one = new raster.Raster();
    for (const _ of one.draw(bodies, with_, from, 80, 60)); // eslint-disable-line
    return one;
}
const covered = (one) => one.pixels.reduce((n, p) => n + (p !== 0), 0);
is(covered(drawn([body])), 1600, 'a cube of 10 mm at 4 pixels a mm covers 40 by 40');
const front = drawn([body]).pick(40, 30);
same(front.place_mm.map((x) => Math.round(x * 1e3) / 1e3), [5, 0, 5], 'its front face is hit where it is');
near(front.weights[0] + front.weights[1] + front.weights[2], 1, 'with weights of the corners');
is(drawn([body]).pick(2, 2), null, 'beside it nothing is hit');
const cutAway = drawn([body], { ...look, clip: { through_mm: [5, 5, 5], normal: [1, 0, 0] } });
is(covered(cutAway), 800, 'half of it is cut away');
const spared = drawn([{ ...body, cut: false }], { ...look, clip: { through_mm: [5, 5, 5], normal: [1, 0, 0] } });
is(covered(spared), 1600, 'a part that stays whole is not');
const open = drawn([body], { ...look, clip: { through_mm: [5, 5, 5], normal: [0, -1, 0] } });
same(Math.round(open.pick(40, 30).place_mm[1]), 10, 'through a cut the far wall is seen from inside');
const behind = { ...body, pos: body.pos.map((x, i) => (i % 3 === 1 ? x + 30 : x)), rgb: [0, 0, 255] };
const both = drawn([behind, { ...body, opacity: 0.5 }]).pixels[30 * 80 + 40];
ok(((both >>> 16) & 255) > 60 && (both & 255) > 60 && both >>> 24 === 255, 'what lies behind half-clear is seen through it');
is(drawn([behind, body]).pixels[30 * 80 + 40], drawn([body]).pixels[30 * 80 + 40], 'what lies behind is hidden');
is(drawn([body, behind]).pixels[30 * 80 + 40], drawn([body]).pixels[30 * 80 + 40], 'in whatever order');
const mapped = { ...body, value: new Float32Array(8).fill(1) };
const yellow = drawn([mapped]).pixels[30 * 80 + 40];
ok((yellow & 255) > 1.5 * ((yellow >>> 16) & 255), 'the top of the scale has its colour');
const half = raster.halve(new Uint32Array([0xff0000ff, 0xff0000ff, 0, 0]), 2, 2);
is(half[0], 0x7f0000ff, 'four pixels to one: the colour of what is there, as much as it covers');

/* ---- measuring: places gathered, previews by their formula, words for the command and back */
const drawing = (kind, points = []) => ({ id: 'm', kind, points, state: 'drawing' });
let outlined = drawing('area');
for (const at of [[0, 0, 5], [20, 0, 5], [20, 12, 5]]) outlined = measures.withPoint(outlined, at, [0, 0, 1], 4).measure;
is(outlined.points.length, 3, 'an outline takes place after place');
near(measures.previewOf(outlined), 120, 'its preview is the polygon', 1e-9);
const closed_ = measures.withPoint(outlined, [0.5, 0.5, 5], [0, 0, 1], 4);
ok(closed_.whole && closed_.measure.points.length === 3, 'the first place again closes it');
const round_ = measures.withPoint(drawing('circle', [[1, 2, 3]]), [5, 2, 3], [0, 0, 1], 4);
same(round_.measure.points[2], [1, 6, 3], 'a circle has a second place on its rim, in the slice');
ok(round_.whole, 'and is whole with two clicks');
near(measures.previewOf(drawing('angle', [[3, 0, 0], [0, 0, 0], [0, 4, 0]])), 90, 'an angle is previewed', 1e-9);
const ring = measures.linesOf(round_.measure, [1, 0, 0], [0, 1, 0]);
ok(ring.closed && ring.line.every((p) => Math.abs(Math.hypot(p[0] - 1, p[1] - 2) - 4) < 1e-9 && p[2] === 3), 'a circle is drawn round');
same(measures.linesOf(drawing('box', [[0, 0, 1], [4, 6, 1]]), [1, 0, 0], [0, 1, 0]).line, [[0, 0, 1], [4, 0, 1], [4, 6, 1], [0, 6, 1]], 'a box by its corners');
const asked_ = { ...round_.measure, inputs: { 'scan.zip': 'abc' } };
same(measures.wordsOf(asked_, 0.25), ['circle', 'scan.zip', '--points', '1.0000,2.0000,3.0000 5.0000,2.0000,3.0000 1.0000,6.0000,3.0000', '--sigma', '0.2500'], 'the command hears places and their doubt');
const said_ = { mean: { value: 312.4, sigma: 4.2, unit: 'HU' }, deviation: 32, voxels: 70 };
const back_ = measures.askedOf({ command: 'measure', request: { arguments: measures.wordsOf(asked_, 0.25), inputs: asked_.inputs } });
same([back_.kind, back_.points], ['circle', [[1, 2, 3], [5, 2, 3], [1, 6, 3]]], 'and its job is read back');
is(measures.textOf({ ...back_, ...measures.answerOf('circle', said_), state: 'done' }), '312 ± 4 HU', 'grey values say their doubt');
is(measures.textOf({ kind: 'solid', points: [], state: 'done', value: 81234.5, sigma: 512, unit: 'mm3' }), '81.23 ± 0.51 cm³', 'large volumes are said in cm³');
is(measures.textOf({ ...outlined, preview: 120 }), '≈ 120.0 mm² …', 'a preview is marked as one');
same(measures.wordsOf({ kind: 'overlap', points: [], parts: ['femur', 'guide'], inputs: { 'model0.3mf': 'x' } }, 1), ['overlap', 'model0.3mf', '--parts', 'femur,guide'], 'parts are named');
is(measures.askedOf({ command: 'view', request: { arguments: ['x'], inputs: {} } }), null, 'other jobs are none of these');
is(measures.answerOf('area', undefined), null, 'no answer is none');

/* ---- a second scan: where a registration puts it */
const cos_ = Math.cos(0.3);
const sin_ = Math.sin(0.3);
const result_ = { nuwa: 'plan result 1', items: { fit: { moving_to_fixed: [[cos_, -sin_, 0, 5], [sin_, cos_, 0, -2], [0, 0, 1, 7]], rms_mm: 0.4, accepted: true }, bad: { moving_to_fixed: [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] }, cut: { gap: 1 } } };
const [fit, ...others_] = fused.registrationsOf(result_);
is(others_.length, 0, 'only rotations are registrations');
ok(fit.accepted && fit.rms_mm === 0.4, 'its error and whether it was accepted are read');
const moved_ = [cos_ * 3 - sin_ * 4 + 5, sin_ * 3 + cos_ * 4 - 2, 16];
ok(fused.backPlace(fit.motion, moved_).every((x, i) => Math.abs(x - [3, 4, 9][i]) < 1e-12), 'a place goes back to where it was stored');
same(fused.askSecond(fused.asStored, ask(frames.axial)), ask(frames.axial), 'as stored, nothing is turned');
same(fused.registrationsOf({ nuwa: 'design 1' }), [], 'other papers hold none');
const grey = (v) => (0xff000000 | (v << 16) | (v << 8) | v) >>> 0;
const under = new Uint32Array(16).fill(grey(100));
fused.fuse(under, new Uint32Array(16).fill(grey(200)), 4, 'blend', 0.5, 2);
is(under[0], grey(150), 'half and half is the mean');
const board = new Uint32Array(16).fill(grey(100));
fused.fuse(board, new Uint32Array(16).fill(grey(200)), 4, 'checker', 0.5, 2);
same([...board].map((p) => p & 255), [100, 100, 200, 200, 100, 100, 200, 200, 200, 200, 100, 100, 200, 200, 100, 100], 'squares of one and the other');
const alone_ = new Uint32Array(4).fill(grey(100));
fused.fuse(alone_, new Uint32Array(4), 4, 'blend', 1, 2);
is(alone_[0], grey(100), 'where the second has nothing the first stays');

/* ---- the volume: a ball of bone in air, seen as a disc of its size */
const ballGrid = { dim: [40, 40, 40], origin_mm: [-19.5, -19.5, -19.5], step_mm: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] };
const ballData = new Int16Array(64000);
for (let k = 0, p = 0; k < 40; k++) for (let j = 0; j < 40; j++) for (let i = 0; i < 40; i++, p++) ballData[p] = Math.max(-1000, Math.min(1200, 220 + 2000 * (12 - Math.hypot(i - 19.5, j - 19.5, k - 19.5))));
const caster = new volume.Caster({ grid: ballGrid, data: ballData, still: true });
const seenBall = (preset, every, clip = null, pixels_ = new Uint32Array(80 * 60)) => {
    for (const _ of caster.draw(pixels_, 80, 60, { frame: straight.coronal, target_mm: [0, 0, 0], px_per_mm: 2 }, { preset, slope: 1, intercept: 0, clip }, every)); // eslint-disable-line
    return pixels_;
};
const dense = (pixels_) => pixels_.reduce((n, p) => n + (p >>> 24 > 128), 0);
near(dense(seenBall('bone', 1)) / (Math.PI * 24 * 24), 1, 'a ball of 12 mm is a disc of 12 mm', 0.07);
near(dense(seenBall('bone', 4)) / (Math.PI * 24 * 24), 1, 'coarse as well, about', 0.2);
near(dense(seenBall('bone', 1, { through_mm: [0, 0, 0], normal: [1, 0, 0] })) / (Math.PI * 12 * 24), 1, 'half of it is cut away', 0.1);
const middleBall = seenBall('skin', 1)[30 * 80 + 40];
ok(middleBall >>> 24 > 240 && (middleBall & 255) > ((middleBall >>> 16) & 255), 'skin has its colour');
const levels_ = [64, 128, 256, 512].map((n) => ({ grid: { dim: [n, n, n] }, still: true }));
is(volume.levelFor(levels_).grid.dim[0], 128, 'a level that can be drawn in time');

/* ---- what voxels became: surfaces in the parts they are of now. Balls in voxels of 0.8 x 0.8 x 1 mm, the first
 * of two parts that meet in the plane x = 0, the second removed, the third of no label. */
{
    const balls = { dim: [40, 30, 30], origin_mm: [-16.4, -12, -15], step_mm: [[0.8, 0, 0], [0, 0.8, 0], [0, 0, 1]] };
    const [mine, gone] = [{ at: [0, 0, 0], r: 6 }, { at: [11, 0, 0], r: 2.5 }];
    const inside = (p, { at, r }) => Math.hypot(p[0] - at[0], p[1] - at[1], p[2] - at[2]) < r;
    const rows = [];
    for (let k = 0; k < 30; k++)
        for (let j = 0; j < 30; j++)
            for (let i = 0; i < 40; i++) {
                const p = geometry.placeOf(balls, [i, j, k]);
                rows.push(inside(p, gone) ? 2 : !inside(p, mine) ? 0 : p[0] > 0 ? 5 : 1);
            }
    const file = (codes, dim = balls.dim) => {
        const runs = codes.flatMap((code) => [code, 1, 0]); /* a run a voxel is a file too */
        const out = new Uint8Array(32 + runs.length);
        out.set([...'NUWAPRT1'].map((c) => c.charCodeAt(0)));
        dim.forEach((n, a) => new DataView(out.buffer).setFloat64(8 + 8 * a, n, true));
        out.set(runs, 32);
        return out.buffer;
    };
    const read = became.readBecame(file(rows), balls);
    ok(read.code.every((code, v) => code === rows[v]), 'voxels are read from their runs');
    const refusal = (bytes) => {
        try {
            return became.readBecame(bytes, balls) && 'none';
        } catch (failure) {
            return failure.message;
        }
    };
    is(refusal(file(rows, [40, 30, 29])), 'these parts are of another scan', 'those of another grid are refused');
    is(refusal(file(rows.slice(1))), 'this file of parts is not whole', 'and half a file');
    is(refusal(new ArrayBuffer(40)), 'this is no file of parts', 'and any other');
    const ball = ({ at, r }, n = 24) => {
        const pos = [];
        const tri = [];
        for (let a = 0; a <= n; a++)
            for (let b = 0; b < 2 * n; b++) {
                const [up, round] = [(Math.PI * a) / n, (Math.PI * b) / n];
                pos.push(at[0] + r * Math.sin(up) * Math.cos(round), at[1] + r * Math.sin(up) * Math.sin(round), at[2] + r * Math.cos(up));
                const [p, q] = [2 * n * a + b, 2 * n * a + ((b + 1) % (2 * n))];
                if (a < n) tri.push(p, p + 2 * n, q, q, p + 2 * n, q + 2 * n);
            }
        return { pos: new Float32Array(pos), tri: new Uint32Array(tri) };
    };
    const part = (surface_) => became.parted(new became.Finder(read), surface_.pos, surface_.tri, surface.normalsOf(surface_));
    const own = ball({ ...mine, r: 6.9 }); /* the surface lies a voxel outside its labels */
    const { kept, moved } = part(own);
    const xOf = (list, pick) => pick(...Array.from(list, (v) => own.pos[3 * v]));
    is(kept.length + moved.get(5).length, own.tri.length, 'each triangle is of one of two parts');
    is([...moved.keys()].join(), '5', 'and of no third');
    ok(xOf(kept, Math.max) < 1.6 && xOf(moved.get(5), Math.min) > -1.6, 'of which is told to two voxels', `${xOf(kept, Math.max)} ${xOf(moved.get(5), Math.min)}`);
    near(moved.get(5).length / own.tri.length, 0.5, 'half are the new part\'s', 0.04);
    const away = part(ball(gone));
    is(away.kept.length + away.moved.size, 0, 'what was removed is in none');
    const other = ball({ at: [0, 0, 0], r: 11.5 });
    ok(part(other).kept === other.tri, 'a surface of something else stays whole');
}

await end();
