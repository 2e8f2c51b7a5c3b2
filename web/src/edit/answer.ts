/*
 * The true surface of what was just corrected, at once: a region of the scan is cut by a job when
 * correcting begins, and each step is answered by another from it (docs/decisions/015-regions.md).
 * The pieces that come stand in the viewer where the model had been, until the whole is made anew.
 * Steps of whole parts are answered by a preview (whole.ts).
 */
import { Refusal } from '../api/client';
import { Cell } from '../case/cell';
import { language } from '../case/language';
import { sendText } from '../plan/work';
import type { ModelHead } from '../view/format';
import type { Vec3 } from '../view/geometry';
import { loadModel, openView, runJob, type CaseFile, type Job } from '../view/source';
import type { Stage } from '../view/stage';
import type { Hole } from '../view/surface';
import type { Editor } from './editor';
import { beginsWith, documentOf, type Step } from './steps';
import { lastWhole, Wholes } from './whole';

export type Answer =
    | { state: 'none' }
    | { state: 'cutting' | 'asking' }
    | { state: 'shown'; steps: number; ms: number; beyond: boolean }
    | { state: 'preview'; steps: number; ms: number }
    | { state: 'whole'; why: string }; /* only the whole run can tell; the command says why */

interface Region {
    file: CaseFile;
    base: readonly Step[]; /* what was done before it was cut */
    preset: string;
}

interface Piece {
    id: string;
    base: readonly Step[];
    hole: Omit<Hole, 'spared'> | null;
}

const PIECE_RGB: [number, number, number] = [96, 165, 250];
const PIECES_MOST = 8;
const FIRST_LOOK_MS = 60; /* an answer takes less than a second */

/* Where a step is, as far as it says. */
function middleOf(step: Step | undefined): Vec3 | null {
    const places = step?.stroke_mm ?? step?.seeds_mm ?? step?.through_mm ?? step?.outline_mm;
    return places?.[places.length >> 1] ?? null;
}

/* What the command said, without the names of files that nobody knows. */
function reasonOf(failure: unknown): string {
    return (failure instanceof Error ? failure.message : String(failure)).replace(/^.*\]\s*[:：]\s*/, '');
}

export class Answers {
    readonly now = new Cell<Answer>({ state: 'none' });
    readonly wholes: Wholes;
    private region: Region | null = null;
    private pieces: Piece[] = [];
    private made = 0;
    private control = new AbortController();
    private stop: () => void;
    private scan: CaseFile | null = null;
    private on = false;
    private busy = false;
    private again = false;
    private since = 0; /* of the newest change, ms */
    private cannot = ''; /* why this scan has no regions */

    constructor(
        private stage: Stage,
        private caseId: string,
        private editor: Editor,
    ) {
        this.wholes = new Wholes(stage);
        const again = (): void => void this.follow();
        const stops = [editor.steps.listen(again), editor.preset.listen(again), editor.tissue.listen(again)];
        this.stop = () => stops.forEach((one) => one());
    }

    close(): void {
        this.stop();
        this.control.abort();
        this.clear();
    }

    /* Who begins to correct has a region cut before the first stroke. */
    begin(scan: CaseFile): void {
        if (this.scan?.sha256 !== scan.sha256) this.region = null;
        this.scan = scan;
        this.on = true;
        this.cannot = '';
        if (this.control.signal.aborted) this.control = new AbortController();
        void this.follow();
    }

    end(): void {
        this.on = false;
        this.control.abort();
    }

    /* The whole was made: pieces are no longer needed. */
    clear(): void {
        this.control.abort();
        this.control = new AbortController();
        this.keepPieces([]);
        this.wholes.clear();
        this.now.set({ state: 'none' });
    }

    /* Of the steps there are now, as far as it is known; `newest` is about to be shown. */
    private showWholes(newest?: Piece): Promise<void> {
        const { list } = this.editor;
        const known = [...this.pieces, ...(newest ? [newest] : [])].filter((one) => beginsWith(list, one.base) && one.base.length > lastWhole(list));
        return this.wholes.show(list, known.map(({ id }) => `${id}/`));
    }

    private keepPieces(pieces: Piece[]): void {
        for (const one of this.pieces) if (!pieces.includes(one)) this.stage.closeModel(one.id);
        this.pieces = pieces;
        const holes = pieces.flatMap((one, n) => (one.hole ? [{ ...one.hole, spared: pieces.slice(n).map(({ id }) => `${id}/`) }] : []));
        this.stage.cutHoles(holes);
    }

    /* One at a time: what comes meanwhile is answered together, by the next. */
    private async follow(): Promise<void> {
        this.since = performance.now();
        this.again = true;
        void this.showWholes(); /* undo and redo wait for no job */
        if (this.busy) return;
        this.busy = true;
        while (this.again && this.on && this.scan) {
            this.again = false;
            const { signal } = this.control;
            try {
                await this.answer(this.editor.list, this.since, signal);
            } catch (failure) {
                if (signal.aborted) continue;
                if (failure instanceof Refusal) this.region = null; /* it may be gone: a day is over */
                this.now.set({ state: 'whole', why: reasonOf(failure) });
            }
        }
        this.busy = false;
    }

