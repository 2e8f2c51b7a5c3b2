/*
 * node build.mjs OUT -- bundles src/ into OUT: dist/ with hashed names, NOTICE.txt with the
 * licences of what is bundled, sizes.json, and for the server pages.bin (all files, gzip'ed, one
 * behind the other), pages.inc (their table in C) and pages.d (what they were made from).
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? 'dist');
const dist = join(out, 'dist');

const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript; charset=utf-8',
    '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml',
    '.txt': 'text/plain; charset=utf-8',
    '.wasm': 'application/wasm',
    '.json': 'application/json',
};

function compareNames(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

/* The folder of the package that an input belongs to, or null for our own. */
function packageOf(input) {
    const at = input.lastIndexOf('node_modules/');
    if (at < 0) return null;
    const parts = input.slice(at + 13).split('/');
    const name = parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
    return input.slice(0, at + 13) + name;
}

function licenceText(folder) {
    const file = readdirSync(folder)
        .filter((name) => /^(licen[cs]e|copying|notice)/i.test(name))
        .sort(compareNames)[0];
    return file ? readFileSync(join(folder, file), 'utf8').trim() : '';
}

/* Every package of the bundle with its version and the text of its licence. */
function makeNotice(metafile) {
    const folders = new Set();
    for (const input of Object.keys(metafile.inputs)) {
        const folder = packageOf(input);
        if (folder) folders.add(folder);
    }
    const bySubject = new Map();
    for (const folder of [...folders].sort(compareNames)) {
        const about = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
        if (!about.license) throw new Error(`${folder} says no licence`);
        const text = licenceText(join(here, folder)) || `Licence: ${about.license}`;
        const names = bySubject.get(text) ?? [];
        names.push(`${about.name} ${about.version} (${about.license})`);
        bySubject.set(text, names);
    }
    const parts = [...bySubject].map(([text, names]) => `${[...new Set(names)].join('\n')}\n\n${text}\n`);
    return `The pages of Nuwa hold code of these packages.\n\n${parts.join(`\n${'-'.repeat(72)}\n\n`)}`;
}

/* The entry with everything it imports at once: what a person waits for. */
function shellOf(metafile, entry) {
    const seen = new Set([entry]);
    for (const name of seen)
        for (const one of metafile.outputs[name].imports)
            if (one.kind === 'import-statement' && !one.external) seen.add(one.path);
    const style = metafile.outputs[entry].cssBundle;
    if (style) seen.add(style);
    return [...seen];
}

const target = ['chrome100', 'firefox102', 'safari15.4'];

/* `import address from './name.ts?worker'`: a worker, bundled by itself, as a file of its own. */
const workerInputs = new Set();
const workers = {
    name: 'workers',
    setup(outer) {
        outer.onResolve({ filter: /\.ts\?worker$/ }, (args) => ({
            path: resolve(args.resolveDir, args.path.replace(/\.ts\?worker$/, '.js')),
            namespace: 'worker',
        }));
        outer.onLoad({ filter: /./, namespace: 'worker' }, async (args) => {
            const inner = await build({
                absWorkingDir: here,
                entryPoints: [args.path.replace(/\.js$/, '.ts')],
                bundle: true,
                minify: true,
                format: 'iife',
                charset: 'utf8',
                legalComments: 'none',
                target,
                metafile: true,
                write: false,
            });
            for (const name of Object.keys(inner.metafile.inputs)) workerInputs.add(name);
            return { contents: inner.outputFiles[0].contents, loader: 'file' };
        });
    },
};

/* The style of a page that is fetched when it is first opened comes with its code: an own sheet
 * would not be fetched by anybody. */
const ownStyles = {
    name: 'own styles',
    setup(outer) {
        outer.onLoad({ filter: /src\/(plan|print|view)\/.*\.css$/ }, async (args) => {
            const { code } = await transform(readFileSync(args.path, 'utf8'), { loader: 'css', minify: true });
            const contents = `const sheet = document.createElement('style');
                sheet.textContent = ${JSON.stringify(code)};
                document.head.append(sheet);`;
            return { contents, loader: 'js' };
        });
    },
};

