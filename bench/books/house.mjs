// What measurements of the books share: a PostgreSQL of their own, a server, a caller of its API.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const { BUILD, TMPDIR } = process.env;
const children = [];
process.on('exit', () => children.forEach((child) => child.kill('SIGTERM')));
export const say = (text) => process.stderr.write(`${text}\n`);
export const run = (command, args, more = {}) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, ...more });
export const tributary = path.join(BUILD, 'tributary');

/* A cluster with fsync on, under TMPDIR; root lends the folder to postgres. What a minute of use teaches the planner it
 * learns within seconds, as the measurement is over by then. */
export function cluster(name) {
  const bin = run('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin | sort -V']).trim().split('\n').at(-1);
  const folder = path.join(TMPDIR, name);
  const quiet = { stdio: ['ignore', 'pipe', 'ignore'] };
  mkdirSync(folder);
  const isRoot = process.getuid() === 0;
  if (isRoot) { chmodSync(TMPDIR, 0o755); run('chown', ['postgres', folder]); }
  const as = (command, args) => (isRoot ? run('runuser', ['-u', 'postgres', '--', path.join(bin, command), ...args], quiet)
    : run(path.join(bin, command), args, quiet));
  const data = path.join(folder, 'data');
  as('initdb', ['-D', data, '-A', 'trust', '-U', 'bench', '-E', 'UTF8', '--locale=C.UTF-8']);
  as('pg_ctl', ['-D', data, '-w', '-l', path.join(folder, 'log'), '-o',
    `-c listen_addresses='' -c unix_socket_directories=${folder} -c fsync=on -c synchronous_commit=on -c shared_buffers=256MB -c autovacuum_naptime=5s`, 'start']);
  return { as, at: ['-h', folder, '-U', 'bench', 'postgres'], url: `postgresql:///postgres?host=${folder}&user=bench`,
    stop: () => as('pg_ctl', ['-D', data, '-m', 'fast', '-w', 'stop']) };
}

export async function serve(data, env = process.env) {
  const child = spawn(tributary, ['serve', '--data', data, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'ignore'], env });
  children.push(child);
  const base = await new Promise((done) => child.stdout.on('data', (part) => {
    const found = /listening on (http:\S+)/.exec(part);
    if (found) done(found[1]);
  }));
  return { base, pid: child.pid, stop: () => new Promise((done) => { child.on('exit', done); child.kill('SIGTERM'); }) };
}

export function caller(base, key) {
  return async (address, body) => {
    const answer = await fetch(`${base}/api/v1${address}`, { method: body ? 'POST' : 'GET', body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' } });
    const json = await answer.json();
    if (answer.status >= 300) throw new Error(`${address}: ${answer.status} ${JSON.stringify(json)}`);
    return json;
  };
}

/* A programme with partners, each with a code. */
export async function programme(api, partners) {
  const ids = [];
  await api('/programs', { name: 'Bench', currency: 'EUR', allowed_domains: ['shop.example'], landing_url: 'https://shop.example/', commission: { percent_bp: 1000 } });
  for (let i = 0; i < partners; i++) {
    const { id } = await api('/partners', { email: `p${i}@partner.example`, name: `Partner ${i}`, ...(i && { recruited_by: ids[0] }) });
    await api(`/partners/${id}/approve`, {});
    await api('/coupons', { partner_id: id, code: `CODE${i}` });
    ids.push(id);
  }
  return ids;
}
