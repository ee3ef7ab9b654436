/* Random worlds and random steps. A step is plain data and names what it is about, so that a story can be told again
 * with steps left out. */
const CURRENCIES = ['EUR', 'JPY', 'KWD'];
const PERCENTS = [1, 7, 333, 500, 777, 1000, 1250, 3333, 10000];
const GROUPS = ['Storytellers', 'Shops', ''];
const FOREIGN = 'USD';
const BINDINGS = ['any', 'any', 'sale', 'lead', 'coupon'];
const COUNTRIES = ['DE', 'PL', 'CZ'];
const SUBS = { sub1: ['letter', 'blog'], sub2: ['a', 'b'] };
const EDGES = [5000, 10000, 20000]; /* orders of just these, too */
const EVENTS = { sale: 18, lead: 1.5, signup: 0.5 };
const ITEMS = [{ sku: 'B-1', category: 'books' }, { sku: 'B-2', category: 'books' }, { sku: 'T-1', category: 'tea' }, { sku: 'X' }];

export function randomReward(dice, currency) {
  if (dice.chance(0.6)) return { percent: dice.pick(PERCENTS), ...(dice.chance(0.2) && { per: 'item' }) };
  return { amount: dice.from(1, 2000), currency, per: dice.pick(['order', 'item']) };
}

export function randomWorld(dice) {
  const currency = dice.pick(CURRENCIES);
  const partners = Array.from({ length: dice.from(2, 5) }, (_, i) => ({ group: dice.pick(GROUPS), ...(i > 0 && dice.chance(0.6) && { recruiter: dice.below(i) }) }));
  return {
    currency, partners,
    coupons: partners.map((_, partner) => ({ partner, code: `CODE${partner}`, most: dice.chance(0.2) ? dice.from(1, 5) : 0 })),
    model: dice.pick(['last_click', 'first_click', 'linear', 'position']),
    precedence: dice.pick(['coupon', 'click']),
    windowDays: dice.from(1, 40), holdDays: dice.from(0, 40), customerDays: dice.chance(0.5) ? 0 : dice.from(1, 400),
    minimum: dice.chance(0.5) ? 0 : dice.from(1, 3000), clawbackDays: dice.chance(0.8) ? 0 : dice.from(1, 60),
    binding: dice.pick(BINDINGS), repeatMinutes: dice.pick([0, 30, 200]),
    approval: dice.chance(0.8) ? 'auto' : 'manual',
    reward: dice.chance(0.8) ? { percent: dice.pick(PERCENTS) } : { amount: dice.from(1, 900), currency },
  };
}

/* What rules ask for. */
const SCOPES = { partner: 1, group: 1, coupon: 1, sku: 1, category: 1, event: 1, customer: 1, country: 1, value: 1, sub: 1 };
const RULES = { commission: 7, cap: 1.5, clicks: 1, firstSale: 0.7, target: 1, recruiting: 1 };

/* `books` is looked at for what there is to be told about; `favours` multiplies how often steps of a kind are told. */
export class Story {
  constructor(dice, world, books, favours = {}) {
    Object.assign(this, { dice, world, books, favours, count: 0, made: new Map(), names: { order: [], click: [], rule: [], hand: [], payout: [], refund: [], amendment: [] } });
  }

  name(kind) {
    const name = `${kind[0].toUpperCase()}${++this.count}`;
    this.names[kind].push(name);
    return name;
  }

  /* Mostly something that is still fresh. */
  recent(kind) {
    const all = this.names[kind];
    return all[this.dice.chance(0.6) ? Math.max(0, all.length - 1 - this.dice.below(6)) : this.dice.below(all.length)];
  }

  partner() {
    return this.dice.below(this.world.partners.length);
  }

  money() {
    if (this.dice.chance(0.1)) return this.dice.pick(EDGES) - this.dice.below(2);
    return this.dice.chance(0.1) ? this.dice.from(0, 3) : this.dice.chance(0.05) ? this.dice.from(1, 999999999) : this.dice.from(1, 30000);
  }

  currency() {
    return this.dice.chance(0.85) ? this.world.currency : FOREIGN;
  }