const result = await build({
    absWorkingDir: here,
    plugins: [workers, ownStyles],
    entryPoints: ['src/main.tsx'],
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    target,
    jsx: 'automatic',
    outdir: dist,
    entryNames: '[name]-[hash]',
    chunkNames: 'part-[name]-[hash]',
    assetNames: '[name]-[hash]',
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: { '.wasm': 'file', '.svg': 'file', '.png': 'file' },
    external: ['fs', 'path'],
    metafile: true,
    write: false,
    logLevel: 'warning',
});

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });
const files = new Map();
for (const file of result.outputFiles) files.set(basename(file.path), Buffer.from(file.contents));

const outputs = Object.keys(result.metafile.outputs);
const entry = outputs.find((name) => result.metafile.outputs[name].entryPoint === 'src/main.tsx');
const shell = shellOf(result.metafile, entry).map((name) => basename(name));
const icon = readFileSync(join(here, 'src/icon.svg'));
const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`;
files.set(iconName, icon);
files.set('NOTICE.txt', Buffer.from(makeNotice(result.metafile)));
const page = readFileSync(join(here, 'index.html'), 'utf8')
    .replace('{icon}', iconName)
    .replace('{style}', shell.find((name) => name.endsWith('.css')))
    .replace('{script}', basename(entry))
    .replace(
        '{preload}',
        shell
            .filter((name) => name.endsWith('.js') && name !== basename(entry))
            .map((name) => `<link rel="modulepreload" href="/${name}">\n`)
            .join(''),
    );
files.set('index.html', Buffer.from(page));

const packed = [...files].sort(([a], [b]) => compareNames(a, b));
const bodies = [];
const rows = [];
const sizes = { shell_gzip_bytes: 0, all_gzip_bytes: 0, files: {} };
let at = 0;
for (const [name, bytes] of packed) {
    const body = gzipSync(bytes, { level: 9 });
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    const lasting = /-[A-Z0-9]{8}\.[a-z]+$/.test(name);
    writeFileSync(join(dist, name), bytes);
    rows.push(
        `    {"/${name}", "${types[extname(name)] ?? 'application/octet-stream'}", "${etag}", ` +
            `${at}, ${body.length}, ${bytes.length}, ${lasting}},`,
    );
    bodies.push(body);
    at += body.length;
    sizes.files[name] = body.length;
    sizes.all_gzip_bytes += body.length;
    if (shell.includes(name) || name === 'index.html') sizes.shell_gzip_bytes += body.length;
}
writeFileSync(join(out, 'pages.bin'), Buffer.concat(bodies));
writeFileSync(
    join(out, 'pages.inc'),
    `static const struct page pages[] = {\n${rows.join('\n')}\n};\n`,
);
writeFileSync(join(out, 'sizes.json'), `${JSON.stringify(sizes, null, 1)}\n`);
writeFileSync(join(out, 'NOTICE.txt'), files.get('NOTICE.txt'));

const sources = [...Object.keys(result.metafile.inputs), ...workerInputs]
    .filter((name) => !packageOf(name) && existsSync(join(here, name)))
    .concat('index.html', 'src/icon.svg', 'build.mjs', 'package-lock.json', 'tsconfig.json');
const quoted = [...new Set(sources)]
    .sort(compareNames)
    .map((name) => join(here, name).replaceAll(' ', '\\ '));
writeFileSync(join(out, 'pages.d'), `${join(out, 'pages.inc')}: ${quoted.join(' ')}\n`);

const kib = (bytes) => `${(bytes / 1024).toFixed(0)} KiB`;
console.log(
    `pages: ${packed.length} files, ${kib(sizes.all_gzip_bytes)} gzip'ed, the shell ${kib(sizes.shell_gzip_bytes)} ` +
        `(${relative(process.cwd(), out) || '.'})`,
);
