/* Models of a case in a stage: their views, made when there are none, and what can be snapped to. */
import { useEffect, useRef, useState } from 'react';
import { say } from '../case/language';
import type { ModelHead } from '../view/format';
import type { Vec3 } from '../view/geometry';
import { loadModel, openView, viewOf, type CaseFile, type LoadedLevel } from '../view/source';
import type { Stage } from '../view/stage';
import type { Surface } from '../view/surface';

export interface Body {
    /* the same while it is the same thing, whatever file it comes from */
    id: string;
    file: CaseFile;
    rgb: [number, number, number];
    opacity: number;
    visible: boolean;
    /* of its parts, by name; what is missing is as above */
    looks?: Record<string, { rgb?: [number, number, number]; opacity?: number; visible?: boolean }>;
}

/* What is there to be snapped to and moved about: surfaces by body and by the name of their part. */
export interface Solid {
    body: string;
    sha256: string;
    part: string;
    index: number;
    surface: Surface;
    box_mm: [Vec3, Vec3];
}

interface Open {
    sha256: string;
    control: AbortController;
}

function copy(level: LoadedLevel): Surface {
    return { pos: level.pos.slice(), tri: level.tri.slice() };
}

/* The camera stays: only the first model is looked at as a whole. */
function openIn(stage: Stage, id: string, head: ModelHead): void {
    stage.openModel(id, head, stage.parts.get().length > 0);
}

export interface Bodies {
    solids: Solid[];
    doing: string;
    failure: string;
}

export function useBodies(stage: Stage, caseId: string, bodies: readonly Body[]): Bodies {
    const open = useRef(new Map<string, Open>());
    const [solids, setSolids] = useState<Solid[]>([]);
    const [doing, setDoing] = useState<Record<string, string>>({});
    const [failure, setFailure] = useState<Record<string, string>>({});
    const key = bodies.map((body) => `${body.id} ${body.file.sha256}`).join('\n');
    useEffect(() => {
        const tell = (id: string, what: string): void => setDoing((all) => ({ ...all, [id]: what }));
        const fail = (id: string, what: string): void => setFailure((all) => ({ ...all, [id]: what }));
        for (const [id, one] of open.current)
            if (!bodies.some((body) => body.id === id)) {
                one.control.abort();
                open.current.delete(id);
                stage.closeModel(id);
                tell(id, '');
                fail(id, '');
                setSolids((all) => all.filter((solid) => solid.body !== id));
            }
        for (const { id, file } of bodies) {
            const have = open.current.get(id);
            if (have?.sha256 === file.sha256) continue;
            have?.control.abort();
            const control = new AbortController();
            open.current.set(id, { sha256: file.sha256, control });
            const work = async (): Promise<void> => {
                fail(id, '');
                tell(id, say(`打开 ${file.name}…`, `Opening ${file.name}…`));
                const view = await viewOf(caseId, file, { arguments: [], inputs: {}, suffix: '' }, () => undefined, control.signal);
                const opened = await openView<ModelHead>(caseId, view, control.signal);
                control.signal.throwIfAborted();
                const found: Solid[] = [];
                const levels: LoadedLevel[] = [];
                await loadModel(opened, (level) => {
                    const part = opened.head.parts[level.part]!;
                    if (!level.coarse)
                        found.push({ body: id, sha256: file.sha256, part: part.name, index: level.part, surface: copy(level), box_mm: part.box_mm });
                    levels.push(level);
                });
                control.signal.throwIfAborted();
                stage.closeModel(id);
                openIn(stage, id, opened.head);
                for (const level of levels) stage.takeLevel(id, level);
                setSolids((all) => [...all.filter((solid) => solid.body !== id), ...found]);
                tell(id, '');
            };
            work().catch((problem: unknown) => {
                if (control.signal.aborted) return;
                open.current.delete(id);
                tell(id, '');
                fail(id, problem instanceof Error ? problem.message : String(problem));
            });
        }
    }, [stage, caseId, key]);
    useEffect(
        () => () => {
            for (const one of open.current.values()) one.control.abort();
            open.current.clear();
        },
        [stage, caseId],
    );
    /* how they look may change without a new file */
    const looks = JSON.stringify(bodies.map(({ file: _, ...look }) => look));
    useEffect(() => {
        stage.parts.update((parts) => {
            const next = parts.map((part) => {
                const body = bodies.find((one) => one.id === part.model);
                if (!body) return part;
                const own = body.looks?.[part.name];
                return {
                    ...part,
                    rgb: own?.rgb ?? body.rgb,
                    opacity: own?.opacity ?? body.opacity,
                    visible: own?.visible ?? body.visible,
                };
            });
            return next;
        });
    }, [stage, looks, solids]);
    return {
        solids,
        doing: Object.values(doing).find(Boolean) ?? '',
        failure: Object.values(failure).find(Boolean) ?? '',
    };
}

/* The middle and the size across of what is there. */
export function extentOf(solids: readonly Solid[]): { middle: Vec3; size: number } {
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (const { box_mm } of solids)
        for (let i = 0; i < 3; i++) {
            low[i] = Math.min(low[i]!, box_mm[0][i]!);
            high[i] = Math.max(high[i]!, box_mm[1][i]!);
        }
    if (!solids.length) return { middle: [0, 0, 0], size: 100 };
    const middle = low.map((one, i) => (one + high[i]!) / 2) as unknown as Vec3;
    return { middle, size: Math.hypot(...low.map((one, i) => high[i]! - one)) };
}
