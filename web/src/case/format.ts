/* Dates, sizes and digests as people write them. */
import { language, say } from './language';

function locale(): string {
    return language.get() === 'zh' ? 'zh-CN' : 'en-GB';
}

/* "2027-01-07" stays as it is: both languages read it the same. */
export function day(text: string | null | undefined): string {
    return text ? text.slice(0, 10) : say('无', 'none');
}

export function moment(text: string | null | undefined): string {
    if (!text) return say('无', 'none');
    const when = new Date(text);
    const two = (n: number): string => String(n).padStart(2, '0');
    const date = `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}`;
    return `${date} ${two(when.getHours())}:${two(when.getMinutes())}`;
}

/* "in 3 days", "2 天前": whole days between a date and today. */
export function fromToday(date: string): string {
    const at = Date.parse(`${date.slice(0, 10)}T00:00:00`);
    const today = new Date();
    today.setHours(0, 0, 0, 0);
    const days = Math.round((at - today.getTime()) / 86400000);
    return new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' }).format(days, 'day');
}

export function bytes(count: number): string {
    const units = ['B', 'KB', 'MB', 'GB', 'TB'];
    let value = count;
    let unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
        value /= 1000;
        unit++;
    }
    return `${value.toLocaleString(locale(), { maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`;
}

export function seconds(count: number): string {
    const rounded = Math.max(1, Math.round(count));
    if (rounded < 90) return say(`${rounded} 秒`, `${rounded} s`);
    const minutes = Math.round(rounded / 60);
    return say(`${minutes} 分钟`, `${minutes} min`);
}

/* Enough of a digest to tell two apart. */
export function shortDigest(digest: string): string {
    return digest.slice(0, 12);
}
