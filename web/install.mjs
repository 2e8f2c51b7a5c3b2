/*
 * node install.mjs NPM -- node_modules as package-lock.json says; does nothing when they are
 * already so, so that all presets share them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';

const here = dirname(fileURLToPath(import.meta.url));
const npm = process.argv[2] ?? 'npm';
const stamp = join(here, 'node_modules/.stamp');
const wanted = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .update(process.platform + process.arch)
    .digest('hex');
const found = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
if (found !== wanted) {
    const run = spawnSync(npm, ['ci', '--prefer-offline', '--no-progress', '--loglevel=error'], {
        cwd: here,
        stdio: ['ignore', 'ignore', 'inherit'],
    });
    if (run.status !== 0) {
        console.error(
            'web: npm could not install the packages of web/package-lock.json; without a registry ' +
                'configure with -DNW_WEB=OFF: the server then has no pages',
        );
        process.exit(1);
    }
    writeFileSync(stamp, wanted);
}
