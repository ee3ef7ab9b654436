/* Pages read from a standby of the test's own. The first cluster takes all writes; the second follows it, stands still,
 * falls, comes back and is promoted. Which page was read where is told by the node's own counter. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cluster = join(resolve(dirname(fileURLToPath(import.meta.url)), '..'), 'lib/cluster');
const MOST = 5; /* seconds */
const BEHIND = 1024; /* ROUTE_BEHIND */
const LIST = '/manage/partners?status=pending';
const folder = mkdtempSync('/tmp/tributary-replica-'); /* short, and open to the server's account */
execFileSync('chmod', ['711', folder]);
const first = join(folder, 'first'), second = join(folder, 'second');
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
let house, tributary, owner, reader;

const clusterDo = (...words) => execFileSync(cluster, words, { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();

function sql(where, text) {
  const bin = execFileSync('sh', ['-c', 'for f in /usr/lib/postgresql/*/bin; do echo $f; done | tail -1']).toString().trim();
  return execFileSync(join(bin, 'psql'), ['-qAtX', '-h', join(where, 'socket'), '-U', 'tributary', '-d', 'test', '-c', text]).toString().trim();
}

async function numbers() {
  const { text } = await house.call('GET', '/metrics', { key: house.api_key });
  const number = (name) => Number(new RegExp(`^${name} (-?\\d+)`, 'm').exec(text)[1]);
  return { behind: number('tributary_replica_behind_ms'), reads: number('tributary_replica_reads_total') };
}

async function until(what, is, seconds = 20) {
  for (let i = 0; i < seconds * 10; i++, await sleep(100)) if (await is()) return;
  assert.fail(`${what}: not within ${seconds} s\n${house.log.slice(-1500)}`);
}

const isRead = async () => (await numbers()).behind >= 0;

/* The page, and whether it was begun on the replica. */
async function look(path, cookies = reader) {
  const before = (await numbers()).reads;
  const answer = await house.call('GET', path, { cookies });
  return { ...answer, from: (await numbers()).reads > before ? 'replica' : 'first', saysSo: answer.text.includes('what came later is on its way') };
}

async function newPartner(name) {
  const made = await house.call('POST', '/api/v1/partners', { key: house.api_key, body: { email: `${name.toLowerCase()}@a.example`, name } });
  assert.equal(made.status, 201, made.text);
}

before(async () => {
  process.env.TRIBUTARY_TEST_DATABASE = clusterDo('start', first);
  const url = clusterDo('follow', second, first);
  const lib = await import('../lib/house.mjs');
  tributary = lib.tributary;
  house = await lib.House.build({ args: ['--replica', url, '--replica-most', String(MOST)] });
  await house.call('POST', '/api/v1/programs', { key: house.api_key, body: { name: 'Kettle', slug: 'kettle', currency: 'EUR', allowed_domains: ['shop.example'], landing_url: 'https://shop.example/', commission: { percent_bp: 1000 } } });
  owner = await house.signIn();
  assert.equal(owner.get('wrote'), '1'); /* signing in is a write, too */
  reader = new Map(owner);
  reader.delete('wrote'); /* as a browser does after Max-Age */
  await until('the replica is near', isRead);
});

after(async () => {
  await house?.end();
  for (const one of [second, first]) {
    try {
      clusterDo('stop', one, 'immediate');
    } catch { /* it was stopped before */ }
  }
  rmSync(folder, { recursive: true, force: true });
});

test('the pages that may be behind are these, and none decides about money', async () => {
  const { out } = await tributary('routes');
  const behind = JSON.parse(out).filter((row) => row.flags & BEHIND);
  assert.deepEqual([...new Set(behind.filter((row) => row.page).map((row) => row.path))].filter((path) => !path.startsWith('/api/')).sort(),
    ['/manage/clicks', '/manage/partners', '/manage/reports', '/manage/today', '/portal/clicks', '/portal/home', '/portal/performance']);
  for (const row of behind) {
    assert.equal(row.method, 'GET', row.path);
    assert.match(row.needs, /:read$/, row.path);
  }
});

test('they are read from the replica, and no other page is', async () => {
  const routes = JSON.parse((await tributary('routes')).out)
    .filter((row) => row.method === 'GET' && row.surface === 'manage' && row.page && !row.path.includes('{'));
  assert.ok(routes.length > 20);
  for (const row of routes) {
    const page = await look(row.path);
    assert.ok(page.status < 400, `${row.path}: ${page.status}`);
    assert.equal(page.from, row.flags & BEHIND ? 'replica' : 'first', row.path);
    assert.ok(!page.saysSo, row.path);
  }
});

test('the API is not, nor a list as a file', async () => {
  const { reads } = await numbers();
  assert.equal((await house.call('GET', '/api/v1/clicks', { key: house.api_key })).status, 200);
  assert.equal((await numbers()).reads, reads);
  for (const path of ['/manage/clicks', '/manage/partners']) { /* a file cannot say as of when it is */
    const file = await look(`${path}?format=csv`);
    assert.match(file.headers.get('content-type'), /csv/);
    assert.equal(file.from, 'first');
    assert.equal((await look(path)).from, 'replica'); /* the control */
  }
});

test('one that stands still is read with the time said, until it is too far behind', async () => {
  sql(second, 'SELECT pg_wal_replay_pause()');
  await newPartner('Zelda');
  assert.ok(!(await look(LIST)).text.includes('Zelda'));
  await sleep(3500);
  const old = await look(LIST);
  assert.equal(old.from, 'replica');
  assert.ok(old.saysSo);
  assert.ok(!old.text.includes('Zelda'));
  const mine = await look(LIST, owner); /* he has written: he sees what there is */
  assert.equal(mine.from, 'first');
  assert.ok(!mine.saysSo);
  assert.ok(mine.text.includes('Zelda'));
  await until('it is too far behind', async () => !(await isRead()), MOST + 2);
  const now = await look(LIST);
  assert.equal(now.from, 'first');
  assert.ok(now.text.includes('Zelda') && !now.saysSo);
  sql(second, 'SELECT pg_wal_replay_resume()');
  await until('it has caught up', isRead);
  const caught = await look(LIST);
  assert.equal(caught.from, 'replica');
  assert.ok(caught.text.includes('Zelda'));
});

test('who writes a form reads from the first server, for as long as it may take', async () => {
  const cookies = new Map(reader);
  assert.equal((await look(LIST, cookies)).from, 'replica'); /* the control */
  const shown = await house.call('GET', '/manage/partners/new', { cookies });
  const answer = await fetch(`${house.base}/manage/partners`, {
    method: 'POST', redirect: 'manual',
    headers: { Cookie: [...cookies].map(([n, v]) => `${n}=${v}`).join('; '), 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ csrf: /name="csrf" value="([^"]*)"/.exec(shown.text)[1], name: 'Yvonne', email: 'yvonne@a.example' }).toString(),
  });
  assert.equal(answer.status, 303, await answer.text());
  const wrote = answer.headers.getSetCookie().find((line) => line.startsWith('wrote='));
  assert.match(wrote, new RegExp(`Max-Age=${MOST + 2}(;|$)`));
  cookies.set('wrote', '1');
  const page = await look(LIST, cookies);
  assert.equal(page.from, 'first');
  assert.ok(page.text.includes('Yvonne'));
});

test('one that falls is not noticed, and used again when it is back', async () => {
  clusterDo('stop', second, 'immediate');
  for (const path of [LIST, '/manage/today', '/manage/clicks']) {
    const page = await look(path);
    assert.equal(page.status, 200, path);
    assert.ok(!page.saysSo, path);
  }
  await until('it is known to be gone', async () => !(await isRead()), MOST + 2);
  assert.equal((await look(LIST)).from, 'first');
  await newPartner('Xaver');
  clusterDo('start', second);
  await until('it is back', isRead, 30);
  const page = await look(LIST);
  assert.equal(page.from, 'replica');
  assert.ok(page.text.includes('Xaver'));
});

test('one that has become a server of its own is not believed', async () => {
  sql(second, 'SELECT pg_promote()');
  await until('it is left alone', async () => !(await isRead()), MOST + 2);
  await sleep(1500);
  assert.equal((await numbers()).behind, -1);
  assert.match(house.log, /replica is not read now why=it follows nobody/);
  assert.equal((await look(LIST)).from, 'first');
});

test('a replica is of a server, and its bound a number of seconds', async () => {
  const serve = (...more) => tributary('serve', '--data', house.data, ...more);
  const wrong = [
    [['--database', 'sqlite:', '--replica', 'postgres://x@/y'], /needs --database/],
    [['--database', 'postgres://x@/y', '--replica', 'sqlite:x'], /URL of a PostgreSQL/],
    [['--database', 'postgres://x@/y', '--replica', 'postgres://x@/y', '--replica-most', '0'], /number of seconds/],
    [['--database', 'postgres://x@/y', '--replica', 'postgres://x@/y', '--replica-most', '5s'], /number of seconds/],
  ];
  for (const [args, why] of wrong) {
    const { code, err } = await serve(...args);
    assert.notEqual(code, 0);
    assert.match(err, why);
  }
});
