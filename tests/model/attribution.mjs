/* Who brought the buyer: the reference model's own way from touches to shares. Times are milliseconds. */
const DAY = 86400000;
const SKEW = 5 * 60000;

const equal = (whole, count, i) => Math.floor(whole / count) + (i < whole % count ? 1 : 0);

function byPosition(count, i) {
  if (count <= 2) return equal(10000, count, i);
  return i === 0 || i === count - 1 ? 4000 : equal(2000, count - 2, i - 1);
}

const models = {
  last_click: (count, i) => (i === count - 1 ? 10000 : 0),
  first_click: (count, i) => (i === 0 ? 10000 : 0),
  linear: (count, i) => equal(10000, count, i),
  position: byPosition,
};

function mayEarn(touch, at, terms) {
  const days = touch.kind === 'customer' && terms.customerDays > 0 ? terms.customerDays : terms.windowDays;
  const skew = touch.evidence === 'token' || touch.evidence === 'cookie' ? SKEW : 0;
  return !touch.bar && touch.at <= at + skew && touch.at >= at - days * DAY;
}

/* 10,000 in proportion to what each had of the order that binds; units left over go to the largest remainders, the earlier
 * first. */
function inParts(bound) {
  const sum = bound.reduce((all, touch) => all + touch.bound, 0);
  for (const touch of bound) touch.share = Math.floor((10000 * touch.bound) / sum);
  const left = 10000 - bound.reduce((all, touch) => all + touch.share, 0);
  const byRest = [...bound].sort((a, b) => ((10000 * b.bound) % sum) - ((10000 * a.bound) % sum));
  byRest.slice(0, left).forEach((touch) => { touch.share++; });
}

/* Sorts the touches by time (clicks of one moment by their number, others as they came) and gives each its share. */
export function judge(touches, at, terms) {
  touches.forEach((touch, i) => { touch.came = i; });
  touches.sort((a, b) => a.at - b.at || (a.click ?? 0) - (b.click ?? 0) || a.came - b.came);
  const able = touches.filter((touch) => mayEarn(touch, at, terms));
  const bound = terms.binding === 'any' ? [] : able.filter((touch) => touch.kind === 'customer');
  for (const touch of touches) touch.share = 0;
  if (bound.length) {
    inParts(bound);
    return;
  }
  const coupons = able.filter((touch) => touch.kind === 'coupon');
  const others = able.filter((touch) => touch.kind !== 'coupon');
  const byCoupon = coupons.length > 0 && (terms.precedence === 'coupon' || others.length === 0);
  if (byCoupon) coupons.forEach((touch, i) => { touch.share = equal(10000, coupons.length, i); });
  else others.forEach((touch, i) => { touch.share = models[terms.model](others.length, i); });
}

/* [{ partner, share, subs }] in the order of each partner's first winning touch; his own ids are those of his last. */
export function sharesOf(touches) {
  const shares = new Map();
  for (const { partner, share, subs } of touches)
    if (share > 0) shares.set(partner, { partner, share: (shares.get(partner)?.share ?? 0) + share, subs });
  return [...shares.values()];
}
