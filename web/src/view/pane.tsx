/* One pane: its canvas, what the mouse, fingers and keys do in it, and its line of words. */
import { CompressOutlined, ExpandOutlined } from '@ant-design/icons';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { say } from '../case/language';
import { useCell } from '../ui/use';
import { along, dot, sub, turnFrame, type PlaneName, type Vec3 } from './geometry';
import { Legend } from './panels';
import { isPointKind } from './measures';
import { drawSlice, drawSolid, fitCanvas, planeColours, ratioNow, sliceProjection, solidProjection, unproject, type Projection, type SliceMemory } from './panes';
import type { PaneName, Pair, Stage, Tool } from './stage';

export function paneTitle(name: PaneName): string {
    return {
        axial: say('横断面', 'Axial'),
        coronal: say('冠状面', 'Coronal'),
        sagittal: say('矢状面', 'Sagittal'),
        solid: say('立体', 'Solid'),
    }[name];
}

/* a place pointed at: on a plane with that normal, or on that part's surface */
export type Measured = (place: Vec3, normal: Vec3 | null, part: string | null) => void;

interface Props {
    stage: Stage;
    name: PaneName;
    large: boolean;
    enlarge: () => void;
    measured: Measured;
}

interface Drag {
    kind: Tool | 'zoom' | 'orbit' | 'pen';
    x: number;
    y: number;
    moved: number;
}

const CLICK_PX = 4;
const LINES_MS = 90;

/* Draws when something that is shown has changed, once a frame of the screen. */
function usePainting(stage: Stage, name: PaneName, canvas: React.RefObject<HTMLCanvasElement>): void {
    useEffect(() => {
        const memory: SliceMemory = { image: null, of: [] };
        let asked = 0;
        let soon: ReturnType<typeof setTimeout> | undefined;
        let painted = NaN; /* where the plane lay */
        const offset = (): number => (name === 'solid' ? NaN : dot(stage.frames.get()[name].n, stage.cross.get()));
        const paint = (): void => {
            asked = 0;
            clearTimeout(soon);
            soon = undefined;
            painted = offset();
            const element = canvas.current;
            if (!element?.width) return;
            if (name === 'solid') drawSolid(element, stage, ratioNow());
            else drawSlice(element, stage, name, ratioNow(), memory);
            element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
        };
        const ask = (): void => {
            asked ||= requestAnimationFrame(paint);
        };
        /* Where only lines move upon the picture they may come a little later: what scrolls, first. */
        const crossMoved = (): void => {
            if (Math.abs(offset() - painted) > 1e-6) ask();
            else if (!asked) soon ??= setTimeout(ask, LINES_MS);
        };
        const relut = (): void => {
            memory.image = null;
            ask();
        };
        const both = [stage.frames, stage.measures];
        const own =
            name === 'solid'
                ? [stage.picture, stage.camera, stage.pair, stage.extras.volume, stage.extras.picture]
                : [stage.centres, stage.pxPerMm, stage.cuts, stage.outlines, stage.slab_mm, stage.slabKind, stage.arrived, stage.pen, stage.inked, ...stage.extras.sliceCells];
        const stops = [...both, ...own].map((cell) => cell.listen(ask));
        stops.push(stage.cross.listen(crossMoved));
        if (name !== 'solid') stops.push(stage.window.listen(relut), stage.scanHead.listen(relut));
        const fit = (): void => {
            const box = fitCanvas(canvas.current, (width, height) => {
                if (name === 'solid') stage.sizeSolid(width, height, ratioNow());
            });
            if (!box) return;
            if (name !== 'solid') stage.fit(box.width, box.height); /* the scan may have come after the pane */
            ask();
        };
        stops.push(stage.scanHead.listen(fit));
        const sizes = new ResizeObserver(fit);
        if (canvas.current?.parentElement) sizes.observe(canvas.current.parentElement);
        fit();
        return () => {
            cancelAnimationFrame(asked);
            clearTimeout(soon);
            sizes.disconnect();
            stops.forEach((stop) => stop());
        };
    }, [stage, name, canvas]);
}

function projectionOf(stage: Stage, name: PaneName, element: HTMLElement): Projection {
    const { width, height } = element.getBoundingClientRect();
    return name === 'solid' ? solidProjection(stage, width, height, 1) : sliceProjection(stage, name, width, height, 1);
}

function zoom(stage: Stage, name: PaneName, factor: number): void {
    const keep = (scale: number): number => Math.min(Math.max(scale * factor, 0.05), 200);
    if (name === 'solid') {
        stage.stir();
        stage.camera.update((camera) => ({ ...camera, px_per_mm: keep(camera.px_per_mm) }));
    } else stage.pxPerMm.update(keep);
}

