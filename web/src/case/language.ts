/* Chinese first, English at a key: the sentence stands where it is used, in both. */
import { Cell } from './cell';

export type Language = 'zh' | 'en';

export interface Labelled {
    zh: string;
    en: string;
}

function remembered(): Language {
    return localStorage.getItem('nuwa.language') === 'en' ? 'en' : 'zh';
}

export const language = new Cell<Language>(remembered());

export function speak(to: Language): void {
    localStorage.setItem('nuwa.language', to);
    language.set(to);
}

language.listen(() => {
    document.documentElement.lang = language.get() === 'zh' ? 'zh-CN' : 'en';
});
document.documentElement.lang = language.get() === 'zh' ? 'zh-CN' : 'en';

export function say(zh: string, en: string): string {
    return language.get() === 'zh' ? zh : en;
}

export function label(of: Labelled | undefined, fallback = ''): string {
    return of ? say(of.zh, of.en) : fallback;
}

/* English labels of the process table begin small; at the head of a line they do not. */
export function title(of: Labelled | undefined, fallback = ''): string {
    const text = label(of, fallback);
    return text.charAt(0).toUpperCase() + text.slice(1);
}
