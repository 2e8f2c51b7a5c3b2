/* The discussion of a case from within the viewer: messages with the view they were written at, and
 * decisions that become requirements. */
import { ask, onceKey } from '../api/client';
import type { Entry, FileRef, Form, Look as Answer, Todo } from '../case/model';
import { readText, sendText } from '../plan/work';
import { lookFrom, type Look } from './look';

export interface Talk {
    messages: Entry[];
    /* the messages' numbers, and the requirements they became */
    decided: Map<number, string>;
    /* a design was handed in: a new requirement makes it void */
    designed: boolean;
    /* in which of his roles this person may */
    say: string;
    decide: string;
}

function roleFor(todo: Todo, act: string): string {
    return Object.entries(todo.roles).find(([, may]) => may.acts.some((one) => one.act === act))?.[0] ?? '';
}

export function talkOf(entries: Entry[], todo: Todo): Talk {
    const decided = new Map<number, string>();
    for (const entry of entries)
        if (entry.act === 'discuss.decide' && entry.form) decided.set(Number(entry.form.about), String(entry.form.requirement ?? ''));
    return {
        messages: entries.filter((entry) => entry.act === 'discuss.say' && entry.form),
        decided,
        designed: entries.some((entry) => entry.act === 'design.submit'),
        say: roleFor(todo, 'discuss.say'),
        decide: roleFor(todo, 'discuss.decide'),
    };
}

export async function readTalk(caseId: string, signal: AbortSignal): Promise<Talk> {
    const [entries, todo] = await Promise.all([
        ask<Answer<Entry[]>>('GET', `/cases/${caseId}/entries`, { signal }),
        ask<Answer<Todo>>('GET', `/cases/${caseId}/todo`, { signal }),
    ]);
    return talkOf(entries.data, todo.data);
}

export function viewOfMessage(entry: Entry): FileRef | null {
    const view = entry.form?.view as FileRef | undefined;
    return view?.name?.endsWith('.look') ? view : null;
}

export async function readLook(caseId: string, file: FileRef): Promise<Look | null> {
    try {
        return lookFrom(JSON.parse(await readText(caseId, file.sha256)));
    } catch (failure) {
        if (failure instanceof SyntaxError) return null;
        throw failure;
    }
}

/* The view goes along as a file of the case. */
export async function sayWith(caseId: string, role: string, text: string, look: Look, answers: number | null): Promise<void> {
    const whole = JSON.stringify(look);
    const stamp = new Date().toISOString().replaceAll(/[-:]|\.\d+Z/g, '');
    const name = `view-${stamp}.look`;
    const { sha256 } = await sendText(caseId, name, whole);
    const form: Form = { text, view: { name, sha256, bytes: new Blob([whole]).size } };
    const marks = look.marks.map((mark) => ({ text: mark.text, x_mm: mark.at[0], y_mm: mark.at[1], z_mm: mark.at[2] }));
    if (marks.length) form.marks = marks;
    if (answers) form.answers = answers;
    await ask('POST', `/cases/${caseId}/acts/discuss.say`, { body: { role, form }, once: onceKey() });
}

export async function decide(caseId: string, role: string, about: number, requirement: string): Promise<void> {
    await ask('POST', `/cases/${caseId}/acts/discuss.decide`, { body: { role, form: { about, requirement } }, once: onceKey() });
}
