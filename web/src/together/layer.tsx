/* Upon the panes: where the others point, their cross-hairs, and everybody's marks. */
import { useEffect, useState, type ReactElement } from 'react';
import { createPortal } from 'react-dom';
import { dot, sub, type Vec3 } from '../view/geometry';
import { project, sliceProjection, solidProjections, type Projection } from '../view/panes';
import type { PaneName, Stage } from '../view/stage';
import type { Together } from './live';
import type { Line, Mark } from './look';

const OWN = '#ffffff';
const NEAR_MM = 2.5; /* a mark belongs to the slices this near */
const POINT_MM = 8;

interface Box {
    name: PaneName;
    on: Projection;
    left: number;
    top: number;
}

function boxes(stage: Stage, root: Element): Box[] {
    const origin = root.getBoundingClientRect();
    return [...root.querySelectorAll<HTMLElement>('[data-pane]')].flatMap((element): Box[] => {
        const name = element.dataset.pane as PaneName;
        const { left, top, width, height } = element.getBoundingClientRect();
        const [x, y] = [left - origin.left, top - origin.top];
        if (name === 'solid')
            return solidProjections(stage, width, height, 1).map((on) => ({ name, on, left: x + on.left, top: y + on.top }));
        return [{ name, on: sliceProjection(stage, name, width, height, 1), left: x, top: y }];
    });
}

function offPlane(box: Box, place: Vec3): number {
    return box.name === 'solid' ? 0 : Math.abs(dot(sub(place, box.on.centre_mm), box.on.frame.n));
}

function Label({ x, y, text, colour }: { x: number; y: number; text: string; colour: string }): ReactElement {
    return (
        <text x={x} y={y} fill={colour} className="tag-text">
            {text}
        </text>
    );
}

function Pointer({ box, place, name, colour }: { box: Box; place: Vec3; name: string; colour: string }): ReactElement | null {
    if (offPlane(box, place) > POINT_MM) return null;
    const [x, y] = project(box.on, place);
    return (
        <g data-pointer={name}>
            <path d={`M${x} ${y} l0 17 l4.5 -4 l3.2 7 l3 -1.4 l-3.2 -6.8 l6 0 z`} fill={colour} stroke="#000" />
            <Label x={x + 16} y={y + 22} text={name} colour={colour} />
        </g>
    );
}

function Cross({ box, place, name, colour }: { box: Box; place: Vec3; name: string; colour: string }): ReactElement {
    const [x, y] = project(box.on, place);
    return (
        <g data-cross={name} stroke={colour} strokeWidth={2} fill="none">
            <circle cx={x} cy={y} r={9} />
            <path d={`M${x - 16} ${y} h9 M${x + 7} ${y} h9 M${x} ${y - 16} v9 M${x} ${y + 7} v9`} />
        </g>
    );
}

function Pin({ box, mark, number, colour }: { box: Box; mark: Mark; number: number; colour: string }): ReactElement | null {
    if (offPlane(box, mark.at) > NEAR_MM) return null;
    const [x, y] = project(box.on, mark.at);
    return (
        <g data-mark={mark.text}>
            <path d={`M${x} ${y} l-7 -13 a8 8 0 1 1 14 0 z`} fill={colour} stroke="#000" />
            <text x={x} y={y - 13} className="pin-text">
                {number}
            </text>
            <Label x={x + 12} y={y - 12} text={mark.text} colour={colour} />
        </g>
    );
}

function Measured({ box, line, colour }: { box: Box; line: Line; colour: string }): ReactElement | null {
    if (line.points.some((p) => offPlane(box, p) > NEAR_MM)) return null;
    const at = line.points.map((p) => project(box.on, p));
    const last = at.at(-1);
    return (
        <g>
            <polyline points={at.map((p) => p.join(',')).join(' ')} stroke={colour} strokeWidth={2} strokeDasharray="5 3" fill="none" />
            {last && <Label x={last[0] + 8} y={last[1] + 16} text={line.text} colour={colour} />}
        </g>
    );
}

/* Again whenever something that is shown, or where it is shown, has changed; once a frame. */
function useRedraw(together: Together, root: Element | null): void {
    const [, count] = useState(0);
    useEffect(() => {
        if (!root) return undefined;
        let asked = 0;
        const ask = (): void => {
            asked ||= requestAnimationFrame(() => {
                asked = 0;
                count((n) => n + 1);
            });
        };
        const { stage } = together;
        const cells = [together.others, together.marks, together.following, stage.cross, stage.frames, stage.centres, stage.pxPerMm, stage.camera];
        const stops = cells.map((cell) => cell.listen(ask));
        const sizes = new ResizeObserver(ask);
        sizes.observe(root);
        const changes = new MutationObserver((list) => {
            if (list.some((one) => one.target === root)) ask();
        });
        changes.observe(root, { childList: true });
        ask();
        return () => {
            cancelAnimationFrame(asked);
            stops.forEach((stop) => stop());
            sizes.disconnect();
            changes.disconnect();
        };
    }, [together, root]);
}

export function Layer({ together }: { together: Together }): ReactElement | null {
    const [root, setRoot] = useState<Element | null>(null);
    useEffect(() => setRoot(document.querySelector('.viewer .panes')), []);
    useRedraw(together, root);
    if (!root) return null;
    const others = together.others.get();
    const own = together.marks.get();
    if (!others.length && !own.length) return null;
    const leader = together.following.get();
    return createPortal(
        <svg className="together-layer" aria-hidden data-layer>
            {boxes(together.stage, root).map((box) => (
                <svg key={`${box.name} ${box.left} ${box.top}`} x={box.left} y={box.top} width={box.on.width} height={box.on.height} overflow="hidden" data-on={box.name}>
                    {own.map((mark, i) => (
                        <Pin key={mark.id} box={box} mark={mark} number={i + 1} colour={OWN} />
                    ))}
                    {others.map((other) => (
                        <g key={other.seat}>
                            {other.lines.map((line, i) => (
                                <Measured key={i} box={box} line={line} colour={other.colour} />
                            ))}
                            {other.marks.map((mark, i) => (
                                <Pin key={mark.id} box={box} mark={mark} number={i + 1} colour={other.colour} />
                            ))}
                            {other.look && other.seat !== leader && <Cross box={box} place={other.look.cross} name={other.name} colour={other.colour} />}
                            {other.pointer && <Pointer box={box} place={other.pointer} name={other.name} colour={other.colour} />}
                        </g>
                    ))}
                </svg>
            ))}
        </svg>,
        root,
    );
}

