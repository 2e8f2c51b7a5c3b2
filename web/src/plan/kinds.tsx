/* Which kind of part to add: all that the program knows, found by a word in either language. */
import { Input } from 'antd';
import { useState, type ReactElement } from 'react';
import { label, say } from '../case/language';
import { Sheet } from '../ui/sheet';
import type { DesignSchema } from './schema';

export function AddPart(props: {
    open: boolean;
    schema: DesignSchema;
    close: () => void;
    add: (kind: string) => void;
}): ReactElement {
    const [words, setWords] = useState('');
    const wanted = words.trim().toLowerCase();
    const found = props.schema.kinds.filter((kind) => `${kind.name} ${kind.zh} ${kind.en}`.toLowerCase().includes(wanted));
    return (
        <Sheet open={props.open} wide title={say('添加部件', 'Add a part')} close={props.close}>
            <Input
                autoFocus
                aria-label={say('查找部件种类', 'Find a kind of part')}
                placeholder={say('查找：导板、植入物、晶格…', 'Find: guide, implant, lattice…')}
                value={words}
                onChange={(event) => setWords(event.target.value)}
            />
            <ul className="kinds">
                {found.map((kind) => (
                    <li key={kind.name}>
                        <button type="button" onClick={() => props.add(kind.name)}>
                            <code>{kind.name}</code>
                            <span>{label(kind)}</span>
                        </button>
                    </li>
                ))}
            </ul>
            {found.length === 0 && <p className="empty">{say('没有这种部件', 'There is no such kind')}</p>}
        </Sheet>
    );
}
