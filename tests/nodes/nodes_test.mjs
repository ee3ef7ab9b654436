/* Three nodes on one PostgreSQL, harmed in random order: what was acknowledged is there exactly once. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { tributary } from '../lib/house.mjs';
import { Fleet, sleep } from './fleet.mjs';

const long = Boolean(process.env.TEST_LONG);
/* One order of harm in the short form; any in the long one. */
const seed = Number(process.env.SEED ?? (process.env.TEST_LONG ? Date.now() % 1e6 : 184425));
let dice = seed;
const roll = (most) => { /* repeats with SEED */
  dice = (dice * 1103515245 + 12345) % 2147483648;
  return Math.floor((dice / 2147483648) * most);
};

/* A programme, a partner with a link, both made on one node and used on all. */
async function shop(fleet) {
  const [node] = fleet.nodes;
  const program = await fleet.call(node, 'POST', '/api/v1/programs', {
    name: 'Kettle', slug: 'kettle', currency: 'EUR', hold_days: 10, allowed_domains: ['shop.example'],
    landing_url: 'https://shop.example/', repeat_minutes: 0, commission: { percent_bp: 1000 },
  });
  const partner = await fleet.call(node, 'POST', '/api/v1/partners', { email: 'anna@a.example', name: 'Anna' });
  await fleet.call(node, 'POST', `/api/v1/partners/${partner.id}/approve`, {});
  const link = await fleet.call(node, 'POST', '/api/v1/links', { partner_id: partner.id, code: 'tea', target_url: 'https://shop.example/tea' });
  return { program, partner, link };
}

const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const tokenOf = (answer) => /[?&]tclid=([\w-]+)/.exec(answer?.location ?? '')?.[1];

/* A token begins with its version and the click's id. */
const idOf = (token) => Buffer.from(token, 'base64url').readBigInt64BE(1).toString();

/* Clicks here, buys there at once, asks again until he is answered. */
class Visitors {
  constructor(fleet, names) {
    Object.assign(this, { fleet, names, clicks: 0, tokens: [], orders: new Map(), bonuses: new Map(), refusals: 0, wrong: [], going: true });
  }

  any() {
    return this.fleet.nodes[roll(this.fleet.nodes.length)];
  }

  async click() {
    const answer = await this.any().call('GET', '/c/tea', { headers: { 'User-Agent': agent }, ms: 5000 });
    const token = tokenOf(answer);
    if (token) this.tokens.push(token);
    if (answer && answer.status !== 302) this.wrong.push(`a click got ${answer.status}`);
    return token;
  }

  /* Until some node acknowledges it: at another node, or at the same. */
  async insist(path, body, headers = {}) {
    for (let tries = 0; ; tries++) {
      const answer = await this.any().call('POST', path, { key: this.fleet.key, body, headers, ms: 40000 });
      if (answer && answer.status < 300) return answer.json;
      if (answer && answer.status === 503 && !answer.headers.get('retry-after')) this.wrong.push(`503 without Retry-After: ${answer.text}`);
      if (answer && answer.status < 500 && answer.status !== 409) this.wrong.push(`${path} ${answer.status}: ${answer.text}`);
      this.refusals++;
      if (tries > 300) throw new Error(`nobody takes ${path}: ${answer?.status} ${answer?.text}`);
      await sleep(100 + roll(300));
    }
  }

  async buy(order, token) {
    const made = await this.insist('/api/v1/conversions', { order_id: order, amount: 10000, currency: 'EUR', click: token });
    this.orders.set(order, made);
  }

  async visit(number) {
    for (let i = 0; this.going; i++) {
      const token = await this.click();
      if (token && roll(4) === 0) await this.buy(`O-${number}-${i}`, token);
      if (roll(40) === 0) {
        const name = `bonus-${number}-${i}`;
        const made = await this.insist('/api/v1/commissions',
          { partner_id: this.names.partner.id, amount: 100, currency: 'EUR', reason: name }, { 'Idempotency-Key': name });
        this.bonuses.set(name, made);
      }
      await sleep(roll(30));
    }
  }

  /* Payouts by whoever is up, often two at once. */
  async pay() {
    for (let i = 0; this.going; i++) {
      const cutoff = new Date(Date.now() - 120000).toISOString();
      await this.insist('/api/v1/payouts', { program_id: this.names.program.id, currency: 'EUR', cutoff }, { 'Idempotency-Key': `run-${i}` });
      await sleep(500 + roll(1000));
    }
  }

  async run(count, ms) {
    const all = [];
    for (let i = 0; i < count; i++) all.push(this.visit(i));
    await sleep(ms);
    this.going = false;
    await Promise.all(all);
  }
}

