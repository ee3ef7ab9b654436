/* The books against a model of them, written separately: random stories over the real API of a real server. After
 * every step the programme's balance and those of the partners concerned must be equal. TEST_LONG tells two million, on nodes 24,000. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { nodes } from '../lib/street.mjs';
import { verified, withHouse } from './houses.mjs';
import { explain, play } from './play.mjs';

const STEPS = Number(process.env.MODEL_STEPS ?? (nodes > 1 ? 2400 : 20000));
const LANES = nodes > 1 ? 8 : 16;
const ROUNDS = !process.env.TEST_LONG ? 1 : nodes > 1 ? 10 : 100;
const SEED = Number(process.env.MODEL_SEED ?? 1);

async function agree(round, t) {
  await withHouse(async (house) => {
    const began = Date.now();
    const total = await play(house, { steps: STEPS, lanes: LANES, seed: SEED + round });
    if (total.failed) assert.fail((await explain(house, total.failed)).text);
    t.diagnostic(`${total.told} steps in ${total.stories} stories, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    await verified(house);
  });
}

for (let round = 0; round < ROUNDS; round++)
  test(`balances are the model's after each of ${STEPS} random steps (round ${round + 1})`, (t) => agree(round, t));
