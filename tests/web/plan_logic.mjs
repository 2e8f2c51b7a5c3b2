/* The logic of the design page without a browser: JSON with lines, documents, checks, undo. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { end, folder, is, nuwa, ok, source } from './harness.mjs';
import { block, femur, runIn, stlMoved } from './phantoms.mjs';

const require = createRequire(join(source, 'web/package.json'));
const built = join(folder(), 'plan.mjs');
await require('esbuild').build({
    stdin: {
        contents: ['plan/json', 'plan/schema', 'plan/document', 'plan/history', 'plan/outcome', 'plan/plan_doc', 'print/setup', 'handle/handles', 'handle/snap', 'handle/of_design', 'handle/of_plan', 'handle/destination', 'plan/doubt', 'plan/advice']
            .map((name) => `export * as ${name.split('/')[1]} from './src/${name}';`)
            .join('\n'),
        resolveDir: join(source, 'web'),
        loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    outfile: built,
});
const { json, schema: schemas, document: docs, history, outcome, plan_doc: plans, setup, handles, snap, of_design, of_plan, destination, doubt: doubts, advice } = await import(built);
const same = (got, want, name) => is(JSON.stringify(got), JSON.stringify(want), name);

/* ---- JSON with its lines */
const text = '{\n  "a": [1, -2.5e3,\n    {"b": "x\\n\\u4e2d"}],\n  "c": {"d": null}\n}\n';
const read = json.parse(text);
same(read.value, JSON.parse(text), 'what is read is what JSON says');
is(read.lines.get('a[2].b'), 3, 'each member has its line');
is(read.lines.get('c.d'), 4, 'also further down');
const faults = [
    ['{"a": 1,\n"a": 2}', 2, 'a member that stands there twice'],
    ['{"a": [1,\n2', 2, 'a document that ends too early'],
    ['{"a": 01}', 1, 'a number that is none'],
    ['{"a": "x\ny"}', 1, 'a text over two lines'],
    ['{}\n\n{}', 3, 'something behind the document'],
    ['{"a": nothing}', 1, 'a word that is no value'],
    ['', 1, 'nothing'],
    ['['.repeat(100), 1, 'what is nested too deep'],
    ['{,}', 1, 'a comma too many'],
];
for (const [wrong, line, name] of faults) {
    let fault;
    try {
        json.parse(wrong);
    } catch (one) {
        fault = one;
    }
    is(fault?.line, line, `${name} is refused on its line`);
}
same(json.parse('{"__proto__": {"x": 1}}').value.__proto__, { x: 1 }, 'no name is special');
const deep = { parts: { p: { kind: 'sphere', centre_mm: [1, 2, 3] } }, make: [{ part: 'p' }], long: 'x'.repeat(100), none: {}, no: [] };
same(JSON.parse(json.write(deep)), deep, 'what is written is read again');
ok(/"centre_mm": \[1, 2, 3\]/.test(json.write(deep)), 'a place stands on one line');

/* ---- the program's own schema */
const schema = schemas.readSchema(JSON.parse(execFileSync(nuwa, ['design', '--schema'], { encoding: 'utf8' })));
const kind = (name) => schema.kinds.find((one) => one.name === name);
const member = (name, of) => kind(name).members.find((one) => one.name === of);
ok(schema.kinds.length > 30 && schema.kinds.every((one) => one.zh && one.en && one.zh !== one.name), 'every kind in both languages');
ok(
    schema.kinds.every((one) => one.members.every((each) => each.what && each.zh !== each.name && each.en !== each.name)),
    'every member too',
);
is(schemas.unitOf(member('sphere', 'radius_mm')), 'mm', 'a length is in mm');
is(schemas.unitOf(member('moved', 'turn_deg')), '°', 'an angle in degrees');
is(schemas.unitOf(member('tpms', 'modulus_gpa')), 'GPa', 'a modulus in GPa');
is(schemas.unitOf(member('guide', 'insertion')), '', 'a direction has no unit');

