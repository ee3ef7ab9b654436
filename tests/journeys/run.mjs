/* Journeys: stories over HTTP against the real binary. README.md tells the language.
 *   node tests/journeys/run.mjs [--tap] [FILE…]     BUILD=path/to/build  JOBS=2  TRIBUTARY_TEST_NODES=3 */
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { Contract } from '../contract/contract.mjs';
import { tributary } from '../lib/house.mjs';
import { Place, nodes } from '../lib/street.mjs';
import { Mistake, fill, look, parse, sum, value, words } from './language.mjs';

const folder = dirname(fileURLToPath(import.meta.url));

/* What `as manager` and `as shop` mean when the journey makes no key of that name. */
const USUAL_KEYS = {
  manager: ['settings:read', 'audit:read', 'programs:read', 'programs:write', 'partners:read', 'partners:write',
    'links:read', 'links:write', 'coupons:read', 'coupons:write', 'creatives:read', 'creatives:write', 'clicks:read',
    'conversions:read', 'conversions:write', 'rules:read', 'rules:write', 'commissions:read', 'commissions:write',
    'payouts:read', 'payouts:write', 'reports:read', 'messages:read', 'messages:write'],
  shop: ['conversions:read', 'conversions:write'],
};

class Unmet extends Error {}

class Journey {
  constructor(file, house) {
    this.file = file;
    this.house = house;
    this.variables = new Map([['owner_email', house.owner.email], ['owner_password', house.owner.password],
      ['folder', house.folder], ['data', house.data], ['base', house.base]]);
    this.callers = new Map([['owner', { key: house.api_key }], ['nobody', {}]]);
    this.visitors = new Map();
    this.caller = this.callers.get('owner');
    this.checks = 0;
    this.broken = []; /* answers that the API document does not promise */
    house.watch = (method, path, answer, sent) => this.broken.push(...contract.check(method, path, answer, sent));
  }

  keepContract(one) {
    const [first] = this.broken.splice(0);
    if (first) throw Object.assign(new Unmet(`expected what the API document promises\n     got ${first}`), { at: one });
  }

  async run(statements) {
    for (const one of statements) {
      try {
        await this[one.kind](one);
        this.keepContract(one);
      } catch (failure) {
        failure.at ??= one;
        throw failure;
      }
    }
  }

  async as({ name }) {
    if (name === 'nobody') this.callers.set(name, {}); /* a stranger each time */
    if (!this.callers.has(name) && USUAL_KEYS[name]) await this.makeKey(name, { scopes: USUAL_KEYS[name] });
    if (!this.callers.has(name)) throw new Mistake(`nobody is called ${name}: make a key or sign in first`);
    this.caller = this.callers.get(name);
  }

  async makeKey(name, body) {
    const made = await this.house.call('POST', '/api/v1/keys', { key: this.house.api_key, body: { name, ...body } });
    if (made.status !== 201) throw new Unmet(`the key of ${name} was not made: ${made.status} ${made.text}`);
    this.callers.set(name, { key: made.json.key });
  }

  async key({ name, of, test, scopes }) {
    const body = { is_test: test };
    if (scopes.length) body.scopes = scopes;
    if (of) body.partner_id = value(of, this.variables);
    await this.makeKey(name, body);
  }

  /* An argument: a text in quotes, or words with variables in them. */
  plain(word) {
    return word[0] === '"' ? value(word, this.variables) : words(word, this.variables);
  }

  async 'sign-in'({ name, email, password }) {
    const cookies = await this.house.signIn(this.plain(email ?? '$owner_email'), this.plain(password ?? '$owner_password'));
    this.callers.set(name, { cookies });
    this.caller = this.callers.get(name);
  }

