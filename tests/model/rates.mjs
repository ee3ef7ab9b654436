/* Exchange. The rate of a currency holds from its day (UTC) until that of a later day; told twice for a day, the last
 * holds. Commissions in a foreign currency may be paid in the programme's own: what a payout line comes to is worked out
 * once, by the rate in force at the cut-off, rounded half away from zero, and stays. The minimum is held against that, and
 * nobody is paid nothing. */
import { nearest } from './arithmetic.mjs';

const DAY = 24 * 3600000;
const decimals = { JPY: 0, KWD: 3 };
const decimalsOf = (currency) => decimals[currency] ?? 2;

/* "0.9234" → [9234n, 10000n]. */
function fraction(text) {
  const [whole, parts = ''] = text.split('.');
  return [BigInt(whole + parts), 10n ** BigInt(parts.length)];
}

export const withRates = (Base) => class extends Base {
  constructor(world) {
    super(world);
    this.rates = [];
  }

  rate({ currency, back, rate }) {
    const day = Math.floor((this.zero + this.now) / DAY) - back;
    const standing = this.rates.findLast((one) => one.currency === currency && one.day === day);
    const [a, b] = [fraction(rate), fraction(standing?.rate ?? '0')];
    if (a[0] * b[1] === b[0] * a[1]) return { status: 200 };
    this.rates.push({ currency, day, rate });
    return { status: 201 };
  }

  rateAt(currency, at) {
    const able = this.rates.filter((one) => one.currency === currency && one.day * DAY <= this.zero + at);
    const last = Math.max(...able.map((one) => one.day));
    return able.findLast((one) => one.day === last)?.rate;
  }

  exchanged(amount, from, to, rate) {
    const [n, d] = fraction(rate);
    const shift = BigInt(decimalsOf(to) - decimalsOf(from));
    return shift < 0n ? nearest(amount * n, d * 10n ** -shift) : nearest(amount * n * 10n ** shift, d);
  }
};