/* ---- documents */
let doc = docs.emptyDoc();
const told = () => docs.check(doc, schema).map((one) => `${json.pathText(one.path)}: ${one.en}`);
same(told(), ['parts: there are no parts yet', 'make: choose what is to be made'], 'an empty document lacks parts and output');
doc = docs.addFile(doc, schema, { name: 'left femur.stl', sha256: 'a'.repeat(64) }).doc;
same(Object.keys(doc.parts), ['left_femur'], 'a file becomes a part of its name');
doc = docs.addPart(doc, schema, 'guide').doc;
is(doc.parts.guide.bone, 'left_femur', 'the only part is the bone');
same(doc.make.map((one) => one.part), ['guide'], 'what is designed is made');
is(doc.show.parts[0].part, 'left_femur', 'the bone is shown beside it');
doc = docs.setAt(doc, ['parts', 'guide', 'drills'], [{ name: 'a', entry_mm: [0, 0], direction: [0, 0, 0], diameter_mm: 'x', size: 1 }]);
same(
    told(),
    [
        'parts.guide.drills[0].entry_mm: must be 3 numbers',
        'parts.guide.drills[0].direction: a direction is not all 0',
        'parts.guide.drills[0].diameter_mm: must be a number',
        'parts.guide.drills[0].size: there is no such member',
    ],
    'each wrong member is told at its place',
);
doc = docs.setAt(doc, ['parts', 'guide', 'drills'], [{ name: 'a', entry_mm: [0, 0, 5000], direction: [0, 0, 1], diameter_mm: 21 }]);
same(
    told(),
    [
        'parts.guide.drills[0].entry_mm: must be within 2000 mm of the origin',
        'parts.guide.drills[0].diameter_mm: must be from 0.5 to 20 mm',
    ],
    'limits are the program’s',
);
doc = docs.setAt(doc, ['parts', 'guide', 'drills'], undefined);
const before = doc;
doc = docs.addPart(doc, schema, 'difference', 'cut').doc;
doc = docs.setAt(docs.setAt(doc, ['parts', 'cut', 'of'], 'guide'), ['parts', 'cut', 'minus'], ['left_femur', 'nobody']);
same(told(), ['parts.cut.minus[1]: no part is named "nobody"'], 'a part that is not there is told');
doc = docs.setAt(doc, ['parts', 'cut', 'minus'], ['left_femur']);
const renamed = docs.renamePart(doc, schema, 'left_femur', 'bone');
same(
    [renamed.parts.guide.bone, renamed.parts.cut.minus[0], renamed.show.parts[0].part, Object.keys(renamed.parts)[0]],
    ['bone', 'bone', 'bone', 'bone'],
    'a new name is in every place',
);
is(docs.renamePart(doc, schema, 'cut', 'guide'), null, 'a name that is taken is not given twice');
is(docs.renamePart(doc, schema, 'cut', ' '), null, 'nor an empty one');
is(doc.parts.guide.bone, 'left_femur', 'the old document is as it was');
doc = docs.setAt(doc, ['parts', 'guide', 'bone'], 'cut');
same(told(), ['parts.guide: parts are made from each other in a circle: guide → cut → guide'], 'a circle is told');
same(docs.removePart(before, 'left_femur').show.parts, [], 'a part that goes is shown no more');
same(docs.filesOf(before, schema), [{ path: 'left femur.stl', sha256: 'a'.repeat(64) }], 'files are listed');
is(docs.previewCell(before, schema), 0.45, 'a preview is three times as coarse');
is(docs.previewCell(docs.setAt(before, ['make', 0, 'cell_mm'], 8), schema), 10, 'within what the command takes');
same(docs.setAt(before, ['make', 0], undefined).make, [], 'an item that goes leaves no hole');

/* ---- every example is right, and stays right when it is written again */
for (const name of ['cranial_implant', 'dental_implant_guide', 'face_mask', 'gyroid_block', 'pedicle_screw_guide', 'vertebral_body']) {
    const example = json.parse(execFileSync('cat', [join(source, `examples/design/${name}.json`)], { encoding: 'utf8' })).value;
    same(docs.check(example, schema), [], `nothing is wrong with the example ${name}`);
    same(json.parse(json.write(example)).value, example, 'nor lost when it is written');
}

/* ---- undo */
let states = history.begin(0);
for (let i = 1; i <= 3; i++) states = history.change(states, i, 'a', i * 100);
same([states.now, states.past], [3, [0]], 'what is typed in one go is one step');
states = history.change(states, 4, 'a', 9000);
states = history.change(states, 5, 'b', 9001);
same(states.past, [0, 3, 4], 'another place, or a pause, is another');
states = history.undo(history.undo(states));
same([states.now, states.future], [3, [4, 5]], 'undo goes back');
same(history.redo(states).now, 4, 'redo goes on');
same(history.change(states, 7).future, [], 'a change forgets what was ahead');
same(history.undo(history.begin(1)).now, 1, 'nothing to undo is fine');
for (let i = 0; i < 500; i++) states = history.change(states, i);
is(states.past.length, 200, 'history has an end');

/* ---- what was said */
const checks = ['pass', 'fail', 'conditional'].map((verdict) => ({ verdict }));
is(outcome.worst([{ checks }]), 'fail', 'the worst check counts');
same(outcome.byWeight(checks).map((one) => one.verdict), ['fail', 'conditional', 'pass'], 'and stands first');
is(outcome.worst([{ checks: [] }]), 'pass', 'without checks nothing is wrong');

/* ---- how something is printed */
const machines = JSON.parse(execFileSync(nuwa, ['machine', '--json'], { encoding: 'utf8' })).machines;
const machine = (name) => machines.find((one) => one.name === name);
const model = { name: 'hip.3mf', sha256: 'b'.repeat(64), bytes: 1, media: '', number: 1 };
const how = { ...setup.emptySetup, material: 'guide', layer: '0.1', up: '0, 0, 1', supports: true, spacing: '4', hollow: '' };
same(
    setup.requestFor('slice', how, model, machine('sla-120')).arguments,
    ['hip.3mf', '-o', 'hip.sla-120.sl1', '--machine', 'sla-120', '--material', 'guide', '--up', '0,0,1', '--layer', '0.1mm', '--supports', '--support-spacing', '4mm'],
    'a command line of what was typed',
);
same(
    setup.requestFor('slice', { ...how, material: '' }, model, machine('fff-250')).outputs,
    ['hip.fff-250.gcode'],
    'filament gets G-code, and no supports of resin',
);
same(
    setup.wrongOf({ ...how, layer: '1', up: '0,0,0', lift: 'x' }, machine('sla-120')).map((one) => one.name),
    ['layer', 'lift', 'up'],
    'what is wrong is told by its field',
);
same(setup.wrongOf(how, machine('sla-120')), [], 'what is right is not');
const picture = { width: 2560, height: 1440 };
const seen = setup.lookAt(picture, machine('sla-120').build_mm, [10, 10, 5], false);
ok(Math.abs(seen.width * 0.04725 - 13.5) < 0.1 && seen.width === seen.height, 'the part is looked at, square', JSON.stringify(seen));
same(setup.lookAt(picture, machine('sla-120').build_mm, [10, 10, 5], true).width, 2560, 'or the whole platform');

