/* The solid with handles: turned, zoomed, pointed at; grips are pulled with the mouse, a finger or keys. */
import { Alert, Button } from 'antd';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type ReactElement } from 'react';
import { label, say } from '../case/language';
import { useCell } from '../ui/use';
import { along, dot, framesOf, scale, sub, turnFrame, type Frame, type Vec3 } from '../view/geometry';
import { drawSolid, fitCanvas, project, ratioNow, solidProjection, unproject, type Projection } from '../view/panes';
import type { Stage } from '../view/stage';
import type { Surface } from '../view/surface';
import './handle.css';
import { extentOf, type Solid } from './bodies';
import { laidOn, pulled, thinned, type Edit, type Grip, type Handles, type Line, type Wanting } from './handles';
import { Seen, type Hit } from './snap';

const CLICK_PX = 4;
const STEP_MM = 1;
const FINE_MM = 0.1;
const EDGE_MM = 30; /* beside the bone: still taken to its edge */
const DRAWN_PX = 14; /* between two places of what is drawn by hand */

/* ---- the camera */

function zoom(stage: Stage, factor: number): void {
    stage.stir();
    stage.camera.update((camera) => ({ ...camera, px_per_mm: Math.min(Math.max(camera.px_per_mm * factor, 0.05), 200) }));
}

function pan(stage: Stage, dx: number, dy: number): void {
    stage.stir();
    stage.camera.update((camera) => {
        const by = -1 / camera.px_per_mm;
        return { ...camera, target_mm: along(along(camera.target_mm, camera.frame.u, dx * by), camera.frame.v, dy * by) };
    });
}

function orbit(stage: Stage, dx: number, dy: number): void {
    stage.stir();
    stage.camera.update((camera) => {
        const about = turnFrame(camera.frame, camera.frame.v, dx * 0.01);
        return { ...camera, frame: turnFrame(about, about.u, -dy * 0.01) };
    });
}

function sides(): { key: string; name: string; long: string; frame: Frame }[] {
    const { axial, coronal, sagittal } = framesOf(null);
    const half = (frame: Frame): Frame => turnFrame(frame, frame.v, Math.PI);
    return [
        { key: 'front', name: say('前', 'A'), long: say('从前面看', 'From the front'), frame: coronal },
        { key: 'back', name: say('后', 'P'), long: say('从后面看', 'From the back'), frame: half(coronal) },
        { key: 'left', name: say('左', 'L'), long: say('从左面看', 'From the left'), frame: sagittal },
        { key: 'right', name: say('右', 'R'), long: say('从右面看', 'From the right'), frame: half(sagittal) },
        { key: 'head', name: say('上', 'H'), long: say('从头侧看', 'From the head'), frame: half(axial) },
        { key: 'feet', name: say('下', 'F'), long: say('从足侧看', 'From the feet'), frame: axial },
    ];
}

/* Close to what was made, from the side of the rest on which it lies. */
function lookAt(stage: Stage, made: Solid[], rest: Solid[], size: { width: number; height: number }): void {
    const { middle, size: across } = extentOf(made);
    const inward = rest.length ? sub(extentOf(rest).middle, middle) : ([0, 0, 0] as Vec3);
    const facing = (frame: Frame): number => dot(frame.n, inward);
    const { frame } = sides().reduce((best, side) => (facing(side.frame) > facing(best.frame) ? side : best));
    stage.stir();
    stage.camera.set({ frame, target_mm: middle, px_per_mm: (0.5 * Math.min(size.width, size.height)) / Math.max(across, 1) });
}

/* ---- drawing */

function usePainting(stage: Stage, canvas: React.RefObject<HTMLCanvasElement>): { width: number; height: number } {
    const [size, setSize] = useState({ width: 1, height: 1 });
    useEffect(() => {
        let asked = 0;
        const paint = (): void => {
            asked = 0;
            const element = canvas.current;
            if (!element?.width) return;
            drawSolid(element, stage, ratioNow());
            element.dataset.drawn = String(Number(element.dataset.drawn ?? 0) + 1);
        };
        const ask = (): void => {
            asked ||= requestAnimationFrame(paint);
        };
        const fit = (): void => {
            const box = fitCanvas(canvas.current, (width, height, { width: wide, height: high }) => {
                stage.sizeSolid(width, height, ratioNow());
                setSize({ width: wide, height: high });
            });
            if (box) ask();
        };
        const stops = [stage.picture.listen(ask), stage.camera.listen(ask)];
        const sizes = new ResizeObserver(fit);
        if (canvas.current?.parentElement) sizes.observe(canvas.current.parentElement);
        fit();
        return () => {
            cancelAnimationFrame(asked);
            sizes.disconnect();
            stops.forEach((stop) => stop());
        };
    }, [stage, canvas]);
    return size;
}

