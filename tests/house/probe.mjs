// Questions to src/view: see probe.c. All at once, because starting a program is the slow part.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = process.env.BUILD ?? join(dirname(fileURLToPath(import.meta.url)), '../../build');

// Whole numbers of any size: JSON.stringify knows no BigInt.
const json = (value) => typeof value === 'bigint' ? String(value)
    : Array.isArray(value) ? `[${value.map(json)}]`
    : value && typeof value === 'object' ? `{${Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${json(item)}`)}}`
    : JSON.stringify(value);

export function ask(questions) {
    const input = questions.map((question) => json({ lang: 'en', ...question })).join('\n') + '\n';
    const done = spawnSync(join(build, 'tests/house/probe'), { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (done.error || done.status !== 0) throw new Error(`probe: ${done.error?.message ?? (done.stderr || done.signal)}`);
    const answers = done.stdout.trimEnd().split('\n').map((line) => JSON.parse(line));
    if (answers.length !== questions.length) throw new Error(`probe: ${answers.length} answers to ${questions.length} questions`);
    return answers;
}

// The same numbers in every run.
export function randomFrom(seed) {
    const next = () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
    return {
        below: (limit) => Math.floor(next() * limit),
        pick: (list) => list[Math.floor(next() * list.length)],
        chance: (share) => next() < share,
    };
}
