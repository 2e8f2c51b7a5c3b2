/* In the viewer's side: who else looks, following and leading, marks, and the discussion. */
import { Alert, Button, Input } from 'antd';
import { useEffect, useMemo, useRef, useState, type ReactElement } from 'react';
import { Refusal } from '../api/client';
import { caseNews, follow } from '../case/events';
import { moment } from '../case/format';
import { say } from '../case/language';
import type { Entry } from '../case/model';
import { go, query } from '../ui/router';
import { useCell, useLoaded } from '../ui/use';
import type { Stage } from '../view/stage';
import { Layer } from './layer';
import { Together, type Other } from './live';
import { readLook, readTalk, sayWith, viewOfMessage, type Talk } from './messages';
import { Requirement } from './requirement';
import './together.css';

interface Props {
    stage: Stage;
    caseId: string;
    scan: string;
    models: string[];
    /* opens these, of the case's files */
    open: (scan: string, models: string[]) => void;
}

function Swatch({ colour }: { colour: string }): ReactElement {
    return <span className="swatch" style={{ background: colour }} aria-hidden />;
}

function Person({ other, together }: { other: Other; together: Together }): ReactElement {
    const following = useCell(together.following) === other.seat;
    const followsMe = other.follows === together.seat;
    return (
        <li data-other={other.name}>
            <Swatch colour={other.colour} />
            <span className="who">
                {other.name}
                {followsMe && <span className="hint block">{say('正在跟随您', 'follows you')}</span>}
            </span>
            {following ? (
                <Button size="small" type="primary" aria-pressed onClick={() => together.stay()}>
                    {say('停止跟随', 'Stop following')}
                </Button>
            ) : (
                <Button size="small" disabled={followsMe || !other.look} onClick={() => together.follow(other.seat)}>
                    {say('跟随', 'Follow')}
                </Button>
            )}
        </li>
    );
}

function People({ together }: { together: Together }): ReactElement {
    const others = useCell(together.others);
    const leading = useCell(together.leading);
    const asked = useCell(together.asked);
    const following = useCell(together.following);
    const leader = others.find((one) => one.seat === following);
    return (
        <section className="together" aria-label={say('一起看', 'Together')}>
            <h2>{say('一起看', 'Together')}</h2>
            {!others.length && <p className="note">{say('现在没有别人在看。同一病例的人打开此页就会出现在这里。', 'Nobody else is looking now. Who opens this page of the case appears here.')}</p>}
            <ul className="others">
                {others.map((other) => (
                    <Person key={other.seat} other={other} together={together} />
                ))}
            </ul>
            <div role="status">
                {asked && (
                    <p className="asked">
                        {say(`${asked.name} 想带您看`, `${asked.name} would like to lead`)}{' '}
                        <Button size="small" type="primary" onClick={() => together.follow(asked.seat)}>
                            {say('跟随', 'Follow')}
                        </Button>{' '}
                        <Button size="small" onClick={() => together.asked.set(null)}>
                            {say('不用', 'No')}
                        </Button>
                    </p>
                )}
                {leader && (
                    <p className="note">
                        {say(`画面随 ${leader.name} 移动；您一动就不再跟随`, `The view goes with ${leader.name}; it is yours again as soon as you move`)}
                    </p>
                )}
            </div>
            {others.length > 0 && (
                <Button size="small" type={leading ? 'primary' : 'default'} aria-pressed={leading} onClick={() => together.lead(!leading)}>
                    {leading ? say('不再带看', 'Stop leading') : say('带大家看', 'Lead the others')}
                </Button>
            )}
        </section>
    );
}

function Marks({ together }: { together: Together }): ReactElement {
    const marks = useCell(together.marks);
    const [text, setText] = useState('');
    const add = (): void => {
        const name = text.trim() || say(`标记 ${marks.length + 1}`, `Mark ${marks.length + 1}`);
        together.marks.set([...marks, { id: `k${Date.now()}`, text: name.slice(0, 80), at: together.stage.cross.get() }]);
        setText('');
    };
    return (
        <section className="together" aria-label={say('标记', 'Marks')}>
            <h2>{say('标记', 'Marks')}</h2>
            <form
                className="line"
                onSubmit={(event) => {
                    event.preventDefault();
                    add();
                }}
            >
                <Input size="small" maxLength={80} aria-label={say('标记的文字', 'Words of the mark')} placeholder={say('文字（可不填）', 'words (optional)')} value={text} onChange={(event) => setText(event.target.value)} />
                <Button size="small" htmlType="submit">
                    {say('标在十字处', 'Mark the cross')}
                </Button>
            </form>
            <ol className="marks">
                {marks.map((mark, i) => (
                    <li key={mark.id}>
                        <button type="button" className="plainlink" onClick={() => together.stage.moveCross(mark.at)}>
                            {i + 1} · {mark.text}
                        </button>
                        <Button size="small" type="text" aria-label={say(`去掉标记 ${mark.text}`, `Take mark ${mark.text} away`)} onClick={() => together.marks.set(marks.filter((one) => one !== mark))}>
                            ×
                        </Button>
                    </li>
                ))}
            </ol>
        </section>
    );
}

interface Writing {
    together: Together;
    talk: Talk;
    caseId: string;
    answers: Entry | null;
    answered: () => void;
}