  step() {
    const { names } = this;
    const weights = { sale: 30, click: 10, refund: 14, move: 12, give: 4, payout: 4, rule: 3, settings: 0.7, seat: 1, coupon: 0.7, rate: 1, recruit: 0.5, group: 1 };
    if (names.order.length) Object.assign(weights, { again: 2, conflict: 1, decline: 2, amend: 6, hand: 3, bulk: 1 });
    if (names.payout.length) Object.assign(weights, { line: 8, paid: 2 });
    if (names.rule.length) Object.assign(weights, { change: 1, end: 0.5 });
    for (const [name, times] of Object.entries(this.favours)) if (weights[name]) weights[name] *= times;
    return this[this.dice.weighed(weights)]();
  }

  sale() {
    const { dice } = this;
    const op = { do: 'sale', name: this.name('order'), type: dice.weighed(EVENTS), amount: this.money(), currency: this.currency(),
      ago: dice.chance(0.8) ? dice.below(3) : dice.below(400) };
    if (dice.chance(0.55) && this.names.click.length) op.click = this.recent('click');
    if (dice.chance(0.5)) op.coupon = dice.pick(this.world.coupons).code;
    if (dice.chance(0.4)) op.customer = `c${dice.below(5)}`;
    if (dice.chance(0.3)) op.fresh = true;
    if (dice.chance(0.4)) op.country = dice.pick(COUNTRIES);
    if (dice.chance(0.4)) op.items = this.items(op.amount);
    if (dice.chance(0.05)) op.test = true;
    return op;
  }

  items(amount) {
    const { dice } = this;
    return Array.from({ length: dice.from(1, 3) }, () => ({ ...dice.pick(ITEMS), quantity: dice.from(1, 4), amount: dice.below(amount + 2) }));
  }

  click() {
    const { dice } = this;
    return { do: 'click', name: this.name('click'), visitor: `v${dice.below(4)}`, partner: this.partner(), ...(dice.chance(0.5) && { subs: this.subs() }) };
  }

  subs() {
    return Object.fromEntries(Object.entries(SUBS).filter(() => this.dice.chance(0.6)).map(([name, values]) => [name, this.dice.pick(values)]));
  }

  again() {
    return { do: 'again', order: this.recent('order') };
  }

  conflict() {
    return { do: 'conflict', order: this.recent('order') };
  }

  decline() {
    return { do: 'decline', order: this.recent('order') };
  }

  /* Of an order that was told, in part, or what is left, or too much; or of one that is yet to come. */
  refund() {
    const { dice, names } = this;
    const isEarly = dice.chance(0.1) || !names.order.length;
    const order = isEarly ? `O${this.count + dice.from(2, 12)}` : this.recent('order');
    const known = this.books.orders.get(order);
    const left = known ? Number(BigInt(known.amount) - known.refunded) : 5000;
    const amount = dice.chance(0.25) ? left : dice.from(1, Math.max(1, left + (dice.chance(0.1) ? 2 : 0)));
    const again = names.refund.length && dice.chance(0.1);
    const items = known?.items?.length && dice.chance(0.3) && [{ sku: dice.pick(known.items).sku, amount: dice.from(1, Math.max(1, amount)) }];
    return { do: 'refund', ...(items && { items }), name: again ? dice.pick(names.refund) : this.name('refund'), order, amount: Math.max(1, amount),
      currency: known?.currency ?? this.world.currency, ...(dice.chance(0.2) && { chargeback: true }), ...(dice.chance(0.3) && { ago: dice.below(60) }) };
  }

  /* Up or down, with other items or as they were, also for an order that is yet to come. */
  amend() {
    const { dice, names } = this;
    const isEarly = dice.chance(0.05);
    const order = isEarly ? `O${this.count + dice.from(2, 12)}` : this.recent('order');
    const known = this.books.orders.get(order);
    const amount = dice.chance(0.1) ? Number(known?.refunded ?? 0n) : this.money();
    return { do: 'amend', name: names.amendment.length && dice.chance(0.05) ? dice.pick(names.amendment) : this.name('amendment'), order, amount,
      currency: known?.currency ?? this.world.currency, ...(dice.chance(0.3) && { ago: dice.below(30) }), ...(dice.chance(0.3) && { items: this.items(amount) }) };
  }

  hand() {
    return { do: 'hand', order: this.recent('order'), to: this.partner(), ...(this.dice.chance(0.5) && { from: this.partner() }) };
  }

  move() {
    const { dice, names } = this;
    const verb = dice.pick(['approve', 'approve', 'hold', 'release', 'decline']);
    if (names.hand.length && (dice.chance(0.15) || !names.order.length)) return { do: 'move', hand: this.recent('hand'), verb };
    return { do: 'move', order: this.recent('order') ?? 'O0', n: dice.chance(0.7) ? 0 : 1, verb };
  }

