// Statements and migrations: who owns a table, and that the engine takes every statement.
import { DatabaseSync } from 'node:sqlite';
import { placeOf, isLeftOf } from './tree.mjs';

const isMigration = (path) => /^src\/(?:rooms\/)?[a-z]+\/migrations\/[^/]+\.sql$/.test(path);
const isStatements = (path) => /^src\/(?:rooms\/)?[a-z]+\/[a-z_]+\.sql$/.test(path);
const ownerOf = (path) => placeOf(path).room ?? placeOf(path).floor;

const bare = (sql) => sql.replace(/--[^\n]*/g, '').replace(/'(?:''|[^'])*'/g, "''");

const tokens = { key: 'INTEGER PRIMARY KEY', int: 'INTEGER', blob: 'BLOB', strict: 'STRICT', by_key: 'STRICT, WITHOUT ROWID', skip_locked: '' };
const forSqlite = (sql) => sql.replace(/\{\{(\w+)\}\}/g, (hit, name) => tokens[name] ?? hit);

// Of a migration, what its parts "-- @sqlite", "-- @postgres" and "-- @both" leave for SQLite.
function partsForSqlite(sql) {
    let ours = true;
    return sql.split('\n').filter((line) => {
        const [, engine] = line.match(/^\s*--\s*@(sqlite|postgres|both)\s*$/) ?? [];
        if (engine) ours = engine !== 'postgres';
        return ours && !engine;
    }).join('\n');
}

// [{ name, engine, sql }]
function statementsOf(text) {
    return text.split(/^-- name:[ \t]*/m).slice(1).map((part) => {
        const [head, ...lines] = part.split('\n');
        const [, name, engine] = head.match(/^(\w+)(?:\s+@(\w+))?/) ?? [];
        return { name, engine, sql: lines.join('\n') };
    });
}

function made(text, kind) {
    return [...bare(text).matchAll(new RegExp(`CREATE\\s+${kind}\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(\\w+)`, 'gi'))]
        .map((hit) => hit[1].toLowerCase());
}

function owners(tree) {
    const owner = new Map();
    for (const [path, text] of Object.entries(tree))
        if (isMigration(path)) for (const table of [...made(text, 'TABLE'), ...made(text, 'VIEW')]) owner.set(table, ownerOf(path));
    return owner;
}

function written(sql) {
    const hits = bare(sql).matchAll(
        /\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|REPLACE\s+INTO|DELETE\s+FROM|(?<!DO\s|FOR\s|ON\s|BEFORE\s|AFTER\s)UPDATE(?:\s+OR\s+\w+)?|ALTER\s+TABLE|DROP\s+TABLE(?:\s+IF\s+EXISTS)?)\s+(\w+)/gi);
    return [...hits].map((hit) => hit[1].toLowerCase()).filter((table) => table !== 'of' && table !== 'on');
}

function read(sql) {
    const lists = bare(sql).matchAll(/\b(?:FROM|JOIN)\s+((?:\w+(?:\s+(?:AS\s+)?\w+)?\s*,\s*)*\w+)/gi);
    return [...lists].flatMap((hit) => hit[1].split(',').map((part) => part.trim().split(/\s/)[0].toLowerCase()));
}

// The table of a migration's CREATE TRIGGER … ON table or CREATE INDEX … ON table.
function attached(sql) {
    return [...bare(sql).matchAll(/CREATE\s+(?:UNIQUE\s+)?(?:TRIGGER|INDEX)[\s\S]*?\bON\s+(\w+)/gi)].map((hit) => hit[1].toLowerCase());
}

const ownership = {
    sentence: "a room's SQL writes only its own tables",
    find: (tree) => {
        const owner = owners(tree);
        return Object.entries(tree).filter(([path]) => isStatements(path) || isMigration(path)).flatMap(([path, text]) => {
            const tables = isMigration(path) ? [...written(text), ...attached(text)] : written(text);
            return tables.filter((table) => owner.has(table) && owner.get(table) !== ownerOf(path))
                .map((table) => `${path}: writes ${table}, which belongs to ${owner.get(table)}`);
        });
    },
    bad: [
        "INSERT INTO coupon (id) VALUES (1)", 'UPDATE coupon SET id = 1', 'DELETE FROM coupon', 'INSERT OR IGNORE INTO coupon VALUES (1)',
    ].map((sql) => ({
        'src/rooms/coupon/migrations/2026-12-01-1-coupon.sql': 'CREATE TABLE coupon (id {{key}}) {{strict}};',
        'src/rooms/link/link.sql': `-- name: link_x\n${sql};`,
    })).concat([{
        'src/rooms/coupon/migrations/2026-12-01-1-coupon.sql': 'CREATE TABLE coupon (id {{key}}) {{strict}};',
        'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TRIGGER x BEFORE UPDATE ON coupon BEGIN SELECT 1; END;',
    }]),
    good: [{
        'src/rooms/coupon/migrations/2026-12-01-1-coupon.sql': 'CREATE TABLE coupon (id {{key}}) {{strict}};\nCREATE TRIGGER t BEFORE UPDATE ON coupon BEGIN SELECT RAISE(ABORT, \'no\'); END;',
        'src/rooms/coupon/coupon.sql': "-- name: coupon_x\nINSERT INTO coupon (id) VALUES (1) ON CONFLICT (id) DO UPDATE SET id = 2;",
        'src/rooms/click/click.sql': "-- name: click_x\nSELECT 'DELETE FROM coupon' FROM coupon;",
    }],
};

