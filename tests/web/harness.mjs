/*
 * For tests in a real browser: TAP, a server of its own on a fresh data folder, and a Chromium
 * whose every request and console line is watched.
 *
 *   import { is, ok, open, says, seen, serve, end } from './harness.mjs';
 *
 * A page is never judged by how it stands at one moment: `seen`, `gone`, `says`, `holds`,
 * `counted`, `becomes`, `until` look again until it is as awaited (tests/web/steady.mjs finds who
 * does not). Before "this is not there", wait for what comes in its place.
 *
 * NUWA is the program, NUWA_SOURCE the tree. NUWA_SLOW_BROWSER=6: pages run six times slower.
 * Says "skipped" where there is no Chromium.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const source = process.env.NUWA_SOURCE ?? new URL('../..', import.meta.url).pathname;
export const nuwa = process.env.NUWA ?? join(source, 'build/release/nuwa');
const require = createRequire(join(source, 'web/package.json'));

let count = 0;
let failures = 0;

export function ok(good, name, more) {
    count++;
    if (!good) failures++;
    console.log(`${good ? 'ok' : 'not ok'} ${count} - ${name}`);
    if (!good && more !== undefined) console.log(`# ${String(more).replaceAll('\n', '\n# ')}`);
    return good;
}

export function is(got, want, name) {
    return ok(Object.is(got, want), name, `got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
}

/* How long a page may take to become what is awaited, in ms: a machine may be busy. */
export const patience = 120000;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* What all pages show, for a diagnosis. */
async function glance() {
    const texts = [];
    for (const page of opened) {
        if (page.isClosed()) continue;
        const text = await page.evaluate(() => document.body?.innerText).catch((failure) => failure.message);
        texts.push(`${page.url()}: ${String(text).replaceAll(/\s+/g, ' ').slice(0, 1500)}`);
    }
    return texts.join('\n');
}

function fits(got, want) {
    if (want instanceof RegExp) return want.test(String(got));
    return typeof want === 'function' ? !!want(got) : Object.is(got, want);
}

/* Asks `get` again until it gives `want`: a value, a pattern, or a function that says yes. Gives
 * what it gave last. */
export async function becomes(get, want, name, limit = patience) {
    let got;
    let failure;
    for (const begun = Date.now(); ; await pause(50)) {
        try {
            failure = undefined;
            got = await get();
            if (fits(got, want)) break;
        } catch (thrown) {
            failure = thrown; /* the page changes under it */
        }
        if (Date.now() - begun < limit) continue;
        const seen_ = failure ? failure.message : JSON.stringify(got);
        ok(false, name, `last ${seen_}, want ${want}\n${await glance()}`);
        return got;
    }
    ok(true, name);
    return got;
}

export const until = (what, name, limit) => becomes(what, Boolean, name, limit);
export const says = (locator, pattern, name) => becomes(() => locator.innerText({ timeout: 1000 }), pattern, name);
export const holds = (field, value, name) => becomes(() => field.inputValue({ timeout: 1000 }), value, name);
export const counted = (locator, count_, name) => becomes(() => locator.count(), count_, name);

async function comesTo(locator, state, name) {
    try {
        await locator.first().waitFor({ state, timeout: patience });
        return ok(true, name);
    } catch (failure) {
        return ok(false, name, `${failure.message.split('\n')[0]} ${locator}\n${await glance()}`);
    }
}

export const seen = (locator, name) => comesTo(locator, 'visible', name);
export const gone = (locator, name) => comesTo(locator, 'hidden', name);

/* Does something, again if need be, until `locator` is there: for keys, which a page that is just
 * coming up may not hear yet. */
export async function insist(act, locator) {
    for (const begun = Date.now(); Date.now() - begun < patience; ) {
        await act();
        if (await locator.waitFor({ timeout: 5000 }).then(() => true, () => false)) return;
    }
    throw new Error(`it never came: ${locator}\n${await glance()}`);
}

/* Takes the option that says `text` from a list that drops down, of one value. The list is opened
 * again when the page, still drawing itself, has closed it. `typed`: what narrows the list first. */
