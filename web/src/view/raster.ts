/*
 * Draws surfaces without a graphics card: vertices turned and lit, triangles filled against a
 * depth buffer, in slices of work so that a newer wish can stop it. On processors without a card
 * this is several times faster than WebGL in software (docs/decisions/014-drawing-without-a-card.md),
 * and it is the same everywhere. Orthographic, as all pictures of Nuwa.
 */
import { along, dot, scale, sub, unit, type Frame, type Vec3 } from './geometry';

export interface Camera {
    frame: Frame;
    target_mm: Vec3;
    px_per_mm: number;
}

export interface Body {
    pos: Float32Array;
    tri: Uint32Array;
    normal: Int8Array;
    /* numbers per vertex to colour by, or null: the part's colour */
    value: Float32Array | null;
    rgb: readonly [number, number, number];
    opacity: number;
    /* whether the cutting plane cuts it */
    cut: boolean;
}

export interface Look {
    /* colours of the scale from low to high, 3 x 256 bytes */
    palette: Uint8Array;
    low: number;
    high: number;
    /* what lies on the side the normal points to is cut away */
    clip: { through_mm: Vec3; normal: Vec3 } | null;
}

export interface Hit {
    body: number;
    place_mm: Vec3;
    /* corners of the triangle and their weights */
    corners: readonly [number, number, number];
    weights: Vec3;
}

const VERTICES = 200000; /* of one turn, between two looks for something newer */
const TRIANGLES = 60000;
const NONE = 0xffffffff;
const AMBIENT = 0.22;
const SEAM = 1e-9; /* a pixel on a shared edge belongs to both triangles, whatever was rounded */
const LIT = 256; /* lights that are told apart */

/* A colour under LIT lights, dark to bright, as pixels. */
function litColours([red, green, blue]: readonly [number, number, number]): Uint32Array {
    const out = new Uint32Array(LIT);
    for (let i = 0; i < LIT; i++) {
        const light = AMBIENT + ((1 - AMBIENT) * (i + 0.5)) / LIT;
        out[i] = 0xff000000 | ((blue * light) << 16) | ((green * light) << 8) | (red * light);
    }
    return out;
}

export class Raster {
    width = 0;
    height = 0;
    pixels = new Uint32Array(0);
    private depth = new Float32Array(0);
    private owner = new Uint8Array(0);
    private triangle = new Uint32Array(0);
    private overDepth = new Float32Array(0);
    private over = new Uint32Array(0);
    private sx = new Float32Array(0);
    private sy = new Float32Array(0);
    private sz = new Float32Array(0);
    private shade = new Float32Array(0);
    private level = new Float32Array(0);
    private side = new Float32Array(0);
    private camera: Camera | null = null;
    private bodies: readonly Body[] = [];

    private resize(width: number, height: number): void {
        if (width === this.width && height === this.height) return;
        this.width = width;
        this.height = height;
        const size = width * height;
        this.pixels = new Uint32Array(size);
        this.depth = new Float32Array(size);
        this.owner = new Uint8Array(size);
        this.triangle = new Uint32Array(size);
        this.overDepth = new Float32Array(0);
        this.over = new Uint32Array(0);
    }

    private room(vertices: number): void {
        if (this.sx.length >= vertices) return;
        this.sx = new Float32Array(vertices);
        this.sy = new Float32Array(vertices);
        this.sz = new Float32Array(vertices);
        this.shade = new Float32Array(vertices);
        this.level = new Float32Array(vertices);
        this.side = new Float32Array(vertices);
    }

