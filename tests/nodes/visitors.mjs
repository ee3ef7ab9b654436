/* People of a shop with three partners: they click, buy, give bonuses and pay, at any node, and ask again until they are
 * answered. What was acknowledged they remember; `reckon` looks whether it is there, once. */
import assert from 'node:assert/strict';
import { tributary } from '../lib/house.mjs';
import { sleep } from './fleet.mjs';

/* The same numbers for the same seed. */
export class Dice {
  constructor(seed) {
    this.at = seed;
  }

  roll(most) {
    this.at = (this.at * 1103515245 + 12345) % 2147483648;
    return Math.floor((this.at / 2147483648) * most);
  }
}

const CODES = ['tea', 'pot', 'cup'];

/* A programme that pays at once, and partners with a link each, all made on one node and used on all. */
export async function shop(fleet) {
  const [node] = fleet.nodes;
  const program = await fleet.call(node, 'POST', '/api/v1/programs', {
    name: 'Kettle', slug: 'kettle', currency: 'EUR', hold_days: 0, approval: 'auto', minimum_payout: 0, allowed_domains: ['shop.example'],
    landing_url: 'https://shop.example/', repeat_minutes: 0, commission: { percent_bp: 1000 },
  });
  const partners = [];
  for (const code of CODES) {
    const partner = await fleet.call(node, 'POST', '/api/v1/partners', { email: `${code}@a.example`, name: `Seller of ${code}` });
    await fleet.call(node, 'POST', `/api/v1/partners/${partner.id}/approve`, {});
    const link = await fleet.call(node, 'POST', '/api/v1/links', { partner_id: partner.id, code, target_url: `https://shop.example/${code}` });
    partners.push({ ...partner, code, link });
  }
  return { program, partners, link: partners[0].link };
}

export const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
export const tokenOf = (answer) => /[?&]tclid=([\w-]+)/.exec(answer?.location ?? '')?.[1];

/* Every node has heard of the links: of the last one that was made, and so of all. */
export async function heard(fleet) {
  for (const node of fleet.nodes)
    for (let i = 0; !tokenOf(await node.call('GET', `/c/${CODES.at(-1)}`, { headers: { 'User-Agent': agent } })); i++) {
      assert.ok(i < 300, `node ${node.number} does not hear of the links`);
      await sleep(50);
    }
}

/* A token begins with its version and the click's id. */
export const idOf = (token) => Buffer.from(token, 'base64url').readBigInt64BE(1).toString();

export class Visitors {
  constructor(fleet, names, dice) {
    Object.assign(this, { fleet, names, dice, tokens: [], orders: new Map(), bonuses: new Map(), payouts: new Map(),
      paid: new Map(), returned: 0, refusals: 0, wrong: [], going: true });
  }

  any() {
    return this.fleet.nodes[this.dice.roll(this.fleet.nodes.length)];
  }

  async click(partner) {
    const answer = await this.any().call('GET', `/c/${partner.code}`, { headers: { 'User-Agent': agent }, ms: 5000 });
    const token = tokenOf(answer);
    if (token) this.tokens.push(token);
    if (answer && answer.status !== 302) this.wrong.push(`a click got ${answer.status}`);
    return token;
  }

  /* Until some node acknowledges it: at another node, or at the same. */
  async insist(path, body, headers = {}) {
    for (const until = Date.now() + 240000; ;) {
      const answer = await this.any().call('POST', path, { key: this.fleet.key, body, headers, ms: 40000 });
      if (answer && answer.status < 300) return answer.json;
      if (answer && answer.status === 503 && !answer.headers.get('retry-after')) this.wrong.push(`503 without Retry-After: ${answer.text}`);
      if (answer && answer.status !== 503 && answer.status !== 409) this.wrong.push(`${path} ${answer.status}: ${answer.text}`);
      this.refusals++;
      if (Date.now() > until) throw new Error(`nobody takes ${path}: ${answer?.status} ${answer?.text}`);
      await sleep(100 + this.dice.roll(300));
    }
  }

  async buy(order, partner, token) {
    await this.insist('/api/v1/conversions', { order_id: order, amount: 10000, currency: 'EUR', click: token });
    this.orders.set(order, partner);
  }

  async visit(number) {
    const { dice, names } = this;
    for (let i = 0; this.going; i++) {
      const partner = names.partners[dice.roll(names.partners.length)];
      const token = await this.click(partner);
      if (token && dice.roll(4) === 0) await this.buy(`O-${number}-${i}`, partner, token);
      if (dice.roll(40) === 0) {
        const name = `bonus-${number}-${i}`;
        await this.insist('/api/v1/commissions', { partner_id: partner.id, amount: 100, currency: 'EUR', reason: name }, { 'Idempotency-Key': name });
        this.bonuses.set(name, partner);
      }
      await sleep(dice.roll(30));
    }
  }

  /* One batch, made and settled: sometimes the bank sends a line back, and what it held is paid with the next. */
  async payOnce(name, cutoff = new Date(Date.now() - this.dice.roll(3) * 1000).toISOString()) {
    const batch = await this.insist('/api/v1/payouts', { program_id: this.names.program.id, currency: 'EUR', cutoff }, { 'Idempotency-Key': name });
    this.payouts.set(batch.id, batch);
    if (!batch.lines.length) return batch;
    for (const line of batch.lines) {
      if (this.dice.roll(5) === 0) {
        await this.insist(`/api/v1/payouts/${batch.id}/lines/${line.id}/failed`, { reason: 'refused' });
        this.returned++;
      } else {
        this.paid.set(line.id, line);
      }
    }
    await this.insist(`/api/v1/payouts/${batch.id}/paid`, {});
    return batch;
  }

