/* The reference model: what the books must say, worked out plainly from the facts as they are told. No accounts and no
 * entries: balances are what the rows say. Times are milliseconds since the story began. */
import { worth } from './arithmetic.mjs';
import { judge, sharesOf } from './attribution.mjs';
import { decide } from './rules.mjs';

const HOUR = 3600000;
const DAY = 24 * HOUR;
export const PLACES = ['pending', 'payable', 'held', 'carried', 'in_payout', 'paid'];

const leads = {
  approve: { pending: 'payable' },
  hold: { pending: 'held', payable: 'held' },
  release: { held: 'pending' },
};

export class Books {
  constructor(world) {
    this.world = world;
    this.now = 0; /* a whole hour; what happens in it comes a little later */
    this.tick = 0;
    this.number = 0;
    this.groups = world.partners.map((partner) => partner.group);
    this.suspended = new Set();
    this.coupons = world.coupons.map((coupon) => ({ ...coupon, uses: 0, paused: false }));
    this.terms = [{ from: -Infinity, model: world.model, precedence: world.precedence, windowDays: world.windowDays,
      holdDays: world.holdDays, customerDays: world.customerDays }];
    this.rules = [{ number: this.number++, line: 'default', scope: {}, starts: -Infinity, reward: world.reward }];
    this.minimum = world.minimum;
    this.clicks = new Map();
    this.orders = new Map(); /* by name and mode */
    this.refunds = [];
    this.hands = new Map();
    this.rows = [];
    this.carries = [];
    this.payouts = new Map();
  }

  /* The moment of what is told now: later than all before it in this hour. */
  moment() {
    return this.now + ++this.tick;
  }

  /* What the server must answer: { status, … }; null when the story has nothing to say it about. */
  tell(op) {
    return this[op.do](op);
  }

  wait({ hours }) {
    this.now += hours * HOUR;
    this.tick = 0;
    this.mature();
    return {};
  }

  /* ---- facts ---- */

  click({ name, visitor, partner }) {
    if (this.suspended.has(partner)) return null;
    this.clicks.set(name, { visitor, partner, at: this.moment(), number: ++this.number });
    return { status: 302 };
  }

  rule({ name, scope, reward }) {
    this.rules.push({ number: this.number++, line: name, scope, reward, starts: this.moment() });
    return { status: 201 };
  }

  current(line) {
    return this.rules.findLast((rule) => rule.line === line);
  }

  change({ rule: name, reward }) {
    const old = this.current(name);
    if (!old) return null;
    if (old.ends !== undefined) return { status: 409 };
    old.ends = this.moment();
    this.rules.push({ ...old, number: this.number++, reward, starts: old.ends, ends: undefined });
    return { status: 200 };
  }

  end({ rule: name }) {
    const old = this.current(name);
    if (!old) return null;
    if (old.ends !== undefined) return { status: 409 };
    old.ends = this.moment();
    return { status: 200 };
  }

  settings({ terms, minimum, reward }) {
    if (terms) this.terms.push({ ...this.terms.at(-1), ...terms, from: this.moment() });
    if (minimum !== undefined) this.minimum = minimum;
    if (reward) this.change({ rule: 'default', reward });
    return { status: 200 };
  }

  seat({ partner, suspended }) {
    if (this.suspended.has(partner) === suspended) return null;
    if (suspended) this.suspended.add(partner);
    else this.suspended.delete(partner);
    return { status: 200 };
  }

  coupon({ coupon, paused }) {
    this.coupons[coupon].paused = paused;
    return { status: 200 };
  }

  /* ---- orders ---- */

  key(op) {
    return `${op.test ? 'test ' : ''}${op.name ?? op.order}`;
  }

