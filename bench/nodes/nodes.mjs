/* Clicks and orders on the embedded store and on PostgreSQL with one, two and three nodes: how many a second, and what
 * each costs in CPU, by the kernel's accounts; beside pgbench. One machine carries all of it, so what counts is the cost
 * of one, not the sum of all. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { House } from '../../tests/lib/house.mjs';
import { Fleet, sleep } from '../../tests/nodes/fleet.mjs';

const run = promisify(execFile);
const seconds = Number(process.env.SECONDS ?? 4);
const SHOPS = 24; /* programmes, each with one partner */
const words = { clicks: 'clicks', conversions: 'orders of one partner', spread: `orders of ${SHOPS} programmes` };
const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0';
const tick = 1000 / Number(execFileSync('getconf', ['CLK_TCK']).toString());

function stat(pid) {
  try {
    const rest = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    return { parent: Number(rest[1]), own: Number(rest[11]) + Number(rest[12]), ended: Number(rest[13]) + Number(rest[14]) };
  } catch {
    return null;
  }
}

const ofProcess = (pid) => (stat(pid)?.own ?? 0) * tick;

/* The server with all of its backends, those that have ended too. */
function ofServer(fleet) {
  if (!fleet.pg) return 0;
  const server = Number(readFileSync(join(fleet.pg, 'data/postmaster.pid'), 'latin1').split('\n')[0]);
  let all = stat(server).own + stat(server).ended;
  for (const name of readdirSync('/proc')) {
    const one = /^\d+$/.test(name) ? stat(name) : null;
    if (one?.parent === server) all += one.own;
  }
  return all * tick;
}

function costs(fleet) {
  return { nodes: fleet.nodes.reduce((sum, node) => sum + ofProcess(node.child.pid), 0), server: ofServer(fleet) };
}

async function undrained(fleet) {
  let bytes = 0;
  for (const node of fleet.nodes) {
    const answer = await fetch(`${node.base}/metrics`, { headers: { Authorization: `Bearer ${fleet.key}` } });
    const found = /^tributary_spool_undrained_bytes (\d+)/m.exec(await answer.text());
    if (!found) throw new Error('no metrics');
    bytes += Number(found[1]);
  }
  return bytes;
}

async function measure(fleet, work) {
  const before = costs(fleet);
  const began = performance.now();
  const count = await work();
  const rate = count / ((performance.now() - began) / 1000);
  for (let i = 0; i < 300 && (await undrained(fleet)) > 0; i++) await sleep(100);
  const drained = count / ((performance.now() - began) / 1000);
  await sleep(2500); /* sums are written */
  const after = costs(fleet);
  return {
    count, per_second: Math.round(rate), drained_per_second: Math.round(drained),
    node_us: Math.round(((after.nodes - before.nodes) * 1000) / count * 10) / 10,
    server_us: Math.round(((after.server - before.server) * 1000) / count * 10) / 10,
  };
}

async function clicks(fleet) {
  const connections = Math.floor(36 / fleet.nodes.length);
  const all = await Promise.all(fleet.nodes.map((node) =>
    run('wrk', ['-t1', `-c${connections}`, `-d${seconds}s`, '-H', `User-Agent: ${agent}`, `${node.base}/c/tea`])));
  return all.reduce((sum, { stdout }) => sum + Number(/(\d+) requests in/.exec(stdout)[1]), 0);
}

/* `shops`: those that sell. With one, all orders credit one partner of one programme and meet in the same rows. */
let orders = 0;
async function conversions(fleet, shops) {
  const until = performance.now() + seconds * 1000;
  let count = 0;
  await Promise.all([...Array(24).keys()].map(async (i) => {
    const node = fleet.nodes[i % fleet.nodes.length];
    const { program, token } = shops[i % shops.length];
    while (performance.now() < until) {
      const answer = await fetch(`${node.base}/api/v1/conversions`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${fleet.key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ program_id: program, order_id: `B-${orders++}`, amount: 10000, currency: 'EUR', click: token }),
      });
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
      await answer.arrayBuffer();
      count++;
    }
  }));
  return count;
}

