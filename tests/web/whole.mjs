/*
 * The whole way of a case in the browser: a scan is dropped, becomes bone, is looked at, a guide is
 * designed on it, two people talk, everybody signs; made, labelled, delivered, accepted; the dossier
 * is valid. Each at a browser of his own. NUWA_WHOLE=all: every act of everybody by hand, not only
 * those the way is about.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, complaints, counted, end, expected, folder, is, nuwa, ok, says, seen, serve, until } from './harness.mjs';
import { Desk } from './doing.mjs';
import { hospital } from './hospital.mjs';

const began = Date.now();
const tell = (what) => console.log(`# ${((Date.now() - began) / 1000).toFixed(0)} s ${what}`);
const work = folder();
const run = (...line) => execFileSync(nuwa, line, { cwd: work, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
run('phantom', 'vertebra', '-o', 'scan', '--spacing', '1mm', '--slice', '1mm', '--no-truth', '--quiet');

expected.push(/status of 401/);
const data = folder();
const server = await serve(data);
const { people, begin, go, table } = await hospital(server.url, server.password);
const desk = new Desk(server.url, people, table);
for (const [login, person] of Object.entries(people)) {
    const { id, name } = (await person.ask('GET', '/me')).person;
    desk.names[id] = name;
    desk.names[login] = name;
}
tell('people are there');

const all = process.env.NUWA_WHOLE === 'all';
const byHand = new Set([
    'consent.record', 'images.take', 'images.confirm', 'images.gate', 'plan.make', 'order.sign_physician',
    'design.submit', 'design.review', 'sheet.sign_designer', 'sheet.sign_physician',
    'production.start', 'inspection.sheet', 'inspection.release', 'label.issue', 'delivery.list',
    'delivery.receive', 'delivery.sign', 'judge.object', 'accept.physician', 'conform.assess', 'use.record',
]);
let clicked = 0;
const hand = async (form, context) => {
    clicked++;
    return desk.act(context.who.login, context.case, context.act, form);
};
const by = (step) => (all && step.act !== 'case.open') || byHand.has(step.act) ? hand : null;
const context = begin({ title: '胸椎导板' });

/* ---- until the images: the case is opened, the team, the consent */
await go(context, 'ethics.record', by);
const where = `/cases/${context.case}`;
tell('the case is open');
await go(context, 'images.reply', by);
tell('the images are there');
await go(context, 'input.review', by);
tell('the input is reviewed');
await go(context, 'sheet.sign_production', by);
tell('the design is signed');
await go(context, 'inspection.release', by);
tell('produced and inspected');
await go(context, 'delivery.sign', by);
tell('delivered');
await go(context, 'followup.plan', by);
tell('accepted');

/* ---- the proof of it */
const dossier = join(work, 'dossier.zip');
run('dossier', context.case, '--data', data, '-o', dossier);
const verdict = JSON.parse(run('verify', dossier, '--json'));
is(verdict.valid, true, 'the dossier is valid', JSON.stringify(verdict));
ok(clicked >= byHand.size, `${clicked} acts were done by hand`);
is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
