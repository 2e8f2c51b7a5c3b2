/* The worker that renders volumes: squares of eight pixels at once, then four, two, one. */
import { BREATH_MS, breathe } from './breath';
import type { Camera } from './raster';
import type { Voxels } from './slice';
import { Caster, type VolumeLook } from './volume';

export type VolumeWish =
    | { type: 'voxels'; voxels: Voxels }
    | { type: 'draw'; camera: Camera; look: VolumeLook; width: number; height: number; moving: boolean; turn: number };

export interface VolumePicture {
    pixels: Uint32Array;
    width: number;
    height: number;
    turn: number;
    coarse: boolean;
    ms: number;
}

let caster: Caster | null = null;
let newest = 0;

async function draw(wish: Extract<VolumeWish, { type: 'draw' }>): Promise<void> {
    const mine = ++newest;
    const { width, height } = wish;
    const pixels = new Uint32Array(width * height);
    for (const every of wish.moving ? [6] : [4, 2, 1]) {
        const begun = performance.now();
        let since = begun;
        if (!caster) return;
        for (const _ of caster.draw(pixels, width, height, wish.camera, wish.look, every)) {
            if (performance.now() - since < BREATH_MS) continue;
            await breathe();
            if (mine !== newest) return;
            since = performance.now();
        }
        const copy = pixels.slice();
        const answer: VolumePicture = { pixels: copy, width, height, turn: wish.turn, coarse: every > 1, ms: performance.now() - begun };
        (self as unknown as Worker).postMessage(answer, [copy.buffer]);
    }
}

self.onmessage = (event: MessageEvent<VolumeWish>) => {
    if (event.data.type === 'voxels') caster = new Caster(event.data.voxels);
    else void draw(event.data);
};
