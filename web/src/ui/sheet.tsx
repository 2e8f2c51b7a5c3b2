/* A dialog by the browser's own element: focus stays inside, Esc closes, what is behind is inert. */
import { useEffect, useId, useRef, type ReactElement, type ReactNode } from 'react';
import { say } from '../case/language';

interface SheetProps {
    open: boolean;
    title: string;
    /* null: cannot be closed without an answer */
    close: (() => void) | null;
    wide?: boolean;
    children: ReactNode;
}

export function Sheet({ open, title, close, wide, children }: SheetProps): ReactElement {
    const ref = useRef<HTMLDialogElement>(null);
    const id = useId();
    useEffect(() => {
        const dialog = ref.current!;
        if (open && !dialog.open) dialog.showModal();
        if (!open && dialog.open) dialog.close();
    }, [open]);
    return (
        <dialog
            ref={ref}
            className={wide ? 'sheet wide' : 'sheet'}
            aria-labelledby={id}
            onCancel={(event) => {
                event.preventDefault();
                close?.();
            }}
        >
            {open && (
                <>
                    <h2 id={id}>{title}</h2>
                    {close && (
                        <button type="button" className="close" onClick={close} aria-label={say('关闭', 'Close')}>
                            ×
                        </button>
                    )}
                    {children}
                </>
            )}
        </dialog>
    );
}
