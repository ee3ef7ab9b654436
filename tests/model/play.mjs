/* Many stories at once against one server, whose clock they share: lanes tell side by side and wait for each other
 * whenever time passes. */
import { Dice } from './arithmetic.mjs';
import { Story, randomWorld } from './story.mjs';
import { Clock, Differs, Teller } from './teller.mjs';
import { shrink } from './shrink.mjs';

/* Lanes meet here; the last one to come moves the clock, by so much that what is done each hour is done. */
class Meeting {
  constructor(clock, dice, lanes) {
    Object.assign(this, { clock, dice, lanes, here: [] });
  }

  come() {
    return new Promise((done, fail) => {
      this.here.push({ done, fail });
      this.leaveIfAll();
    });
  }

  leave() {
    this.lanes--;
    this.leaveIfAll();
  }

  async leaveIfAll() {
    if (!this.here.length || this.here.length < this.lanes) return;
    const here = this.here.splice(0);
    const hours = this.dice.chance(0.7) ? this.dice.from(2, 20) : this.dice.from(24, 900);
    try {
      await this.clock.forward(hours);
      here.forEach(({ done }) => done(hours));
    } catch (failure) {
      here.forEach(({ fail }) => fail(failure));
    }
  }
}

/* A clock for tellers whose time is moved by the meeting. */
export const led = (clock) => ({ get hour() { return clock.hour; }, forward: async () => {} });

async function tellStory(house, clock, meeting, seed, { length, favours, Model }) {
  const dice = new Dice(seed);
  const world = randomWorld(dice);
  const teller = await new Teller(house, led(clock), world, Model).wired().build();
  const story = new Story(dice, world, teller.books, favours);
  const steps = [];
  const failed = (failure) => (failure instanceof Differs ? { seed, world, steps, failure, hour: teller.hourOfDay } : Promise.reject(failure));
  try {
    while (teller.told < length) {
      const op = dice.chance(0.06) || teller.books.hasDue() ? { do: 'wait', hours: await meeting.come() } : story.step();
      steps.push(op);
      await teller.tell(op);
    }
    if (teller.books.hasDue()) await teller.tell({ do: 'wait', hours: await meeting.come() });
    await teller.finish();
  } catch (failure) {
    return failed(failure);
  } finally {
    teller.leave();
  }
  return { told: teller.told };
}

/* { told, stories, failed }: tells until `steps` steps are told, or one of them differs. */
export async function play(house, { steps, lanes = 16, length = 200, seed, favours, Model }) {
  const clock = new Clock(house);
  await clock.begin();
  const meeting = new Meeting(clock, new Dice(seed), lanes);
  const total = { told: 0, stories: 0, failed: undefined };
  const lane = async () => {
    while (total.told < steps && !total.failed) {
      const result = await tellStory(house, clock, meeting, seed + ++total.stories * 7919, { length, favours, Model });
      total.told += result.told ?? 0;
      if (result.failure) total.failed ??= result;
    }
    meeting.leave();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return total;
}

/* Tells recorded steps anew, in a programme of their own, begun at that hour of a day: for what falls on another day counts
 * as another day's. What differs, or undefined. */
export async function retell(house, clock, world, steps, Model, hour = clock.hour % 24) {
  await clock.forward((hour - (clock.hour % 24) + 24) % 24);
  const teller = await new Teller(house, clock, world, Model).wired().build();
  try {
    for (const op of steps) {
      if (op.do !== 'wait' && teller.books.hasDue()) await teller.tell({ do: 'wait', hours: 2 });
      await teller.tell(op);
    }
    if (teller.books.hasDue()) await teller.tell({ do: 'wait', hours: 2 });
    await teller.finish();
  } catch (failure) {
    if (failure instanceof Differs) return failure;
    throw failure;
  } finally {
    teller.leave();
  }
  return undefined;
}

/* The failed story made small, as text. */
export async function explain(house, { seed, world, steps, failure, hour }, Model, limits) {
  const clock = new Clock(house);
  await clock.begin();
  const small = await shrink(steps, async (fewer) => Boolean(await retell(house, clock, world, fewer, Model, hour)), limits);
  const now = (await retell(house, clock, world, small, Model, hour)) ?? failure;
  return { steps: small, text: [`seed ${seed}, ${steps.length} steps, made small:`, JSON.stringify(world), ...small.map((op) => JSON.stringify(op)), now.message].join('\n') };
}