function pathOf(on: Projection, line: Line): string {
    return line.points
        .map((point, i) => {
            const [x, y] = project(on, point);
            return `${i ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
        })
        .join('')
        .concat(line.closed ? 'Z' : '');
}

function Arrow({ on, line }: { on: Projection; line: Line }): ReactElement | null {
    const [x0, y0] = project(on, line.points[line.points.length - 2]!);
    const [x1, y1] = project(on, line.points[line.points.length - 1]!);
    const l = Math.hypot(x1 - x0, y1 - y0);
    if (l < 8) return null;
    const dx = ((x1 - x0) / l) * 10;
    const dy = ((y1 - y0) / l) * 10;
    return <path className="head" d={`M${x1} ${y1}L${x1 - dx - dy * 0.5} ${y1 - dy + dx * 0.5}L${x1 - dx + dy * 0.5} ${y1 - dy - dx * 0.5}Z`} />;
}

/* Where it is seen; beside the bone, its edge. */
function lieOn(seen: Seen, place: Vec3): Hit | null {
    const hit = seen.at(place);
    if (hit) return hit;
    const edge = seen.near(place, EDGE_MM);
    return edge && { place_mm: edge, normal: [0, 0, 0] };
}

function where(at: Vec3): string {
    return `L ${at[0].toFixed(1)}, P ${at[1].toFixed(1)}, S ${at[2].toFixed(1)}`;
}

/* ---- the whole */

export interface SolidProps {
    stage: Stage;
    solids: Solid[];
    /* the body that a part's name stands for */
    surfacesOf: (part: string | undefined) => Surface[];
    handles: Handles;
    /* one change of the document; `since` is the same for all of one pull */
    edit: (edits: Edit[], since: number) => void;
    /* a pull, a put or a key press is over */
    settled: () => void;
    doing: string;
    failure: string;
    note?: string;
    /* The result that somebody asked for: when it comes it is looked at, unless he has chosen how to
     * look already. */
    result?: string | undefined;
}

interface Drag {
    kind: 'grip' | 'orbit' | 'pan' | 'draw';
    grip?: Grip;
    want?: Wanting;
    seen?: Seen;
    x: number;
    y: number;
    x0: number;
    y0: number;
    moved: number;
    since: number;
    hits: Hit[];
}

export function SolidView(props: SolidProps): ReactElement {
    const { stage, handles } = props;
    const canvas = useRef<HTMLCanvasElement>(null);
    const box = useRef<HTMLDivElement>(null);
    const drag = useRef<Drag | null>(null);
    const fingers = useRef(new Map<number, [number, number]>());
    const [putting, setPutting] = useState<string | null>(null);
    const [held, hold] = useState<string | null>(null);
    const size = usePainting(stage, canvas);
    const camera = useCell(stage.camera);
    const on: Projection = { ...solidProjection(stage, size.width, size.height, 1), width: size.width, height: size.height };
    const wanted = handles.wanting.find((one) => one.key === putting);
    const latest = useRef(props);
    latest.current = props;

    useEffect(() => {
        const element = box.current;
        if (!element) return undefined;
        const wheel = (event: WheelEvent): void => {
            event.preventDefault();
            zoom(stage, Math.exp(-event.deltaY * 0.0015));
        };
        element.addEventListener('wheel', wheel, { passive: false });
        return () => element.removeEventListener('wheel', wheel);
    }, [stage]);

    const seenOn = (part: string | undefined): Seen => new Seen(latest.current.surfacesOf(part), stage.camera.get().frame);
    const local = (event: PointerEvent): [number, number] => {
        const frame = box.current!.getBoundingClientRect();
        return [event.clientX - frame.left, event.clientY - frame.top];
    };
    const byOf = (dx: number, dy: number): Vec3 => {
        const { frame, px_per_mm } = stage.camera.get();
        return along(scale(frame.u, dx / px_per_mm), frame.v, dy / px_per_mm);
    };
    const hitAt = (seen: Seen, x: number, y: number): Hit | null => seen.at(unproject(on, x, y));

    const pull = (grip: Grip, by: Vec3, seen: Seen, since: number): void => {
        /* without the surface it is meant to lie on it goes as the screen does */
        const going = grip.going.as === 'surface' && seen.isEmpty ? ({ as: 'screen' } as const) : grip.going;
        const to = pulled(grip.at, going, by, stage.camera.get().frame, (place) => lieOn(seen, place));
        if (to) props.edit(grip.move(to), since);
    };

    const down = (event: PointerEvent, grip?: Grip): void => {
        event.stopPropagation();
        const [x, y] = local(event);
        fingers.current.set(event.pointerId, [x, y]);
        (event.currentTarget as unknown as HTMLElement).focus({ preventScroll: true });
        box.current!.setPointerCapture(event.pointerId);
        const plain = event.button === 0 && !event.shiftKey;
        const kind: Drag['kind'] = grip && plain ? 'grip' : !plain ? 'pan' : wanted ? 'draw' : 'orbit';
        drag.current = { kind, x, y, x0: x, y0: y, moved: 0, since: Date.now(), hits: [] };
        if (kind === 'grip') {
            drag.current.grip = grip!;
            drag.current.seen = seenOn(grip!.on);
            hold(grip!.key);
        }
        if (kind === 'draw') {
            /* as it was before: what is drawn is added to that */
            drag.current.want = wanted!;
            drag.current.seen = seenOn(wanted!.on);
            const hit = hitAt(drag.current.seen, x, y);
            if (hit) drag.current.hits.push(hit);
            else if (wanted!.on === undefined && !wanted!.list)
                drag.current.hits.push({ place_mm: unproject(on, x, y), normal: scale(stage.camera.get().frame.n, -1) });
        }
    };
    const pinch = (event: PointerEvent, x: number, y: number): void => {
        const spread = (list: [number, number][]): number => Math.hypot(list[0]![0] - list[1]![0], list[0]![1] - list[1]![1]);
        const before = [...fingers.current.values()];
        fingers.current.set(event.pointerId, [x, y]);
        const now = [...fingers.current.values()];
        pan(stage, (now[0]![0] + now[1]![0] - before[0]![0] - before[1]![0]) / 2, (now[0]![1] + now[1]![1] - before[0]![1] - before[1]![1]) / 2);
        if (spread(before) > 10) zoom(stage, spread(now) / spread(before));
    };
    const move = (event: PointerEvent): void => {
        const now = drag.current;
        if (!now) return;
        const [x, y] = local(event);
        if (fingers.current.size === 2 && now.kind !== 'grip') {
            pinch(event, x, y);
            return;
        }
        const dx = x - now.x;
        const dy = y - now.y;
        now.moved += Math.abs(dx) + Math.abs(dy);
        now.x = x;
        now.y = y;
        if (now.kind === 'grip') {
            if (now.moved > 1) pull(now.grip!, byOf(x - now.x0, y - now.y0), now.seen!, now.since);
        } else if (now.kind === 'orbit') orbit(stage, dx, dy);
        else if (now.kind === 'pan') pan(stage, dx, dy);
        else if (now.want?.list) {
            const hit = hitAt(now.seen!, x, y);
            if (!hit) return;
            now.hits = thinned([...now.hits, hit], DRAWN_PX / stage.camera.get().px_per_mm);
            props.edit(now.want.put(now.hits), now.since);
        }
    };
    const put = (now: Drag, want: Wanting): void => {
        if (!want.list && !now.hits.length) return;
        /* while it was drawn the list grew already */
        if (!want.list || now.moved < CLICK_PX) {
            if (!now.hits.length) return;
            props.edit(want.put(now.hits.slice(0, 1)), now.since);
        }
        if (!want.list) setPutting(null);
        props.settled();
    };
    const up = (event: PointerEvent): void => {
        fingers.current.delete(event.pointerId);
        const now = drag.current;
        drag.current = null;
        hold(null);
        if (!now || event.type !== 'pointerup') return;
        if (now.kind === 'grip' && now.moved > 1) props.settled();
        if (now.want) put(now, now.want);
    };

    const onKey = (event: KeyboardEvent): void => {
        const turn = ({ ArrowLeft: [-15, 0], ArrowRight: [15, 0], ArrowUp: [0, -15], ArrowDown: [0, 15] } as Record<string, [number, number]>)[event.key];
        if (turn) orbit(stage, turn[0], turn[1]);
        else if (event.key === '+' || event.key === '=') zoom(stage, 1.2);
        else if (event.key === '-') zoom(stage, 1 / 1.2);
        else if (event.key === 'Escape') setPutting(null);
        else return;
        event.preventDefault();
    };
    const since = useRef(0);
    const onGripKey = (event: KeyboardEvent, grip: Grip): void => {
        const way = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[event.key];
        if ((event.key === 'Delete' || event.key === 'Backspace') && grip.remove) {
            event.preventDefault();
            event.stopPropagation();
            props.edit(grip.remove(), Date.now());
            props.settled();
            return;
        }
        if (!way) return;
        event.preventDefault();
        event.stopPropagation();
        if (!event.repeat) since.current = Date.now();
        const step = event.shiftKey ? FINE_MM : STEP_MM;
        const { frame } = stage.camera.get();
        pull(grip, along(scale(frame.u, way[0] * step), frame.v, way[1] * step), seenOn(grip.on), since.current);
    };

    /* lines over a bone lie upon it as it is seen; while it turns they go straight */
    const moving = useCell(stage.moving);
    const laid = useMemo(() => {
        if (moving) return handles.lines;
        const seen = new Map<string, Seen>();
        return handles.lines.map((line) => {
            if (line.on === undefined || line.points.length < 2) return line;
            if (!seen.has(line.on)) seen.set(line.on, new Seen(props.surfacesOf(line.on), camera.frame));
            const over = seen.get(line.on)!;
            if (over.isEmpty) return line;
            return { ...line, points: laidOn(line.points, line.closed ?? false, (place) => over.at(place), 3) };
        });
    }, [handles.lines, camera.frame, moving, props.solids]);

    const rank = { between: 0, tip: 1, place: 2 };
    const made = props.solids.filter((one) => one.body === 'made');
    const toResult = (): void => lookAt(stage, made, props.solids.filter((one) => one.body !== 'made'), size);
    const ready = !!props.result && made.length > 0 && size.width > 1;
    useEffect(() => {
        if (ready && stage.camera.get() === stage.framed) toResult();
    }, [stage, ready, props.result]);
    const grips = [...handles.grips].sort((a, b) => rank[a.look] - rank[b.look]);
    return (
        <div className="handled">
            <div className="row tight sides" role="group" aria-label={say('视角', 'View')}>
                {sides().map((side) => (
                    <button key={side.key} type="button" title={side.long} aria-label={side.long} onClick={() => stage.frameSolid(side.frame)}>
                        {side.name}
                    </button>
                ))}
                {made.length > 0 && (
                    <button type="button" onClick={toResult}>
                        {say('看结果', 'Result')}
                    </button>
                )}
                <button type="button" aria-label={say('放大', 'Nearer')} title={say('放大', 'Nearer')} onClick={() => zoom(stage, 1.3)}>
                    +
                </button>
                <button type="button" aria-label={say('缩小', 'Farther')} title={say('缩小', 'Farther')} onClick={() => zoom(stage, 1 / 1.3)}>
                    −
                </button>
            </div>
            <div
                ref={box}
                className={`solidbox${wanted ? ' putting' : ''}`}
                tabIndex={0}
                role="group"
                aria-label={say('立体视图：方向键旋转，加减号缩放', 'The solid: arrow keys turn it, plus and minus zoom')}
                onPointerDown={(event) => down(event)}
                onPointerMove={move}
                onPointerUp={up}
                onPointerCancel={up}
                onContextMenu={(event) => event.preventDefault()}
                onKeyDown={onKey}
            >
                <canvas ref={canvas} aria-hidden />
                <svg width={size.width} height={size.height} data-grips={grips.length}>
                    {laid.map((line) => (
                        <g key={line.key} className="line">
                            <path className="under" d={pathOf(on, line)} />
                            <path className={line.filled ? 'filled' : undefined} d={pathOf(on, line)} />
                            {line.arrow && <Arrow on={on} line={line} />}
                        </g>
                    ))}
                    {grips.map((grip) => {
                        const [x, y] = project(on, grip.at);
                        return (
                            <g
                                key={grip.key}
                                className={`grip ${grip.look}${held === grip.key ? ' held' : ''}`}
                                tabIndex={grip.look === 'between' ? -1 : 0}
                                role="button"
                                aria-label={`${label(grip.name)}：${where(grip.at)}`}
                                data-grip={grip.key}
                                transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
                                onPointerDown={(event) => down(event, grip)}
                                onKeyDown={(event) => onGripKey(event, grip)}
                                onKeyUp={(event) => event.key.startsWith('Arrow') && props.settled()}
                                onDoubleClick={() => {
                                    if (!grip.remove) return;
                                    props.edit(grip.remove(), Date.now());
                                    props.settled();
                                }}
                            >
                                <title>{label(grip.name)}</title>
                                <circle className="reach" r={14} />
                                {grip.look === 'tip' ? <rect x={-6} y={-6} width={12} height={12} rx={2} /> : <circle className="dot" r={grip.look === 'between' ? 5 : 7} />}
                            </g>
                        );
                    })}
                </svg>
                {(props.doing || wanted) && (
                    <div className="say" role="status">
                        {wanted
                            ? wanted.list
                                ? say(`在骨上点击或拖画：${label(wanted.name)}`, `Click or draw on the bone: ${label(wanted.name)}`)
                                : say(`在骨上点一下：${label(wanted.name)}`, `Click on the bone: ${label(wanted.name)}`)
                            : props.doing}
                    </div>
                )}
            </div>
            {props.failure && <Alert type="error" showIcon message={props.failure} />}
            {handles.wanting.length > 0 && (
                <div className="row tight wantings">
                    {handles.wanting.map((want) => (
                        <span key={want.key} className="row tight">
                            <Button size="small" type={putting === want.key ? 'primary' : 'default'} aria-pressed={putting === want.key} data-put={want.key} onClick={() => setPutting(putting === want.key ? null : want.key)}>
                                {putting === want.key
                                    ? say('完成', 'Done')
                                    : want.list
                                      ? say(`画：${label(want.name)}${want.given ? `（${want.given}）` : ''}`, `Draw: ${label(want.name)}${want.given ? ` (${want.given})` : ''}`)
                                      : say(`放置：${label(want.name)}`, `Place: ${label(want.name)}`)}
                            </Button>
                            {want.clear && (
                                <Button
                                    size="small"
                                    aria-label={say(`清除 ${label(want.name)}`, `Clear ${label(want.name)}`)}
                                    onClick={() => {
                                        props.edit(want.clear!(), Date.now());
                                        props.settled();
                                    }}
                                >
                                    ×
                                </Button>
                            )}
                        </span>
                    ))}
                </div>
            )}
            <p className="hint">
                {props.note ??
                    say(
                        '拖动圆点移动位置，拖动方块改变方向；选中后方向键每次 1 mm（Shift 为 0.1 mm）。曲线上双击删去一点。拖动空白处旋转，滚轮缩放。',
                        'Drag a dot to move it, a square to turn a direction; arrow keys move it by 1 mm (0.1 mm with Shift). Double-click takes a place out of a curve. Drag elsewhere to turn, wheel to zoom.',
                    )}
            </p>
        </div>
    );
}

/* How far tips stand off so that they can be taken hold of at the zoom that shows all. */
export function armFor(size: number): number {
    return Math.min(Math.max(size * 0.14, 8), 60);
}

/* Above the solid: what happens once a handle is let go is the page's to say. */
export function SolidHead(props: { auto: boolean; setAuto: (on: boolean) => void; after: string }): ReactElement {
    return (
        <div className="row apart">
            <h2>{say('立体', 'Solid')}</h2>
            <label className="row tight">
                <input type="checkbox" checked={props.auto} onChange={(event) => props.setAuto(event.target.checked)} />
                {props.after}
            </label>
        </div>
    );
}

/* Files that lie otherwise than the scan: they would be drawn in the wrong place. */
export function NotShown({ names }: { names: string[] }): ReactElement | null {
    if (!names.length) return null;
    return (
        <p className="hint">
            {say(`${names.join('、')} 另有单位或轴向，这里不显示`, `${names.join(', ')} has a unit or axes of its own and is not shown here`)}
        </p>
    );
}
