/* What tests look at and design on: scans and bones that the program makes, solids by hand. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder, nuwa } from './harness.mjs';

/* The program, run in a folder: gives what it prints. */
export const runIn = (work) => (...line) => execFileSync(nuwa, line, { cwd: work, stdio: 'pipe', encoding: 'utf8' });

/* The scan of a phantom in `work`: the folder scan/dicom, and scan.zip. */
export function scanIn(work, kind, spacing, slice = spacing) {
    runIn(work)('phantom', kind, '-o', 'scan', '--spacing', spacing, '--slice', slice, '--no-truth', '--quiet');
    execFileSync('sh', ['-c', 'cd scan && zip -q -r ../scan.zip dicom'], { cwd: work });
}

/* The surface of a femur, coarse: an STL. */
export function femur() {
    const work = folder();
    const coarse = ['--spacing', '4mm', '--slice', '4mm', '--sigma', '2mm', '--truth-cell', '2mm'];
    runIn(work)('phantom', 'femur', '-o', '.', ...coarse, '--quiet');
    return readFileSync(join(work, 'truth.stl'));
}

/* A box between two corners, as ASCII STL. */
export function block(low, high) {
    const p = (i) => [i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]].join(' ');
    const faces = [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]];
    const text = faces.map((face) => `facet normal 0 0 0\nouter loop\n${face.map((i) => `vertex ${p(i)}\n`).join('')}endloop\nendfacet\n`);
    return `solid block\n${text.join('')}endsolid block\n`;
}

/* A body of revolution about z, of 24 facets, as ASCII STL; `to` moves its places. */
export function spindle(to = (at) => at) {
    const [round, along] = [24, 20];
    const ring = (k, i) => {
        const z = -45 * Math.cos((Math.PI * k) / along);
        const r = 15 * Math.sqrt(Math.max(0, 1 - (z / 45) ** 2)) * (1 + z / 225);
        const angle = (2 * Math.PI * i) / round;
        return to([r * Math.cos(angle), r * Math.sin(angle), z]);
    };
    const faces = [];
    for (let k = 0; k < along; k++)
        for (let i = 0; i < round; i++) {
            const [a, b, c, d] = [ring(k, i), ring(k, (i + 1) % round), ring(k + 1, (i + 1) % round), ring(k + 1, i)];
            if (k > 0) faces.push([a, b, c]);
            if (k + 1 < along) faces.push(k > 0 ? [a, c, d] : [ring(0, 0), c, d]);
            else faces[faces.length - 1][2] = ring(along, 0);
        }
    const text = faces.map((face) => `facet normal 0 0 0\nouter loop\n${face.map((at) => `vertex ${at.map((one) => one.toFixed(5)).join(' ')}\n`).join('')}endloop\nendfacet\n`);
    return `solid spindle\n${text.join('')}endsolid spindle\n`;
}

/* A binary STL with each of its places moved. */
export function stlMoved(stl, to) {
    const out = Buffer.from(stl);
    for (let t = 84; t + 50 <= out.length; t += 50)
        for (let v = t + 12; v < t + 48; v += 12) {
            const at = to([0, 4, 8].map((k) => out.readFloatLE(v + k)));
            at.forEach((one, k) => out.writeFloatLE(one, v + 4 * k));
        }
    return out;
}
