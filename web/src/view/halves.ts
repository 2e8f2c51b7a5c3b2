/* One picture of two halves: two solids beside each other, seen by the same camera. */

/* How a picture is parted: not, side by side, or one below the other. */
export type Halves = 'beside' | 'below' | null;

export interface Half {
    left: number;
    top: number;
    width: number;
    height: number;
}

/* A half is as large as the other; a pixel between them may be left over. */
export function halfOf(halves: Halves, width: number, height: number): { width: number; height: number } {
    if (halves === 'beside') return { width: Math.floor(width / 2), height };
    return halves === 'below' ? { width, height: Math.floor(height / 2) } : { width, height };
}

/* Where the pictures lie in the whole, first the first. */
export function placesOf(halves: Halves, width: number, height: number): Half[] {
    const size = halfOf(halves, width, height);
    const first = { left: 0, top: 0, ...size };
    if (!halves) return [first];
    return [first, halves === 'beside' ? { ...first, left: width - size.width } : { ...first, top: height - size.height }];
}

/* Which half a place of the whole lies in, and where in it. */
export function inHalf(halves: Halves, width: number, height: number, x: number, y: number): { half: number; x: number; y: number } {
    const places = placesOf(halves, width, height);
    const last = places.at(-1)!;
    const half = halves && x >= last.left && y >= last.top ? 1 : 0;
    return { half, x: x - places[half]!.left, y: y - places[half]!.top };
}

export function joined(halves: Halves, pictures: Uint32Array[], width: number, height: number): Uint32Array {
    if (!halves) return pictures[0]!;
    const whole = new Uint32Array(width * height);
    placesOf(halves, width, height).forEach((place, n) => {
        const from = pictures[n]!;
        for (let row = 0; row < place.height; row++)
            whole.set(from.subarray(row * place.width, (row + 1) * place.width), (place.top + row) * width + place.left);
    });
    return whole;
}