export async function choose(page, box, text, typed) {
    for (const begun = Date.now(); ; await pause(100)) {
        try {
            /* not the input itself: what is chosen already lies over it */
            if ((await box.getAttribute('aria-expanded')) !== 'true')
                await box.locator('xpath=ancestor::*[contains(@class, "ant-select ")][1]').click({ timeout: 5000 });
            if (typed) await page.keyboard.insertText(typed);
            const drop = page.locator('.ant-select-dropdown').filter({ has: page.locator(`[id="${await box.getAttribute('aria-controls')}"]`) });
            await drop.locator('.ant-select-item-option').filter({ hasText: text }).first().click({ timeout: 5000 });
            await drop.waitFor({ state: 'hidden', timeout: 5000 }); /* it has the keys until then */
            return;
        } catch (failure) {
            if (Date.now() - begun > patience) throw failure;
            await box.blur({ timeout: 5000 }).catch(() => undefined);
        }
    }
}

/* A day into an input for dates, as digits, as often as it takes: its mask may lose a digit that
 * comes while the page is busy. */
export async function typeDay(input, day) {
    for (const begun = Date.now(); (await input.inputValue()) !== day; ) {
        if (Date.now() - begun > patience) throw new Error(`the day is ${await input.inputValue()}, not ${day}`);
        await input.click();
        await input.press('Control+a');
        await input.pressSequentially(day.replaceAll('-', ''), { delay: 30 });
        await input.press('Enter');
        await input.blur(); /* what was not taken goes */
        for (let i = 0; i < 20 && (await input.inputValue()) !== day; i++) await pause(50);
    }
}

const cleaning = [];

export function atEnd(work) {
    cleaning.push(work);
}

async function clean() {
    while (cleaning.length) await cleaning.pop()();
}

export async function end() {
    await clean();
    console.log(`1..${count}`);
    process.exit(failures ? 1 : 0);
}

export function skip(why) {
    console.log(`1..0 # SKIP ${why}`);
    process.exit(0);
}

async function bail(failure) {
    console.log(`Bail out! ${failure?.stack ?? failure}`);
    console.log(`# ${(await glance().catch(String)).replaceAll('\n', '\n# ')}`);
    await clean();
    process.exit(1);
}
process.on('unhandledRejection', bail);
process.on('uncaughtException', bail);

export function folder() {
    const path = mkdtempSync(join(tmpdir(), 'nuwa-web-'));
    atEnd(() => rmSync(path, { recursive: true, force: true }));
    return path;
}

/* Starts `nuwa serve`; gives its address, the first password when it is new, and how to stop it. */
export async function serve(data, port = 0) {
    const server = spawn(nuwa, ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--json'], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, OMP_WAIT_POLICY: 'passive' },
    });
    const ended = new Promise((resolve) => server.once('exit', resolve));
    const line = await new Promise((resolve, reject) => {
        let text = '';
        server.stdout.on('data', (bytes) => {
            text += bytes;
            if (text.includes('\n')) resolve(text);
        });
        ended.then((status) => reject(new Error(`the server ended with ${status}`)));
    });
    const ready = JSON.parse(line);
    const stop = async () => {
        if (server.exitCode === null) server.kill('SIGTERM');
        await ended;
    };
    atEnd(stop);
    return { port: ready.port, url: `http://127.0.0.1:${ready.port}`, password: ready.password, stop };
}

const piece = 16 << 20;

/* Somebody at the API, without a browser: to make ready what a test looks at. */
export class Caller {
    constructor(url) {
        this.root = `${url}/api/v1`;
    }