  give() {
    const amount = this.dice.from(1, 5000);
    return { do: 'give', name: this.name('hand'), partner: this.partner(), currency: this.currency(), amount: this.dice.chance(0.5) ? amount : -amount };
  }

  payout() {
    const currency = this.dice.chance(0.7) ? this.world.currency : FOREIGN;
    return { do: 'payout', name: this.name('payout'), currency, back: this.dice.chance(0.7) ? 0 : this.dice.below(100),
      ...(this.dice.chance(0.5) && { exchange: true }) };
  }

  line() {
    return { do: 'line', payout: this.recent('payout'), partner: this.partner(), to: this.dice.chance(0.6) ? 'paid' : 'failed' };
  }

  paid() {
    return { do: 'paid', payout: this.recent('payout') };
  }

  rate() {
    const { dice } = this;
    const rate = dice.pick([() => `${dice.from(0, 2)}.${dice.from(1, 9999)}`, () => `0.00${dice.from(1, 99999)}`, () => `${dice.from(1, 300)}`])();
    return { do: 'rate', currency: FOREIGN, back: dice.below(40), rate };
  }

  recruit() {
    return { do: 'recruit', partner: this.partner(), by: this.partner() };
  }

  group() {
    return { do: 'group', partner: this.partner(), group: this.dice.pick(GROUPS) };
  }

  bulk() {
    const { dice } = this;
    return { do: 'bulk', verb: dice.weighed({ approve: 4, hold: 3, release: 4, decline: 0.5 }), ...(dice.chance(0.5) && { partner: this.partner() }),
      ...(dice.chance(0.7) && { status: dice.pick(['pending', 'payable', 'held', 'reversed', 'paid']) }),
      ...(dice.chance(0.3) && { currency: this.currency() }), ...(dice.chance(0.3) && { preview: true }) };
  }

  scope() {
    const { dice } = this;
    const some = { partner: () => this.partner(), group: () => dice.pick(['Storytellers', 'Shops']), coupon: () => dice.pick(this.world.coupons).code,
      sku: () => dice.pick(ITEMS).sku, category: () => dice.pick(['books', 'tea']), event: () => dice.pick(Object.keys(EVENTS)),
      customer: () => dice.pick(['new', 'returning']), country: () => dice.pick(COUNTRIES), sub: () => this.oneSub() };
    const scope = {};
    for (let i = dice.from(1, 2); i > 0; i--) {
      const name = dice.weighed({ ...SCOPES, ...this.favours.scopes });
      if (name !== 'value') scope[name] = some[name]();
      else if (!scope.order_currency) Object.assign(scope, this.values());
    }
    return scope;
  }

  oneSub() {
    const name = this.dice.pick(Object.keys(SUBS));
    return `${name}=${this.dice.pick(SUBS[name])}`;
  }

  /* From, below, or between. */
  values() {
    const { dice } = this;
    const [from, below] = [dice.pick(EDGES), dice.pick(EDGES)];
    const edges = from < below ? { order_from: from, order_below: below } : dice.chance(0.5) ? { order_from: from } : { order_below: below };
    return { ...edges, order_currency: dice.chance(0.9) ? this.world.currency : FOREIGN };
  }

  /* A reward of the same sort, for a step. */
  like(reward) {
    return reward.percent !== undefined ? { percent: this.dice.pick(PERCENTS) } : { amount: this.dice.from(1, 2000) };
  }

  steps(reward, lowest, highest) {
    const froms = [...new Set(Array.from({ length: this.dice.from(1, 3) }, () => this.dice.from(lowest, highest)))].sort((a, b) => a - b);
    return froms.map((from) => ({ from, ...this.like(reward) }));
  }

  rule() {
    const { dice } = this;
    const { currency } = this.world;
    const reward = randomReward(dice, currency);
    const kind = dice.weighed({ ...RULES, ...this.favours.rules });
    if (kind !== 'commission') return this[kind]();
    const rule = { do: 'rule', name: this.name('rule'), scope: dice.chance(0.3) ? { event: 'sale' } : this.scope(), reward };
    if (dice.chance(0.25)) rule.cap = { amount: dice.from(1, 3000), currency };
    if (dice.chance(0.35)) {
      const measure = dice.pick(['revenue', 'orders']);
      rule.by = { measure, period: dice.pick(['month', 'year', 'ever']), mode: dice.pick(['marginal', 'retroactive']), ...(measure === 'revenue' && { currency }) };
      rule.tiers = measure === 'revenue' ? this.steps(reward, 1, 60000) : this.steps(reward, 2, 6);
    } else if (dice.chance(0.4)) {
      rule.recurring = { orders: dice.chance(0.5) ? 0 : dice.from(1, 4), months: dice.chance(0.5) ? 0 : dice.from(1, 3), steps: dice.chance(0.5) ? this.steps(reward, 2, 4) : [] };
    }
    return this.keep(rule);
  }

