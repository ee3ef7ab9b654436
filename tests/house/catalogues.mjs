// Every word of pages and of C is in every catalogue, translated, with its placeholders and plural forms. What the
// words are is said by tools/words, which reads pages with the compiler's own parser; what fits, by tools/catalogue.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = process.env.BUILD ?? join(dirname(fileURLToPath(import.meta.url)), '../../build');
const languages = ['pl', 'ru'];

function call(program, ...args) {
    const done = spawnSync(join(build, program), args, { encoding: 'utf8' });
    if (done.error) return [`${program}: ${done.error.message}`];
    const said = (done.stdout + done.stderr).trimEnd();
    return done.status === 0 ? [] : said.split('\n');
}

// In a folder of its own, so that samples and the tree are judged the same way.
function find(tree) {
    const folder = mkdtempSync(join(tmpdir(), 'words-'));
    try {
        mkdirSync(join(folder, 'src'));
        for (const [path, text] of Object.entries(tree)) {
            if (!/^(src\/.*(\.[ch]|\/pages\/[^/]*)|po\/[a-z]*\.po)$/.test(path)) continue;
            mkdirSync(join(folder, dirname(path)), { recursive: true });
            writeFileSync(join(folder, path), text);
        }
        const pot = join(folder, 'words.pot');
        const catalogues = languages.map((language) => join(folder, 'po', `${language}.po`));
        const problems = call('src/view/words', pot, folder);
        return (problems.length ? problems : call('tools/catalogue', 'check', pot, ...catalogues))
            .map((line) => line.replaceAll(`${folder}/`, ''));
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

// What is needed of a .po file: its header's rule, told apart by the language.
const rule = {
    pl: (n) => (n === 1 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2),
    ru: (n) => (n % 10 === 1 && n % 100 !== 11 ? 0 : n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2),
    en: (n) => (n === 1 ? 0 : 1),
};

const pluralOf = (header) => new Function('n', `return Number(${header.match(/plural=([^;]*);/)?.[1] ?? 'NaN'})`);

function findRules(tree) {
    return Object.entries(rule).flatMap(([language, wanted]) => {
        const plural = pluralOf(tree[`po/${language}.po`] ?? '');
        const wrong = [...Array(1200).keys()].find((n) => plural(n) !== wanted(n));
        return wrong === undefined ? [] : [`po/${language}.po: the form of ${wrong} is not the program's`];
    });
}

const head = (forms) => `msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=${forms}; plural=0;\\n"\n\n`;
const sample = (path, text, po, forms = 3) => ({ [path]: text, 'po/pl.po': head(forms) + po, 'po/ru.po': head(forms) + po });
const page = (text, po) => sample('src/rooms/x/pages/x.html', text, po);
const source = (text, po) => sample('src/rooms/x/x.c', text, po);
const clicks = '{{#_n count}}{count} click|{{count}} clicks{{/_n}}';
const headers = Object.fromEntries([
    ['en', 'nplurals=2; plural=(n != 1);'],
    ['pl', 'nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);'],
    ['ru', 'nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2);'],
].map(([language, text]) => [`po/${language}.po`, `"Plural-Forms: ${text}\\n"`]));

export const rules = [{
    sentence: 'every word is translated in every catalogue, with its placeholders',
    find,
    bad: [
        page('{{#_}}Words{{/_}}', ''),
        page('{{#_}}Words{{/_}}', 'msgid "Words"\nmsgstr ""\n'),
        page('{{#_}}Words{{/_}}', 'msgctxt "menu"\nmsgid "Words"\nmsgstr "Słowa"\n'),
        page('{{#_}}Hello {name}{{/_}}', 'msgid "Hello {name}"\nmsgstr "Cześć {imię}"\n'),
        page('{{#_}}<b>Hello</b>{{/_}}', 'msgid "<b>Hello</b>"\nmsgstr "<b>Cześć<b>"\n'),
        page('{{#_}}Words{{/_}}', '#, fuzzy\nmsgid "Words"\nmsgstr "Słowa"\n'),
        page(clicks, 'msgid "{count} click"\nmsgid_plural "{count} clicks"\nmsgstr[0] "{count} klik"\nmsgstr[1] ""\nmsgstr[2] ""\n'),
        page('nothing', 'msgid "Old"\nmsgstr "Stare"\n'),
        page('{{#_}}Broken', ''),
        source('const struct err X = { 1, "x", N_("It is\\n"\n    "late."), NULL };', ''),
        source('const struct err X = { 1, "x", "It is late.", NULL };', ''),
        source('str s = _(rq->lang, "Late");', ''),
        source('view_words(v, "title", "Late");', ''),
        source('lang_text(lang, "clock", STR("Late"));', 'msgid "Late"\nmsgstr "x"\n'),
    ],
    good: [
        page('{{#_}}Hello\n   {{name|url}}{{/_}}', 'msgid ""\n"Hello "\n"{name}"\nmsgstr "Cześć {name}"\n'),
        page(clicks, 'msgid "{count} click"\nmsgid_plural "{count} clicks"\nmsgstr[0] "klik"\nmsgstr[1] "{count} kliki"\nmsgstr[2] "{count} klik"\n'),
        source('/* N_("no") */ #x\n"N_(\\"no\\")" f("no"); \'"\' /* " */ // "no', ''),
        source('lang_plural(lang, STR("a"), STR("b" "c"), n); view_words_in(v, "x", "menu", "Open");',
            'msgid "a"\nmsgid_plural "bc"\nmsgstr[0] "x"\nmsgstr[1] "y"\nmsgstr[2] "z"\n\nmsgctxt "menu"\nmsgid "Open"\nmsgstr "Otwórz"\n'),
        sample('src/rooms/x/x_test.c', 'N_("not in tests")', ''),
    ],
}, {
    sentence: "the headers' plural rules are the program's",
    find: findRules,
    bad: [{}, { ...headers, 'po/pl.po': headers['po/ru.po'] }, { ...headers, 'po/en.po': '' }],
    good: [headers],
}];