/* ---- surfaces: a ball of radius 10 about [1, 2, 3], in triangles off it by at most 0.03 mm */
const ballMiddle = [1, 2, 3];
const RINGS = 60;
const pos = [];
const tri = [];
for (let i = 0; i <= RINGS; i++)
    for (let j = 0; j < 2 * RINGS; j++) {
        const polar = (Math.PI * i) / RINGS;
        const round = (Math.PI * j) / RINGS;
        pos.push(1 + 10 * Math.sin(polar) * Math.cos(round), 2 + 10 * Math.sin(polar) * Math.sin(round), 3 + 10 * Math.cos(polar));
        const next = (j + 1) % (2 * RINGS);
        if (i < RINGS) tri.push(i * 2 * RINGS + j, (i + 1) * 2 * RINGS + j, (i + 1) * 2 * RINGS + next, i * 2 * RINGS + j, (i + 1) * 2 * RINGS + next, i * 2 * RINGS + next);
    }
const ball = { pos: new Float32Array(pos), tri: new Uint32Array(tri) };
const close = (got, want, most, name) => ok(got && Math.hypot(...got.map((one, i) => one - want[i])) <= most, name, JSON.stringify([got, want]));
const front = { u: [1, 0, 0], v: [0, 0, -1], n: [0, 1, 0] };
const s3 = Math.sqrt(1 / 3);
const askew = { u: [Math.SQRT1_2, -Math.SQRT1_2, 0], v: [s3 * Math.SQRT1_2, s3 * Math.SQRT1_2, -2 * s3 * Math.SQRT1_2], n: [s3, s3, s3] };
const seen3 = new snap.Seen([ball], front);
const onBall = [1 + 3, 2 - Math.sqrt(100 - 9 - 16), 3 - 4];
close(seen3.at([4, 77, -1])?.place_mm, onBall, 0.06, 'what is seen is the front of the ball');
close(seen3.at([4, 77, -1])?.normal, onBall.map((one, i) => (one - ballMiddle[i]) / 10), 0.06, 'with its normal towards who looks');
is(seen3.at([12, 0, 3]), null, 'beside it there is nothing');
close(new snap.Seen([ball], askew).at(ballMiddle)?.place_mm, ballMiddle.map((one) => one - 10 * s3), 0.06, 'also seen askew');
close(seen3.near([1, 2, 20], 30), [1, 2, 13], 0.06, 'the nearest place');
is(seen3.near([1, 2, 90], 30), null, 'when it is near');
close(snap.nearestOn([0.2, 0.3, 5], [0, 0, 0], [1, 0, 0], [0, 1, 0]), [0.2, 0.3, 0], 1e-12, 'of a triangle: within');
close(snap.nearestOn([1, 1, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0]), [0.5, 0.5, 0], 1e-12, 'at an edge');
close(snap.nearestOn([-1, -1, 2], [0, 0, 0], [1, 0, 0], [0, 1, 0]), [0, 0, 0], 1e-12, 'at a corner');

/* ---- how a grip goes */
const none = () => null;
const pulled = (at, going, by, frame = front, surface = none) => handles.pulled(at, going, by, frame, surface);
close(pulled(onBall, { as: 'surface' }, [-3, 0, 4], front, (place) => seen3.at(place)), [1, -8, 3], 0.06, 'over a surface');
is(pulled([0, 0, 0], { as: 'surface' }, [50, 0, 0], front, (place) => seen3.at(place)), null, 'where there is none it stays');
close(pulled([1, 1, 1], { as: 'screen' }, [2, 0, -3]), [3, 1, -2], 1e-12, 'with the screen');
close(pulled([0, 0, 0], { as: 'line', way: [1, 1, 0] }, [5, 0, 0]), [5, 5, 0], 1e-12, 'along a line, so that it stays under the pointer');
close(pulled([0, 0, 0], { as: 'line', way: [0, 1, 0] }, [5, 0, 2]), [5, 0, 2], 1e-12, 'a line seen end on goes as the screen');
close(pulled([0, -10, 0], { as: 'ball', centre: [0, 0, 0], radius: 10 }, [6, 0, 0]), [6, -8, 0], 1e-12, 'a tip stays at its distance, on its side');
close(pulled([0, 10, 0], { as: 'ball', centre: [0, 0, 0], radius: 10 }, [6, 0, 0]), [6, 8, 0], 1e-12, 'also behind');
close(pulled([0, -10, 0], { as: 'ball', centre: [0, 0, 0], radius: 10 }, [60, 0, 80]), [6, 0, 8], 1e-12, 'and goes to the edge when it is pulled too far');
close(pulled([0, 0, 0], { as: 'flat', normal: [1, 1, 0] }, [3, 0, 2]), [3, -3, 2], 1e-12, 'within a plane');
is(pulled([0, 0, 0], { as: 'flat', normal: [1, 0, 0] }, [3, 0, 2]), null, 'not in one that is seen edge on');
close(pulled([10, 0, 0], { as: 'ring', centre: [0, 0, 0], axis: [0, 0, 1] }, [0.1, 0, 0]), [10.1, 0, 0], 1e-9, 'a ring seen from its side goes along its tangent, which here is end on');
close(pulled([0, -10, 0], { as: 'ring', centre: [0, 0, 0], axis: [0, 0, 1] }, [2, 0, 0]), [2, -10, 0], 1e-9, 'and where it is not');
ok(Math.abs(handles.turnBetween([1, 0, 5], [0, 2, -7], [0, 0, 0], [0, 0, 3]) - 90) < 1e-9, 'turned right-handed, whatever lies along the axis');
ok(Math.abs(handles.turnBetween([1, 0, 0], [0, 2, 0], [0, 0, 0], [0, 0, -1]) + 90) < 1e-9, 'about the other way, left');
same(handles.written([0.123456, -0.0001, 7]), [0.12, 0, 7], 'places are written to a hundredth, and there is no minus nought');
const drawn = Array.from({ length: 101 }, (_, i) => ({ place_mm: [i / 10, 0, 0], normal: [0, 0, 1] }));
is(handles.thinned(drawn, 2).length, 6, 'what is drawn is thinned');
const over = handles.laidOn([[1, -8, 3], [7, 2 - 8, 3]], false, (place) => seen3.at(place), 1);
ok(over.length > 5 && over.slice(1, -1).every((at) => Math.abs(Math.hypot(...at.map((one, i) => one - ballMiddle[i])) - 10) < 0.06), 'a line lies on the surface');

