/* Three nodes and a PostgreSQL of the test's own, in a network that can be cut, and with clocks that can be wrong. */
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, tributary } from '../lib/house.mjs';
import { Namespaces } from './namespaces.mjs';
import { Proxies } from './wire.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const cluster = join(top, 'tests/lib/cluster');
const sick = join(dirname(binary), 'tests/crash/sick.so');
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

/* Whether packets can be lost, and if not, why: `run` has tried. */
export const hasNamespaces = process.env.NETWORK === 'namespaces';
export const network = hasNamespaces ? 'nodes and database are machines in network namespaces'
  : `no network namespaces here (${process.env.NETWORK_WHY?.trim().split('\n')[0] || 'not asked for'}): wires are cut by a proxy, and no packet is lost without a word`;

class Node {
  async prepare(fleet, number) {
    this.fleet = fleet;
    this.number = number;
    this.data = join(fleet.folder, `node${number}`);
    const { line, at, address, database } = await fleet.network.node(number);
    Object.assign(this, { line, at, address, base: `http://${address}`, url: `postgres://tributary@${database}/test` });
    this.sick = join(fleet.folder, `clock${number}`);
    writeFileSync(this.sick, Buffer.alloc(24));
    this.log = '';
  }

  /* How far its machine's clock is off. */
  clock(ms) {
    const numbers = Buffer.alloc(8);
    numbers.writeBigInt64LE(BigInt(ms));
    const file = openSync(this.sick, 'r+');
    writeSync(file, numbers, 0, 8, 0);
    closeSync(file);
  }

  start(...more) {
    const args = ['serve', '--data', this.data, '--database', this.url, '--listen', this.address, ...more];
    const env = { ...process.env, LD_PRELOAD: sick, SICK: this.sick };
    const [program, ...words] = [...this.at, binary, ...args];
    this.child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], env });
    this.child.stderr.on('data', (part) => { this.log += part; });
    this.ended = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })));
  }

  async ready(seconds = 60) {
    for (let i = 0; i < seconds * 20; i++, await sleep(50)) {
      const answer = await fetch(`${this.base}/health`).catch(() => null);
      if (answer?.status === 200) return;
    }
    throw new Error(`node ${this.number} is not ready:\n${this.log.slice(-3000)}`);
  }

  async stop(signal = 'SIGTERM') {
    this.child.kill(signal);
    return this.ended;
  }

  /* { status, text, json, location }, or null when no answer came. */
  async call(method, path, { key, body, headers = {}, ms = 15000 } = {}) {
    const all = { ...headers };
    if (key) all.Authorization = `Bearer ${key}`;
    if (body !== undefined) all['Content-Type'] = 'application/json';
    try {
      const answer = await fetch(this.base + path, {
        method, headers: all, body: body === undefined ? undefined : JSON.stringify(body),
        redirect: 'manual', signal: AbortSignal.timeout(ms),
      });
      const text = await answer.text();
      let json;
      try { json = JSON.parse(text); } catch { json = undefined; }
      return { status: answer.status, text, json, location: answer.headers.get('location'), headers: answer.headers };
    } catch {
      return null;
    }
  }
}

export class Fleet {
  static async open(count = 3, ...settings) {
    const fleet = new Fleet();
    fleet.folder = await mkdtemp('/tmp/tributary-nodes-') /* short, and open to the server's account */;
    fleet.pg = join(fleet.folder, 'pg');
    execFileSync('chmod', ['711', fleet.folder]);
    fleet.network = hasNamespaces ? await Namespaces.open(count) : new Proxies(join(fleet.pg, 'socket/.s.PGSQL.5432'));
    await fleet.startDatabase('max_connections=100', ...settings, ...fleet.network.forDatabase.settings);
    fleet.url = `postgres://tributary@/test?host=${join(fleet.pg, 'socket')}`;
    fleet.nodes = [];
    for (let i = 1; i <= count; i++) {
      const node = new Node();
      await node.prepare(fleet, i);
      fleet.nodes.push(node);
    }
    if (!count) return fleet;
    const made = await tributary('init', '--data', fleet.nodes[0].data, '--database', fleet.url,
      '--owner-email', 'owner@house.example', '--json');
    if (made.code !== 0) throw new Error(`init: ${made.err}`);
    fleet.key = JSON.parse(made.out).api_key;
    return fleet;
  }

  async start() {
    for (const node of this.nodes) node.start();
    await Promise.all(this.nodes.map((node) => node.ready()));
  }

  /* mode: fast or immediate. */
  async restartDatabase(mode, pause = 1000) {
    await this.stopDatabase(mode);
    await sleep(pause);
    await this.startDatabase();
  }

  stopDatabase(mode = 'fast') {
    return run(cluster, 'stop', this.pg, mode);
  }

  startDatabase(...settings) {
    return run(...this.network.forDatabase.at, cluster, 'start', this.pg, ...settings);
  }

  sql(text) {
    const bin = execFileSync('sh', ['-c', 'for f in /usr/lib/postgresql/*/bin; do echo $f; done | tail -1']).toString().trim();
    return execFileSync(join(bin, 'psql'), ['-qAtX', '-h', join(this.pg, 'socket'), '-U', 'tributary', '-d', 'test', '-c', text],
      { maxBuffer: 1 << 28 }).toString().trim();
  }

  number(text) {
    return Number(this.sql(text));
  }

  async call(node, method, path, body) {
    const answer = await node.call(method, path, { key: this.key, body });
    if (!answer || answer.status >= 300) throw new Error(`${method} ${path}: ${answer?.status} ${answer?.text}`);
    return answer.json;
  }

  async end() {
    for (const node of this.nodes) if (node.child) await node.stop('SIGKILL');
    await run(cluster, 'stop', this.pg, 'immediate').catch(() => {});
    this.network.close();
    if (process.env.KEEP) console.error(`kept: ${this.folder}`);
    else await rm(this.folder, { recursive: true, force: true });
  }

  logs() {
    return this.nodes.map((node) => `--- node ${node.number}\n${node.log.slice(-2500)}`).join('\n');
  }
}

function run(...words) {
  return new Promise((done, fail) => {
    const child = spawn(words[0], words.slice(1), { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (part) => { said += part; });
    child.once('exit', (code) => (code === 0 ? done() : fail(new Error(`${words.join(' ')}: ${said}`))));
  });
}
