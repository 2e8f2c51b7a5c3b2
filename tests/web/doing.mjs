/*
 * People at their browsers, doing acts of a case as they would: the case's page, the act in "what I
 * may do", its form filled in field by field, signed where it is to be signed, sent.
 */
import { join } from 'node:path';
import { choose, logIn, open, patience, typeDay } from './harness.mjs';
import { passphraseOf, passwordOf } from './hospital.mjs';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* Clicks and typings of somebody, counted: one field filled in is one, one click is one, one key
 * (or two pressed together) is one. Opening a link that was sent is none. */
export class Hands {
    constructor(page) {
        this.page = page;
        this.actions = 0;
        this.did = [];
    }

    note(what) {
        this.actions++;
        this.did.push(what);
    }

    async click(locator, what, options) {
        this.note(what);
        await locator.click(options);
    }

    async type(locator, text, what) {
        this.note(what);
        await locator.fill(text);
    }

    async press(keys, what) {
        this.note(what);
        await this.page.keyboard.press(keys);
    }

    async give(locator, files, what) {
        this.note(what);
        await locator.setInputFiles(files);
    }
}

function wordsOf(flow, field) {
    return typeof field.choices === 'string' ? flow.words[field.choices] : field.choices;
}

/* Typed again when something else took the keys meanwhile. */
async function type(field, text) {
    for (const begun = Date.now(); ; await pause(100)) {
        await field.fill(text);
        if ((await field.inputValue()) === text) return;
        if (Date.now() - begun > patience) throw new Error(`it does not take ${text}: ${field}`);
    }
}

/* A file of one's own, or one that the case has already. */
async function attach(box, files) {
    if (files.sha256) {
        await box.locator('select.choice').selectOption(files.sha256);
        await box.getByText(files.name).first().waitFor();
        return;
    }
    await box.locator('input[type=file]').setInputFiles(files);
    await box.getByText(files.name).first().waitFor();
}

async function one(desk, page, field, place, value) {
    const id = `f-${place.replaceAll(/[[\].]+/g, '-')}`;
    const box = page.locator(`[data-field="${id}"]`);
    await box.waitFor();
    if (value === undefined || value === null) return;
    const radio = (at) => box.locator('input[type=radio]').nth(at).check();
    switch (field.kind) {
        case 'choice': {
            const words = wordsOf(desk.flow, field);
            const at = words.findIndex((word) => word.value === value);
            if (words.length <= 4) await radio(at);
            else await choose(page, page.locator(`#${id}`), words[at].zh, words[at].zh);
            return;
        }
        case 'bool':
            return radio(value ? 0 : 1);
        case 'file':
            return attach(box, value);
        case 'entry':
            await page.locator(`#${id}`).selectOption(String(value));
            return;
        case 'date': {
            await typeDay(box.locator('input:not([disabled])'), value);
            return;
        }
        case 'list':
            for (let i = 0; i < value.length; i++) {
                const rows = box.locator(':scope > .rows > fieldset, :scope .rows > fieldset');
                if ((await rows.count()) <= i) await box.getByRole('button', { name: '加一行' }).click();
                for (const part of field.of) {
                    const inner = value[i][part.name];
                    if (inner !== undefined) await one(desk, page, part, `${place}[${i}].${part.name}`, inner);
                }
            }
            return;
        default:
            if (field.name === 'person' && field.most === 64) return choose(page, page.locator(`#${id}`), desk.names[value], desk.names[value]);
            await type(page.locator(`#${id}`), String(value));
    }
}

/* `people`: of hospital(); pages are opened when somebody is first needed, in Chinese. */
export class Desk {
    constructor(url, people, flow) {
        Object.assign(this, { url, people, flow, pages: {}, names: {} });
    }

    async page(login) {
        if (!this.pages[login]) {
            const page = await open(this.url, '/', { lang: 'zh', width: 1400, height: 900, motion: true });
            await logIn(page, login, passwordOf(login));
            this.pages[login] = page;
        }
        return this.pages[login];
    }

    /* To be looked at, when somebody wants to: $NUWA_PICTURES is the folder. */
    async picture(page, name) {
        const to = process.env.NUWA_PICTURES;
        if (!to) return;
        this.taken = (this.taken ?? 0) + 1;
        await page.screenshot({ path: join(to, `${String(this.taken).padStart(2, '0')}-${name}.png`), fullPage: true });
    }

    async form(page, fields, form) {
        for (const field of fields) if (form[field.name] !== undefined) await one(this, page, field, field.name, form[field.name]);
    }

    /* Fills in and sends what is on the page; gives what the server answered. */
    async send(page, path, login, signed) {
        if (signed) await page.locator('.secret input, input.secret').fill(passphraseOf(login));
        let answer;
        const hear = (reply) => {
            if (reply.request().method() === 'POST' && new URL(reply.url()).pathname === `/api/v1${path}`) answer = reply;
        };
        page.on('response', hear);
        await page.locator('.send button[type=submit]').click();
        const said = page.locator('form.act > p.fault, form.act > .ant-alert-error');
        for (const begun = Date.now(); !answer; await pause(30)) {
            const late = Date.now() - begun > patience;
            if (late || (await said.count()))
                throw new Error(`${path} was not sent: ${(await page.locator('.fault, .ant-alert-error').allInnerTexts()).join('; ')}`);
        }
        page.off('response', hear);
        if (!answer.ok()) throw new Error(`${path}: ${await answer.text()}`);
        await page.locator('.casehead').waitFor();
        return answer.json();
    }

    /* Nobody signs unseen: what a signature covers is there, each record once. */
    async read(page) {
        await page.locator('form.act .statement').waitFor();
        const covered = await page.locator('.statement .covered summary').allInnerTexts();
        if (new Set(covered).size < covered.length) throw new Error(`a record stands twice: ${covered.join('; ')}`);
        if (covered.some((line) => /^[a-z]/i.test(line))) throw new Error(`a record has no name: ${covered.join('; ')}`);
    }

    /* The one named does an act of a case. */
    async act(login, caseId, act, form) {
        const page = await this.page(login);
        const todo = (await this.people[login].ask('GET', `/cases/${caseId}/todo`)).data;
        const may = Object.values(todo.roles)
            .flatMap((role) => role.acts)
            .find((each) => each.act === act);
        if (!may) throw new Error(`${login} may not do ${act} now`);
        await page.goto(`${this.url}/cases/${caseId}`);
        const link = page.locator(`.todo a[href*="/do/${act}?"]`).first();
        await link.waitFor({ state: 'attached' });
        if (!(await link.isVisible())) await page.locator('.todo details', { has: page.locator(`a[href*="/do/${act}?"]`) }).first().locator('summary').click();
        await link.click();
        await page.locator('form.act').waitFor();
        await this.form(page, may.fields, form);
        if (may.signed) await this.read(page);
        await this.picture(page, act);
        return this.send(page, `/cases/${caseId}/acts/${act}`, login, may.signed);
    }
}
