// The sources as { path: text }, and what the rules share.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join, relative, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const generated = /^(build|node_modules|data|\.cache|\.git)/;
const binary = /\.(png|jpe?g|webp|ico|woff2|gz|br|db|pdf|zip)$|^tests\/fuzz\/corpus\//;

function walk(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
        const path = join(folder, entry.name);
        if (generated.test(relative(root, path))) return [];
        return entry.isDirectory() ? walk(path) : [relative(root, path)];
    });
}

function names() {
    try {
        const listed = execFileSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
            { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 26 });
        return listed.toString().split('\0').filter(Boolean);
    } catch {
        return walk(root); // an unpacked archive
    }
}

export function readTree() {
    const tree = {};
    for (const path of names()) {
        if (binary.test(path) || !existsSync(join(root, path))) continue;
        try {
            tree[path] = readFileSync(join(root, path), 'utf8');
        } catch {
            // a link into somewhere else
        }
    }
    return tree;
}

// Blanks comments, texts and characters, keeping lines, so that rules see code only.
export function codeOf(c) {
    return c.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g,
        (hit) => (hit[0] === '"' ? '""' : '') + hit.replace(/[^\n]/g, ''));
}

export const isC = (path) => /^(src|tools)\/.*\.[ch]$/.test(path);
export const isTest = (path) => /_test\.c$|_testing\.[ch]$|\/test[a-z_]*\.[ch]$/.test(path);
export const lineOf = (text, index) => text.slice(0, index).split('\n').length;

// "rooms/coupon" → { floor: 'rooms', room: 'coupon' }
export function placeOf(path) {
    const [, floor, room] = path.match(/^src\/([a-z]+)\/(?:([a-z]+)\/)?/) ?? [];
    return { floor, room: floor === 'rooms' ? room : undefined };
}

// The rooms from left to right: the list in the root's meson.build.
export const rooms = [...readFileSync(join(root, 'meson.build'), 'utf8').match(/^rooms = \[([^\]]*)\]/m)[1].matchAll(/'([a-z]+)'/g)]
    .map((hit) => hit[1]);

export const isLeftOf = (a, b) => {
    const [left, right] = [rooms.indexOf(a), rooms.indexOf(b)];
    return right < 0 ? left >= 0 : left >= 0 && left < right; // a new room stands at the right end
};
