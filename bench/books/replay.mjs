// How long a replay of many orders takes: under another model, other rates, rules that look at other orders, caps and
// bonuses. The orders are the demo's, again and again, each at a moment of its own.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, say, tributary } from './house.mjs';

const USAGE = `bench/books/run replay [--orders 1000000] [--threads 2] [--only DRAFT,DRAFT] [--data FOLDER]
  ten million orders need 12 GB and two minutes to make; with --data they are kept in FOLDER, and found there again
`;
const options = { orders: 1000000, threads: 2, only: '', data: '' };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || !process.argv[i + 1]) { process.stdout.write(USAGE); process.exit(name === 'help' ? 0 : 2); }
  options[name] = typeof options[name] === 'number' ? Number(process.argv[i + 1]) : process.argv[i + 1];
}
const { TMPDIR, RESULTS } = process.env;
const plain = { reward: { percent_bp: 800 } };
const steps = (mode) => ({ reward: { percent_bp: 500 }, tiered_by: { currency: 'EUR', period: 'month', mode },
  tiers: [{ from: 1000000, percent_bp: 700 }, { from: 5000000, percent_bp: 900 }] });
const drafts = {
  model: { attribution: 'linear' },
  rates: { rules: [{ reward: { percent_bp: 900 } }, { scope: { group: 'Storytellers' }, reward: { percent_bp: 1300 } }] },
  marginal: { rules: [steps('marginal')] },
  retroactive: { rules: [steps('retroactive')] },
  renewals: { rules: [{ reward: { percent_bp: 1000 }, recurring: { orders: 12, months: 12, steps: [{ from_order: 2, percent_bp: 500 }] } }] },
  caps: { rules: [plain, { kind: 'partner_cap', reward: { amount: 200000, currency: 'EUR' }, tiered_by: { period: 'month' } },
    { kind: 'budget', reward: { amount: 5000000, currency: 'EUR' }, tiered_by: { period: 'month' } }] },
  bonuses: { rules: [plain, { kind: 'first_sale', reward: { amount: 2500, currency: 'EUR' } },
    { kind: 'target', target: 100, reward: { amount: 5000, currency: 'EUR' }, tiered_by: { measure: 'orders', period: 'month' } },
    { kind: 'recruit', levels: [{ percent_bp: 500 }, { percent_bp: 100 }] }] },
};

/* Made beside its name and given it when it is whole: what was cut off has none of its indexes and would be read from
 * end to end for each batch. */
function make(data) {
  const half = `${data}.half`;
  say(`${options.orders} orders …`);
  rmSync(half, { recursive: true, force: true });
  run(tributary, ['demo', '--data', half], { stdio: ['ignore', 'ignore', 'ignore'] });
  const made = run(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'facts.mjs'), half,
    String(options.orders)]);
  writeFileSync(path.join(half, 'facts.json'), made);
  renameSync(half, data);
}

const data = options.data || path.join(TMPDIR, 'facts'), note = path.join(data, 'facts.json');
if (!existsSync(data)) make(data);
if (!existsSync(note)) throw new Error(`${data} was not made by this program, or not to its end: remove it`);
const { orders } = JSON.parse(readFileSync(note, 'utf8'));
if (orders !== options.orders) throw new Error(`${data} has ${orders} orders: say --orders ${orders}, or remove it`);
console.log(`Replay, ${run('nproc', []).trim()} processors, ${options.threads} threads\n
${'draft'.padEnd(14)}${'orders'.padStart(12)}${'seconds'.padStart(10)}${'CPU s'.padStart(10)}${'MB'.padStart(8)}`);
const result = {};
for (const [name, draft] of Object.entries(drafts)) {
  if (options.only && !options.only.split(',').includes(name)) continue;
  const file = path.join(TMPDIR, `${name}.json`), used = path.join(TMPDIR, 'used');
  writeFileSync(file, JSON.stringify(draft));
  const began = performance.now();
  const told = JSON.parse(run('/usr/bin/time', ['-f', '%U %S %M', '-o', used, tributary, 'replay', '--data', data, '--rules', file,
    '--threads', String(options.threads), '--json']));
  const seconds = (performance.now() - began) / 1000;
  const [user, system, kb] = run('cat', [used]).trim().split(' ').map(Number);
  result[name] = { orders: told.orders, seconds, cpu_seconds: user + system, memory_kb: kb };
  console.log(name.padEnd(14) + told.orders.toLocaleString('en').padStart(12) + seconds.toFixed(1).padStart(10) +
    (user + system).toFixed(1).padStart(10) + Math.round(kb / 1024).toLocaleString('en').padStart(8));
}
writeFileSync(path.join(RESULTS, 'replay.json'), JSON.stringify(result, null, 2));
