/*
 * What parts as a whole become, at once: steps that ask for what hangs together or for parts as a
 * whole are done to the labels alone, by a job from the region. What was shown takes the colours of
 * the parts it lies on now, and what was removed goes; new faces come with the model. A preview.
 */
import { fetchFrom } from '../api/client';
import { Cell } from '../case/cell';
import { say } from '../case/language';
import { codeOf, readBecame } from '../view/became';
import type { CaseFile, Job } from '../view/source';
import type { Rgb, Stage } from '../view/stage';
import { beginsWith, type Step } from './steps';

export interface PartNow {
    name: string;
    rgb: Rgb;
    mm3: number;
    label: number;
}

interface Preview {
    list: readonly Step[]; /* of which it is */
    bytes: ArrayBuffer;
    parts: PartNow[];
}

/* Of parts that steps made: outlines on slices have the opposite hue, and bone's is blue. */
const MADE_RGB: readonly Rgb[] = [[80, 190, 190], [170, 200, 80], [110, 190, 120], [225, 120, 110], [110, 150, 225], [200, 120, 210]];
const KEPT_MOST = 12; /* for undo and redo */

const whole: readonly Step['do'][] = ['islands', 'split', 'cut', 'join'];

/* The last step that asks for whole parts; -1: none does. */
export function lastWhole(list: readonly Step[]): number {
    return list.map((step) => whole.includes(step.do)).lastIndexOf(true);
}

export class Wholes {
    /* The parts that are shown as a preview; none: nothing is. */
    readonly now = new Cell<readonly PartNow[]>([]);
    private kept: Preview[] = [];
    private shown = '';
    private numbers = new WeakMap<Preview, number>();
    private made = 0;

    constructor(private stage: Stage) {}

    /* Of all steps of a list that ask for whole parts. */
    private of(list: readonly Step[]): Preview | undefined {
        const last = lastWhole(list);
        return last < 0 ? undefined : this.kept.filter((one) => one.list.length > last && beginsWith(list, one.list)).at(-1);
    }

    has(list: readonly Step[]): boolean {
        return !!this.of(list);
    }

    /* What is known of a list is shown, else nothing is; `spared`: surfaces that know their parts. */
    async show(list: readonly Step[], spared: string[]): Promise<void> {
        const preview = this.of(list);
        const grid = this.stage.grid();
        const key = preview && grid ? [this.numbers.get(preview), ...spared].join() : '';
        if (key === this.shown) return;
        this.shown = key;
        if (!preview || !grid) {
            this.now.set([]);
            await this.stage.recolour(null);
            return;
        }
        const parts = preview.parts.map(({ name, rgb, label }) => ({ name: say(`${name}（预览）`, `${name} (preview)`), rgb, code: codeOf(label) }));
        const done = this.stage.recolour({ model: `became-${this.numbers.get(preview)}`, became: readBecame(preview.bytes, grid), parts, spared });
        this.now.set(preview.parts);
        await done;
    }

    async take(caseId: string, list: readonly Step[], job: Job, signal: AbortSignal): Promise<void> {
        const file = job.result!.outputs![0] as CaseFile;
        const said = job.result!.said!.parts as { name: string; rgba: number[]; made: boolean; mm3: number; label: number }[];
        const reply = await fetchFrom('GET', `/cases/${caseId}/files/${file.sha256}`, { signal });
        const bytes = await reply.arrayBuffer();
        const parts = said.map(({ name, rgba, made, mm3, label }) => ({ name, mm3, label, rgb: made ? MADE_RGB[label % MADE_RGB.length]! : (rgba.slice(0, 3) as Rgb) }));
        const preview: Preview = { list, bytes, parts };
        this.numbers.set(preview, ++this.made);
        this.kept = [...this.kept, preview].slice(-KEPT_MOST);
    }

    clear(): void {
        this.kept = [];
        void this.show([], []);
    }
}