/* ---- which members are handles, from the program's schema */
let bored = docs.addFile(docs.emptyDoc(), schema, { name: 'bone.stl', sha256: 'a'.repeat(64) }).doc;
bored = docs.addPart(bored, schema, 'guide').doc;
bored = docs.setAt(bored, ['parts', 'guide', 'drills'], [{ name: 'pin' }]);
const of = (name, document = bored) => of_design.handlesOf(document, kind(document.parts[name].kind), name, 20, [0, 0, 0]);
const want = of('guide').wanting.find((one) => one.key === 'parts.guide.drills[0].entry_mm');
is(want?.on, 'bone', 'an entry that is missing can be put on its bone');
bored = docs.addAll(bored, want.put([{ place_mm: [1, 2, 3], normal: [0, -1, 0] }]));
same(bored.parts.guide.drills[0], { name: 'pin', entry_mm: [1, 2, 3], direction: [0, 1, 0] }, 'and the direction leads into it');
const grips = Object.fromEntries(of('guide').grips.map((one) => [one.key, one]));
same(Object.keys(grips), ['parts.guide.drills[0].entry_mm', 'parts.guide.drills[0].direction'], 'then there is a grip for each');
close(grips['parts.guide.drills[0].direction'].at, [1, 22, 3], 1e-12, 'the tip stands off along the direction');
same(docs.addAll(bored, grips['parts.guide.drills[0].direction'].move([1, 2, 103])).parts.guide.drills[0].direction, [0, 0, 1], 'pulling it is a direction of length 1');
const every = schema.kinds.flatMap((one) => one.members.flatMap((each) => [each, ...(each.items ?? [])]));
ok(every.filter((one) => ['point', 'direction', 'points'].includes(one.what)).every((one) => one.handle), 'everything that has a place says what it is in a picture');
let shaped = docs.addPart(docs.emptyDoc(), schema, 'implant').doc;
shaped = docs.setAt(shaped, ['parts', 'implant', 'outline_mm'], [[0, 0, 0], [10, 0, 0], [10, 10, 0]]);
const ring = of('implant', shaped);
is(ring.grips.filter((one) => one.look === 'between').length, 3, 'a closed curve can be pulled out between all of its places');
same(docs.addAll(shaped, ring.grips.find((one) => one.key.endsWith('[2]+')).move([0, 5, 0])).parts.implant.outline_mm, [[0, 0, 0], [10, 0, 0], [10, 10, 0], [0, 5, 0]], 'also from the last to the first');
same(docs.addAll(shaped, ring.grips[1].remove()).parts.implant.outline_mm, [[0, 0, 0], [10, 10, 0]], 'and one taken away');

