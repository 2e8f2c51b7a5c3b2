/*
 * Into the process: what the commands have said of the scan is filled into the forms that ask for
 * it, so that nobody copies numbers by hand. The person reads it there, adds the rest and sends it.
 */
import type { ReactElement } from 'react';
import { keepDraft, keptDraft } from '../case/drafts';
import type { Draft } from '../case/form';
import { say } from '../case/language';
import type { Seen } from '../case/look';
import { actName } from '../case/words';
import type { CaseFile, MadeFile } from '../plan/work';
import { Go } from '../ui/router';
import { gated, taken } from './drafts';
import type { Gate, Series } from './state';

interface Props {
    seen: Seen;
    file: CaseFile;
    series: Series;
    gate: Gate | undefined;
    /* what the gate left: its step file says the same with all its numbers */
    report: MadeFile | undefined;
}

export function RecordCard({ seen, file, series, gate, report }: Props): ReactElement | null {
    const drafts: [string, Draft][] = [['images.take', taken(file, series)]];
    if (gate) drafts.push(['images.gate', gated(gate, report)]);
    const able = (act: string): boolean => Object.values(seen.todo.roles).some((may) => may.acts.some((one) => one.act === act));
    const mine = drafts.filter(([act]) => able(act));
    if (!mine.length) return null;
    return (
        <section className="card" aria-label={say('记入流程', 'Into the process')}>
            <h2>{say('记入流程', 'Into the process')}</h2>
            <p className="hint">{say('表单已按影像填好，请核对并补全后提交', 'The forms are filled in from the scan: read them, add the rest, and send')}</p>
            <p className="row">
                {mine.map(([act, draft]) => (
                    <Go
                        key={act}
                        className="button"
                        to={`/cases/${seen.id}/do/${act}`}
                        onClick={() => {
                            if (!keptDraft(seen.id, act)) keepDraft(seen.id, act, draft);
                        }}
                    >
                        {actName(act)}
                    </Go>
                ))}
            </p>
        </section>
    );
}
