/* Addresses of pages: the browser's own, so that links, back and bookmarks work. */
import type { AnchorHTMLAttributes, MouseEvent, ReactElement } from 'react';
import { Cell } from '../case/cell';

export const place = new Cell(location.pathname + location.search);

/* Asked before a page is left; false stays. */
export const leaving: { ask: (() => boolean) | null } = { ask: null };

export function go(to: string, options: { replace?: boolean } = {}): void {
    if (leaving.ask && !leaving.ask()) return;
    if (options.replace) history.replaceState(null, '', to);
    else history.pushState(null, '', to);
    place.set(location.pathname + location.search);
    if (!options.replace) window.scrollTo(0, 0);
}

addEventListener('popstate', () => place.set(location.pathname + location.search));

/* The words of `path` that stand for the {names} of `pattern`, or null when it does not fit. */
export function fit(pattern: string, path: string): Record<string, string> | null {
    const want = pattern.split('/');
    const have = path.split('?')[0]!.split('/');
    if (want.length !== have.length) return null;
    const parts: Record<string, string> = {};
    for (let i = 0; i < want.length; i++) {
        const name = /^\{(.*)\}$/.exec(want[i]!)?.[1];
        if (name) parts[name] = decodeURIComponent(have[i]!);
        else if (want[i] !== have[i]) return null;
    }
    return parts;
}

export function query(name: string): string {
    return new URLSearchParams(place.get().split('?')[1] ?? '').get(name) ?? '';
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string };

export function Go({ to, children, onClick, ...rest }: LinkProps): ReactElement {
    const click = (event: MouseEvent<HTMLAnchorElement>): void => {
        onClick?.(event);
        if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        go(to);
    };
    return (
        <a href={to} onClick={click} {...rest}>
            {children}
        </a>
    );
}
