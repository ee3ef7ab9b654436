/* The doors of the whole program: sockets that another holds for it, proxies that are believed or not, and one address that
   wants all connections. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { Rows } from '../lib/engine.mjs';
import { House, binary, surroundings } from '../lib/house.mjs';
import { drained, idOf, makeLink, numbers } from './storm.mjs';
import { ask, dial } from './wire.mjs';

const PROXY = '127.0.0.2', STRANGER = '127.0.0.3', VISITOR = '203.0.113.9';
const PER_ADDRESS = 1000;
const AGENT = 'User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0\r\n';
const click = (lines = '') => `GET /c/storm HTTP/1.1\r\nHost: a\r\n${AGENT}${lines}\r\n`;
const portOf = (house) => Number(new URL(house.base).port);

async function houseWithLink(args) {
  const house = await House.build({ args: ['--quiet', ...args] });
  const { program_id: program } = await makeLink(house);
  equal((await house.call('PATCH', `/api/v1/programs/${program}`, { key: house.api_key, body: { keep_ip: true } })).status, 200);
  for (let i = 0; i < 100 && !(await addressOf(house, await once(house, '127.0.0.1', click()))); i++); /* clicks hear of it a moment later */
  return house;
}

/* One answer over a connection of its own. */
async function once(house, from, text) {
  const socket = await dial(portOf(house), from);
  const answer = await ask(socket, text);
  socket.destroy();
  return answer;
}

/* The address kept with the click of this redirect. */
async function addressOf(house, { head }) {
  await drained(house);
  const rows = new Rows(house.data);
  const [ip] = rows.column(`SELECT ip FROM click WHERE id = ${idOf(/^Location: .*tclid=([\w-]+)/m.exec(head)[1])}`);
  rows.close();
  return ip;
}

/* ---- proxies */

let house;
const FORWARDED = [`X-Forwarded-For: ${VISITOR}\r\nX-Forwarded-Proto: https\r\n`,
  `X-Forwarded-For: 198.51.100.1, ${VISITOR}\r\nX-Forwarded-Proto: https\r\n`]; /* the first is the visitor's own invention */

before(async () => { house = await houseWithLink(['--trusted', PROXY]); });
after(() => house.end());

test('what a stranger says about who he is is not believed', async () => {
  for (const lines of [...FORWARDED, `Forwarded: for=${VISITOR};proto=https\r\n`]) {
    const answer = await once(house, STRANGER, click(lines));
    equal(answer.status, 302);
    doesNotMatch(answer.head, /Secure/, 'nor that he came by https');
    equal(await addressOf(house, answer), STRANGER);
  }
});

test('the control: the proxy that was named is believed, and his visitors cannot speak for him', async () => {
  for (const lines of FORWARDED) {
    const answer = await once(house, PROXY, click(lines));
    equal(answer.status, 302);
    match(answer.head, /^Set-Cookie: trb=.*; Secure\r?$/m);
    equal(await addressOf(house, answer), VISITOR);
  }
  equal(await addressOf(house, await once(house, PROXY, click())), PROXY);
});

test('with --forwarded the standard header of the proxy is believed, and no other', async () => {
  const standard = await houseWithLink(['--trusted', PROXY, '--forwarded']);
  const lines = `Forwarded: for=198.51.100.1, for=${VISITOR};proto=https\r\n`;
  try {
    equal(await addressOf(standard, await once(standard, STRANGER, click(lines))), STRANGER);
    equal(await addressOf(standard, await once(standard, PROXY, click(FORWARDED[0]))), PROXY);
    const answer = await once(standard, PROXY, click(lines)); /* the control */
    match(answer.head, /^Set-Cookie: trb=.*; Secure\r?$/m);
    equal(await addressOf(standard, answer), VISITOR);
  } finally {
    await standard.end();
  }
});

/* The twelve bytes that nobody else begins with, version 2, PROXY, TCP over IPv4, twelve bytes of addresses. */
const V2 = Buffer.from([0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 12,
  203, 0, 113, 9, 127, 0, 0, 1, 0x13, 0x88, 0, 80]).toString('latin1');
const V1 = `PROXY TCP4 ${VISITOR} 127.0.0.1 5000 80\r\n`;