const neighbours = {
    sentence: "a room's SQL reads only its own tables and those to its left",
    find: (tree) => {
        const owner = owners(tree);
        return Object.entries(tree).filter(([path]) => isStatements(path)).flatMap(([path, text]) =>
            [...new Set(read(text))]
                .filter((table) => owner.has(table) && owner.get(table) !== ownerOf(path))
                .filter((table) => !placeOf(path).room || !isLeftOf(owner.get(table), placeOf(path).room))
                .map((table) => `${path}: reads ${table} of ${owner.get(table)}, which does not stand to the left`));
    },
    bad: ['SELECT 1 FROM click', 'SELECT 1 FROM link l JOIN click c ON c.id = l.id', 'SELECT 1 FROM link, click'].map((sql) => ({
        'src/rooms/click/migrations/2026-12-01-1-click.sql': 'CREATE TABLE click (id {{key}}) {{strict}};',
        'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id {{key}}) {{strict}};',
        'src/rooms/link/link.sql': `-- name: link_x\n${sql};`,
    })),
    good: [{
        'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id {{key}}) {{strict}};',
        'src/rooms/click/click.sql': '-- name: click_x\nSELECT 1 FROM link;',
    }],
};

function prepare(tree) {
    const problems = [];
    const db = new DatabaseSync(':memory:');
    // The table of migrations itself is made in C, before there can be migrations.
    const [, first] = tree['src/store/migrate.c']?.match(/"(CREATE TABLE migration \((?:[^;]|"\s*")*)"\s*;/) ?? [];
    if (first) db.exec(forSqlite(first).replace(/"\s*"/g, ''));
    const migrations = Object.entries(tree).filter(([path]) => isMigration(path))
        .sort(([a], [b]) => (a.split('/').pop() < b.split('/').pop() ? -1 : 1));
    for (const [path, text] of migrations) {
        try {
            db.exec(forSqlite(partsForSqlite(text)));
        } catch (error) {
            problems.push(`${path}: ${error.message}`);
        }
    }
    for (const [path, text] of Object.entries(tree)) {
        if (!isStatements(path)) continue;
        for (const { name, engine, sql } of statementsOf(text)) {
            if (engine === 'postgres') continue;
            try {
                db.prepare(forSqlite(sql));
            } catch (error) {
                problems.push(`${path}: ${name}: ${error.message}`);
            }
        }
    }
    db.close();
    return problems;
}

