/* A case: the line of its stages, what I may do now, and everything that belongs to it. */
import { Alert } from 'antd';
import type { ReactElement } from 'react';
import { ask } from '../api/client';
import { say } from '../case/language';
import type { PageProps } from './pages';
import { useLoaded } from './use';

export default function CasePage({ parts }: PageProps): ReactElement {
    const seen = useLoaded<{ data: { stage: string } }>(
        (signal) => ask('GET', `/cases/${parts.case}`, { signal }),
        [parts.case],
    );
    if (seen.refusal) return <Alert type="error" showIcon message={seen.refusal.message} />;
    return <h1>{seen.data ? seen.data.data.stage : say('正在打开…', 'Opening…')}</h1>;
}
