/* Told late, in any order. One programme is told of orders, refunds and amendments as they happen, another of the same at
 * the end and shuffled, each with its time; clicks, rules, groups and settings cannot be told late. Both must come to the
 * same, and either is what the model says. Left out is what by rule hangs on what was known when it was told: customers,
 * codes that can be used up, partners who may not earn. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { Dice } from './arithmetic.mjs';
import { nodes } from '../lib/street.mjs';
import { withHouse } from './houses.mjs';
import { led } from './play.mjs';
import { Story, randomWorld } from './story.mjs';
import { Clock, Teller } from './teller.mjs';

const STORIES = Number(process.env.MODEL_LATE ?? (process.env.TEST_LONG ? 300 : 24));
const FACTS = 45;
const SEED = Number(process.env.MODEL_SEED ?? 1);
const NOW = { click: 3, rule: 2, group: 1.5, settings: 0.3, change: 0.7, end: 0.2 };
const LATE = { sale: 8, refund: 3, amend: 2 };

/* Returns of less than there is, amendments upwards: told in any order, none is refused. */
class Facts extends Story {
  constructor(...args) {
    super(...args);
    this.amounts = new Map();
  }

  fact() {
    const weights = { ...NOW, ...LATE };
    if (!this.names.order.length) weights.refund = weights.amend = 0;
    if (!this.names.rule.length) weights.change = weights.end = 0;
    return this[this.dice.weighed(weights)]();
  }

  sale() {
    const { customer: _, test: __, ...op } = super.sale();
    op.amount = Math.max(op.amount, 100);
    this.amounts.set(op.name, { amount: op.amount, currency: op.currency });
    return { ...op, ago: 0 };
  }

  refund() {
    const order = this.recent('order');
    const { amount, currency } = this.amounts.get(order);
    return { do: 'refund', name: this.name('refund'), order, amount: Math.max(1, Math.floor(amount / 20)), currency, ago: 0,
      ...(this.dice.chance(0.2) && { chargeback: true }) };
  }

  amend() {
    const order = this.recent('order');
    const { amount, currency } = this.amounts.get(order);
    return { do: 'amend', name: this.name('amendment'), order, amount: amount + this.dice.from(1, 20000), currency, ago: 0 };
  }
}

function shuffled(list, dice) {
  const all = [...list];
  for (let i = all.length - 1; i > 0; i--) {
    const k = dice.below(i + 1);
    [all[i], all[k]] = [all[k], all[i]];
  }
  return all;
}

/* What everybody has, by order; a bonus by whom it is for. */
function come(books) {
  const sums = new Map();
  for (const row of books.rows) {
    const key = `${row.order?.name ?? row.name ?? '-'} ${row.partner} ${row.currency}`;
    sums.set(key, (sums.get(key) ?? 0n) + row.amount);
  }
  return [...sums].filter(([, sum]) => sum !== 0n).map(([key, sum]) => `${key} ${sum}`).sort();
}

class Pair {
  constructor(seed) {
    this.dice = new Dice(seed);
    const world = randomWorld(this.dice);
    this.world = { ...world, coupons: world.coupons.map((coupon) => ({ ...coupon, most: 0 })) };
    this.waiting = [];
  }

  async build(house, clock) {
    this.clock = clock;
    this.prompt = await new Teller(house, led(clock), this.world).build();
    this.late = await new Teller(house, led(clock), this.world).build();
    this.story = new Facts(this.dice, this.world, this.prompt.books);
    return this;
  }

  async tell() {
    const op = this.story.fact();
    await this.prompt.tell(op);
    if (op.do in LATE) this.waiting.push({ op, hour: this.clock.hour });
    else await this.late.tell(op);
  }

  /* The clock has been moved. */
  async wait(hours) {
    for (const one of [this.prompt, this.late]) await one.tell({ do: 'wait', hours });
  }

  async tellRest() {
    for (const { op, hour } of shuffled(this.waiting, this.dice)) await this.late.tell({ ...op, ago: this.clock.hour - hour });
  }

