// Runs every rule: first on its own samples of what it forbids and what it allows, then on the tree.
import { readTree } from './tree.mjs';
import * as includes from './includes.mjs';
import * as sql from './sql.mjs';
import * as money from './money.mjs';
import * as words from './words.mjs';
import * as pages from './pages.mjs';
import * as catalogues from './catalogues.mjs';
import * as mustache from './mustache.mjs';
import * as formats from './formats.mjs';

let count = 0;

function report(ok, sentence, problems = []) {
    console.log(`${ok ? 'ok' : 'not ok'} ${++count} - ${sentence}`);
    for (const problem of problems.slice(0, 50)) console.log(`#   ${problem}`);
    if (problems.length > 50) console.log(`#   and ${problems.length - 50} more`);
    if (!ok) process.exitCode = 1;
}

// A rule: { sentence, find(tree) → [problem], bad: [tree…], good: [tree…] }. A tree is { path: text }.
function run(rule, tree) {
    const missed = (rule.bad ?? []).filter((sample) => rule.find(sample).length === 0);
    const blamed = (rule.good ?? []).flatMap((sample) => rule.find(sample));
    if (rule.bad) {
        report(missed.length === 0 && blamed.length === 0, `the rule bites: ${rule.sentence}`, [
            ...missed.map((sample) => `not noticed: ${JSON.stringify(sample)}`),
            ...blamed.map((problem) => `wrongly blamed: ${problem}`),
        ]);
    }
    const problems = rule.find(tree);
    report(problems.length === 0, rule.sentence, problems);
}

const tree = readTree();
for (const group of [includes, sql, money, words, pages, catalogues, mustache, formats]) {
    for (const rule of group.rules) run(rule, tree);
}
console.log(`1..${count}`);
