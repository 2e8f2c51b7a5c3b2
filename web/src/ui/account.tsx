/* My account: password, second factor, signing key. */
import { Alert, Button, Input } from 'antd';
import qrcode from 'qrcode-generator';
import { useMemo, useState, type FormEvent, type ReactElement } from 'react';
import { ask } from '../api/client';
import { say } from '../case/language';
import { me } from '../case/session';
import { roleName } from '../case/words';
import { Line, passwordFault, PasswordForm, useDoing } from './login';
import { useCell } from './use';

interface Made {
    secret: string;
    uri: string;
}

/* The code as squares of one path. */
function Code({ text }: { text: string }): ReactElement {
    const [path, size] = useMemo((): [string, number] => {
        const code = qrcode(0, 'M');
        code.addData(text);
        code.make();
        const count = code.getModuleCount();
        let d = '';
        for (let y = 0; y < count; y++)
            for (let x = 0; x < count; x++) if (code.isDark(y, x)) d += `M${x + 4} ${y + 4}h1v1h-1z`;
        return [d, count + 8];
    }, [text]);
    return (
        <svg viewBox={`0 0 ${size} ${size}`} className="qr" role="img" aria-label={say('二维码', 'QR code')}>
            <rect width={size} height={size} fill="#fff" />
            <path d={path} fill="#000" />
        </svg>
    );
}

function Second(): ReactElement {
    const [made, setMade] = useState<Made>();
    const [code, setCode] = useState('');
    const [done, setDone] = useState(false);
    const { busy, refusal, run } = useDoing();
    const make = (): void => run(async () => setMade(await ask<Made>('POST', '/me/second')));
    const confirm = (event: FormEvent): void => {
        event.preventDefault();
        run(async () => {
            await ask('POST', '/me/second/confirm', { body: { code: code.replace(/\s/g, '') } });
            setMade(undefined);
            setDone(true);
        });
    };
    return (
        <section className="card">
            <h2>{say('第二因素', 'Second factor')}</h2>
            <p className="hint">
                {say(
                    '用手机上的验证器（TOTP）扫描二维码，以后登录时再填六位数字。',
                    'Scan the code with an authenticator (TOTP) on your phone; each login then asks for six digits.',
                )}
            </p>
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            {done && <Alert type="success" showIcon message={say('第二因素已启用', 'The second factor is in use')} role="status" />}
            {!made ? (
                <Button onClick={make} loading={busy}>
                    {say('建立第二因素', 'Make a second factor')}
                </Button>
            ) : (
                <form onSubmit={confirm} className="stack">
                    <Code text={made.uri} />
                    <p className="mono">{made.secret}</p>
                    <Line name={say('验证器显示的六位数字', 'The six digits it shows')}>
                        {(id) => (
                            <Input
                                id={id}
                                value={code}
                                inputMode="numeric"
                                autoComplete="one-time-code"
                                maxLength={8}
                                className="number"
                                onChange={(event) => setCode(event.target.value)}
                            />
                        )}
                    </Line>
                    <Button type="primary" htmlType="submit" loading={busy} disabled={code.replace(/\s/g, '').length !== 6}>
                        {say('确认', 'Confirm')}
                    </Button>
                </form>
            )}
        </section>
    );
}

interface Key {
    id: string;
    kind: string;
    public: string;
}

function SigningKey(): ReactElement {
    const [kind, setKind] = useState('sm2');
    const [passphrase, setPassphrase] = useState('');
    const [again, setAgain] = useState('');
    const [key, setKey] = useState<Key>();
    const { busy, refusal, run } = useDoing();
    const fault = passwordFault(passphrase);
    const differs = again && again !== passphrase ? say('两次输入不同', 'The two are not the same') : undefined;
    const make = (event: FormEvent): void => {
        event.preventDefault();
        run(async () => {
            setKey(await ask<Key>('POST', '/me/keys', { body: { kind, passphrase } }));
            setPassphrase('');
            setAgain('');
        });
    };
    return (
        <section className="card">
            <h2>{say('签名密钥', 'Signing key')}</h2>
            <p className="hint">
                {say(
                    '签名只用您自己的密钥，密钥由只有您知道的口令打开；忘记口令就再建一个，以前的签名仍然有效。',
                    'You sign with a key of your own that only your passphrase opens. Forgot it? Make a new key: what was signed before stays valid.',
                )}
            </p>
            {refusal && <Alert type="error" showIcon message={refusal.message} role="alert" />}
            {key && (
                <Alert
                    type="success"
                    showIcon
                    role="status"
                    message={say('密钥已建立，可以签名了', 'The key is made: you can sign')}
                    description={<span className="mono">{`${key.kind} ${key.public}`}</span>}
                />
            )}
            <form onSubmit={make} className="stack">
                <div className="row" role="radiogroup" aria-label={say('算法', 'Kind')}>
                    {[
                        ['sm2', say('SM2（国密）', 'SM2 (China)')],
                        ['ed25519', 'Ed25519'],
                    ].map(([value, text]) => (
                        <label key={value}>
                            <input type="radio" name="kind" checked={kind === value} onChange={() => setKind(value!)} /> {text}
                        </label>
                    ))}
                </div>
                <Line
                    name={say('新密钥的口令', 'Passphrase of the new key')}
                    fault={fault}
                    hint={say(
                        '与登录口令不同；至少 10 个字符，三种字符',
                        'Another than your password; at least 10 characters of three kinds',
                    )}
                >
                    {(id, described) => (
                        <Input.Password
                            id={id}
                            aria-describedby={described}
                            status={fault ? 'error' : ''}
                            value={passphrase}
                            autoComplete="off"
                            onChange={(event) => setPassphrase(event.target.value)}
                        />
                    )}
                </Line>
                <Line name={say('再次输入', 'Again')} fault={differs}>
                    {(id, described) => (
                        <Input.Password
                            id={id}
                            aria-describedby={described}
                            status={differs ? 'error' : ''}
                            value={again}
                            autoComplete="off"
                            onChange={(event) => setAgain(event.target.value)}
                        />
                    )}
                </Line>
                <Button type="primary" htmlType="submit" loading={busy} disabled={!passphrase || !!fault || passphrase !== again}>
                    {say('建立签名密钥', 'Make a signing key')}
                </Button>
            </form>
        </section>
    );
}

export default function Account(): ReactElement {
    const person = useCell(me)!.person;
    const [changed, setChanged] = useState(false);
    return (
        <>
            <h1>{person.name}</h1>
            <p className="hint">
                {[person.organisation, person.department, person.roles.map(roleName).join(say('、', ', '))].filter(Boolean).join(' · ')}
            </p>
            <div className="columns even">
                <SigningKey />
                <div>
                    <section className="card">
                        <h2>{say('口令', 'Password')}</h2>
                        {changed && (
                            <Alert type="success" showIcon message={say('口令已修改', 'The password is changed')} role="status" />
                        )}
                        <PasswordForm done={() => setChanged(true)} />
                    </section>
                    <Second />
                </div>
            </div>
        </>
    );
}
