// Money is whole numbers.
import { codeOf, isTest, lineOf } from './tree.mjs';

// Geometry of charts, and the reader of JSON, which takes a real only to refuse it.
const mayFloat = /^src\/view\/chart[a-z_]*\.[ch]$|^src\/http\/json\.c$/;

const hits = (path, text, pattern) => [...codeOf(text).matchAll(pattern)]
    .map((hit) => `${path}:${lineOf(codeOf(text), hit.index)}: ${hit[0].trim()}`);

const floats = {
    sentence: 'there is no floating point near money',
    find: (tree) => Object.entries(tree).filter(([path]) => /^src\/.*\.[ch]$/.test(path) && !mayFloat.test(path))
        .flatMap(([path, text]) => [
            ...hits(path, text, /\b(?:float|double)\b|\b(?:strtod|strtof|atof|json_real\w*|json_number_value|sqlite3_column_double)\s*\(/g),
            ...hits(path, text, /(?<![\w.])\d+\.\d+(?![\w.])/g),
        ]),
    bad: [
        { 'src/rooms/x/x.c': 'double total = 0;' },
        { 'src/base/x.c': 'return (int64_t)(minor * 0.1);' },
        { 'src/http/x.c': 'x = strtod(text, NULL);' },
        { 'src/http/x.c': 'x = json_real_value(j);' },
    ],
    good: [{ 'src/rooms/x/x.c': '/* a double entry */ say("0.10 float"); exact_round(e, &out);' }],
};

const postings = {
    sentence: 'only the ledger writes postings, only through ledger_post',
    find: (tree) => Object.entries(tree)
        .filter(([path]) => /^src\/.*\.(c|sql)$/.test(path) && !path.startsWith('src/rooms/ledger/') && !isTest(path))
        .flatMap(([path, text]) => [...text.matchAll(/\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+(?:ledger_)?(?:posting|entry|account_balance)\w*/gi)]
            .map((hit) => `${path}:${lineOf(text, hit.index)}: ${hit[0]}`)),
    bad: [{ 'src/rooms/payout/payout.sql': 'INSERT INTO posting (id) VALUES (1);' }, { 'src/rooms/payout/x.c': '"UPDATE ledger_posting SET"' }],
    good: [{ 'src/rooms/ledger/ledger.sql': 'INSERT INTO posting (id) VALUES (1);', 'src/rooms/payout/payout.sql': 'SELECT 1 FROM posting' }],
};

// Money and audit are answered by another row, never changed: the engine itself must refuse.
const kept = ['ledger', 'audit'];
const guards = {
    sentence: 'tables of money and of the audit refuse UPDATE and DELETE',
    find: (tree) => kept.filter((room) => Object.keys(tree).some((path) => path.startsWith(`src/rooms/${room}/migrations/`))).flatMap((room) => {
        const sql = Object.entries(tree).filter(([path]) => path.startsWith(`src/rooms/${room}/migrations/`)).map(([, text]) => text).join('\n');
        const tables = [...sql.matchAll(/CREATE\s+TABLE\s+(\w+)/gi)].map((hit) => hit[1]);
        const guarded = (table, verb) => new RegExp(`BEFORE\\s+${verb}\\s+(?:OF\\s+[\\w\\s,]+\\s+)?ON\\s+${table}\\b`, 'i').test(sql);
        const core = tables.filter((table) => /posting|entry|audit/.test(table));
        return [
            ...(core.length ? [] : [`${room}: no table of entries was found`]),
            ...core.flatMap((table) => ['UPDATE', 'DELETE'].filter((verb) => !guarded(table, verb)).map((verb) => `${room}: ${table} does not refuse ${verb}`)),
        ];
    }),
    bad: [{ 'src/rooms/ledger/migrations/2026-12-01-1-ledger.sql': 'CREATE TABLE posting (x); CREATE TRIGGER a BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 1); END;' }],
    good: [{ 'src/rooms/ledger/migrations/2026-12-01-1-ledger.sql': 'CREATE TABLE posting (x); CREATE TRIGGER a BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 1); END; CREATE TRIGGER b BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 1); END;' }],
};

export const rules = [floats, postings, guards];
