/* History decided again: what orders would be worth if another model had judged them. Caps per partner, budgets and bonuses
 * are left out. */
import { worth } from './arithmetic.mjs';
import { judge } from './attribution.mjs';

export const withWhatIf = (Base) => class extends Base {
  /* What orders are worth to each partner if they had been judged by another model: "partner currency sum". */
  whatIf(model) {
    const sums = new Map();
    const judged = new Map();
    for (const order of this.orders.values()) {
      const touches = order.touches.map((touch) => ({ ...touch }));
      judge(touches, order.at, model ? { ...order.terms, model } : order.terms);
      judged.set(order, this.sharesNow(order, touches));
    }
    const volumes = this.volumesOf(false, (order) => judged.get(order));
    for (const order of this.orders.values()) {
      if (order.test || order.declined) continue;
      const { parts, whole, gone } = this.standing(order, volumes, judged.get(order));
      for (const currency of new Set(parts.map((part) => part.currency))) {
        const mine = parts.filter((part) => part.currency === currency);
        worth(mine.map((part) => part.exact), whole, whole - gone).forEach((amount, i) => {
          const { partner } = mine[i];
          if (order.rows.some((row) => row.declined && row.partner === partner)) return;
          const key = `${partner} ${currency}`;
          sums.set(key, (sums.get(key) ?? 0n) + amount);
        });
      }
    }
    return [...sums].filter(([, sum]) => sum !== 0n).map(([key, sum]) => `${key} ${sum}`).sort();
  }
};
