/* Somebody has lost the telephone with his second factor: the security administrator takes it away. */
import { Alert, Button } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { say } from '../case/language';
import { useDoing } from './login';

export function LostSecond({ id, name }: { id: string; name: string }): ReactElement {
    const [sure, setSure] = useState(false);
    const [done, setDone] = useState(false);
    const { busy, refusal, run } = useDoing();
    const take = (): void =>
        run(async () => {
            await ask('DELETE', `/people/${id}/second`);
            setDone(true);
        });
    return (
        <div role="status">
            {refusal && <Alert type="error" showIcon message={refusal.message} />}
            {done ? (
                <p className="hint">{say(`已取消 ${name} 的第二因素：其会话已结束，用口令登录后可重新设置`, `${name} has no second factor now: all sessions have ended, a new one is made after logging in by password`)}</p>
            ) : (
                <Button size="small" danger={sure} loading={busy} onClick={() => (sure ? take() : setSure(true))}>
                    {sure ? say('确认已核实本人，取消第二因素', 'I have made sure who it is: take it away') : say('第二因素丢失…', 'Second factor lost …')}
                </Button>
            )}
        </div>
    );
}
