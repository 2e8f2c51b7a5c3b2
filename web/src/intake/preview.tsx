/* While a folder is sent: what series it seems to hold. */
import { useEffect, useState, type ReactElement } from 'react';
import { say } from '../case/language';
import { uploads, type Upload } from '../case/upload';
import { useCell } from '../ui/use';
import { previewOf, type Preview } from './headers';

function Folder({ upload }: { upload: Upload }): ReactElement | null {
    const [found, setFound] = useState<Preview[]>([]);
    useEffect(() => {
        const control = new AbortController();
        previewOf(upload.parts ?? [], setFound, control.signal).catch(() => undefined); /* only a preview */
        return () => control.abort();
    }, [upload.id]);
    if (!found.length) return null;
    return (
        <section className="card" aria-label={say('预览', 'Preview')}>
            <h2>
                {upload.name.replace(/\.zip$/, '')} <span className="tag info">{say('预览', 'Preview')}</span>
            </h2>
            <p className="hint">
                {say('浏览器从文件头读到的；上传后以服务器的检查为准', 'As the browser reads the files’ heads; what counts is what the server finds when they have arrived')}
            </p>
            <ul className="previewed">
                {found.map((one, i) => (
                    <li key={i}>
                        <strong>{one.description || say(`序列 ${one.number}`, `Series ${one.number}`)}</strong> {one.modality}{' '}
                        <span className="hint">{say(`${one.files} 个文件`, `${one.files} files`)}</span>
                    </li>
                ))}
            </ul>
        </section>
    );
}

export function Previews({ caseId }: { caseId: string }): ReactElement {
    const going = useCell(uploads).filter((one) => one.case === caseId && one.parts && one.state !== 'done');
    return (
        <>
            {going.map((upload) => (
                <Folder key={upload.id} upload={upload} />
            ))}
        </>
    );
}
