/* What a link says of its case, for who has no process table: kinds of things, nobody's. */
import { say } from '../case/language';

export interface ShownCase {
    type?: string;
    device?: string;
    site?: string;
    side?: string;
}

const sides: Record<string, [string, string]> = {
    left: ['左侧', 'left'],
    right: ['右侧', 'right'],
    both: ['双侧', 'both sides'],
    midline: ['中线', 'midline'],
};
const sites: Record<string, [string, string]> = {
    skull: ['颅骨', 'skull'],
    orbit: ['眼眶', 'orbit'],
    maxilla: ['上颌骨', 'maxilla'],
    mandible: ['下颌骨', 'mandible'],
    dental: ['牙列', 'dentition'],
    cervical: ['颈椎', 'cervical spine'],
    thoracic: ['胸椎', 'thoracic spine'],
    lumbar: ['腰椎', 'lumbar spine'],
    sacrum: ['骶骨', 'sacrum'],
    rib: ['胸廓', 'chest wall'],
    shoulder: ['肩', 'shoulder'],
    elbow: ['肘', 'elbow'],
    forearm: ['前臂', 'forearm'],
    hand: ['腕与手', 'wrist and hand'],
    pelvis: ['骨盆', 'pelvis'],
    hip: ['髋', 'hip'],
    femur: ['股骨', 'femur'],
    knee: ['膝', 'knee'],
    tibia: ['胫腓骨', 'tibia and fibula'],
    foot: ['踝与足', 'ankle and foot'],
    airway: ['气道', 'airway'],
    vessel: ['血管', 'vessel'],
    organ: ['脏器', 'organ'],
    skin: ['体表', 'body surface'],
};

export function wordNameOf(about: ShownCase): string {
    const word = (names: Record<string, [string, string]>, value?: string): string => {
        const name = value ? names[value] : undefined;
        return name ? say(...name) : '';
    };
    return say(`${word(sides, about.side)}${word(sites, about.site)}`, `${word(sides, about.side)} ${word(sites, about.site)}`.trim()) || say('模型', 'Model');
}
