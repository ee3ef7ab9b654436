/* Tells a story to a real server over HTTP, and holds every answer and balance against the reference model. */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tributary } from '../lib/house.mjs';
import { nodes } from '../lib/street.mjs';
import { Wire } from '../lib/wire.mjs';
import { Books, PLACES } from './books.mjs';

const HOUR = 3600000;
const agent = new Agent({ keepAlive: true, maxSockets: 128 });

export class Differs extends Error {}

/* One call with a kept connection: { status, json, headers, text }. */
export function call(house, method, path, said = {}) {
  const { hostname, port } = new URL(house.base);
  const { headers, sent } = wordsOf(said);
  return new Promise((done, fail) => {
    const asked = request({ agent, hostname, port, method, path, headers: { ...headers, ...(sent && { 'Content-Length': Buffer.byteLength(sent) }) } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', fail);
      answer.on('end', () => done(understood({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() })));
    });
    /* A kept connection may have been let go meanwhile: the clock leaps, and it was idle for days. */
    asked.on('error', (failure) => (asked.reusedSocket && failure.code === 'ECONNRESET' ? call(house, method, path, said).then(done, fail) : fail(failure)));
    asked.end(sent);
  });
}

function wordsOf({ key, body, cookie, agent: release = 128 }) {
  const headers = { 'User-Agent': `Mozilla/5.0 (X11; Linux x86_64; rv:${release}.0) Gecko/20100101 Firefox/${release}.0` };
  if (key) headers.Authorization = `Bearer ${key}`;
  if (cookie) headers.Cookie = cookie;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  return { headers, sent: body === undefined ? undefined : JSON.stringify(body) };
}

function understood(answer) {
  const isJson = /json/.test(answer.headers['content-type'] ?? '');
  return { ...answer, json: isJson && answer.text ? JSON.parse(answer.text) : undefined };
}

/* The one clock of a server. Whole hours, so that no order lies on the edge of a window or of a hold. */
export class Clock {
  constructor(house) {
    this.house = house;
    this.hour = 0;
    this.moved = Promise.resolve();
  }

  /* One after the other: a clock that settles holds what the work it waits for may need. */
  move(ms) {
    return (this.moved = this.moved.then(() => this.moveNow(ms)));
  }

  async moveNow(by) {
    const ms = typeof by === 'function' ? by() : by;
    const { now } = await this.house.advance(ms);
    this.known = Date.parse(now);
  }

  async now() {
    await this.move(0);
    return new Date(this.known).toISOString();
  }

  async begin() {
    await this.move(0);
    this.hour = Math.floor(this.known / HOUR);
    await this.forward(1);
  }

  async forward(hours) {
    this.hour += hours;
    const { hour } = this;
    await this.move(() => Math.max(0, hour * HOUR - this.known));
  }
}

const must = (answer, status, what) => {
  if (answer.status !== status) throw new Error(`${what}: ${answer.status} ${answer.text}`);
  return answer.json;
};
let worlds = 0;

export class Teller {
  constructor(house, clock, world, Model = Books) {
    Object.assign(this, { house, clock, world, told: 0 });
    this.books = new Model(world);
    this.ids = new Map();
    this.bodies = new Map();
    this.cookies = new Map();
    this.lines = new Map();
  }

  api(method, path, body, test) {
    const where = this.program ? `${path.includes('?') ? '&' : '?'}program_id=${this.program}` : '';
    return this.say(this.house, method, `/api/v1${path}${where}`, { key: test ? this.house.test_key : this.house.api_key, body });
  }

  /* By a wire of its own where there is one server; else whoever is next answers. */
  say(house, method, path, said) {
    if (!this.wire) return call(house, method, path, said);
    const { headers, sent } = wordsOf(said);
    return this.wire.ask(method, path, headers, sent).then(understood);
  }

  wired() {
    if (nodes === 1) this.wire = new Wire(this.house.base);
    return this;
  }

  leave() {
    this.wire?.end();
  }

