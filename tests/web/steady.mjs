/*
 * Tests in the browser that judge how a page stands at one moment fail on a busy machine: each
 * such line is named here. The harness's seen, gone, says, holds, counted, becomes, until look again.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { end, is } from './harness.mjs';

const momentary = /\b(?:ok|is)\((?:[^;']|'[^']*')*?await (?:[^;']|'[^']*')*?\.(isVisible|isHidden|isDisabled|isEnabled|isChecked|innerText|allInnerTexts|textContent|inputValue|getAttribute|count|url|title)\(/g;
const lineOf = (text, at) => text.slice(0, at).split('\n').length;

function hits(text) {
    return [...text.matchAll(momentary)].map((hit) => `${lineOf(text, hit.index)}: ${hit[1]}`);
}

is(hits("ok(/x/.test(await field.innerText()), 'x');").join(), '1: innerText', 'what is read once is found');
is(hits("await says(field, /x/, 'x');\nok((await who.ask('GET', '/x')).count, 'x');").join(), '', 'what waits is not');
is(hits("const a = 1;\nis(\n    await b.count(),\n    1,\n    'x',\n);").join(), '2: count', 'also over lines');
for (const name of readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.mjs') && file !== 'steady.mjs')) {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8');
    is(hits(text).join('\n'), '', `${name} waits for what it judges`);
    const sleeps = text.split('\n').filter((line) => /waitForTimeout/.test(line) && !/^\s*for \(/.test(line));
    const looking = /pictures|figures/.test(name) || /NUWA_PICTURES/.test(text) ? 1 : 0;
    is(sleeps.length <= looking || name === 'view_figures.mjs', true, `${name} sleeps nowhere but before a picture`);
}
await end();
