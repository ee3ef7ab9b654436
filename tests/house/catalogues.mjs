// Every word of pages and of C is in every catalogue, translated, with its placeholders and plural forms.
import { isTest } from './tree.mjs';

const languages = { pl: 3, ru: 3 };

const unquote = (lines) => lines.map((line) => JSON.parse(line)).join('');

// Map of msgid → { plural, texts, fuzzy }
export function readPo(text) {
    const entries = new Map();
    for (const block of text.split(/\n[ \t]*\n/)) {
        const lines = block.split('\n').filter((line) => !line.startsWith('#~'));
        const parts = {};
        let part;
        for (const line of lines) {
            const [, key, rest] = line.match(/^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)\s+(".*")\s*$/) ?? [];
            if (key) parts[part = key] = [rest];
            else if (part && /^".*"\s*$/.test(line)) parts[part].push(line.trim());
        }
        if (!parts.msgid) continue;
        const texts = Object.keys(parts).filter((key) => key.startsWith('msgstr')).sort().map((key) => unquote(parts[key]));
        entries.set(unquote(parts.msgid), {
            plural: parts.msgid_plural && unquote(parts.msgid_plural), texts, fuzzy: lines.some((line) => /^#,.*fuzzy/.test(line)),
        });
    }
    return entries;
}

// [{ id, plural, path }]
export function wordsOf(tree) {
    const words = [];
    for (const [path, text] of Object.entries(tree)) {
        if (/^src\/.*\/pages\//.test(path)) {
            for (const [, id] of text.matchAll(/\{\{#_\}\}([\s\S]*?)\{\{\/_\}\}/g)) words.push({ id: tidy(id), path });
            for (const [, both] of text.matchAll(/\{\{#_n [^}]*\}\}([\s\S]*?)\{\{\/_n\}\}/g)) {
                const [id, plural] = both.split('|').map(tidy);
                words.push({ id, plural, path });
            }
        } else if (/^src\/.*\.[ch]$/.test(path) && !isTest(path)) {
            for (const [, literal] of text.matchAll(/\bN_\(\s*((?:"(?:\\.|[^"\\])*"\s*)+)\)/g)) words.push({ id: cText(literal), path });
            for (const [, literal] of text.matchAll(/\b_\([^"()]*(?:\([^"()]*\)[^"()]*)*,\s*((?:"(?:\\.|[^"\\])*"\s*)+)\)/g)) words.push({ id: cText(literal), path });
        }
    }
    return words;
}

const tidy = (text) => text.replace(/\s+/g, ' ').trim();
const cText = (literals) => [...literals.matchAll(/"((?:\\.|[^"\\])*)"/g)].map((hit) => JSON.parse(`"${hit[1].replace(/\\'/g, "'")}"`)).join('');
const holes = (text) => [...new Set(text.match(/\{[a-z_0-9]+\}/g) ?? [])].sort().join();

function find(tree) {
    const words = wordsOf(tree);
    return Object.entries(languages).flatMap(([language, forms]) => {
        const path = `po/${language}.po`;
        if (!tree[path]) return words.length ? [`${path} is missing`] : [];
        const entries = readPo(tree[path]);
        return words.flatMap(({ id, plural, path: where }) => {
            const entry = entries.get(id);
            const say = (what) => [`${path}: ${what}: "${id.slice(0, 70)}" (${where})`];
            if (!entry || entry.texts.every((text) => !text)) return say('not translated');
            if (entry.fuzzy) return say('not sure of');
            if (plural && (entry.texts.length !== forms || entry.texts.some((text) => !text))) return say(`not ${forms} plural forms of`);
            if (entry.texts.some((text) => holes(text) !== holes(plural ?? id) && holes(text) !== holes(id))) return say('other placeholders in');
            return [];
        });
    });
}

const page = (text, po) => ({ 'src/rooms/x/pages/x.html': text, 'po/pl.po': po, 'po/ru.po': po });

export const rules = [{
    sentence: 'every word is translated in every catalogue, with its placeholders',
    find,
    bad: [
        page('{{#_}}Words{{/_}}', ''),
        page('{{#_}}Words{{/_}}', 'msgid "Words"\nmsgstr ""\n'),
        page('{{#_}}Hello {name}{{/_}}', 'msgid "Hello {name}"\nmsgstr "Cześć {imię}"\n'),
        page('{{#_}}Words{{/_}}', '#, fuzzy\nmsgid "Words"\nmsgstr "Słowa"\n'),
        page('{{#_n count}}{count} click|{count} clicks{{/_n}}', 'msgid "{count} click"\nmsgid_plural "{count} clicks"\nmsgstr[0] "{count} klik"\nmsgstr[1] ""\nmsgstr[2] ""\n'),
        { 'src/rooms/x/x.c': 'const struct err X = { 1, "x", N_("It is\\n"\n    "late."), NULL };', 'po/pl.po': '', 'po/ru.po': '' },
        { 'src/rooms/x/x.c': 'str s = _(rq->lang, "Late");', 'po/pl.po': '', 'po/ru.po': '' },
    ],
    good: [
        page('{{#_}}Hello\n   {name}{{/_}}', 'msgid ""\n"Hello "\n"{name}"\nmsgstr "Cześć {name}"\n'),
        page('{{#_n count}}{count} click|{count} clicks{{/_n}}', 'msgid "{count} click"\nmsgid_plural "{count} clicks"\nmsgstr[0] "{count} klik"\nmsgstr[1] "{count} kliki"\nmsgstr[2] "{count} klik"\n'),
    ],
}];
