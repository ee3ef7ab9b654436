/* Exact money in BigInt: whole minor units, and "e8", which is minor units × 10^8 (an amount times two shares in
 * basis points). Written for the reference model alone. */
export const E8 = 100000000n;
export const WHOLE = 10000n;

/* n ÷ d to the nearest whole, half away from zero; d > 0. */
export function nearest(n, d) {
  const size = n < 0n ? -n : n;
  const whole = (2n * size + d) / (2n * d);
  return n < 0n ? -whole : whole;
}

/* n ÷ d, and whatever is left counts as one more; neither is below zero. */
export function up(n, d) {
  return (n + d - 1n) / d;
}

/* Numerators over one denominator → whole parts that sum to the nearest whole of their sum. Each is cut towards zero,
 * and the units that are left go to the largest remainders, the earlier first. */
export function share(numerators, d) {
  const parts = numerators.map((n) => n / d);
  const rests = numerators.map((n) => (n < 0n ? -(n % d) : n % d));
  const sum = numerators.reduce((a, b) => a + b, 0n);
  let left = nearest(sum, d) - parts.reduce((a, b) => a + b, 0n);
  const order = rests.map((_, i) => i).sort((a, b) => (rests[b] > rests[a] ? 1 : rests[b] < rests[a] ? -1 : a - b));
  const step = left < 0n ? -1n : 1n;
  for (const i of order) {
    if (left === 0n) break;
    parts[i] += step;
    left -= step;
  }
  return parts;
}

/* What exact sums are worth when `kept` of `whole` is left. A whole of zero keeps everything. */
export function worth(exacts, whole, kept) {
  if (whole === 0n) return share(exacts, E8);
  return share(exacts.map((e) => e * kept), E8 * whole);
}

/* A small generator of random numbers, the same for the same seed. */
export class Dice {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) {
    return Math.floor(this.next() * n);
  }

  from(low, high) {
    return low + this.below(high - low + 1);
  }

  pick(list) {
    return list[this.below(list.length)];
  }

  chance(p) {
    return this.next() < p;
  }

  /* { a: 3, b: 1 } → "a" three times out of four. */
  weighed(weights) {
    let at = this.next() * Object.values(weights).reduce((a, b) => a + b, 0);
    for (const [name, weight] of Object.entries(weights)) if ((at -= weight) < 0) return name;
    return Object.keys(weights)[0];
  }
}
