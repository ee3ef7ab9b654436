/* Caps. A partner's commissions of a period are at most the rule's sum; a budget says the same of the programme as a
 * whole, on what partners' caps have left. Orders are served by the time they happened: the latest are cut. Several caps
 * are worked out each by itself, and the least holds. Only orders are looked at, in the rule's currency. */
import { fits, inForce } from './rules.mjs';

const isCap = (rule) => rule.kind === 'partner_cap' || rule.kind === 'budget';

export const withCaps = (Base) => class extends Base {
  capsOf(order, part) {
    return this.rules.filter((rule) => isCap(rule) && inForce(rule, order.at) && rule.reward.currency === part.currency
      && fits(rule.scope, order, this.memberAt(part.partner, order.at)));
  }

  /* Rows of orders by time, each with what is `left` to it. */
  cut(test) {
    const rows = this.orderRows(test);
    for (const row of rows) row.left = row.declined ? 0n : row.full;
    for (const kind of ['partner_cap', 'budget']) {
      const given = new Map();
      const lefts = rows.map((row) => row.left);
      rows.forEach((row, i) => {
        for (const rule of row.caps.filter((one) => one.kind === kind)) {
          const key = `${rule.line} ${kind === 'budget' ? '' : row.partner} ${this.period(rule, row.order.at)}`;
          const before = given.get(key) ?? 0n;
          const room = BigInt(rule.reward.amount) > before ? BigInt(rule.reward.amount) - before : 0n;
          const granted = lefts[i] < room ? lefts[i] : room;
          given.set(key, before + granted);
          if (granted < row.left) row.left = granted;
        }
      });
    }
    return rows;
  }
};
