/* What `nuwa plan` came to: the numbers of each item, as it says them. */
import { Alert, Button } from 'antd';
import type { ReactElement } from 'react';
import { moment } from '../case/format';
import { label, say } from '../case/language';
import type { Doc, Obj } from './document';
import { isObject } from './document';
import { doubtsOf } from './doubt';
import type { Json } from './json';
import { itemsOf } from './plan_doc';
import type { Job } from './work';

export function resultItems(job: Job): { [name: string]: Obj } {
    const said = job.result?.said as Json | undefined; /* a reply is JSON */
    const items = isObject(said) ? said.items : undefined;
    return isObject(items) ? (items as { [name: string]: Obj }) : {};
}

function keyName(key: string): string {
    const names: Record<string, [string, string]> = {
        gap_mean_mm: ['间隙（平均）', 'gap, mean'],
        gap_min_mm: ['间隙（最小）', 'gap, least'],
        gap_max_mm: ['间隙（最大）', 'gap, most'],
        step_mean_mm: ['台阶（平均）', 'step, mean'],
        step_max_mm: ['台阶（最大）', 'step, most'],
        contact_mm2: ['接触面积', 'contact'],
        facing_mm2: ['相对面积', 'facing'],
        angle_deg: ['夹角', 'angle'],
        length_mm: ['长度', 'length'],
        length: ['长度', 'length'],
        angle: ['角度', 'angle'],
        distance: ['距离', 'distance'],
        wall_mm: ['骨壁（最薄）', 'least wall'],
        wall_along_mm: ['最薄处距入口', 'least wall at, from the entry'],
        spare_mm: ['余量', 'to spare'],
        breach_mm: ['穿出', 'breach'],
        breach_grade: ['穿出分级', 'breach grade'],
        keeps_margins: ['满足距离要求', 'keeps its margins'],
        is_clear: ['满足全部要求', 'keeps everything'],
        diameter_mm: ['直径', 'diameter'],
        volume_mm3: ['体积', 'volume'],
        area_mm2: ['表面积', 'area'],
        removed_mm3: ['锯去', 'taken by the saw'],
        opened_mm3: ['张开体积', 'opened'],
        height_mm: ['楔高', 'height of the wedge'],
        reach_mm: ['最远距离', 'reach'],
        beyond_hinge_mm: ['铰链外的截面', 'cut beyond the hinge'],
        turned_deg: ['转动', 'turned'],
        overlap_mm3: ['重叠体积', 'overlap'],
        overlap_depth_mm: ['重叠深度', 'depth of the overlap'],
        rms_mm: ['偏差（均方根）', 'off by, rms'],
        p95_mm: ['偏差（95%）', 'off by, 95 %'],
        asymmetry_rms_mm: ['不对称（均方根）', 'asymmetry, rms'],
        asymmetry_p95_mm: ['不对称（95%）', 'asymmetry, 95 %'],
        tilt_sigma_deg: ['倾斜不确定度', 'tilt, one sigma'],
        shift_sigma_mm: ['位置不确定度', 'shift, one sigma'],
        sigma_at_centre_mm: ['中心处不确定度', 'one sigma, at the centre'],
        weakest_firmness: ['最弱方向的牢固度', 'firmness, weakest way'],
        places: ['所用点数', 'places'],
        above_mm3: ['上侧体积', 'above'],
        face_above_mm2: ['上侧截面', 'face above'],
        face_below_mm2: ['下侧截面', 'face below'],
        below_mm3: ['下侧体积', 'below'],
    };
    const found = names[key];
    return found ? say(...found) : key.replaceAll('_', ' ');
}

function unitOf(key: string): string {
    const end = /_(mm2|mm3|mm|deg)$/.exec(key)?.[1];
    return end === 'mm2' ? ' mm²' : end === 'mm3' ? ' mm³' : end === 'mm' ? ' mm' : end === 'deg' ? '°' : '';
}

function digits(value: number): string {
    return Number(value.toFixed(Math.abs(value) >= 1000 ? 0 : 2)).toString();
}