    /* Draws into `pixels`; each yield is a chance to stop. */
    *draw(bodies: readonly Body[], look: Look, camera: Camera, width: number, height: number): Generator<void> {
        this.resize(width, height);
        this.camera = camera;
        this.bodies = bodies;
        this.pixels.fill(0);
        this.depth.fill(Infinity);
        this.triangle.fill(NONE);
        const order = bodies.map((_, b) => b);
        for (const b of order) if (bodies[b]!.opacity >= 1) yield* this.one(b, look, camera, this.pixels, this.depth);
        const glass = order.filter((b) => bodies[b]!.opacity > 0 && bodies[b]!.opacity < 1);
        if (glass.length && !this.over.length) {
            this.over = new Uint32Array(width * height);
            this.overDepth = new Float32Array(width * height);
        }
        for (const b of this.farFirst(glass, camera)) {
            this.overDepth.fill(Infinity);
            yield* this.one(b, look, camera, this.over, this.overDepth);
            this.blend(bodies[b]!.opacity);
        }
    }

    private farFirst(glass: number[], camera: Camera): number[] {
        const depthOf = (b: number): number => {
            const { pos } = this.bodies[b]!;
            let sum = 0;
            let n = 0;
            const stride = 3 * Math.max(1, Math.floor(pos.length / 3 / 500));
            for (let i = 0; i + 2 < pos.length; i += stride, n++)
                sum += dot([pos[i]!, pos[i + 1]!, pos[i + 2]!], camera.frame.n);
            return sum / Math.max(n, 1);
        };
        return [...glass].sort((a, b) => depthOf(b) - depthOf(a));
    }

    private *one(b: number, look: Look, camera: Camera, pixels: Uint32Array, depth: Float32Array): Generator<void> {
        const body = this.bodies[b]!;
        const vertices = body.pos.length / 3;
        this.room(vertices);
        for (let v = 0; v < vertices; v += VERTICES) {
            this.place(body, look, camera, v, Math.min(v + VERTICES, vertices));
            yield;
        }
        for (let t = 0; t < body.tri.length; t += 3 * TRIANGLES) {
            this.fill(b, look, pixels, depth, t, Math.min(t + 3 * TRIANGLES, body.tri.length));
            yield;
        }
    }

    private place(body: Body, look: Look, camera: Camera, from: number, to: number): void {
        const { u, v, n } = camera.frame;
        const s = camera.px_per_mm;
        const [ux, uy, uz] = scale(u, s);
        const [vx, vy, vz] = scale(v, s);
        const [nx, ny, nz] = n;
        const cx = this.width / 2 - s * dot(u, camera.target_mm);
        const cy = this.height / 2 - s * dot(v, camera.target_mm);
        const [lx, ly, lz] = scale(unit(along(along(scale(n, -1), u, -0.35), v, -0.45)), 1 / 127);
        const { pos, normal, value } = body;
        const { sx, sy, sz, shade, level, side } = this;
        for (let i = from, p = 3 * from; i < to; i++, p += 3) {
            const x = pos[p]!;
            const y = pos[p + 1]!;
            const z = pos[p + 2]!;
            sx[i] = cx + ux * x + uy * y + uz * z;
            sy[i] = cy + vx * x + vy * y + vz * z;
            sz[i] = nx * x + ny * y + nz * z;
            shade[i] = lx * normal[p]! + ly * normal[p + 1]! + lz * normal[p + 2]!;
        }
        if (value) {
            const per = 255 / Math.max(look.high - look.low, 1e-9);
            for (let i = from; i < to; i++) {
                const at = (value[i]! - look.low) * per;
                level[i] = at < 0 ? 0 : at > 255 ? 255 : at;
            }
        }
        if (look.clip) {
            const [px, py, pz] = look.clip.normal;
            const d = dot(look.clip.through_mm, look.clip.normal);
            for (let i = from, p = 3 * from; i < to; i++, p += 3)
                side[i] = px * pos[p]! + py * pos[p + 1]! + pz * pos[p + 2]! - d;
        }
    }

