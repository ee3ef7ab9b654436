/* Many commissions at once: all of a partner, a state or a currency, as they stand when they are chosen, in the order in
 * which they were made; those that cannot be moved any more are left as they are. A preview changes nothing. */
export const withBulk = (Base) => class extends Base {
  chosen({ partner, status, currency }) {
    return this.rows.filter((row) => !row.test && (partner === undefined || row.partner === partner)
      && (!status || this.statusOf(row) === status) && (!currency || row.currency === currency)).sort((a, b) => a.number - b.number);
  }

  bulk(op) {
    const chosen = this.chosen(op);
    if (chosen.length > 1000) return null;
    const worth = new Map(chosen.map((row) => [row, row.amount]));
    const moved = chosen.filter((row) => (op.preview ? this.mayMove(row, op.verb) : this.moveRow(row, op.verb)));
    const sums = new Map();
    for (const row of moved) sums.set(row.currency, (sums.get(row.currency) ?? 0n) + worth.get(row));
    return { status: 200, bulk: [moved.length, ...[...sums].map(([unit, sum]) => `${sum} ${unit}`).sort()] };
  }
};
