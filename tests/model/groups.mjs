/* Groups. A partner is in one, or in none, and may go to another. Rules for a group look at the one that he was in when the
 * order happened (clicks: when their day began), whenever it is told and whatever is told of it later. The one that he
 * began in is his from before the beginning. */
export const withGroups = (Base) => class extends Base {
  constructor(world) {
    super(world);
    this.joined = world.partners.map(({ group }) => [{ from: -Infinity, group }]);
  }

  group({ partner, group }) {
    this.joined[partner].push({ from: this.moment(), group });
    return { status: 200 };
  }

  memberAt(partner, at) {
    return { partner, group: this.joined[partner].findLast((one) => one.from <= at).group };
  }

  /* Which group each partner was in when that order happened. */
  groupOf(order) {
    return (partner) => this.memberAt(partner, order.at).group;
  }
};
