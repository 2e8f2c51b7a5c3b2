/* The papers of a case, made from its records when they are opened. */
import { Alert } from 'antd';
import type { ReactElement } from 'react';
import { ask } from '../api/client';
import { label, language, say, title, type Labelled } from '../case/language';
import { useCell, useLoaded } from './use';

type Paper = Labelled & { name: string; state: 'ready' | 'part' | 'missing' };

const words: Record<Paper['state'], { zh: string; en: string; tone: string }> = {
    ready: { zh: '齐全', en: 'ready', tone: 'good' },
    part: { zh: '不全', en: 'in part', tone: 'warn' },
    missing: { zh: '缺', en: 'missing', tone: '' },
};

export default function Documents({ caseId }: { caseId: string }): ReactElement {
    const tongue = useCell(language);
    const seen = useLoaded<{ documents: Paper[] }>(
        (signal) => ask('GET', `/cases/${caseId}/documents`, { signal }),
        [caseId],
    );
    if (seen.refusal) return <Alert type="error" showIcon message={seen.refusal.message} />;
    if (!seen.data) return <p role="status">{say('正在整理…', 'Gathering…')}</p>;
    const other = tongue === 'zh' ? 'en' : 'zh';
    const address = (paper: Paper, lang: string): string =>
        `/api/v1/cases/${caseId}/documents/${paper.name}.pdf?lang=${lang}`;
    return (
        <div className="card scroll">
            <p className="hint">
                {say(
                    '文书按记录即时生成（PDF），每次阅读都有审计记录。不全的文书可以打开，缺的内容在其中标明。',
                    'Papers are made from the records when they are opened (PDF); each reading is on record. One that is there in part says what is missing.',
                )}
            </p>
            <table className="list">
                <thead>
                    <tr>
                        <th scope="col">{say('文书', 'Paper')}</th>
                        <th scope="col">{say('状态', 'State')}</th>
                        <th scope="col">{say('打开', 'Open')}</th>
                    </tr>
                </thead>
                <tbody>
                    {seen.data.documents.map((paper) => (
                        <tr key={paper.name}>
                            <td>{title(paper)}</td>
                            <td>
                                <span className={`tag ${words[paper.state].tone}`}>{label(words[paper.state])}</span>
                            </td>
                            <td>
                                {paper.state !== 'missing' && (
                                    <span className="row">
                                        <a href={address(paper, tongue)} target="_blank" rel="noreferrer">
                                            PDF
                                        </a>
                                        <a href={address(paper, other)} target="_blank" rel="noreferrer" lang={other}>
                                            {other === 'en' ? 'English' : '中文'}
                                        </a>
                                    </span>
                                )}
                            </td>
                        </tr>
                    ))}
                </tbody>
            </table>
        </div>
    );
}
