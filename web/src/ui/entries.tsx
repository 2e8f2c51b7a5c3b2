/* Everything that was done in a case, newest first, with what was filled in and signed. */
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { say } from '../case/language';
import type { Seen } from '../case/look';
import type { Entry } from '../case/model';
import { actName, roleName } from '../case/words';
import { EntryHead, FormView, Signed } from './record';

function wanted(): number {
    return Number(/^#entry-(\d+)$/.exec(location.hash)?.[1] ?? 0);
}

function One({ entry, open }: { entry: Entry; open: boolean }): ReactElement {
    const [unfolded, unfold] = useState(open);
    useEffect(() => {
        if (open) unfold(true);
    }, [open]);
    return (
        <li id={`entry-${entry.number}`} className="entry card">
            <button type="button" className="entryhead" aria-expanded={unfolded} onClick={() => unfold(!unfolded)}>
                <span className="mono">{entry.number}</span>
                <span className="grow">
                    <EntryHead entry={entry} />
                </span>
                {entry.signature && <span className="tag good">{say('已签名', 'signed')}</span>}
            </button>
            {unfolded && (
                <div className="entrybody">
                    <FormView caseId={entry.case} act={entry.act} form={entry.form} />
                    <Signed entry={entry} />
                </div>
            )}
        </li>
    );
}

export default function Entries({ seen }: { seen: Seen }): ReactElement {
    const [words, setWords] = useState('');
    const [at, setAt] = useState(wanted);
    useEffect(() => {
        const jump = (): void => setAt(wanted());
        addEventListener('hashchange', jump);
        return () => removeEventListener('hashchange', jump);
    }, []);
    useEffect(() => {
        if (at) document.getElementById(`entry-${at}`)?.scrollIntoView({ block: 'center' });
    }, [at]);
    const shown = useMemo(() => {
        const word = words.trim().toLowerCase();
        const text = (entry: Entry): string =>
            `${actName(entry.act)} ${entry.act} ${entry.actor.name} ${roleName(entry.actor.role)} ${JSON.stringify(entry.form)}`.toLowerCase();
        return [...seen.entries].reverse().filter((entry) => !word || text(entry).includes(word));
    }, [seen.entries, words]);
    return (
        <>
            <p className="row no-print">
                <input
                    id="search"
                    type="search"
                    className="choice grow"
                    aria-label={say('在记录中查找', 'Find in the record')}
                    placeholder={say('在记录中查找…', 'Find in the record…')}
                    value={words}
                    onChange={(event) => setWords(event.target.value)}
                />
                <span className="hint">{say(`${shown.length} 条`, `${shown.length} entries`)}</span>
            </p>
            <ol className="entries">
                {shown.map((entry) => (
                    <One key={entry.number} entry={entry} open={entry.number === at} />
                ))}
            </ol>
        </>
    );
}
