/* Coming in: name, password, second factor; the first change of a one-time password; and the
 * dialog that asks again when the session has ended over somebody's work. */
import { Alert, Button, Input } from 'antd';
import { useId, useState, type FormEvent, type ReactElement, type ReactNode } from 'react';
import { Refusal } from '../api/client';
import { say } from '../case/language';
import { changePassword, logIn, logOut, me } from '../case/session';
import { LanguageSwitch, LookSwitch } from './switches';

interface LineProps {
    name: string;
    hint?: ReactNode;
    fault?: string | undefined;
    children: (id: string, described: string | undefined) => ReactNode;
}

/* A labelled input with its hint and what is wrong with it. */
export function Line({ name, hint, fault, children }: LineProps): ReactElement {
    const id = useId();
    const described = fault || hint ? `${id}-hint` : undefined;
    return (
        <div className={fault ? 'line faulty' : 'line'}>
            <label htmlFor={id}>{name}</label>
            {children(id, described)}
            {described && (
                <div id={described} className={fault ? 'fault' : 'hint'}>
                    {fault || hint}
                </div>
            )}
        </div>
    );
}

/* Runs what a form does, keeps what was refused. */
export function useDoing(): { busy: boolean; refusal: Refusal | undefined; run: (work: () => Promise<void>) => void } {
    const [busy, setBusy] = useState(false);
    const [refusal, setRefusal] = useState<Refusal>();
    const run = (work: () => Promise<void>): void => {
        setBusy(true);
        setRefusal(undefined);
        work()
            .catch((failure: unknown) => {
                if (!(failure instanceof Refusal)) throw failure;
                setRefusal(failure);
            })
            .finally(() => setBusy(false));
    };
    return { busy, refusal, run };
}

function Outside({ children, title }: { children: ReactNode; title: string }): ReactElement {
    return (
        <div className="outside">
            <div className="corner">
                <LanguageSwitch />
                <LookSwitch />
            </div>
            <main className="card narrow">
                <h1>
                    <span className="brand">{say('女娲', 'Nuwa')}</span> {title}
                </h1>
                {children}
            </main>
        </div>
    );
}

export function LoginForm({ fixed }: { fixed?: string }): ReactElement {
    const [login, setLogin] = useState(fixed ?? '');
    const [password, setPassword] = useState('');
    const [second, setSecond] = useState('');
    const { busy, refusal, run } = useDoing();
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        run(() => logIn(login.trim(), password, second.replace(/\s/g, '')));
    };
    return (
        <form onSubmit={submit} className="stack">
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            <Line name={say('登录名', 'Login name')}>
                {(id) => (
                    <Input
                        id={id}
                        value={login}
                        autoComplete="username"
                        autoCapitalize="none"
                        spellCheck={false}
                        autoFocus={!fixed}
                        onChange={(event) => setLogin(event.target.value)}
                    />
                )}
            </Line>
            <Line name={say('口令', 'Password')}>
                {(id) => (
                    <Input.Password
                        id={id}
                        value={password}
                        autoComplete="current-password"
                        autoFocus={!!fixed}
                        onChange={(event) => setPassword(event.target.value)}
                    />
                )}
            </Line>
            <Line
                name={say('动态验证码', 'Code of the second factor')}
                hint={say('启用了第二因素时填写 6 位数字，否则留空', 'Six digits when you use one, else leave empty')}
            >
                {(id, described) => (
                    <Input
                        id={id}
                        aria-describedby={described}
                        value={second}
                        inputMode="numeric"
                        autoComplete="one-time-code"
                        maxLength={8}
                        onChange={(event) => setSecond(event.target.value)}
                    />
                )}
            </Line>
            <Button type="primary" htmlType="submit" loading={busy} disabled={!login || !password} block>
                {say('登录', 'Log in')}
            </Button>
        </form>
    );
}

export function Login(): ReactElement {
    return (
        <Outside title={say('登录', 'Log in')}>
            <LoginForm />
            <p className="hint">
                {say(
                    '忘记口令请找本单位的安全管理员。连续五次错误，账户锁定一刻钟。',
                    'Forgot it? Ask your security administrator. Five failures lock the account for a quarter of an hour.',
                )}
            </p>
        </Outside>
    );
}

/* What the server will ask of a password, said while it is typed. */
export function passwordFault(password: string, login?: string): string | undefined {
    if (!password) return undefined;
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password)).length;
    if ([...password].length < 10) return say('至少 10 个字符', 'At least 10 characters');
    if (kinds < 3)
        return say(
            '小写、大写、数字、其他字符中至少三种',
            'At least three of: small letters, capitals, digits, others',
        );
    if (login && password.toLowerCase().includes(login.toLowerCase()))
        return say('不能含有登录名', 'It may not contain the login name');
    return undefined;
}

export function PasswordForm({ done }: { done?: () => void }): ReactElement {
    const [old, setOld] = useState('');
    const [fresh, setFresh] = useState('');
    const [again, setAgain] = useState('');
    const { busy, refusal, run } = useDoing();
    const fault = passwordFault(fresh);
    const differs = again && again !== fresh ? say('两次输入不同', 'The two are not the same') : undefined;
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        run(async () => {
            await changePassword(old, fresh);
            done?.();
        });
    };
    return (
        <form onSubmit={submit} className="stack">
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            <Line name={say('现在的口令', 'Password now')}>
                {(id) => (
                    <Input.Password
                        id={id}
                        value={old}
                        autoComplete="current-password"
                        onChange={(event) => setOld(event.target.value)}
                    />
                )}
            </Line>
            <Line
                name={say('新口令', 'New password')}
                fault={fault}
                hint={say(
                    '至少 10 个字符，小写、大写、数字、其他字符中至少三种',
                    'At least 10 characters, of three kinds: small, capital, digit, other',
                )}
            >
                {(id, described) => (
                    <Input.Password
                        id={id}
                        aria-describedby={described}
                        status={fault ? 'error' : ''}
                        value={fresh}
                        autoComplete="new-password"
                        onChange={(event) => setFresh(event.target.value)}
                    />
                )}
            </Line>
            <Line name={say('再次输入新口令', 'New password again')} fault={differs}>
                {(id, described) => (
                    <Input.Password
                        id={id}
                        aria-describedby={described}
                        status={differs ? 'error' : ''}
                        value={again}
                        autoComplete="new-password"
                        onChange={(event) => setAgain(event.target.value)}
                    />
                )}
            </Line>
            <Button
                type="primary"
                htmlType="submit"
                loading={busy}
                disabled={!old || !fresh || !!fault || fresh !== again}
                block
            >
                {say('修改口令', 'Change the password')}
            </Button>
        </form>
    );
}

export function FirstPassword(): ReactElement {
    return (
        <Outside title={say('设置自己的口令', 'Choose your own password')}>
            <p>
                {say(
                    `${me.get()?.person.name ?? ''}，您用一次性口令登录，须先换成只有自己知道的口令。`,
                    `${me.get()?.person.name ?? ''}, you came in with a one-time password: choose one that only you know.`,
                )}
            </p>
            <PasswordForm />
            <Button type="link" onClick={() => void logOut()}>
                {say('退出', 'Log out')}
            </Button>
        </Outside>
    );
}
