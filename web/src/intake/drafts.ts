/* What the commands said of a scan, as the forms of the process ask for it. */
import type { Draft } from '../case/form';
import { say } from '../case/language';
import type { CaseFile, MadeFile } from '../plan/work';
import { headerDate, type Gate, type Series } from './state';

function modalityOf(series: Series): string {
    return { CT: 'ct', MR: 'mr', US: 'us', DX: 'xray', CR: 'xray' }[series.modality ?? ''] ?? '';
}

export function taken(file: CaseFile, series: Series): Draft {
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

export function gated(gate: Gate, report: MadeFile | undefined): Draft {
    const conditions = gate.items.filter((item) => item.verdict !== 'pass').map((item) => say(item.zh, item.en));
    return {
        sheet: `${gate.sheet} ${gate.sheet_version}`,
        verdict: gate.verdict,
        ...(report ? { report: { name: report.name, sha256: report.sha256, bytes: report.bytes } } : {}),
        ...(conditions.length ? { conditions: conditions.join('\n') } : {}),
    };
}