/* ---- plans: what the program knows, what a button adds, how a piece moves */
const planSchema = plans.readPlanSchema(JSON.parse(execFileSync(nuwa, ['plan', '--schema'], { encoding: 'utf8' })));
ok(planSchema.kinds.length > 20 && planSchema.kinds.every((one) => one.sort && one.members.every((each) => each.zh !== each.name)), 'every kind of a plan in both languages');
let plan = plans.addBone({ nuwa: 'plan 1', items: {} }, { name: 'femur.stl', sha256: 'b'.repeat(64) }).doc;
const room = { middle: [1, 2, 3], size: 100 };
const added = plans.addCut(plan, 'femur', room);
plan = plans.addScrew(plans.addMirror(added.doc, 'femur').doc, 'femur', room).doc;
const wrongs = (document) => plans.checkPlan(document, planSchema).map((one) => `${json.pathText(one.path)}: ${one.en}`);
same(wrongs(plan), [], 'what the buttons add is right');
same(wrongs(docs.setAt(plan, ['items', 'cut', 'plane'], 'femur')), ['items.cut.plane: "femur" is a bone or another part, which cannot stand here'], 'what cannot stand there is told');
ok(wrongs(docs.setAt(plan, ['items', 'cut', 'part'], 'lower_moved')).some((one) => /needs itself/.test(one)), 'a circle is told');
const called = plans.renameItem(plan, planSchema, 'saw', 'osteotomy');
same([called.items.cut.plane, wrongs(called)], ['osteotomy', []], 'a new name is in every place');
is(plans.renameItem(plan, planSchema, 'saw', 'cut'), null, 'a name is not given twice');
for (const name of ['fibula_flap', 'calcaneus_screw']) {
    const example = json.parse(execFileSync('cat', [join(source, `examples/plan/${name}.json`)], { encoding: 'utf8' })).value;
    same(plans.checkPlan(example, planSchema), [], `nothing is wrong with the example ${name}`);
}
const motion = { centre: [1, 0, 0], axis: [0, 0, 1], deg: 90, shift: [0, 0, 5] };
close(of_plan.moved(motion, [3, 0, 1]), [1, 2, 6], 1e-12, 'a piece is turned about the axis, then shifted');
close(of_plan.movedBack(motion, [1, 2, 6]), [3, 0, 1], 1e-12, 'and back');
close(of_plan.replaced({ pos: new Float32Array([1, 2, 6]), tri: new Uint32Array() }, [motion], [of_plan.still]).pos, [3, 0, 1], 1e-5, 'a surface that was moved can lie elsewhere');
close(of_plan.middleOfCut(ball, [0, 0, 9], [0, 0, 1]), [1, 2, 9], 0.02, 'the middle of a cut through a ball');
/* the ball cut through its middle with a saw of 1 mm, the lower piece shifted by [3, 4, -2]; then turned */
const faces = (change) => of_plan.between(docs.addAll(plan, change), plan.items.between, () => [ball]);
const flat = faces([{ path: ['items', 'lower_moved', 'shift_mm'], to: [3, 4, -2] }]);
close([flat.gap_mm, flat.sideways_mm, flat.angle_deg], [3, 5, 0], 0.02, 'gap and sideways of a shift');
const wedge = faces([{ path: ['items', 'lower_moved', 'rotate_deg'], to: 8 }]);
close([wedge.gap_mm, wedge.angle_deg], [0.5 + 0.5 * Math.cos((8 * Math.PI) / 180), 8], 0.02, 'and of a turn about an axis through the middle');
const movedHandles = of_plan.planHandles(plan, planSchema, 'lower_moved', 20, () => [1, 2, -5]);
const turnGrip = movedHandles.grips.find((one) => one.key === 'lower_moved.rotate_deg');
const axisMiddle = [1, 2, 3];
const quarter = [axisMiddle[0] + (turnGrip.at[2] - axisMiddle[2]), 2, axisMiddle[2] - (turnGrip.at[0] - axisMiddle[0])];
same(turnGrip.move(quarter), [{ path: ['items', 'lower_moved', 'rotate_deg'], to: 90 }], 'a quarter of the ring is 90 degrees');
const right = movedHandles.grips.find((one) => one.key === 'lower_moved.shift_mm.L');
same(right.move([right.at[0] + 2.5, right.at[1], right.at[2]])[0].to, [2.5, 0, 0], 'an arrow shifts along its axis');

/* ---- wedges of a box: what is shown is what the command makes, and both what the formula says */
const bench = folder();
const [low, high] = [[-10, -15, 0], [10, 15, 40]];
writeFileSync(join(bench, 'box.stl'), block(low, high));
const boxed = {
    pos: new Float32Array(Array.from({ length: 8 }, (_, i) => [0, 1, 2].map((k) => (i & (1 << k) ? high[k] : low[k]))).flat()),
    tri: new Uint32Array([0, 2, 1, 1, 2, 3, 4, 5, 6, 5, 7, 6, 0, 1, 4, 1, 5, 4, 2, 6, 3, 3, 6, 7, 0, 4, 2, 2, 4, 6, 1, 3, 5, 3, 7, 5]),
};
const computed = (items) => {
    const makes = Object.values(items).some((item) => item.kind === 'piece') ? ['-m', 'parts.3mf'] : [];
    writeFileSync(join(bench, 'doc.json'), JSON.stringify({ nuwa: 'plan 1', items }));
    runIn(bench)('plan', 'doc.json', '-o', 'result.json', ...makes, '--quiet');
    return JSON.parse(readFileSync(join(bench, 'result.json'), 'utf8')).items;
};
const degrees = Math.PI / 180;
/* seen along y: the hinge 8 mm from the middle on either side of it, the plane with its normal up or down */
const wedgePlan = (how, at, up, back, angle_deg, kerf_mm) => ({
    nuwa: 'plan 1',
    items: {
        box: { kind: 'mesh', file: { path: 'box.stl' } },
        saw: { kind: 'plane', point_mm: [3, 4, 15], normal: [0, 0, up] },
        a: { kind: 'landmark', at_mm: [at, back ? 20 : -20, 15] },
        b: { kind: 'landmark', at_mm: [at, back ? -20 : 20, 15] },
        hinge: { kind: 'axis', from: 'a', to: 'b' },
        wedge: { kind: 'wedge', part: 'box', plane: 'saw', hinge: 'hinge', how, angle_deg, ...(kerf_mm ? { kerf_mm } : {}) },
        upper: { kind: 'piece', of: 'wedge', side: 'above' },
        lower: { kind: 'piece', of: 'wedge', side: 'below' },
        between: { kind: 'faces', a: 'upper', b: 'lower' },
        lies: { kind: 'box', around: 'upper' },
    },
});
const around = (places) => [0, 1, 2].flatMap((k) => [Math.min(...places.map((one) => one[k])), Math.max(...places.map((one) => one[k]))]);
for (const [how, at, up, back, deg, kerf] of [
    ['closing', -8, 1, false, 10],
    ['closing', 8, -1, true, 25],
    ['opening', -8, 1, true, 10, 1],
    ['opening', 8, 1, false, 12],
    ['opening', -8, -1, false, 7, 0.6],
]) {
    const doc = wedgePlan(how, at, up, back, deg, kerf);
    const what = `${how} ${deg}° at ${at}, ${up > 0 ? 'up' : 'down'}`;
    const made = computed(doc.items);
    const now = of_plan.wedgeNow(doc, doc.items.wedge, () => [boxed]);
    close([now.height_mm, now.reach_mm], [36 * Math.sin((deg / 2) * degrees), 18], 1e-4, `the height of a wedge, ${what}`);
    close([now.height_mm, now.reach_mm], [made.wedge.height_mm, made.wedge.reach_mm], 1e-4, 'as it is computed');
    /* the corners of the upper piece before it is turned: the second plane of a closing wedge rises from the hinge */
    const far = Math.sign(-at) * 10;
    const rise = how === 'closing' ? 18 * Math.tan(deg * degrees) : (kerf ?? 0) / 2;
    const end_ = up > 0 ? 40 : 0;
    const near = how === 'closing' ? 0 : (kerf ?? 0) / 2;
    const corners = [-15, 15].flatMap((y) => [[far, y, end_], [-far, y, end_], [far, y, 15 + up * rise], [-far, y, 15 + up * near], [at, y, 15 + up * near]]);
    const motions = of_plan.motionsOf(doc, 'upper', () => [boxed]);
    const turnedBy = corners.map((place) => motions.reduce((p, one) => of_plan.moved(one, p), place));
    close(around(turnedBy), [0, 1, 2].flatMap((k) => [made.lies.min_mm[k], made.lies.max_mm[k]]), 0.005, `the upper piece is shown where it comes to lie, ${what}`);
    const faced = of_plan.between(doc, doc.items.between, () => [boxed]);
    close([faced.angle_deg], [how === 'opening' ? deg : 0], 1e-4, 'the angle between its faces');
    close([faced.angle_deg], [made.between.angle_deg], 1e-3, 'as it is computed');
    /* handles: the grip's arc lies on the wedge's side and goes up; half of it is half the angle */
    const shown = of_plan.planHandles(doc, planSchema, 'wedge', 20, () => null, () => [boxed]);
    const pull = shown.grips.find((one) => one.key === 'wedge.angle_deg');
    const radius = 18 + 0.4 * 20;
    const onArc = (by) => [at + Math.sign(-at) * radius * Math.cos(by * degrees), 0, 15 + up * radius * Math.sin(by * degrees)];
    close(pull.at, onArc(deg), 1e-4, 'the grip stands off at the end of its arc');
    same(pull.move(onArc(deg / 2)), [{ path: ['items', 'wedge', 'angle_deg'], to: Math.round(deg * 5) / 10 }], 'half way back is half the angle');
    same([onArc(-20), onArc(89)].map((to) => pull.move(to)[0].to), [0.1, 60], 'never below or above what a wedge may have');
    const upperFace = shown.lines.find((one) => one.key === 'wedge:above').points;
    const edge = [at + Math.sign(-at) * 18 * Math.cos(deg * degrees), 15 + up * 18 * Math.sin(deg * degrees)];
    close(around(upperFace), [Math.min(at, edge[0]), Math.max(at, edge[0]), -15, 15, Math.min(15, edge[1]), Math.max(15, edge[1])], 1e-4, 'and the second face rises from the hinge');
}
const missed = wedgePlan('opening', -8, 1, false, 8);
same(of_plan.planHandles(docs.addAll(missed, [{ path: ['items', 'saw', 'point_mm'], to: [0, 0, 90] }]), planSchema, 'wedge', 20, () => null, () => [boxed]).grips.map((one) => one.key).filter((one) => one.startsWith('wedge')), [], 'a plane that misses the bone has no wedge to pull at');
is(of_plan.planHandles(missed, planSchema, 'saw', 20, () => null, () => [boxed]).grips.some((one) => one.key === 'wedge.angle_deg'), false, 'nor has what does not need it');