  /* How many sums were earned, the same in both. */
  async finish() {
    for (const one of [this.prompt, this.late]) await one.finish();
    assert.deepEqual(come(this.late.books), come(this.prompt.books));
    return come(this.prompt.books).length;
  }
}

/* All go on side by side: of two facts of one moment the first told is the first, so there is one in an hour. */
test(`${STORIES} stories told as they happen and told at the end in any order come to the same`, async (t) => {
  await withHouse(async (house) => {
    const clock = new Clock(house);
    const dice = new Dice(SEED);
    await clock.begin();
    const pairs = await Promise.all(Array.from({ length: STORIES }, (_, i) => new Pair(SEED + i).build(house, clock)));
    const all = (fn) => Promise.all(pairs.map(fn));
    const wait = async (hours) => {
      await clock.forward(hours);
      await all((pair) => pair.wait(hours));
    };
    for (let n = 0; n < FACTS; n++) {
      await all((pair) => pair.tell());
      await wait(dice.from(1, 30));
    }
    await all((pair) => pair.tellRest());
    await wait(2);
    const earned = (await all((pair) => pair.finish())).reduce((a, b) => a + b, 0);
    t.diagnostic(`${earned} sums, equal in both`);
    assert.ok(earned > 5 * STORIES, 'hardly anything was earned');
  });
});

/* What the server says that everybody has. */
async function listed(teller) {
  const sums = new Map();
  for (let after = '', page; !page || page.has_more; after = `&after=${encodeURIComponent(page.next)}`) {
    page = (await teller.api('GET', `/commissions?limit=100${after}`)).json;
    for (const row of page.data) {
      const key = `${row.order_id ?? '-'} ${teller.partnerOf(row.partner_id)} ${row.currency}`;
      sums.set(key, (sums.get(key) ?? 0) + row.amount);
    }
  }
  return [...sums].filter(([, sum]) => sum !== 0).map(([key, sum]) => `${key} ${sum}`).sort();
}

/* Buyers of one click each, and rules by what it says. One programme's orders wait until the click's row has come, the
 * other's come at once, with the token, to the next node. How many of those did not know it yet. */
async function tellSoon(house, clock, seed) {
  const dice = new Dice(seed);
  const world = { ...randomWorld(dice), holdDays: 30, coupons: [] };
  const tellers = [await new Teller(house, led(clock), world).build(), await new Teller(house, led(clock), world).build()];
  const story = new Story(dice, { ...world, coupons: [{}] }, tellers[0].books);
  for (let n = 1; n <= 3; n++) {
    const rule = { name: `R${n}`, scope: { sub: story.oneSub() }, reward: { percent: 1000 * n } };
    for (const one of tellers) await one.rule(rule);
    await clock.forward(2); /* the newer of two that fit decides, and nodes' clocks are alike, not equal */
  }
  let waited = 0;
  for (let n = 0; n < 12; n++) {
    const click = { ...story.click(), visitor: `s${seed}-${n}`, subs: story.subs() };
    const sale = { do: 'sale', name: `O${n}`, type: 'sale', amount: story.money(), currency: world.currency, click: click.name };
    const first = [];
    for (const one of tellers) {
      await one.click(click);
      if (one === tellers[0]) await house.settled();
      first.push((await one.sale(sale)).json.commissions[0]?.amount);
    }
    waited += first[0] !== first[1];
  }
  await clock.forward(1);
  const [prompt, soon] = [await listed(tellers[0]), await listed(tellers[1])];
  assert.deepEqual(soon, prompt, `seed ${seed}`);
  return waited;
}

test('clicks whose rows come after their orders change them to what they had been', { skip: nodes === 1 && 'one node looks at its own journal first' }, async (t) => {
  await withHouse(async (house) => {
    const clock = new Clock(house);
    await clock.begin();
    let waited = 0;
    for (let seed = 1; seed <= 6; seed++) waited += await tellSoon(house, clock, seed);
    t.diagnostic(`${waited} of 72 orders were told before their click`);
    assert.ok(waited > 5, 'hardly any order was told before its click');
  });
});
