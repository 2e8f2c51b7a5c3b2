/*
 * The pages: an address, who has it in his menu, and how its code is fetched when it is first
 * opened (docs/web.md says how to add one).
 */
import type { ComponentType } from 'react';
import type { Labelled } from '../case/language';

export interface PageProps {
    parts: Record<string, string>;
}

export interface Page extends Labelled {
    path: string;
    load: () => Promise<{ default: ComponentType<PageProps> }>;
    /* in the menu, with its key after g; roles: for these only */
    menu?: { key: string; roles?: string[] };
    /* takes the whole window, without margins (a viewer) */
    wide?: boolean;
}

export const pages: Page[] = [
    { path: '/', zh: '工作列表', en: 'Worklist', load: () => import('./worklist'), menu: { key: 'w' } },
    { path: '/cases/{case}', zh: '病例', en: 'Case', load: () => import('./case') },
];
