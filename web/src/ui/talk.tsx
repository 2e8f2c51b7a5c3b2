/* The discussion of a case, oldest first, and a message of one's own. */
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { say } from '../case/language';
import type { Seen } from '../case/look';
import type { Entry } from '../case/model';
import { me } from '../case/session';
import { talkOf, viewOfMessage, type Talk as Spoken } from '../together/messages';
import { Requirement } from '../together/requirement';
import { ActForm, RoleChoice } from './act';
import { EntryHead, FormView } from './record';
import { Go } from './router';

const talk = 'discuss.';

function Message({ entry, own, talk, reload }: { entry: Entry; own: boolean; talk: Spoken; reload: () => void }): ReactElement {
    return (
        <li id={`entry-${entry.number}`} className={own ? 'message own' : 'message'}>
            <EntryHead entry={entry} />
            <FormView caseId={entry.case} act={entry.act} form={entry.form} />
            {entry.act === 'discuss.say' && (
                <p className="row">
                    {viewOfMessage(entry) && (
                        <Go to={`/cases/${entry.case}/view?message=${entry.number}`}>{say('在看图中显示', 'Show in the viewer')}</Go>
                    )}
                    <Requirement caseId={entry.case} entry={entry} talk={talk} done={reload} />
                </p>
            )}
        </li>
    );
}

export default function Talk({ seen, reload }: { seen: Seen; reload: () => void }): ReactElement {
    const messages = seen.entries.filter((entry) => entry.act.startsWith(talk));
    const spoken = talkOf(seen.entries, seen.todo);
    const able = Object.entries(seen.todo.roles).filter(([, may]) => may.acts.some((act) => act.act === 'discuss.say'));
    const [chosen, choose] = useState('');
    const [sent, count] = useState(0);
    const end = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (sent) end.current?.scrollIntoView({ block: 'nearest' });
    }, [messages.length]);
    const [role, may] = able.find(([name]) => name === chosen) ?? able[0] ?? [];
    const act = may?.acts.find((one) => one.act === 'discuss.say');
    const decide = Object.values(seen.todo.roles).some((one) => one.acts.some((a) => a.act === 'discuss.decide'));
    return (
        <div className="columns">
            <section className="card">
                <h2>{say('医工讨论', 'Discussion')}</h2>
                {!messages.length && <p className="hint">{say('还没有人说过什么', 'Nobody has said anything yet')}</p>}
                <ol className="messages">
                    {messages.map((entry) => (
                        <Message key={entry.number} entry={entry} talk={spoken} reload={reload} own={entry.actor.id === me.get()!.person.id} />
                    ))}
                </ol>
                <div ref={end} />
                {decide && messages.length > 0 && (
                    <p>
                        <Go to={`/cases/${seen.id}/do/discuss.decide`}>
                            {say('把一项决定转为要求', 'Make a decision a requirement')}
                        </Go>
                    </p>
                )}
            </section>
            <section className="card">
                <h2>{say('我要说', 'Say something')}</h2>
                {act && role ? (
                    <>
                        <RoleChoice roles={able.map(([name]) => name)} value={role} change={choose} />
                        <ActForm
                            key={`${role} ${sent}`}
                            caseId={seen.id}
                            act={act.act}
                            role={role}
                            fields={act.fields}
                            facts={[]}
                            preset={act.preset}
                            signed={false}
                            again={act.again}
                            type={seen.about.type}
                            entries={seen.entries}
                            issues={seen.view.issues}
                            send={say('发送', 'Send')}
                            done={() => {
                                count(sent + 1);
                                reload();
                            }}
                        />
                    </>
                ) : (
                    <p className="hint">{say('您在此病例中不参加讨论', 'You take no part in the discussion of this case')}</p>
                )}
            </section>
        </div>
    );
}