  /* A programme of its own, with its partners and codes. */
  async build() {
    const { world } = this;
    const n = ++worlds;
    this.zero = this.clock.hour * HOUR;
    this.books.zero = this.zero;
    const made = must(await this.api('POST', '/programs', { name: `Story ${n}`, slug: `story-${process.pid}-${n}`,
      currency: world.currency, window_days: world.windowDays, hold_days: world.holdDays, customer_days: world.customerDays,
      minimum_payout: world.minimum, clawback_days: world.clawbackDays ?? 0, customer_binding: world.binding ?? 'any',
      repeat_minutes: world.repeatMinutes ?? 0, attribution: world.model, coupon_precedence: world.precedence, approval: world.approval,
      allowed_domains: ['shop.example'], landing_url: 'https://shop.example/', commission: rewardOf(world.reward) }), 201, 'programme');
    this.program = made.id;
    this.partners = [];
    this.codes = [];
    for (const [i, partner] of world.partners.entries()) {
      const { id } = must(await this.api('POST', '/partners', { email: `p${i}@story${n}.example`,
        name: `Partner ${i}`, kind: 'blogger', ...(partner.group && { group: partner.group }),
        ...(partner.recruiter !== undefined && { recruited_by: this.partners[partner.recruiter] }) }), 201, 'partner');
      must(await this.api('POST', `/partners/${id}/approve`, {}), 200, 'approval');
      const links = must(await this.api('GET', `/links?partner_id=${id}`), 200, 'links');
      this.partners.push(id);
      this.codes.push(links.data[0].code);
    }
    this.coupons = [];
    for (const coupon of world.coupons) {
      const { id } = must(await this.api('POST', '/coupons', { partner_id: this.partners[coupon.partner],
        code: coupon.code, ...(coupon.most && { max_uses: coupon.most }) }), 201, 'coupon');
      this.coupons.push(id);
    }
    return this;
  }

  /* At which the story began. */
  get hourOfDay() {
    return (this.zero / HOUR) % 24;
  }

  partnerOf(id) {
    return this.partners.indexOf(id);
  }

  time(ms) {
    return new Date(this.zero + ms).toISOString();
  }

  /* One step of the story. False when there is nothing to tell: what it is about was never told. */
  async tell(op) {
    const before = this.partners.map((_, i) => JSON.stringify(this.books.balance(i), plain));
    if (op.do === 'wait') await this.clock.forward(op.hours);
    const ago = this.books.now;
    const wanted = this.books.tell(op);
    if (!wanted) return false;
    const reads = !this.books.hasDue(); /* else when the clock has been round */
    this.told++;
    if (op.do === 'wait') {
      if (reads) await this.balances(before);
      return true;
    }
    const asked = this.wire?.asked;
    const answer = this[op.do](op, ago);
    const isAsked = this.wire?.asked > asked && !this.isUnknown(op);
    const reading = reads && isAsked ? this.balances(before) : undefined; /* in one breath */
    reading?.catch(() => {}); /* heard below */
    const got = await answer;
    if (op.do === 'click') await this.house.settled(); /* else its order may hear of it later: late.test.mjs */
    this.compare(op, wanted, got);
    if (reads) await (reading ?? this.balances(before));
    return true;
  }

  compare(op, wanted, got) {
    if (![wanted.status].flat().includes(got.status)) throw new Differs(`status: the model says ${wanted.status}, the server ${got.status} ${got.text.slice(0, 300)}`);
    if (wanted.bulk) same('chosen', wanted.bulk, [got.json.count, ...got.json.sums.map(({ sum }) => `${sum.amount} ${sum.currency}`).sort()]);
    if (wanted.amounts)
      same('commissions', wanted.amounts, got.json.commissions.filter(isOfOrder).map((one) => [this.partnerOf(one.partner_id), one.currency, one.amount]));
    if (wanted.lines)
      same('lines', sorted(wanted.lines), sorted(got.json.lines.map((line) => [this.partnerOf(line.partner_id), line.amount, line.pay_amount || line.amount])));
  }

  async balances(before) {
    const mine = this.partners.map((_, i) => this.books.balance(i));
    const changed = mine.map((one, i) => i).filter((i) => JSON.stringify(mine[i], plain) !== before[i] || this.told % (4 * mine.length) === 4 * i);
    const [all, wanted] = [this.books.balance(), changed.map((i) => shown(mine[i]))];
    const [total, ...ones] = await Promise.all([this.api('GET', '/balance'), ...changed.map((i) => this.api('GET', `/partners/${this.partners[i]}/balance`))]);
    same('balance of all', shown(all), shown(total.json));
    changed.forEach((i, n) => same(`balance of partner ${i}`, wanted[n], shown(ones[n].json)));
  }