/* the ends of the hinge stay in the plane, whatever is pulled */
const hinged = docs.addAll(wedgePlan('opening', -8, 1, false, 8), [{ path: ['items', 'saw', 'offset_mm'], to: 2 }, { path: ['items', 'saw', 'point_mm'], to: [3, 4, 13] }]);
const gripOf = (doc, key) => of_plan.planHandles(doc, planSchema, 'wedge', 20, () => null, () => [boxed]).grips.find((one) => one.key === key);
const offPlane = (doc) => ['a', 'b'].map((name) => { const { point, normal } = of_plan.planeOf(doc, 'saw'); return Math.abs(doc.items[name].at_mm.reduce((sum, one, k) => sum + (one - point[k]) * normal[k], 0)); });
const end_a = gripOf(hinged, 'a.at_mm');
close(pulled(end_a.at, end_a.going, [2.5, 0, -7]), [-5.5, -20, 15], 1e-9, 'an end of a hinge goes in its plane, square to the hinge');
same(end_a.move([-5, -20, 17])[0].to, [-5, -20, 15], 'and never out of it');
const lifted = docs.addAll(hinged, gripOf(hinged, 'saw.point_mm').move([3, 4, 17.5]));
same([lifted.items.saw.point_mm, lifted.items.a.at_mm, lifted.items.b.at_mm], [[3, 4, 17.5], [-8, -20, 19.5], [-8, 20, 19.5]], 'a plane that is shifted takes its hinge along');
const tilted = docs.addAll(hinged, gripOf(hinged, 'saw.normal').move([3 + 8, 4 - 3, 13 + 18]));
ok(tilted.items.saw.normal[0] > 0.3 && offPlane(tilted).every((off) => off < 0.02), 'and so does one that is turned', offPlane(tilted));
same(of_plan.planHandles(hinged, planSchema, 'lies', 20, () => null, () => [boxed]).grips.filter((one) => one.going.as === 'surface').length, 0, 'no end of a hinge goes over the bone');

