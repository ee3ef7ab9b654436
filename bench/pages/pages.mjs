/* How long the server itself takes for each page of the demo (55 partners, 90 days, 20,000 clicks), from its Server-Timing
 * header: from the request read to the page made. Beside it the processor's time, which a busy machine does not move. And
 * how much memory the server holds afterwards. The goal: p50 under 30 ms each, resident memory under 100 MB. */
import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { House } from '../../tests/lib/house.mjs';

const GOAL_MS = 30, GOAL_MB = 100;
const rounds = Number(process.argv[process.argv.indexOf('--rounds') + 1]) || 20;

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];

async function memory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)[1]);
  return { resident_mb: kb('VmRSS') / 1024, peak_mb: kb('VmHWM') / 1024 };
}

/* Milliseconds on a processor so far. */
async function processor(pid) {
  const words = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1].split(' ');
  return (Number(words[11]) + Number(words[12])) * 10;
}

async function measure(house, who, path, cookies) {
  const times = [];
  let bytes = 0, began = 0;
  for (let round = -2; round < rounds; round++) { /* two to warm up */
    const answer = await house.call('GET', path, { cookies });
    const told = /app;dur=([\d.]+)/.exec(answer.headers.get('server-timing') ?? '')?.[1];
    if (answer.status !== 200 || !told) return null; /* redirects and pages that are missing on purpose */
    if (round === -1) began = await processor(house.child.pid);
    if (round >= 0) times.push(Number(told));
    bytes = answer.text.length;
  }
  const cpu_ms = (await processor(house.child.pid) - began) / rounds;
  times.sort((a, b) => a - b);
  return { who, path, least_ms: times[0], cpu_ms, p50_ms: quantile(times, 0.5), p95_ms: quantile(times, 0.95), most_ms: times.at(-1), kb: Math.round(bytes / 1024) };
}

/* Every page that links lead to, one of each shape: of a hundred partners one, of a list each filter by itself. */
async function tour(house, starts, prefix, cookies) {
  const shapes = new Set(), found = [], left = [...starts];
  while (left.length) {
    const path = left.shift();
    const [place, query = ''] = path.split('?');
    const shape = `${place.replace(/[a-z]{3}_[0-9a-z]+/g, '{id}')}?${[...new URLSearchParams(query).keys()].filter((key) => key !== 'after').join('&')}`;
    if (shapes.has(shape)) continue;
    shapes.add(shape);
    const answer = await house.call('GET', path, { cookies });
    if (answer.status !== 200 || !answer.headers.get('content-type')?.startsWith('text/html')) continue;
    found.push(path);
    for (const [, href] of answer.text.matchAll(/ href="([^"#]+)/g)) {
      const there = new URL(href.replaceAll('&amp;', '&'), `http://house${place}${query && `?${query}`}`);
      if (there.host === 'house' && there.pathname.startsWith(prefix) && !/format=csv|lang=|sign-out|&/.test(there.search + there.pathname)) left.push(there.pathname + there.search);
    }
  }
  return found;
}

const VISITS = {
  nobody: [['/p/kettle-and-kiln', '/p/kettle-and-kiln/apply', '/sign-in', '/forgot', '/shop', '/shop/p/kyusu', '/docs'], '/p/'],
  owner: [['/manage/today'], '/manage/'],
  partner: [['/portal/home'], '/portal/'],
};

const house = await House.demo();
try {
  const before = await memory(house.child.pid);
  const pages = [];
  for (const [who, [starts, prefix]] of Object.entries(VISITS)) {
    const cookies = who === 'nobody' ? undefined : await house.signIn(house.people[who], house.password);
    const paths = await tour(house, starts, prefix, cookies);
    for (const path of paths) {
      const one = await measure(house, who, path, cookies);
      if (one) pages.push(one);
    }
  }
  pages.sort((a, b) => b.p50_ms - a.p50_ms);
  const after = await memory(house.child.pid);
  const slow = pages.filter((one) => one.p50_ms >= GOAL_MS);

  console.log(`${'page'.padEnd(58)} ${'who'.padEnd(8)} ${'cpu'.padStart(6)} ${'least'.padStart(7)} ${'p50'.padStart(7)} ${'p95'.padStart(7)} ${'most'.padStart(7)}   ms of server time, ${rounds} rounds`);
  for (const one of pages)
    console.log(`${one.path.slice(0, 58).padEnd(58)} ${one.who.padEnd(8)} ${one.cpu_ms.toFixed(1).padStart(6)} ${one.least_ms.toFixed(2).padStart(7)} ${one.p50_ms.toFixed(2).padStart(7)} ${one.p95_ms.toFixed(2).padStart(7)} ${one.most_ms.toFixed(2).padStart(7)}${one.p50_ms >= GOAL_MS ? '  slower than the goal' : ''}`);
  console.log(`${pages.length} pages, ${slow.length} at ${GOAL_MS} ms or more. Memory: ${before.resident_mb.toFixed(1)} MB at start, ${after.resident_mb.toFixed(1)} MB after, ${after.peak_mb.toFixed(1)} MB at most.`);

  const results = process.env.RESULTS ?? join(process.env.BUILD, 'bench-results');
  await mkdir(results, { recursive: true });
  await writeFile(join(results, 'pages.json'), `${JSON.stringify({ at: new Date().toISOString(), processors: cpus().length, model: cpus()[0]?.model, rounds,
    goal: { p50_ms: GOAL_MS, resident_mb: GOAL_MB }, memory: { at_start_mb: before.resident_mb, ...after }, pages }, null, 1)}\n`);
  if (slow.length || after.resident_mb >= GOAL_MB) process.exitCode = 1;
} finally {
  await house.end();
}
