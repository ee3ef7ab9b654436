// What a durable click costs: tributary beside nginx, alternating rounds in one run. CPU is the kernel's own accounting
// of whole processes (utime + stime), so every thread, the journal, the drain and SQLite are in it, up to the moment
// when the last click of the round is a row.
import { spawn, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, readdirSync, statSync, mkdirSync, openSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { House } from '../../tests/lib/house.mjs';

const USAGE = `bench/run clicks -- [--rounds 5] [--seconds 2] [--links 100000] [--cells 64-keep-pinned,…] [--long]
  cells: 64|256 - keep|close - pinned|free [- back: visitors who come back with a cookie]; without --cells the eight without
    cookies; "none" for none
  --long: also 10 million clicks with a partner's pages read beside them, and a click every 200 µs for 10 minutes
  --many N, --pace SECONDS: these two in other sizes, without the rest of --long
  --million N: also the memory of so many links (1,000,000 with --long)
`;
const options = { rounds: 5, seconds: 2, links: 100000, codes: 1000, cells: '', many: 0, pace: 0, million: 0, port: 0 };
for (let i = 2; i < process.argv.length; i++) {
    const name = process.argv[i].replace(/^--/, '');
    if (name === 'long') Object.assign(options, { many: 10_000_000, pace: 600, million: 1_000_000 });
    else if (name in options && process.argv[i + 1]) options[name] = process.argv[++i];
    else { process.stdout.write(USAGE); process.exit(name === 'help' ? 0 : 2); }
}
for (const name of ['rounds', 'seconds', 'links', 'codes', 'many', 'pace', 'million', 'port']) options[name] = Number(options[name]);
const cells = (options.cells || ['64', '256'].flatMap((c) => ['keep', 'close'].flatMap((m) => ['pinned', 'free']
    .map((p) => `${c}-${m}-${p}`))).join(',')).split(',').filter((c) => c !== 'none').map((name) => {
    const [connections, mode, pinning, back] = name.split('-');
    return { name, connections: Number(connections), close: mode === 'close', pinned: pinning === 'pinned', back: back === 'back' };
});
const { BUILD, TMPDIR, RESULTS } = process.env;
const here = import.meta.dirname;
const port = options.port || 20000 + Math.floor(Math.random() * 10000);
const tick_us = 1e6 / Number(execFileSync('getconf', ['CLK_TCK']));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const say = (text) => process.stderr.write(`${text}\n`);

// ---- processes

const children = [];
process.on('exit', () => children.forEach((c) => c.kill('SIGTERM')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

function start(command, args, log) {
    const fd = openSync(path.join(TMPDIR, log), 'a');
    const child = spawn(command, args, { stdio: ['ignore', fd, fd] });
    child.gone = new Promise((done) => child.on('exit', done));
    children.push(child);
    return child;
}

function pin(pid, core) {
    execFileSync('taskset', ['-a', '-p', '-c', core === null ? '0-1' : String(core), String(pid)], { stdio: 'ignore' });
}

function cpu_us(pids) {
    let ticks = 0;
    for (const pid of pids) {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
        ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks * tick_us;
}

// µs of each kind of thread, by its name.
function threads_us(pid) {
    const sums = {};
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
        const name = readFileSync(`/proc/${pid}/task/${tid}/comm`, 'utf8').trim();
        sums[name] = (sums[name] ?? 0) + Number(readFileSync(`/proc/${pid}/task/${tid}/schedstat`, 'utf8').split(' ')[0]) / 1e3;
    }
    return sums;
}

function children_of(pid) {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 32, timeout: 30000 }); // the server ends idle ones after a minute
function call(method, address, body, headers = {}) {
    return new Promise((done, failed) => {
        const request = http.request(`http://127.0.0.1:${port}${address}`, { method, agent, headers: {
            ...(body ? { 'Content-Type': 'application/json' } : {}), ...headers } }, (response) => {
            let text = '';
            response.on('data', (part) => { text += part; });
            response.on('end', () => done({ status: response.statusCode, text }));
        });
        request.on('error', failed);
        request.end(body ? JSON.stringify(body) : undefined);
    });
}

// ---- tributary

const house = Object.assign(new House(), { base: `http://127.0.0.1:${port}` });

const data = path.join(TMPDIR, 'data');
let key, program, partner, server;

async function api(method, address, body) {
    const { status, text } = await call(method, `/api/v1${address}`, body, { Authorization: `Bearer ${key}` });
    if (status >= 300) throw new Error(`${method} ${address}: ${status} ${text}`);
    return text ? JSON.parse(text) : null;
}

async function numbers() {
    const { text } = await call('GET', '/metrics');
    return Object.fromEntries([...text.matchAll(/^(tributary_\S+) (\S+)$/gm)].map((m) => [m[1].slice(10), Number(m[2])]));
}

async function serve() {
    server = start(path.join(BUILD, 'tributary'), ['serve', '--data', data, '--listen', `127.0.0.1:${port}`], 'tributary.log');
    for (let i = 0; i < 300; i++) {
        if (await call('GET', '/health').then((a) => a.status === 200, () => false)) return;
        await sleep(50);
    }
    throw new Error(`tributary does not answer: ${readFileSync(path.join(TMPDIR, 'tributary.log'), 'utf8')}`);
}

async function stop() {
    server.kill('SIGTERM');
    await server.gone;
}

// So many links one by one would meet the API's limit: the first is copied in the database.
function copy_link(count, from = 1) {
    const db = new DatabaseSync(path.join(data, 'tributary.db'));
    const names = db.prepare("SELECT name FROM pragma_table_info('link') WHERE name NOT IN ('id', 'code')").all()
        .map((row) => row.name).join(', ');
    db.exec(`WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${count})
        INSERT INTO link (id, code, ${names}) SELECT id + i, 'bench' || i, ${names} FROM n, link WHERE code = 'bench0'`);
    db.close();
}

async function make_links() {
    key = JSON.parse(execFileSync(path.join(BUILD, 'tributary'), ['init', '--data', data, '--owner-email',
        'owner@shop.example', '--json'], { encoding: 'utf8' })).api_key;
    await serve();
    program = (await api('POST', '/programs', { name: 'Bench', currency: 'EUR', allowed_domains: ['shop.example'],
        landing_url: 'https://shop.example/', commission: { percent_bp: 1000 } })).id;
    partner = (await api('POST', '/partners', { program_id: program, email: 'anna@partner.example', name: 'Anna' })).id;
    await api('POST', `/partners/${partner}/approve`, {});
    await api('POST', '/links', { program_id: program, partner_id: partner, code: 'bench0',
        target_url: 'https://shop.example/landing/page' });
    await stop();
    copy_link(options.links);
}

function folder_bytes(folder, wanted) {
    return readdirSync(folder).filter((name) => wanted.test(name))
        .reduce((sum, name) => sum + statSync(path.join(folder, name)).size, 0);
}
const store_bytes = () => folder_bytes(data, /^tributary\.db/);

// When the last click is a row, and then when the roll-ups are written too.
async function drained(target) {
    const began = performance.now();
    let behind_ms;
    for (;;) {
        const now = await numbers();
        if (now.clicks_drained_total >= target) behind_ms ??= performance.now() - began;
        if (behind_ms !== undefined && now.spool_undrained_bytes === 0) return { ...now, behind_ms };
        await sleep(20);
    }
}

// ---- nginx

const LOGS = ['off', 'buffered', 'unbuffered'];
const LANDING = 'https://shop.example/landing/page?tclid=AQb7N4a2gABhBvs3hrZAAGTvA3y7cJm5Z2s1q9vNnE0jM9W8hYbJ0fkq';

function start_nginx(workers, base) {
    const folder = path.join(TMPDIR, `nginx-${workers}`);
    mkdirSync(folder);
    const log = { off: 'off', buffered: `${folder}/buffered.log combined buffer=64k flush=1s`,
        unbuffered: `${folder}/unbuffered.log combined` };
    const sites = LOGS.map((name, i) => `server { listen 127.0.0.1:${base + i} backlog=1024; access_log ${log[name]};
        location / { return 302 "${LANDING}"; } }`).join('\n');
    const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((n) => `${n}_temp_path ${folder}/${n};`).join(' ');
    writeFileSync(`${folder}/conf`, `worker_processes ${workers}; daemon off; pid ${folder}/pid; error_log ${folder}/err;
events { worker_connections 4096; } http { keepalive_requests 1000000000; ${temp} ${sites} }`);
    return start('nginx', ['-c', `${folder}/conf`, '-e', `${folder}/err`], 'nginx.log');
}

// ---- one measurement

function wrk(cell, to, seconds) {
    const env = { ...process.env, BENCH_CLOSE: cell.close ? '1' : '0', BENCH_CODES: String(options.codes),
        BENCH_LINKS: String(options.links), BENCH_COOKIES: cell.back ? cookies.join(',') : '' };
    const args = ['-t1', `-c${cell.connections}`, `-d${seconds}`, '--latency', '-s', path.join(here, 'requests.lua'),
        `http://127.0.0.1:${to}/`];
    const child = spawn(...(cell.pinned ? ['taskset', ['-c', '1', 'wrk', ...args]] : ['wrk', args]), { env });
    children.push(child);
    return new Promise((done, failed) => {
        let text = '';
        child.stdout.on('data', (part) => { text += part; });
        child.stderr.on('data', (part) => { text += part; });
        child.on('exit', () => {
            const found = text.match(/^JSON (.*)$/m);
            if (found) done(JSON.parse(found[1]));
            else failed(new Error(text));
        });
    });
}

async function measure_nginx(cell, pids, to) {
    const before = cpu_us(pids);
    const r = await wrk(cell, to, options.seconds);
    return { ...r, cpu: (cpu_us(pids) - before) / r.requests, rate: r.requests / r.us * 1e6 };
}

async function measure_tributary(cell) {
    const first = await numbers();
    const before = cpu_us([server.pid]), threads_before = threads_us(server.pid);
    const r = await wrk(cell, port, options.seconds);
    const middle = await numbers();
    const last = await drained(middle.clicks_recorded_total);
    const clicks = last.clicks_recorded_total - first.clicks_recorded_total;
    const threads = threads_us(server.pid);
    const of = (...names) => names.reduce((sum, name) => sum + threads[name] - threads_before[name], 0) / clicks;
    return { ...r, cpu: (cpu_us([server.pid]) - before) / clicks, cpu_loop: of('loop'), cpu_sync: of('spool sync', 'spool keep'),
        cpu_drain: of('drain', 'writer'),
        rate: r.requests / r.us * 1e6, clicks,
        unrecorded: last.clicks_unrecorded_total - first.clicks_unrecorded_total,
        group: clicks / (last.spool_groups_total - first.spool_groups_total),
        behind_ms: last.behind_ms, drain_ratio: Math.min(1, (middle.clicks_drained_total - first.clicks_drained_total) /
            (middle.clicks_recorded_total - first.clicks_recorded_total)) };
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor((list.length - 1) / 2)];
function summary(rounds) {
    return Object.fromEntries(Object.keys(rounds[0]).map((name) => [name, median(rounds.map((r) => r[name]))]));
}

// A thousand visitors who have been here before.
let cookies = [];
async function meet_visitors() {
    for (let i = 0; i < 1000; i++)
        cookies.push((await house.call('GET', `/c/bench${i}`)).headers.get('set-cookie').match(/trb=(\w+)/)[1]);
}

async function run_cell(cell, nginx) {
    if (cell.back && !cookies.length) await meet_visitors();
    const rounds = { off: [], buffered: [], unbuffered: [], tributary: [] };
    pin(server.pid, cell.pinned ? 0 : null);
    nginx.pids.forEach((pid) => pin(pid, cell.pinned ? 0 : null));
    for (let i = 0; i < options.rounds; i++)
        for (const name of i % 2 ? ['tributary', ...LOGS.toReversed()] : [...LOGS, 'tributary'])
            rounds[name].push(name === 'tributary' ? await measure_tributary(cell)
                : await measure_nginx(cell, nginx.pids, nginx.base + LOGS.indexOf(name)));
    const rows = Object.fromEntries(Object.entries(rounds).map(([name, list]) => [name, summary(list)]));
    // A ratio of each round by itself: what else ran on the machine then, ran for both.
    const paired = (name) => median(rounds.tributary.map((r, i) => r[name] / rounds.unbuffered[i][name]));
    return { cell: cell.name, rows, cpu_ratio: paired('cpu'), rate_ratio: paired('rate') };
}

const fixed = (n, digits) => (n === undefined ? '' : n.toFixed(digits));
function print(result) {
    const { rows } = result;
    say(`\n${result.cell}: CPU ÷ nginx unbuffered ${fixed(result.cpu_ratio, 2)}, req/s ÷ nginx unbuffered ${fixed(result.rate_ratio, 2)}`);
    say(`${''.padEnd(18)}${['CPU µs', 'req/s', 'p50 ms', 'p99 ms', 'errors', 'group', 'drained', 'behind ms'].map((n) => n.padStart(10)).join('')}`);
    for (const [name, r] of Object.entries(rows))
        say(`${(name === 'tributary' ? name : `nginx, log ${name}`).padEnd(18).slice(0, 22)}${[fixed(r.cpu, 2), fixed(r.rate, 0), fixed(r.p50_us / 1e3, 2),
            fixed(r.p99_us / 1e3, 2), fixed(r.errors, 0), fixed(r.group, 1), fixed(r.drain_ratio, 2), fixed(r.behind_ms, 0)]
            .map((n) => n.padStart(10)).join('')}`);
    const t = rows.tributary;
    say(`${''.padEnd(18)}of its CPU: loop ${fixed(t.cpu_loop, 2)}, journal ${fixed(t.cpu_sync, 2)}, drain and store ${fixed(t.cpu_drain, 2)}`);
}

// ---- the long ones

const PAGES = ['/portal/home', '/portal/clicks', '/portal/links', '/portal/balance'];

// Many clicks as fast as they come, the partner's own pages read beside them.
async function run_many(count, cookies) {
    const first = await numbers();
    const bytes = store_bytes(), before = cpu_us([server.pid]), began = performance.now();
    const pages = [];
    let worst_undrained = 0, going = true;
    const reading = (async () => {
        while (going) {
            const at = performance.now();
            const page = await house.call('GET', PAGES[pages.length % PAGES.length], { cookies });
            if (page.status !== 200) throw new Error(`a page: ${page.status} ${page.headers.get('location')}`);
            pages.push(performance.now() - at);
            worst_undrained = Math.max(worst_undrained, (await numbers()).spool_undrained_bytes);
            await sleep(200);
        }
    })();
    let now = first, rates = [], p99 = [];
    while (now.clicks_recorded_total - first.clicks_recorded_total < count) {
        const r = await wrk({ connections: 64, close: false, pinned: false }, port, 10);
        rates.push(r.requests / r.us * 1e6);
        p99.push(r.p99_us / 1e3);
        now = await numbers();
    }
    const loaded = performance.now();
    const last = await drained(now.clicks_recorded_total);
    going = false;
    await reading;
    const clicks = last.clicks_recorded_total - first.clicks_recorded_total;
    return { clicks, seconds: (loaded - began) / 1e3, rate: clicks / (loaded - began) * 1e3, cpu: (cpu_us([server.pid]) - before) / clicks,
        p99_ms: median(p99), slowest_rate: Math.min(...rates), drain_behind_s: (performance.now() - loaded) / 1e3,
        worst_undrained_mb: worst_undrained / 1e6, unrecorded: last.clicks_unrecorded_total - first.clicks_unrecorded_total,
        page_p50_ms: median(pages), page_worst_ms: Math.max(...pages), bytes_before_stop: (store_bytes() - bytes) / clicks };
}

// A click every 200 µs, whatever the server does: latency from the moment when it was due. Waits without standing still:
// the server ends connections that are kept for longer than a minute, and that must be seen before one is used again.
async function run_pace(to, seconds) {
    const child = spawn(path.join(BUILD, 'bench/clicks_pace'), [to, 5000, seconds, options.links].map(String),
        { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let text = '';
    child.stdout.on('data', (part) => { text += part; });
    const code = await new Promise((done) => child.on('close', done));
    if (code !== 0) throw new Error(`clicks_pace: ${code} ${text}`);
    return JSON.parse(text);
}

// The partner gets a password while the server does not run.
async function sign_in() {
    await stop();
    const { email, password } = JSON.parse(execFileSync(path.join(BUILD, 'tributary'), ['person', 'password', '--data', data,
        '--email', 'anna@partner.example', '--json'], { encoding: 'utf8' }));
    await serve();
    return house.signIn(email, password);
}

// Memory of all links, against the same program with one.
async function run_million(count) {
    const resident = () => Number(readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) * 1024;
    await serve();
    const few = resident(), before = (await numbers()).links;
    await stop();
    copy_link(count, before);
    const began = performance.now();
    await serve();
    const result = { links: (await numbers()).links, start_s: (performance.now() - began) / 1e3,
        mb: (resident() - few) / 1e6, resident_mb: resident() / 1e6, mb_before: few / 1e6, links_before: before };
    await stop();
    return result;
}

// ---- all

await make_links();
const empty = store_bytes();
await serve();
let all = 0;
const results = { machine: `${readFileSync('/proc/cpuinfo', 'utf8').match(/model name\s*: (.*)/)[1]}, ${readFileSync('/proc/cpuinfo',
    'utf8').match(/^processor/gm).length} processors`, kernel: execFileSync('uname', ['-r'], { encoding: 'utf8' }).trim(),
rounds: options.rounds, seconds: options.seconds, links: options.links, cells: [] };
const one = { base: port + 1, child: start_nginx(1, port + 1) }, auto = { base: port + 4, child: start_nginx('auto', port + 4) };
await sleep(500);
for (const nginx of [one, auto]) nginx.pids = children_of(nginx.child.pid);
for (const cell of cells) {
    const result = await run_cell(cell, cell.pinned ? one : auto);
    print(result);
    results.cells.push(result);
}
pin(server.pid, null);
if (options.pace) {
    const short = Math.min(options.pace, 30);
    results.pace_nginx = await run_pace(auto.base + LOGS.indexOf('unbuffered'), short);
    say(`\n5,000 a second for ${short} s, nginx with its log unbuffered: ${JSON.stringify(results.pace_nginx)}`);
    results.pace = await run_pace(port, options.pace);
    say(`5,000 clicks a second for ${options.pace} s: ${JSON.stringify(results.pace)}`);
    results.worst_sync_us = (await numbers()).spool_worst_sync_us;
}
if (options.many) {
    const cookies = await sign_in();
    results.many = await run_many(options.many, cookies);
    say(`\n${options.many} clicks with a partner's pages read beside them: ${JSON.stringify(results.many)}`);
}
all = (await numbers()).clicks_recorded_total;
await stop();
results.clicks = all;
results.bytes_per_click = (store_bytes() - empty) / all;
results.spool_bytes = folder_bytes(path.join(data, 'spool'), /\.spool$/);
say(`\n${all} clicks, ${fixed(results.bytes_per_click, 1)} bytes on disk per click after the drain, roll-ups included; the journal's files: ${
    fixed(results.spool_bytes / 1e6, 0)} MB`);
if (options.million) {
    results.million = await run_million(options.million);
    say(`${results.million.links} links: ${fixed(results.million.mb, 0)} MB more than with ${results.million.links_before}, read in ${
        fixed(results.million.start_s, 1)} s, ${fixed(results.million.resident_mb, 0)} MB in all`);
}
writeFileSync(path.join(RESULTS, 'clicks.json'), `${JSON.stringify(results, null, 1)}\n`);
for (const nginx of [one, auto]) {
    nginx.child.kill('SIGTERM'); // the master ends its workers
    await nginx.child.gone;
}
