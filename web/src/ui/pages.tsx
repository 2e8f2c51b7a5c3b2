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
    /* as broad as the window, with margins (forms beside results) */
    broad?: boolean;
}

const everybodyElse = [
    'physician',
    'surgeon',
    'imaging',
    'delegate',
    'designer',
    'reviewer',
    'producer',
    'inspector',
    'quality',
    'contact',
    'warehouse',
    'audit',
    'authority',
];

/* The first that fits. */
export const pages: Page[] = [
    {
        path: '/',
        zh: '工作列表',
        en: 'Worklist',
        load: () => import('./worklist'),
        menu: { key: 'w', roles: everybodyElse },
    },
    {
        path: '/new',
        zh: '新建病例',
        en: 'New case',
        load: () => import('./new'),
        menu: { key: 'n', roles: ['physician', 'surgeon'] },
    },
    { path: '/cases/{case}/do/{act}', zh: '办理', en: 'Act', load: () => import('./do') },
    { path: '/cases/{case}/intake', zh: '导入影像', en: 'Import a scan', load: () => import('../intake/intake') },
    {
        path: '/cases/{case}/view',
        zh: '查看',
        en: 'View',
        load: () => import('../view/viewer'),
        wide: true,
    },
    { path: '/cases/{case}/plan', zh: '手术计划', en: 'Plan', load: () => import('../plan/planning'), broad: true },
    { path: '/cases/{case}/design', zh: '设计', en: 'Design', load: () => import('../plan/design'), broad: true },
    { path: '/cases/{case}/print', zh: '打印', en: 'Printing', load: () => import('../print/print'), broad: true },
    { path: '/cases/{case}', zh: '病例', en: 'Case', load: () => import('./case') },
    { path: '/cases/{case}/{tab}', zh: '病例', en: 'Case', load: () => import('./case') },
    {
        path: '/registry/{kind}',
        zh: '登记',
        en: 'Registry',
        load: () => import('./registry'),
    },
    {
        path: '/registry',
        zh: '登记',
        en: 'Registry',
        load: () => import('./registry'),
        menu: { key: 'r', roles: ['administrator', 'quality'] },
    },
    {
        path: '/book',
        zh: '台账',
        en: 'Book',
        load: () => import('./book'),
        menu: { key: 'b', roles: ['quality', 'administrator', 'producer', 'audit'] },
    },
    {
        path: '/people',
        zh: '人员',
        en: 'People',
        load: () => import('./people'),
        menu: { key: 'p', roles: ['security'] },
    },
    {
        path: '/statistics',
        zh: '统计',
        en: 'Statistics',
        load: () => import('./statistics'),
        menu: { key: 's', roles: ['quality', 'administrator', 'audit', 'authority'] },
    },
    {
        path: '/retention',
        zh: '保存期限',
        en: 'Retention',
        load: () => import('../together/retention'),
        menu: { key: 't', roles: ['quality', 'administrator', 'audit', 'authority'] },
    },
    {
        path: '/audit',
        zh: '审计',
        en: 'Audit',
        load: () => import('./audit'),
        menu: { key: 'a', roles: ['audit'] },
    },
    { path: '/me', zh: '我的账户', en: 'My account', load: () => import('./account'), menu: { key: 'm' } },
];
