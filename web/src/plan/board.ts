/* The document that is being made, with everything before and after it, kept over a reload. */
import { me } from '../case/session';
import { emptyDoc, isObject, type Doc } from './document';
import { begin, change, redo, undo, type History } from './history';
import { JsonFault, parse, write } from './json';

export interface State {
    text: string;
    /* the last that could be read */
    doc: Doc;
}

export interface Kept {
    history: History<State>;
    name: string;
    /* what was sent last, to send the same bytes once */
    sent?: { text: string; name: string; sha256: string };
}

export function stateOf(doc: Doc): State {
    return { doc, text: `${write(doc)}\n` };
}

/* What was typed; the document follows as soon as it can be read. */
export function typed(state: State, text: string): State {
    return { text, doc: readDoc(text).doc ?? state.doc };
}

export function readDoc(text: string): { doc?: Doc; lines?: Map<string, number>; fault?: JsonFault } {
    try {
        const { value, lines } = parse(text);
        if (isObject(value)) return { doc: value, lines };
        return { fault: new JsonFault(1, '文档应为一个对象 {…}', 'the document must be an object {…}') };
    } catch (failure) {
        if (failure instanceof JsonFault) return { fault: failure };
        throw failure;
    }
}

/* Which kind of document a page makes; also what it is called until somebody says otherwise. */
export type DocKind = 'design' | 'plan';

function emptyOf(what: DocKind): Doc {
    return what === 'design' ? emptyDoc() : { nuwa: 'plan 1', items: {} };
}

export function fresh(what: DocKind = 'design'): Kept {
    return { history: begin(stateOf(emptyOf(what))), name: what };
}

function keyOf(caseId: string, what: DocKind): string {
    return `${what}:${me.get()?.person.id ?? ''}:${caseId}`;
}

export function keptOf(caseId: string, what: DocKind = 'design'): Kept {
    try {
        const text = sessionStorage.getItem(keyOf(caseId, what));
        const kept = text ? (JSON.parse(text) as { now: string; past: string[]; future: string[]; name: string }) : null;
        if (!kept) return fresh(what);
        const back = (one: string): State => typed(stateOf(emptyOf(what)), one);
        return {
            history: { past: kept.past.map(back), now: back(kept.now), future: kept.future.map(back) },
            name: kept.name,
        };
    } catch {
        return fresh(what);
    }
}

const KEPT_CHARACTERS = 1_000_000;

/* The nearest steps back, as many as there is room for. */
export function keep(caseId: string, kept: Kept, what: DocKind = 'design'): void {
    const near = (states: State[]): string[] => {
        let room = KEPT_CHARACTERS;
        const out: string[] = [];
        for (const one of states) {
            room -= one.text.length;
            if (room < 0 || out.length >= 50) break;
            out.push(one.text);
        }
        return out;
    };
    const { past, now, future } = kept.history;
    try {
        sessionStorage.setItem(
            keyOf(caseId, what),
            JSON.stringify({ now: now.text, past: near([...past].reverse()).reverse(), future: near(future), name: kept.name }),
        );
    } catch {
        /* full: the page itself still has it */
    }
}

export { change, redo, undo };
