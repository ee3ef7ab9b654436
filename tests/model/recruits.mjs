/* Recruiting. Of each commission that an order brings a recruited partner, whoever recruited him gets the percentage of the
 * first level, who recruited that one the second, and so on: of what it is worth after caps, rounded once. Who recruited
 * whom is asked when the commission is made, and who is suspended then has no part of it (those above him have theirs); a
 * rule for so many months ends them after the recruited one's approval. The part follows its source up and down, also when
 * a recruiter is suspended later, and is declined with the order. A bonus or a day's clicks have no such part. */
import { WHOLE, nearest } from './arithmetic.mjs';
import { fits, inForce, monthsBetween } from './rules.mjs';

export const withRecruits = (Base) => class extends Base {
  constructor(world) {
    super(world);
    this.recruiters = world.partners.map((partner) => partner.recruiter);
    this.parts = new Map(); /* recruiters' commissions, by source, rule and level */
  }

  recruit({ partner, by }) {
    for (let one = by; one !== undefined; one = this.recruiters[one]) if (one === partner) return { status: 422 };
    this.recruiters[partner] = by;
    return { status: 200 };
  }

  /* [{ rule, level, partner, percent }] who has a part of a new commission. */
  recruitsOf(order, part) {
    const all = [];
    for (const rule of this.rules) {
      if (rule.kind !== 'recruit' || !inForce(rule, order.at) || !fits(rule.scope, order, this.memberAt(part.partner, order.at))) continue;
      if (rule.months && monthsBetween(this.zero, this.zero + order.at) >= rule.months) continue; /* all were approved at the beginning */
      let partner = part.partner;
      rule.levels.forEach((percent, level) => {
        partner = partner === undefined ? undefined : this.recruiters[partner];
        if (partner !== undefined && !this.suspended.has(partner)) all.push({ rule, level, partner, percent });
      });
    }
    return all;
  }

  rowsWith(order) {
    return [...order.rows, ...[...this.parts.values()].filter((row) => row.source.order === order)];
  }

  giveRecruiters(test) {
    for (const source of this.orderRows(test))
      for (const { rule, level, partner, percent } of source.recruits)
        this.keepUp(this.parts, `${rule.line} ${level} ${source.number}`, nearest(source.amount * BigInt(percent), WHOLE), this.isKept(source) && !source.declined ? source : undefined, () => ({ partner, test,
          currency: source.currency, matures: source.matures, name: source.order.name, source }));
  }
};