function Write({ together, talk, caseId, answers, answered }: Writing): ReactElement | null {
    const [text, setText] = useState('');
    const [busy, setBusy] = useState(false);
    const [refusal, setRefusal] = useState('');
    const send = async (): Promise<void> => {
        setBusy(true);
        setRefusal('');
        try {
            await sayWith(caseId, talk.say, text.trim(), together.look(), answers?.number ?? null);
            setText('');
            answered();
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure.message);
        } finally {
            setBusy(false);
        }
    };
    if (!talk.say) return <p className="note">{say('您在此病例中不参加讨论', 'You take no part in the discussion of this case')}</p>;
    return (
        <form
            className="write"
            onSubmit={(event) => {
                event.preventDefault();
                if (text.trim() && !busy) void send();
            }}
        >
            {answers && (
                <p className="note">
                    {say(`回复 ${answers.actor.name}`, `Answer to ${answers.actor.name}`)}{' '}
                    <button type="button" className="plainlink" onClick={answered}>
                        {say('不作为回复', 'not as an answer')}
                    </button>
                </p>
            )}
            <Input.TextArea
                autoSize={{ minRows: 2, maxRows: 6 }}
                maxLength={2000}
                aria-label={say('对此视图说一句', 'Say something about this view')}
                placeholder={say('对此视图说一句（视图与标记一同保存）', 'Say something about this view (it is kept with its marks)')}
                value={text}
                onChange={(event) => setText(event.target.value)}
                onKeyDown={(event) => {
                    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) event.currentTarget.form?.requestSubmit();
                }}
            />
            {refusal && <Alert type="error" showIcon message={refusal} role="alert" />}
            <Button size="small" type="primary" htmlType="submit" loading={busy} disabled={!text.trim()}>
                {say('连同视图发送', 'Send with this view')}
            </Button>
        </form>
    );
}

function Messages({ together, caseId }: { together: Together; caseId: string }): ReactElement {
    const news = useCell(caseNews);
    const seen = useLoaded((signal) => readTalk(caseId, signal), [caseId, news?.case === caseId && news.act.startsWith('discuss.') ? news.number : 0]);
    const [answers, setAnswers] = useState<Entry | null>(null);
    const [refusal, setRefusal] = useState('');
    const show = async (entry: Entry): Promise<void> => {
        const file = viewOfMessage(entry);
        setRefusal('');
        try {
            const look = file && (await readLook(caseId, file));
            if (look) {
                together.stay();
                together.show(look);
                if (!together.marks.get().length) together.marks.set(look.marks);
            } else setRefusal(say('这条消息的视图读不出来', 'The view of this message cannot be read'));
        } catch (failure) {
            if (!(failure instanceof Refusal)) throw failure;
            setRefusal(failure.message);
        }
    };
    const wanted = Number(query('message'));
    const shown = useRef(false);
    useEffect(() => {
        const entry = seen.data?.messages.find((one) => one.number === wanted);
        if (!entry || shown.current) return;
        shown.current = true;
        void show(entry);
    }, [seen.data]);
    const talk = seen.data;
    return (
        <section className="together" aria-label={say('讨论', 'Discussion')}>
            <h2>{say('讨论', 'Discussion')}</h2>
            {(refusal || seen.refusal) && <Alert type="error" showIcon message={refusal || seen.refusal!.message} />}
            {talk && (
                <>
                    <ol className="talk">
                        {talk.messages.slice(-30).map((entry) => (
                            <li key={entry.number} data-message={entry.number} className={entry.number === wanted ? 'wanted' : ''}>
                                <span className="hint block">
                                    {entry.actor.name} · {moment(entry.time)}
                                    {entry.form.answers ? say(` · 回复第 ${String(entry.form.answers)} 条`, ` · answers no. ${String(entry.form.answers)}`) : ''}
                                </span>
                                <span className="prose">{String(entry.form.text ?? '')}</span>
                                <span className="tools">
                                    {viewOfMessage(entry) && (
                                        <Button size="small" onClick={() => void show(entry)}>
                                            {say('显示', 'Show')}
                                        </Button>
                                    )}
                                    {talk.say && (
                                        <Button size="small" type="text" onClick={() => setAnswers(entry)}>
                                            {say('回复', 'Answer')}
                                        </Button>
                                    )}
                                    <Requirement caseId={caseId} entry={entry} talk={talk} done={seen.reload} />
                                </span>
                            </li>
                        ))}
                    </ol>
                    <Write
                        together={together}
                        talk={talk}
                        caseId={caseId}
                        answers={answers}
                        answered={() => {
                            setAnswers(null);
                            seen.reload();
                        }}
                    />
                    <p className="note">
                        <button type="button" className="plainlink" onClick={() => go(`/cases/${caseId}/talk`)}>
                            {say('全部讨论', 'The whole discussion')}
                        </button>
                    </p>
                </>
            )}
        </section>
    );
}

/* Whoever takes hold of his own panes has his own view again. */
function useLettingGo(together: Together): void {
    useEffect(() => {
        const panes = document.querySelector('.viewer .panes');
        const stop = (): void => {
            together.stay();
        };
        panes?.addEventListener('pointerdown', stop);
        panes?.addEventListener('wheel', stop, { passive: true });
        panes?.addEventListener('keydown', stop);
        return () => {
            panes?.removeEventListener('pointerdown', stop);
            panes?.removeEventListener('wheel', stop);
            panes?.removeEventListener('keydown', stop);
        };
    }, [together]);
}

export function TogetherPanel({ stage, caseId, scan, models, open }: Props): ReactElement {
    const together = useMemo(() => new Together(stage, caseId), [stage, caseId]);
    together.showing = { scan, models };
    together.open = open;
    useEffect(() => follow(caseId), [caseId]);
    useEffect(() => {
        together.begin();
        return () => together.end();
    }, [together]);
    useLettingGo(together);
    return (
        <>
            <People together={together} />
            <Marks together={together} />
            <Messages together={together} caseId={caseId} />
            <Layer together={together} />
        </>
    );
}
