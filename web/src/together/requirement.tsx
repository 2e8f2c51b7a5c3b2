/* A message whose decision becomes a requirement of the design, by one button. */
import { Button } from 'antd';
import { useState, type ReactElement } from 'react';
import { Refusal } from '../api/client';
import { say } from '../case/language';
import type { Entry } from '../case/model';
import { decide, type Talk } from './messages';

interface Props {
    caseId: string;
    entry: Entry;
    talk: Talk;
    done: () => void;
}

/* Where a design was handed in already it asks once: the design must then be handed in again. */
export function Requirement({ caseId, entry, talk, done }: Props): ReactElement | null {
    const [asks, ask] = useState(false);
    const [busy, setBusy] = useState(false);
    const [refusal, setRefusal] = useState('');
    if (talk.decided.has(entry.number))
        return (
            <span className="tag good" title={talk.decided.get(entry.number)}>
                ✓ {say('已成为要求', 'is a requirement')}
            </span>
        );
    if (!talk.decide) return null;
    const make = async (): Promise<void> => {
        setBusy(true);
        setRefusal('');
        try {
            await decide(caseId, talk.decide, entry.number, String(entry.form.text ?? ''));
            done();
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure.message);
        } finally {
            setBusy(false);
            ask(false);
        }
    };
    return (
        <>
            <Button size="small" type="text" loading={busy} onClick={() => (talk.designed && !asks ? ask(true) : void make())}>
                {asks ? say('确定，设计须重新提交', 'Yes, the design is handed in again') : say('转为要求', 'Make a requirement')}
            </Button>
            {refusal && (
                <span className="fault block" role="alert">
                    {refusal}
                </span>
            )}
        </>
    );
}