  /* At the end: every commission, and what test orders earned. */
  async finish({ replays = true } = {}) {
    for (const test of [false, true]) {
      const rows = [];
      let after = '';
      do {
        const page = must(await this.api('GET', `/commissions?limit=100${after}`, undefined, test), 200, 'commissions');
        rows.push(...page.data);
        after = page.has_more ? `&after=${encodeURIComponent(page.next)}` : '';
      } while (after);
      same(test ? 'test commissions' : 'commissions', this.books.listed(test), rows.map((row) => [row.order_id ?? '-',
        this.partnerOf(row.partner_id), row.currency, row.earned_amount, row.reversed_amount, row.amount, row.status].join(' ')).sort());
    }
    const total = await this.api('GET', `/balance`, undefined, true);
    const owing = must(await this.api('GET', '/receivables?limit=100'), 200, 'receivables').data;
    same('what partners owe', sorted(this.books.receivables()),
      sorted(owing.map((one) => [this.partnerOf(one.partner_id), one.currency, one.carried, one.waiting, one.owed, one.has_left])));
    same('balance of test orders', shown(this.books.balance(undefined, true)), shown(total.json));
  }

  /* History decided again: what stands is what was booked, what is drafted is what the model says. */
  async replay(model) {
    const draft = join(this.house.folder, `draft-${model}.json`);
    await writeFile(draft, JSON.stringify(model ? { attribution: model } : {}));
    const run = await tributary('replay', '--data', this.house.data, '--program', this.program, '--rules', draft, '--json');
    if (run.code !== 0) throw new Error(`replay: ${run.err}`);
    const sums = (name) => JSON.parse(run.out).data.filter((line) => line[name] !== 0)
      .map((line) => `${this.partnerOf(line.partner_id)} ${line.currency} ${line[name]}`).sort();
    same('replay of what stands', this.books.whatIf(), sums('before'));
    same(`replay by ${model}`, this.books.whatIf(model), sums('after'));
  }

  /* ---- each kind of step ---- */

  async click({ name, visitor, partner, subs }) {
    const asked = subs ? `?${new URLSearchParams(subs)}` : '';
    const answer = await this.say(this.house.near(visitor), 'GET', `/c/${this.codes[partner]}${asked}`, { cookie: this.cookies.get(visitor), agent: 128 + Number(visitor.slice(1) || 0) });
    const [cookie] = answer.headers['set-cookie'] ?? [];
    if (cookie) this.cookies.set(visitor, cookie.split(';')[0]);
    if (answer.status === 302) this.ids.set(name, new URL(answer.headers.location).searchParams.get('tclid'));
    return answer;
  }

  scopeOf(scope) {
    const { partner, ...rest } = scope;
    return partner === undefined ? rest : { ...rest, partner_id: this.partners[partner] };
  }

  async rule({ name, kind, scope, reward, tiers, by, recurring, cap, target, levels, months }) {
    const answer = await this.api('POST', '/rules', { name, scope: this.scopeOf(scope), ...(reward && { reward: rewardOf(reward) }), ...(cap && { cap }),
      ...(kind && { kind, ...(by && { tiered_by: by }), ...(target && { target }), ...(months && { months }) }),
      ...(levels && { levels: levels.map((percent) => ({ percent_bp: percent })) }), ...(tiers && { tiers: tiers.map((step) => ({ from: step.from, ...rewardOf(step) })), tiered_by: by }),
      ...(recurring && { recurring: { ...recurring, steps: (recurring.steps ?? []).map((step) => ({ from_order: step.from, ...rewardOf(step) })) } }) });
    this.ids.set(name, answer.json?.id);
    return answer;
  }

  async change({ rule, reward, target }) {
    const answer = await this.api('PATCH', `/rules/${this.ids.get(rule)}`, { ...(reward && { reward: rewardOf(reward) }), ...(target && { target }) });
    if (answer.status === 200) this.ids.set(rule, answer.json.id);
    return answer;
  }

