/*
 * Places and directions of the patient: LPS in mm, as everywhere (x to the left, y to the back, z
 * to the head). A frame is how a picture lies in the patient: `u` to the right of the screen, `v`
 * down it, `n` away from who looks.
 */
export type Vec3 = readonly [number, number, number];

export function add(a: Vec3, b: Vec3): Vec3 {
    return [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
}

export function sub(a: Vec3, b: Vec3): Vec3 {
    return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

export function scale(a: Vec3, s: number): Vec3 {
    return [a[0] * s, a[1] * s, a[2] * s];
}

/* a + s b */
export function along(a: Vec3, b: Vec3, s: number): Vec3 {
    return [a[0] + s * b[0], a[1] + s * b[1], a[2] + s * b[2]];
}

export function dot(a: Vec3, b: Vec3): number {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function cross(a: Vec3, b: Vec3): Vec3 {
    return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function length(a: Vec3): number {
    return Math.hypot(a[0], a[1], a[2]);
}

export function unit(a: Vec3): Vec3 {
    const l = length(a);
    return l > 0 ? scale(a, 1 / l) : [0, 0, 0];
}

/* `a` turned about `axis` (of length 1), after Rodrigues. */
export function turn(a: Vec3, axis: Vec3, rad: number): Vec3 {
    const c = Math.cos(rad);
    const s = Math.sin(rad);
    return along(along(scale(a, c), cross(axis, a), s), axis, dot(axis, a) * (1 - c));
}

export interface Frame {
    u: Vec3;
    v: Vec3;
    n: Vec3;
}

export function turnFrame(frame: Frame, axis: Vec3, rad: number): Frame {
    const u = unit(turn(frame.u, axis, rad));
    const v = turn(frame.v, axis, rad);
    const straight = unit(along(v, u, -dot(u, v)));
    return { u, v: straight, n: cross(u, straight) };
}

/* Voxels in the patient: index (i,j,k) lies at origin + i step[0] + j step[1] + k step[2]. */
export interface Grid {
    dim: Vec3;
    origin_mm: Vec3;
    step_mm: readonly [Vec3, Vec3, Vec3];
}

export function placeOf(grid: Grid, index: Vec3): Vec3 {
    return along(
        along(along(grid.origin_mm, grid.step_mm[0], index[0]), grid.step_mm[1], index[1]),
        grid.step_mm[2],
        index[2],
    );
}

/* Rows that turn a way in mm into one in voxels. */
export function inverseRows(grid: Grid): readonly [Vec3, Vec3, Vec3] {
    const [a, b, c] = grid.step_mm;
    const volume = dot(a, cross(b, c));
    return [scale(cross(b, c), 1 / volume), scale(cross(c, a), 1 / volume), scale(cross(a, b), 1 / volume)];
}

export function indexOf(grid: Grid, place: Vec3): Vec3 {
    const rows = inverseRows(grid);
    const d = sub(place, grid.origin_mm);
    return [dot(rows[0], d), dot(rows[1], d), dot(rows[2], d)];
}

export function spacing(grid: Grid): Vec3 {
    return [length(grid.step_mm[0]), length(grid.step_mm[1]), length(grid.step_mm[2])];
}

export function middleOf(grid: Grid): Vec3 {
    return placeOf(grid, [(grid.dim[0] - 1) / 2, (grid.dim[1] - 1) / 2, (grid.dim[2] - 1) / 2]);
}

export type PlaneName = 'axial' | 'coronal' | 'sagittal';
export const planeNames: readonly PlaneName[] = ['axial', 'coronal', 'sagittal'];

/*
 * The three frames of a scan, along its own axes where these lie nearest to the patient's: so a
 * picture that was taken oblique is shown as it was taken, and its letters say how it lies. Seen
 * as in radiology: the patient's right is at the left of the screen, axial from the feet,
 * sagittal with the face to the left.
 */
export function framesOf(grid: Grid | null): Record<PlaneName, Frame> {
    const steps: Vec3[] = grid ? [...grid.step_mm] : [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
    const left = takeNearest(steps, 0);
    const back = takeNearest(steps, 1);
    const head = takeNearest(steps, 2);
    const frame = (u: Vec3, v: Vec3): Frame => {
        const straight = unit(along(v, u, -dot(u, v)));
        return { u, v: straight, n: cross(u, straight) };
    };
    return {
        axial: frame(left, back),
        coronal: frame(left, scale(head, -1)),
        sagittal: frame(back, scale(head, -1)),
    };
}

/* Takes that step out of the list which lies nearest to an axis, pointing its way. */
function takeNearest(steps: Vec3[], axis: 0 | 1 | 2): Vec3 {
    let best = 0;
    for (let s = 1; s < steps.length; s++)
        if (Math.abs(unit(steps[s]!)[axis]) > Math.abs(unit(steps[best]!)[axis])) best = s;
    const [step] = steps.splice(best, 1);
    const way = unit(step!);
    return way[axis] < 0 ? scale(way, -1) : way;
}

/* Where a direction points in the patient: the letters of all axes that have a real share in it,
 * the largest first ("L", "LA"). */
export function letters(way: Vec3): string {
    const names = [
        ['R', 'L'],
        ['A', 'P'],
        ['F', 'H'],
    ] as const;
    const share = 0.26; /* sine of 15 degrees: less is a head that lay a little askew */
    return [0, 1, 2]
        .filter((axis) => Math.abs(way[axis]!) > share)
        .sort((a, b) => Math.abs(way[b]!) - Math.abs(way[a]!))
        .map((axis) => names[axis]![way[axis]! > 0 ? 1 : 0])
        .join('');
}

/* A round length for a scale bar of at most `most_mm`: 1, 2 or 5 times a power of ten. */
export function barLength(most_mm: number): number {
    const power = 10 ** Math.floor(Math.log10(most_mm));
    for (const step of [5, 2, 1]) if (step * power <= most_mm) return step * power;
    return power;
}
