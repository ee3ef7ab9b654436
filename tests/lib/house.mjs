/* A house for a test: the real binary on a free loopback port, with a folder of its own. */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = join(process.env.BUILD ?? join(top, 'build'), 'tributary');

/* Where the suite runs on a PostgreSQL of its own, every data folder has a schema there. */
export const cluster = process.env.TRIBUTARY_TEST_DATABASE;
export const isOnCluster = Boolean(cluster);

export function schemaOf(folder) {
  return `h_${createHash('sha256').update(resolve(folder)).digest('hex').slice(0, 16)}`;
}

/* The environment in which the binary is run with these arguments. */
export function surroundings(args, folder = args[args.indexOf('--data') + 1]) {
  if (!cluster || !args.includes('--data') || args.includes('--database')) return process.env;
  return { ...process.env, TRIBUTARY_DATABASE: `${cluster}&schema=${schemaOf(folder)}` };
}

/* Runs a command of the binary; never throws: { code, out, err }. */
export async function tributary(...args) {
  try {
    const { stdout, stderr } = await run(binary, args, { maxBuffer: 64 * 1024 * 1024, env: surroundings(args) });
    return { code: 0, out: stdout, err: stderr };
  } catch (failure) {
    if (typeof failure.code !== 'number') throw failure;
    return { code: failure.code, out: failure.stdout, err: failure.stderr };
  }
}

export class House {
  /* fill: async (house) => …, before the server starts (the demo). */
  static async build({ email = 'owner@house.example', args = [], fill, folder = tmpdir() } = {}) {
    const house = new this();
    house.folder = await mkdtemp(join(folder, 'tributary-house-'));
    house.data = join(house.folder, 'data');
    house.args = args;
    try {
      const made = await tributary('init', '--data', house.data, '--owner-email', email, '--json');
      if (made.code !== 0) throw new Error(`init: ${made.err}`);
      Object.assign(house, JSON.parse(made.out)); /* owner {email, password}, api_key */
      if (fill) await fill(house);
      await house.start();
    } catch (failure) {
      await house.end();
      throw failure;
    }
    return house;
  }

  /* The tea shop with its history, as ./run makes it. Its links lead to its own address. */
  static async demo({ args = [], port } = {}) {
    const house = new House();
    house.folder = await mkdtemp(join(tmpdir(), 'tributary-demo-'));
    house.data = join(house.folder, 'data');
    house.args = args;
    house.port = port ?? await freePort();
    try {
      const made = await tributary('demo', '--data', house.data, '--base-url', `http://127.0.0.1:${house.port}`);
      if (made.code !== 0) throw new Error(`demo: ${made.err}`);
      house.password = /with the password +(\S+)/.exec(made.out)[1];
      house.people = Object.fromEntries([...made.out.matchAll(/^ +(\w+) +(\S+@\S+)/gm)].map(([, role, email]) => [role, email]));
      house.owner = { email: house.people.owner, password: house.password };
      house.api_key = /API key +(\S+)/.exec(made.out)[1];
      await house.start();
    } catch (failure) {
      await house.end();
      throw failure;
    }
    return house;
  }

  async start() {
    this.log = '';
    const args = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port ?? 0}`, '--test-clock', ...this.args];
    this.child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env: surroundings(args, this.shares) });
    this.child.stderr.on('data', (part) => { this.log += part; });
    this.exited = new Promise((done) => this.child.once('exit', (code, signal) => done({ code, signal })));
    const port = await new Promise((found, fail) => {
      let out = '';
      const late = setTimeout(() => fail(new Error(`the server did not listen:\n${this.log}`)), 20000);
      this.child.stdout.on('data', (part) => {
        out += part;
        const match = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(out);
        if (match) {
          clearTimeout(late);
          found(Number(match[1]));
        }
      });
      this.exited.then(({ code, signal }) => {
        clearTimeout(late);
        fail(new Error(`the server ended (${signal ?? code}):\n${this.log}`));
      });
    });
    this.base = `http://127.0.0.1:${port}`;
  }

  /* { code, signal } of the server. */
  async stop(signal = 'SIGTERM') {
    if (!this.child) return { code: 0, signal: null };
    this.child.kill(signal);
    const late = setTimeout(() => this.child.kill('SIGKILL'), 15000);
    const result = await this.exited;
    clearTimeout(late);
    this.child = null;
    return result;
  }

  async end() {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /* One call. Redirects are answers, not followed. body: object, text or bytes. `watch`, when set, sees every answer. */
  async call(method, path, { key, cookies, body, type, headers = {} } = {}) {
    const all = { ...headers };
    if (key) all.Authorization = `Bearer ${key}`;
    if (cookies && cookies.size) all.Cookie = [...cookies].map(([n, v]) => `${n}=${v}`).join('; ');
    if (body !== undefined) all['Content-Type'] = type ?? 'application/json';
    const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const answer = await fetch(this.base + path, { method, headers: all, body: sent, redirect: 'manual' });
    const text = await answer.text();
    if (cookies) keepCookies(cookies, answer.headers.getSetCookie());
    let json;
    if (/json/.test(answer.headers.get('content-type') ?? '')) {
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
    }
    const result = { status: answer.status, headers: answer.headers, text, json };
    this.watch?.(method, path, result, { body: sent, type: all['Content-Type'] });
    return result;
  }

  /* Signs in with a password; gives the cookies of the session. */
  async signIn(email = this.owner.email, password = this.owner.password) {
    const cookies = new Map();
    const page = await this.call('GET', '/sign-in', { cookies });
    const answer = await this.call('POST', '/sign-in', {
      cookies,
      type: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ csrf: tokenOf(page.text), email, password, stay: '1' }).toString(),
    });
    if (answer.status !== 303) throw new Error(`sign-in of ${email}: ${answer.status}\n${answer.text}`);
    return cookies;
  }

  /* A form of one of our pages: `fields` with the token of the page it stands on. */
  async form(path, fields, { cookies, page = path } = {}) {
    const shown = await this.call('GET', page, { cookies });
    const body = new URLSearchParams({ csrf: tokenOf(shown.text) });
    for (const [name, value] of Object.entries(fields))
      for (const one of Array.isArray(value) ? value : [value]) body.append(name, String(one));
    return this.call('POST', path, { cookies, type: 'application/x-www-form-urlencoded', body: body.toString() });
  }

  /* The server goes ten years at once at most. */
  async advance(ms) {
    const most = 3650 * 86400000;
    for (; ms > most; ms -= most) await this.moveClock(most);
    return this.moveClock(ms);
  }

  near() { return this; } /* where a visitor's clicks go: one server is near to all */

  async known() {} /* what it is told it knows */

  async settled() {} /* one server looks at its own journal before it answers */

  async moveClock(ms) {
    const answer = await this.call('POST', '/test/clock', { body: { advance_ms: ms } });
    if (answer.status !== 200) throw new Error(`the clock: ${answer.status} ${answer.text}`);
    return answer.json;
  }
}

async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

export function tokenOf(html) {
  return /name="csrf" value="([^"]*)"/.exec(html)?.[1] ?? '';
}

function keepCookies(cookies, lines) {
  for (const line of lines) {
    const [pair, ...rest] = line.split('; ');
    const at = pair.indexOf('=');
    if (rest.some((part) => /^max-age=0$/i.test(part))) cookies.delete(pair.slice(0, at));
    else cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