  async pay(name) {
    for (let i = 0; this.going; i++) {
      await this.payOnce(`${name}-${i}`);
      await sleep(500 + this.dice.roll(1000));
    }
  }

  /* What is left is paid, until nothing is. */
  async payRest() {
    for (let i = 0; i < 20; i++) {
      const batch = await this.payOnce(`rest-${i}`, new Date().toISOString());
      if (!batch.lines.length && i > 0) return;
      await sleep(1100);
    }
  }

  owed(partner) {
    const of = (map) => [...map.values()].filter((one) => one === partner).length;
    return of(this.orders) * 1000 + of(this.bonuses) * 100;
  }

  told() {
    return `${this.tokens.length} clicks, ${this.orders.size} orders, ${this.bonuses.size} bonuses, ${this.payouts.size} payouts with ${this.paid.size} ` +
      `paid lines (${this.returned} came back) acknowledged, ${this.refusals} refusals`;
  }
}

function clicksOnce(fleet, visitors) {
  const ids = new Set(fleet.sql('SELECT id FROM click').split('\n'));
  assert.deepEqual(visitors.tokens.filter((token) => !ids.has(idOf(token))), [], 'every click that was acknowledged is a row');
  for (const sum of ['click_hour', 'click_sub', 'link_total'])
    assert.equal(fleet.number(`SELECT coalesce(sum(clicks), 0) FROM ${sum}`), ids.size, `${sum} counts every click once`);
}

function ordersOnce(fleet, visitors) {
  const rows = fleet.sql('SELECT order_id, count(*) FROM conversion GROUP BY order_id').split('\n').filter(Boolean).map((line) => line.split('|'));
  const kept = new Map(rows.map(([order, count]) => [order, Number(count)]));
  for (const order of visitors.orders.keys()) assert.equal(kept.get(order), 1, `order ${order}`);
  assert.equal(kept.size, visitors.orders.size, 'no order that nobody acknowledged in the end');
  assert.equal(fleet.number("SELECT count(*) FROM commission WHERE kind = 'sale'"), visitors.orders.size, 'every order credits the partner whose link was clicked');
  assert.equal(fleet.number("SELECT count(*) FROM commission WHERE kind = 'bonus'"), visitors.bonuses.size, 'every bonus once');
}

/* Every cent that was earned went out in one paid line, and in no other. */
async function paidOnce(fleet, visitors) {
  const { partners } = visitors.names;
  assert.equal(fleet.number('SELECT count(*) FROM payout'), visitors.payouts.size, 'no payout that nobody acknowledged in the end');
  assert.equal(fleet.number("SELECT count(*) FROM payout_line WHERE status = 'pending'"), 0);
  assert.equal(fleet.number("SELECT count(*) FROM payout_line WHERE status = 'paid'"), visitors.paid.size, 'the lines that were told to be paid');
  assert.equal(fleet.number("SELECT count(*) FROM payout_line_event WHERE status = 'paid'"), visitors.paid.size, 'and each once');
  assert.equal(fleet.number("SELECT count(*) FROM commission c JOIN payout_line l ON l.id = c.payout_line_id AND l.partner_id = c.partner_id WHERE c.status = 'paid' AND l.status = 'paid'"),
    visitors.orders.size + visitors.bonuses.size, 'every commission is in a line that was paid');
  const lines = [...visitors.paid.values()];
  for (const partner of partners) {
    const owed = visitors.owed(partner);
    assert.equal(lines.filter((line) => line.partner_id === partner.id).reduce((sum, line) => sum + line.amount, 0), owed, `${partner.code}: the lines are what he earned`);
    const balance = await fleet.call(visitors.any(), 'GET', `/api/v1/partners/${partner.id}/balance`);
    assert.deepEqual(balance.EUR, { pending: 0, payable: 0, held: 0, carried: 0, in_payout: 0, paid: owed }, partner.code);
  }
}

/* Everything that was acknowledged, once; the books agree with themselves. */
export async function reckon(fleet, visitors) {
  for (let i = 0; i < 100; i++) { /* journals empty themselves */
    if (fleet.number('SELECT count(*) FROM click') >= new Set(visitors.tokens).size) break;
    await sleep(200);
  }
  await sleep(3000);
  clicksOnce(fleet, visitors);
  ordersOnce(fleet, visitors);
  await paidOnce(fleet, visitors);
  const told = await tributary('verify', '--database', fleet.url);
  assert.equal(told.code, 0, told.out + told.err);
  assert.match(told.out, / 0 differences/);
}

/* The nightly check of the books leaves a row each time; it fell due when the first node began. When its node was killed,
   another takes it once the lease of a minute is over. */
export async function noJobTwice(fleet) {
  for (let i = 0; i < 100 && fleet.number('SELECT count(*) FROM verify') === 0; i++) await sleep(1000);
  assert.equal(fleet.sql("SELECT kind, error FROM job WHERE state = 'failed'"), '', 'no job failed');
  assert.equal(fleet.number('SELECT count(*) FROM verify'), 1, 'the nightly work ran once');
}