  async request(one) {
    const path = words(one.path, this.variables);
    const headers = {};
    for (const line of one.headers) {
      const text = value(line, this.variables);
      headers[text.slice(0, text.indexOf(':'))] = text.slice(text.indexOf(':') + 1).trim();
    }
    let answer;
    if (one.form !== undefined) {
      answer = await this.house.form(path, value(one.form, this.variables),
        { cookies: (this.caller.cookies ??= new Map()), page: one.page ? words(one.page, this.variables) : path });
    } else {
      let body = one.document ?? (one.body === undefined ? undefined : fill(one.body, this.variables));
      if (one.isLatin) body = Buffer.from(body, 'latin1');
      answer = await this.house.call(one.method, path, { ...this.caller, headers, body, type: one.type });
    }
    if (/^\/[ct]\//.test(path)) await this.house.settled();
    this.judge(one, answer);
  }

  judge(one, answer) {
    const told = () => `${answer.text.slice(0, 1500)}${answer.text.length > 1500 ? '…' : ''}`;
    if (one.status) {
      this.checks++;
      const wanted = new RegExp(`^${one.status.replaceAll('x', '\\d')}$`);
      if (!wanted.test(String(answer.status)))
        throw new Unmet(`expected status ${one.status}\n     got ${answer.status} ${told()}`);
    }
    for (const check of one.checks) {
      const is = check.subject[0] === '@' ? answer.headers.get(check.subject.slice(1)) ?? undefined
        : check.subject === 'body' ? answer.text
          : check.subject === '.' ? answer.json : look(answer.json, check.subject, this.variables);
      if (check.operator === '->') {
        if (is === undefined) throw new Unmet(`${check.subject} is missing in ${told()}`);
        this.variables.set(check.value.replace(/^\$/, ''), is);
        continue;
      }
      this.checks++;
      const wanted = check.operator === 'is' ? check.value : value(check.value, this.variables);
      if (!holds(is, check.operator, wanted))
        throw new Unmet(`expected ${check.subject} ${check.operator} ${JSON.stringify(wanted)}\n     got ${JSON.stringify(is)}\n      in ${told()}`);
    }
  }

  /* A click of a new visitor, or of one who comes again: the token that the shop's page gets. */
  async follow(code, { visitor, agent } = {}) {
    const cookies = visitor ? this.visitors.get(visitor) ?? new Map() : new Map();
    const answer = await this.house.near(visitor ?? agent ?? '').call('GET', `/c/${words(code, this.variables)}`, { cookies,
      headers: { 'User-Agent': agent ? value(agent, this.variables) : 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } });
    this.checks++;
    if (answer.status !== 302) throw new Unmet(`expected the click to be sent on\n     got ${answer.status} ${answer.text.slice(0, 300)}`);
    if (visitor) this.visitors.set(visitor, cookies);
    const token = new URL(answer.headers.get('location')).searchParams.get('tclid');
    if (!token) throw new Unmet(`the click was not recorded: ${answer.headers.get('location')}`);
    return token;
  }

  /* Many at once come as in life: some connections, each with one after the other. */
  async click({ code, visitor, times, agent, variable }) {
    let left = times === undefined ? 1 : value(times, this.variables);
    let token;
    await Promise.all(Array.from({ length: Math.min(left, 8) }, async () => {
      while (left-- > 0) token = await this.follow(code, { visitor, agent });
    }));
    await this.house.settled();
    if (variable) this.variables.set(variable.replace(/^\$/, ''), token);
  }

  async advance({ count, unit }) {
    const { now } = await this.house.advance(value(count, this.variables) * unit);
    this.variables.set('now', now);
  }

  /* On to a moment: always the same one, whenever the journey is run. */
  async at({ time }) {
    const { now } = await this.house.advance(0);
    const ms = Date.parse(words(time, this.variables)) - Date.parse(now);
    if (!(ms >= 0)) throw new Mistake(`${time} is not after ${now}: a clock does not go back`);
    this.variables.set('now', (await this.house.advance(ms)).now);
  }

  let({ name, words: parts }) {
    this.variables.set(name.replace(/^\$/, ''), sum(parts, this.variables));
  }

  expect({ words: parts }) {
    const at = parts.findIndex((part) => ['==', '!=', '<', '<=', '>', '>=', 'has'].includes(part));
    if (at < 0) throw new Mistake('expect $a + $b == 12');
    const [left, right] = [sum(parts.slice(0, at), this.variables), sum(parts.slice(at + 1), this.variables)];
    this.checks++;
    if (!holds(left, parts[at], right))
      throw new Unmet(`expected ${parts.join(' ')}\n     got ${JSON.stringify(left)} and ${JSON.stringify(right)}`);
  }

  known() {
    return this.house.known();
  }

  async verify() {
    const done = await tributary('verify', '--data', this.house.data);
    this.checks++;
    if (done.code !== 0) throw new Unmet(`expected the books to agree\n     got ${done.out}${done.err}`);
  }

  async restart() {
    const { code, signal } = await this.house.stop();
    if (code !== 0) throw new Unmet(`expected a clean stop\n     got ${signal ?? code}\n${this.house.log}`);
    await this.house.start();
    this.variables.set('base', this.house.base);
  }

  /* On in another folder of data: what was imported or restored. */
  async move({ folder: to }) {
    const { code, signal } = await this.house.stop();
    if (code !== 0) throw new Unmet(`expected a clean stop\n     got ${signal ?? code}\n${this.house.log}`);
    this.house.data = words(to, this.variables);
    await this.house.start();
    this.variables.set('data', this.house.data).set('base', this.house.base);
  }

  take({ name, from, by }) {
    const found = new RegExp(value(by, this.variables)).exec(value(from, this.variables));
    this.checks++;
    if (!found) throw new Unmet(`expected to find ${by}\n     in ${value(from, this.variables)}`);
    this.variables.set(name.replace(/^\$/, ''), found[1] ?? found[0]);
  }

  async command({ args, code, variable }) {
    const done = await tributary(...args.map((arg) => this.plain(arg)));
    this.checks++;
    if (done.code !== Number(code)) throw new Unmet(`expected exit ${code}\n     got ${done.code}\n${done.out}${done.err}`);
    if (variable) this.variables.set(variable.replace(/^\$/, ''), done.out || done.err);
  }

  async include({ file }) {
    const path = join(folder, file);
    try {
      await this.run(parse(await readFile(path, 'utf8')));
    } catch (failure) {
      failure.file = path;
      throw failure;
    }
  }

  async repeat({ count, variable, body }) {
    const times = value(count, this.variables);
    for (let i = 1; i <= times; i++) {
      if (variable) this.variables.set(variable.replace(/^\$/, ''), i);
      await this.run(body);
    }
  }
}

function holds(is, operator, wanted) {
  switch (operator) {
    case '==': return isDeepStrictEqual(is, wanted);
    case '!=': return !isDeepStrictEqual(is, wanted);
    case '<': return is < wanted;
    case '<=': return is <= wanted;
    case '>': return is > wanted;
    case '>=': return is >= wanted;
    case 'has': return typeof is === 'string' || Array.isArray(is) ? is.includes(wanted) : false;
    case 'lacks': return typeof is === 'string' || Array.isArray(is) ? !is.includes(wanted) : is === undefined;
    case 'matches': return typeof is === 'string' && new RegExp(wanted).test(is);
    case 'is': return wanted === 'missing' ? is === undefined : wanted === 'null' ? is === null : wanted === 'there' ? is !== undefined && is !== null : false;
    default: return false;
  }
}

const contract = await Contract.ofBinary();
const isTap = process.argv.includes('--tap');
let told = 0;

/* One line a journey; what went wrong below it. */
function tell(passed, name, words, details = []) {
  told++;
  if (isTap) console.log(`${passed ? 'ok' : 'not ok'} ${told} - ${name} (${words})`);
  else console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${words})`);
  for (const line of details.join('\n').split('\n'))
    if (line) console.log(`${isTap ? '# ' : '     '}${line}`);
}

async function runFile(file) {
  const began = Date.now();
  const name = relative(process.cwd(), file) + (nodes > 1 ? `, on ${nodes} nodes` : '');
  let house, journey;
  try {
    const statements = parse(await readFile(file, 'utf8'));
    house = await Place.build();
    journey = new Journey(file, house);
    await journey.run(statements);
    const { code, signal } = await house.stop();
    if (code !== 0) throw new Unmet(`the server ended with ${signal ?? code}\n${house.log}`);
    tell(true, name, `${journey.checks} checks, ${((Date.now() - began) / 1000).toFixed(1)} s`);
    return { passed: true, checks: journey.checks };
  } catch (failure) {
    const known = failure instanceof Unmet || failure instanceof Mistake;
    const log = house?.log?.split('\n').filter((row) => /^(error|warn)/.test(row)).slice(-5) ?? [];
    const where = failure.file && failure.file !== file ? ` of ${relative(process.cwd(), failure.file)}` : '';
    tell(false, name, `line ${failure.at?.line ?? failure.line ?? '?'}${where}`,
      [failure.at?.text ?? '', known ? failure.message : failure.stack, ...log.map((row) => `| ${row.slice(0, 400)}`)]);
    return { passed: false, checks: journey?.checks ?? 0 };
  } finally {
    await house?.end();
  }
}

const asked = process.argv.slice(2).filter((word) => !word.startsWith('--')).map((file) => resolve(file));
const files = asked.length ? asked
  : (await readdir(folder)).filter((name) => name.endsWith('.journey') && name.includes(process.env.TEST_ONLY ?? ''))
    .sort().map((name) => join(folder, name));
const waiting = [...files];
const results = [];
await Promise.all(Array.from({ length: Math.min(Number(process.env.JOBS ?? 2), files.length) }, async () => {
  while (waiting.length) results.push(await runFile(waiting.shift()));
}));
/* All of them together meet every call that the document names. */
if (!asked.length && !process.env.TEST_ONLY && nodes === 1 && results.every((one) => one.passed)) {
  const missing = contract.missing();
  tell(!missing.length, 'every documented call is met', `${contract.operations.length - missing.length} of ${contract.operations.length}`, missing);
  results.push({ passed: !missing.length, checks: contract.operations.length });
}
const failed = results.filter((one) => !one.passed).length;
if (isTap) console.log(`1..${told}`);
else console.log(`${results.length - failed} of ${results.length} passed, ${results.reduce((n, one) => n + one.checks, 0)} checks`);
process.exitCode = failed || !files.length ? 1 : 0;
