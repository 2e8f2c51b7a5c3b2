/*
 * Correcting, without React: the tool that is chosen, the steps with undo and redo, what is being
 * drawn. It is the pen of the viewer's stage while somebody corrects.
 */
import { Cell } from '../case/cell';
import { begin, change, redo, undo, type History } from '../plan/history';
import { dot, indexOf, type PlaneName, type Vec3 } from '../view/geometry';
import type { Projection } from '../view/panes';
import type { Pen, Stage } from '../view/stage';
import { drawBrush, drawStep, grown, type Grown } from './preview';
import { firstName, keepSteps, keptSteps, newName, partNames, rounded, thinned, type Step } from './steps';

export type EditTool = 'paint' | 'erase' | 'threshold' | 'grow' | 'scissors' | 'keep' | 'remove' | 'fill' | 'split';
export const brushes: readonly EditTool[] = ['paint', 'erase', 'threshold'];
const collecting: readonly EditTool[] = ['fill', 'split'];
const LEAST_MM = 0.2;
const MOST_MM = 60;
const OUTLINE_MOST = 480;

export class Editor implements Pen {
    readonly tool = new Cell<EditTool>('paint');
    readonly radius_mm = new Cell(4);
    readonly reach_mm = new Cell(30); /* of growing and of filling */
    readonly ball = new Cell(true); /* or one slice only */
    readonly range = new Cell<readonly [number, number]>([200, 3000]);
    readonly part = new Cell<string | null>(null);
    readonly preset = new Cell('bone');
    readonly tissue = new Cell<readonly [number, number]>([300, 3000]); /* of the preset threshold */
    readonly steps = new Cell<History<readonly Step[]>>(begin<readonly Step[]>([]));
    /* places of what is being drawn */
    readonly open = new Cell<{ plane: PlaneName; places: Vec3[] } | null>(null);
    private hover: { plane: PlaneName; place: Vec3 } | null = null;
    private grown = new WeakMap<Step, Grown | null>();
    private stops: (() => void)[] = [];
    scan = '';

    constructor(
        private stage: Stage,
        private caseId: string,
    ) {
        const kept = keptSteps(caseId);
        if (kept) {
            this.preset.set(kept.preset);
            if (kept.tissue) this.tissue.set(kept.tissue);
            this.scan = kept.scan;
            this.steps.set(begin<readonly Step[]>(kept.steps));
        }
        const again = (): void => this.redraw();
        this.stops.push(this.steps.listen(again), this.open.listen(again), this.radius_mm.listen(again), this.tool.listen(again));
        for (const cell of [this.steps, this.preset, this.tissue]) this.stops.push(cell.listen(() => this.keep()));
    }

    close(): void {
        this.stops.forEach((stop) => stop());
        if (this.stage.pen.get() === this) this.stage.pen.set(null);
    }

    private keep(): void {
        keepSteps(this.caseId, { preset: this.preset.get(), tissue: this.tissue.get(), scan: this.scan, steps: [...this.list] });
    }

    private redraw(): void {
        this.stage.inked.update((n) => n + 1);
    }

    get list(): readonly Step[] {
        return this.steps.get().now;
    }

    /* As the command has it. */
    presetWord(): string {
        const [low, high] = this.tissue.get();
        return this.preset.get() === 'threshold' ? `threshold=${low}..${high}` : this.preset.get();
    }

    /* The parts there are now; steps are done to `part`, or to the first. */
    names(): string[] {
        return partNames(firstName(this.preset.get()), this.list);
    }

    private add(step: Step): void {
        const part = this.part.get();
        const whole = part && this.names().includes(part) && !step.parts ? { ...step, part } : step;
        this.steps.update((steps) => change(steps, [...steps.now, whole]));
    }

    undo(): void {
        this.steps.update(undo);
    }

    redo(): void {
        this.steps.update(redo);
    }

    clear(): void {
        this.steps.update((steps) => change(steps, []));
    }

    /* Takes one step out, wherever it stands. */
    drop(index: number): void {
        this.steps.update((steps) => change(steps, steps.now.filter((_, i) => i !== index)));
    }

    choose(tool: EditTool): void {
        this.open.set(null);
        this.tool.set(tool);
    }

    resize(factor: number): void {
        this.radius_mm.update((mm) => Math.min(Math.max(Number((mm * factor).toPrecision(2)), LEAST_MM), MOST_MM));
    }

    /* ---- what the mouse does on a slice ---- */

    down(plane: PlaneName, place: Vec3): void {
        const tool = this.tool.get();
        if (brushes.includes(tool) || tool === 'scissors') this.open.set({ plane, places: [place] });
    }

    move(plane: PlaneName, place: Vec3): void {
        this.hover = { plane, place };
        const open = this.open.get();
        const tool = this.tool.get();
        if (open && open.plane === plane && !collecting.includes(tool)) this.open.set({ plane, places: [...open.places, place] });
        else if (brushes.includes(tool)) this.redraw();
    }

