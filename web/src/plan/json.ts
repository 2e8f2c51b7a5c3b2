/* JSON that knows on which line each member stands, and how a document is written for people. */
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type Path = readonly (string | number)[];

export class JsonFault extends Error {
    constructor(
        readonly line: number,
        readonly zh: string,
        readonly en: string,
    ) {
        super(`line ${line}: ${en}`);
    }
}

/* As the program says it: parts.guide.drills[0].entry_mm */
export function pathText(path: Path): string {
    return path.map((step, i) => (typeof step === 'number' ? `[${step}]` : i > 0 ? `.${step}` : step)).join('');
}

export interface Parsed {
    value: Json;
    /* by pathText, from 1 */
    lines: Map<string, number>;
}

const DEEPEST = 32;

class Reader {
    private at = 0;
    private line = 1;
    readonly lines = new Map<string, number>();

    constructor(private readonly text: string) {}

    fail(zh: string, en: string): never {
        throw new JsonFault(this.line, zh, en);
    }

    private space(): void {
        for (;;) {
            const c = this.text[this.at];
            if (c === '\n') this.line++;
            else if (c !== ' ' && c !== '\t' && c !== '\r') return;
            this.at++;
        }
    }

    private next(): string {
        this.space();
        return this.text[this.at] ?? '';
    }

    private want(c: string): void {
        if (this.next() !== c) this.unexpected(`“${c}”`, `"${c}"`);
        this.at++;
    }

    private unexpected(zh: string, en: string): never {
        const found = this.next();
        this.fail(
            found ? `此处应为${zh}，而不是“${found}”` : `文档未完：此处应为${zh}`,
            found ? `${en} is expected here, not "${found}"` : `the document ends where ${en} is expected`,
        );
    }

    private string(): string {
        const end = /"(?:[^"\\\u0000-\u001f]|\\.)*"/y;
        end.lastIndex = this.at;
        const found = end.exec(this.text);
        if (!found) this.fail('文字没有结束引号', 'a text has no closing quote');
        this.at = end.lastIndex;
        try {
            return JSON.parse(found[0]) as string;
        } catch {
            this.fail('文字中有不认识的转义', 'a text has an unknown escape');
        }
    }

    private plain(): Json {
        const word = /[-+.\w]+/y;
        word.lastIndex = this.at;
        const found = word.exec(this.text)?.[0];
        if (!found) this.unexpected('一个值', 'a value');
        this.at += found.length;
        if (found === 'true') return true;
        if (found === 'false') return false;
        if (found === 'null') return null;
        if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(found)) return Number(found);
        this.fail(`“${found}”不是数`, `"${found}" is no number`);
    }

    value(path: Path): Json {
        const c = this.next();
        this.lines.set(pathText(path), this.line);
        if (path.length > DEEPEST) this.fail('层次过深', 'it is nested too deep');
        if (c === '{') return this.object(path);
        if (c === '[') return this.list(path);
        if (c === '"') return this.string();
        return this.plain();
    }

    private list(path: Path): Json {
        const out: Json[] = [];
        this.at++;
        if (this.next() === ']') {
            this.at++;
            return out;
        }
        for (;;) {
            out.push(this.value([...path, out.length]));
            if (this.next() === ']') break;
            this.want(',');
        }
        this.at++;
        return out;
    }

    private object(path: Path): Json {
        const out: { [name: string]: Json } = {};
        this.at++;
        if (this.next() === '}') {
            this.at++;
            return out;
        }
        for (;;) {
            if (this.next() !== '"') this.unexpected('成员的名称（带引号）', 'the name of a member in quotes');
            const name = this.string();
            if (Object.hasOwn(out, name)) this.fail(`“${name}”出现两次`, `"${name}" stands here twice`);
            this.want(':');
            const value = this.value([...path, name]);
            Object.defineProperty(out, name, { value, writable: true, enumerable: true, configurable: true });
            if (this.next() === '}') break;
            this.want(',');
        }
        this.at++;
        return out;
    }

    end(): void {
        if (this.next()) this.fail('文档之后还有内容', 'something stands behind the document');
    }
}

/* Throws JsonFault. */
export function parse(text: string): Parsed {
    const reader = new Reader(text);
    const value = reader.value([]);
    reader.end();
    return { value, lines: reader.lines };
}

const WIDTH = 92;

function flat(value: Json): string {
    if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`;
    if (value !== null && typeof value === 'object') {
        const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${flat(one)}`);
        return `{${members.join(', ')}}`;
    }
    return JSON.stringify(value);
}

/* What fits a line stands on one, but the outer two levels. */
export function write(value: Json, indent = ''): string {
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const outer = indent.length < 2 && !Array.isArray(value);
    const line = flat(value);
    if (!outer && indent.length + line.length <= WIDTH) return line;
    const inner = `${indent}  `;
    const list = Array.isArray(value);
    const rows = list
        ? value.map((one) => inner + write(one, inner))
        : Object.entries(value).map(([name, one]) => `${inner}${JSON.stringify(name)}: ${write(one, inner)}`);
    if (rows.length === 0) return list ? '[]' : '{}';
    return `${list ? '[' : '{'}\n${rows.join(',\n')}\n${indent}${list ? ']' : '}'}`;
}
