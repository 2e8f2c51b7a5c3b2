/*
 * Figures of the pages as they open (bench/run web): with a cold cache, on loopback, without a
 * graphics card. What a browser itself tells: first and largest contentful paint, shift of the
 * layout, how long the page was blocked; when what is useful is there; how long the browser worked
 * (what a busy machine changes least). Each page is opened in a fresh browser five times: medians.
 */
import { readFileSync } from 'node:fs';
import { end, expected, folder, is, logIn, ok, open, serve } from './harness.mjs';
import { hospital, passwordOf } from './hospital.mjs';

expected.push(/status of 401/);
const server = await serve(folder());
const { play } = await hospital(server.url, server.password, ['zhao', 'li', 'wang', 'feng', 'sun', 'zhou', 'qian', 'wu', 'zheng', 'chen', 'chu']);
const id = await play('consent.record');
const say = (name, figure) => console.log(`# ${JSON.stringify({ name, ...figure })}`);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/* Runs in the page from its beginning. */
function watch(useful) {
    const seen = { first_ms: 0, largest_ms: 0, shift: 0, blocked_ms: 0, useful_ms: 0 };
    globalThis.figures = seen;
    const observe = (type, take) =>
        new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true });
    observe('paint', (entry) => {
        if (entry.name === 'first-contentful-paint') seen.first_ms = entry.startTime;
    });
    observe('largest-contentful-paint', (entry) => (seen.largest_ms = entry.startTime));
    observe('layout-shift', (entry) => {
        if (!entry.hadRecentInput) seen.shift += entry.value;
    });
    observe('longtask', (entry) => (seen.blocked_ms += Math.max(0, entry.duration - 50)));
    const look = () => {
        if (seen.useful_ms) return;
        if (document.querySelector(useful)) requestAnimationFrame(() => setTimeout(() => (seen.useful_ms ||= performance.now())));
        else requestAnimationFrame(look);
    };
    look();
}

async function figure(name, path, useful, login) {
    const runs = [];
    for (let i = 0; i < 5; i++) {
        const page = await open(server.url, '/', { lang: 'zh', plain: true });
        if (login) await logIn(page, login, passwordOf(login));
        const tools = await page.context().newCDPSession(page);
        await tools.send('Network.clearBrowserCache');
        await tools.send('Network.setCacheDisabled', { cacheDisabled: true });
        await tools.send('Performance.enable');
        await page.addInitScript(`(${watch})(${JSON.stringify(useful)})`);
        let bytes = 0;
        await tools.send('Network.enable');
        tools.on('Network.loadingFinished', (done) => (bytes += done.encodedDataLength));
        await page.goto(server.url + path);
        await page.waitForFunction(() => globalThis.figures.useful_ms > 0);
        await page.waitForTimeout(1500);
        const seen = await page.evaluate(() => globalThis.figures);
        const metrics = (await tools.send('Performance.getMetrics')).metrics;
        const of = (metric) => metrics.find((one) => one.name === metric).value;
        runs.push({ ...seen, work_ms: 1000 * of('TaskDuration'), fetched_kb: bytes / 1024 });
        await page.context().close();
    }
    const figures = Object.fromEntries(
        Object.keys(runs[0]).map((key) => [key, Number(median(runs.map((one) => one[key])).toFixed(key === 'shift' ? 3 : 0))]),
    );
    say(name, figures);
    return figures;
}

const sizes = JSON.parse(readFileSync(`${process.env.NUWA_BUILD}/generated/net/sizes.json`, 'utf8'));
say('shell, compressed', { kb: Math.round(sizes.shell_gzip_bytes / 1024), limit_kb: 350 });
ok(sizes.shell_gzip_bytes <= 350 * 1024, 'the shell is at most 350 KiB');
const first = await figure('opening: login, cold', '/', 'input[autocomplete=username]');
await figure('opening: worklist, cold', '/', 'main table.list tbody tr', 'zhao');
await figure('opening: case, cold', `/cases/${id}`, '.casehead', 'zhao');
await figure('opening: form to be signed, cold', `/cases/${id}/do/ethics.record`, 'form.act', 'zhao');
console.log(`# first useful paint ${first.useful_ms} ms, limit 1500 ms`);
is(first.shift < 0.1, true, 'the layout does not jump');
await end();