    up(plane: PlaneName, place: Vec3): void {
        const tool = this.tool.get();
        const open = this.open.get();
        if (brushes.includes(tool) || tool === 'scissors') {
            this.open.set(null);
            if (open) this.addDrawn(tool, open.plane, open.places);
            return;
        }
        if (!this.isInside(place)) return; /* a click beside the scan is no step */
        if (tool === 'grow') {
            const [min, max] = this.range.get();
            this.add({ do: 'grow', seeds_mm: [rounded(place)], min, max, radius_mm: this.reach_mm.get() });
        } else if (tool === 'keep' || tool === 'remove') this.add({ do: 'islands', how: tool, at_mm: [rounded(place)] });
        else this.open.set({ plane: open?.plane ?? plane, places: [...(open?.places ?? []), rounded(place)] });
    }

    leave(): void {
        this.hover = null;
        if (!collecting.includes(this.tool.get())) this.open.set(null);
        this.redraw();
    }

    private brushStep(tool: EditTool, plane: PlaneName, places: readonly Vec3[]): Step {
        const radius_mm = this.radius_mm.get();
        const flat = this.ball.get() ? {} : { normal: this.stage.frames.get()[plane].n };
        const [min, max] = this.range.get();
        const stroke_mm = thinned(places, Math.max(radius_mm / 6, 0.1));
        const range = tool === 'threshold' ? { min, max } : {};
        return { do: tool as 'paint', stroke_mm, radius_mm, ...flat, ...range };
    }

    private addDrawn(tool: EditTool, plane: PlaneName, places: readonly Vec3[]): void {
        if (tool !== 'scissors') {
            this.add(this.brushStep(tool, plane, places));
            return;
        }
        const outline_mm = thinned(places, 1 / this.stage.pxPerMm.get(), OUTLINE_MOST);
        if (outline_mm.length < 3) return;
        this.add({ do: 'scissors', outline_mm, direction: this.stage.frames.get()[plane].n });
    }

    /* How many clicks are collected, and whether that is enough for a step. */
    ready(): boolean {
        return collecting.includes(this.tool.get()) && (this.open.get()?.places.length ?? 0) >= 2;
    }

    finish(): void {
        const open = this.open.get();
        if (!open || !this.ready()) return;
        const tool = this.tool.get();
        this.open.set(null);
        if (tool === 'split') {
            const names: string[] = [];
            for (const _ of open.places.slice(1)) names.push(newName(firstName(this.preset.get()), this.list, names));
            this.add({ do: 'split', seeds_mm: open.places, names });
            return;
        }
        this.add({ do: 'fill', through_mm: open.places, axis: this.axisOf(open.plane), radius_mm: this.reach_mm.get() });
    }

    cancel(): boolean {
        if (!this.open.get()) return false;
        this.open.set(null);
        return true;
    }

    /* The voxels' axis that runs most across a plane. */
    private axisOf(plane: PlaneName): string {
        const { n } = this.stage.frames.get()[plane];
        const steps = this.stage.grid()?.step_mm ?? [];
        const share = steps.map((step) => Math.abs(dot(step, n)) / Math.hypot(...step));
        return 'ijk'[share.indexOf(Math.max(...share))] ?? 'k';
    }

    /* ---- steps without the mouse ---- */

    islands(how: 'keep' | 'remove' | 'split', of: { largest?: number; below_mm3?: number }): void {
        const name = how === 'split' ? { name: newName(firstName(this.preset.get()), this.list) } : {};
        this.add({ do: 'islands', how, ...of, ...name });
    }

    cut(plane: PlaneName): void {
        const normal = this.stage.frames.get()[plane].n;
        this.add({ do: 'cut', point_mm: rounded(this.stage.cross.get()), normal, name: newName(firstName(this.preset.get()), this.list) });
    }

    join(parts: string[]): void {
        if (parts.length > 1) this.add({ do: 'join', parts });
    }

    /* ---- drawing ---- */

    private grownOf(step: Step): Grown | null {
        if (step.do !== 'grow') return null;
        const have = this.grown.get(step);
        if (have !== undefined) return have;
        const now = grown(this.stage, step);
        if (this.stage.scan.get()?.isWhole) this.grown.set(step, now);
        return now;
    }

    draw(pen: CanvasRenderingContext2D, plane: PlaneName, on: Projection, ratio: number): void {
        const half = this.stage.stepOf(plane) / 2 + 1e-6;
        for (const step of this.list) drawStep(pen, this.stage, step, on, ratio, half, this.grownOf(step));
        const open = this.open.get();
        const tool = this.tool.get();
        if (open && brushes.includes(tool)) drawStep(pen, this.stage, this.brushStep(tool, open.plane, open.places), on, ratio, half, null);
        else if (open && tool === 'scissors') {
            const drawn: Step = { do: 'scissors', outline_mm: open.places, direction: this.stage.frames.get()[open.plane].n };
            drawStep(pen, this.stage, drawn, on, ratio, half, null);
        } else if (open) drawStep(pen, this.stage, { do: tool as 'split', seeds_mm: open.places }, on, ratio, half, null);
        if (this.hover?.plane === plane && brushes.includes(tool)) drawBrush(pen, this.hover.place, this.radius_mm.get(), on, ratio);
    }

    /* Does a place lie in the scan? Clicks beside it are no steps. */
    isInside(place: Vec3): boolean {
        const grid = this.stage.grid();
        return !!grid && indexOf(grid, place).every((x, a) => x >= -0.5 && x < grid.dim[a]! - 0.5);
    }
}
