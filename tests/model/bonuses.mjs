/* Bonuses. A partner gets the sum of a first-sale rule once, while he has an order of which something is kept; that of a
 * target once a period, while what he sold in it reaches the target. Orders are taken by the time they happened, and the
 * first that earns the bonus says by the version of its own time how much it is. A bonus begins pending until that order's
 * hold is over, and goes when nothing earns it any more. A declined order counts for nothing. */
import { WHOLE, nearest } from './arithmetic.mjs';
import { fits, inForce } from './rules.mjs';

const isBonus = (rule) => rule.kind === 'first_sale' || rule.kind === 'target';

export const withBonuses = (Base) => class extends Base {
  constructor(world) {
    super(world);
    this.given = new Map(); /* bonuses that were ever given, by rule, partner and period */
  }

  bonusesOf(order, part) {
    return this.rules.filter((rule) => isBonus(rule) && inForce(rule, order.at)
      && fits(rule.scope, order, this.memberAt(part.partner, order.at)));
  }

  /* Something of the order is kept and his. An order of nothing, such as a lead, is kept until it is declined. */
  counts({ order, declined, share }) {
    return !declined && share > 0 && (BigInt(order.amount) > order.counted || order.amount === 0);
  }

  /* What rows of one partner have reached, measured as `rule` measures it; an order counts once. */
  reached(rule, rows) {
    const sold = new Map(rows.filter((row) => this.counts(row)).map((row) => [row.order, row]));
    if (rule.by.measure === 'orders') return BigInt(sold.size);
    return [...sold.values()].filter(({ order }) => order.currency === rule.by.currency)
      .reduce((sum, { order, share }) => sum + nearest((BigInt(order.amount) - order.counted) * BigInt(share), WHOLE), 0n);
  }

  /* The first of his rows that earns the bonus, with the rule of its time. */
  giverOf(looking) {
    return looking.find(({ row, rule }, i) => this.counts(row)
      && (rule.kind === 'first_sale' || this.reached(rule, looking.slice(0, i + 1).map((one) => one.row)) >= BigInt(rule.target)));
  }

  giveBonuses(test) {
    const groups = new Map();
    for (const row of this.orderRows(test))
      for (const rule of row.bonuses) {
        const key = `${rule.line} ${row.partner} ${test} ${rule.by ? this.period(rule, row.order.at) : ''}`;
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push({ row, rule });
      }
    for (const [key, looking] of groups) {
      const giver = this.giverOf(looking);
      this.keepUp(this.given, key, giver ? BigInt(giver.rule.reward.amount) : 0n, giver?.row, () => ({ partner: looking[0].row.partner, test,
        currency: giver.rule.reward.currency, matures: giver.row.matures }));
    }
  }

  /* A bonus is worth `worth` now and hangs on `giver`, as long as there is anything it is for; one that is worth something
   * begins as `begin` says. */
  keepUp(among, key, worth, giver, begin) {
    const row = among.get(key);
    if (row) row.given = Boolean(giver);
    if (row && giver) Object.assign(row, { source: giver, matures: giver.matures });
    if (row && !row.declined && row.amount !== worth) this.take(row, row.amount - worth, 'adjust');
    if (row) this.find(row);
    if (row) this.keepPace(row);
    if (row || worth === 0n) return;
    among.set(key, this.add({ ...begin(), earned: worth, amount: worth, booked: worth, place: 'pending', source: giver }));
  }
};