async function shop(fleet, number) {
  const call = async (method, path, body) => {
    const answer = await fetch(fleet.nodes[0].base + path, {
      method, headers: { Authorization: `Bearer ${fleet.key}`, 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${path}: ${await answer.text()}`);
    return answer.json();
  };
  const code = number ? `tea${number}` : 'tea';
  const program = await call('POST', '/api/v1/programs', { name: `Kettle ${number}`, slug: `kettle-${number}`, currency: 'EUR', allowed_domains: ['shop.example'], landing_url: 'https://shop.example/', commission: { percent_bp: 1000 } });
  const partner = await call('POST', '/api/v1/partners', { program_id: program.id, email: `anna${number}@a.example`, name: 'Anna' });
  await call('POST', `/api/v1/partners/${partner.id}/approve?program_id=${program.id}`, {});
  await call('POST', '/api/v1/links', { program_id: program.id, partner_id: partner.id, code, target_url: 'https://shop.example/tea' });
  return { program: program.id, code };
}

async function open(fleet) {
  fleet.shops = [];
  for (let i = 0; i < SHOPS; i++) fleet.shops.push(await shop(fleet, i));
  await sleep(1500);
  for (const one of fleet.shops) {
    const answer = await fetch(`${fleet.nodes[0].base}/c/${one.code}`, { redirect: 'manual', headers: { 'User-Agent': agent } });
    one.token = /tclid=([\w-]+)/.exec(answer.headers.get('location'))[1];
  }
}

async function embedded() {
  const house = await House.build();
  return { nodes: [house], key: house.api_key, end: () => house.end() };
}

async function served(count) {
  const fleet = await Fleet.open(count);
  for (const node of fleet.nodes) node.url = fleet.url; /* no wire between them and their database */
  await fleet.start();
  return fleet;
}

async function variant(name, fleet) {
  try {
    await open(fleet);
    await clicks(fleet); /* warm */
    for (let i = 0; i < 300 && (await undrained(fleet)) > 0; i++) await sleep(100);
    return {
      name,
      clicks: await measure(fleet, () => clicks(fleet)),
      conversions: await measure(fleet, () => conversions(fleet, fleet.shops.slice(0, 1))),
      spread: await measure(fleet, () => conversions(fleet, fleet.shops)),
    };
  } finally {
    await fleet.end();
  }
}

async function pgbench() {
  const fleet = await Fleet.open(0);
  try {
    const at = ['-h', join(fleet.pg, 'socket'), '-U', 'tributary'];
    await run('pgbench', ['-i', '-q', '-s', '10', ...at, 'test']);
    const before = ofServer(fleet);
    const { stdout } = await run('pgbench', ['-c', '24', '-j', '1', '-T', String(seconds), ...at, 'test']);
    const count = Number(/actually processed: (\d+)/.exec(stdout)[1]);
    return { count, per_second: Math.round(Number(/tps = ([\d.]+)/.exec(stdout)[1])), server_us: Math.round(((ofServer(fleet) - before) * 1000) / count) };
  } finally {
    await fleet.end();
  }
}

const result = { cores: cpus().length, cpu: cpus()[0].model, seconds, pgbench: await pgbench(), variants: [] };
result.variants.push(await variant('embedded', await embedded()));
for (const count of [1, 2, 3]) result.variants.push(await variant(`PostgreSQL, ${count} node${count > 1 ? 's' : ''}`, await served(count)));

const base = result.variants[0];
const cell = (value, width) => String(value).padStart(width);
const ratio = (a, b) => (a / b).toFixed(2);
console.log(`${result.cores} × ${result.cpu}; ${seconds} s each. µs of CPU per piece; ratio: to the embedded store.`);
for (const what of Object.keys(words)) {
  console.log(`\n${words[what].padEnd(24)}${cell('per s', 9)}${cell('kept per s', 12)}${cell('µs node', 10)}${cell('µs server', 11)}${cell('µs', 9)}${cell('ratio', 8)}`);
  for (const v of result.variants) {
    const m = v[what], sum = m.node_us + m.server_us;
    v[what].ratio = Number(ratio(sum, base[what].node_us + base[what].server_us));
    console.log(`${v.name.padEnd(24)}${cell(m.per_second, 9)}${cell(m.drained_per_second, 12)}${cell(m.node_us, 10)}${cell(m.server_us, 11)}${cell(sum.toFixed(1), 9)}${cell(v[what].ratio, 8)}`);
  }
}
console.log(`\npgbench (TPC-B)         ${cell(result.pgbench.per_second, 9)}${cell('', 22)}${cell(result.pgbench.server_us, 11)}`);
for (const v of result.variants.slice(1))
  console.log(`an order's server time is ${ratio(v.spread.server_us, result.pgbench.server_us)} of pgbench's transaction (${v.name})`);
const folder = process.env.RESULTS ?? resolve(dirname(fileURLToPath(import.meta.url)), '../../build/bench-results');
const out = join(folder, 'nodes.json');
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(result, null, 2)}\n`);
