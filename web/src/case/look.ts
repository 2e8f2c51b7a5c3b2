/* Everything a page shows of one case, asked for together. */
import { ask } from '../api/client';
import type { CaseView, Entry, Look, Summary, Todo } from './model';
import { useTable } from './session';

export interface Seen {
    id: string;
    view: CaseView;
    todo: Todo;
    entries: Entry[];
    /* of the opening form: title, patient, site ... */
    about: Partial<Summary>;
}

/* The newest opening form is what the case is about. */
function aboutOf(entries: Entry[]): Partial<Summary> {
    return (entries.find((entry) => entry.act === 'case.open')?.form ?? {}) as Partial<Summary>;
}

export async function lookAt(id: string, signal: AbortSignal): Promise<Seen> {
    const [view, todo, entries] = await Promise.all([
        ask<Look<CaseView>>('GET', `/cases/${id}`, { signal }),
        ask<Look<Todo>>('GET', `/cases/${id}/todo`, { signal }),
        ask<Look<Entry[]>>('GET', `/cases/${id}/entries`, { signal }),
    ]);
    await useTable(view.data.table ?? '');
    return { id, view: view.data, todo: todo.data, entries: entries.data, about: aboutOf(entries.data) };
}

