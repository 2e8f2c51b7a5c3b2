/* What a command says may name another command: a page names the place where it does the same. */
import type { Labelled } from '../case/language';

/* But not where it begins what that command itself says: "nuwa orient: ...". */
const places: [RegExp, Labelled][] = [
    [/\bnuwa orient\b(?!:)/g, { zh: '打印页的“寻找摆放方向”', en: '“How to lay it” on the printing page' }],
    [/\bnuwa info\b(?!:)/g, { zh: '导入页', en: 'the import page' }],
];

/* In the language it is in. */
export function here(text: string): string {
    const chinese = /\p{Script=Han}/u.test(text);
    return places.reduce((now, [command, words]) => now.replace(command, chinese ? words.zh : words.en), text);
}
