// Words that must not appear in the tree, and lists that must be in order.
import { lineOf } from './tree.mjs';

// Put together from parts, so that this file does not name them.
const join = (...parts) => parts.join('');
const hosts = [join('registry.', 'npmjs'), join('deb.', 'debian.org'), join('security.', 'debian.org'), join('registry.', 'yarnpkg'), join('pypi.', 'org'), join('proxy.', 'golang')];
const places = [join('/wo', 'rk/'), join('/fa', 'rm'), join('/ro', 'ot/'), join('/ho', 'me/'), join('farm-', 'studio')];

// A place at the beginning of a path only: "src/…" may have folders of any name.
const pattern = new RegExp([...hosts, ...places.map((place) => `(?<![\\w.}$*)])${place}`)].join('|'), 'g');

const noPlaces = {
    sentence: "no file names a machine's folders or a registry's host",
    find: (tree) => Object.entries(tree).flatMap(([path, text]) =>
        [...text.matchAll(pattern)].map((hit) => `${path}:${lineOf(text, hit.index)}: ${hit[0]}`)),
    bad: [{ 'docs/X.md': `see ${places[0]}x` }, { 'package-lock.json': `"resolved": "https://${hosts[0]}.org/x"` }, { 'run': `curl ${places[1]}` }],
    good: [{ 'docs/X.md': 'see src/workers/x and the homework' }],
};

const noDebts = {
    sentence: 'debts are honest: NEEDSWORK with a reason, nothing else',
    find: (tree) => Object.entries(tree).filter(([path]) => /^(src|tools|tests|bench)\//.test(path) && !path.startsWith('tests/house/'))
        .flatMap(([path, text]) => [...text.matchAll(/\b(TODO|FIXME|XXX|HACK)\b(?!")|NEEDSWORK(?!: \w)/g)]
            .filter((hit) => !(hit[1] === 'XXX' && text[hit.index - 1] === 'X'))
            .map((hit) => `${path}:${lineOf(text, hit.index)}: ${hit[0]}`)),
    bad: [{ 'src/base/x.c': '/* TODO: later */' }, { 'src/base/x.c': '/* NEEDSWORK */' }],
    good: [{ 'src/base/x.c': '/* NEEDSWORK: the reason */ mkdtemp("/tmp/x-XXXXXX"); "XXX"' }],
};

const packages = {
    sentence: 'package lists are sorted plain names, npm versions are exact',
    find: (tree) => [
        ...Object.entries(tree).filter(([path]) => /^packages\/.*\.txt$/.test(path)).flatMap(([path, text]) => {
            const lines = text.trimEnd().split('\n');
            return [
                ...lines.filter((line) => !/^[a-z0-9][a-z0-9.+-]*$/.test(line)).map((line) => `${path}: not a package name: "${line}"`),
                ...([...lines].sort().join() === lines.join() ? [] : [`${path}: not sorted`]),
                ...(new Set(lines).size === lines.length ? [] : [`${path}: something twice`]),
            ];
        }),
        ...Object.entries(tree).filter(([path]) => path === 'package.json').flatMap(([, text]) => {
            const { dependencies = {}, devDependencies = {} } = JSON.parse(text);
            return Object.entries({ ...dependencies, ...devDependencies })
                .filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)).map(([name, version]) => `package.json: ${name} ${version} is not exact`);
        }),
    ],
    bad: [{ 'packages/base.txt': 'zlib1g-dev\ngcc\n' }, { 'packages/base.txt': 'gcc # compiler\n' }, { 'package.json': '{"dependencies":{"x":"^1.0.0"}}' }],
    good: [{ 'packages/base.txt': 'gcc\nzlib1g-dev\n', 'package.json': '{"dependencies":{"x":"1.0.0"}}' }],
};

// What is written into the trail of changes, as rooms name it: `.action = x ? "noun.verb" : …`, `audit(db, m, "noun.verb"…`.
const actionsOf = (text) => [...text.matchAll(/(?:\.action = |\baudit\(db, |\bactions\[\] = )[^;]*?(?:,\n|;|\)\n)/g)]
    .flatMap((hit) => [...hit[0].matchAll(/"([a-z]+\.[a-z_]+)"/g)].map((word) => ({ action: word[1], index: hit.index })));

const trailInWords = {
    sentence: 'what the audit log may say has words in audit_words.c',
    find: (tree) => {
        const known = new Set([...(tree['src/rooms/audit/audit_words.c'] ?? '').matchAll(/\{ "([a-z]+\.[a-z_]+)",/g)].map((hit) => hit[1]));
        return Object.entries(tree).filter(([path]) => /^src\/.*\.c$/.test(path) && !path.endsWith('_test.c'))
            .flatMap(([path, text]) => actionsOf(text).filter(({ action }) => !known.has(action))
                .map(({ action, index }) => `${path}:${lineOf(text, index)}: ${action}`));
    },
    bad: [{ 'src/rooms/x/x.c': 'e.action = is_new ? "x.create" : "x.change",\n' }, { 'src/rooms/x/x.c': 'return audit(db, m, "x.create", NULL);' }],
    good: [{ 'src/rooms/x/x.c': '.action = "x.create",\n.object = "b.c",\n', 'src/rooms/audit/audit_words.c': '    { "x.create", N_("Made") },' }],
};

export const rules = [noPlaces, noDebts, packages, trailInWords];
