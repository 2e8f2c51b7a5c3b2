// The plan of guide.json for Manifold: node guide.mjs NODE_MODULES fibula.stl OUT.stl
import { readFileSync, writeFileSync } from 'fs';
import { pathToFileURL } from 'url';
import { join, resolve } from 'path';

const [modules, bone, out] = process.argv.slice(2);
const load = (await import(pathToFileURL(join(resolve(modules), 'manifold-3d', 'manifold.js')).href)).default;
const w = await load();
w.setup();

function readStl(path) {
    const b = readFileSync(path), n = b.readUInt32LE(80);
    const key = new Map(), tri = new Uint32Array(3 * n), vert = [];
    for (let i = 0; i < 3 * n; i++) {
        const o = 84 + Math.floor(i / 3) * 50 + 12 + 12 * (i % 3);
        const p = [0, 4, 8].map((k) => b.readFloatLE(o + k)), h = p.join();
        if (!key.has(h)) {
            key.set(h, vert.length / 3);
            vert.push(...p);
        }
        tri[i] = key.get(h);
    }
    return new w.Manifold(new w.Mesh({ numProp: 3, vertProperties: Float32Array.from(vert), triVerts: tri }));
}

const { Manifold } = w;
const box = (min, max) => Manifold.cube(max.map((v, k) => v - min[k])).translate(min);
const bar = (z, r, from, to) =>
    Manifold.cylinder(to - from, r, r, 96).rotate([0, 90, 0]).translate([from, 118, z]);
const body = Manifold.union([
    box([160, 100, 1060], [196, 140, 1120]), bar(1080, 4, 160, 210), bar(1100, 4, 160, 210)]);
const guide = Manifold.difference([
    body, readStl(bone), bar(1080, 1.25, 150, 220), bar(1100, 1.25, 150, 220),
    box([150, 105, 1069.5], [220, 135, 1070.5]), box([150, 105, 1109.5], [220, 135, 1110.5])]);

const m = guide.getMesh(), n = guide.numTri(), stl = Buffer.alloc(84 + 50 * n);
stl.writeUInt32LE(n, 80);
for (let i = 0; i < 3 * n; i++)
    for (let k = 0; k < 3; k++)
        stl.writeFloatLE(m.vertProperties[m.triVerts[i] * m.numProp + k],
            84 + Math.floor(i / 3) * 50 + 12 + 12 * (i % 3) + 4 * k);
writeFileSync(out, stl);
console.log(`status ${guide.status()}, ${n} triangles, ${guide.volume().toFixed(1)} mm3`);
