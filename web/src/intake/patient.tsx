/* Whose scan it is: what it says beside what the order says, names in the right letters, confirmed by a person. */
import { Alert, Button, Input } from 'antd';
import { useState, type ReactElement } from 'react';
import { ask, onceKey, Refusal } from '../api/client';
import { moment } from '../case/format';
import { say } from '../case/language';
import type { Seen } from '../case/look';
import { ended, type CaseFile } from '../plan/work';
import { useLoaded } from '../ui/use';
import type { Desk } from './desk';
import { charsetsRequest, comparedOf, confirmationOf, headerDate, infoOf, jobFor, type Charset, type Compared, type Info } from './state';

const act = 'images.identity';
const physicians = ['physician', 'surgeon']; /* they alone settle what differs */

function setName(charset: string): string {
    const names: Record<string, string> = {
        GB18030: say('GB18030（中文）', 'GB18030 (Chinese)'),
        GBK: say('GBK（中文）', 'GBK (Chinese)'),
        'UTF-8': 'UTF-8',
        'ISO_IR 100': say('ISO-8859-1（西欧）', 'ISO-8859-1 (Western)'),
        BIG5: say('Big5（繁体）', 'Big5 (traditional Chinese)'),
    };
    return names[charset] ?? charset;
}

function sexName(sex: string): string {
    const male = say('男', 'male');
    const female = say('女', 'female');
    const other = say('其他', 'other');
    return { M: male, male, F: female, female, O: other, other }[sex] ?? sex;
}

/* What the server says of the scan and the order: it judges by the same when the physician confirms. */
interface Judged {
    compared: Compared | 'unread' | 'elsewhere';
    differs: Difference[];
    order: { number: string; name: string; sex: string; birth_date: string };
}
type Difference = 'number' | 'name' | 'sex' | 'birth_date' | 'region' | 'patients' | 'unread';

function differenceName(one: Difference): string {
    return {
        number: say('编号', 'number'),
        name: say('姓名', 'name'),
        sex: say('性别', 'sex'),
        birth_date: say('出生日期', 'date of birth'),
        region: say('检查部位', 'part of the body'),
        patients: say('有多位患者', 'several patients'),
        unread: say('尚未读取', 'not read yet'),
    }[one];
}

/* The texts of the files in one set after the other: what reads right is taken. */
function Charsets({ sets, now, take }: { sets: Charset[]; now: string; take: (charset: string) => void }): ReactElement {
    return (
        <fieldset className="charsets">
            <legend>{say('哪一行读得通，就选哪一行', 'Choose the row that reads right')}</legend>
            {sets.map((one) => (
                <label key={one.charset} className={one.fits ? 'charset' : 'charset not'}>
                    <input type="radio" name="charset" disabled={!one.fits} checked={now === one.charset} onChange={() => take(one.charset)} />
                    <span className="hint">{setName(one.charset)}</span>
                    <span className="texts">{one.fits ? one.texts.slice(0, 3).join(' · ') : say('与文件不符', 'does not fit the files')}</span>
                </label>
            ))}
            {now && (
                <Button size="small" onClick={() => take('')}>
                    {say('按文件所写', 'As the files say')}
                </Button>
            )}
        </fieldset>
    );
}

interface Props {
    seen: Seen;
    file: CaseFile;
    info: Info;
    desk: Desk;
    charset: string;
    take: (charset: string) => void;
    done: () => void;
}

function Confirm({ seen, file, compared, charset, done }: Omit<Props, 'info'> & { compared: Compared }): ReactElement {
    const [reason, setReason] = useState('');
    const [busy, setBusy] = useState(false);
    const [refusal, setRefusal] = useState<Refusal>();
    const role = Object.entries(seen.todo.roles).find(
        ([name, may]) => may.acts.some((one) => one.act === act) && (compared !== 'different' || physicians.includes(name)),
    )?.[0];
    const blocked = Object.values(seen.todo.roles)
        .flatMap((may) => may.blocked)
        .find((one) => one.act === act);
    if (!role)
        return (
            <Alert
                type="info"
                showIcon
                message={blocked?.reason ?? (compared === 'different' ? say('请临床医生核对患者', 'A physician must compare the patient') : say('请医生、影像科医生或设计人员核对患者', 'A physician, the imaging physician or a designer confirms the patient'))}
            />
        );
    const confirm = (): void => {
        const form = {
            scan: file.sha256,
            compared,
            confirmed: true,
            ...(compared === 'same' ? {} : { reason: reason.trim() }),
            ...(charset ? { charset } : {}),
        };
        setBusy(true);
        setRefusal(undefined);
        ask('POST', `/cases/${seen.id}/acts/${act}`, { body: { role, form }, once: onceKey() })
            .then(done)
            .catch((failure: unknown) => {
                if (!(failure instanceof Refusal)) throw failure;
                setRefusal(failure);
            })
            .finally(() => setBusy(false));
    };
    return (
        <>
            {compared !== 'same' && (
                <div className="why">
                    <label htmlFor="intake-why">
                        {compared === 'different'
                            ? say('若确是该患者，请写明依据（如：外院编号不同，已核对姓名和出生日期）', 'If it is this patient all the same, say why it is certain (for example: another hospital’s number; name and date of birth were compared)')
                            : say('影像中没有编号，请写明如何核对', 'The scan has no number: say how it was compared')}
                    </label>
                    <Input.TextArea id="intake-why" rows={2} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
                </div>
            )}
            <Button type="primary" danger={compared === 'different'} loading={busy} disabled={compared !== 'same' && !reason.trim()} onClick={confirm}>
                {say('确认是该患者的影像', 'Confirm: this patient’s images')}
            </Button>
            {refusal && <Alert type="error" showIcon role="alert" message={refusal.message} />}
        </>
    );
}

