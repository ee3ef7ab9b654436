/* Which rule decides a line of an order, and the exact sum that comes out: the reference model's own way. */
import { WHOLE, nearest } from './arithmetic.mjs';

/* Calendar months from one moment to another, as people count them. */
export function monthsBetween(from, to) {
  const [a, b] = [new Date(from), new Date(to)];
  let months = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
  const reached = new Date(from);
  const last = new Date(Date.UTC(b.getUTCFullYear(), b.getUTCMonth() + 1, 0)).getUTCDate();
  reached.setUTCFullYear(b.getUTCFullYear(), b.getUTCMonth(), Math.min(a.getUTCDate(), last));
  if (reached > b) months--;
  return Math.max(0, months);
}

const ranks = [(s) => s.partner !== undefined, (s) => s.sku || s.category, (s) => s.coupon, (s) => s.group, () => true];
const rank = (scope) => ranks.findIndex((fits) => fits(scope));

/* The more conditions the narrower; a product counts twice. */
function narrowness(scope) {
  let count = 0;
  for (const name of ['partner', 'category', 'coupon', 'group', 'event', 'customer', 'country', 'order_from', 'order_below', 'sub'])
    if (scope[name] !== undefined) count++;
  return count + (scope.sku ? 2 : 0);
}

export function precedence(a, b) {
  return rank(a.scope) - rank(b.scope) || narrowness(b.scope) - narrowness(a.scope) || b.starts - a.starts || b.number - a.number;
}

export const inForce = (rule, at) => rule.starts <= at && (rule.ends === undefined || at < rule.ends);

/* "sub1=letter": his own id of the click that won, the last one where several of his did. */
function saysSub(wanted, subs) {
  const [name, value] = wanted.split('=');
  return (subs?.[name] ?? '') === value;
}

/* Whether a scope fits an order of a partner, { partner, group, subs }; its value counts from included, below excluded, as
 * the order stands. */
export function fits(scope, order, his, item) {
  if (scope.partner !== undefined && scope.partner !== his.partner) return false;
  if (scope.group !== undefined && scope.group !== his.group) return false;
  if (scope.coupon !== undefined && scope.coupon.toUpperCase() !== (order.coupon ?? '').toUpperCase()) return false;
  if (scope.event !== undefined && scope.event !== order.type) return false;
  if (scope.customer !== undefined && (scope.customer === 'new') !== Boolean(order.fresh)) return false;
  if (scope.country !== undefined && scope.country !== order.country) return false;
  if (scope.order_from !== undefined && (order.currency !== scope.order_currency || order.amount < scope.order_from)) return false;
  if (scope.order_below !== undefined && (order.currency !== scope.order_currency || order.amount >= scope.order_below)) return false;
  if (scope.sub !== undefined && !saysSub(scope.sub, his.subs)) return false;
  if (scope.sku !== undefined && scope.sku !== item?.sku) return false;
  return scope.category === undefined || scope.category === item?.category;
}

