/* From a voxel to a grey, and from a number on a surface to a colour. */

/*
 * Greys of all 65536 stored voxels for a window in the scan's unit, as pixels of a canvas; index
 * voxel + 32768. Linear as DICOM PS3.3 C.11.2.1.2.1 has it, but for its half steps.
 */
export function greys(
    out: Uint32Array,
    window: { centre: number; width: number },
    value: { slope: number; intercept: number },
): void {
    const low = window.centre - window.width / 2;
    const per = 255 / Math.max(window.width, 1e-9);
    for (let stored = -32768; stored < 32768; stored++) {
        const grey = (stored * value.slope + value.intercept - low) * per;
        const g = grey <= 0 ? 0 : grey >= 255 ? 255 : Math.round(grey);
        out[stored + 32768] = 0xff000000 | (g << 16) | (g << 8) | g;
    }
}

export type ScaleKind = 'sequential' | 'diverging' | 'classes';

type Stop = readonly [number, number, number];

/* viridis (Smith and van der Walt 2015): even in lightness, read by all who see colours otherwise. */
const viridis: Stop[] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
/* blue inside, red outside (Moreland 2009) */
const coolWarm: Stop[] = [
    [59, 76, 192],
    [123, 159, 249],
    [192, 212, 245],
    [221, 221, 221],
    [242, 203, 183],
    [238, 132, 104],
    [180, 4, 38],
];
/* resolved, thin, inferred, metal, drawn */
export const classColours: Stop[] = [
    [200, 200, 190],
    [240, 190, 60],
    [220, 80, 60],
    [120, 110, 200],
    [60, 160, 120],
];

export function colourAt(kind: ScaleKind, share: number): Stop {
    if (kind === 'classes') return classColours[Math.round(share * (classColours.length - 1))]!;
    const stops = kind === 'diverging' ? coolWarm : viridis;
    const x = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const at = Math.min(Math.floor(x), stops.length - 2);
    const a = stops[at]!;
    const b = stops[at + 1]!;
    const mix = (c: 0 | 1 | 2): number => Math.round(a[c] + (b[c] - a[c]) * (x - at));
    return [mix(0), mix(1), mix(2)];
}

/* 256 colours, three bytes each. */
export function palette(kind: ScaleKind): Uint8Array {
    const out = new Uint8Array(768);
    for (let i = 0; i < 256; i++) out.set(colourAt(kind, i / 255), 3 * i);
    return out;
}

export function kindOf(map: string): ScaleKind {
    if (map === 'class') return 'classes';
    return map === 'distance_mm' ? 'diverging' : 'sequential';
}

/* The ends of a map's scale, round, that hold all but its outermost hundredths. */
export function rangeOf(map: { name: string; p01: number; median: number; p99: number }): { low: number; high: number } {
    if (map.name === 'class') return { low: 0, high: classColours.length - 1 };
    if (map.name === 'distance_mm') {
        const most = roundUp(Math.max(Math.abs(map.p01), Math.abs(map.p99), 0.01));
        return { low: -most, high: most };
    }
    if (map.name === 'hu') return { low: Math.floor(map.p01 / 50) * 50, high: Math.ceil(map.p99 / 50) * 50 };
    /* a few places of great doubt must not make all others look alike */
    const most = map.name === 'uncertainty_mm' ? Math.min(map.p99, 6 * map.median) : map.p99;
    return { low: 0, high: roundUp(Math.max(most, 0.01)) };
}

function roundUp(x: number): number {
    const power = 10 ** Math.floor(Math.log10(x));
    for (const step of [1, 2, 5, 10]) if (x <= step * power * 1.000001) return step * power;
    return x;
}