function pan(stage: Stage, name: PaneName, dx: number, dy: number): void {
    if (name === 'solid') {
        stage.stir();
        stage.camera.update((camera) => {
            const by = -1 / camera.px_per_mm;
            const target = along(along(camera.target_mm, camera.frame.u, dx * by), camera.frame.v, dy * by);
            return { ...camera, target_mm: target };
        });
        return;
    }
    const frame = stage.frames.get()[name];
    const by = -1 / stage.pxPerMm.get();
    stage.centres.update((all) => ({ ...all, [name]: along(along(all[name], frame.u, dx * by), frame.v, dy * by) }));
}

function changeWindow(stage: Stage, dx: number, dy: number): void {
    stage.window.update((w) => {
        const per = Math.max(w.width, 20) / 250;
        return { name: '', centre: w.centre + dy * per, width: Math.max(w.width + dx * per, 1) };
    });
}

function orbit(stage: Stage, dx: number, dy: number): void {
    stage.stir();
    stage.camera.update((camera) => {
        const about = turnFrame(camera.frame, camera.frame.v, dx * 0.01);
        return { ...camera, frame: turnFrame(about, about.u, -dy * 0.01) };
    });
}

function turnPlanes(stage: Stage, name: PlaneName, on: Projection, from: [number, number], to: [number, number]): void {
    const centre = stage.cross.get();
    const d = sub(centre, on.centre_mm);
    const cx = on.width / 2 + dot(d, on.frame.u) * on.px_per_mm;
    const cy = on.height / 2 + dot(d, on.frame.v) * on.px_per_mm;
    const angle = Math.atan2(to[1] - cy, to[0] - cx) - Math.atan2(from[1] - cy, from[0] - cx);
    stage.turnOthers(name, Math.atan2(Math.sin(angle), Math.cos(angle)));
}

/* Mouse and fingers. One finger or the left button is the tool; right is the window; middle or
 * Shift moves the picture; two fingers zoom and move. */
