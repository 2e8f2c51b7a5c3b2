/*
 * node tests/web/pictures.mjs FOLDER -- pictures of every page in both languages and both looks,
 * of a hospital made for it. Not a test: for people who look, and for the user's guide.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Caller, folder, is, complaints, end, expected, logIn, nuwa, ok, open, serious, serve } from './harness.mjs';
import { adminPassword, hospital, passwordOf } from './hospital.mjs';

const out = resolve(process.argv[2] ?? 'pictures');
mkdirSync(out, { recursive: true });
expected.push(/status of 401/);

const server = await serve(folder());
const { admin, people, play } = await hospital(server.url, server.password);
await admin.ask('POST', '/people', { login: 'shen', password: 'Begin-Here-1x!', name: '沈审计', roles: ['audit'] });
await new Caller(server.url).enter('shen', 'Begin-Here-1x!', passwordOf('shen'));
const whole = await play('followup.plan');
const middle = await play('design.step', { title: '右侧骨盆肿瘤切除后重建', side: 'right', patient: 'ZY-000124' });
const young = await play('images.confirm', { title: '左侧髋臼骨缺损重建', patient: 'ZY-000125' });
await people.zhao.ask('POST', `/cases/${middle}/acts/discuss.say`, {
    form: { text: '截骨面距肿瘤边缘是否够 10 mm？' },
});

/* A scan for the page where scans come in. */
const work = folder();
execFileSync(nuwa, ['phantom', 'femur', '-o', 'scan', '--spacing', '1mm', '--slice', '1mm', '--extent', '80', '--no-truth', '--quiet'], { cwd: work });
execFileSync('sh', ['-c', 'zip -q -r scan.zip scan'], { cwd: work });
const scan = readFileSync(join(work, 'scan.zip'));
const { upload } = await people.zhao.ask('POST', `/cases/${young}/uploads`, { name: 'scan.zip', bytes: scan.length });
await people.zhao.ask('PUT', `/uploads/${upload}?offset=0`, scan);
await people.zhao.ask('POST', `/uploads/${upload}/end`, {});

async function shoot(page, name) {
    await page.locator('.boot, main p[role=status]').waitFor({ state: 'detached' }).catch(() => undefined);
    await page.waitForTimeout(500);
    await page.screenshot({ path: join(out, `${name}.png`), fullPage: true });
    if (process.env.AXE) {
        const found = await serious(page);
        is(found.join('\n'), '', `nothing serious for axe: ${name}`);
    }
}

async function visit(login, password, pages, options) {
    const page = await open(server.url, '/', options);
    await logIn(page, login, password);
    for (const [name, path, act] of pages) {
        await page.goto(server.url + path);
        await page.locator('main h1, main .card').first().waitFor();
        if (act) await act(page);
        await shoot(page, `${name}-${options.lang}${options.dark ? '-dark' : ''}`);
    }
    await page.context().close();
}

for (const options of [{ lang: 'zh' }, { lang: 'en', dark: true }]) {
    const page = await open(server.url, '/', options);
    await page.locator('input[autocomplete=username]').waitFor();
    await shoot(page, `login-${options.lang}${options.dark ? '-dark' : ''}`);
    await page.context().close();
    await visit(
        'zhao',
        passwordOf('zhao'),
        [
            ['worklist', '/'],
            ['worklist-all', '/?all=1'],
            ['new', '/new', async (one) => { await one.locator('.send button').first().click(); }],
            ['case', `/cases/${middle}`],
            ['case-young', `/cases/${young}`],
            ['case-late', `/cases/${whole}`],
            ['talk', `/cases/${middle}/talk`],
            ['files', `/cases/${middle}/files`],
            ['intake', `/cases/${young}/intake`, async (one) => { await one.locator('[data-series] .tag').first().waitFor(); }],
            ['documents', `/cases/${whole}/documents`],
            ['record', `/cases/${middle}/entries#entry-6`],
            ['checklist', `/cases/${middle}/checklist`],
            ['order', `/cases/${middle}/do/order.write`],
            ['team', `/cases/${middle}/do/team.set`],
            ['sign', `/cases/${middle}/do/consent.record`],
            ['visit', `/cases/${whole}/do/followup.visit`],
            ['account', '/me'],
        ],
        options,
    );
    await visit('li', passwordOf('li'), [['designer', `/cases/${middle}`], ['submit', `/cases/${middle}/do/design.submit`]], options);
    await visit('wang', passwordOf('wang'), [['registry', '/registry/machine'], ['statistics', '/statistics']], options);
    await visit('admin', adminPassword, [['people', '/people']], options);
    await visit('shen', passwordOf('shen'), [['audit', '/audit']], options);
}
const phone = await open(server.url, '/', { lang: 'zh', width: 390, height: 844 });
await logIn(phone, 'zhao', passwordOf('zhao'));
await shoot(phone, 'phone-worklist');
await phone.goto(`${server.url}/cases/${middle}`);
await phone.locator('main h1').waitFor();
await shoot(phone, 'phone-case');
ok(complaints.length === 0, 'no complaint in any console, no other host', complaints.join('\n'));
await end();
