// What durable books cost: orders a second through the API, one a call and in batches, beside pgbench's simple-update on
// the same machine, the same disk and with fsync on; decisions a second in memory; and a replay of many orders.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { caller, cluster, programme, run, say, serve, tributary } from './house.mjs';

const USAGE = `bench/books/run [--seconds 10] [--clients 64] [--replay 0]
  --replay N: also make N orders (10 million need 12 GB) and replay them under another model, rules and steps
`;
const options = { seconds: 10, clients: 64, replay: 0 };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || !process.argv[i + 1]) { process.stdout.write(USAGE); process.exit(name === 'help' ? 0 : 2); }
  options[name] = Number(process.argv[i + 1]);
}
const { BUILD, TMPDIR, RESULTS } = process.env;
const here = import.meta.dirname;

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

function wrk(base, key, name, batch) {
  const clients = batch > 1 ? 8 : options.clients;
  const text = run('wrk', ['-t2', `-c${clients}`, `-d${options.seconds}`, '--timeout', '30', '--latency', '-s', path.join(here, 'orders.lua'),
    `${base}/api/v1/conversions${batch > 1 ? '/batch' : ''}`], { env: { ...process.env, BENCH_KEY: key, BENCH_BATCH: String(batch), BENCH_RUN: name } });
  const told = JSON.parse(/^JSON (.*)$/m.exec(text)[1]);
  if (told.errors) throw new Error(text);
  return told;
}

async function orders() {
  const data = path.join(TMPDIR, 'data');
  const { api_key: key } = JSON.parse(run(tributary, ['init', '--data', data, '--owner-email', 'owner@shop.example', '--json']));
  const server = await serve(data);
  const api = caller(server.base, key);
  await programme(api, 20);
  const result = {};
  for (const [name, batch] of [['single', 1], ['batch', 500]]) {
    const told = wrk(server.base, key, name, batch);
    result[name] = { ...told, batch, per_second: (told.requests * batch) / (told.us / 1e6) };
  }
  await server.stop();
  const verified = JSON.parse(run(tributary, ['verify', '--data', data, '--json']));
  if (verified.differences) throw new Error('the books do not verify');
  result.verified = verified.conversions;
  return result;
}

// ---- replay

function replays() {
  const data = path.join(TMPDIR, 'facts');
  run(tributary, ['demo', '--data', data], { stdio: ['ignore', 'ignore', 'ignore'] });
  run(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(here, 'facts.mjs'), data, String(options.replay)]);
  const drafts = {
    rules: { rules: [{ reward: { percent_bp: 900 } }, { scope: { group: 'Storytellers' }, reward: { percent_bp: 1300 } }] },
    model: { attribution: 'linear' },
    steps: { rules: [{ reward: { percent_bp: 500 }, tiered_by: { currency: 'EUR', period: 'month' }, tiers: [{ from: 1000000, percent_bp: 700 }] }] },
  };
  const result = {};
  for (const [name, draft] of Object.entries(drafts)) {
    const file = path.join(TMPDIR, `${name}.json`);
    writeFileSync(file, JSON.stringify(draft));
    const began = performance.now();
    const text = run('/usr/bin/time', ['-f', '%M', '-o', path.join(TMPDIR, 'memory'), tributary, 'replay', '--data', data, '--rules', file, '--json']);
    const seconds = (performance.now() - began) / 1000;
    const told = JSON.parse(text);
    result[name] = { orders: told.orders, seconds, per_second: told.orders / seconds, memory_kb: Number(run('cat', [path.join(TMPDIR, 'memory')]).trim()) };
  }
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
if (options.replay) {
  say('replay …');
  result.replay = replays();
}
const number = (n) => Math.round(n).toLocaleString('en');
const ratio = (n) => `${(n / result.pgbench).toFixed(2)} ×`;
console.log(`Books, ${result.machine} cores, ${options.clients} clients, ${options.seconds} s each, every answer durable

pgbench simple-update, fsync on      ${number(result.pgbench)} /s   1 ×
orders, one a call                   ${number(result.single.per_second)} /s   ${ratio(result.single.per_second)}   p50 ${result.single.p50_us} µs, p99 ${result.single.p99_us} µs
orders, ${result.batch.batch} a call                 ${number(result.batch.per_second)} /s   ${ratio(result.batch.per_second)}
decisions in memory, one thread      ${number(result.decide.per_second)} /s   ${ratio(result.decide.per_second)}
${result.verified} orders verified by the second hand: no difference`);
for (const [name, told] of Object.entries(result.replay ?? {}))
  console.log(`replay by other ${name.padEnd(6)} ${number(told.orders)} orders in ${told.seconds.toFixed(1)} s, ${number(told.per_second)} /s, ${number(told.memory_kb / 1024)} MB`);
writeFileSync(path.join(RESULTS, 'books.json'), JSON.stringify(result, null, 2));
process.exit(0);
