/* Days, always written 2027-01-31: what a browser makes of its own inputs differs by machine. */
import { DatePicker } from 'antd';
import dayjs from 'dayjs';
import 'dayjs/locale/zh-cn';
import type { ReactElement } from 'react';
import { say } from '../case/language';

export interface DateProps {
    id?: string;
    value: string;
    change: (value: string) => void;
    min?: string | undefined;
    max?: string | undefined;
    described?: string | undefined;
    name?: string;
    faulty?: boolean;
}

export default function DateInput(props: DateProps): ReactElement {
    const at = dayjs(props.value, 'YYYY-MM-DD');
    return (
        <DatePicker
            {...(props.id ? { id: props.id } : {})}
            {...(props.min ? { minDate: dayjs(props.min) } : {})}
            {...(props.max ? { maxDate: dayjs(props.max) } : {})}
            aria-label={props.name}
            aria-describedby={props.described}
            status={props.faulty ? 'error' : ''}
            format={{ format: 'YYYY-MM-DD', type: 'mask' }}
            placeholder={say('年-月-日', 'YYYY-MM-DD')}
            value={props.value && at.isValid() ? at : null}
            onKeyDown={(event) => {
                /* Enter takes the day; it does not send the form the day is in */
                if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) event.preventDefault();
            }}
            onChange={(chosen) => props.change(chosen ? chosen.format('YYYY-MM-DD') : '')}
        />
    );
}