/* ---- domes of the box: the half cylinder is shown where it meets the box, and cuts there */
const domePlan = (up, back, radius_mm, towards) => ({
    nuwa: 'plan 1',
    items: {
        box: { kind: 'mesh', file: { path: 'box.stl' } },
        a: { kind: 'landmark', at_mm: [0, back ? 30 : -20, up > 0 ? 20 : 35] },
        b: { kind: 'landmark', at_mm: [0, back ? -20 : 30, up > 0 ? 20 : 35] },
        axis: { kind: 'axis', from: 'a', to: 'b' },
        dome: { kind: 'dome', part: 'box', axis: 'axis', radius_mm, towards },
        beyond: { kind: 'piece', of: 'dome', side: 'above' },
        within: { kind: 'piece', of: 'dome', side: 'below' },
        above: { kind: 'box', around: 'beyond' },
        below: { kind: 'box', around: 'within' },
    },
});
for (const [up, back, radius, towards] of [
    [1, false, 18, [0, 0.7, 1]],
    [1, true, 14, [0.2, 0, 1]],
    [-1, false, 22.5, [0, 0, -3]],
]) {
    const doc = domePlan(up, back, radius, towards);
    const what = `radius ${radius}, ${up > 0 ? 'up' : 'down'}`;
    const { dome, above, below } = computed(doc.items);
    const z = up > 0 ? 20 : 35;
    const rim = Math.sqrt(radius ** 2 - 100); /* how high it goes through the box's sides */
    const shown = of_plan.planHandles(doc, planSchema, 'dome', 20, () => null, () => [boxed]);
    const lines = shown.lines.filter((one) => /^dome:dome/.test(one.key));
    const places = lines.flatMap((one) => one.points);
    ok(lines.length > 6 && places.every((at) => Math.abs(Math.hypot(at[0], at[2] - z) - radius) < 1e-9 && (at[2] - z) * up > 0), `every line lies on the half cylinder, ${what}`);
    const [zLow, zHigh] = [z + up * rim, z + up * radius].sort((a, b) => a - b);
    close(around(places), [-10, 10, -15, 15, zLow, zHigh], 0.01, 'and goes as far as the box does');
    const made = up > 0 ? [above.min_mm[2], below.max_mm[2]] : [below.min_mm[2], above.max_mm[2]];
    close(made, [zLow, zHigh], 0.006, 'where it is cut');
    close([dome.below_mm3], [30 * (20 * (up > 0 ? z : 40 - z) + 10 * rim + radius ** 2 * Math.asin(10 / radius))], 3, 'with the volume of the formula');
    const grip = (key) => shown.grips.find((one) => one.key === `dome.${key}`);
    const way = Math.hypot(towards[0], towards[2]);
    const crown = (r) => [(towards[0] / way) * r, 0, z + (towards[2] / way) * r];
    close(grip('radius_mm').at, crown(radius), 1e-9, 'the radius is pulled at the crown');
    same(grip('radius_mm').move(crown(radius + 2.344)), [{ path: ['items', 'dome', 'radius_mm'], to: radius + 2.34 }], 'to a hundredth of a millimetre');
    same([crown(-3), crown(900)].map((to) => grip('radius_mm').move(to)[0].to), [5, 500], 'within what a dome may have');
    const tilt = Math.atan2(towards[0], towards[2]) + 30 * degrees;
    const [turnedWay] = grip('towards').move([Math.sin(tilt) * 50, 7, z + Math.cos(tilt) * 50]);
    close(turnedWay.to, [Math.sin(tilt), 0, Math.cos(tilt)], 1e-4, 'its direction turns about the axis, wherever along it');
    same(turnedWay.path, ['items', 'dome', 'towards'], 'and is the one number that changes');
}
same(of_plan.planHandles(domePlan(1, false, 18, [0, 1, 0]), planSchema, 'dome', 20, () => null, () => [boxed]).grips.filter((one) => one.key.startsWith('dome')), [], 'a dome that points along its axis has no handles');

/* its piece goes: the gap along the radius, at once and as it is computed */
for (const [towards, kerf_mm, rotate_deg, shift_mm] of [
    [[0, 0, 1], 1, 0, [0, 0, 0]],
    [[0.3, 0, 1], 0, 12, [0, 0, 0]],
    [[0, 0, 1], 1, 0, [0, 0, -2]],
    [[0, 0, 1], 0.8, 4, [0.5, 0, -1]],
]) {
    const doc = domePlan(1, false, 18, towards);
    Object.assign(doc.items.dome, kerf_mm ? { kerf_mm } : {});
    doc.items.swung = { kind: 'moved', part: 'within', rotate_deg, about: 'axis', shift_mm };
    doc.items.slot = { kind: 'faces', a: 'swung', b: 'beyond' };
    const now = of_plan.between(doc, doc.items.slot, () => [boxed]);
    const made = computed(doc.items).slot;
    close([now.gap_mm], [made.gap_mean_mm], 0.05, `the gap of a dome turned by ${rotate_deg}° and shifted by ${shift_mm}`);
    same([now.angle_deg, made.angle_deg], [null, null], 'which has no one angle');
    const turned_ = docs.addAll(doc, [{ path: ['items', 'slot'], to: { kind: 'faces', a: 'beyond', b: 'swung' } }]);
    close([of_plan.between(turned_, turned_.items.slot, () => [boxed]).gap_mm], [now.gap_mm], 0.1, 'from the other side too');
}