export function PatientCard(props: Props): ReactElement {
    const { seen, file, info, desk, charset, take } = props;
    const [asked, setAsked] = useState(false);
    const request = charsetsRequest(file);
    const job = jobFor(desk.jobs ?? [], request);
    const sets = infoOf(job)?.charsets;
    const judged = useLoaded<Judged>((signal) => ask('GET', `/cases/${seen.id}/files/${file.sha256}/patient`, { signal }), [seen.id, file.sha256, info, seen.entries.length]);
    const differs = judged.data?.differs ?? [];
    const order = judged.data?.order;
    const said = judged.data?.compared ?? comparedOf(info);
    const compared: Compared = said === 'different' || said === 'silent' ? said : comparedOf(info);
    const confirmed = confirmationOf(seen.entries, file);
    const wrong = (one: Difference): string => (differs.includes(one) ? 'fault' : '');
    const [tone, text] = {
        same: ['good', say('编号一致', 'the numbers agree')],
        different: ['bad', differs.length ? say(`不一致：${differs.map(differenceName).join('、')}`, `differs: ${differs.map(differenceName).join(', ')}`) : say('编号不一致', 'the numbers differ')],
        silent: ['warn', say('影像中无编号', 'the scan has no number')],
    }[compared] as [string, string];
    const guessed = info.found.some((one) => one.remarks.some((remark) => remark.code === 'charset-guessed'));
    return (
        <section className="card" aria-label={say('核对患者', 'The patient')}>
            <h2>
                {say('核对患者', 'The patient')} <span className={`tag ${tone}`}>{text}</span>
            </h2>
            {compared === 'different' && !confirmed && (
                <Alert
                    type="error"
                    showIcon
                    role="alert"
                    message={say('影像与医嘱的患者信息不同：可能拿错了影像', 'What the scan says of its patient is not what the order says: these may be another patient’s images')}
                    description={say('说明依据并确认，或换用正确的影像之前，不能做“临床医生数据确认”', 'Until somebody entitled confirms it with a reason, or the right scan is there, the physician cannot confirm the data')}
                />
            )}
            <div className="scroll">
                <table className="list patient">
                    <thead>
                        <tr>
                            <td />
                            <th scope="col">{say('编号', 'Number')}</th>
                            <th scope="col">{say('姓名', 'Name')}</th>
                            <th scope="col">{say('性别', 'Sex')}</th>
                            <th scope="col">{say('出生日期', 'Date of birth')}</th>
                        </tr>
                    </thead>
                    <tbody>
                        <tr>
                            <th scope="row">{say('医嘱', 'Order')}</th>
                            <td>{seen.about.patient}</td>
                            <td>{order?.name || '—'}</td>
                            <td>{sexName(order?.sex ?? '') || '—'}</td>
                            <td>{order?.birth_date || '—'}</td>
                        </tr>
                        {(info.patients_found ?? []).map((one, i) => (
                            <tr key={i}>
                                <th scope="row">{say('影像', 'Scan')}</th>
                                <td className={one.agrees === false ? 'fault' : ''}>{one.id || '—'}</td>
                                <td data-name="patient" className={wrong('name')}>
                                    {one.name || '—'}
                                </td>
                                <td className={wrong('sex')}>{sexName(one.sex) || '—'}</td>
                                <td className={wrong('birth_date')}>{headerDate(one.birth_date) || '—'}</td>
                            </tr>
                        ))}
                    </tbody>
                </table>
            </div>
            <p className="row">
                {guessed && !charset && <span className="hint">{say('文件未写对字符集，姓名是推断的。', 'The files do not say their letters right: the name is a guess. ')}</span>}
                <Button
                    type="link"
                    size="small"
                    aria-expanded={asked}
                    onClick={() => {
                        setAsked(!asked);
                        void desk.ensure([request]);
                    }}
                >
                    {say('姓名显示为乱码？', 'Is the name unreadable?')}
                </Button>
                {charset && <span className="tag info">{setName(charset)}</span>}
            </p>
            {asked && job && !ended(job) && <p role="status">{say('正在按各种字符集读取…', 'Reading it in each character set…')}</p>}
            {asked && sets && <Charsets sets={sets} now={charset} take={take} />}
            {confirmed ? (
                <p className="confirmed">
                    <span className="tag good">✓ {say('已确认', 'confirmed')}</span> {confirmed.actor.name} · {moment(confirmed.time)}
                    {typeof confirmed.form.reason === 'string' && <span className="hint"> · {confirmed.form.reason}</span>}
                </p>
            ) : (
                info.patients <= 1 && judged.data && <Confirm {...props} compared={compared} />
            )}
        </section>
    );
}
