/* The document as text, with its lines counted. */
import { useEffect, useRef, type ReactElement } from 'react';
import { say } from '../case/language';

export function Editor(props: {
    text: string;
    /* lines with something wrong */
    wrong: Set<number>;
    /* to go to; a new object each time */
    line: { number: number } | null;
    set: (text: string) => void;
}): ReactElement {
    const area = useRef<HTMLTextAreaElement>(null);
    const count = props.text.split('\n').length;
    useEffect(() => {
        const box = area.current;
        if (!box || !props.line) return;
        const rows = props.text.split('\n');
        const from = rows.slice(0, props.line.number - 1).join('\n').length + (props.line.number > 1 ? 1 : 0);
        box.focus();
        box.setSelectionRange(from, from + (rows[props.line.number - 1]?.length ?? 0));
        box.parentElement!.scrollTop = Math.max(0, (props.line.number - 5) * 20);
    }, [props.line]);
    return (
        <div className="editor" tabIndex={0} role="group" aria-label={say('文档全文', 'The whole document')}>
            <pre aria-hidden>
                {Array.from({ length: count }, (_, i) => (
                    <span key={i} className={props.wrong.has(i + 1) ? 'wrong' : undefined}>
                        {i + 1}
                        {'\n'}
                    </span>
                ))}
            </pre>
            <textarea
                ref={area}
                aria-label={say('文档文本', 'The document as text')}
                wrap="off"
                spellCheck={false}
                autoCapitalize="off"
                rows={count + 1}
                value={props.text}
                onChange={(event) => props.set(event.target.value)}
            />
        </div>
    );
}
