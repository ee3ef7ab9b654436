/* The controls: models with one mistake each. What tells stories must find every one of them out, and make the story
 * small; else that the true model agrees with the books would say nothing. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { Books } from './books.mjs';
import { Orders } from './orders.mjs';
import { withHouse } from './houses.mjs';
import { explain, play } from './play.mjs';

const HOUR = 3600000;

/* Only these kinds of steps, so that a mistake is soon met and its story soon made small. */
const KINDS = ['sale', 'click', 'refund', 'move', 'give', 'payout', 'rule', 'settings', 'seat', 'coupon', 'rate', 'recruit', 'again', 'conflict', 'decline', 'amend', 'hand',
  'group', 'bulk', 'line', 'paid', 'change', 'end'];
const only = (favours) => ({ ...Object.fromEntries(KINDS.map((kind) => [kind, 0])), ...favours });
const rules = (kind) => ({ commission: 0, cap: 0, clicks: 0, firstSale: 0, target: 0, recruiting: 0, [kind]: 1 });
const scopes = (name) => ({ partner: 0, group: 0, coupon: 0, sku: 0, category: 0, event: 0, customer: 0, country: 0, value: 0, sub: 0, [name]: 1 });
const asking = (name) => ({ rules: rules('commission'), scopes: scopes(name) });