  keep(rule) {
    this.made.set(rule.name, rule);
    return rule;
  }

  /* Rules beside the list ask for the partner or his group at most. */
  whom() {
    return this.dice.pick([{}, {}, { partner: this.partner() }, { group: this.dice.pick(['Storytellers', 'Shops']) }]);
  }

  sum(most) {
    return { amount: this.dice.from(1, most), currency: this.world.currency };
  }

  clicks() {
    return this.keep({ do: 'rule', name: this.name('rule'), scope: { event: 'click', ...this.whom() }, reward: { ...this.sum(50), per: this.dice.pick(['order', 'item']) } });
  }

  firstSale() {
    return this.keep({ do: 'rule', name: this.name('rule'), kind: 'first_sale', scope: this.whom(), reward: this.sum(3000) });
  }

  targetOf({ measure }) {
    return measure === 'orders' ? this.dice.from(1, 6) : this.dice.from(1, 60000);
  }

  target() {
    const { dice } = this;
    const measure = dice.pick(['revenue', 'orders']);
    const by = { measure, period: dice.pick(['month', 'year', 'ever']), ...(measure === 'revenue' && { currency: dice.chance(0.9) ? this.world.currency : FOREIGN }) };
    return this.keep({ do: 'rule', name: this.name('rule'), kind: 'target', scope: this.whom(), reward: this.sum(3000), by, target: this.targetOf(by) });
  }

  recruiting() {
    const { dice } = this;
    return this.keep({ do: 'rule', name: this.name('rule'), kind: 'recruit', scope: this.whom(), months: dice.chance(0.5) ? 0 : dice.from(1, 3),
      levels: Array.from({ length: dice.from(1, 3) }, () => dice.pick([1, 50, 333, 1000, 3333])) });
  }

  /* For one partner, or for all together. */
  cap() {
    const { dice } = this;
    const kind = dice.pick(['partner_cap', 'budget']);
    return this.keep({ do: 'rule', name: this.name('rule'), kind, scope: kind === 'budget' ? {} : this.whom(), reward: this.sum(9000),
      by: { period: dice.pick(['month', 'year', 'ever']) } });
  }

  change() {
    const rule = this.recent('rule');
    const old = this.made.get(rule);
    if (old.kind === 'recruit') return { do: 'end', rule };
    if (old.kind === 'target' && this.dice.chance(0.5)) return { do: 'change', rule, target: this.targetOf(old.by) };
    if (old.kind || old.scope.event === 'click') return { do: 'change', rule, reward: { ...old.reward, amount: this.dice.from(1, old.kind ? 9000 : 50) } };
    const hasSteps = old.tiers || old.recurring?.steps.length;
    const reward = hasSteps ? { ...this.like(old.reward), ...(old.reward.per && { per: old.reward.per }), ...(old.reward.currency && { currency: old.reward.currency }) }
      : randomReward(this.dice, this.world.currency);
    return { do: 'change', rule, reward };
  }

  end() {
    return { do: 'end', rule: this.recent('rule') };
  }

  settings() {
    const { dice } = this;
    const terms = { windowDays: dice.from(1, 40), holdDays: dice.from(0, 40), model: dice.pick(['last_click', 'first_click', 'linear', 'position']),
      binding: dice.pick(BINDINGS), ...(dice.chance(0.3) && { clawbackDays: dice.from(0, 60) }), ...(dice.chance(0.3) && { customerDays: dice.from(0, 400) }) };
    return { do: 'settings', terms, minimum: dice.chance(0.5) ? 0 : dice.from(1, 3000) };
  }

  seat() {
    const partner = this.partner();
    return { do: 'seat', partner, suspended: !this.books.suspended.has(partner) };
  }

  coupon() {
    const coupon = this.dice.below(this.world.coupons.length);
    return { do: 'coupon', coupon, paused: !this.books.coupons[coupon].paused };
  }
}