  touchesOf(order, terms) {
    const touches = [];
    const add = (touch) => {
      if (touch.click && touches.some((other) => other.click === touch.click)) return;
      touches.push({ ...touch, bar: touch.bar || this.suspended.has(touch.partner) });
    };
    const token = this.clicks.get(order.click);
    if (token) {
      add({ kind: 'click', evidence: 'token', click: token.number, partner: token.partner, at: token.at });
      for (const click of this.clicks.values())
        if (click.visitor === token.visitor && click.at >= order.at - 2 * terms.windowDays * DAY && click.at <= order.at + 300000)
          add({ kind: 'click', evidence: 'cookie', click: click.number, partner: click.partner, at: click.at });
    }
    const coupon = this.coupons.find((one) => one.code === order.coupon);
    if (coupon)
      add({ kind: 'coupon', evidence: 'coupon', coupon, partner: coupon.partner, at: order.at,
        bar: coupon.paused || (coupon.most > 0 && coupon.uses >= coupon.most) });
    if (order.customer) for (const touch of this.knownBy(order)) add(touch);
    return touches;
  }

  /* What led this customer to earlier orders, the latest first. */
  knownBy(order) {
    const known = [];
    for (const earlier of this.orders.values()) {
      if (earlier.customer !== order.customer || Boolean(earlier.test) !== Boolean(order.test)) continue;
      if (earlier.declined || earlier.at > order.at) continue;
      earlier.touches.forEach((touch, n) => {
        if ((touch.kind === 'click' && !touch.bar) || (touch.kind === 'coupon' && touch.share > 0))
          known.push({ kind: 'customer', evidence: 'customer', click: touch.click, partner: touch.partner, at: touch.at,
            order: earlier.number, n });
      });
    }
    return known.sort((a, b) => b.at - a.at || b.order - a.order || b.n - a.n);
  }

  sale(op) {
    const standing = this.orders.get(this.key(op));
    if (standing) return { status: 409 };
    const at = op.ago === undefined ? this.moment() : this.now - HOUR / 2 - op.ago * HOUR;
    const order = { ...op, at, number: this.number++, refunded: 0n, rows: [], declined: false };
    const terms = this.terms.findLast((one) => one.from <= at);
    order.touches = this.touchesOf(order, terms);
    judge(order.touches, at, terms);
    this.orders.set(this.key(op), order);
    for (const touch of order.touches)
      if (touch.kind === 'coupon' && touch.share > 0) {
        touch.coupon.uses++;
        order.used = touch.coupon;
      }
    this.accrue(order, decide(order, sharesOf(order.touches), this.rules, this.groups), terms);
    for (const refund of this.refunds) if (refund.waits && refund.order === this.key(op)) this.arrive(refund, order);
    return { status: 201, amounts: order.rows.map((row) => [row.partner, row.currency, row.amount]) };
  }

  accrue(order, parts, terms) {
    const created = this.moment();
    const make = (part, amount) => {
      const row = { order, partner: part.partner, currency: part.currency, exact: part.exact, earned: amount, amount,
        reversed: 0n, booked: amount, place: 'pending', matures: order.at + terms.holdDays * DAY, created,
        test: Boolean(order.test), number: this.number++ };
      order.rows.push(row);
      this.rows.push(row);
    };
    const sums = new Map();
    for (const currency of new Set(parts.map((part) => part.currency))) {
      const mine = parts.filter((part) => part.currency === currency);
      worth(mine.map((part) => part.exact), 0n, 0n).forEach((amount, i) => sums.set(mine[i], amount));
    }
    for (const part of parts) make(part, sums.get(part));
  }

  again(op) {
    return this.orders.has(this.key(op)) ? { status: 200 } : null;
  }

  conflict(op) {
    return this.orders.has(this.key(op)) ? { status: 409 } : null;
  }

  decline(op) {
    const order = this.orders.get(this.key(op));
    if (!order) return null;
    if (order.declined) return { status: 409 };
    for (const row of order.rows) if (!row.declined) this.take(row, row.amount, true);
    if (order.used) order.used.uses--;
    order.used = undefined;
    order.declined = true;
    return { status: 200 };
  }

  /* ---- refunds ---- */

  refund(op) {
    const key = this.key({ order: op.order, test: op.test });
    const order = this.orders.get(key);
    const amount = BigInt(op.amount);
    const before = this.refunds.find((one) => one.order === key && one.name === op.name);
    if (before) return { status: before.amount === amount && before.currency === op.currency ? 200 : 409 };
    const refund = { order: key, name: op.name, amount, currency: op.currency, waits: !order };
    if (order && (op.currency !== order.currency || amount > BigInt(order.amount) - order.refunded)) return { status: 422 };
    this.refunds.push(refund);
    if (order) this.arrive(refund, order);
    return { status: 201 };
  }