function usePointers(stage: Stage, name: PaneName, measured: Measured) {
    const fingers = useRef(new Map<number, [number, number]>());
    const drag = useRef<Drag | null>(null);

    const local = (event: PointerEvent): [number, number] => {
        const box = event.currentTarget.getBoundingClientRect();
        return [event.clientX - box.left, event.clientY - box.top];
    };
    const kindOf = (event: PointerEvent): Drag['kind'] => {
        const tool = stage.tool.get();
        if (event.button === 1 || event.shiftKey) return 'pan';
        if (event.button === 2) return name === 'solid' ? 'pan' : 'window';
        if (event.altKey && name !== 'solid') return 'turn';
        if (name === 'solid' && tool !== 'pan') return 'orbit';
        if (stage.pen.get() && name !== 'solid') return 'pen';
        return tool;
    };
    const toCross = (event: PointerEvent, x: number, y: number): void => {
        stage.moveCross(unproject(projectionOf(stage, name, event.currentTarget as HTMLElement), x, y));
    };
    const probe = (event: PointerEvent, x: number, y: number): void => {
        if (name === 'solid') return;
        const place_mm = unproject(projectionOf(stage, name, event.currentTarget as HTMLElement), x, y);
        stage.probe.set({ place_mm, value: stage.valueAt(place_mm) });
    };

    const pen = (what: 'down' | 'move' | 'up', event: PointerEvent, x: number, y: number): void => {
        if (name === 'solid') return;
        stage.pen.get()?.[what](name, unproject(projectionOf(stage, name, event.currentTarget as HTMLElement), x, y));
    };

    const down = (event: PointerEvent): void => {
        const [x, y] = local(event);
        (event.currentTarget as HTMLElement).focus({ preventScroll: true });
        event.currentTarget.setPointerCapture(event.pointerId);
        fingers.current.set(event.pointerId, [x, y]);
        if (fingers.current.size > 1) stage.pen.get()?.leave();
        drag.current = { kind: fingers.current.size > 1 ? 'zoom' : kindOf(event), x, y, moved: 0 };
        if (drag.current.kind === 'cross') toCross(event, x, y);
        else if (drag.current.kind === 'pen') pen('down', event, x, y);
    };
    const pinch = (event: PointerEvent, x: number, y: number): void => {
        const before = [...fingers.current.values()];
        const spread = (list: [number, number][]): number => Math.hypot(list[0]![0] - list[1]![0], list[0]![1] - list[1]![1]);
        const old = spread(before);
        const middle = (list: [number, number][], c: 0 | 1): number => (list[0]![c] + list[1]![c]) / 2;
        fingers.current.set(event.pointerId, [x, y]);
        const now = [...fingers.current.values()];
        pan(stage, name, middle(now, 0) - middle(before, 0), middle(now, 1) - middle(before, 1));
        if (old > 10) zoom(stage, name, spread(now) / old);
    };
    const move = (event: PointerEvent): void => {
        const [x, y] = local(event);
        const now = drag.current;
        if (!now) {
            probe(event, x, y);
            pen('move', event, x, y);
            return;
        }
        if (now.kind === 'zoom') {
            if (fingers.current.size === 2) pinch(event, x, y);
            return;
        }
        const dx = x - now.x;
        const dy = y - now.y;
        now.moved += Math.abs(dx) + Math.abs(dy);
        if (now.kind === 'cross') {
            toCross(event, x, y);
            probe(event, x, y);
        } else if (now.kind === 'pen') pen('move', event, x, y);
        else if (now.kind === 'window') changeWindow(stage, dx, dy);
        else if (now.kind === 'pan') pan(stage, name, dx, dy);
        else if (now.kind === 'orbit') orbit(stage, dx, dy);
        else if (now.kind === 'turn' && name !== 'solid')
            turnPlanes(stage, name, projectionOf(stage, name, event.currentTarget as HTMLElement), [now.x, now.y], [x, y]);
        now.x = x;
        now.y = y;
    };
    const click = async (element: HTMLElement, kind: Drag['kind'], x: number, y: number): Promise<void> => {
        const measuring = isPointKind(stage.tool.get());
        if (name !== 'solid') {
            if (isPointKind(kind)) measured(unproject(projectionOf(stage, name, element), x, y), stage.frames.get()[name].n, null);
            return;
        }
        if (kind !== 'orbit') return;
        const hit = await stage.pick(x, y);
        if (!hit) return;
        if (measuring) measured(hit.place_mm, null, hit.part);
        else stage.moveCross(hit.place_mm);
        stage.probe.set({ place_mm: hit.place_mm, value: stage.valueAt(hit.place_mm), part: hit.part, maps: hit.values });
    };
    const up = (event: PointerEvent): void => {
        const [x, y] = local(event);
        const now = drag.current;
        fingers.current.delete(event.pointerId);
        drag.current = null;
        if (now?.kind === 'pen') pen('up', event, x, y);
        if (now && now.moved < CLICK_PX && event.type === 'pointerup') void click(event.currentTarget as HTMLElement, now.kind, x, y);
    };
    return { onPointerDown: down, onPointerMove: move, onPointerUp: up, onPointerCancel: up, onPointerLeave: () => stage.pen.get()?.leave() };
}

function useWheel(stage: Stage, name: PaneName, target: React.RefObject<HTMLElement>): void {
    useEffect(() => {
        const element = target.current;
        if (!element) return undefined;
        const wheel = (event: WheelEvent): void => {
            event.preventDefault();
            if (event.ctrlKey || name === 'solid') zoom(stage, name, Math.exp(-event.deltaY * 0.0015));
            else stage.scroll(name, Math.sign(event.deltaY) * (event.shiftKey ? 5 : 1));
        };
        element.addEventListener('wheel', wheel, { passive: false });
        return () => element.removeEventListener('wheel', wheel);
    }, [stage, name, target]);
}

function keyOf(stage: Stage, name: PaneName, event: KeyboardEvent): boolean {
    const turn: Record<string, [number, number]> = { ArrowLeft: [-15, 0], ArrowRight: [15, 0], ArrowUp: [0, -15], ArrowDown: [0, 15] };
    if (name === 'solid') {
        const by = turn[event.key];
        if (by) orbit(stage, by[0], by[1]);
        if (by) return true;
    } else {
        const by = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key];
        if (by) stage.scroll(name, by);
        if (by) return true;
        if (event.key === 'Home' || event.key === 'End') {
            stage.toSlice(name, event.key === 'Home' ? 0 : Infinity);
            return true;
        }
    }
    if (event.key === '+' || event.key === '=') zoom(stage, name, 1.2);
    else if (event.key === '-') zoom(stage, name, 1 / 1.2);
    else return false;
    return true;
}

