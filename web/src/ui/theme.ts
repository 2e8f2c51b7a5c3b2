/* Light for offices, dark for reading rooms; by the system until somebody chooses. */
import { theme as antd, type ThemeConfig } from 'antd';
import { Cell } from '../case/cell';

export type Look = 'light' | 'dark';

const wished = matchMedia('(prefers-color-scheme: dark)');

function start(): Look {
    const kept = localStorage.getItem('nuwa.look');
    if (kept === 'light' || kept === 'dark') return kept;
    return wished.matches ? 'dark' : 'light';
}

export const look = new Cell<Look>(start());

function show(): void {
    document.documentElement.dataset.look = look.get();
}
look.listen(show);
show();

export function choose(to: Look): void {
    localStorage.setItem('nuwa.look', to);
    look.set(to);
}

/* The same colours as style.css: contrasts are those of WCAG 2.2 AA on both grounds. */
export function themeOf(now: Look): ThemeConfig {
    const dark = now === 'dark';
    return {
        cssVar: { key: 'nuwa' },
        hashed: false,
        algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
        token: {
            colorPrimary: dark ? '#3aa6b4' : '#0f5c66',
            colorLink: dark ? '#6cc6d2' : '#0f5c66',
            colorBgBase: dark ? '#14181b' : '#ffffff',
            colorBgContainer: dark ? '#1a2025' : '#ffffff',
            colorTextBase: dark ? '#e6eaec' : '#1a2226',
            colorTextPlaceholder: dark ? '#9aa5ab' : '#5f6b71',
            colorTextDescription: dark ? '#a9b3b8' : '#556066',
            colorTextDisabled: dark ? '#87929a' : '#6b767c',
            colorError: dark ? '#f0817a' : '#b3261e',
            colorWarning: dark ? '#e3b04b' : '#8a5a00',
            colorSuccess: dark ? '#6cc48d' : '#1f6f43',
            /* what is derived from these dark colours would be grey */
            colorSuccessBg: dark ? '#14301f' : '#e2f3e9',
            colorSuccessBorder: dark ? '#2e6b47' : '#8fc3a6',
            colorWarningBg: dark ? '#362a10' : '#fbf0d9',
            colorWarningBorder: dark ? '#7a5f22' : '#d9b877',
            colorErrorBg: dark ? '#3b1b1a' : '#fce8e6',
            colorErrorBorder: dark ? '#84403c' : '#e0a39e',
            colorInfoBg: dark ? '#12333a' : '#e2f0f1',
            colorInfoBorder: dark ? '#2f6570' : '#8fbcc2',
            colorBorder: dark ? '#6d7a82' : '#87939a',
            borderRadius: 6,
            fontSize: 15,
            fontFamily:
                '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "Noto Sans", system-ui, sans-serif',
            controlHeight: 36,
            motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
        },
        /* white on the lighter brand is too faint */
        components: dark ? { Button: { primaryColor: '#0b0e10' } } : {},
    };
}