test('a PROXY header of a stranger is no request, and nothing behind it runs', async () => {
  const proxied = await houseWithLink(['--trusted', PROXY, '--proxy-protocol']);
  try {
    const before = (await numbers(proxied)).edge_requests_total;
    for (const header of [V1, V2]) {
      const socket = await dial(portOf(proxied), STRANGER);
      const answer = await ask(socket, Buffer.from(header + click(), 'latin1'));
      equal(answer.status, 400);
      ok(answer.isOver);
    }
    const bare = await dial(portOf(proxied), PROXY);
    equal((await ask(bare, click())).status, 0, 'a proxy that leaves it out is cut off');
    equal((await numbers(proxied)).edge_requests_total, before + 1, 'only the numbers were asked for');

    /* The controls. */
    for (const header of [V1, V2]) {
      const answer = await once(proxied, PROXY, Buffer.from(header + click(), 'latin1'));
      equal(answer.status, 302);
      equal(await addressOf(proxied, answer), VISITOR);
    }
    const plain = await once(proxied, STRANGER, click());
    equal(plain.status, 302, 'a stranger without one is a visitor like any other');
    equal(await addressOf(proxied, plain), STRANGER);

    /* Behind a proxy the limit is the visitor's. */
    const named = (n) => once(proxied, PROXY, `PROXY TCP4 203.0.113.${n} 127.0.0.1 5000 80\r\n${click()}`);
    const crowd = await fill(proxied, PROXY, PER_ADDRESS, V1);
    equal((await named(9)).status, 429);
    equal((await named(10)).status, 302);
    crowd.forEach((socket) => socket.destroy());
  } finally {
    await proxied.end();
  }
});

/* ---- crowds from one address */

/* So many connections, each of which was served. */
async function fill(to, from, count, header = '') {
  const sockets = [];
  while (sockets.length < count) {
    const some = await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => dial(portOf(to), from)));
    const answers = await Promise.all(some.map((socket) => ask(socket, header + click())));
    ok(answers.every(({ status }) => status === 302));
    sockets.push(...some);
  }
  return sockets;
}

test('one address has so many connections and no more, and others are welcome', async () => {
  const crowd = await fill(house, STRANGER, PER_ADDRESS);
  const refused = await once(house, STRANGER, click());
  equal(refused.status, 429);
  match(refused.head, /^Retry-After: 1\r?$/m);
  ok(refused.isOver);
  equal((await once(house, '127.0.0.4', click())).status, 302, 'the control: another address');
  equal((await ask(crowd[7], click())).status, 302, 'those within go on');

  crowd.pop().destroy();
  let again;
  for (let i = 0; i < 100 && again?.status !== 302; i++) again = await once(house, STRANGER, click());
  equal(again.status, 302, 'and the next is welcome when one has gone');

  const behind = await fill(house, PROXY, PER_ADDRESS + 100); /* a trusted proxy carries everybody */
  equal((await once(house, PROXY, click())).status, 302);
  [...crowd, ...behind].forEach((socket) => socket.destroy());
});

/* ---- sockets that are handed over */

test('a socket that another holds is served, and who knocks meanwhile waits for the next', { timeout: 120000 }, async () => {
  const own = await houseWithLink([]);
  await own.stop();
  const args = ['serve', '--data', own.data, '--listen', '192.0.2.1:1', '--quiet']; /* an address of nobody: it must not even try */
  const holder = spawn(join(process.env.BUILD, 'tests/crash/holder'), [binary, ...args],
    { stdio: ['pipe', 'pipe', 'inherit'], env: surroundings(args) });
  const lines = createInterface(holder.stdout)[Symbol.asyncIterator]();
  const say = async (word) => {
    holder.stdin.write(`${word}\n`);
    return (await lines.next()).value;
  };
  try {
    own.base = `http://127.0.0.1:${(await lines.next()).value}`;
    for (let round = 0; round < 2; round++) {
      const early = await dial(portOf(own)); /* nobody is at home: the system lets him in and he waits */
      const answer = ask(early, click());
      equal(await say('start'), 'started');
      equal((await answer).status, 302);
      equal((await once(own, STRANGER, click())).status, 302);
      equal(await say('stop'), 'ended 0');
      early.destroy();
    }
    equal(await say('stranger'), 'started'); /* the sockets are meant for another process: he is to listen by himself */
    match(await say('wait'), /^ended [1-9]/);
  } finally {
    holder.stdin.end();
    await new Promise((done) => holder.once('exit', done));
    await own.end();
  }
});
