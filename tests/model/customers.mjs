/* Known customers. Touches of a customer's earlier orders count for the next one, as long as the programme says. Without
 * a binding they are his clicks, and codes that earned, each at its own time. With one, the first order of the kind that
 * binds (a sale, a lead, or any that a code earned) gives the customer to the partners that it was credited to: as long as
 * that lasts, counted from that order, they share what he buys, whatever else led to it, in the parts that they had of that
 * order. Had it been moved by the time of the later one, those who had it then. */
const isOfCustomer = (order) => (earlier) => earlier.customer === order.customer && Boolean(earlier.test) === Boolean(order.test)
  && !earlier.declined && earlier.at <= order.at;

/* What led this customer to earlier orders, the latest first. */
export function knownBy(orders, order) {
  const known = [];
  for (const earlier of orders.filter(isOfCustomer(order)))
    earlier.touches.forEach((touch, n) => {
      if ((touch.kind === 'click' && !touch.bar) || (touch.kind === 'coupon' && touch.share > 0))
        known.push({ kind: 'customer', evidence: 'customer', click: touch.click, partner: touch.partner, subs: touch.subs, at: touch.at, order: earlier.number, n });
    });
  return known.sort((a, b) => b.at - a.at || b.order - a.order || b.n - a.n);
}

const binds = {
  sale: (order) => order.type === 'sale',
  lead: (order) => order.type === 'lead',
  coupon: (order) => order.touches.some((touch) => touch.kind === 'coupon' && touch.share > 0),
};

/* The touches that bind this customer. */
export function boundBy(orders, order, binding, sharesAfter) {
  const [first] = orders.filter(isOfCustomer(order)).filter((one) => one.touches.some((touch) => touch.share > 0) && binds[binding](one))
    .sort((a, b) => a.at - b.at || a.number - b.number);
  const touches = (first?.touches ?? []).filter((touch) => touch.share > 0 && (binding !== 'coupon' || touch.kind === 'coupon'));
  const known = (touch) => ({ kind: 'customer', evidence: 'customer', click: touch.click, partner: touch.partner, subs: touch.subs, at: first.at, bound: touch.share });
  const moves = (first?.moves ?? []).filter((move) => move.at <= order.at);
  return (moves.length ? sharesAfter(first, touches, moves) : touches).map(known);
}