  arrive(refund, order) {
    refund.waits = false;
    if (refund.currency !== order.currency || refund.amount > BigInt(order.amount) - order.refunded) return;
    order.refunded += refund.amount;
    for (const currency of new Set(order.rows.map((row) => row.currency))) {
      const rows = order.rows.filter((row) => row.currency === currency);
      const whole = BigInt(order.amount);
      worth(rows.map((row) => row.exact), whole, whole - order.refunded).forEach((target, i) => {
        const row = rows[i];
        const less = row.earned - row.reversed - target;
        if (less !== 0n && !row.declined) this.take(row, less, false);
      });
    }
  }

  waits(row) {
    return row.place === 'pending' || row.place === 'held' || row.place === 'payable';
  }

  /* Takes `less` of a row's worth: where it waits, or else as an amount carried to the next payout. */
  take(row, less, declines) {
    const here = this.waits(row) ? (less < row.booked ? less : row.booked) : 0n;
    if (less !== here) this.carries.push({ partner: row.partner, currency: row.currency, amount: here - less, test: row.test, row });
    row.amount -= less;
    row.booked -= here;
    if (declines) row.declined = true;
    else row.reversed += less;
    if (row.booked === 0n && this.waits(row) && row.amount === 0n && (declines || row.earned !== 0n)) row.place = 'none';
  }

  /* ---- by hand and by the clock ---- */

  rowOf(op) {
    return op.hand ? this.hands.get(op.hand) : this.orders.get(this.key(op))?.rows[op.n];
  }

  move(op) {
    const row = this.rowOf(op);
    if (!row) return null;
    if (op.verb === 'decline') {
      if (row.declined || !this.waits(row)) return { status: 409 };
      this.take(row, row.amount, true);
      return { status: 200 };
    }
    const to = leads[op.verb][row.place];
    if (row.declined || !to) return { status: 409 };
    row.place = op.verb === 'release' && row.payableAt !== undefined ? 'payable' : to;
    if (row.place === 'payable') row.payableAt = this.moment();
    return { status: 200 };
  }

  isDue(row) {
    return this.world.approval === 'auto' && row.place === 'pending' && row.matures <= this.now && !row.declined;
  }

  /* Something is due that no job has looked at yet. */
  hasDue() {
    return this.rows.some((row) => this.isDue(row));
  }

  mature() {
    for (const row of this.rows)
      if (this.isDue(row)) {
        row.place = 'payable';
        row.payableAt = Math.max(row.matures, row.created);
      }
  }

  give(op) {
    const amount = BigInt(op.amount);
    const row = { partner: op.partner, currency: op.currency, earned: amount, amount, reversed: 0n, booked: amount,
      place: amount > 0n ? 'payable' : 'carried', payableAt: this.moment(), test: false, number: this.number++ };
    this.rows.push(row);
    this.hands.set(op.name, row);
    if (amount < 0n) this.carries.push({ partner: op.partner, currency: op.currency, amount, test: false, row });
    return { status: 201 };
  }

  /* ---- payouts ---- */

  payout(op) {
    const cutoff = op.back === undefined ? this.moment() : this.now - op.back * HOUR;
    const lines = [];
    this.mature();
    for (let partner = 0; partner < this.groups.length; partner++) {
      const mine = (one) => one.partner === partner && one.currency === op.currency && !one.test;
      const rows = this.rows.filter((row) => mine(row) && row.place === 'payable' && row.booked !== 0n && row.payableAt <= cutoff);
      const carries = this.carries.filter((carry) => mine(carry) && !carry.line);
      const net = [...rows.map((row) => row.booked), ...carries.map((carry) => carry.amount)].reduce((a, b) => a + b, 0n);
      const minimum = op.currency === this.world.currency ? BigInt(this.minimum) : 0n;
      if (net <= 0n || net < minimum || this.suspended.has(partner)) continue;
      const line = { partner, currency: op.currency, net, state: 'taken', rows, carries };
      for (const row of rows) row.place = 'in_payout';
      for (const carry of carries) {
        carry.line = line;
        if (carry.row.place !== 'carried') continue;
        carry.row.place = 'in_payout';
        rows.push(carry.row);
      }
      lines.push(line);
    }
    this.payouts.set(op.name, lines);
    return { status: 201, lines: lines.map((line) => [line.partner, line.net]) };
  }

