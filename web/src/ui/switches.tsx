/* Language and look, at hand on every page. */
import { Button } from 'antd';
import type { ReactElement } from 'react';
import { language, say, speak } from '../case/language';
import { choose, look } from './theme';
import { useCell } from './use';

export function LanguageSwitch(): ReactElement {
    const now = useCell(language);
    const to = now === 'zh' ? 'en' : 'zh';
    return (
        <Button
            type="text"
            size="small"
            lang={to === 'en' ? 'en' : 'zh-CN'}
            title={now === 'zh' ? 'Switch to English' : '切换为中文'}
            onClick={() => speak(to)}
        >
            {to === 'en' ? 'English' : '中文'}
        </Button>
    );
}

export function LookSwitch(): ReactElement {
    const now = useCell(look);
    const to = now === 'dark' ? 'light' : 'dark';
    return (
        <Button type="text" size="small" onClick={() => choose(to)}>
            {to === 'dark' ? say('深色', 'Dark') : say('浅色', 'Light')}
        </Button>
    );
}
