/*
 * A scan comes in: dropped, sent, looked through by jobs of the server, held against the order and
 * the requirements, made into a model. The page asks for the jobs and shows what they say.
 */
import { Alert } from 'antd';
import { useEffect, useMemo, useState, type ReactElement } from 'react';
import { ask } from '../api/client';
import { caseNews } from '../case/events';
import { bytes } from '../case/format';
import { say } from '../case/language';
import { lookAt, type Seen } from '../case/look';
import { forgetUpload, interrupted, uploads } from '../case/upload';
import { actOf } from '../case/words';
import { ended, filesOfCase, type CaseFile } from '../plan/work';
import type { Machine } from '../print/setup';
import { CaseTabs } from '../ui/case';
import { DropZone, Goings } from '../ui/files';
import type { PageProps } from '../ui/pages';
import { useCell, useLoaded } from '../ui/use';
import { isScan } from '../view/source';
import { useDesk, type Desk } from './desk';
import './intake.css';
import { JobLine, MakeCard } from './make';
import { PatientCard } from './patient';
import { Previews } from './preview';
import { RecordCard } from './record';
import { SeriesList } from './series';
import { chosenBefore, confirmationOf, gateOf, gateRequest, inOrder, infoOf, infoRequest, jobFor, viewRequest, type Need } from './state';

const gatedAtOnce = 6; /* series; the others when asked for */

interface ScanProps {
    caseId: string;
    seen: Seen;
    reload: () => void;
    file: CaseFile;
    desk: Desk;
    machines: Machine[];
}

function Scan({ caseId, seen, reload, file, desk, machines }: ScanProps): ReactElement {
    const before = useMemo(() => chosenBefore(desk.jobs ?? [], file), []);
    const [charset, setCharset] = useState(before.charset);
    const [need, setNeed] = useState<Need>(before.need);
    const [picked, pick] = useState<number>();
    const jobs = desk.jobs ?? [];
    const asked = infoRequest(file, seen.about.patient ?? '', charset);
    const job = jobFor(jobs, asked);
    const info = infoOf(job);
    /* the list of before stays in sight while it is read anew */
    const [shown, show] = useState(info);
    useEffect(() => {
        if (info) show(info);
    }, [job?.id, job?.state]);
    const list = info ?? shown;
    const usable = list ? inOrder(list.found).filter((one) => one.usable) : [];
    const chosen = picked ?? usable[0]?.number;
    const onePatient = !!list && list.patients <= 1;
    useEffect(() => {
        void desk.ensure([asked]);
    }, [file.sha256, charset, desk.ensure]);
    useEffect(() => {
        if (!chosen || !onePatient) return;
        const others = need === 'bone' ? usable.filter((one) => one.number !== chosen).slice(0, gatedAtOnce - 1) : [];
        void desk.ensure([
            gateRequest(file, chosen, need),
            viewRequest(file),
            ...others.map((one) => gateRequest(file, one.number, need)),
        ]);
    }, [file.sha256, chosen, need, onePatient, usable.length, desk.ensure]);

    if (!list)
        return (
            <section className="card" aria-label={say('序列', 'Series')}>
                {job ? (
                    <JobLine job={job} name={say('读取影像', 'Reading the scan')} desk={desk} again={() => void desk.start(asked)} />
                ) : (
                    <p role="status">{say('正在读取影像…', 'Reading the scan…')}</p>
                )}
                {job?.state === 'done' && <p>{say('这不是影像，请另选文件', 'This is no scan: choose other files')}</p>}
            </section>
        );
    const gateJob = chosen ? jobFor(jobs, gateRequest(file, chosen, need)) : undefined;
    const gate = gateOf(gateJob);
    const series = usable.find((one) => one.number === chosen);
    const known = !!actOf('images.identity');
    const confirmed = !known || !!confirmationOf(seen.entries, file);
    const waits = !chosen
        ? say('没有可用的序列', 'No series can be used')
        : !confirmed
          ? say('请先确认患者', 'Confirm the patient first')
          : !gateJob || !ended(gateJob)
            ? say('正在检查影像质量…', 'The scan’s quality is being checked…')
            : '';
    return (
        <>
            {job && (
                <JobLine job={job} name={say('读取影像', 'Reading the scan')} desk={desk} again={() => void desk.start(asked)} />
            )}
            {!onePatient && (
                <Alert
                    type="error"
                    showIcon
                    role="alert"
                    message={say(`这里有 ${list.patients} 位患者的影像：请分开后只上传本患者的`, `Scans of ${list.patients} patients lie here: separate them and send this patient’s alone`)}
                />
            )}
            {known && <PatientCard seen={seen} file={file} info={list} desk={desk} charset={charset} take={setCharset} done={reload} />}
            <section className="card" aria-label={say('序列', 'Series')}>
                <h2>
                    {say('序列', 'Series')} <span className="hint">{list.count}</span>
                </h2>
                <SeriesList caseId={caseId} file={file} desk={desk} need={need} found={list.found} chosen={chosen ?? 0} choose={pick} />
                {list.count > list.found.length && (
                    <p className="hint">{say(`另有 ${list.count - list.found.length} 个未列出`, `${list.count - list.found.length} more are not listed`)}</p>
                )}
                {list.other_files > 0 && (
                    <p className="hint">{say(`另有 ${list.other_files} 个文件不是影像`, `${list.other_files} other files are no images`)}</p>
                )}
            </section>
            {onePatient && (
                <MakeCard
                    caseId={caseId}
                    file={file}
                    series={chosen ?? 0}
                    need={need}
                    setNeed={setNeed}
                    charset={charset}
                    gate={gate}
                    waits={waits}
                    desk={desk}
                    machines={machines}
                />
            )}
            {series && <RecordCard seen={seen} file={file} series={series} gate={gate} report={gateJob?.result?.outputs?.find((one) => one.name.endsWith('.step.json'))} />}
        </>
    );
}

