/* Files of a case: dropped, on their way, there. */
import { Alert, Button } from 'antd';
import { useRef, useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { bytes, seconds, shortDigest } from '../case/format';
import { say } from '../case/language';
import type { CaseFile, FileRef } from '../case/model';
import { forgetUpload, secondsLeft, sendDropped, sendFiles, sendFolder, stopUpload, uploads, type Upload } from '../case/upload';
import { useCell, useLoaded } from './use';

function stateText(upload: Upload): string {
    const left = secondsLeft(upload);
    switch (upload.state) {
        case 'packing':
            return say('正在打包', 'packing');
        case 'waiting':
            return say('连接中断，恢复后继续', 'the line is cut; it goes on when it is back');
        case 'done':
            return say('完成', 'done');
        case 'failed':
            return upload.why ?? say('失败', 'failed');
        case 'stopped':
            return say('已停止；再选同一文件可继续', 'stopped; choose the same file to go on');
        case 'sending':
            return left === null ? '' : say(`还需约 ${seconds(left)}`, `about ${seconds(left)} left`);
    }
}

function Going({ upload }: { upload: Upload }): ReactElement {
    const part = upload.bytes ? Math.min(1, upload.sent / upload.bytes) : 1;
    const over = upload.state === 'done' || upload.state === 'failed' || upload.state === 'stopped';
    return (
        <li className="going">
            <div className="row apart">
                <span>{upload.name}</span>
                <span className={upload.state === 'failed' ? 'fault' : 'hint'}>
                    {bytes(upload.sent)} / {bytes(upload.bytes)} · {stateText(upload)}
                </span>
            </div>
            <div className="row">
                <progress aria-label={upload.name} max={1} value={part} />
                {over ? (
                    <Button size="small" onClick={() => forgetUpload(upload.id)}>
                        {say('知道了', 'All right')}
                    </Button>
                ) : (
                    <Button size="small" onClick={() => stopUpload(upload.id)}>
                        {say('停止', 'Stop')}
                    </Button>
                )}
            </div>
        </li>
    );
}

interface DropProps {
    caseId: string;
    text: string;
    /* loose files are images of one scan */
    together?: boolean;
    /* hears of each that is there */
    sent?: (file: FileRef) => void;
}

/* Where files are dropped or chosen. */
export function DropZone({ caseId, text, together = false, sent }: DropProps): ReactElement {
    const [over, setOver] = useState(false);
    const [why, setWhy] = useState('');
    const file = useRef<HTMLInputElement>(null);
    const folder = useRef<HTMLInputElement>(null);
    const run = (work: Promise<FileRef[]>): void => {
        setWhy('');
        work.then((all) => all.forEach((one) => sent?.(one))).catch((failure: Error) => setWhy(failure.message));
    };
    const takeFolder = (list: FileList): void => {
        const files = [...list].map((one) => ({ path: one.webkitRelativePath || one.name, file: one }));
        if (files.length) run(sendFolder(caseId, files[0]!.path.split('/')[0]!, files).then((one) => [one]));
    };
    return (
        <>
            <div
                className={over ? 'dropzone over' : 'dropzone'}
                onDragOver={(event) => {
                    event.preventDefault();
                    setOver(true);
                }}
                onDragLeave={() => setOver(false)}
                onDrop={(event) => {
                    event.preventDefault();
                    setOver(false);
                    run(sendDropped(caseId, event.dataTransfer, together));
                }}
            >
                <p>{text}</p>
                <div className="row centre">
                    <Button type="primary" onClick={() => file.current!.click()}>
                        {say('选择文件', 'Choose files')}
                    </Button>
                    <Button onClick={() => folder.current!.click()}>{say('选择文件夹', 'Choose a folder')}</Button>
                </div>
                <p className="hint">
                    {say('断线或刷新后从中断处继续：再选同一文件即可', 'After a cut line or a reload it goes on where it stopped: choose the same file again')}
                </p>
                <input
                    ref={file}
                    type="file"
                    multiple
                    hidden
                    aria-label={say('文件', 'files')}
                    onChange={(event) => {
                        run(sendFiles(caseId, [...(event.target.files ?? [])], together));
                        event.target.value = '';
                    }}
                />
                <input
                    ref={folder}
                    type="file"
                    hidden
                    aria-label={say('文件夹', 'folder')}
                    {...{ webkitdirectory: '' }}
                    onChange={(event) => {
                        if (event.target.files) takeFolder(event.target.files);
                        event.target.value = '';
                    }}
                />
            </div>
            {why && <Alert type="error" showIcon message={why} role="alert" />}
        </>
    );
}

export function Goings({ caseId }: { caseId: string }): ReactElement | null {
    const going = useCell(uploads).filter((one) => one.case === caseId);
    if (!going.length) return null;
    return (
        <ul className="card goings">
            {going.map((upload) => (
                <Going key={upload.id} upload={upload} />
            ))}
        </ul>
    );
}

/* What the program keeps for itself: how each result was made, and surfaces ready to be drawn. */
const byTheWay = /\.(step\.json|view)$/;

function Table({ caseId, files }: { caseId: string; files: CaseFile[] }): ReactElement {
    return (
        <table className="list">
            <thead>
                <tr>
                    <th scope="col">{say('名称', 'Name')}</th>
                    <th scope="col">{say('大小', 'Size')}</th>
                    <th scope="col">SHA-256</th>
                </tr>
            </thead>
            <tbody>
                {files.map((one) => (
                    <tr key={one.number}>
                        <td>
                            <a href={`/api/v1/cases/${caseId}/files/${one.sha256}`} download={one.name}>
                                {one.name}
                            </a>
                        </td>
                        <td className="nowrap">{bytes(one.bytes)}</td>
                        <td className="mono nowrap" title={one.sha256}>
                            {shortDigest(one.sha256)}…
                        </td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

export default function Files({ caseId }: { caseId: string }): ReactElement {
    const finished = useCell(uploads).filter((one) => one.case === caseId && one.state === 'done').length;
    const seen = useLoaded<{ files: CaseFile[] }>(
        (signal) => ask('GET', `/cases/${caseId}/files`, { signal }),
        [caseId, finished],
    );
    const own = seen.data?.files.filter((one) => !byTheWay.test(one.name)) ?? [];
    const rest = seen.data?.files.filter((one) => byTheWay.test(one.name)) ?? [];
    return (
        <>
            <DropZone
                caseId={caseId}
                text={say('把 DICOM 文件夹、压缩文件或其他文件拖到这里', 'Drop a DICOM folder, an archive or any file here')}
            />
            <Goings caseId={caseId} />
            {seen.refusal && <Alert type="error" showIcon message={seen.refusal.message} />}
            {seen.data && (
                <div className="card scroll">
                    {own.length ? (
                        <Table caseId={caseId} files={own} />
                    ) : (
                        <div className="empty">{say('还没有文件', 'No files yet')}</div>
                    )}
                </div>
            )}
            {rest.length > 0 && (
                <details className="card scroll">
                    <summary>{say(`步骤记录与看图数据（${rest.length}）`, `Step files and data for viewing (${rest.length})`)}</summary>
                    <Table caseId={caseId} files={rest} />
                </details>
            )}
        </>
    );
}
