/* Three nodes on one PostgreSQL, harmed in random order: what was acknowledged is there exactly once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { tributary } from '../lib/house.mjs';
import { Fleet, hasNamespaces, network, sleep } from './fleet.mjs';
import { Dice, Visitors, agent, heard, idOf, noJobTwice, reckon, shop, tokenOf } from './visitors.mjs';

const long = Boolean(process.env.TEST_LONG);
const times = Number(process.env.TIMES ?? (long ? 10 : 1));
/* One order of harm in the short form; any in the long one. */
const seed = Number(process.env.SEED ?? (long ? Date.now() % 1e6 : 184425));

/* A cable that is pulled, or packets that vanish without a word. Now and then for longer than any timer waits. */
const CUTS = ['pulled', 'silent', 'there', 'back'];
class Storm {
  constructor(fleet, dice) {
    Object.assign(this, { fleet, dice });
  }

  roll(most) {
    return this.dice.roll(most);
  }

  node() {
    return this.fleet.nodes[this.roll(this.fleet.nodes.length)];
  }

  how() {
    return CUTS[this.roll(CUTS.length)];
  }

  async forAWhile() {
    await sleep(1000 + this.roll(4000) + (long && this.roll(4) === 0 ? 12000 : 0));
  }
}

const harms = {
  async 'a node is killed'(storm) {
    const node = storm.node();
    await node.stop('SIGKILL');
    await sleep(500 + storm.roll(1500));
    node.start();
    await node.ready();
  },
  async 'the database restarts, fast'(storm) {
    await storm.fleet.restartDatabase('fast', storm.roll(1500));
  },
  async 'the database restarts, at once'(storm) {
    await storm.fleet.restartDatabase('immediate', storm.roll(1500));
  },
  async 'one node is cut off from the database'(storm) {
    const { line } = storm.node();
    line.cut(storm.how());
    await storm.forAWhile();
    line.mend(storm.roll(2) === 0);
  },
  async 'all nodes are cut off from the database'(storm) {
    for (const { line } of storm.fleet.nodes) line.cut(storm.how());
    await storm.forAWhile();
    for (const { line } of storm.fleet.nodes) line.mend(storm.roll(2) === 0);
  },
  async 'one node is cut off from everybody'(storm) {
    const { line } = storm.node();
    line.isolate();
    await storm.forAWhile();
    line.rejoin();
  },
  async 'clocks go apart'(storm) {
    for (const node of storm.fleet.nodes) node.clock((storm.roll(3) - 1) * 30000);
    await sleep(1000);
  },
};