const mistakes = {
  'forgets what is carried': { shows: ['payout'], told: only({ sale: 1, move: 1, payout: 2, refund: 1 }), Model: class extends Books {
    take(row, less, why) {
      const carried = this.carries.length;
      super.take(row, less, why);
      this.carries.length = carried;
    }
  } },
  'leaves a bonus where its order came back': { shows: ['rule'], told: only({ sale: 1, refund: 1, decline: 1, rule: 3, rules: rules('firstSale') }), Model: class extends Books {
    counts({ share }) {
      return share > 0;
    }
  } },
  'has a target reached only when it is exceeded': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 3, rules: rules('target') }), Model: class extends Books {
    reached(rule, rows) {
      return super.reached(rule, rows) - 1n;
    }
  } },
  'knows no recruiter of a recruiter': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 3, recruit: 4, rules: rules('recruiting') }), Model: class extends Books {
    recruitsOf(order, part) {
      return super.recruitsOf(order, part).filter(({ level }) => level === 0);
    }
  } },
  'gives suspended recruiters their part': { shows: ['rule', 'seat', 'sale'], told: only({ sale: 2, rule: 3, seat: 2, recruit: 1, rules: rules('recruiting') }), Model: class extends Books {
    recruitsOf(order, part) {
      const { suspended } = this;
      this.suspended = new Set();
      const all = super.recruitsOf(order, part);
      this.suspended = suspended;
      return all;
    }
  } },
  'gives recruiters a part of what was first earned': { shows: ['rule'], told: only({ sale: 1, refund: 1, rule: 3, rules: rules('recruiting') }), Model: class extends Books {
    keepUp(among, key, ...rest) {
      if (among !== this.parts || !among.has(key)) super.keepUp(among, key, ...rest);
    }
  } },
  'has recruiting never end': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 3, rules: rules('recruiting') }), Model: class extends Books {
    recruitsOf(order, part) {
      const { zero } = this;
      this.zero = NaN;
      const all = super.recruitsOf(order, part);
      this.zero = zero;
      return all;
    }
  } },
  'pays for repeated clicks': { shows: ['rule', 'click'], told: only({ click: 3, rule: 1, rules: rules('clicks') }), Model: class extends Books {
    isUnique() {
      return true;
    }
  } },
  'takes the rule for clicks of the end of the day': { shows: ['rule', 'click'], told: only({ click: 3, rule: 2, change: 6, rules: rules('clicks') }), Model: class extends Books {
    clickRule(partner, begun) {
      return super.clickRule(partner, begun + 24 * HOUR);
    }
  } },
  'pays clicks of the suspended': { shows: ['rule', 'click', 'seat'], told: only({ click: 3, rule: 1, seat: 3, rules: rules('clicks') }), Model: class extends Books {
    payClicks() {
      const { suspended } = this;
      this.suspended = new Set();
      super.payClicks();
      this.suspended = suspended;
    }
  } },
  'takes the rate that was told last': { shows: ['rate', 'payout'], told: only({ rate: 8, payout: 2, give: 4 }), Model: class extends Books {
    rateAt(currency) {
      return this.rates.findLast((one) => one.currency === currency)?.rate;
    }
  } },
  'cuts what a foreign line comes to': { shows: ['rate', 'payout'], told: only({ rate: 8, payout: 2, give: 4 }), Model: class extends Books {
    exchanged(amount, from, to, rate) {
      return super.exchanged(10n * amount, from, to, rate) / 10n;
    }
  } },
  'forgets whose customer he is': { shows: ['sale'], told: only({ sale: 1, click: 1, settings: 1 }), Model: class extends Books {
    addCustomer(touches, order, terms, add) {
      super.addCustomer(touches, order, { ...terms, binding: 'any' }, add);
    }
  } },
  'takes back at any age': { shows: ['sale', 'refund'], told: only({ sale: 1, refund: 2, settings: 3 }), Model: class extends Books {
    isLate() {
      return false;
    }
  } },
  'moves more at once than were chosen': { shows: ['bulk'], told: only({ sale: 1, move: 1, bulk: 8 }), Model: class extends Books {
    chosen({ partner, currency }) {
      return super.chosen({ partner, currency });
    }
  } },
  'pays the suspended': { shows: ['seat', 'payout'], told: only({ seat: 4, payout: 4, give: 3 }), Model: class extends Books {
    payout(op) {
      const { suspended } = this;
      this.suspended = new Set();
      const answer = super.payout(op);
      this.suspended = suspended;
      return answer;
    }
  } },
  'takes no item back by its name': { shows: ['sale', 'refund'], told: only({ sale: 1, refund: 2, rule: 3, rules: rules('commission') }), Model: class extends Books {
    returnedOf(order) {
      return (order.items ?? []).map(() => 0n);
    }
  } },
  'believes the amendment that was told last': { shows: ['amend'], told: only({ sale: 1, amend: 3 }), Model: class extends Books {
    follow(order, amendment) {
      Orders.prototype.follow.call(this, order, { ...amendment, at: order.amendments.length + 1e15 });
    }
  } },
  'cuts the earliest orders': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 2, rules: rules('cap') }), Model: class extends Books {
    cut(test) {
      const { orderRows } = this;
      this.orderRows = (mode) => orderRows.call(this, mode).reverse();
      const rows = super.cut(test);
      delete this.orderRows;
      return rows;
    }
  } },
  'has a budget look past partners’ caps': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 4, rules: rules('cap') }), Model: class extends Books {
    cut(test) {
      const rows = this.orderRows(test);
      const kinds = rows.map((row) => row.caps);
      rows.forEach((row) => { row.caps = row.caps.map((rule) => ({ ...rule, kind: 'partner_cap', line: rule.kind === 'budget' ? `all ${rule.line}` : rule.line })); });
      super.cut(test);
      rows.forEach((row, i) => { row.caps = kinds[i]; });
      return rows;
    }
  } },
  'looks at the group of today': { shows: ['group', 'rule', 'sale'], told: only({ sale: 2, group: 8, rule: 2, ...asking('group') }), Model: class extends Books {
    memberAt(partner) {
      return super.memberAt(partner, Infinity);
    }
  } },
  'reads the sub ids of his first click': { shows: ['click', 'rule', 'sale'], told: only({ sale: 1, click: 3, rule: 3, ...asking('sub') }), Model: class extends Books {
    sharesNow(order, touches = order.touches, moves = order.moves) {
      const first = (partner) => touches.find((touch) => touch.share > 0 && touch.partner === partner);
      return super.sharesNow(order, touches, moves).map((one) => ({ ...one, subs: first(one.partner)?.subs }));
    }
  } },
  'lets a click earn what was bought before it': { shows: ['click', 'sale'], told: only({ sale: 2, click: 1 }), Model: class extends Books {
    touchesOf(order, terms) {
      return super.touchesOf(order, terms).map((touch) => ({ ...touch, at: Math.min(touch.at, order.at) }));
    }
  } },
  'counts the upper end of a range in': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 3, ...asking('value') }), Model: class extends Books {
    rule({ scope, ...rest }) {
      return super.rule({ ...rest, scope: scope.order_below ? { ...scope, order_below: scope.order_below + 1 } : scope });
    }
  } },
  'knows no countries': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 2, ...asking('country') }), Model: class extends Books {
    sale({ country, ...rest }) {
      return super.sale(rest);
    }
  } },
  'takes everybody for a returning customer': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 2, ...asking('customer') }), Model: class extends Books {
    sale({ fresh, ...rest }) {
      return super.sale(rest);
    }
  } },
  'knows no earlier orders': { shows: ['rule', 'sale'], told: only({ sale: 1, rule: 3, rules: rules('commission') }), Model: class extends Books {
    pastOf() {
      return () => ({ before: 0n, nth: 1, months: 0 });
    }
  } },
};

for (const [name, { shows, told, Model }] of Object.entries(mistakes))
  test(`a model that ${name} is found out, and its story made small`, (t) => withHouse(async (house) => {
    const total = await play(house, { steps: 12000, lanes: 16, length: 40, seed: 1, favours: told, Model });
    assert.ok(total.failed, 'nothing differed');
    const { steps, text } = await explain(house, total.failed, Model, { most: 120, seconds: 60, enough: 12 });
    t.diagnostic(`${total.told} steps told\n${text}`);
    assert.ok(steps.length <= 20, text);
    for (const kind of shows) assert.ok(steps.some((step) => step.do === kind), `${kind} is not in the story\n${text}`);
  }));
