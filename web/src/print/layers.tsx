/* The layers of a print file, one after another: a slider, keys, and places to go to. */
import { Alert, Button } from 'antd';
import { useEffect, useRef, useState, type ReactElement } from 'react';
import { Refusal } from '../api/client';
import { say } from '../case/language';
import type { MadeFile } from '../plan/work';
import { useLoaded } from '../ui/use';
import { lookAt, type Machine, type Sliced } from './setup';
import { BadStack, openStack, type Stack } from './stack';

async function open(caseId: string, file: MadeFile): Promise<Stack> {
    try {
        return await openStack(caseId, file.sha256, file.bytes);
    } catch (failure) {
        if (!(failure instanceof BadStack)) throw failure;
        throw new Refusal(0, 'data', say('此文件中没有可显示的层图', 'There are no layers to be shown in this file'));
    }
}

export function Layers(props: {
    caseId: string;
    file: MadeFile;
    machine: Machine;
    sliced: Sliced;
    index: number;
    go: (index: number) => void;
}): ReactElement {
    const { index, go, machine, sliced } = props;
    const stack = useLoaded<Stack>(() => open(props.caseId, props.file), [props.caseId, props.file.sha256]);
    const canvas = useRef<HTMLCanvasElement>(null);
    const [whole, setWhole] = useState(false);
    const [fault, setFault] = useState('');
    const count = stack.data?.layers.length ?? 0;
    const at = Math.min(Math.max(0, index), Math.max(0, count - 1));
    useEffect(() => {
        const layers = stack.data;
        if (!layers || !count) return;
        let current = true;
        layers
            .layer(at)
            .then((picture) => {
                const box = canvas.current;
                if (!current || !box) return;
                const part = lookAt(picture, machine.build_mm, sliced.size_mm, whole);
                const scale = Math.min(4, 900 / part.width, 700 / part.height);
                box.width = Math.max(1, Math.round(part.width * scale));
                box.height = Math.max(1, Math.round(part.height * scale));
                const pen = box.getContext('2d')!;
                pen.imageSmoothingEnabled = scale < 1;
                pen.drawImage(picture, part.x, part.y, part.width, part.height, 0, 0, box.width, box.height);
                box.dataset.layer = String(at);
                setFault('');
                for (const next of [at + 1, at - 1, at + 2]) if (next >= 0 && next < count) layers.layer(next).catch(() => undefined);
            })
            .catch((failure: unknown) => {
                if (current) setFault(failure instanceof Refusal ? failure.message : say('此层无法读出', 'This layer cannot be read'));
            });
        return () => {
            current = false;
        };
    }, [stack.data, at, whole, count]);
    if (stack.refusal && !stack.data) return <Alert type="error" showIcon message={stack.refusal.message} />;
    if (!stack.data) return <p role="status">{say('正在读取层图…', 'Reading the layers…')}</p>;
    if (!count) return <p className="hint">{say('此文件中没有层图', 'This file has no pictures of layers')}</p>;
    const layerMm = sliced.layer_mm ?? machine.layer_mm;
    return (
        <div className="layers">
            <div className="row apart">
                <span>
                    <strong>{say(`第 ${at + 1} 层，共 ${count} 层`, `Layer ${at + 1} of ${count}`)}</strong>{' '}
                    <span className="hint">
                        {say('高', 'height')} {((at + 1) * layerMm).toFixed(3)} mm
                    </span>
                </span>
                <label>
                    <input type="checkbox" checked={whole} onChange={(event) => setWhole(event.target.checked)} />{' '}
                    {say('整个平台', 'The whole platform')}
                </label>
            </div>
            <canvas
                ref={canvas}
                role="img"
                aria-label={say(`第 ${at + 1} 层的图：白色为固化`, `Picture of layer ${at + 1}: white is built`)}
            />
            <div className="row">
                <Button size="small" disabled={at === 0} onClick={() => go(at - 1)} aria-label={say('下一层（向下）', 'One layer down')}>
                    −
                </Button>
                <input
                    type="range"
                    className="grow"
                    aria-label={say('层', 'Layer')}
                    min={1}
                    max={count}
                    value={at + 1}
                    onChange={(event) => go(Number(event.target.value) - 1)}
                />
                <Button size="small" disabled={at === count - 1} onClick={() => go(at + 1)} aria-label={say('上一层（向上）', 'One layer up')}>
                    +
                </Button>
            </div>
            {fault && <p className="fault">{fault}</p>}
        </div>
    );
}