/* Items that sum to more than the order share the order's amount in proportion; what they leave is a line of its own. */
export function linesOf(order) {
  const amount = BigInt(order.amount);
  if (!order.items?.length) return [{ base: amount, quantity: 1n }]; /* at: the place of its item */
  const sum = order.items.reduce((a, item) => a + BigInt(item.amount), 0n);
  const lines = order.items.map((item, at) => ({ item, at, base: BigInt(item.amount), quantity: BigInt(item.quantity ?? 1) }));
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

const isFixed = (rule) => rule.reward.amount !== undefined;
/* Its reward hangs on what came before. */
export const hasPast = ({ tiers, recurring }) => Boolean(tiers || recurring?.orders || recurring?.months || recurring?.steps?.length);
const unitOf = (rule, order) => (isFixed(rule) ? rule.reward.currency : order.currency);

/* What a line adds to a volume: its share of what was kept, in whole minor units. */
export function volumeOf(rule, order, line, share) {
  const whole = BigInt(order.amount);
  const kept = whole - order.counted;
  if (whole <= 0n || kept <= 0n) return 0n;
  if (rule.by?.measure === 'orders') return 1n;
  return rule.by && rule.by.currency !== order.currency ? 0n : nearest(line.base * BigInt(share) * kept, whole * WHOLE);
}

const stepAt = (own, steps, reached) => steps.findLast((step) => BigInt(step.from) <= reached) ?? own;

function byReward(rule, reward, line, share, isGiven) {
  if (!isFixed(rule)) return line.base * BigInt(reward.percent) * BigInt(share);
  if (rule.reward.per === 'item') return BigInt(reward.amount) * line.quantity * WHOLE * BigInt(share);
  return isGiven ? 0n : BigInt(reward.amount) * WHOLE * BigInt(share);
}

/* A line that reaches over steps is cut there; each slice is rounded up at 10^-8. */
function inSlices(rule, line, share, before, volume) {
  const cuts = rule.tiers.map((step) => BigInt(step.from)).filter((from) => from > before && from < before + volume);
  if (!cuts.length) return byReward(rule, stepAt(rule.reward, rule.tiers, before), line, share);
  const edges = [before, ...cuts, before + volume];
  let sum = 0n;
  for (let i = 0; i + 1 < edges.length; i++) {
    const part = line.base * BigInt(share) * (edges[i + 1] - edges[i]) * BigInt(stepAt(rule.reward, rule.tiers, edges[i]).percent);
    sum += (part + volume - 1n) / volume;
  }
  return sum;
}

function earns(rule, line, share, isGiven, before, volume, past) {
  if (rule.tiers) {
    if (rule.by.mode === 'retroactive') return byReward(rule, stepAt(rule.reward, rule.tiers, before + volume), line, share, isGiven);
    if (rule.by.measure === 'orders') return byReward(rule, stepAt(rule.reward, rule.tiers, before + 1n), line, share, isGiven);
    if (!isFixed(rule) && volume > 0n) return inSlices(rule, line, share, before, volume);
    return byReward(rule, stepAt(rule.reward, rule.tiers, before), line, share, isGiven);
  }
  const again = hasPast(rule) ? rule.recurring : undefined;
  if (again && ((again.orders && past.nth > again.orders) || (again.months && past.months >= again.months))) return 0n;
  return byReward(rule, again ? stepAt(rule.reward, again.steps ?? [], BigInt(past.nth)) : rule.reward, line, share, isGiven);
}

/* The lines of an order, each with the partner, the rule that decides it and the exact sum that it earns. `groupOf` says
 * which group a partner was in then, `pastOf` what he had before under a rule: { before, nth, months }. */
export function decide(order, shares, rules, groupOf, pastOf = () => ({ before: 0n, nth: 1, months: 0 })) {
  const sorted = rules.filter((rule) => !rule.kind && inForce(rule, order.at)).sort(precedence);
  const all = [];
  shares.forEach(({ partner, share, subs }, seat) => {
    const his = { partner, group: groupOf(partner), subs };
    const lines = linesOf(order).map((line) => ({ ...line, seat, partner, share,
      rule: sorted.find((one) => fits(one.scope, order, his, line.item)) })).filter((line) => line.rule);
    for (const line of lines) line.volume = volumeOf(line.rule, order, line, share);
    lines.forEach((line, i) => {
      const { rule } = line;
      const same = lines.filter((other, k) => other.rule === rule && (k < i || (k !== i && rule.by?.mode === 'retroactive')));
      const beside = rule.by?.measure === 'orders' ? 0n : same.reduce((sum, other) => sum + other.volume, 0n);
      const earlier = lines.slice(0, i).filter((other) => other.rule === rule);
      const past = hasPast(rule) ? pastOf(rule, partner) : {};
      line.exact = earns(rule, line, share, earlier.length > 0, (past.before ?? 0n) + beside, line.volume, past);
      line.currency = unitOf(rule, order);
      line.earned = line.exact;
      if (rule.cap && rule.cap.currency === line.currency) {
        const room = BigInt(rule.cap.amount) * WHOLE * BigInt(share) - earlier.reduce((sum, other) => sum + other.earned, 0n);
        if (line.earned > room) line.earned = room;
      }
      line.isOfOrder = isFixed(rule) && rule.reward.per !== 'item';
    });
    all.push(...lines);
  });
  return all;
}

/* [{ partner, currency, lines }]: a commission for each partner and currency, in the order in which they come about. */
export function partsOf(lines) {
  const parts = [];
  for (const line of lines) {
    if (line.exact === 0n && !hasPast(line.rule)) continue; /* what is nothing by its past may be something by another */
    let part = parts.find((one) => one.seat === line.seat && one.currency === line.currency);
    if (!part) parts.push(part = { seat: line.seat, partner: line.partner, currency: line.currency });
  }
  return parts.map((part) => ({ ...part, lines: lines.filter((line) => line.seat === part.seat && line.currency === part.currency) }));
}
