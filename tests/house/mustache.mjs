// Our Mustache against npm's: random templates and contexts from a seed, the same text out of both.
import mustache from 'mustache';
import { ask, randomFrom } from './probe.mjs';

const names = ['a', 'b', 'c', 'd', 'e_html'];
const texts = ['x', ' ', '  ', '\n', '\r\n', '\t', 'word', 'é€', '"\'', '&', '\n\n', 'a b', '.'];
const values = ['<b>', '"quoted" & \'so\'', 'plain', '', 'ü', '0', ' ', '{{a}}', '<i>markup</i>', '`=/'];

const path = (r) => r.chance(0.25) ? `${r.pick(names)}.${r.pick(names)}${r.chance(0.2) ? `.${r.pick(names)}` : ''}` : r.pick(names);
const isMarkup = (name) => name.endsWith('_html');
const pad = (r, text) => r.chance(0.2) ? ` ${text} ` : text;

function value(r) {
    const name = r.chance(0.1) ? '.' : path(r);
    // Three braces are only for markup: anything else is escaped all the same, unlike npm's.
    if (isMarkup(name) && r.chance(0.5)) return r.chance(0.5) ? `{{{${pad(r, name)}}}}` : `{{&${pad(r, name)}}}`;
    return `{{${pad(r, name)}}}`;
}

function piece(r, depth, parts) {
    const roll = r.below(12);
    if (roll < 4) return r.pick(texts);
    if (roll < 7) return value(r);
    if (roll === 7) return `{{! ${r.pick(['note', 'two\nlines', 'a } b'])} }}`;
    // Something stands before a part: npm's indents parts, ours does not.
    if (roll === 8 && parts.length) return `${r.pick(['x', '\n'])}{{> ${r.pick(parts)}}}`;
    if (depth === 0) return r.pick(texts);
    const name = r.chance(0.08) ? '.' : path(r);
    return `{{${r.chance(0.3) ? '^' : '#'}${pad(r, name)}}}${template(r, depth - 1, parts)}{{/${pad(r, name)}}}`;
}

const template = (r, depth, parts) => Array.from({ length: r.below(5) }, () => piece(r, depth, parts)).join('');
const lineOf = (text) => text.replace(/\r?\n(?=\{\{>)/g, 'x').replace(/\r?\n/g, ' ');

function markup(r) {
    return r.chance(0.1) ? '' : r.pick(values);
}

function context(r, depth) {
    return Object.fromEntries(names.filter(() => r.chance(0.7)).map((name) => [name, isMarkup(name) ? markup(r) : any(r, depth)]));
}

function any(r, depth) {
    const roll = r.below(depth > 0 ? 9 : 5);
    if (roll < 2) return r.pick(values);
    if (roll === 2) return r.below(1000);
    if (roll === 3) return r.chance(0.5);
    if (roll === 4) return r.chance(0.5) ? null : r.pick(values);
    if (roll < 7) return context(r, depth - 1);
    // npm's cannot look a name up inside a null, so lists have none.
    return Array.from({ length: r.below(4) }, () => any(r, depth - 1) ?? 'no null');
}

// Objects and lists cannot be printed; ours prints nothing.
const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => typeof text === 'object' ? '' : String(text).replace(/[&<>"']/g, (letter) => escapes[letter]);

function cases(count) {
    const r = randomFrom(20261201);
    return Array.from({ length: count }, () => {
        const parts = { 't/p': lineOf(template(r, 1, [])) };
        parts['t/q'] = lineOf(template(r, 1, ['t/p'])) + (r.chance(0.5) ? '\n' : '');
        return { parts, main: template(r, 3, ['t/p', 't/q']), view: context(r, 3) };
    });
}

function find({ distort = (text) => text }) {
    const all = cases(process.env.TEST_LONG ? 200000 : 20000);
    const ours = ask(all.map(({ parts, main, view }) => ({ do: 'render', pages: { 't/main': main, ...parts }, view })));
    const printed = ours.filter((text) => text !== '').length;
    const problems = printed < all.length / 2 ? [`only ${printed} of ${all.length} templates printed anything`] : [];
    all.forEach(({ parts, main, view }, i) => {
        const theirs = distort(mustache.render(main, view, parts, { escape }));
        if (ours[i] !== theirs) problems.push(JSON.stringify({ main, parts, view, ours: ours[i], theirs }));
    });
    return problems;
}

export const rules = [{
    sentence: "our Mustache prints what npm's prints",
    find,
    bad: [{ distort: (text) => text.replace('&#39;', "'") }, { distort: (text) => text.replace('\n\n\n', '\n\n') }],
    good: [],
}];