    private fill(b: number, look: Look, pixels: Uint32Array, depth: Float32Array, from: number, to: number): void {
        const body = this.bodies[b]!;
        const { sx, sy, sz, shade, level, side, width, height, owner, triangle } = this;
        const { tri } = body;
        const palette = look.palette;
        const coloured = body.value !== null;
        const clipped = look.clip !== null && body.cut;
        const solid = pixels === this.pixels;
        const lit = litColours(body.rgb);
        for (let t = from; t < to; t += 3) {
            const a = tri[t]!;
            const c = tri[t + 1]!;
            const d = tri[t + 2]!;
            const ax = sx[a]!;
            const ay = sy[a]!;
            const bx = sx[c]!;
            const by = sy[c]!;
            const dx = sx[d]!;
            const dy = sy[d]!;
            const area = (bx - ax) * (dy - ay) - (dx - ax) * (by - ay);
            /* what shows its inner side is seen only through a cut */
            if (area === 0 || (area > 0 && !clipped)) continue;
            let x0 = ax < bx ? ax : bx;
            if (dx < x0) x0 = dx;
            let x1 = ax > bx ? ax : bx;
            if (dx > x1) x1 = dx;
            let y0 = ay < by ? ay : by;
            if (dy < y0) y0 = dy;
            let y1 = ay > by ? ay : by;
            if (dy > y1) y1 = dy;
            /* pixels whose middle may lie inside: most small triangles have none */
            if (x1 < 0.5 || y1 < 0.5 || x0 > width || y0 > height) continue;
            let i0 = x0 > 0.5 ? (x0 + 0.5) | 0 : 0;
            if (i0 > 0 && i0 - 0.5 >= x0) i0--;
            let j0 = y0 > 0.5 ? (y0 + 0.5) | 0 : 0;
            if (j0 > 0 && j0 - 0.5 >= y0) j0--;
            const i1 = x1 < width ? (x1 - 0.5) | 0 : width - 1;
            const j1 = y1 < height ? (y1 - 0.5) | 0 : height - 1;
            if (i0 > i1 || j0 > j1) continue;
            let cutting = false;
            if (clipped) {
                const away = +(side[a]! > 0) + +(side[c]! > 0) + +(side[d]! > 0);
                if (away === 3) continue;
                cutting = away > 0;
            }
            const inner = area > 0;
            const inverse = 1 / area;
            /* weights, depth and light are planes over the picture: a step to the right each */
            const w0x = (by - dy) * inverse;
            const w0y = (dx - bx) * inverse;
            const w1x = (dy - ay) * inverse;
            const w1y = (ax - dx) * inverse;
            const px = i0 + 0.5 - dx;
            const py = j0 + 0.5 - dy;
            let left0 = px * w0x + py * w0y;
            let left1 = px * w1x + py * w1y;
            const zd = sz[d]!;
            const za = sz[a]! - zd;
            const zb = sz[c]! - zd;
            const sd = shade[d]!;
            const sa = shade[a]! - sd;
            const sb = shade[c]! - sd;
            for (let j = j0; j <= j1; j++, left0 += w0y, left1 += w1y) {
                let w0 = left0;
                let w1 = left1;
                for (let p = j * width + i0, end = j * width + i1; p <= end; p++, w0 += w0x, w1 += w1x) {
                    if (w0 < -SEAM || w1 < -SEAM || w0 + w1 > 1 + SEAM) continue;
                    const z = zd + w0 * za + w1 * zb;
                    if (z >= depth[p]!) continue;
                    if (cutting && w0 * side[a]! + w1 * side[c]! + (1 - w0 - w1) * side[d]! > 0) continue;
                    depth[p] = z;
                    let light = sd + w0 * sa + w1 * sb;
                    if (inner) light *= -0.6;
                    if (light < 0) light = 0;
                    if (coloured) {
                        const l = AMBIENT + (1 - AMBIENT) * light;
                        const at = 3 * ((w0 * level[a]! + w1 * level[c]! + (1 - w0 - w1) * level[d]! + 0.5) | 0);
                        pixels[p] = 0xff000000 | ((palette[at + 2]! * l) << 16) | ((palette[at + 1]! * l) << 8) | (palette[at]! * l);
                    } else pixels[p] = lit[(light * (LIT - 1)) | 0]!;
                    if (solid) {
                        owner[p] = b;
                        triangle[p] = t;
                    }
                }
            }
        }
    }

