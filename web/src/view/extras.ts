/* What can be laid over the viewer's pictures: a second scan, and the scan as a volume. */
import { Cell } from '../case/cell';
import type { Preset, ScanHead } from './format';
import { askSecond, fuse, type FusedMode, type Motion } from './fused';
import { scale } from './geometry';
import { greys } from './lut';
import { drawPixels } from './quick';
import type { SliceAsk } from './slice';
import type { ScanVoxels } from './source';
import type { Stage } from './stage';
import { levelFor, type VolumePreset } from './volume';
import type { VolumePicture, VolumeWish } from './volume_worker';
import volumeAddress from './volume_worker.ts?worker';

export interface Second {
    head: ScanHead;
    scan: ScanVoxels;
    motion: Motion;
}

const SQUARE = 48; /* px of a checkerboard */

export class Extras {
    readonly second = new Cell<Second | null>(null);
    readonly share = new Cell(0.5);
    readonly mode = new Cell<FusedMode>('blend');
    readonly window = new Cell<Preset>({ name: 'auto', centre: 40, width: 400 });
    /* counts what has come of the second scan */
    readonly arrived = new Cell(0);
    readonly volume = new Cell<VolumePreset | null>(null);
    readonly picture = new Cell<VolumePicture | null>(null);

    private lut = new Uint32Array(65536);
    private lutOf: unknown[] = [];
    private room = new Uint32Array(0);
    private worker: Worker | null = null;
    private sent: unknown = null;
    private turn = 0;
    private asked = false;
    private stops: (() => void)[] = [];

    /* what slices are drawn from: when one changes they are drawn anew */
    get sliceCells() {
        return [this.second, this.share, this.mode, this.window, this.arrived] as const;
    }

    /* Lays the second scan over the first one's pixels. */
    lay(pixels: Uint32Array, ask: SliceAsk, ratio: number): void {
        const second = this.second.get();
        const voxels = second && (second.scan.full?.still ? second.scan.full : second.scan.levels.at(-1));
        if (!second || !voxels) return;
        const window = this.window.get();
        if (this.lutOf[0] !== window || this.lutOf[1] !== second.head) {
            greys(this.lut, window, second.head);
            this.lutOf = [window, second.head];
        }
        if (this.room.length !== pixels.length) this.room = new Uint32Array(pixels.length);
        drawPixels(this.room, voxels, askSecond(second.motion, ask), this.lut, 0);
        fuse(pixels, this.room, ask.width, this.mode.get(), this.share.get(), Math.round(SQUARE * ratio));
    }

    /* ---- the volume ---- */

    /* How coarse the voxels are that it is drawn from; 1: the scan's own. */
    coarseness(stage: Stage): number {
        const level = levelFor(stage.scan.get()?.levels ?? []);
        const grid = stage.grid();
        return level && grid ? Math.max(1, Math.round(grid.dim[0] / level.grid.dim[0])) : 1;
    }

    showVolume(stage: Stage, preset: VolumePreset | null): void {
        this.volume.set(preset);
        if (!preset) {
            this.picture.set(null);
            return;
        }
        stage.pair.set(null); /* the volume has the pane to itself */
        if (!this.worker) {
            this.worker = new Worker(new URL(volumeAddress, import.meta.url));
            this.worker.onmessage = (event: MessageEvent<VolumePicture>) => {
                if (this.volume.get() && event.data.turn === this.turn) this.picture.set(event.data);
            };
            const withClip = (): void => {
                if (stage.clip.get()) this.ask(stage);
            };
            this.stops = [
                ...[stage.camera, stage.clip, stage.moving, stage.arrived, stage.solidShape].map((cell) => cell.listen(() => this.ask(stage))),
                stage.cross.listen(withClip),
                stage.frames.listen(withClip),
            ];
        }
        this.ask(stage);
    }

    private ask(stage: Stage): void {
        if (this.asked || !this.volume.get()) return;
        this.asked = true;
        requestAnimationFrame(() => {
            this.asked = false;
            const preset = this.volume.get();
            const head = stage.scanHead.get();
            const level = levelFor(stage.scan.get()?.levels ?? []);
            const { width, height, ratio } = stage.solidShape.get();
            if (!preset || !head || !level || !width || !height) return;
            if (this.sent !== level) this.send({ type: 'voxels', voxels: level });
            this.sent = level;
            const clip = stage.clip.get();
            const normal = clip && stage.frames.get()[clip.plane].n;
            const camera = stage.camera.get();
            this.send({
                type: 'draw',
                camera: { ...camera, px_per_mm: camera.px_per_mm * ratio },
                look: {
                    preset,
                    slope: head.slope,
                    intercept: head.intercept,
                    clip: clip && normal ? { through_mm: stage.cross.get(), normal: clip.flip ? scale(normal, -1) : normal } : null,
                },
                width,
                height,
                moving: stage.moving.get(),
                turn: ++this.turn,
            });
        });
    }

    private send(wish: VolumeWish): void {
        this.worker?.postMessage(wish);
    }

    close(): void {
        this.worker?.terminate();
        this.stops.forEach((stop) => stop());
    }
}
