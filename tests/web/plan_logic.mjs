/* The logic of the design page without a browser: JSON with lines, documents, checks, undo. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { end, folder, is, nuwa, ok, source } from './harness.mjs';

const require = createRequire(join(source, 'web/package.json'));
const built = join(folder(), 'plan.mjs');
await require('esbuild').build({
    stdin: {
        contents: ['plan/json', 'plan/schema', 'plan/document', 'plan/history', 'plan/outcome', 'print/setup']
            .map((name) => `export * as ${name.split('/')[1]} from './src/${name}';`)
            .join('\n'),
        resolveDir: join(source, 'web'),
        loader: 'ts',
    },
    bundle: true,
    format: 'esm',
    outfile: built,
});
const { json, schema: schemas, document: docs, history, outcome, setup } = await import(built);
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

await end();
