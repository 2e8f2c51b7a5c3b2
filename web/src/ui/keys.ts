/* Keys that work on every page: g and a letter goes to a page of the menu, / to the search, ? to
 * the list of keys. Not while somebody types. */
import { useEffect, useRef } from 'react';
import { label, say } from '../case/language';
import { hasRole } from '../case/session';
import { pages } from './pages';
import { go } from './router';

function typing(target: EventTarget | null): boolean {
    const element = target as HTMLElement | null;
    return !!element?.closest?.('input, textarea, select, [contenteditable], [role="combobox"]');
}

function toSearch(): void {
    const field = document.getElementById('search') as HTMLInputElement | null;
    if (field) field.focus();
    else go('/');
    requestAnimationFrame(() => document.getElementById('search')?.focus());
}

function letters(): { key: string; path: string; what: string }[] {
    return pages
        .filter((page) => page.menu && (!page.menu.roles || hasRole(...page.menu.roles)))
        .map((page) => ({ key: page.menu!.key, path: page.path, what: label(page) }));
}

export function keyHelp(): [string, string][] {
    return [
        ...letters().map(({ key, what }): [string, string] => [`g ${key}`, what]),
        ['/', say('检索', 'Search')],
        ['Ctrl Enter', say('提交所填的表单', 'Send the form that is filled in')],
        ['Esc', say('关闭对话框', 'Close the dialog')],
        ['?', say('显示快捷键', 'Show the keys')],
    ];
}

export function useKeys(help: () => void): void {
    const led = useRef(0);
    useEffect(() => {
        const press = (event: KeyboardEvent): void => {
            if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
            if (event.key === '/') {
                event.preventDefault();
                toSearch();
            } else if (event.key === '?') help();
            else if (event.key === 'g') led.current = Date.now();
            else if (Date.now() - led.current < 1500) {
                const found = letters().find((letter) => letter.key === event.key);
                led.current = 0;
                if (found) go(found.path);
            }
        };
        addEventListener('keydown', press);
        return () => removeEventListener('keydown', press);
    });
}
