/* The reference model: what the books must say. No accounts and no entries: balances are what the rows say. */
import { withBonuses } from './bonuses.mjs';
import { withBulk } from './bulk.mjs';
import { withCaps } from './caps.mjs';
import { withClicks } from './clicks.mjs';
import { withGroups } from './groups.mjs';
import { Orders } from './orders.mjs';
import { withRates } from './rates.mjs';
import { withRecruits } from './recruits.mjs';
import { withWhatIf } from './whatif.mjs';

const HOUR = 3600000;
export const PLACES = ['pending', 'payable', 'held', 'carried', 'in_payout', 'paid'];

const leads = {
  approve: { pending: 'payable' },
  hold: { pending: 'held', payable: 'held' },
  release: { held: 'pending' },
};

const parts = [withGroups, withCaps, withBonuses, withRecruits, withClicks, withRates, withBulk, withWhatIf];

export class Books extends parts.reduce((Base, part) => part(Base), Orders) {
  /* ---- by hand and by the clock ---- */

  rowOf(op) {
    return op.hand ? this.hands.get(op.hand) : this.orders.get(this.key(op))?.rows[op.n];
  }

  move(op) {
    const row = this.rowOf(op);
    return row ? { status: this.moveRow(row, op.verb) ? 200 : 409 } : null;
  }

  mayMove(row, verb) {
    return !row.declined && (verb === 'decline' ? this.waits(row) : row.place in leads[verb]);
  }

  moveRow(row, verb) {
    if (!this.mayMove(row, verb)) return false;
    if (verb === 'decline') {
      this.take(row, row.amount, 'decline');
      if (row.order) this.afterDecline(row.order);
      return true;
    }
    const to = verb === 'release' && row.payableAt !== undefined ? 'payable' : leads[verb][row.place];
    if (to === 'payable' && this.sourceWaits(row)) { /* approved ahead, or released: it becomes payable with its source */
      if (verb === 'approve') row.payableAt = this.moment();
      row.place = 'pending';
      return true;
    }
    row.place = to;
    if (row.place === 'payable') row.payableAt = this.moment();
    this.lead(row);
    return true;
  }

  wait(op) {
    super.wait(op);
    this.mature();
    this.payClicks();
    return {};
  }

  isDue(row) {
    return this.world.approval === 'auto' && row.place === 'pending' && row.matures <= this.now + this.tick && !row.declined
      && !this.sourceWaits(row);
  }

  /* Something is due that no job has looked at yet. */
  hasDue() {
    return this.rows.some((row) => this.isDue(row));
  }

  /* What hangs on those that mature may be due itself. */
  mature() {
    for (let look = 0; look < 2; look++)
      for (const row of this.rows.filter((one) => this.isDue(one))) {
        row.place = 'payable';
        row.payableAt = Math.max(row.matures, row.created, row.source?.payableAt ?? 0);
        this.lead(row);
      }
  }

  give(op) {
    const amount = BigInt(op.amount);
    const row = this.add({ partner: op.partner, currency: op.currency, earned: amount, amount, booked: amount,
      place: amount > 0n ? 'payable' : 'carried', payableAt: this.moment(), test: false });
    this.hands.set(op.name, row);
    if (amount < 0n) this.carries.push({ partner: op.partner, currency: op.currency, amount, test: false, row });
    return { status: 201 };
  }

  /* ---- payouts ---- */

  payout(op) {
    const cutoff = op.back === undefined ? this.moment() : this.now - op.back * HOUR;
    const lines = [];
    const { currency: own } = this.world;
    const isExchanged = Boolean(op.exchange) && op.currency !== own;
    const rate = isExchanged ? this.rateAt(op.currency, cutoff) : undefined;
    if (isExchanged && !rate) return { status: 409 };
    this.mature();
    for (let partner = 0; partner < this.world.partners.length; partner++) {
      const mine = (one) => one.partner === partner && one.currency === op.currency && !one.test;
      const rows = this.rows.filter((row) => mine(row) && row.place === 'payable' && row.booked !== 0n && row.payableAt <= cutoff);
      const carries = this.carries.filter((carry) => mine(carry) && !carry.line);
      const net = [...rows.map((row) => row.booked), ...carries.map((carry) => carry.amount)].reduce((a, b) => a + b, 0n);
      const pays = isExchanged ? this.exchanged(net, op.currency, own, rate) : net;
      const minimum = op.currency === own || isExchanged ? BigInt(this.minimum) : 0n;
      if (net <= 0n || pays <= 0n || pays < minimum || this.suspended.has(partner)) continue;
      const line = { partner, currency: op.currency, net, paidIn: isExchanged ? own : op.currency, pays, state: 'taken', rows, carries };
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
    return { status: 201, lines: lines.map((line) => [line.partner, line.net, line.pays]) };
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
    for (const row of line.rows) this.keepPace(row);
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
      for (const line of lines) {
        if (line.state === 'taken') add(line, 'in_payout', line.net);
        if (line.state === 'paid') add({ partner: line.partner, currency: line.paidIn }, 'paid', line.pays);
      }
    return all;
  }

  /* What partners owe: what was taken back after payment, and more than all that waits for them. */
  receivables() {
    const all = [];
    for (let partner = 0; partner < this.world.partners.length; partner++)
      for (const [currency, one] of Object.entries(this.balance(partner))) {
        const waiting = one.pending + one.held + one.payable;
        if (one.carried + waiting < 0n) all.push([partner, currency, one.carried, waiting, -one.carried - waiting, this.suspended.has(partner)]);
      }
    return all;
  }

  statusOf(row) {
    if (row.declined) return 'declined';
    if (row.amount === 0n && !this.isKept(row) && !(row.booked !== 0n && this.waits(row))) return 'reversed';
    return { pending: 'pending', held: 'held', payable: 'payable', in_payout: 'payable', carried: 'payable', paid: 'paid', none: 'reversed' }[row.place];
  }

  /* Every commission as the list must show it, as sorted lines of text. */
  listed(test = false) {
    return this.rows.filter((row) => row.test === test)
      .map((row) => [row.order?.name ?? row.name ?? '-', row.partner, row.currency, row.earned, row.reversed, row.amount, this.statusOf(row)].join(' ')).sort();
  }
}
