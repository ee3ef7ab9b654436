/* Rewards for clicks. When a day of the UTC calendar is over for an hour, a partner's unique clicks of that day become one
 * commission: their number × the fixed sum of the first rule for clicks, in the order of precedence, that stood for him,
 * in the group that he was in, when the day began. A visitor's click on a link that lies within the programme's minutes of his last unique one there is
 * no unique click. A partner who is suspended when the clock looks gets nothing for the day unless he is back at a later
 * look; a look goes back seven days before the one before it. Caps, budgets and recruiters do not look at clicks. */
import { fits, inForce, precedence } from './rules.mjs';

const HOUR = 3600000;
const DAY = 24 * HOUR;

export const withClicks = (Base) => class extends Base {
  constructor(world) {
    super(world);
    this.days = new Map(); /* unique clicks, by partner and day */
    this.paidDays = new Map();
    this.uniques = new Map();
  }

  click(op) {
    const answer = super.click(op);
    if (answer && this.isUnique(op)) {
      const key = `${op.partner} ${Math.floor((this.zero + this.now) / DAY)}`;
      this.days.set(key, (this.days.get(key) ?? 0) + 1);
    }
    return answer;
  }

  /* Stories go by whole hours and more than one at a time, so the window is never met exactly. */
  isUnique({ visitor, partner }) {
    const key = `${visitor} ${partner}`;
    const last = this.uniques.get(key);
    if (this.world.repeatMinutes && last !== undefined && this.now - last < this.world.repeatMinutes * 60000) return false;
    this.uniques.set(key, this.now);
    return true;
  }

  clickRule(partner, begun) {
    return this.rules.filter((rule) => !rule.kind && rule.scope.event === 'click' && inForce(rule, begun)).sort(precedence)
      .find((rule) => fits(rule.scope, { type: 'click' }, this.memberAt(partner, begun)));
  }

  /* The clock has looked. */
  payClicks() {
    const over = Math.floor((this.zero + this.now - HOUR) / DAY);
    const first = (this.looked ?? Math.floor(this.zero / DAY)) - 7;
    this.looked = over;
    for (const [key, clicks] of this.days) {
      const [partner, day] = key.split(' ').map(Number);
      const begun = day * DAY - this.zero;
      if (day < first || day >= over || this.paidDays.has(key) || this.suspended.has(partner)) continue;
      const rule = this.clickRule(partner, begun);
      if (!rule) continue;
      const amount = BigInt(rule.reward.amount) * BigInt(clicks);
      const terms = this.terms.findLast((one) => one.from <= begun);
      this.paidDays.set(key, this.add({ partner, currency: rule.reward.currency, earned: amount, amount, booked: amount, place: 'pending',
        matures: begun + DAY - 1 + terms.holdDays * DAY, test: false }));
    }
  }
};