function SliceWords({ stage, name }: { stage: Stage; name: PlaneName }): ReactElement {
    useCell(stage.cross);
    useCell(stage.frames);
    useCell(stage.arrived);
    const slab = useCell(stage.slab_mm);
    const slice = stage.sliceOf(name);
    const coarse = stage.voxelsFor(name) !== stage.scan.get()?.full;
    const words = [paneTitle(name)];
    if (slice) words.push(`${slice.at + 1} / ${slice.of}`);
    else if (stage.grid()) words.push(say('斜面', 'oblique'));
    if (slab > 0) words.push(`${{ max: 'MIP', min: 'MinIP', mean: say('平均', 'mean') }[stage.slabKind.get()]} ${slab} mm`);
    if (coarse && stage.grid()) words.push(say('读取中', 'loading'));
    return (
        <span>
            <i style={{ background: planeColours[name] }} />
            {words.join(' · ')}
        </span>
    );
}

function SliceBar({ stage, name }: { stage: Stage; name: PlaneName }): ReactElement | null {
    useCell(stage.cross);
    useCell(stage.frames);
    const slice = stage.sliceOf(name);
    if (!slice) return null;
    return (
        <input
            type="range"
            className="slice-bar"
            min={0}
            max={slice.of - 1}
            value={slice.at}
            aria-label={say(`${paneTitle(name)}层面`, `${paneTitle(name)} slice`)}
            onChange={(event) => stage.toSlice(name, Number(event.target.value))}
        />
    );
}

/* Which of the two halves shows what. */
function PairNames({ stage, pair }: { stage: Stage; pair: Pair }): ReactElement {
    useCell(stage.solidShape);
    return (
        <div className={`pair-names ${stage.halves()}`}>
            {pair.map((one, n) => (
                <span key={one.model} data-half={one.model}>
                    {n ? say('之后', 'After') : say('之前', 'Before')} · {one.name}
                </span>
            ))}
        </div>
    );
}

export function Pane({ stage, name, large, enlarge, measured }: Props): ReactElement {
    const canvas = useRef<HTMLCanvasElement>(null);
    const body = useRef<HTMLDivElement>(null);
    const [focused, setFocused] = useState(false);
    usePainting(stage, name, canvas);
    useWheel(stage, name, body);
    const pointers = usePointers(stage, name, measured);
    const picture = useCell(stage.picture);
    const volume = useCell(stage.extras.volume);
    const volumePicture = useCell(stage.extras.picture);
    const pair = useCell(stage.pair);
    const recoloured = useCell(stage.recoloured);
    const help =
        name === 'solid'
            ? `${pair ? say(`左或上为${pair[0].name}，右或下为${pair[1].name}，一同转动；`, `${pair[0].name} left or above, ${pair[1].name} right or below, turned together; `) : ''}${say('方向键旋转，加减号缩放，点击移动十字线', 'Arrow keys turn, plus and minus zoom, a click moves the cross-hair')}`
            : say('方向键和翻页键换层，加减号缩放', 'Arrow and page keys change the slice, plus and minus zoom');
    return (
        <section className={`pane${focused ? ' focused' : ''}`} data-pane={name}>
            <div
                ref={body}
                className="pane-body"
                role="application"
                tabIndex={0}
                aria-label={`${paneTitle(name)}: ${help}`}
                onFocus={() => setFocused(true)}
                onBlur={() => setFocused(false)}
                onContextMenu={(event) => event.preventDefault()}
                onDoubleClick={() => (name === 'solid' || !stage.pen.get()) && enlarge()}
                onKeyDown={(event) => {
                    if (!event.ctrlKey && !event.metaKey && keyOf(stage, name, event)) event.preventDefault();
                }}
                {...pointers}
            >
                <canvas ref={canvas} aria-hidden="true" />
            </div>
            <header>
                {name === 'solid' ? (
                    <span>
                        {paneTitle(name)}
                        {volume ? ` · ${say('体绘制', 'volume')}` : ''}
                        {!volume && recoloured ? ` · ${say('预览', 'preview')}` : ''}
                        {(volume ? volumePicture?.coarse !== false : picture?.coarse && stage.parts.get().length > 0) ? ` · ${say('粗略', 'coarse')}` : ''}
                    </span>
                ) : (
                    <SliceWords stage={stage} name={name} />
                )}
                <button
                    type="button"
                    onClick={enlarge}
                    aria-label={large ? say('恢复四格', 'Back to four panes') : say(`放大${paneTitle(name)}`, `Enlarge ${paneTitle(name)}`)}
                >
                    {large ? <CompressOutlined /> : <ExpandOutlined />}
                </button>
            </header>
            {name === 'solid' && <Legend stage={stage} />}
            {name === 'solid' && pair && <PairNames stage={stage} pair={pair} />}
            {name !== 'solid' && <SliceBar stage={stage} name={name} />}
        </section>
    );
}
