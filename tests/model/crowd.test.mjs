/* Sixty-four callers at once: the same order, the same refund, the same payout. One effect, the same answer to all. */
import { test } from 'node:test';
import { strict as assert } from 'node:assert';
import { verified, withHouse } from './houses.mjs';
import { Clock, Teller, call } from './teller.mjs';

const CROWD = 64;
const WORLD = {
  currency: 'EUR', partners: [{ group: '' }, { group: '' }], coupons: [{ partner: 0, code: 'ANNA', most: 0 }, { partner: 1, code: 'BEN', most: 0 }],
  model: 'last_click', precedence: 'coupon', windowDays: 30, holdDays: 30, customerDays: 0, minimum: 0, approval: 'manual', reward: { percent: 1000 },
};
const crowd = (fn) => Promise.all(Array.from({ length: CROWD }, (_, i) => fn(i)));

async function inProgramme(fn) {
  await withHouse(async (house) => {
    const clock = new Clock(house);
    await clock.begin();
    const teller = await new Teller(house, clock, WORLD).build();
    await fn(teller, async () => (await teller.api('GET', '/balance')).json.EUR);
    await verified(house);
  });
}

/* One made it, the others found it there; all were told of the same one. */
function oneEffect(answers, id = 'id') {
  assert.deepEqual(answers.map((one) => one.status).sort(), [...Array(CROWD - 1).fill(200), 201], answers.find((one) => one.status > 201)?.text);
  assert.equal(new Set(answers.map((one) => one.json[id])).size, 1);
}

test('64 times the same order and the same refund at once: each counts once', () => inProgramme(async (teller, balance) => {
  const order = { order_id: 'A-1', amount: 9999, currency: 'EUR', coupon: 'ANNA' };
  const sales = await crowd(() => teller.api('POST', '/conversions', order));
  oneEffect(sales);
  assert.equal((await balance()).pending, 1000);
  const [{ json: { id } }] = sales;
  oneEffect(await crowd(() => teller.api('POST', `/conversions/${id}/refunds`, { refund_id: 'R-1', amount: 3333 })));
  assert.equal((await balance()).pending, 667);
  /* Control: another refund of the same order does count. */
  assert.equal((await teller.api('POST', `/conversions/${id}/refunds`, { refund_id: 'R-2', amount: 3333 })).status, 201);
  assert.equal((await balance()).pending, 333);
}));

test('64 times one idempotency key at once: every caller gets the first answer', () => inProgramme(async (teller, balance) => {
  const { house, program } = teller;
  const send = async () => {
    for (;;) { /* 409 says that the first is still at work */
      const answer = await house.call('POST', `/api/v1/conversions?program_id=${program}`, { key: house.api_key,
        headers: { 'Idempotency-Key': 'one' }, body: { order_id: 'B-1', amount: 5000, currency: 'EUR', coupon: 'BEN' } });
      if (answer.status !== 409) return answer;
    }
  };
  const answers = await crowd(send);
  assert.deepEqual([...new Set(answers.map((one) => one.status))], [201]);
  assert.equal(new Set(answers.map((one) => one.text)).size, 1);
  assert.equal(answers.filter((one) => !one.headers.get('idempotency-replayed')).length, 1);
  assert.equal((await balance()).pending, 500);
}));

test('a refund races its own sale 64 times: nothing is lost, whichever comes first', () => inProgramme(async (teller, balance) => {
  const answers = await Promise.all(Array.from({ length: CROWD }, (_, i) => {
    const sale = () => teller.api('POST', '/conversions', { order_id: `C-${i}`, amount: 10000, currency: 'EUR', coupon: 'ANNA' });
    const refund = () => teller.api('POST', '/refunds', { order_id: `C-${i}`, refund_id: 'R', amount: 4000, currency: 'EUR' });
    return Promise.all(i % 2 ? [sale(), refund()] : [refund(), sale()]);
  }));
  for (const answer of answers.flat()) assert.equal(answer.status, 201, answer.text);
  assert.equal((await balance()).pending, CROWD * 600);
}));

test('400 orders, eight at once: the balance is their sum', () => inProgramme(async (teller, balance) => {
  let next = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let i = next++; i < 400; i = next++) {
      const answer = await teller.api('POST', '/conversions', { order_id: `D-${i}`, amount: 100, currency: 'EUR', coupon: i % 2 ? 'ANNA' : 'BEN' });
      assert.equal(answer.status, 201, answer.text);
    }
  }));
  assert.equal((await balance()).pending, 4000);
}));

test('64 payouts of one cut-off, and 64 words that it was paid: paid once', () => inProgramme(async (teller, balance) => {
  const sale = await teller.api('POST', '/conversions', { order_id: 'E-1', amount: 20000, currency: 'EUR', coupon: 'ANNA' });
  assert.equal((await teller.api('POST', `/commissions/${sale.json.commissions[0].id}/approve`, {})).status, 200);
  await teller.clock.forward(1);
  const batches = await crowd(() => teller.api('POST', '/payouts', { currency: 'EUR', cutoff: teller.time(3600000) }));
  for (const batch of batches) assert.ok(batch.status === 201 || batch.status === 200, batch.text);
  const lines = new Map(batches.flatMap((batch) => batch.json.lines.map((line) => [line.id, { batch: batch.json.id, ...line }])));
  assert.deepEqual([...lines.values()].map((line) => line.amount), [2000]);
  const [line] = lines.values();
  const settled = await crowd(() => teller.api('POST', `/payouts/${line.batch}/lines/${line.id}/paid`, {}));
  for (const answer of settled) assert.equal(answer.status, 200, answer.text);
  const after = await balance();
  assert.deepEqual([after.payable, after.in_payout, after.paid], [0, 0, 2000]);
}));

test('approve and decline race each other: one wins, and the books know which', () => inProgramme(async (teller, balance) => {
  let sum = 0;
  for (let i = 0; i < 24; i++) {
    const sale = await teller.api('POST', '/conversions', { order_id: `F-${i}`, amount: 1000, currency: 'EUR', coupon: 'BEN' });
    const path = `/commissions/${sale.json.commissions[0].id}`;
    await Promise.all([teller.api('POST', `${path}/approve`, {}), teller.api('POST', `${path}/decline`, { reason: 'fraud' }),
      teller.api('POST', `${path}/hold`, {}), teller.api('POST', `${path}/decline`, { reason: 'fraud' })]);
    sum += (await teller.api('GET', path)).json.amount;
  }
  const after = await balance();
  assert.equal(after.pending + after.held + after.payable, sum);
  assert.equal((await call(teller.house, 'GET', '/health')).status, 200);
}));
