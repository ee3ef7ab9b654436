/* Kills, a clock that jumps, a disk that is slow, failing or full, and a second process: what was acknowledged is kept. */
import { spawn } from 'node:child_process';
import { rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { Rows } from '../lib/engine.mjs';
import { House, binary, surroundings, tributary } from '../lib/house.mjs';
import { post } from './wire.mjs';
import { Storm, compare, drained, idOf, makeLink, numbers, sleep } from './storm.mjs';

const long = process.env.TEST_LONG === '1';
const KILLS = long ? 1000 : 60;
const DAY = 86400000;
const sickFile = join(process.env.TMPDIR, 'sick');
let house, link, acknowledged = [];

/* Takes effect at once, also in a process that runs. */
async function sick({ clock = 0, sync = 0, fails = 0 } = {}) {
  const numbers = Buffer.alloc(24);
  [clock, sync, fails].forEach((n, i) => numbers.writeBigInt64LE(BigInt(n), 8 * i));
  await writeFile(sickFile, numbers, { flag: 'r+' });
}

async function storm(ms, connections) {
  const clicks = new Storm(house.base, connections);
  await sleep(ms);
  await clicks.stop();
  return keep(clicks);
}

function keep(clicks) {
  equal(clicks.strange, undefined, 'every answer is a redirect');
  for (const token of clicks.acknowledged) acknowledged.push(token);
  return clicks;
}

async function allIsThere() {
  await drained(house);
  deepEqual(compare(house.data, acknowledged), []);
}

before(async () => {
  await writeFile(sickFile, Buffer.alloc(24));
  process.env.SICK = sickFile;
  process.env.LD_PRELOAD = join(process.env.BUILD, 'tests/crash/sick.so');
  house = await House.build({ args: ['--quiet'] });
  link = await makeLink(house);
});
after(() => house.end());

test('the comparison sees a click that is lost, one that is doubled and one that is counted twice', async () => {
  const clicks = await storm(500);
  ok(clicks.acknowledged.length > 20);
  await allIsThere();
  const made = Buffer.from(acknowledged[0], 'base64url');
  made.writeBigInt64BE(idOf(acknowledged[0]) - 1n, 1);
  equal(compare(house.data, [...acknowledged, made.toString('base64url')]).length, 1);
  equal(compare(house.data, [...acknowledged, acknowledged[0]]).length, 1);
});

test('the comparison sees one click too many in any roll-up, and one that is wrongly unique', () => {
  const rows = new Rows(house.data);
  for (const [table, name] of [['click_hour', 'by hour'], ['click_sub', 'by sub-id'], ['link_total', 'of links']])
    for (const column of ['clicks', 'unique_clicks']) {
      rows.change(`UPDATE ${table} SET ${column} = ${column} + 1`);
      const faults = compare(house.data, acknowledged);
      rows.change(`UPDATE ${table} SET ${column} = ${column} - 1`);
      equal(faults.length, 1, faults.join());
      match(faults[0], new RegExp(`roll-ups ${name} differ`));
    }
  rows.close();
  deepEqual(compare(house.data, acknowledged), [], 'the control: put right it has nothing to say');
});

test(`${KILLS} kills under load lose nothing and double nothing`, async () => {
  for (let kill = 1; kill <= KILLS; kill++) {
    const clicks = new Storm(house.base, 8 + kill % 3 * 20);
    await sleep(10 + Math.random() * 180);
    await house.stop('SIGKILL');
    await clicks.ended;
    keep(clicks);
    if (kill % 6 === 0) { /* once more, while it starts and recovers */
      const args = ['serve', '--data', house.data, '--listen', '127.0.0.1:0', '--quiet'];
      const child = spawn(binary, args, { stdio: 'ignore', env: surroundings(args) });
      await sleep(Math.random() * 120);
      const gone = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await gone;
    }
    await house.start();
    if (kill % 10 === 0) await allIsThere();
  }
  await allIsThere();
  ok(acknowledged.length > KILLS * 20, `${acknowledged.length} clicks were acknowledged`);
});

test('who is asked to end under load answers what it has taken, and ends well', async () => {
  const clicks = new Storm(house.base, 64);
  await sleep(300);
  const { code } = await house.stop('SIGTERM');
  await clicks.ended;
  keep(clicks);
  equal(code, 0);
  equal(clicks.torn, 0, 'no answer was cut');
  equal(clicks.plain, 0);
  deepEqual(compare(house.data, acknowledged), [], 'and has moved everything before it ended');
  await house.start();
});

test('a second process on the same data is refused, and harms nothing', async () => {
  const clicks = new Storm(house.base);
  const second = await tributary('serve', '--data', house.data, '--listen', '127.0.0.1:0', '--quiet');
  await clicks.stop();
  keep(clicks);
  equal(second.code, 1);
  match(second.err, /another process/i);
  equal(clicks.plain, 0);
  await allIsThere();
  await house.stop();
  await house.start(); /* the control: the next is welcome when the first has gone */
});

test('a clock that jumps a day, there and back, running and between two runs', async () => {
  for (const [clock, restarts] of [[DAY, false], [-DAY, false], [0, false], [DAY, true], [0, true], [-DAY, true], [0, true]]) {
    const clicks = new Storm(house.base);
    await sleep(100);
    await sick({ clock });
    await sleep(150);
    if (restarts) await house.stop('SIGKILL');
    else await clicks.stop();
    await clicks.ended;
    equal(keep(clicks).plain, 0);
    ok(clicks.acknowledged.length > 20);
    if (restarts) await house.start();
  }
  await storm(100);
  await allIsThere();
});

test('a sync that takes too long: visitors are sent on without a token, and it recovers by itself', async () => {
  const cookies = await house.signIn();
  const unrecorded = (await numbers(house)).clicks_unrecorded_total;
  doesNotMatch((await house.call('GET', '/manage/today', { cookies })).text, /without a record/);
  await sick({ sync: 3500 });
  const clicks = new Storm(house.base);
  await sleep(2500);
  const late = new Storm(house.base, 4);
  await sleep(300);
  ok(late.plain > 20, `${late.plain} were sent on`);
  ok((await numbers(house)).clicks_unrecorded_total > unrecorded);
  equal((await house.call('GET', '/health')).status, 503);
  match((await house.call('GET', '/manage/today', { cookies })).text, /Clicks are not being recorded right now/);
  await sick();
  await Promise.all([late.stop(), clicks.stop()]);
  keep(clicks);
  keep(late);
  for (let i = 0; i < 200 && (await house.call('GET', '/health')).status !== 200; i++) await storm(20, 1);
  equal((await house.call('GET', '/health')).status, 200);
  match((await house.call('GET', '/manage/today', { cookies })).text, /\d+ visitors were sent on without a record since the start/);
  equal((await storm(100)).plain, 0);
  await allIsThere();
});

test('queues that are full: calls are refused with a time to come back and leave no trace, clicks are sent on', async () => {
  const ORDERS = 1300; /* 32 are at work, a thousand wait */
  const told = (n) => post(house, n % 2 ? '127.0.0.2' : '127.0.0.3', '/api/v1/conversions',
    { program_id: link.program_id, order_id: `queue-${n}`, amount: 1000, currency: 'EUR' });
  const unrecorded = (await numbers(house)).clicks_unrecorded_total;
  equal((await told(0)).status, 201, 'the control: well, the same call is taken');
  const rows = new Rows(house.data);
  await sick({ sync: 4500 });
  rows.stall(true);
  const clicks = new Storm(house.base);
  await sleep(300);
  const answers = Promise.all(Array.from({ length: ORDERS }, (_, n) => told(n + 1)));
  await sleep(500);
  equal((await house.call('GET', '/sign-in')).status, 503, 'the control: a page has to wait too, and cannot');
  equal((await numbers(house)).edge_queued, 1000, 'who watches over the server is answered meanwhile');
  equal((await house.call('GET', '/health')).status, 200, 'for as long as clicks are recorded');
  await sleep(2200);
  const late = new Storm(house.base, 4);
  for (let i = 0; i < 200 && late.plain === 0; i++) await sleep(100);
  await sick();
  rows.stall(false);
  await Promise.all([late.stop(), clicks.stop()]);
  keep(clicks);
  keep(late);
  const all = await answers;
  ok(late.plain > 0, 'visitors were sent on meanwhile');
  ok((await numbers(house)).clicks_unrecorded_total >= unrecorded + late.plain, 'and counted');
  const refused = all.map(({ status }, i) => (status === 503 ? i + 1 : 0)).filter(Boolean);
  ok(refused.length >= ORDERS - 1040 && refused.length < ORDERS, `${refused.length} were refused`);
  for (const { status, head } of all) {
    if (status === 503) match(head, /^Retry-After: [1-9]/im);
    else equal(status, 201);
  }
  const kept = new Set(rows.column("SELECT order_id FROM conversion WHERE order_id LIKE 'queue-%'"));
  rows.close();
  equal(kept.size, 1 + ORDERS - refused.length, 'what was answered 201 is there');
  ok(refused.every((n) => !kept.has(`queue-${n}`)), 'what was refused is not');
  for (const n of refused.slice(0, 20)) equal((await told(n)).status, 201, 'and is taken when it comes back');
  for (let i = 0; i < 200 && (await house.call('GET', '/health')).status !== 200; i++) await storm(20, 1);
  equal((await storm(100)).plain, 0);
  await allIsThere();
});

test('a sync that fails ends the process before anybody is answered', async () => {
  await storm(100);
  await sick({ fails: 1 });
  const clicks = new Storm(house.base);
  const { code, signal } = await house.exited;
  await clicks.ended;
  ok(code !== 0, `it ended with ${signal ?? code}`);
  equal(clicks.acknowledged.length, 0);
  equal(clicks.plain, 0);
  await sick();
  await house.start();
  equal((await storm(100)).plain, 0);
  await allIsThere();
});

test('a write that finds the disk full', { skip: !process.env.SMALL_DISK && 'no small file system can be mounted here' }, async () => {
  const filler = join(process.env.SMALL_DISK, 'filler');
  const fill = async (room = 0) => {
    const child = spawn('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'ignore' });
    await new Promise((done) => child.once('exit', done));
    await truncate(filler, (await stat(filler)).size - room);
  };
  const small = await House.build({ args: ['--quiet'], folder: process.env.SMALL_DISK });
  const other = house;
  const before = acknowledged;
  house = small;
  acknowledged = [];
  try {
    link = await makeLink(house);
    equal((await storm(200)).plain, 0);
    await fill();
    /* The journal lies ready on the disk; the store has no room, and says so to who can come back. */
    equal((await storm(1500)).plain, 0);
    let refused;
    for (let i = 0; i < 400 && refused?.status !== Rows.whenFull; i++)
      refused = await house.call('POST', '/api/v1/links', { key: house.api_key,
        body: { ...link, code: `full${i}`, target_url: `https://shop.example/${'x'.repeat(1500)}` } });
    equal(refused.status, Rows.whenFull);
    equal(refused.headers.has('retry-after'), refused.status === 503);
    await rm(filler);
    await allIsThere();
    equal((await house.call('POST', '/api/v1/links', { key: house.api_key,
      body: { ...link, code: 'again', target_url: 'https://shop.example/' } })).status, 201);
    /* A journal that cannot be made at all. */
    await house.stop();
    await rm(join(house.data, 'spool'), { recursive: true });
    await fill(8 << 20); /* the store starts, half a segment fits */
    await house.start();
    const clicks = await storm(300);
    equal(clicks.acknowledged.length, 0);
    ok(clicks.plain > 50);
    ok((await numbers(house)).clicks_unrecorded_total >= clicks.plain);
    await rm(filler);
    for (let i = 0; i < 100 && (await storm(50, 1)).acknowledged.length === 0; i++);
    equal((await storm(200)).plain, 0);
    await allIsThere();
  } finally {
    await rm(filler, { force: true });
    await house.end();
    house = other;
    acknowledged = before;
  }
});