/* ---- a plane fitted to landmarks lies at once where the job has it */
for (const places of [
    [[0, 0, 5], [10, 1, 6], [1, 12, 4], [9, 11, 7], [-3, 5, 5.5]],
    [[1, 0, -9], [1.5, 8, 4], [0.7, -7, 3]],
    [[0, 0, 0], [-5, 5, 8], [5, -4, 9], [1, 1, -12]],
]) {
    const items = { box: { kind: 'mesh', file: { path: 'box.stl' } }, end: { kind: 'plane', fit: places.map((_, i) => `p${i}`), offset_mm: 1.5 } };
    places.forEach((at_mm, i) => (items[`p${i}`] = { kind: 'landmark', at_mm }));
    const made = computed(items).end;
    const now = of_plan.planeOf({ nuwa: 'plan 1', items }, 'end');
    close([...now.point, ...now.normal], [...made.point_mm, ...made.normal], 1e-6, `a plane fitted to ${places.length} landmarks, at once as it is computed`);
    const shown = of_plan.planHandles({ nuwa: 'plan 1', items }, planSchema, 'end', 20, () => null, () => [boxed]);
    ok(shown.lines.some((one) => one.key === 'end:plane'), 'and is shown');
    same(of_plan.planeOf({ nuwa: 'plan 1', items: { ...items, p1: { kind: 'landmark' } } }, 'end'), null, 'a landmark without a place leaves it open');
}
same(of_plan.planeOf({ nuwa: 'plan 1', items: { end: { kind: 'plane', fit: ['u', 'v', 'w'] }, u: { kind: 'landmark', at_mm: [0, 0, 0] }, v: { kind: 'landmark', at_mm: [1, 1, 1] }, w: { kind: 'landmark', at_mm: [3, 3, 3] } } }, 'end'), null, 'so do landmarks on one line');

/* ---- a reduction: where its fragment goes is where it came from */
const whole = femur();
const away = (at) => [Math.cos(0.1) * at[0] - Math.sin(0.1) * at[1] + 4, Math.sin(0.1) * at[0] + Math.cos(0.1) * at[1] - 3, at[2] + 2];
writeFileSync(join(bench, 'whole.stl'), whole);
writeFileSync(join(bench, 'away.stl'), stlMoved(whole, away));
const reducing = {
    nuwa: 'plan 1',
    items: {
        whole: { kind: 'mesh', file: { path: 'whole.stl' } },
        away: { kind: 'mesh', file: { path: 'away.stl' } },
        fix: { kind: 'reduction', fragments: ['away'], onto: 'whole' },
        lay: { kind: 'register', moving: 'away', fixed: 'whole', kept: 0.9 },
    },
};
const reduced = computed(reducing.items);
const goes = destination.destinationsOf(reducing, reduced);
same(goes.map((one) => [one.by, one.part, !!one.way]), [['fix', 'away', true], ['lay', 'away', false]], 'a reduction and a registration say where their part goes');
const places = [[10, 20, 30], [-25, 4, -60], [0, -14, 90]];
for (const { by, rows } of goes) {
    const back = destination.brought({ pos: new Float32Array(places.flatMap(away)), tri: new Uint32Array() }, rows);
    close([...back.pos], places.flat(), 0.1, `which is where it was taken from: ${by}`);
}
const [arrow] = destination.arrowsOf(goes, null);
close(arrow.points[1], arrow.points[0].map((_, k) => reduced.fix.fragments.away.from_mm[k] + reduced.fix.fragments.away.shift_mm[k]), 1e-9, 'with an arrow from its middle');
close(away(arrow.points[1]), arrow.points[0], 0.1, 'to where that was');
is(destination.arrowsOf(goes, new Set(['lay'])).length, 0, 'only of what is looked at');
const taken = docs.addAll(reducing, [{ path: ['items', 'back'], to: { kind: 'moved', part: 'away', by: 'fix' } }]);
same(destination.notYetMoved(taken, goes).map((one) => one.by), ['lay'], 'once a fragment is moved it is shown itself');
same(destination.destinationsOf(docs.addAll(reducing, [{ path: ['items', 'fix', 'fragments'], to: ['whole'] }]), reduced).map((one) => one.by), ['lay'], 'a fragment that is named no more goes nowhere');

/* ---- how well it is determined, in words */
const doubtful = { turns: [{ axis: [0, 0, 1], sigma_deg: 7.25 }], shifts: [{ axis: [1, 0, 0], sigma_mm: 0.049 }], warnings: [{ code: 'other_turns', zh: '再转 10° 也吻合', en: 'turned by 10° it fits too' }] };
same(doubts.doubtsOf({ kind: 'register', ...doubtful }), [['', { turn: '±7.25° (0.00 0.00 1.00)', shift: '±0.05 mm (1.00 0.00 0.00)', warnings: [{ zh: '再转 10° 也吻合', en: 'turned by 10° it fits too' }] }]], 'a registration says its weakest axis, and what is wrong in a sentence');
same(doubts.doubtsOf({ kind: 'reduction', fragments: { a: doubtful, b: {} } }).map(([name, one]) => [name, one.warnings.length]), [['a', 1]], 'a reduction does so of each fragment; an older result says nothing');
for (const said of [reduced.fix.fragments.away, reduced.lay]) {
    const doubt = doubts.doubtOf(said);
    is(/^±<?\d+\.\d\d° \(/.test(doubt.turn) && /^±<?\d+\.\d\d mm \(/.test(doubt.shift), true, 'as the job says it');
}

/* ---- a command's finding that names another command: in the browser it names the page */
is(advice.here('部件占 900.0 mm：请转向（nuwa orient）、拆分'), '部件占 900.0 mm：请转向（打印页的“寻找摆放方向”）、拆分', 'where to do it here');
is(advice.here('nuwa slice: turn it (nuwa orient), split it'), 'nuwa slice: turn it (“How to lay it” on the printing page), split it', 'in English');
is(advice.here('nuwa orient: the mesh is empty'), 'nuwa orient: the mesh is empty', 'who speaks is left alone');
is(advice.here('nothing here can be read as a volume; nuwa info says why'), 'nothing here can be read as a volume; the import page says why', 'also of a scan');

await end();
