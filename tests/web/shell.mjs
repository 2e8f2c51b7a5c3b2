/* The pages as the server gives them, and coming in. */
import { readFileSync } from 'node:fs';
import { becomes, complaints, end, expected, folder, insist, is, logIn, ok, open, says, seen, serious, serve } from './harness.mjs';

const server = await serve(folder());

/* ---- what is served */
const index = await fetch(`${server.url}/`, { headers: { Accept: 'text/html' } });
const html = await index.text();
is(index.status, 200, 'the pages are there');
is(index.headers.get('cache-control'), 'no-cache', 'the first page is asked for each time');
const policy = index.headers.get('content-security-policy');
ok(/default-src 'self'/.test(policy) && !/https?:/.test(policy), 'only this server may be spoken to', policy);
const script = /src="(\/main-[^"]+\.js)"/.exec(html)?.[1];
const code = await fetch(server.url + script);
is(code.headers.get('cache-control'), 'public, max-age=31536000, immutable', 'hashed names are kept for good');
is(code.headers.get('content-encoding'), 'gzip', 'pages come compressed');
const tag = code.headers.get('etag');
const again = await fetch(server.url + script, { headers: { 'If-None-Match': tag } });
is(again.status, 304, 'what is known is not sent again');
const plain = await fetch(server.url + script, { headers: { 'Accept-Encoding': 'identity' } });
is(await plain.text(), await code.text(), 'who takes no gzip gets the same bytes');
const deep = await fetch(`${server.url}/cases/x/view`, { headers: { Accept: 'text/html' } });
is(await deep.text(), html, 'a deep link opens the same page');
const data = await fetch(`${server.url}/cases/x`, { headers: { Accept: 'application/json' } });
is(data.status, 404, 'a program that asks for data at a wrong address is told so');
is((await fetch(`${server.url}/api/v1/nothing`, { headers: { Accept: 'text/html' } })).status, 404, 'so at the API');
is((await fetch(`${server.url}/`, { method: 'POST' })).status, 404, 'pages are not written to');
ok((await (await fetch(`${server.url}/NOTICE.txt`)).text()).includes('react-dom 18'), 'the licences are served');
const sizes = JSON.parse(readFileSync(`${process.env.NUWA_BUILD}/generated/net/sizes.json`, 'utf8'));
ok(sizes.shell_gzip_bytes <= 350 * 1024, 'the shell is at most 350 KiB compressed', sizes.shell_gzip_bytes);
console.log(`# shell ${(sizes.shell_gzip_bytes / 1024).toFixed(0)} KiB gzip'ed`);

/* ---- coming in */
expected.push(/status of 40[13]/); /* nobody yet; a wrong password */
const page = await open(server.url, '/');
await becomes(() => page.title(), '女娲 Nuwa', 'the page opens');
await page.locator('button[type=submit]').waitFor();
is((await serious(page)).join('\n'), '', 'nothing serious for axe at the login');
await page.locator('input[autocomplete=username]').fill('admin');
await page.locator('input[autocomplete=current-password]').fill('wrong');
await page.locator('button[type=submit]').click();
await says(page.getByRole('alert'), /口令/, 'a wrong password is said in Chinese');
await page.getByRole('button', { name: 'English' }).click();
await page.locator('input[autocomplete=current-password]').fill('wrong');
await page.locator('input[autocomplete=username]').fill('admin');
await page.locator('button[type=submit]').click();
await says(page.getByRole('alert'), /password/, 'and in English');
await page.getByRole('button', { name: '中文' }).click();
await logIn(page, 'admin', server.password);
await page.locator('input[autocomplete=current-password]').fill(server.password);
const fresh = page.locator('input[autocomplete=new-password]');
await fresh.first().fill('short');
await seen(page.getByText('至少 10 个字符'), 'a weak password is told before sending');
await fresh.first().fill('Keep-It-Safe-9!');
await fresh.nth(1).fill('Keep-It-Safe-9!');
await page.locator('button[type=submit]').click();
await seen(page.locator('header.top'), 'the one-time password is changed, the frame is there');
is((await serious(page)).join('\n'), '', 'nothing serious for axe at the worklist');
await page.reload();
await seen(page.locator('header.top'), 'a reload stays logged in');
const keys = page.getByRole('dialog');
await insist(() => page.keyboard.press('?'), keys);
await seen(keys.getByText('显示快捷键'), '? shows the keys');
await page.keyboard.press('Escape');
await keys.waitFor({ state: 'hidden' });
await page.keyboard.press('/');
await becomes(() => page.evaluate(() => document.activeElement.id), 'search', '/ goes to the search');

is(complaints.join('\n'), '', 'no complaint in the console, no other host');
await end();
