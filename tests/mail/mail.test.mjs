/* Mails on their whole way: written, sent over SMTP, read, and the link in them followed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { House } from '../lib/house.mjs';

let house, server, port;
const received = [];
let refuse = null; /* what the server answers instead of taking a mail */
let waiting = [];

function listen() {
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onAuth: (auth, session, done) => (auth.username === 'shop' && auth.password === 'kettle' ? done(null, { user: 'shop' }) : done(new Error('no'))),
    onRcptTo: (address, session, done) => (refuse ? done(Object.assign(new Error(refuse), { responseCode: 451 })) : done()),
    onData: async (stream, session, done) => {
      const mail = await simpleParser(stream);
      received.push({ mail, to: session.envelope.rcptTo.map((to) => to.address), from: session.envelope.mailFrom.address });
      done();
      for (const one of waiting.splice(0)) one();
    },
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server.server.address().port)));
}

const next = () => new Promise((done, fail) => {
  const late = setTimeout(() => fail(new Error(`no mail came\n${house.log}`)), 10000);
  waiting.push(() => { clearTimeout(late); done(received.at(-1)); });
});

async function api(method, path, body, status = 200) {
  const answer = await house.call(method, `/api/v1${path}`, { key: house.api_key, body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text}`);
  return answer.json;
}

const set = (name, value) => api('PATCH', `/settings/${name}`, { value: String(value) });
const linkIn = (mail) => new URL(/http:\/\/\S+/.exec(mail.text)[0]);

before(async () => {
  house = await House.build();
  port = await listen();
});
after(async () => {
  await house.end();
  await new Promise((done) => server.close(done));
});

test('without a mail server a mail waits in the outbox', async () => {
  await api('POST', '/people', { email: 'zofia@kk.example', name: 'Zofia Łąka', role: 'finance' }, 201);
  await house.advance(60_000);
  const { data } = await api('GET', '/outbox');
  assert.equal(data.length, 1);
  assert.equal(data[0].state, 'waiting');
  assert.equal(received.length, 0);
});

test('once there is a server, what waited is sent, in words and letters as they were written', async () => {
  await set('mail_host', '127.0.0.1');
  await set('mail_port', port);
  await set('mail_tls', 'none');
  await set('mail_user', 'shop');
  await set('mail_password', 'kettle');
  await set('mail_from', 'partners@kk.example');
  await set('mail_from_name', 'Kettle & Kiln, część partnerska');
  const arrival = next();
  await house.advance(15 * 60_000);
  const { mail, to, from } = await arrival;
  assert.deepEqual(to, ['zofia@kk.example']);
  assert.equal(from, 'partners@kk.example');
  assert.equal(mail.from.value[0].name, 'Kettle & Kiln, część partnerska');
  assert.equal(mail.to.value[0].name, 'Zofia Łąka');
  assert.match(mail.subject, /Your access to Tributary/);
  assert.match(mail.text, /^Hello Zofia Łąka,/);
  assert.match(mail.html, /<a href="http:\/\/127\.0\.0\.1:\d+\/welcome\//);
  assert.equal(mail.headers.get('auto-submitted'), 'auto-generated');
  const { data } = await api('GET', '/outbox');
  assert.equal(data[0].state, 'sent');
});

test('the link gives a password once, and the sent mail forgets it', async () => {
  const { mail } = received[0];
  const link = linkIn(mail);
  const { data } = await api('GET', '/outbox');
  const kept = await api('GET', `/outbox/${data[0].id}`);
  assert.ok(!kept.body.includes(link.pathname), 'the outbox still knows the link');

  const cookies = new Map();
  const weak = await house.form(link.pathname, { password: 'short' }, { cookies });
  assert.equal(weak.status, 422);
  const done = await house.form(link.pathname, { password: 'four small green kettles' }, { cookies });
  assert.equal(done.status, 303);
  assert.equal((await house.call('GET', '/manage/me', { cookies })).status, 200);
  assert.equal((await house.call('GET', link.pathname)).status, 404);
  const again = await house.signIn('ZOFIA@kk.example', 'four small green kettles');
  assert.equal((await house.call('GET', '/manage/me', { cookies: again })).status, 200);
});

test('a new password signs all devices out, and says so by mail', async () => {
  const before = await house.signIn('zofia@kk.example', 'four small green kettles');
  let arrival = next();
  const asked = await house.form('/forgot', { email: 'zofia@kk.example' }, { cookies: new Map() });
  assert.equal(asked.status, 303);
  const reset = (await arrival).mail;
  assert.match(reset.subject, /A new password/);
  arrival = next();
  const cookies = new Map();
  const done = await house.form(linkIn(reset).pathname, { password: 'five small green kettles' }, { cookies });
  assert.equal(done.status, 303);
  assert.match((await arrival).mail.subject, /Your password was changed/);
  assert.equal((await house.call('GET', '/manage/me', { cookies: before })).status, 303);
  await assert.rejects(house.signIn('zofia@kk.example', 'four small green kettles'));
  await house.signIn('zofia@kk.example', 'five small green kettles');
});

test('a reset link is over after an hour', async () => {
  const arrival = next();
  await house.form('/forgot', { email: 'zofia@kk.example' }, { cookies: new Map() });
  const link = linkIn((await arrival).mail);
  assert.equal((await house.call('GET', link.pathname)).status, 200); /* the control */
  await house.advance(3_600_000);
  assert.equal((await house.call('GET', link.pathname)).status, 404);
});

test('a mail that is refused is tried again, with the reason in the outbox', async () => {
  refuse = 'Mailbox is full today';
  await api('POST', '/people', { email: 'jan@kk.example', name: 'Jan', role: 'viewer' }, 201);
  await house.advance(1000);
  const waitingMail = (await api('GET', '/outbox?to_email=jan@kk.example')).data[0];
  assert.equal(waitingMail.state, 'waiting');
  assert.match(waitingMail.error, /Mailbox is full today|451/);
  refuse = null;
  const arrival = next();
  await house.advance(60_000);
  assert.deepEqual((await arrival).to, ['jan@kk.example']);
  const sent = (await api('GET', '/outbox?to_email=jan@kk.example')).data[0];
  assert.equal(sent.state, 'sent');
  assert.equal(received.filter((one) => one.to[0] === 'jan@kk.example').length, 1);
});

test('an address that could end a line never reaches the server', async () => {
  const answer = await house.call('POST', '/api/v1/people', { key: house.api_key,
    body: { email: 'a@x.example>\r\nRCPT TO:<b@x.example', name: 'x', role: 'viewer' } });
  assert.equal(answer.status, 422);
});