/* Everything that was acknowledged, once; the books agree with themselves. */
async function reckon(fleet, visitors) {
  for (let i = 0; i < 100; i++) { /* journals empty themselves */
    if (fleet.number('SELECT count(*) FROM click') >= new Set(visitors.tokens).size) break;
    await sleep(200);
  }
  await sleep(3000);
  const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
  const clicks = ids.size;
  const missing = visitors.tokens.filter((token) => !ids.has(idOf(token)));
  assert.deepEqual(missing, [], 'every click that was acknowledged is a row');
  for (const sum of ['click_hour', 'click_sub', 'link_total'])
    assert.equal(fleet.number(`SELECT coalesce(sum(clicks), 0) FROM ${sum}`), clicks, `${sum} counts every click once`);
  const rows = fleet.sql('SELECT order_id, count(*) FROM conversion GROUP BY order_id').split('\n').filter(Boolean).map((line) => line.split('|'));
  const kept = new Map(rows.map(([order, count]) => [order, Number(count)]));
  for (const order of visitors.orders.keys()) assert.equal(kept.get(order), 1, `order ${order}`);
  assert.equal(kept.size, visitors.orders.size, 'no order that nobody acknowledged in the end');
  const partnered = fleet.number("SELECT count(*) FROM commission WHERE kind = 'sale'");
  assert.equal(partnered, visitors.orders.size, 'every order credits the partner whose link was clicked');
  assert.equal(fleet.number("SELECT count(*) FROM commission WHERE kind = 'bonus'"), visitors.bonuses.size, 'every bonus once');
  const told = await tributary('verify', '--database', fleet.url);
  assert.equal(told.code, 0, told.out + told.err);
  assert.match(told.out, / 0 differences/);
}

/* The nightly check of the books leaves a row each time; it fell due when the first node began. When its node was killed,
   another takes it once the lease of a minute is over. */
async function noJobTwice(fleet) {
  for (let i = 0; i < 100 && fleet.number('SELECT count(*) FROM verify') === 0; i++) await sleep(1000);
  assert.equal(fleet.sql("SELECT kind, error FROM job WHERE state = 'failed'"), '', 'no job failed');
  assert.equal(fleet.number('SELECT count(*) FROM verify'), 1, 'the nightly work ran once');
}

const harms = {
  async 'a node is killed'(fleet) {
    const node = fleet.nodes[roll(3)];
    await node.stop('SIGKILL');
    await sleep(500 + roll(1500));
    node.start();
    await node.ready();
  },
  async 'the database restarts, fast'(fleet) {
    await fleet.restartDatabase('fast', roll(1500));
  },
  async 'the database restarts, at once'(fleet) {
    await fleet.restartDatabase('immediate', roll(1500));
  },
  async 'one node is cut off'(fleet) {
    const { wire } = fleet.nodes[roll(3)];
    wire.cut();
    await sleep(1000 + roll(4000));
    wire.mend(roll(2) === 0);
  },
  async 'all nodes are cut off'(fleet) {
    for (const node of fleet.nodes) node.wire.cut();
    await sleep(1000 + roll(3000));
    for (const node of fleet.nodes) node.wire.mend(roll(2) === 0);
  },
  async 'clocks go apart'(fleet) {
    for (const node of fleet.nodes) node.clock((roll(3) - 1) * 30000);
    await sleep(1000);
  },
};

test('what was acknowledged is there once, whatever happened to nodes, database, wires and clocks', { timeout: 3600000 }, async (t) => {
  const fleet = await Fleet.open(3);
  t.diagnostic(`SEED=${seed}`);
  try {
    [0, -30000, 30000].forEach((ms, i) => fleet.nodes[i].clock(ms));
    await fleet.start();
    const names = await shop(fleet);
    await sleep(1500); /* the link is known to all */
    const visitors = new Visitors(fleet, names);
    const rounds = long ? 10 : 1;
    const order = Object.keys(harms).flatMap((name) => Array(rounds).fill(name));
    for (let i = order.length - 1; i > 0; i--) {
      const j = roll(i + 1);
      [order[i], order[j]] = [order[j], order[i]];
    }
    const harm = (async () => {
      for (const name of order) {
        t.diagnostic(name);
        await harms[name](fleet);
        await sleep(1500);
      }
      visitors.going = false;
    })();
    const crowd = [...Array(6).keys()].map((i) => visitors.visit(i));
    crowd.push(visitors.pay());
    await Promise.all([harm, ...crowd]);
    assert.deepEqual(visitors.wrong, []);
    t.diagnostic(`${visitors.tokens.length} clicks, ${visitors.orders.size} orders, ${visitors.bonuses.size} bonuses acknowledged, ${visitors.refusals} refusals`);
    await reckon(fleet, visitors);
    await noJobTwice(fleet);
  } catch (failure) {
    failure.message += `\nSEED=${seed}\n${fleet.logs()}`;
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
    await sleep(1500);
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
    await sleep(1500);
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
    await sleep(2500);
    assert.match(late.log, /waiting for the database/);
    await fleet.startDatabase();
    await late.ready();
    const taken = await other.call('POST', '/api/v1/conversions', { key: fleet.key, body: sale });
    assert.equal(taken.status, 201, taken.text);
    for (let i = 0; i < 100 && fleet.number('SELECT count(*) FROM click') < 20; i++) await sleep(100);
    const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
    assert.deepEqual(tokens.filter((token) => !ids.has(idOf(token))), []);
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
    const [one] = fleet.nodes;
    await shop(fleet);
    await sleep(1500);
    one.wire.cut(); /* so that its clicks stay where they are */
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
      told = await drain();
      if (told.code === 0) break;
    }
    assert.equal(told.code, 0, told.err);
    assert.equal((await drain()).code, 0);
    const clicks = () => fleet.number('SELECT coalesce(sum(clicks), 0) FROM click_hour');
    const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
    assert.deepEqual(tokens.filter((token) => !ids.has(idOf(token))), []);
    assert.equal(clicks(), 30);
    one.wire.mend(true);
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
