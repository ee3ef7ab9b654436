/* Which rule decides a line of an order, and the exact sum that comes out: the reference model's own way. */
import { WHOLE } from './arithmetic.mjs';

const ranks = [(s) => s.partner !== undefined, (s) => s.sku || s.category, (s) => s.coupon, (s) => s.group, () => true];
const rank = (scope) => ranks.findIndex((fits) => fits(scope));

/* The more conditions the narrower; a product counts twice. */
function narrowness(scope) {
  let count = 0;
  for (const name of ['partner', 'category', 'coupon', 'group', 'event', 'customer', 'country'])
    if (scope[name] !== undefined) count++;
  return count + (scope.sku ? 2 : 0);
}

export function precedence(a, b) {
  return rank(a.scope) - rank(b.scope) || narrowness(b.scope) - narrowness(a.scope) || b.starts - a.starts || b.number - a.number;
}

export const inForce = (rule, at) => rule.starts <= at && (rule.ends === undefined || at < rule.ends);

function fits(scope, order, partner, group, item) {
  if (scope.partner !== undefined && scope.partner !== partner) return false;
  if (scope.group !== undefined && scope.group !== group) return false;
  if (scope.coupon !== undefined && scope.coupon.toUpperCase() !== (order.coupon ?? '').toUpperCase()) return false;
  if (scope.event !== undefined && scope.event !== order.type) return false;
  if (scope.customer !== undefined && (scope.customer === 'new') !== Boolean(order.fresh)) return false;
  if (scope.country !== undefined && scope.country !== order.country) return false;
  if (scope.sku !== undefined && scope.sku !== item?.sku) return false;
  return scope.category === undefined || scope.category === item?.category;
}

/* Items that sum to more than the order share the order's amount in proportion; what they leave is a line of its own. */
function linesOf(order) {
  const amount = BigInt(order.amount);
  if (!order.items?.length) return [{ base: amount, quantity: 1n }];
  const sum = order.items.reduce((a, item) => a + BigInt(item.amount), 0n);
  const lines = order.items.map((item) => ({ item, base: BigInt(item.amount), quantity: BigInt(item.quantity ?? 1) }));
  if (sum <= amount) return sum < amount ? [...lines, { base: amount - sum, quantity: 1n }] : lines;
  proportion(amount, lines.map((line) => line.base)).forEach((base, i) => { lines[i].base = base; });
  return lines;
}

/* Parts of `whole` by weight; units left over go to the largest remainders, the earlier first. */
function proportion(whole, weights) {
  const sum = weights.reduce((a, b) => a + b, 0n);
  const parts = weights.map((w) => (whole * w) / sum);
  const rests = weights.map((w) => (whole * w) % sum);
  let left = whole - parts.reduce((a, b) => a + b, 0n);
  const order = rests.map((_, i) => i).sort((a, b) => (rests[b] > rests[a] ? 1 : rests[b] < rests[a] ? -1 : a - b));
  for (const i of order) if (left-- > 0n) parts[i] += 1n;
  return parts;
}

/* [{ partner, currency, exact }], a part for each partner and currency, in the order in which they come about. */
export function decide(order, shares, rules, groups) {
  const sorted = rules.filter((rule) => inForce(rule, order.at)).sort(precedence);
  const parts = [];
  for (const { partner, share } of shares) {
    const given = new Set();
    for (const line of linesOf(order)) {
      const rule = sorted.find((one) => fits(one.scope, order, partner, groups[partner], line.item));
      if (!rule) continue;
      const { reward } = rule;
      const isFixed = reward.amount !== undefined;
      let exact;
      if (!isFixed) exact = line.base * BigInt(reward.percent) * BigInt(share);
      else if (reward.per === 'item') exact = BigInt(reward.amount) * line.quantity * WHOLE * BigInt(share);
      else exact = given.has(rule) ? 0n : BigInt(reward.amount) * WHOLE * BigInt(share);
      given.add(rule);
      if (exact === 0n) continue;
      const currency = isFixed ? reward.currency : order.currency;
      let part = parts.find((one) => one.partner === partner && one.currency === currency);
      if (!part) parts.push(part = { partner, currency, exact: 0n });
      part.exact += exact;
    }
  }
  return parts;
}
