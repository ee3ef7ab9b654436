// What an order costs when many stand before it: all orders of a month are one partner's, under each kind of rule, and
// each thousand is timed. Then the first order of the month is refunded.
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { caller, cluster, programme, run, say, serve, tributary } from './house.mjs';

const USAGE = `bench/books/run growth [--thousands 20] [--batch 500] [--engine sqlite|postgres] [--only KIND,KIND]
`;
const options = { thousands: 20, batch: 500, engine: 'sqlite', only: '' };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || !process.argv[i + 1]) { process.stdout.write(USAGE); process.exit(name === 'help' ? 0 : 2); }
  options[name] = typeof options[name] === 'number' ? Number(process.argv[i + 1]) : process.argv[i + 1];
}
const { TMPDIR, RESULTS } = process.env;
const steps = (mode) => ({ reward: { percent_bp: 1000 }, tiered_by: { measure: 'revenue', period: 'month', mode },
  tiers: [{ from: 5000000, percent_bp: 1200 }, { from: 1000000000000, percent_bp: 1500 }] });
const kinds = {
  none: null,
  marginal: steps('marginal'),
  retroactive: steps('retroactive'),
  recurring: { reward: { percent_bp: 1000 }, recurring: { orders: 12, months: 12, steps: [{ from_order: 2, percent_bp: 500 }] } },
  partner_cap: { kind: 'partner_cap', reward: { amount: 10000000 } },
  budget: { kind: 'budget', reward: { amount: 10000000 } },
  target: { kind: 'target', reward: { amount: 5000 }, target: 260000000, tiered_by: { measure: 'revenue', period: 'month' } },
  first_sale: { kind: 'first_sale', reward: { amount: 2500 } },
  recruit: { kind: 'recruit', levels: [{ percent_bp: 500 }] },
};

function order(n) {
  return { order_id: `o-${n}`, amount: 1000 + (n * 7919) % 50000, currency: 'EUR', coupon: 'CODE1', customer_id: `c-${n % 2000}` };
}

async function measure(kind, rule, env) {
  const data = path.join(TMPDIR, kind);
  const { api_key: key } = JSON.parse(run(tributary, ['init', '--data', data, '--owner-email', 'owner@shop.example', '--json'], { env }));
  const server = await serve(data, env);
  const api = caller(server.base, key);
  await programme(api, 2);
  if (rule) await api('/rules', rule);
  await new Promise((done) => setTimeout(done, 20)); /* a rule holds from the millisecond after it was made */
  const seconds = [];
  for (let t = 0; t < options.thousands; t++) {
    const began = performance.now();
    for (let n = t * 1000; n < (t + 1) * 1000; n += options.batch) {
      const orders = Array.from({ length: options.batch }, (_, i) => order(n + i));
      const told = await api('/conversions/batch', { conversions: orders });
      if (told.errors?.length || told.failed) throw new Error(JSON.stringify(told));
    }
    seconds.push((performance.now() - began) / 1000);
  }
  const began = performance.now();
  await api('/refunds', { order_id: 'o-0', refund_id: 'r-0', amount: 500, currency: 'EUR' });
  const refund = performance.now() - began;
  await server.stop();
  const verified = JSON.parse(run(tributary, ['verify', '--data', data, '--json'], { env }));
  if (verified.differences) throw new Error(`the books of ${kind} do not verify`);
  return { seconds, refund_ms: refund };
}

const pg = options.engine === 'postgres' ? cluster('pg') : null;
const shown = [1, 6, 20, options.thousands].filter((n, i, all) => n <= options.thousands && all.indexOf(n) === i);
const result = {};
console.log(`Orders a second, ${options.batch} a call, one partner and one month, ${options.engine}\n\n${'rule'.padEnd(14)}${
  shown.map((n) => `${n}. thousand`.padStart(14)).join('')}${'refund of the first'.padStart(22)}`);
for (const [kind, rule] of Object.entries(kinds)) {
  if (options.only && !options.only.split(',').includes(kind)) continue;
  const env = pg ? { ...process.env, TRIBUTARY_DATABASE: `${pg.url}&schema=${kind}` } : process.env;
  say(`${kind} …`);
  const told = await measure(kind, rule, env);
  result[kind] = told;
  console.log(kind.padEnd(14) + shown.map((n) => Math.round(1000 / told.seconds[n - 1]).toLocaleString('en').padStart(14)).join('') +
    `${told.refund_ms.toFixed(0)} ms`.padStart(22));
}
pg?.stop();
writeFileSync(path.join(RESULTS, `growth-${options.engine}.json`), JSON.stringify(result, null, 2));
process.exit(0);