/* Numbers and words; lists and tables stand in the result's file. */
function shownAs(key: string, value: Json | undefined): string | null {
    if (typeof value === 'number') return `${digits(value)}${unitOf(key)}`;
    if (typeof value === 'boolean') return value ? say('是', 'yes') : say('否', 'no');
    if (typeof value === 'string') return value;
    if (isObject(value) && typeof value.value === 'number') {
        const unit = value.unit === 'deg' ? '°' : ` ${String(value.unit ?? '')}`;
        return typeof value.sigma === 'number'
            ? `${digits(value.value)} ± ${digits(value.sigma)}${unit}`
            : say(`${digits(value.value)}${unit}（不确定度未知）`, `${digits(value.value)}${unit} (uncertainty not known)`);
    }
    return null;
}

const quiet = ['removed_sigma_mm3', 'kind', 'digest', 'triangles', 'kept', 'accepted'];

/* A number whose doubt stands beside it under its own name: x_sigma_mm3 of x_mm3. */
function withDoubt(item: Obj, key: string, value: Json | undefined): string | null {
    const sigma = item[key.replace(/_(mm3)$/, '_sigma_$1')];
    if (typeof value !== 'number' || typeof sigma !== 'number' || !key.endsWith('_mm3')) return shownAs(key, value);
    return `${digits(value)} ± ${digits(sigma)}${unitOf(key)}`;
}

function rows(item: Obj): [string, string][] {
    return Object.entries(item)
        .filter(([key]) => !quiet.includes(key))
        .map(([key, value]): [string, string | null] => [key, withDoubt(item, key, value)])
        .filter((row): row is [string, string] => row[1] !== null);
}

/* How well each motion is determined; what is not, in a sentence. */
function Doubts({ item }: { item: Obj }): ReactElement {
    return (
        <>
            {doubtsOf(item).map(([name, doubt]) => (
                <div key={name} data-doubt={name}>
                    <dl>
                        <div>
                            <dt>{`${name} ${say('最弱的转动', 'weakest turn')}`.trim()}</dt>
                            <dd>{doubt.turn}</dd>
                        </div>
                        <div>
                            <dt>{`${name} ${say('最弱的移动', 'weakest shift')}`.trim()}</dt>
                            <dd>{doubt.shift}</dd>
                        </div>
                    </dl>
                    {doubt.warnings.map((one) => (
                        <Alert key={one.zh} type="warning" showIcon message={label(one)} />
                    ))}
                </div>
            ))}
        </>
    );
}

export function PlanResults(props: { job: Job; old: boolean; chosen: string | null; doc: Doc; busy: boolean; accept: (name: string) => void }): ReactElement {
    const found = resultItems(props.job);
    const order = Object.keys(itemsOf(props.doc));
    const weight = (name: string): number => {
        const kind = String(found[name]?.kind);
        return name === props.chosen ? -1 : kind === 'faces' || kind === 'trajectory' || kind === 'search' || kind === 'measure' ? 0 : kind === 'register' || kind === 'reduction' ? 1 : 2;
    };
    const names = Object.keys(found)
        .filter((name) => rows(found[name]!).length > 0)
        .sort((a, b) => weight(a) - weight(b) || order.indexOf(a) - order.indexOf(b));
    const accepted = (name: string): boolean => itemsOf(props.doc)[name]?.accepted === found[name]?.digest;
    return (
        <section className={`card planresults${props.old ? ' old' : ''}`} aria-label={say('计算结果', 'Results')}>
            <div className="row apart">
                <h2>{say('结果', 'Results')}</h2>
                <span className="hint" role="status">
                    {props.old ? say('不是当前计划的结果', 'Not of the plan as it is now') : moment(props.job.finished)}
                </span>
            </div>
            {names.map((name) => (
                <div key={name} className="oneresult" data-item={name}>
                    <h3>{name}</h3>
                    <dl>
                        {rows(found[name]!).map(([key, text]) => (
                            <div key={key}>
                                <dt>{keyName(key)}</dt>
                                <dd>{text}</dd>
                            </div>
                        ))}
                    </dl>
                    <Doubts item={found[name]!} />
                    {typeof found[name]!.digest === 'string' &&
                        (accepted(name) ? (
                            <span className="tag good">{say('已接受', 'accepted')}</span>
                        ) : (
                            <Button size="small" disabled={props.busy || props.old} onClick={() => props.accept(name)}>
                                {say('接受这个结果', 'Accept this')}
                            </Button>
                        ))}
                </div>
            ))}
        </section>
    );
}
