/* The head of a view file (docs/formats/view.md) and what it promises. */
import type { Grid, Vec3 } from './geometry';

export interface ScanLevel extends Grid {
    offset: number;
    bytes: number;
}

export interface Preset {
    name: string;
    centre: number;
    width: number;
}

export interface Remark {
    severity: 'note' | 'warning' | 'refusal';
    code: string;
    zh: string;
    en: string;
}

export interface ScanHead {
    kind: 'scan';
    modality: string;
    unit: string;
    slope: number;
    intercept: number;
    levels: ScanLevel[];
    windows: Preset[];
    remarks: Remark[];
}

export interface ModelLevel {
    vertices: number;
    triangles: number;
    positions: number;
    indices: number;
    maps: Record<string, number>;
}

export interface ModelPart {
    name: string;
    rgba: [number, number, number, number];
    tol_mm: number;
    box_mm: [Vec3, Vec3];
    levels: ModelLevel[];
}

export interface MapRange {
    name: string;
    unit: string;
    min: number;
    p01: number;
    median: number;
    p99: number;
    max: number;
}

export interface ModelHead {
    kind: 'model';
    parts: ModelPart[];
    maps: MapRange[];
}

export type Head = ScanHead | ModelHead;

export const FIRST = 16;
const PAGE = 4096;

/* Of the first 16 bytes: how long the head is; throws when it is no view. */
export function headBytes(first: ArrayBuffer): number {
    const view = new DataView(first);
    const magic = String.fromCharCode(...new Uint8Array(first, 0, 8));
    if (first.byteLength < FIRST || magic !== 'NUWAVIEW') throw new Error('this is no view file');
    if (view.getUint32(8, true) !== 1) throw new Error('this view file is of a newer format');
    return view.getUint32(12, true);
}

/* Where the data begin behind a head of so many bytes. */
export function dataBegin(head: number): number {
    return Math.ceil((FIRST + head) / PAGE) * PAGE;
}
