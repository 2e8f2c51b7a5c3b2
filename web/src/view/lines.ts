/*
 * Lines into pixels. Outlines of parts are thousands of short lines on each slice: a canvas without
 * a graphics card takes several times longer to stroke them than the slice itself takes.
 */

export interface Plotter {
    width: number;
    height: number;
    /* how much of each pixel is covered, 0..255; nought between two calls */
    cover: Uint8Array;
    touched: Int32Array;
    count: number;
}

export function plotter(width: number, height: number): Plotter {
    return { width, height, cover: new Uint8Array(width * height), touched: new Int32Array(4096), count: 0 };
}

function mark(on: Plotter, p: number, share: number): void {
    const now = (share * 255) | 0;
    const had = on.cover[p]!;
    if (now <= had) return;
    if (had === 0) {
        if (on.count === on.touched.length) {
            const more = new Int32Array(2 * on.count);
            more.set(on.touched);
            on.touched = more;
        }
        on.touched[on.count++] = p;
    }
    on.cover[p] = now;
}

/* Covers the line from a to b (pixels; whole numbers are their corners), `wide` pixels wide. */
export function line(on: Plotter, ax: number, ay: number, bx: number, by: number, wide: number): void {
    const { width, height } = on;
    const reach = wide / 2 + 0.5;
    const steep = Math.abs(by - ay) > Math.abs(bx - ax);
    const x0 = (steep ? ay : ax) - 0.5;
    const x1 = (steep ? by : bx) - 0.5;
    const y0 = (steep ? ax : ay) - 0.5;
    const y1 = (steep ? bx : by) - 0.5;
    const mostX = (steep ? height : width) - 1;
    const mostY = (steep ? width : height) - 1;
    const dx = x1 - x0;
    const slope = dx === 0 ? 0 : (y1 - y0) / dx;
    const per = 1 / Math.sqrt(1 + slope * slope);
    const across = reach / per;
    const from = Math.max(Math.round(Math.min(x0, x1)), 0);
    const to = Math.min(Math.round(Math.max(x0, x1)), mostX);
    for (let x = from; x <= to; x++) {
        const y = y0 + (x - x0) * slope;
        const low = Math.max(Math.ceil(y - across), 0);
        const high = Math.min(Math.floor(y + across), mostY);
        for (let v = low; v <= high; v++) {
            const share = reach - Math.abs(v - y) * per;
            if (share > 0) mark(on, steep ? x * width + v : v * width + x, share < 1 ? share : 1);
        }
    }
}

/* Lays the colour over the pixels where lines were drawn, and forgets the lines. */
export function ink(on: Plotter, pixels: Uint32Array, [red, green, blue]: readonly [number, number, number]): void {
    for (let i = 0; i < on.count; i++) {
        const p = on.touched[i]!;
        const share = on.cover[p]! / 255;
        const under = pixels[p]!;
        const r = (under & 255) + (red - (under & 255)) * share;
        const g = ((under >>> 8) & 255) + (green - ((under >>> 8) & 255)) * share;
        const b = ((under >>> 16) & 255) + (blue - ((under >>> 16) & 255)) * share;
        pixels[p] = 0xff000000 | (b << 16) | (g << 8) | r;
        on.cover[p] = 0;
    }
    on.count = 0;
}
