/*
 * The whole way of a case in the browser, each at a browser of his own: a DICOM folder is dropped,
 * passes the gate, becomes bone, is looked at; a surgeon says what he thinks and signs, somebody
 * answers; a guide is designed on a vertebra, signed, printed, labelled, delivered, accepted; the
 * dossier is valid. Counts what the surgeon and the engineer have to do.
 *
 * NUWA_WHOLE=all: every act of everybody by hand. NUWA_WHOLE=real: so too, with the chest scan and
 * the pedicle guide of examples/design ($NUWA_DATA); the test slow/whole. NUWA_PICTURES: a folder for
 * a picture of every form and page on the way.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
    becomes,
    complaints,
    counted,
    end,
    expected,
    folder,
    insist,
    is,
    nuwa,
    ok,
    patience,
    says,
    seen,
    serve,
    skip,
    source,
    until,
} from './harness.mjs';
import { Desk, Hands } from './doing.mjs';
import { hospital, passphraseOf } from './hospital.mjs';

const real = process.env.NUWA_WHOLE === 'real';
const all = real || process.env.NUWA_WHOLE === 'all';
const chest = join(process.env.NUWA_DATA ?? '/nowhere', 'ct_chest_lidc0314_upper130');
if (real && !existsSync(chest)) skip('NUWA_DATA has no ct_chest_lidc0314_upper130');
const began = Date.now();
const tell = async (what, page, name) => {
    console.log(`# ${((Date.now() - began) / 1000).toFixed(0)} s: ${what}`);
    if (page) await desk.picture(page, name);
};
/* of a whole chest a job is work for minutes, which nobody has to wait for */
const working = real ? 10 * patience : patience;
const work = folder();
const run = (...line) => execFileSync(nuwa, line, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
let scan = chest;
if (!real) {
    run('phantom', 'vertebra', '-o', 'scan', '--spacing', '1mm', '--slice', '1mm', '--no-truth', '--quiet');
    scan = join(work, 'scan/dicom');
}

/* What is designed on the bone: in the patient's frame, mm. */
function designOn(bone) {
    const file = { path: bone.name, sha256: bone.sha256 };
    const part = { kind: 'mesh', file };
    if (real) {
        const example = JSON.parse(readFileSync(join(source, 'examples/design/pedicle_screw_guide.json'), 'utf8'));
        const guide = example.parts.guide;
        guide.drills.forEach((drill, i) => (drill.name = ['右侧椎弓根', '左侧椎弓根'][i]));
        return { nuwa: 'design 1', parts: { bone: part, guide }, make: [{ part: 'guide', cell_mm: 0.25 }] };
    }
    const drill = (name, side) => ({
        name,
        entry_mm: [13 * side, 20, 3],
        direction: [-0.1 * side, -1, 0],
        diameter_mm: 2.5,
        sleeve_mm: 12,
    });
    const guide = {
        kind: 'guide',
        bone: 'bone',
        insertion: [0, -1, 0],
        margin_mm: 5,
        thickness_mm: 4,
        drills: [drill('right pedicle', -1), drill('left pedicle', 1)],
    };
    return { nuwa: 'design 1', parts: { bone: part, guide }, make: [{ part: 'guide', cell_mm: 0.5 }] };
}

const patient = JSON.parse(run('info', scan, '--json', '--identity')).paths?.[0]?.patients_found?.[0]?.id || 'ZY-000123';
expected.push(/status of 401/);
const data = folder();
const server = await serve(data);
const { people, begin, go, steps, table } = await hospital(server.url, server.password, undefined, ['thoracic'], ['drill_guide']);
const desk = new Desk(server.url, people, table);
for (const [login, person] of Object.entries(people)) {
    const { id, name } = (await person.ask('GET', '/me')).person;
    desk.names[id] = desk.names[login] = name;
}
await tell('people are there');

const byHand = new Set([
    'images.confirm',
    'plan.make',
    'order.sign_maker',
    'design.submit',
    'sheet.sign_designer',
    'production.start',
    'inspection.release',
    'label.issue',
    'delivery.sign',
    'accept.physician',
    'conform.assess',
]);
let clicked = 0;
const files = async () => (await people.li.ask('GET', `${where}/files`)).files;
const newest = async (ending) => (await files()).filter((file) => file.name.endsWith(ending)).at(-1);
/* what the case made itself stands where the example has a paper of its own */
const made = {
    'images.take': async (form) => {
        const { sha256, bytes } = await newest('.zip'); /* the folder, as it was sent */
        const series = { ...form.series[0], sha256, bytes, files: 130, slice_mm: 1 };
        return real ? { ...form, series: [series] } : form;
    },
    'production.start': async (form) => ({ ...form, print_file: await newest('.sl1') }),
};
const hand = async (form, context_) => {
    clicked++;
    if (all) await tell(context_.act);
    const own = (await made[context_.act]?.(form)) ?? form;
    return desk.act(context_.who.login, context_.case, context_.act, own);
};
const by = (step) => ((all && step.act !== 'case.open') || byHand.has(step.act) ? hand : null);
/* what the order and the plan say of it */
const spine = {
    condition: '胸椎骨折',
    plan: '后路椎弓根螺钉固定，定制导板引导置钉',
    risk: '感染、螺钉松动、神经血管损伤',
};
const context = begin({
    patient,
    device: 'drill_guide',
    ...(real ? { sex: 'female' } : {}), /* as the scan says */
    'label.issue': { use: '胸椎椎弓根置钉导向' },
    'delivery.list': { items: [{ name: '椎弓根置钉导板', code: 'NW-2026-000001', count: 1 }] },
    'data.deliver': { steps: '暴露椎板与棘突—贴合导板—钻孔—透视确认—取下导板' },
    'input.write': { surgery: '后正中入路', shape: '贴合椎板与棘突，双侧导向套筒' },
    'sheet.write': { surgery: '后正中入路', flow: '分割—修正—贴合面—套筒—检查—输出', structure: '实体导板', instruments: '2.5 mm 钻头' },
    'images.take': { method_chosen_by: '赵主任', method_reason: '螺旋 CT 显示椎弓根皮质' },
    'images.imaging': { artefact_measure: '无金属植入物，无须处理' },
    'case.open': { title: '胸椎后路固定，置钉导板', site: 'thoracic', side: 'midline' },
    indication: '胸椎骨折，拟后路椎弓根螺钉固定',
    why_not_marketed: '椎弓根细小，标准导向器无法贴合',
    alternatives: '徒手置钉、术中导航',
    original_design: '导板以棘突和椎板为贴合面，双侧导向套筒',
    'plan.make': { ...spine, goal: '螺钉位于椎弓根之内，椎管不受侵犯', anatomy: '导板贴合椎板与棘突，钉道在椎弓根之内' },
    'order.write': { ...spine, purpose: '胸椎固定', use_site: '胸椎后柱，双侧椎弓根' },
});
await go(context, 'ethics.record', by);
const where = `/cases/${context.case}`;
await tell('a case, its team, the consent');

/* ---- an engineer: from the folder to bone that can be printed */
const engineer = await desk.page('li');
const his = new Hands(engineer);
await engineer.goto(`${server.url}${where}/intake`);
await his.give(engineer.locator('input[webkitdirectory]'), scan, 'drops the folder');
await his.click(engineer.getByRole('button', { name: '确认是该患者的影像' }), 'confirms the patient');
await seen(engineer.locator('.series .tag.good, .series .verdict, [data-series]'), 'the series are seen');
await his.click(engineer.getByRole('button', { name: '生成骨模型' }), 'makes bone');
await until(() => engineer.locator('.parts li').first().isVisible(), 'the scan has passed the gate and is bone', working);
await until(() => engineer.locator('[data-printcheck]').isVisible(), 'and it is said whether it can be printed', working);
ok(his.actions <= 6, `an engineer needs ${his.actions} actions from the folder to printable bone: ${his.did.join(', ')}`);
console.log(`# ${JSON.stringify({ name: 'actions of the engineer', actions: his.actions, limit: 6 })}`);
await tell('bone', engineer, 'intake');

/* ---- what the recipe left or took too much is corrected by hand */
await engineer.goto(`${server.url}${where}/view`);
const view = (what) => engineer.evaluate(`(() => { const stage = globalThis.nuwaStage; return stage && (${what})(stage); })()`);
await until(() => view('(stage) => !!stage.scan.get()?.isWhole && stage.parts.get().length > 0'), 'the engineer sees it too');
await insist(() => engineer.getByRole('button', { name: '开始修正' }).click(), engineer.getByRole('group', { name: '修正工具' }));
const axial = await engineer.locator('[data-pane=axial] .pane-body').boundingBox();
await engineer.mouse.move(axial.x + axial.width / 2 + 24, axial.y + axial.height / 2 - 16); /* beside the bone */
await engineer.mouse.down();
await engineer.mouse.move(axial.x + axial.width / 2 + 30, axial.y + axial.height / 2 - 10, { steps: 4 });
await engineer.mouse.up();
await counted(engineer.locator('.edit-steps li'), 1, 'a stroke of the brush is a step');
await engineer.getByRole('button', { name: '生成修正后的模型' }).click();
await until(() => engineer.getByText(/corrected-1\.3mf 已显示在旧模型旁/).isVisible(), 'which a job has made true', working);
const bone = await newest('corrected-1.3mf');
ok(bone?.bytes > 1000, 'the corrected model is a file of the case');
await tell('corrected', engineer, 'corrected');

/* ---- a surgeon: the link, a look, a comment, a signature */
await go(context, 'order.write', by);
const surgeon = await desk.page('zhao');
await surgeon.goto(`${server.url}${where}/view`);
const hers = new Hands(surgeon);
const pane = surgeon.locator('[data-pane=axial] .pane-body');
await until(
    () => surgeon.evaluate(() => globalThis.nuwaStage?.scan.get()?.isWhole && globalThis.nuwaStage.picture.get()?.triangles > 0),
    'the slices and the bone are in sight as soon as the link is opened',
);
await desk.picture(surgeon, 'view');
const slice = surgeon.locator('[data-pane=axial] header span').first();
const before = await slice.innerText();
hers.note('turns the wheel');
await pane.hover();
await surgeon.mouse.wheel(0, 300);
await becomes(() => slice.innerText(), (now) => now !== before, 'she looks through the slices');
await hers.type(surgeon.getByLabel('对此视图说一句'), '椎弓根偏细，导板请用 2.5 mm 钻。', 'writes');
await hers.press('Control+Enter', 'sends');
await seen(surgeon.locator('.talk li', { hasText: '椎弓根偏细' }), 'what she said is there, with her view');
await engineer.goto(`${server.url}${where}/view`);
await seen(engineer.locator('.talk li', { hasText: '椎弓根偏细' }), 'another sees it');
await engineer.getByLabel('对此视图说一句').fill('收到，按 2.5 mm 设计。');
await engineer.keyboard.press('Control+Enter');
await seen(surgeon.locator('.talk li', { hasText: '收到，按 2.5 mm 设计。' }), 'and answers, at once in her window');
const signing = await people.zhao.ask('GET', `${where}/todo`);
const due = Object.values(signing.data.roles)
    .flatMap((role) => role.acts)
    .find((act) => act.act === 'order.sign_physician');
ok(due?.signed, 'her signature is asked for');
await hers.click(surgeon.locator('.viewer h1 a'), 'goes to the case');
await hers.click(surgeon.locator('.todo a[href*="/do/order.sign_physician"]').first(), 'opens what is to be signed');
await hers.type(surgeon.locator('.secret input, input.secret'), passphraseOf('zhao'), 'types the passphrase');
await hers.press('Enter', 'signs');
await becomes(
    async () => (await people.zhao.ask('GET', `${where}/entries`)).data.find((entry) => entry.act === 'order.sign_physician')?.signature !== undefined,
    true,
    'and it is signed',
);
ok(hers.actions <= 8, `a surgeon needs ${hers.actions} actions: ${hers.did.join(', ')}`);
console.log(`# ${JSON.stringify({ name: 'actions of the surgeon', actions: hers.actions, limit: 8 })}`);
context.next++;
await tell('looked at, talked about, signed', engineer, 'talk');

/* ---- the guide */
await go(context, 'input.review', by);
await engineer.goto(`${server.url}${where}/design`);
await engineer.getByRole('button', { name: '文本' }).click();
await engineer.getByLabel('文档文本').fill(JSON.stringify(designOn(bone), null, 2));
await engineer.getByRole('button', { name: '评估' }).click();
await engineer.getByRole('heading', { name: /^结果/ }).waitFor({ timeout: working });
await engineer.getByText('预览，网格较粗').waitFor({ state: 'detached', timeout: working });
await says(engineer.locator('table.checks'), /seat/, 'the guide is made and checked on the vertebra');
await until(
    () => view('(stage) => stage.framed && Math.hypot(...stage.camera.get().target_mm.map((at, i) => at - stage.framed.target_mm[i])) > 1'),
    'the picture turns to the guide',
);
await engineer.getByRole('button', { name: '记为设计步骤' }).click();
await engineer.getByText('已作为设计步骤记入病例').waitFor();
await engineer.locator('canvas').first().scrollIntoViewIfNeeded();
const step = (await people.li.ask('GET', `${where}/entries`)).data.find((entry) => entry.act === 'design.step');
while (steps[context.next].act === 'design.step') context.next++; /* it has one of its own */
ok(step.form.inputs.some((one) => one.sha256 === bone.sha256), 'its step is on record, with the bone it was made on');
await tell('the guide is designed', engineer, 'design');

/* ---- agreed by all who have to; printed */
await go(context, 'production.accept', by);
const producer = await desk.page('wu');
await producer.goto(`${server.url}${where}/print`);
const model = await newest('design.3mf');
await producer.locator('#print-model').selectOption(model.sha256);
await producer.locator('#print-machine').selectOption('sla-120');
await producer.locator('#print-layer').fill('0.1');
await producer.getByLabel('加支撑').check();
await producer.getByRole('button', { name: /^切\s?片$/ }).click();
await becomes(
    () => producer.getByRole('region', { name: '打印文件' }).innerText({ timeout: 1000 }),
    /共 \d+ 层/,
    'the print file is made, layer by layer',
    working,
);
await tell('printed', producer, 'print');
await go(context, 'inspection.release', by);
await tell('produced and inspected');

/* ---- label, delivery, acceptance */
await go(context, 'label.issue', by);
const quality = await desk.page('wang');
await quality.goto(`${server.url}${where}/documents`);
const paper = quality.locator('table.list tr', { hasText: '标签' }).locator('a').first();
await seen(paper, 'the label is made from the records');
const label = await quality.request.get(server.url + (await paper.getAttribute('href')));
is((await label.body()).subarray(0, 4).toString(), '%PDF', 'as a paper to be printed');
await tell('labelled', quality, 'documents');
await go(context, 'delivery.sign', by);
await tell('delivered');
await go(context, 'followup.plan', by);
await surgeon.goto(`${server.url}${where}`);
await says(surgeon.locator('.casehead'), /随访/, 'accepted, used, the visits are planned');
await counted(surgeon.locator('.stage.done'), (count) => count > 10, 'every stage until then is done');
await tell('accepted', surgeon, 'case');

/* ---- the proof of it */
run('dossier', context.case, '--data', data, '-o', 'dossier.zip');
const verdict = JSON.parse(run('verify', 'dossier.zip', '--json'));
is(verdict.valid, true, 'the dossier is valid');
console.log(`# ${JSON.stringify({ name: 'acts by hand', acts: clicked })}`);
ok(clicked >= byHand.size, `${clicked} more acts were done by hand`);
is(complaints.join('\n'), '', 'no complaint in any console, no other host');
await tell('done');
await end();