/* Every harm so many times, in an order of the dice. */
function shuffled(dice) {
  const order = Object.keys(harms).flatMap((name) => Array(times).fill(name));
  for (let i = order.length - 1; i > 0; i--) {
    const j = dice.roll(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

test('what was acknowledged is there once, whatever happened to nodes, database, network and clocks', { timeout: 3600000 }, async (t) => {
  const fleet = await Fleet.open(3);
  t.diagnostic(network);
  t.diagnostic(`SEED=${seed} TIMES=${times}`);
  try {
    [0, -30000, 30000].forEach((ms, i) => fleet.nodes[i].clock(ms));
    await fleet.start();
    const names = await shop(fleet);
    await heard(fleet);
    const dice = new Dice(seed);
    const visitors = new Visitors(fleet, names, dice);
    const storm = new Storm(fleet, new Dice(seed));
    const order = shuffled(storm.dice);
    const harm = (async () => {
      const began = Date.now();
      for (const name of order) {
        t.diagnostic(`${Math.round((Date.now() - began) / 1000)} s: ${name}`);
        await harms[name](storm);
        await sleep(1500);
      }
      for (let i = 0; i < 120 && visitors.paid.size <= 3; i++) await sleep(500); /* who pays may have waited for one harm after another */
    })().finally(() => { visitors.going = false; });
    const crowd = [...Array(6).keys()].map((i) => visitors.visit(i));
    crowd.push(visitors.pay('one'), visitors.pay('two'));
    await Promise.all([harm, ...crowd]);
    assert.deepEqual(visitors.wrong, []);
    await visitors.payRest();
    t.diagnostic(visitors.told());
    assert.ok(visitors.paid.size > 3, 'something was paid before the rest was');
    await reckon(fleet, visitors);
    await noJobTwice(fleet);
  } catch (failure) {
    failure.message += `\nSEED=${seed} TIMES=${times}\n${fleet.logs()}`;
    throw failure;
  } finally {
    await fleet.end();
  }
});

/* Asks a node again and again; the answers with how long each took. */
async function keepAsking(node, until, ask) {
  const answers = [];
  for (let i = 0; Date.now() < until(); i++) {
    const began = Date.now();
    const answer = await ask(node, i);
    answers.push({ ms: Date.now() - began, status: answer?.status ?? 0 });
    await sleep(answer?.status === 503 ? 100 : 5);
  }
  return answers;
}

/* A packet that is lost without a word is the one harm that nobody is told of: only timers find it. */
test('packets lost on the way to the database or from it: who is cut off finds out, and whom he held up goes on', {
  timeout: 300000, skip: hasNamespaces ? false : network,
}, async (t) => {
  const fleet = await Fleet.open(3);
  try {
    await fleet.start();
    const names = await shop(fleet);
    await heard(fleet);
    const kept = [];
    const give = async (node) => {
      const answer = await node.call('POST', '/api/v1/commissions', { key: fleet.key, ms: 60000,
        body: { partner_id: names.partners[0].id, amount: 100, currency: 'EUR', reason: 'by hand' } });
      if (answer?.status === 201) kept.push(answer.json.id);
      return answer;
    };
    const visit = (node) => node.call('GET', '/c/tea', { headers: { 'User-Agent': agent } });
    let until = Date.now() + 60000;
    const [there, back, whole] = fleet.nodes;
    const writers = fleet.nodes.map((node) => Promise.all(Array.from({ length: 4 }, () => keepAsking(node, () => until, give))).then((all) => all.flat()));
    const clicks = [there, back].map((node) => keepAsking(node, () => until, visit));
    await sleep(2000); /* at any moment some of them are in the middle of a write, at the same partner's accounts */
    there.line.cut('there');
    back.line.cut('back');
    await sleep(16000);
    const mended = Date.now();
    for (const node of [there, back]) node.line.mend(true);
    for (const node of [there, back])
      for (let answer; answer?.status !== 201; await sleep(100)) answer = await give(node);
    const again = Date.now() - mended;
    until = Date.now();
    const [ofThere, ofBack, ofWhole] = await Promise.all(writers);
    const most = (answers) => Math.max(...answers.map((one) => one.ms));
    t.diagnostic(`slowest answer: lost on the way there ${most(ofThere)} ms, on the way back ${most(ofBack)} ms, at the node that was not cut off ${most(ofWhole)} ms; taken again after ${again} ms`);
    for (const answers of [ofThere, ofBack]) {
      assert.ok(answers.some((one) => one.status === 503), 'who is cut off says so');
      assert.ok(most(answers) < 25000, 'and within bounds');
    }
    assert.ok(most(ofWhole) < 15000, 'nobody waits longer for the locks of one that is cut off');
    assert.deepEqual([...new Set(ofWhole.map((one) => one.status))], [201]);
    assert.ok(again < 10000, `${again} ms`);
    for (const answers of await Promise.all(clicks)) {
      assert.deepEqual([...new Set(answers.map((one) => one.status))], [302]);
      assert.ok(most(answers) < 1000, `a click waited ${most(answers)} ms`);
    }
    const books = await fleet.call(whole, 'GET', `/api/v1/partners/${names.partners[0].id}/balance`);
    const rows = fleet.number("SELECT count(*) FROM commission WHERE kind = 'bonus'");
    assert.ok(rows >= kept.length, `${kept.length} were acknowledged, ${rows} are there`);
    assert.equal(books.EUR.payable + books.EUR.pending, rows * 100);
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});

/* The server forgets the number of a transaction of which nothing was on disk, and gives it to the next: "committed" is
 * then said of somebody else's. Many small writes, so that some of them are at their commit when the way to the database
 * is cut; it crashes at once, and others use the numbers up before the node can ask. Whether one is at its commit just
 * then is chance: the words of the server for each end of a commit are the unit test's (store/postgres_lost). */
test('a commit that was lost in a crash is not taken for another that got its number', { timeout: 300000 }, async (t) => {
  const fleet = await Fleet.open(1, 'wal_writer_delay=10000');
  try {
    const [node] = fleet.nodes;
    node.url += '?writers=16';
    node.start('--workers', '16');
    await node.ready();
    const { partners: [partner] } = await shop(fleet);
    const kept = new Set();
    let unknown = 0, going = true, number = 0;
    const write = async () => {
      while (going) {
        const code = `C${number++}`;
        const answer = await node.call('POST', '/api/v1/coupons', { key: fleet.key, ms: 60000, body: { partner_id: partner.id, code } });
        if (answer?.status === 201) kept.add(code.toLowerCase());
        else unknown++;
        if (answer?.status !== 201) await sleep(100);
      }
    };
    const writers = Array.from({ length: 16 }, write);
    for (let round = 0; round < (long ? 12 : 2); round++) {
      await sleep(1000);
      node.line.cut('there');
      await sleep(50);
      await fleet.stopDatabase('immediate');
      await fleet.startDatabase();
      for (let i = 0; i < 40; i++) fleet.sql('SELECT pg_current_xact_id()');
      node.line.mend(true);
      for (let i = 0; i < 300 && (await node.call('GET', '/health'))?.status !== 200; i++) await sleep(100);
    }
    going = false;
    await Promise.all(writers);
    const there = new Set(fleet.sql('SELECT lower(code) FROM coupon').split('\n'));
    t.diagnostic(`${kept.size} acknowledged, ${unknown} refused, ${there.size} kept`);
    assert.ok(kept.size > 100);
    assert.deepEqual([...kept].filter((code) => !there.has(code)), [], 'what was acknowledged is there');
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});

/* The smallest picture there is. */
const gif = Buffer.from('R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

async function picture(fleet, node, program) {
  const form = new FormData();
  for (const [name, value] of Object.entries({ program_id: program.id, kind: 'banner', name: 'Dot' })) form.append(name, value);
  form.append('image', new Blob([gif], { type: 'image/gif' }), 'dot.gif');
  const answer = await fetch(`${node.base}/api/v1/creatives`, { method: 'POST', headers: { Authorization: `Bearer ${fleet.key}` }, body: form });
  const made = await answer.json();
  assert.equal(answer.status, 201, JSON.stringify(made));
  return made;
}

test('what one node keeps and changes, the others know', { timeout: 120000 }, async () => {
  const fleet = await Fleet.open(2);
  try {
    await fleet.start();
    const [one, other] = fleet.nodes;
    const { program, link } = await shop(fleet);
    await heard(fleet);
    const visit = () => other.call('GET', '/c/tea', { headers: { 'User-Agent': agent } });
    assert.ok(tokenOf(await visit()), 'the link is open on the other node');
    await fleet.call(one, 'PATCH', `/api/v1/links/${link.id}`, { status: 'paused' });
    for (let i = 0; i < 40 && tokenOf(await visit()); i++) await sleep(50);
    assert.equal(tokenOf(await visit()), undefined, 'it was closed on one node and is closed on the other');

    const made = await picture(fleet, one, program);
    const path = new URL(made.image, one.base).pathname;
    const shown = await fetch(other.base + path);
    assert.equal(shown.status, 200, path);
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), gif);
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});

test('without the database clicks go on, sales are asked to wait, and all catches up', { timeout: 180000 }, async () => {
  const fleet = await Fleet.open(2);
  try {
    await fleet.start();
    const [one, other] = fleet.nodes;
    await shop(fleet);
    await heard(fleet);
    await fleet.stopDatabase();
    const tokens = [];
    for (let i = 0; i < 20; i++) tokens.push(tokenOf(await fleet.nodes[i % 2].call('GET', '/c/tea', { headers: { 'User-Agent': agent } })));
    assert.ok(tokens.every(Boolean), 'every click is recorded and sent on with its token');
    const sale = { order_id: 'A-1', amount: 1000, currency: 'EUR', click: tokens[0] };
    const refused = await other.call('POST', '/api/v1/conversions', { key: fleet.key, body: sale });
    assert.equal(refused.status, 503, refused.text);
    assert.ok(Number(refused.headers.get('retry-after')) > 0);
    const page = await one.call('GET', '/manage', { headers: { Cookie: 'session=made-up', Accept: 'text/html' } });
    assert.equal(page.status, 503, page.text);
    assert.match(page.text, /database cannot be reached/);
    const late = fleet.nodes[1];
    await late.stop('SIGKILL');
    late.start(); /* it waits */
    for (let i = 0; i < 200 && !late.log.includes('waiting for the database'); i++) await sleep(100);
    assert.match(late.log, /waiting for the database/);
    await fleet.startDatabase();
    await late.ready();
    const taken = await other.call('POST', '/api/v1/conversions', { key: fleet.key, body: sale });
    assert.equal(taken.status, 201, taken.text);
    const missing = () => {
      const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
      return tokens.filter((token) => !ids.has(idOf(token)));
    };
    for (let i = 0; i < 100 && missing().length; i++) await sleep(100);
    assert.deepEqual(missing(), []);
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});

test('an order that comes before its click, on another node, is judged again when the click comes', { timeout: 120000 }, async () => {
  const fleet = await Fleet.open(2);
  try {
    await fleet.start();
    const [one, other] = fleet.nodes;
    await shop(fleet);
    await fleet.call(one, 'POST', '/api/v1/rules', { name: 'Newsletter', scope: { sub: 'sub1=letter' }, reward: { percent_bp: 2000 } });
    await sleep(1500);
    const click = async () => tokenOf(await one.call('GET', '/c/tea?sub1=letter', { headers: { 'User-Agent': agent } }));
    const buy = (order, token) => fleet.call(other, 'POST', '/api/v1/conversions', { order_id: order, amount: 10000, currency: 'EUR', click: token });
    const known = await click();
    for (let i = 0; i < 100 && fleet.number('SELECT count(*) FROM click') === 0; i++) await sleep(50);
    assert.equal((await buy('A-1', known)).commissions[0].amount, 2000, 'a click that is there');
    one.line.cut('silent'); /* its journal stays where it is */
    const token = await click();
    const early = await buy('A-2', token);
    assert.equal(early.commissions[0].amount, 1000);
    assert.equal(early.attribution.winners[0].touch.waits, true);
    await sleep(3000);
    assert.equal((await fleet.call(other, 'GET', `/api/v1/conversions/${early.id}`)).commissions[0].amount, 1000);
    one.line.mend(true);
    let late;
    for (let i = 0; i < 200; i++, await sleep(200)) {
      late = await fleet.call(other, 'GET', `/api/v1/conversions/${early.id}`);
      if (late.commissions[0].amount !== 1000) break;
    }
    assert.equal(late.commissions[0].amount, 2000);
    assert.deepEqual(late.attribution.winners[0].touch.subs, ['letter']);
    assert.equal(late.attribution.winners[0].touch.waits, false);
    assert.equal(fleet.number('SELECT count(*) FROM conversion_late'), 1);
    assert.equal(fleet.number("SELECT count(*) FROM commission_event WHERE kind = 'adjusted'"), 1, 'once');
    const told = await tributary('verify', '--database', fleet.url);
    assert.equal(told.code, 0, told.out + told.err);
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});

test('the journal of a node that does not come back is drained by another, and not while it lives', { timeout: 120000 }, async () => {
  const fleet = await Fleet.open(2);
  try {
    await fleet.start();
    const [one, other] = fleet.nodes;
    const { program } = await shop(fleet);
    const now = () => fleet.number('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)');
    const completeTo = async () => Date.parse((await fleet.call(other, 'GET', `/api/v1/reports/summary?program_id=${program.id}`)).complete_to);
    const begun = now();
    for (let i = 0; i < 100 && (await completeTo()) < begun; i++) await sleep(100);
    assert.ok((await completeTo()) >= begun, 'while all is well figures are complete to a moment ago');
    one.line.cut('silent'); /* so that its clicks stay where they are */
    await sleep(100);
    const cut = now();
    const tokens = [];
    for (let i = 0; i < 30; i++) tokens.push(tokenOf(await one.call('GET', '/c/tea', { headers: { 'User-Agent': agent } })));
    assert.ok(tokens.every(Boolean));
    execFileSync('cp', ['-a', join(one.data, 'spool'), join(fleet.folder, 'rescued')]);
    const drain = () => tributary('spool', 'drain', join(fleet.folder, 'rescued'), '--database', fleet.url);
    const early = await drain();
    assert.equal(early.code, 1, early.out);
    assert.match(early.err, /is running/);
    await one.stop('SIGKILL');
    let told;
    for (let i = 0; i < 30; i++, await sleep(1000)) { /* its lease ends */
      assert.ok((await completeTo()) <= cut, 'what stands in its journal is missing');
      told = await drain();
      if (told.code === 0) break;
    }
    assert.equal(told.code, 0, told.err);
    assert.equal((await drain()).code, 0);
    assert.ok((await completeTo()) > cut, 'and not any more');
    const clicks = () => fleet.number('SELECT coalesce(sum(clicks), 0) FROM click_hour');
    const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
    assert.deepEqual(tokens.filter((token) => !ids.has(idOf(token))), []);
    assert.equal(clicks(), 30);
    one.line.mend(true);
    one.start(); /* it came back after all */
    await one.ready();
    await sleep(3000);
    assert.equal(clicks(), 30);
  } catch (failure) {
    failure.message += fleet.logs();
    throw failure;
  } finally {
    await fleet.end();
  }
});
