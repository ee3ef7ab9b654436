/* The reference model: what the books must say. No accounts and no entries: balances are what the rows say. */
import { Orders } from './orders.mjs';

const HOUR = 3600000;
export const PLACES = ['pending', 'payable', 'held', 'carried', 'in_payout', 'paid'];

const leads = {
  approve: { pending: 'payable' },
  hold: { pending: 'held', payable: 'held' },
  release: { held: 'pending' },
};

export class Books extends Orders {
  /* ---- by hand and by the clock ---- */

  rowOf(op) {
    return op.hand ? this.hands.get(op.hand) : this.orders.get(this.key(op))?.rows[op.n];
  }

  move(op) {
    const row = this.rowOf(op);
    if (!row) return null;
    if (op.verb === 'decline') {
      if (row.declined || !this.waits(row)) return { status: 409 };
      this.take(row, row.amount, 'decline');
      if (row.order) this.afterDecline(row.order);
      return { status: 200 };
    }
    const to = leads[op.verb][row.place];
    if (row.declined || !to) return { status: 409 };
    row.place = op.verb === 'release' && row.payableAt !== undefined ? 'payable' : to;
    if (row.place === 'payable') row.payableAt = this.moment();
    return { status: 200 };
  }

  isDue(row) {
    return this.world.approval === 'auto' && row.place === 'pending' && row.matures <= this.now + this.tick && !row.declined;
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
    this.settleLine(line, op.to);
    return { status: 200 };
  }

  paid(op) {
    const lines = this.payouts.get(op.payout);
    if (!lines) return null;
    for (const line of lines) if (line.state === 'taken') this.settleLine(line, 'paid');
    return { status: 200 };
  }

  settleLine(line, to) {
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

  statusOf(row) {
    if (row.declined) return 'declined';
    if (row.amount === 0n && row.earned !== 0n && !(row.booked !== 0n && this.waits(row))) return 'reversed';
    return { pending: 'pending', held: 'held', payable: 'payable', in_payout: 'payable', carried: 'payable', paid: 'paid', none: 'reversed' }[row.place];
  }

  /* Under a cap, what was booked first hangs on what was told first and is not compared; what it is worth does not. */
  hasCaps() {
    return this.rules.some((rule) => rule.kind);
  }

  /* Every commission as the list must show it, as sorted lines of text. */
  listed(test = false) {
    return this.rows.filter((row) => row.test === test)
      .map((row) => [row.order?.name ?? '-', row.partner, row.currency, this.hasCaps() ? '-' : row.earned, row.reversed, row.amount, this.statusOf(row)].join(' ')).sort();
  }
}