  end({ rule }) {
    return this.api('PATCH', `/rules/${this.ids.get(rule)}`, { ends_at: this.time(this.books.now - HOUR) });
  }

  settings({ terms, minimum, reward }) {
    const names = { model: 'attribution', precedence: 'coupon_precedence', windowDays: 'window_days', holdDays: 'hold_days', customerDays: 'customer_days', clawbackDays: 'clawback_days', binding: 'customer_binding' };
    const body = {};
    for (const [name, value] of Object.entries(terms ?? {})) body[names[name]] = value;
    if (minimum !== undefined) body.minimum_payout = minimum;
    if (reward) body.commission = rewardOf(reward);
    return this.api('PATCH', `/programs/${this.program}`, body);
  }

  seat({ partner, suspended }) {
    return this.api('POST', `/partners/${this.partners[partner]}/${suspended ? 'suspend' : 'approve'}`, suspended ? { reason: 'terms' } : {});
  }

  coupon({ coupon, paused }) {
    return this.api('PATCH', `/coupons/${this.coupons[coupon]}`, { status: paused ? 'paused' : 'active' });
  }

  bodyOf(op) {
    const body = { order_id: op.name, type: op.type, amount: op.amount, currency: op.currency };
    Object.assign(body, this.whenOf(op));
    if (op.click && this.ids.has(op.click)) body.click = this.ids.get(op.click);
    for (const [name, member] of [['coupon', 'coupon'], ['customer', 'customer_id'], ['fresh', 'new_customer'], ['items', 'items'], ['country', 'country']])
      if (op[name] !== undefined) body[member] = op[name];
    return body;
  }

  async sale(op) {
    const body = this.bodyOf(op);
    const answer = await this.api('POST', '/conversions', body, op.test);
    const key = this.books.key(op);
    if (answer.status === 201) {
      this.ids.set(`order ${key}`, answer.json.id);
      this.bodies.set(key, body);
      await this.readAgain(answer.json, op);
      answer.json.commissions.filter(isOfOrder).forEach((one, n) => this.ids.set(`row ${key} ${n}`, one.id));
    }
    return answer;
  }

  /* Now and then: what an order is answered with is what is read of it. A click may come in between, or the clock. */
  async readAgain(told, op) {
    this.sales = (this.sales ?? 0) + 1;
    if (this.sales % 4 || this.books.hasDue() || [...told.attribution.winners, ...told.attribution.losers].some(({ touch }) => touch.waits)) return;
    const read = must(await this.api('GET', `/conversions/${told.id}`, undefined, op.test), 200, 'order');
    assert.deepEqual(told, read);
  }

  again(op) {
    return this.api('POST', '/conversions', this.bodies.get(this.books.key(op)), op.test);
  }

  conflict(op) {
    const body = this.bodies.get(this.books.key(op));
    return this.api('POST', '/conversions', { ...body, amount: body.amount + 1 }, op.test);
  }

  decline(op) {
    return this.api('POST', `/conversions/${this.ids.get(`order ${this.books.key(op)}`)}/decline`, { reason: 'cancelled' }, op.test);
  }

  /* By the order's own id: it may not have been told yet. */
  refund(op) {
    return this.api('POST', '/refunds', { order_id: op.order, refund_id: op.name, amount: op.amount,
      currency: op.currency, ...(op.chargeback && { kind: 'chargeback' }), ...(op.items && { items: op.items }), ...this.whenOf(op) }, op.test);
  }

  amend(op) {
    return this.api('POST', '/amendments', { order_id: op.order, amendment_id: op.name, amount: op.amount, currency: op.currency,
      ...(op.items && { items: op.items }), ...this.whenOf(op) }, op.test);
  }

  /* What was told late says when it happened. */
  whenOf({ ago }) {
    return ago === undefined ? {} : { occurred_at: this.time(this.books.now - HOUR / 2 - ago * HOUR) };
  }

  hand(op) {
    return this.api('POST', `/conversions/${this.ids.get(`order ${this.books.key(op)}`)}/move`, { to_partner_id: this.partners[op.to],
      ...(op.from !== undefined && { from_partner_id: this.partners[op.from] }), reason: 'by hand' });
  }

