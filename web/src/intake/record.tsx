/*
 * Into the process: what the commands have said of the scan is filled into the forms that ask for
 * it, so that nobody copies numbers by hand. The person reads it there, adds the rest and sends it.
 */
import type { ReactElement } from 'react';
import { keepDraft, keptDraft } from '../case/drafts';
import type { Draft } from '../case/form';
import { say } from '../case/language';
import type { Seen } from '../case/look';
import { actName } from '../case/words';
import type { CaseFile, MadeFile } from '../plan/work';
import { Go } from '../ui/router';
import { headerDate, type Gate, type Series } from './state';

function modalityOf(series: Series): string {
    return { CT: 'ct', MR: 'mr', US: 'us', DX: 'xray', CR: 'xray' }[series.modality ?? ''] ?? '';
}

function taken(file: CaseFile, series: Series): Draft {
    const spacing = series.spacing_mm;
    const row: Draft = {
        modality: modalityOf(series),
        description: series.series_description ?? '',
        acquired: headerDate(series.acquisition_date ?? series.study_date),
        sha256: file.sha256,
        files: String(series.files),
        bytes: String(file.bytes),
        ...(spacing ? { slice_mm: String(Number(spacing[2].toFixed(4))), pixel_mm: String(Number(spacing[0].toFixed(4))) } : {}),
    };
    return { series: [row], ...(series.software ? { software: series.model || series.software, software_version: series.software } : {}) };
}

function gated(gate: Gate, report: MadeFile | undefined): Draft {
    const conditions = gate.items.filter((item) => item.verdict !== 'pass').map((item) => say(item.zh, item.en));
    return {
        sheet: `${gate.sheet} ${gate.sheet_version}`,
        verdict: gate.verdict,
        ...(report ? { report: { name: report.name, sha256: report.sha256, bytes: report.bytes } } : {}),
        ...(conditions.length ? { conditions: conditions.join('\n') } : {}),
    };
}

interface Props {
    seen: Seen;
    file: CaseFile;
    series: Series;
    gate: Gate | undefined;
    /* what the gate left: its step file says the same with all its numbers */
    report: MadeFile | undefined;
}

export function RecordCard({ seen, file, series, gate, report }: Props): ReactElement | null {
    const drafts: [string, Draft][] = [['images.take', taken(file, series)]];
    if (gate) drafts.push(['images.gate', gated(gate, report)]);
    const able = (act: string): boolean => Object.values(seen.todo.roles).some((may) => may.acts.some((one) => one.act === act));
    const mine = drafts.filter(([act]) => able(act));
    if (!mine.length) return null;
    return (
        <section className="card" aria-label={say('记入流程', 'Into the process')}>
            <h2>{say('记入流程', 'Into the process')}</h2>
            <p className="hint">{say('表单已按影像填好，请核对并补全后提交', 'The forms are filled in from the scan: read them, add the rest, and send')}</p>
            <p className="row">
                {mine.map(([act, draft]) => (
                    <Go
                        key={act}
                        className="button"
                        to={`/cases/${seen.id}/do/${act}`}
                        onClick={() => {
                            if (!keptDraft(seen.id, act)) keepDraft(seen.id, act, draft);
                        }}
                    >
                        {actName(act)}
                    </Go>
                ))}
            </p>
        </section>
    );
}
