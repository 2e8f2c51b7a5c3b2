/* What is on record, for reading: a form that was filled in, and who did it. */
import type { ReactElement } from 'react';
import { bytes as sizeText, moment, shortDigest } from '../case/format';
import { say, title } from '../case/language';
import type { Entry, Field, FileRef, Form, Statement } from '../case/model';
import { actName, actOf, roleName, unitName, wordName } from '../case/words';

/* What is both needed and signed stands in a statement twice. */
export function recordsOf(statement: Statement): Statement['records'] {
    return statement.records.filter((record, i, all) => all.findIndex((one) => one.name === record.name) === i);
}

function isFile(value: unknown): value is FileRef {
    return typeof value === 'object' && value !== null && 'sha256' in value && 'bytes' in value;
}

export function FileLink({ caseId, file }: { caseId: string; file: FileRef }): ReactElement {
    return (
        <a href={`/api/v1/cases/${caseId}/files/${file.sha256}`} download={file.name}>
            {file.name} <span className="hint">({sizeText(file.bytes)})</span>
        </a>
    );
}

function Plain({ caseId, field, value }: { caseId: string; field: Field | undefined; value: unknown }): ReactElement {
    if (typeof value === 'boolean') return <>{value ? say('是', 'Yes') : say('否', 'No')}</>;
    if (isFile(value)) return <FileLink caseId={caseId} file={value} />;
    if (field?.kind === 'choice') return <>{wordName(field.choices, String(value))}</>;
    if (field?.kind === 'digest') return <span className="mono">{String(value)}</span>;
    if (field?.kind === 'entry') return <a href={`#entry-${String(value)}`}>{say(`第 ${String(value)} 条`, `No. ${String(value)}`)}</a>;
    if (field?.unit) return <>{`${String(value)} ${unitName(field.unit)}`}</>;
    return <span className="prose">{String(value)}</span>;
}

function Rows({ caseId, field, rows }: { caseId: string; field: Field; rows: Form[] }): ReactElement {
    const columns = (field.of ?? []).filter((one) => rows.some((row) => row[one.name] !== undefined) && one.name !== 'person');
    return (
        <div className="scroll">
            <table className="list small">
                <thead>
                    <tr>
                        {columns.map((one) => (
                            <th key={one.name} scope="col">
                                {title(one)}
                                {one.unit ? ` (${unitName(one.unit)})` : ''}
                            </th>
                        ))}
                    </tr>
                </thead>
                <tbody>
                    {rows.map((row, i) => (
                        <tr key={i}>
                            {columns.map((one) => (
                                <td key={one.name}>
                                    {row[one.name] !== undefined && (
                                        <Plain caseId={caseId} field={{ ...one, unit: '' }} value={row[one.name]} />
                                    )}
                                </td>
                            ))}
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}

export function FormView({ caseId, act, form }: { caseId: string; act: string; form: Form }): ReactElement {
    return <FieldsView caseId={caseId} fields={actOf(act)?.fields ?? []} form={form} />;
}

export function FieldsView({ caseId, fields, form }: { caseId: string; fields: Field[]; form: Form }): ReactElement {
    const shown = [...fields.filter((field) => form[field.name] !== undefined)];
    const unknown = Object.keys(form).filter((name) => !fields.some((field) => field.name === name));
    if (!shown.length && !unknown.length) return <p className="hint">{say('没有要填的内容', 'Nothing was to be filled in')}</p>;
    return (
        <dl className="pairs form">
            {shown.map((field) => (
                <div key={field.name}>
                    <dt>{title(field)}</dt>
                    <dd>
                        {field.kind === 'list' ? (
                            <Rows caseId={caseId} field={field} rows={form[field.name] as Form[]} />
                        ) : (
                            <Plain caseId={caseId} field={field} value={form[field.name]} />
                        )}
                    </dd>
                </div>
            ))}
            {unknown.map((name) => (
                <div key={name}>
                    <dt className="mono">{name}</dt>
                    <dd className="mono">{JSON.stringify(form[name])}</dd>
                </div>
            ))}
        </dl>
    );
}

export function Signed({ entry }: { entry: Entry }): ReactElement | null {
    const signature = entry.signature;
    if (!signature) return null;
    const { statement } = signature;
    return (
        <details className="signed">
            <summary>
                ✓ {say(`已签名：${statement.meaning_zh}（${signature.kind}）`, `Signed: ${statement.meaning_en} (${signature.kind})`)}
            </summary>
            <dl className="pairs form">
                {recordsOf(statement).map((record) => (
                    <div key={record.name}>
                        <dt>
                            {actName(record.name)} · {say(`第 ${record.version} 版`, `version ${record.version}`)}
                        </dt>
                        <dd className="mono">{shortDigest(record.sha256)}…</dd>
                    </div>
                ))}
                {statement.form_sha256 && (
                    <div>
                        <dt>{say('所填内容的摘要', 'Digest of what was filled in')}</dt>
                        <dd className="mono">{statement.form_sha256}</dd>
                    </div>
                )}
                <div>
                    <dt>{say('签名', 'Signature')}</dt>
                    <dd className="mono">{signature.value}</dd>
                </div>
            </dl>
        </details>
    );
}

export function EntryHead({ entry }: { entry: Entry }): ReactElement {
    return (
        <>
            <strong>{actName(entry.act)}</strong>{' '}
            <span className="hint">
                {entry.actor.name} · {roleName(entry.actor.role)}
                {entry.actor.organisation ? ` · ${entry.actor.organisation}` : ''} · <span className="nowrap">{moment(entry.time)}</span>
            </span>
        </>
    );
}

