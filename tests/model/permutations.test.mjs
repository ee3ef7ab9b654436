/* One story of six events, told in all 720 orders. Whatever came first, those that make sense end in the same
 * entitlement; after each step the books are the model's. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { PLACES } from './books.mjs';
import { withHouse } from './houses.mjs';
import { Clock, Differs, Teller } from './teller.mjs';

const WORLD = {
  currency: 'EUR', partners: [{ group: '' }], coupons: [], model: 'last_click', precedence: 'click', windowDays: 30, holdDays: 0,
  customerDays: 0, minimum: 0, approval: 'auto', reward: { percent: 1000 },
};

/* 99.99 at 10 %, amended to 120.00, of which 33.33 came back and 11.11: 12.00 × 75.56 ÷ 120.00 = 7.556, rounded 7.56. */
const ENTITLED = 756;
const EVENTS = {
  click: { do: 'click', name: 'C', visitor: 'v', partner: 0 },
  sale: { do: 'sale', name: 'O', type: 'sale', amount: 9999, currency: 'EUR', click: 'C' },
  amendment: { do: 'amend', name: 'A', order: 'O', amount: 12000, currency: 'EUR' },
  refund: { do: 'refund', name: 'R', order: 'O', amount: 3333, currency: 'EUR' },
  payout: { do: 'payout', name: 'P', currency: 'EUR' },
  chargeback: { do: 'refund', name: 'B', order: 'O', amount: 1111, currency: 'EUR', chargeback: true },
};

function* orders(list) {
  if (!list.length) yield list;
  for (let i = 0; i < list.length; i++)
    for (const rest of orders([...list.slice(0, i), ...list.slice(i + 1)])) yield [list[i], ...rest];
}

/* What comes back or changes may be told before its sale; a click that comes after it earned nothing. */
const makesSense = (order) => order.indexOf('click') < order.indexOf('sale');

const entitlement = (balance) => PLACES.reduce((sum, place) => sum + Number(balance.EUR?.[place] ?? 0), 0);

async function tellIn(house, clock, order) {
  const teller = await new Teller(house, clock, WORLD).build();
  try {
    for (const name of order) await teller.tell(EVENTS[name]);
    await teller.tell({ do: 'wait', hours: 1 }); /* what is due has become payable */
    await teller.finish({ replays: false });
  } catch (failure) {
    if (failure instanceof Differs) failure.message = `${order.join(', ')}: ${failure.message}`;
    throw failure;
  }
  return entitlement((await teller.api('GET', '/balance')).json);
}

test('six events in all 720 orders: the same entitlement', async (t) => {
  await withHouse(async (house) => {
    const clock = new Clock(house);
    await clock.begin();
    const all = [...orders(Object.keys(EVENTS))];
    const ends = { sensible: 0, others: 0 };
    assert.equal(all.length, 720);
    const lane = async () => {
      for (let order = all.pop(); order; order = all.pop()) {
        const entitled = await tellIn(house, clock, order);
        assert.equal(entitled, makesSense(order) ? ENTITLED : 0, order.join(', '));
        ends[makesSense(order) ? 'sensible' : 'others']++;
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    t.diagnostic(JSON.stringify(ends));
    assert.deepEqual(ends, { sensible: 360, others: 360 });
  });
});
