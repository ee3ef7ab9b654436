// What durable books cost: orders a second through the API, one a call and in batches, beside pgbench's simple-update on
// the same machine, the same disk and with fsync on; and decisions a second in memory.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { caller, cluster, programme, run, say, serve, tributary } from './house.mjs';

const USAGE = `bench/books/run [--seconds 10] [--clients 64]
`;
const options = { seconds: 10, clients: 64 };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || !process.argv[i + 1]) { process.stdout.write(USAGE); process.exit(name === 'help' ? 0 : 2); }
  options[name] = Number(process.argv[i + 1]);
}
const { BUILD, TMPDIR, RESULTS } = process.env;
const here = import.meta.dirname;
const BATCH = 500;

// ---- pgbench

function pgbench() {
  const { as, at, stop } = cluster('pg');
  try {
    as('pgbench', ['-i', '-q', '-s', '20', ...at]);
    const text = as('pgbench', ['-N', '-c', String(options.clients), '-j', '2', '-T', String(options.seconds), ...at]);
    return Number(/tps = ([\d.]+)/.exec(text)[1]);
  } finally {
    stop();
  }
}

// ---- tributary

function singly(base, key) {
  const text = run('wrk', ['-t2', `-c${options.clients}`, `-d${options.seconds}`, '--timeout', '30', '--latency', '-s', path.join(here, 'orders.lua'),
    `${base}/api/v1/conversions`], { env: { ...process.env, BENCH_KEY: key, BENCH_RUN: 'single' } });
  const told = JSON.parse(/^JSON (.*)$/m.exec(text)[1]);
  if (told.errors) throw new Error(text);
  return { ...told, per_second: told.requests / (told.us / 1e6) };
}

/* Eight callers, each with one call after the other until the time is over; measured until the last is answered. Calls
 * that are under way when a clock stops would be a quarter of all. */
async function inBatches(api) {
  let requests = 0, next = 0;
  const order = () => ({ order_id: `batch-${++next}`, amount: 1000 + next * 7919 % 50000, currency: 'EUR', coupon: `CODE${next % 20}`,
    customer_id: `c-${next % 5000}` });
  const began = performance.now();
  await Promise.all(Array.from({ length: 8 }, async () => {
    while (performance.now() - began < options.seconds * 1000) {
      await api('/conversions/batch', { conversions: Array.from({ length: BATCH }, order) });
      requests++;
    }
  }));
  const us = (performance.now() - began) * 1000;
  return { requests, us, batch: BATCH, per_second: (requests * BATCH) / (us / 1e6) };
}

async function orders() {
  const data = path.join(TMPDIR, 'data');
  const { api_key: key } = JSON.parse(run(tributary, ['init', '--data', data, '--owner-email', 'owner@shop.example', '--json']));
  const server = await serve(data);
  const api = caller(server.base, key);
  await programme(api, 20);
  const result = { single: singly(server.base, key), batch: await inBatches(api) };
  await server.stop();
  const verified = JSON.parse(run(tributary, ['verify', '--data', data, '--json']));
  if (verified.differences) throw new Error('the books do not verify');
  result.verified = verified.conversions;
  return result;
}

// ---- the table

const result = { machine: run('nproc', []).trim(), clients: options.clients };
say('pgbench …');
result.pgbench = pgbench();
say('orders …');
Object.assign(result, await orders());
say('decisions …');
result.decide = JSON.parse(run(path.join(BUILD, 'bench/books_decide'), ['2000000']));
const number = (n) => Math.round(n).toLocaleString('en');
const ratio = (n) => `${(n / result.pgbench).toFixed(2)} ×`;
console.log(`Books, ${result.machine} cores, ${options.clients} clients, ${options.seconds} s each, every answer durable

pgbench simple-update, fsync on      ${number(result.pgbench)} /s   1 ×
orders, one a call                   ${number(result.single.per_second)} /s   ${ratio(result.single.per_second)}   p50 ${result.single.p50_us} µs, p99 ${result.single.p99_us} µs
orders, ${result.batch.batch} a call                 ${number(result.batch.per_second)} /s   ${ratio(result.batch.per_second)}
decisions in memory, one thread      ${number(result.decide.per_second)} /s   ${ratio(result.decide.per_second)}
${result.verified} orders verified by the second hand: no difference`);
writeFileSync(path.join(RESULTS, 'books.json'), JSON.stringify(result, null, 2));
process.exit(0);