    /* Lays `over` on what is there. */
    private blend(opacity: number): void {
        const { pixels, depth, over, overDepth } = this;
        for (let p = 0; p < pixels.length; p++) {
            if (!(overDepth[p]! < depth[p]!)) continue;
            const front = over[p]!;
            const back = pixels[p]!;
            const under = (back >>> 24) / 255;
            const alpha = opacity + under * (1 - opacity);
            const f = opacity / alpha;
            const mix = (shift: number): number =>
                ((front >>> shift) & 0xff) * f + ((back >>> shift) & 0xff) * (1 - f);
            pixels[p] = ((alpha * 255) << 24) | (mix(16) << 16) | (mix(8) << 8) | mix(0);
        }
    }

    /* What was drawn at a pixel of the last picture. */
    pick(x: number, y: number): Hit | null {
        const p = Math.floor(y) * this.width + Math.floor(x);
        const t = this.triangle[p];
        if (!this.camera || t === undefined || t === NONE || x < 0 || x >= this.width) return null;
        const b = this.owner[p]!;
        const body = this.bodies[b]!;
        const corners = [body.tri[t]!, body.tri[t + 1]!, body.tri[t + 2]!] as const;
        const place = this.unproject(x, y, this.depth[p]!);
        return { body: b, place_mm: place, corners, weights: weightsOf(body.pos, corners, place) };
    }

    private unproject(x: number, y: number, depth: number): Vec3 {
        const { frame, target_mm, px_per_mm } = this.camera!;
        const across = along(
            along(target_mm, frame.u, (x - this.width / 2) / px_per_mm),
            frame.v,
            (y - this.height / 2) / px_per_mm,
        );
        return along(across, frame.n, depth - dot(across, frame.n));
    }
}

function weightsOf(pos: Float32Array, corners: readonly [number, number, number], place: Vec3): Vec3 {
    const at = (v: number): Vec3 => [pos[3 * v]!, pos[3 * v + 1]!, pos[3 * v + 2]!];
    const a = at(corners[0]);
    const ab = sub(at(corners[1]), a);
    const ac = sub(at(corners[2]), a);
    const ap = sub(place, a);
    const d00 = dot(ab, ab);
    const d01 = dot(ab, ac);
    const d11 = dot(ac, ac);
    const d20 = dot(ap, ab);
    const d21 = dot(ap, ac);
    const whole = d00 * d11 - d01 * d01;
    if (whole <= 0) return [1, 0, 0];
    const v = (d11 * d20 - d01 * d21) / whole;
    const w = (d00 * d21 - d01 * d20) / whole;
    return [1 - v - w, v, w];
}

/* Half as wide and high, four pixels to one. */
export function halve(pixels: Uint32Array, width: number, height: number): Uint32Array {
    const w = width >> 1;
    const h = height >> 1;
    const out = new Uint32Array(w * h);
    for (let y = 0; y < h; y++)
        for (let x = 0; x < w; x++) {
            const at = 2 * y * width + 2 * x;
            const four = [pixels[at]!, pixels[at + 1]!, pixels[at + width]!, pixels[at + width + 1]!];
            let a = 0;
            let r = 0;
            let g = 0;
            let b = 0;
            for (const one of four) {
                const alpha = one >>> 24;
                a += alpha;
                r += (one & 0xff) * alpha;
                g += ((one >>> 8) & 0xff) * alpha;
                b += ((one >>> 16) & 0xff) * alpha;
            }
            if (a) out[y * w + x] = ((a >> 2) << 24) | ((b / a) << 16) | ((g / a) << 8) | (r / a);
        }
    return out;
}
