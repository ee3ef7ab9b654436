/* Stories that once ended otherwise than the model says: told again. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { verified, withHouse } from './houses.mjs';
import { retell } from './play.mjs';
import { Clock } from './teller.mjs';

const WORLD = {
  currency: 'EUR', partners: [{ group: '' }, { group: 'Shops' }], coupons: [{ partner: 0, code: 'CODE0', most: 0 }, { partner: 1, code: 'CODE1', most: 0 }],
  model: 'last_click', precedence: 'coupon', windowDays: 30, holdDays: 30, customerDays: 0, minimum: 0, clawbackDays: 0, approval: 'auto', reward: { percent: 1000 },
};

const found = {
  'what was held without a reason is held again when it is worth something again': { steps: [
    { do: 'sale', name: 'O', type: 'sale', amount: 10000, currency: 'EUR', ago: 1, coupon: 'CODE0' },
    { do: 'move', order: 'O', n: 0, verb: 'hold' },
    { do: 'refund', name: 'R', order: 'O', amount: 10000, currency: 'EUR' },
    { do: 'amend', name: 'A', order: 'O', amount: 12000, currency: 'EUR' },
    { do: 'move', order: 'O', n: 0, verb: 'release' },
  ] },
  'what is worth nothing any more is called reversed in a payout, whichever came first': { steps: [
    { do: 'sale', name: 'O', type: 'sale', amount: 10000, currency: 'EUR', ago: 1, coupon: 'CODE0' },
    { do: 'give', name: 'H', partner: 0, currency: 'EUR', amount: 5000 },
    { do: 'wait', hours: 24 * 31 },
    { do: 'payout', name: 'P', currency: 'EUR', back: 0 },
    { do: 'refund', name: 'R', order: 'O', amount: 4000, currency: 'EUR' },
    { do: 'line', payout: 'P', partner: 0, to: 'failed' },
    { do: 'hand', order: 'O', to: 1 },
    { do: 'wait', hours: 1 },
    { do: 'payout', name: 'Q', currency: 'EUR', back: 0 },
  ] },
};

for (const [sentence, { world, steps }] of Object.entries(found))
  test(sentence, () => withHouse(async (house) => {
    const clock = new Clock(house);
    await clock.begin();
    assert.equal((await retell(house, clock, { ...WORLD, ...world }, steps))?.message, undefined);
    await verified(house);
  }));