// Rules for PostgreSQL's relatives (Citus, YugabyteDB, CockroachDB), so that the database may be sharded one day.
const banned = [
    [/\bpg_(?:try_)?advisory/i, 'advisory locks are a preview elsewhere: lease a row'],
    [/(?<!\{\{)\bSKIP\s+LOCKED\b/i, 'only as {{skip_locked}}, beside a state that is looked at again'],
    [/\bLISTEN\b/i, 'a statement cannot listen: a session may be another\'s'],
    [/\b(?:DEFERRABLE|INHERITS|EXCLUDE\s+USING)\b/i, 'not there, or half there, elsewhere'],
    [/\bON\s+\w+\s*\([^)]*\)\s*INCLUDE\b/i, 'covering indexes are not there on all'],
    [/\b(?:BIG|SMALL)?SERIAL\b|\bGENERATED\s+(?:ALWAYS|BY\s+DEFAULT)\s+AS\s+IDENTITY|\bAUTOINCREMENT\b|\bnextval\s*\(|\bCREATE\s+SEQUENCE\b/i, 'sequences are hot: ids are made by the program'],
    [/\bAS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(\s*(?:INSERT|UPDATE|DELETE)\b/i, 'several writes in one statement: separate statements in one transaction'],
    [/\b(?:JSONB|TIMESTAMPTZ?|DOUBLE\s+PRECISION|REAL|FLOAT\d?)\b/i, 'types that are another on each: integers and text'],
    [/\b(?:TEMP|TEMPORARY)\s+TABLE\b/i, 'a session may be another\'s'],
];

const portable = {
    sentence: 'no SQL that PostgreSQL\'s relatives lack',
    find: (tree) => Object.entries(tree).filter(([path]) => isStatements(path) || isMigration(path)).flatMap(([path, text]) =>
        banned.filter(([pattern]) => pattern.test(bare(text))).map(([pattern, why]) => `${path}: ${bare(text).match(pattern)[0]}: ${why}`)),
    bad: [
        'SELECT pg_advisory_xact_lock(1);', 'SELECT id FROM job FOR UPDATE SKIP LOCKED;', 'LISTEN news;', 'CREATE TABLE a (b {{int}} REFERENCES c DEFERRABLE);',
        'CREATE INDEX a ON b (c) INCLUDE (d);', 'CREATE TABLE a (id BIGSERIAL);', 'SELECT nextval(1);', 'WITH gone AS (DELETE FROM a RETURNING id) SELECT id FROM gone;',
        'CREATE TABLE a (b JSONB);', 'CREATE TABLE a (b double  precision);', 'CREATE TEMP TABLE a (b {{int}});',
    ].map((sql) => ({ 'src/rooms/link/migrations/2026-12-01-1-link.sql': sql })).concat([{ 'src/rooms/link/link.sql': '-- name: link_x\nSELECT id FROM job FOR UPDATE skip locked;' }]),
    good: [
        { 'src/rooms/link/link.sql': "-- name: link_x\n-- LISTEN to JSONB and SERIAL killers\nSELECT id FROM job WHERE kind = 'SKIP LOCKED' FOR UPDATE {{skip_locked}};" },
        { 'src/rooms/link/link.sql': '-- name: link_y\nWITH old AS (SELECT id FROM a) DELETE FROM a WHERE id IN (SELECT id FROM old);' },
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (really {{int}}, included {{int}}, listened {{int}}) {{strict}};' },
    ],
};

const prepares = {
    sentence: 'all migrations run in order and every statement prepares on SQLite',
    find: prepare,
    bad: [
        { 'src/rooms/link/link.sql': '-- name: link_x\nSELECT nothing FROM nowhere;' },
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id NONSENSE) {{strict}};' },
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': '-- @postgres\nSELECT 1;\n-- @sqlite\nNONSENSE;' },
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id {{key}}) {{strict}};', 'src/rooms/link/link.sql': '-- name: link_x\nSELECT "text" FROM link;' },
    ],
    good: [
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id {{key}}) {{strict}};', 'src/rooms/link/link.sql': '-- name: link_x\nSELECT id FROM link WHERE id = :id;' },
        { 'src/rooms/link/migrations/2026-12-01-1-link.sql': 'CREATE TABLE link (id {{key}}) {{strict}};\n-- @postgres\nNOT FOR US;\n-- @both' },
    ],
};

const tables = {
    sentence: 'tables are strict, and hold money and time as whole numbers',
    find: (tree) => Object.entries(tree).filter(([path]) => isMigration(path)).flatMap(([path, text]) => {
        const problems = [];
        for (const [, name, body, end] of bare(text).matchAll(/CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s*\(([\s\S]*?)\n?\)\s*([^;]*);/gi)) {
            if (!/strict|\{\{by_key\}\}/i.test(end)) problems.push(`${path}: ${name} is not {{strict}}`);
            if (/\b(REAL|FLOAT|DOUBLE|NUMERIC|DECIMAL)\b/i.test(body)) problems.push(`${path}: ${name} has a column of floats`);
            for (const [, column, type] of body.matchAll(/^\s*(\w+_at)\s+(\S+?),?\s/gim))
                if (!/^(\{\{int\}\}|INTEGER|BIGINT)$/i.test(type)) problems.push(`${path}: ${name}.${column} is not a whole number`);
        }
        return problems;
    }),
    bad: [
        { 'src/rooms/x/migrations/2026-12-01-1-x.sql': 'CREATE TABLE x (\n    id {{key}}\n);' },
        { 'src/rooms/x/migrations/2026-12-01-1-x.sql': 'CREATE TABLE x (\n    price REAL\n) {{strict}};' },
        { 'src/rooms/x/migrations/2026-12-01-1-x.sql': 'CREATE TABLE x (\n    made_at TEXT NOT NULL\n) {{strict}};' },
    ],
    good: [
        { 'src/rooms/x/migrations/2026-12-01-1-x.sql': "CREATE TABLE x (\n    id {{key}},\n    s TEXT CHECK (s IN ('REAL')),\n    made_at {{int}} NOT NULL\n) {{strict}};" },
        { 'src/rooms/x/migrations/2026-12-01-1-x.sql': 'CREATE TABLE x (\n    a {{int}} NOT NULL,\n    PRIMARY KEY (a)\n) {{by_key}};' },
    ],
};

