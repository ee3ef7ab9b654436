/* The reference model, first half: orders and what they are worth, worked out plainly from the facts as they are told.
 * Times are milliseconds since the story began. */
import { up, worth } from './arithmetic.mjs';
import { judge, sharesOf } from './attribution.mjs';
import { boundBy, knownBy } from './customers.mjs';
import { decide, hasPast, inForce, linesOf, monthsBetween, partsOf, volumeOf } from './rules.mjs';

const HOUR = 3600000;
const DAY = 24 * HOUR;

export class Orders {
  constructor(world) {
    this.world = world;
    this.now = 0; /* a whole hour; what happens in it comes a little later */
    this.tick = 0;
    this.number = 0;
    this.suspended = new Set();
    this.coupons = world.coupons.map((coupon) => ({ ...coupon, uses: 0, paused: false }));
    this.terms = [{ from: -Infinity, model: world.model, precedence: world.precedence, windowDays: world.windowDays,
      holdDays: world.holdDays, customerDays: world.customerDays, clawbackDays: world.clawbackDays ?? 0, binding: world.binding ?? 'any' }];
    this.rules = [{ number: this.number++, line: 'default', scope: {}, starts: -Infinity, reward: world.reward }];
    this.minimum = world.minimum;
    this.clicks = new Map();
    this.orders = new Map(); /* by name and mode */
    this.refunds = [];
    this.amendments = [];
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
    return {};
  }

  /* ---- facts ---- */

  click({ name, visitor, partner, subs }) {
    if (this.suspended.has(partner)) return null;
    this.clicks.set(name, { visitor, partner, subs, at: this.moment(), number: ++this.number });
    return { status: 302 };
  }

  rule({ name, do: _, ...rest }) {
    this.rules.push({ number: this.number++, line: name, ...rest, starts: this.moment() });
    return { status: 201 };
  }

  current(line) {
    return this.rules.findLast((rule) => rule.line === line);
  }

