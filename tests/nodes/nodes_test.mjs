/* Three nodes on one PostgreSQL, harmed in random order: what was acknowledged is there exactly once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tributary } from '../lib/house.mjs';
import { Fleet, sleep } from './fleet.mjs';

const long = Boolean(process.env.TEST_LONG);
const seed = Number(process.env.SEED ?? Date.now() % 1e6);
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

/* The nightly check of the books leaves a row each time; it fell due when the first node began. */
function noJobTwice(fleet) {
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
    noJobTwice(fleet);
  } catch (failure) {
    failure.message += `\nSEED=${seed}\n${fleet.logs()}`;
    throw failure;
  } finally {
    await fleet.end();
  }
});