// What one of PostgreSQL, Citus, YugabyteDB and CockroachDB lacks, or does otherwise than the others.
const nowhere = [
    [/\bpg_(?:try_)?advisory/i, 'an advisory lock: lease a row'],
    [/\bDEFERRABLE\b|\bDEFERRED\b/i, 'a deferrable constraint'],
    [/\bEXCLUDE\s+(?:USING|\()/i, 'an exclusion constraint'],
    [/\bINHERITS\s*\(/i, 'inheritance'],
    [/\)\s*INCLUDE\s*\(/i, 'an index that includes columns'],
    [/\b(?:BIG|SMALL)?SERIAL\b|\bnextval\s*\(|\bIDENTITY\b|\bAUTOINCREMENT\b/i, 'a sequence: the program makes ids'],
    [/\bPARTITION\s+OF\b|\)\s*PARTITION\s+BY\b/i, 'a partition: an operator\'s command makes them'],
    [/\b(?:NOTIFY|LISTEN)\b/i, 'a wake-up: the store sends them'],
    [/\bAS\s*\(\s*(?:INSERT|UPDATE|DELETE)\b/i, 'a write inside WITH'],
    [/\bTRUNCATE\b/i, 'TRUNCATE'],
    [/\bINSERT\s+OR\b|\bREPLACE\s+INTO\b|\browid\b|\bPRAGMA\b|\bGLOB\b|\bifnull\s*\(/i, 'SQLite alone'],
];

const everywhere = {
    sentence: 'statements and migrations use nothing that a relative of PostgreSQL lacks',
    find: (tree) => Object.entries(tree).filter(([path]) => isStatements(path) || isMigration(path)).flatMap(([path, text]) =>
        nowhere.filter(([word]) => word.test(bare(text))).map(([, what]) => `${path}: ${what}`)),
    bad: [
        'SELECT pg_advisory_xact_lock(1)', 'CREATE TABLE x (id {{key}} REFERENCES y (id) DEFERRABLE) {{strict}}', 'CREATE TABLE x (EXCLUDE USING gist (a WITH =)) {{strict}}',
        'CREATE TABLE x () INHERITS (y) {{strict}}', 'CREATE INDEX i ON x (a) INCLUDE (b)', 'CREATE TABLE x (id BIGSERIAL) {{strict}}', "SELECT nextval('x')",
        'CREATE TABLE x (id {{key}}) PARTITION BY RANGE (id)', "SELECT 1; NOTIFY x", 'WITH gone AS (DELETE FROM x RETURNING id) SELECT id FROM gone', 'TRUNCATE x',
        'INSERT OR IGNORE INTO x VALUES (1)', 'SELECT rowid FROM x', 'SELECT ifnull(a, 0) FROM x',
    ].map((sql) => ({ 'src/rooms/x/migrations/2026-12-01-1-x.sql': `${sql};` })),
    good: [{
        'src/rooms/x/x.sql': "-- name: x_a\nSELECT sum(a) OVER (PARTITION BY b) FROM x;\n-- name: x_b\n-- never rowid\nSELECT 'TRUNCATE', coalesce(a, 0) FROM x;",
    }],
};

// Citus wants the column by which rows are spread in every key; the clicks are what may grow too large for one server.
const spread = {
    sentence: 'the rows of click can be spread over servers by their id alone',
    find: (tree) => Object.entries(tree).filter(([path]) => isStatements(path) || isMigration(path)).flatMap(([path, text]) => {
        const sql = bare(text);
        const body = sql.match(/CREATE\s+TABLE\s+click\s*\(([\s\S]*?)\n?\)\s*[^;()]*;/i)?.[1] ?? '';
        const put = [...sql.matchAll(/INSERT\s+INTO\s+click\b[^;]*\bON\s+CONFLICT\s*(\([^)]*\))?/gi)];
        return [
            ...(/\bREFERENCES\s+click\b/i.test(sql) ? [`${path}: refers to click`] : []),
            ...(/\b(?:REFERENCES|UNIQUE)\b|\bPRIMARY\s+KEY\s*\(/i.test(body) ? [`${path}: click has another key than its id, or refers to another table`] : []),
            ...(/CREATE\s+UNIQUE\s+INDEX\s+\w+\s+ON\s+click\b/i.test(sql) ? [`${path}: click has another key than its id`] : []),
            ...put.filter(([, columns]) => !/^\(\s*id\s*\)$/i.test(columns ?? '')).map(() => `${path}: a click is known by something else than its id`),
        ];
    }),
    bad: [
        'CREATE TABLE x (click_id {{int}} REFERENCES click (id)) {{strict}};', 'CREATE TABLE click (id {{key}}, link_id {{int}} REFERENCES link (id)) {{strict}};',
        'CREATE TABLE click (a {{int}}, b {{int}}, PRIMARY KEY (a, b)) {{by_key}};', 'CREATE TABLE click (id {{key}}, token TEXT UNIQUE) {{strict}};',
        'CREATE UNIQUE INDEX click_x ON click (link_id);', 'INSERT INTO click (id) VALUES (1) ON CONFLICT DO NOTHING;', 'INSERT INTO click (id) VALUES (1) ON CONFLICT (link_id) DO NOTHING;',
    ].map((sql) => ({ 'src/rooms/click/migrations/2026-12-01-1-click.sql': sql })),
    good: [{ 'src/rooms/click/migrations/2026-12-01-1-click.sql': 'CREATE TABLE click (id {{key}}, b {{int}}) {{strict}};\nCREATE TABLE other (id {{key}}, c TEXT UNIQUE) {{strict}};\nINSERT INTO click (id) VALUES (1) ON CONFLICT (id) DO NOTHING;' }],
};

const names = {
    sentence: 'migrations are dated and never two of a name',
    find: (tree) => {
        const seen = new Map();
        return Object.keys(tree).filter((path) => /\/migrations\//.test(path)).flatMap((path) => {
            const name = path.split('/').pop();
            const twin = seen.get(name);
            seen.set(name, path);
            return [
                ...(twin ? [`${path}: the same name as ${twin}`] : []),
                ...(/^20\d\d-[01]\d-[0-3]\d-\d+-[a-z][a-z-]*\.sql$/.test(name) ? [] : [`${path}: not like 2026-12-01-1-${ownerOf(path)}.sql`]),
            ];
        });
    },
    bad: [{ 'src/rooms/x/migrations/x.sql': '' }, { 'src/rooms/x/migrations/2026-12-01-1-z.sql': '', 'src/rooms/y/migrations/2026-12-01-1-z.sql': '' }],
    good: [{ 'src/rooms/x/migrations/2026-12-01-1-x.sql': '', 'src/rooms/x/migrations/2026-12-02-1-x-tags.sql': '' }],
};

// Their names are names of C, so two rooms may not have the same.
const used = {
    sentence: 'statements have a name of their own and are used by their room',
    find: (tree) => {
        const seen = new Map();
        return Object.entries(tree).filter(([path]) => isStatements(path)).flatMap(([path, text]) => {
            const folder = path.slice(0, path.lastIndexOf('/'));
            const c = Object.entries(tree).filter(([other]) => other.startsWith(`${folder}/`) && /\.c$/.test(other) && !/_test\.c$/.test(other))
                .map(([, source]) => source).join('\n');
            return [...new Set(statementsOf(text).map((s) => s.name))].flatMap((name) => {
                const twin = seen.get(name);
                seen.set(name, path);
                return [
                    ...(twin ? [`${path}: ${name} is also in ${twin}`] : []),
                    ...(new RegExp(`\\b${name.toUpperCase()}\\b`).test(c) ? [] : [`${path}: nobody uses ${name}`]),
                ];
            });
        });
    },
    bad: [
        { 'src/rooms/x/x.sql': '-- name: all\nSELECT 1;', 'src/rooms/x/x.c': 'ALL', 'src/rooms/y/y.sql': '-- name: all\nSELECT 1;', 'src/rooms/y/y.c': 'ALL' },
        { 'src/rooms/x/x.sql': '-- name: x_all\nSELECT 1;', 'src/rooms/x/x.c': 'X_ALLES', 'src/rooms/x/x_test.c': 'X_ALL' },
    ],
    good: [{ 'src/rooms/x/x.sql': '-- name: x_all\nSELECT 1;', 'src/rooms/x/x_store.c': 'db_all(db, &X_ALL, ' }],
};

export const rules = [ownership, neighbours, portable, prepares, tables, everywhere, spread, names, used];
