/* The picker is fetched when the first date is to be filled in. */
import { lazy, Suspense, type ReactElement } from 'react';
import type { DateProps } from './dates';

const Picker = lazy(() => import('./dates'));

export function DateInput(props: DateProps): ReactElement {
    return (
        <Suspense fallback={<input id={props.id} aria-label={props.name} className="date" disabled value={props.value} />}>
            <Picker {...props} />
        </Suspense>
    );
}