  line(op) {
    const line = this.payouts.get(op.payout)?.find((one) => one.partner === op.partner);
    if (!line) return null;
    if (line.state === op.to) return { status: 200 };
    if (line.state === 'failed') return { status: 409 };
    this.settle(line, op.to);
    return { status: 200 };
  }

  paid(op) {
    const lines = this.payouts.get(op.payout);
    if (!lines) return null;
    for (const line of lines) if (line.state === 'taken') this.settle(line, 'paid');
    return { status: 200 };
  }

  settle(line, to) {
    line.state = to;
    for (const row of line.rows) row.place = to === 'paid' ? 'paid' : row.earned < 0n ? 'carried' : 'payable';
    if (to === 'paid') return;
    for (const carry of line.carries) carry.line = undefined;
    line.rows = [];
  }

  /* ---- what the books say ---- */

  /* { EUR: { pending, … } } of one partner, or of all. Currencies with nothing in them may be absent. */
  balance(partner, test = false) {
    const all = {};
    const add = (one, place, amount) => {
      if (partner !== undefined && one.partner !== partner) return;
      all[one.currency] ??= Object.fromEntries(PLACES.map((name) => [name, 0n]));
      all[one.currency][place] += amount;
    };
    for (const row of this.rows) if (row.test === test && this.waits(row)) add(row, row.place, row.booked);
    for (const carry of this.carries)
      if (carry.test === test && !carry.line) add(carry, carry.amount < 0n ? 'carried' : 'payable', carry.amount);
    if (test) return all;
    for (const lines of this.payouts.values())
      for (const line of lines) if (line.state !== 'failed') add(line, line.state === 'paid' ? 'paid' : 'in_payout', line.net);
    return all;
  }

  /* What orders are worth to each partner if they had been judged by another model: "partner currency sum". */
  whatIf(model) {
    const sums = new Map();
    const add = (partner, currency, amount) => sums.set(`${partner} ${currency}`, (sums.get(`${partner} ${currency}`) ?? 0n) + amount);
    for (const order of this.orders.values()) {
      if (order.test || order.declined) continue;
      const terms = this.terms.findLast((one) => one.from <= order.at);
      const touches = order.touches.map((touch) => ({ ...touch }));
      judge(touches, order.at, model ? { ...terms, model } : terms);
      const parts = decide(order, sharesOf(touches), this.rules, this.groups);
      const whole = BigInt(order.amount);
      for (const currency of new Set(parts.map((part) => part.currency))) {
        const mine = parts.filter((part) => part.currency === currency);
        worth(mine.map((part) => part.exact), whole, whole - order.refunded).forEach((amount, i) => {
          const isDeclined = order.rows.some((row) => row.declined && row.partner === mine[i].partner);
          if (!isDeclined) add(mine[i].partner, currency, amount);
        });
      }
    }
    return [...sums].filter(([, sum]) => sum !== 0n).map(([key, sum]) => `${key} ${sum}`).sort();
  }

  statusOf(row) {
    if (row.declined) return 'declined';
    if (row.amount === 0n && row.earned !== 0n && !(row.booked !== 0n && this.waits(row))) return 'reversed';
    return { pending: 'pending', held: 'held', payable: 'payable', in_payout: 'payable', carried: 'payable', paid: 'paid', none: 'reversed' }[row.place];
  }

  /* Every commission as the list must show it, as sorted lines of text. */
  listed(test = false) {
    return this.rows.filter((row) => row.test === test)
      .map((row) => [row.order?.name ?? '-', row.partner, row.currency, row.earned, row.reversed, row.amount, this.statusOf(row)].join(' ')).sort();
  }
}