function Interrupted({ caseId }: { caseId: string }): ReactElement | null {
    useCell(uploads); /* each that begins or ends changes what is left */
    const left = interrupted(caseId);
    if (!left.length) return null;
    return (
        <Alert
            className="interrupted"
            type="warning"
            showIcon
            message={say('上次的上传没有完成', 'An upload was not finished')}
            description={say(`请再次拖入同一文件夹或文件（${left.join('、')}）：从中断处继续`, `Drop the same folder or file again (${left.join(', ')}): it goes on where it stopped`)}
        />
    );
}

export default function IntakePage({ parts }: PageProps): ReactElement {
    const caseId = parts.case!;
    const news = useCell(caseNews);
    const sending = useCell(uploads).filter((one) => one.case === caseId);
    const finished = sending.filter((one) => one.state === 'done').length;
    const seen = useLoaded<Seen>((signal) => lookAt(caseId, signal), [caseId, news?.case === caseId ? news.number : 0]);
    const files = useLoaded<CaseFile[]>((signal) => filesOfCase(caseId, signal), [caseId, finished]);
    const machines = useLoaded<{ machines: Machine[] }>((signal) => ask('GET', '/machines', { signal }), []);
    const desk = useDesk(caseId);
    const [chosen, choose] = useState('');
    const scans = (files.data ?? []).filter(isScan).reverse();
    const file = scans.find((one) => one.sha256 === chosen) ?? scans[0];
    useEffect(() => {
        /* what has arrived is shown below as a scan */
        if (files.data) for (const one of sending) if (one.state === 'done' && files.data.some((have) => have.sha256 === one.file?.sha256)) forgetUpload(one.id);
    }, [files.data]);
    const refusal = seen.refusal ?? files.refusal ?? desk.refusal ?? machines.refusal;
    const ready = seen.data && files.data && machines.data && desk.jobs;
    return (
        <>
            <h1>{say('导入影像', 'Import a scan')}</h1>
            <CaseTabs id={caseId} now="intake" />
            {refusal && <Alert type="error" showIcon role="alert" message={refusal.message} />}
            <div className="intake">
                <Interrupted caseId={caseId} />
                <div className={file ? 'intake-drop small' : 'intake-drop'}>
                    <DropZone
                        caseId={caseId}
                        together
                        text={say('把 DICOM 文件夹或压缩文件拖到这里', 'Drop a DICOM folder or an archive here')}
                        sent={(one) => choose(one.sha256)}
                    />
                </div>
                <Goings caseId={caseId} />
                <Previews caseId={caseId} />
                {!ready && !refusal && <p role="status">{say('正在打开…', 'Opening…')}</p>}
                {ready && scans.length > 1 && (
                    <p className="row">
                        <label htmlFor="intake-scan">{say('影像文件', 'Scan')}</label>
                        <select id="intake-scan" className="choice" value={file!.sha256} onChange={(event) => choose(event.target.value)}>
                            {scans.map((one) => (
                                <option key={one.number} value={one.sha256}>
                                    {one.name} · {bytes(one.bytes)} · {one.sha256.slice(0, 8)}
                                </option>
                            ))}
                        </select>
                    </p>
                )}
                {ready && file && (
                    <Scan
                        key={file.sha256}
                        caseId={caseId}
                        seen={seen.data!}
                        reload={seen.reload}
                        file={file}
                        desk={desk}
                        machines={machines.data!.machines}
                    />
                )}
            </div>
        </>
    );
}