  change({ rule: name, reward, target }) {
    const old = this.current(name);
    if (!old) return null;
    if (old.ends !== undefined) return { status: 409 };
    old.ends = this.moment();
    this.rules.push({ ...old, number: this.number++, ...(reward && { reward }), ...(target && { target }), starts: old.ends, ends: undefined });
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
      add({ kind: 'click', evidence: 'token', click: token.number, partner: token.partner, subs: token.subs, at: token.at });
      for (const click of this.clicks.values())
        if (click.visitor === token.visitor && click.at >= order.at - 2 * terms.windowDays * DAY && click.at <= order.at + 300000)
          add({ kind: 'click', evidence: 'cookie', click: click.number, partner: click.partner, subs: click.subs, at: click.at });
    }
    const coupon = this.coupons.find((one) => one.code === order.coupon);
    if (coupon)
      add({ kind: 'coupon', evidence: 'coupon', coupon, partner: coupon.partner, at: order.at,
        bar: coupon.paused || (coupon.most > 0 && coupon.uses >= coupon.most) });
    if (order.customer) this.addCustomer(touches, order, terms, add);
    return touches;
  }

  /* A click at hand of whom the customer is bound to stands for the binding. */
  addCustomer(touches, order, { binding }, add) {
    const orders = [...this.orders.values()];
    if (binding === 'any') for (const touch of knownBy(orders, order)) add(touch);
    else
      for (const touch of boundBy(orders, order, binding, (...args) => this.sharesNow(...args))) {
        const standing = touches.find((other) => touch.click && other.click === touch.click);
        if (standing) Object.assign(standing, { kind: touch.kind, evidence: touch.evidence, at: touch.at, bound: touch.bound });
        else add(touch);
      }
  }

  sale(op) {
    const standing = this.orders.get(this.key(op));
    if (standing) return { status: 409 };
    const at = op.ago === undefined ? this.moment() : this.now - HOUR / 2 - op.ago * HOUR;
    const terms = this.terms.findLast((one) => one.from <= at);
    const order = { ...op, at, terms, number: this.number++, told: op.amount, refunded: 0n, counted: 0n, rows: [], moves: [],
      amendments: [], returns: [], declined: false, created: this.moment() };
    order.touches = this.touchesOf(order, terms);
    judge(order.touches, at, terms);
    this.orders.set(this.key(op), order);
    for (const touch of order.touches)
      if (touch.kind === 'coupon' && touch.share > 0 && !order.test) {
        touch.coupon.uses++;
        order.used = touch.coupon;
      }
    this.settle(order);
    const waiting = this.amendments.filter((one) => one.waits && one.order === this.key(op)).sort((a, b) => a.at - b.at || a.number - b.number);
    for (const amendment of waiting) {
      amendment.waits = false;
      if (this.amendmentFits(order, amendment)) this.follow(order, amendment);
    }
    for (const refund of this.refunds) if (refund.waits && refund.order === this.key(op)) this.arrive(refund, order);
    return { status: 201, amounts: order.rows.map((row) => [row.partner, row.currency, row.amount]) };
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
    for (const row of this.rowsWith(order)) if (!row.declined) this.take(row, row.amount, 'decline');
    if (order.used) order.used.uses--;
    order.used = undefined;
    order.declined = true;
    this.afterDecline(order);
    return { status: 200 };
  }

  /* ---- refunds ---- */

  refund(op) {
    const key = this.key({ order: op.order, test: op.test });
    const order = this.orders.get(key);
    const amount = BigInt(op.amount);
    const before = this.refunds.find((one) => one.order === key && one.name === op.name);
    if (before) return { status: before.chargeback === op.chargeback && this.saysSame(before, op) ? 200 : 409 };
    const named = (op.items ?? []).reduce((sum, item) => sum + BigInt(item.amount), 0n);
    const refund = { order: key, name: op.name, amount, currency: op.currency, chargeback: op.chargeback, items: op.items, waits: !order,
      at: op.ago === undefined ? this.moment() : this.now - HOUR / 2 - op.ago * HOUR };
    if (order && (op.currency !== order.currency || amount > BigInt(order.amount) - order.refunded)) return { status: 422 };
    if (named > amount) return { status: 422 };
    this.refunds.push(refund);
    if (order) this.arrive(refund, order);
    return { status: 201 };
  }

  /* Told again with all that was told before? */
  saysSame(before, { amount, currency, items, ago }) {
    return BigInt(before.amount) === BigInt(amount) && before.currency === currency
      && JSON.stringify(before.items) === JSON.stringify(items) && (ago === undefined || before.at === this.now - HOUR / 2 - ago * HOUR);
  }

  arrive(refund, order) {
    refund.waits = false;
    refund.refused = refund.currency !== order.currency || refund.amount > BigInt(order.amount) - order.refunded;
    if (refund.refused) return;
    order.refunded += refund.amount;
    if (!this.isLate(refund, order)) {
      order.counted += refund.amount;
      if (refund.items) order.returns.push(refund.items);
    }
    this.settle(order, true);
  }

  /* Later than the clawback days of the order's time, it takes nothing back any more. */
  isLate(refund, order) {
    const { clawbackDays } = order.terms;
    return clawbackDays > 0 && refund.at - order.at > clawbackDays * DAY;
  }

  /* ---- orders that change ---- */

  amend(op) {
    const key = this.key({ order: op.order, test: op.test });
    const order = this.orders.get(key);
    const before = this.amendments.find((one) => one.order === key && one.name === op.name);
    if (before) return { status: this.saysSame(before, op) ? 200 : 409 };
    if (order?.declined) return { status: 409 };
    const amendment = { order: key, name: op.name, amount: op.amount, currency: op.currency, items: op.items, waits: !order,
      at: op.ago === undefined ? this.moment() : this.now - HOUR / 2 - op.ago * HOUR, number: this.number++ };
    if (order && !this.amendmentFits(order, amendment)) return { status: 422 };
    this.amendments.push(amendment);
    if (!order) return { status: 201 };
    this.follow(order, amendment);
    for (const refund of this.refunds) if (refund.refused && refund.order === key) this.arrive(refund, order);
    return { status: 201 };
  }

  amendmentFits(order, amendment) {
    return amendment.currency === order.currency && BigInt(amendment.amount) >= order.refunded;
  }

  /* The latest by time holds, whenever it was told; its items are the last that were told. */
  follow(order, amendment) {
    order.amendments.push(amendment);
    order.amendments.sort((a, b) => a.at - b.at || a.number - b.number);
    const last = order.amendments.at(-1);
    if (BigInt(last.amount) < order.refunded) return;
    order.amount = last.amount;
    order.firstItems ??= order.items ?? [];
    order.items = order.amendments.findLast((one) => one.items?.length)?.items ?? order.firstItems;
    this.settle(order);
  }

  hand(op) {
    const order = this.orders.get(this.key(op));
    if (!order) return null;
    if (order.declined) return { status: 409 };
    if (this.suspended.has(op.to)) return { status: [409, 422] };
    const shares = this.sharesNow(order);
    if (op.from !== undefined && !shares.some((one) => one.partner === op.from)) return { status: 422 };
    if (op.from === op.to || (shares.length === 1 && shares[0].partner === op.to)) return { status: 422 };
    order.moves.push({ ...op, at: this.moment() });
    this.settle(order);
    return { status: 200 };
  }

  /* Shares as they were judged, then moved one after the other. */
  sharesNow(order, touches = order.touches, moves = order.moves) {
    const shares = sharesOf(touches);
    const give = (from, to) => { /* who gets it has no click of his own there */
      const his = shares.findIndex((one) => one.partner === to);
      if (his >= 0 && his !== from) {
        shares[his].share += shares[from].share;
        shares.splice(from, 1);
      } else shares[from] = { partner: to, share: shares[from].share };
    };
    for (const { from, to } of moves) {
      if (!shares.length) shares.push({ partner: to, share: 10000 });
      else if (from !== undefined) {
        const at = shares.findIndex((one) => one.partner === from);
        if (at >= 0) give(at, to);
      } else while (shares.length > 1 || shares[0].partner !== to) give(shares[0].partner === to ? 1 : 0, to);
    }
    return shares;
  }

  /* ---- what orders are worth ---- */

  /* What each item brought back by name: the first lines of that article, no more than they are worth. */
  returnedOf(order) {
    const back = (order.items ?? []).map(() => 0n);
    for (const items of order.returns)
      for (const told of items) {
        let left = BigInt(told.amount);
        (order.items ?? []).forEach((item, i) => {
          if (item.sku !== told.sku || left <= 0n) return;
          const room = BigInt(item.amount) - back[i];
          const part = left < room ? left : room;
          if (part <= 0n) return;
          back[i] += part;
          left -= part;
        });
      }
    return back;
  }

  /* Volumes and customers of all orders, as rules with a past count them. */
  volumesOf(test, shares = (order) => this.sharesNow(order)) {
    const volumes = [];
    const lasting = this.rules.filter(hasPast);
    for (const order of this.orders.values()) {
      if (Boolean(order.test) !== test || !lasting.some((rule) => inForce(rule, order.at))) continue;
      for (const line of decide(order, shares(order), this.rules, this.groupOf(order))) {
        if (!hasPast(line.rule)) continue;
        let mine = volumes.find((one) => one.order === order && one.partner === line.partner && one.line === line.rule.line);
        if (!mine) {
          const rows = order.rows.filter((row) => row.partner === line.partner);
          const stands = !order.declined && !(rows.length && rows.every((row) => row.declined));
          volumes.push(mine = { order, partner: line.partner, line: line.rule.line, revenue: 0n, stands,
            orders: stands && BigInt(order.amount) > order.counted ? 1n : 0n });
        }
        if (mine.stands) mine.revenue += volumeOf({}, order, line, line.share);
      }
    }
    return volumes;
  }

  pastOf(order, volumes) {
    const sooner = (a, b) => a.at - b.at || a.number - b.number;
    return (rule, partner) => {
      const mine = volumes.filter((one) => one.partner === partner && one.line === rule.line && one.order !== order);
      if (rule.tiers) {
        const measured = (one) => (rule.by.measure === 'orders' ? one.orders : one.order.currency === rule.by.currency ? one.revenue : 0n);
        const counts = mine.filter((one) => this.period(rule, one.order.at) === this.period(rule, order.at)
          && (rule.by.mode === 'retroactive' || sooner(one.order, order) < 0));
        return { before: counts.reduce((sum, one) => sum + measured(one), 0n), nth: 1, months: 0 };
      }
      if (!order.customer) return { before: 0n, nth: 1, months: 0 };
      const earlier = mine.filter((one) => one.stands && one.order.customer === order.customer && sooner(one.order, order) < 0);
      const first = Math.min(order.at, ...earlier.map((one) => one.order.at));
      return { before: 0n, nth: earlier.length + 1, months: monthsBetween(this.zero + first, this.zero + order.at) };
    };
  }

  period(rule, at) {
    const date = new Date(this.zero + at).toISOString();
    return { month: date.slice(0, 7), year: date.slice(0, 4), ever: '' }[rule.by.period];
  }

  /* [{ partner, currency, exact }] as things stand, and by what they are scaled. */
  standing(order, volumes, shares = this.sharesNow(order)) {
    const back = this.returnedOf(order);
    const lines = decide(order, shares, this.rules, this.groupOf(order), this.pastOf(order, volumes));
    const amount = BigInt(order.amount);
    const returned = (line) => (line.at === undefined ? 0n : back[line.at] < line.base ? back[line.at] : line.base);
    const named = linesOf(order).reduce((sum, line) => sum + returned(line), 0n);
    const kept = amount - order.counted;
    let whole = amount - named;
    let gone = order.counted - named;
    const left = (line) => {
      if (line.isOfOrder || line.base === 0n) return amount > 0n ? up(line.earned * (kept === 0n ? 0n : whole), amount) : line.earned;
      return up(line.earned * (line.base - returned(line)), line.base);
    };
    const parts = partsOf(lines).map((part) => ({ ...part,
      exact: part.lines.reduce((sum, line) => sum + left(line), 0n) }));
    if (amount > 0n && whole === 0n) whole = gone = 1n;
    return { parts, whole, gone };
  }

  /* Works out what this order is worth, and all whose worth hangs on what came before them; posts the differences. */
  settle(order, isRefund = false) {
    const volumes = this.volumesOf(Boolean(order.test));
    this.weigh(order, this.standing(order, volumes));
    this.settleOthers(order, volumes);
    this.postAll(order, isRefund);
  }

  settleOthers(order, volumes = this.volumesOf(Boolean(order.test))) {
    for (const other of this.orders.values())
      if (other !== order && volumes.some((one) => one.order === other)) this.weigh(other, this.standing(other, volumes));
  }

  /* Something of this order was declined: others may move up, or find room under a cap. */
  afterDecline(order) {
    this.settleOthers(order);
    this.postAll(order, false);
  }

  /* What each commission of an order is worth before caps. */
  weigh(order, { parts, whole, gone }) {
    const seats = order.rows.map((row) => ({ row, currency: row.currency, exact: 0n }));
    for (const { row } of seats) row.share = 0;
    for (const part of parts) {
      const seat = seats.find((one) => one.row?.partner === part.partner && one.currency === part.currency);
      if (seat) seat.exact = part.exact;
      else if (this.isLeft(order)) seats.push({ row: this.begin(order, part), currency: part.currency, exact: part.exact });
      else continue; /* of what is gone as a whole nobody gets anything */
      (seat ?? seats.at(-1)).row.share = part.lines[0].share;
    }
    for (const currency of new Set(seats.map((seat) => seat.currency))) {
      const mine = seats.filter((seat) => seat.currency === currency);
      worth(mine.map((seat) => seat.exact), whole, whole - gone).forEach((amount, i) => { mine[i].row.full = amount; });
    }
  }

  /* Rows of orders by the time they happened; those of one moment by their orders, then by partners. */
  orderRows(test) {
    return this.rows.filter((row) => row.order && row.test === test)
      .sort((a, b) => a.order.at - b.order.at || a.order.number - b.order.number || a.partner - b.partner || a.number - b.number);
  }

  postAll(order, isRefund) {
    for (const row of this.cut(Boolean(order.test))) {
      if (row.isNew) {
        row.earned = row.amount = row.booked = row.left;
        row.isNew = false;
      } else if (!row.declined && row.amount !== row.left) this.take(row, row.amount - row.left, isRefund && row.order === order ? 'refund' : 'adjust');
      this.find(row);
    }
    this.giveBonuses(Boolean(order.test));
    this.giveRecruiters(Boolean(order.test));
  }

  begin(order, part) {
    const row = this.add({ order, partner: part.partner, currency: part.currency, caps: this.capsOf(order, part), bonuses: this.bonusesOf(order, part),
      recruits: this.recruitsOf(order, part), isNew: true, place: 'pending', matures: order.at + order.terms.holdDays * DAY, test: Boolean(order.test) });
    order.rows.push(row);
    return row;
  }

  add(row) {
    const added = { reversed: 0n, created: this.moment(), number: this.number++, ...row };
    this.rows.push(added);
    return added;
  }

  waits(row) {
    return row.place === 'pending' || row.place === 'held' || row.place === 'payable';
  }

  /* Takes `less` of a row's worth: where it waits, or else as an amount carried to the next payout. */
  take(row, less, why) {
    if (less < 0n) this.returns(row);
    const here = this.waits(row) ? (less < row.booked ? less : row.booked) : 0n;
    if (less !== here) this.carries.push({ partner: row.partner, currency: row.currency, amount: here - less, test: row.test, row });
    row.amount -= less;
    row.booked -= here;
    if (why === 'decline') row.declined = true;
    else if (why === 'refund') row.reversed += less;
    this.find(row);
  }

  /* Something is left of an order: not all of it came back. An order of nothing is whole. */
  isLeft(order) {
    return order.amount === 0 || BigInt(order.amount) > order.counted;
  }

  /* Whether anything is kept of what a commission hangs on: its order, and a rule that gives him something of it; of a
   * bonus, what gave it. Nothing else makes "reversed" of it. */
  isKept(row) {
    return row.order ? row.share > 0 && this.isLeft(row.order) : row.given !== false;
  }

  /* A bonus is not payable while what it hangs on is pending or held. */
  sourceWaits(row) {
    return row.source !== undefined && (row.source.place === 'pending' || row.source.place === 'held');
  }

  /* So it goes back when that does, and is payable again with it. */
  keepPace(row) {
    if (row.declined) return;
    if (row.place === 'payable' && this.sourceWaits(row)) row.place = 'pending';
    else if (row.place === 'pending' && row.payableAt !== undefined && !this.sourceWaits(row)) {
      row.place = 'payable';
      row.payableAt = Math.max(row.payableAt, row.source?.payableAt ?? 0);
    }
  }

  lead(source) {
    for (const row of this.rows) if (row.source === source) this.keepPace(row);
  }

  /* It waits where it had waited. */
  returns(row) {
    if (row.place === 'none' && !row.declined) row.place = row.cameFrom === 'pending' && row.payableAt !== undefined ? 'payable' : row.cameFrom;
  }

  /* What is gone waits nowhere; what is kept waits, be it worth nothing under a cap. */
  find(row) {
    const isOver = row.declined || !this.isKept(row);
    if (!isOver) this.returns(row);
    if (isOver && row.booked === 0n && row.amount === 0n && this.waits(row)) {
      row.cameFrom = row.place;
      row.place = 'none';
    }
  }
}