  move(op) {
    const post = (id) => this.api('POST', `/commissions/${id}/${op.verb}`, op.verb === 'decline' ? { reason: 'fraud' } : {}, op.test);
    if (this.isUnknown(op)) return this.rowOf(op).then(post);
    return post(this.ids.get(op.hand ?? `row ${this.books.key(op)} ${op.n}`));
  }

  /* Which commission it is about has to be asked first. */
  isUnknown(op) {
    return op.do === 'move' && !op.hand && !this.ids.has(`row ${this.books.key(op)} ${op.n}`);
  }

  /* The nth commission of an order, in the order in which they came about. */
  async rowOf(op) {
    const key = this.books.key(op);
    const order = must(await this.api('GET', `/conversions/${this.ids.get(`order ${key}`)}`, undefined, op.test), 200, 'order');
    order.commissions.filter(isOfOrder).forEach((one, n) => this.ids.set(`row ${key} ${n}`, one.id));
    return this.ids.get(`row ${key} ${op.n}`);
  }

  async give(op) {
    const answer = await this.api('POST', '/commissions', { partner_id: this.partners[op.partner],
      amount: op.amount, currency: op.currency, reason: 'by hand' });
    if (answer.status === 201) this.ids.set(op.name, answer.json.id);
    return answer;
  }

  async payout(op) {
    const cutoff = op.back === undefined ? await this.clock.now() : this.time(this.books.now - op.back * HOUR);
    const answer = await this.api('POST', '/payouts', { currency: op.currency, cutoff, ...(op.exchange && { pay_in: this.world.currency }) });
    if (answer.status === 201) {
      this.ids.set(op.name, answer.json.id);
      for (const line of answer.json.lines) this.lines.set(`${op.name} ${this.partnerOf(line.partner_id)}`, line.id);
    }
    return answer;
  }

  rate({ currency, back, rate }) {
    return this.api('POST', '/rates', { currency, rate, day: this.time(this.books.now - back * 24 * HOUR).slice(0, 10) });
  }

  recruit({ partner, by }) {
    return this.api('PATCH', `/partners/${this.partners[partner]}`, { recruited_by: this.partners[by] });
  }

  group({ partner, group }) {
    return this.api('PATCH', `/partners/${this.partners[partner]}`, { group });
  }

  bulk({ verb, partner, status, currency, preview }) {
    return this.api('POST', '/commissions/bulk', { move: verb, all: true, ...(status && { status }), ...(currency && { currency }), ...(preview && { preview }),
      ...(partner !== undefined && { partner_id: this.partners[partner] }), ...(verb === 'decline' && { reason: 'fraud' }) });
  }

  line(op) {
    return this.api('POST', `/payouts/${this.ids.get(op.payout)}/lines/${this.lines.get(`${op.payout} ${op.partner}`)}/${op.to}`,
      op.to === 'failed' ? { reason: 'refused' } : {});
  }

  paid(op) {
    return this.api('POST', `/payouts/${this.ids.get(op.payout)}/paid`, {});
  }
}

/* What a recruiter has of an order is listed with it. */
const isOfOrder = (commission) => commission.kind !== 'bonus';
export const plain = (_, value) => (typeof value === 'bigint' ? Number(value) : value);
const sorted = (list) => list.map((one) => JSON.stringify(one, plain)).sort();

function rewardOf({ percent, amount, per }) {
  return { ...(percent !== undefined ? { percent_bp: percent } : { amount }), ...(per && { per }) };
}

/* A balance as text, without currencies in which nothing is. */
function shown(balance) {
  return Object.entries(balance ?? {}).filter(([, one]) => PLACES.some((place) => Number(one[place]) !== 0))
    .map(([currency, one]) => `${currency} ${PLACES.map((place) => `${place} ${one[place]}`).join(', ')}`).sort();
}

function same(what, wanted, got) {
  const [a, b] = [JSON.stringify(wanted, plain), JSON.stringify(got, plain)];
  if (a !== b) throw new Differs(`${what}: the model says ${a}, the server ${b}`);
}
