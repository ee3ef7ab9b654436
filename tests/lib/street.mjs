/* A house of several nodes on one PostgreSQL, and every call goes to the next of them: a story that holds in one house
 * must hold here. Clicks of one visitor go to one node, as a proxy in front sends them: each node knows the repeats that
 * it has seen itself. Only where the suite runs on a cluster; TRIBUTARY_TEST_NODES says how many. */
import { House, isOnCluster } from './house.mjs';

export const nodes = isOnCluster ? Number(process.env.TRIBUTARY_TEST_NODES ?? 1) : 1;
const HEARD_MS = 1300; /* of what another was told a node hears at once, or when it looks, each second */
const APART_MS = 100; /* nodes' clocks are alike, not equal */

export class Street extends House {
  turn = 0;

  get base() {
    return this.nodes[this.turn++ % this.nodes.length].base;
  }

  near(visitor) {
    const sum = [...String(visitor)].reduce((all, letter) => all + letter.codePointAt(0), 0);
    return this.nodes[sum % this.nodes.length];
  }

  get log() {
    return (this.nodes ?? []).map((node) => node.log).join('');
  }

  async start() {
    this.nodes = Array.from({ length: nodes }, (_, i) => Object.assign(new House(), {
      data: i ? `${this.data}-${i + 1}` : this.data, shares: this.data, args: this.args,
    }));
    for (const node of this.nodes) await node.start();
  }

  async stop(signal = 'SIGTERM') {
    const ends = await Promise.all((this.nodes ?? []).map((node) => node.stop(signal)));
    return ends.find((end) => end.code !== 0) ?? { code: 0, signal: null };
  }

  async known() {
    await new Promise((done) => setTimeout(done, HEARD_MS));
  }

  /* What a node has counted, the others show a moment later: their figures say until when they are complete. */
  async settled() {
    for (const node of this.nodes) await node.moveClock(0);
  }

  /* All at once, when nobody has anything to do any more. What is said is the time of the one that is behind. */
  async moveClock(ms) {
    await Promise.all(this.nodes.map((node) => node.moveClock(0)));
    const said = await Promise.all(this.nodes.map((node) => node.moveClock(ms && ms + APART_MS)));
    return said.reduce((first, one) => (Date.parse(one.now) < Date.parse(first.now) ? one : first));
  }
}

/* What a suite builds its houses of. */
export const Place = nodes > 1 ? Street : House;