    async ask(method, path, body, headers = {}) {
        const raw = body instanceof Uint8Array;
        const reply = await fetch(this.root + path, {
            method,
            headers: {
                'Accept-Language': 'en',
                ...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
                ...headers,
            },
            body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
        });
        const json = await reply.json();
        if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${json.error?.message}`);
        return json;
    }

    async enter(login, password, fresh) {
        this.token = (await this.ask('POST', '/login', { login, password })).token;
        if (fresh) await this.ask('POST', '/me/password', { old: password, new: fresh });
        this.id = (await this.ask('GET', '/me')).person.id;
        return this;
    }

    /* A file into a case: text or bytes. Gives its digest. */
    async send(to, name, content) {
        const bytes = Buffer.from(content);
        const sha256 = createHash('sha256').update(bytes).digest('hex');
        const { upload } = await this.ask('POST', `/cases/${to}/uploads`, { name, bytes: bytes.length });
        for (let at = 0; at < bytes.length; at += piece)
            await this.ask('PUT', `/uploads/${upload}?offset=${at}`, new Uint8Array(bytes.subarray(at, at + piece)));
        await this.ask('POST', `/uploads/${upload}/end`, { sha256 });
        return sha256;
    }
}

/* What no page may do: complain, break, or speak to another host. Kept per page. */
export const complaints = [];
/* Some failures are meant: tests say which lines they expect. */
export const expected = [];

function watch(page, url) {
    const note = (text) => {
        if (!expected.some((pattern) => pattern.test(text))) complaints.push(text);
    };
    page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') note(`console: ${message.text()}`);
    });
    page.on('pageerror', (failure) => note(`page error: ${failure.stack}`));
    page.on('request', (request) => {
        const to = request.url();
        if (!to.startsWith(url) && !/^(data|blob):/.test(to)) note(`another host: ${to}`);
    });
}

let chromium;
const opened = [];
const slow = Number(process.env.NUWA_SLOW_BROWSER ?? 1);

/* A window on the server; `options.lang` 'zh' or 'en', `options.dark`, `options.width`,
 * `options.motion`: what opens and closes takes its time, as for most people; the first
 * one's `options.plain`: without WebGL even in software. */
export async function open(url, path = '/', options = {}) {
    if (!chromium) {
        const program = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
        if (!program) skip('there is no Chromium (tools/setup test)');
        const playwright = require('playwright-core');
        chromium = await playwright.chromium.launch({
            executablePath: program,
            args: [
                '--no-sandbox',
                '--disable-dev-shm-usage',
                ...(options.plain
                    ? ['--disable-gpu']
                    : ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader']),
                '--disable-background-networking',
                '--disable-component-update',
            ],
        });
        const launched = chromium;
        atEnd(() => launched.close());
    }
    const context = await chromium.newContext({
        viewport: { width: options.width ?? 1280, height: options.height ?? 800 },
        colorScheme: options.dark ? 'dark' : 'light',
        reducedMotion: options.motion ? 'no-preference' : 'reduce',
        locale: options.lang === 'en' ? 'en-GB' : 'zh-CN',
        timezoneId: 'Asia/Shanghai',
    });
    await context.addInitScript((lang) => {
        if (!localStorage.getItem('nuwa.language')) localStorage.setItem('nuwa.language', lang);
    }, options.lang ?? 'zh');
    const page = await context.newPage();
    page.setDefaultTimeout(patience);
    opened.push(page);
    if (slow > 1) {
        const tools = await context.newCDPSession(page);
        await tools.send('Emulation.setCPUThrottlingRate', { rate: slow });
    }
    watch(page, url);
    await page.goto(url + path);
    return page;
}

/* Logs in through the page's own form. */
export async function logIn(page, login, password) {
    await page.locator('input[autocomplete=username]').fill(login);
    await page.locator('input[autocomplete=current-password]').fill(password);
    await page.locator('button[type=submit]').click();
    await page.locator('header.top, input[autocomplete=new-password]').first().waitFor();
}

/* The stage of a page with slices or solids. `ask`: what a function of it (as text, `more` its second
 * value) gives, nothing while there is no stage; `until`: waits for a condition on `stage`. */
export function stageOf(page) {
    const ask = (work, more) =>
        page.evaluate(
            `(async () => { const stage = globalThis.nuwaStage; return stage && (${work})(stage, ${JSON.stringify(more ?? null)}); })()`,
        );
    return { ask, until: (what, name = `it comes to be: ${what}`) => until(() => ask(`(stage) => !!(${what})`), name) };
}

/* A picture of the whole page into the folder NUWA_PICTURES, when it is named. */
export async function shoot(page, name) {
    if (!process.env.NUWA_PICTURES) return;
    await page.waitForTimeout(400); /* what fades in has come */
    await page.screenshot({ path: join(process.env.NUWA_PICTURES, `${name}.png`), fullPage: true });
}

/* What axe-core finds serious or critical on the page, once it has come to rest: what moves or
 * fades in has other colours meanwhile. */
export async function serious(page) {
    await page.evaluate(require('node:fs').readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'));
    let found = await violations(page);
    for (let again = 0; found.length && again < 5; again++) {
        await pause(500);
        found = await violations(page);
    }
    return found;
}

async function violations(page) {
    await page.evaluate(() => {
        const ends = document
            .getAnimations()
            .filter((one) => Number.isFinite(one.effect?.getComputedTiming().endTime ?? Infinity))
            .map((one) => one.finished.catch(() => undefined));
        return Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, 5000))]);
    });
    const found = await page.evaluate(() =>
        globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
    );
    return found.violations
        .filter((one) => one.impact === 'serious' || one.impact === 'critical')
        .map((one) => `${one.id}: ${one.nodes.map((node) => `${node.target} ${node.failureSummary}`).join('; ')}`);
}
