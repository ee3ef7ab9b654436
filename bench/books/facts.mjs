/* Makes many orders out of the demo's few, straight into its store: facts for a replay, with nothing booked for them.
 * Cut off, it leaves a store without indexes.   node facts.mjs DATA COUNT */
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

const [data, count] = [process.argv[2], Number(process.argv[3])];
const db = new DatabaseSync(join(data, 'tributary.db'));
db.exec('PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -400000;');

const names = (table) => db.prepare(`SELECT name FROM pragma_table_info('${table}')`).all().map((row) => row.name);
const indexes = db.prepare(`SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
  AND tbl_name IN ('conversion', 'conversion_touch')`).all();
for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);

/* The demo's own orders again and again, each at a moment of its own. Three years, evenly. */
const FIRST = 400000000000000000n;
const STEP = 3000000000n;
const SINCE = Date.UTC(2024, 0, 1);
const EVERY = Math.floor((3 * 365 * 86400000) / count);
const program = db.prepare('SELECT program_id FROM conversion WHERE attributed = 1 LIMIT 1', { readBigInts: true }).get().program_id;
db.exec(`CREATE TEMP TABLE seed AS SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS rank, id AS old FROM conversion
         WHERE is_test = 0 AND status <> 'replaced'`);
const seeds = Number(db.prepare('SELECT COUNT(*) AS n FROM seed').get().n);
const numbers = `WITH RECURSIVE k (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i < ${count - 1})`;
const when = `(${SINCE} + i * ${EVERY})`;
const own = { id: `${FIRST} + i * ${STEP}`, order_id: "'L-' || i", occurred_at: when, judged_at: when, created_at: when, customer_id: "'c-' || (i % 2000003)" };
const columns = names('conversion');
db.exec(`${numbers} INSERT INTO conversion (${columns}) SELECT ${columns.map((name) => own[name] ?? `c.${name}`)}
         FROM k JOIN seed s ON s.rank = i % ${seeds} JOIN conversion c ON c.id = s.old`);
const touched = names('conversion_touch');
const theirs = { conversion_id: own.id, at: `t.at - c.occurred_at + ${when}` };
db.exec(`${numbers} INSERT INTO conversion_touch (${touched}) SELECT ${touched.map((name) => theirs[name] ?? `t.${name}`)}
         FROM k JOIN seed s ON s.rank = i % ${seeds} JOIN conversion c ON c.id = s.old JOIN conversion_touch t ON t.conversion_id = s.old
         ORDER BY i, t.n`);
for (const { sql } of indexes) db.exec(sql);
db.exec('PRAGMA journal_mode = WAL;');
const missing = indexes.filter(({ name }) => !db.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(name));
if (missing.length) throw new Error(`without the indexes ${missing.map(({ name }) => name)}`);
console.log(JSON.stringify({ orders: count, program: String(program) }));
