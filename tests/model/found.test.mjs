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
  'clicks are paid for after the house stood still for more than a week': { steps: [
    { do: 'rule', name: 'R', scope: { event: 'click' }, reward: { amount: 45, currency: 'EUR', per: 'item' } },
    { do: 'wait', hours: 24 },
    { do: 'click', name: 'C', visitor: 'v0', partner: 0 },
    { do: 'wait', hours: 24 * 12 },
  ] },
  'a sale that was moved to him counts as a whole for his target': { world: { model: 'linear', precedence: 'click' }, steps: [
    { do: 'rule', name: 'R', kind: 'target', scope: {}, reward: { amount: 700, currency: 'EUR' }, by: { measure: 'revenue', period: 'ever', currency: 'EUR' }, target: 10000 },
    { do: 'click', name: 'C', visitor: 'v0', partner: 0 },
    { do: 'click', name: 'D', visitor: 'v0', partner: 1 },
    { do: 'wait', hours: 4 },
    { do: 'sale', name: 'O', type: 'sale', amount: 10000, currency: 'EUR', ago: 1, click: 'D' },
    { do: 'hand', order: 'O', to: 1 },
  ] },
  'an order that earns in two currencies counts once for a target': { steps: [
    { do: 'rule', name: 'R', kind: 'target', scope: {}, reward: { amount: 700, currency: 'EUR' }, by: { measure: 'revenue', period: 'ever', currency: 'USD' }, target: 20000 },
    { do: 'rule', name: 'S', scope: { sku: 'T-1' }, reward: { amount: 100, currency: 'EUR', per: 'item' } },
    { do: 'wait', hours: 4 },
    { do: 'sale', name: 'O', type: 'sale', amount: 10000, currency: 'USD', ago: 1, coupon: 'CODE0', items: [{ sku: 'T-1', quantity: 1, amount: 4000 }] },
    { do: 'sale', name: 'Q', type: 'sale', amount: 10000, currency: 'USD', ago: 0, coupon: 'CODE0' },
  ] },
};

for (const [sentence, { world, steps }] of Object.entries(found))
  test(sentence, () => withHouse(async (house) => {
    const clock = new Clock(house);
    await clock.begin();
    assert.equal((await retell(house, clock, { ...WORLD, ...world }, steps))?.message, undefined);
    await verified(house);
  }));