    private async answer(list: readonly Step[], from: number, signal: AbortSignal): Promise<void> {
        const preset = this.editor.presetWord();
        this.keepPieces(this.pieces.filter((one) => beginsWith(list, one.base)));
        if (this.cannot) {
            this.now.set(list.length ? { state: 'whole', why: this.cannot } : { state: 'none' });
            return;
        }
        if (!this.region || this.region.preset !== preset || !beginsWith(list, this.region.base)) {
            await this.cut([], list, preset, signal);
        }
        const last = lastWhole(list);
        if (last >= 0 && !this.wholes.has(list)) await this.askWholes(this.region!, list, last, signal);
        if (last >= 0 && last === list.length - 1) {
            await this.showWholes();
            signal.throwIfAborted();
            this.now.set({ state: 'preview', steps: list.length, ms: performance.now() - from });
            return;
        }
        if (this.region!.base.length <= last) await this.cut(list.slice(0, -1), list, preset, signal);
        const { base } = this.region!;
        if (list.length === base.length) {
            this.keepPieces(this.pieces.filter((one) => one.base.length < base.length));
            this.now.set({ state: 'none' });
            return;
        }
        try {
            await this.ask(this.region!, list, from, signal);
        } catch (failure) {
            /* the last step may lie elsewhere: a region there has all that was done before in it */
            const last = list.at(-1);
            if (signal.aborted || failure instanceof Refusal || !middleOf(last) || base.length === list.length - 1) throw failure;
            await this.cut(list.slice(0, -1), list, preset, signal);
            await this.ask(this.region!, list, from, signal);
        }
    }

    private async cut(base: readonly Step[], list: readonly Step[], preset: string, signal: AbortSignal): Promise<void> {
        this.now.set({ state: 'cutting' });
        const at = middleOf(list.at(-1)) ?? this.stage.cross.get();
        try {
            const done = await this.job(base, this.scan!, 'correct.preview.region', [`--at=${at.join(',')}`, '--preset', preset], signal);
            this.region = { file: done.result!.outputs![0]!, base, preset };
        } catch (failure) {
            if (!signal.aborted && !(failure instanceof Refusal) && failure instanceof Error) this.cannot = failure.message;
            throw failure;
        }
    }

    /* `nuwa edit OF steps -o OUT` */
    private async job(steps: readonly Step[], of: CaseFile, out: string, more: string[], signal: AbortSignal): Promise<Job> {
        const name = 'correct.preview.edits.json';
        const { sha256 } = await sendText(this.caseId, name, documentOf(steps));
        const input = of.name.replaceAll(/[^\w.\-\u4e00-\u9fff]/g, '_').replace(/^-/, '_');
        const request = {
            command: 'edit',
            inputs: { [input]: of.sha256, [name]: sha256 },
            arguments: [input, name, '-o', out, ...more],
            outputs: [out],
            lang: language.get(),
        };
        signal.throwIfAborted();
        const done = await runJob(this.caseId, request, () => undefined, signal, undefined, FIRST_LOOK_MS);
        signal.throwIfAborted();
        return done;
    }

    private async ask(region: Region, list: readonly Step[], from: number, signal: AbortSignal): Promise<void> {
        this.now.set({ state: 'asking' });
        const job = await this.job(list.slice(region.base.length), { ...region.file, name: 'correct.preview.region' }, 'correct.preview.view', [], signal);
        const box = job.result!.said!.box as { from: Vec3; to: Vec3; beyond: boolean };
        await this.show(region, job.result!.outputs![0]!, box, signal);
        this.now.set({ state: 'shown', steps: list.length, ms: performance.now() - from, beyond: box.beyond });
    }

    /* Whole parts as the list has them to its step `last`; a region may have been cut since. */
    private async askWholes(region: Region, list: readonly Step[], last: number, signal: AbortSignal): Promise<void> {
        const steps = list.slice(0, Math.max(last + 1, region.base.length));
        this.now.set({ state: 'asking' });
        const job = await this.job(steps.slice(region.base.length), { ...region.file, name: 'correct.preview.region' }, 'correct.preview.parts', [], signal);
        await this.wholes.take(this.caseId, steps, job, signal);
        await this.showWholes();
    }

    private async show(region: Region, file: CaseFile, box: { from: Vec3; to: Vec3 }, signal: AbortSignal): Promise<void> {
        const opened = await openView<ModelHead>(this.caseId, file, signal);
        const piece: Piece = { id: `piece-${++this.made}`, base: region.base, hole: null };
        const grid = this.stage.grid();
        if (grid && box.to[0] > box.from[0]) piece.hole = { grid, from: box.from, to: box.to };
        const levels: Parameters<Stage['takeLevel']>[1][] = [];
        await loadModel(opened, (level) => levels.push(level));
        signal.throwIfAborted();
        void this.showWholes(piece);
        this.stage.openModel(piece.id, opened.head, true);
        this.stage.parts.update((parts) => parts.map((part) => (part.model === piece.id ? { ...part, rgb: PIECE_RGB } : part)));
        for (const level of levels) this.stage.takeLevel(piece.id, level);
        /* of one region the newest piece stands for all; older regions' pieces stay beside it */
        this.keepPieces([...this.pieces.filter((one) => one.base !== region.base), piece].slice(-PIECES_MOST));
    }
}
