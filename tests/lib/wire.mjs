/* One kept connection, spoken plainly. What is asked in one breath goes out in one write, and answers come in the order of
 * the questions: a fraction of what a client for every case costs. Answers without a length are not understood. */
import { connect } from 'node:net';

export class Wire {
  constructor(base) {
    const { hostname, port } = new URL(base);
    Object.assign(this, { hostname, port, waiting: [], fresh: [], asked: 0, rest: Buffer.alloc(0) });
  }

  /* { status, headers, text }. Asked before this returns, sent when whoever asks has nothing more to ask. */
  ask(method, path, headers, body = '') {
    const lines = Object.entries({ Host: 'wire', ...headers, ...(body && { 'Content-Length': Buffer.byteLength(body) }) }).map(([name, value]) => `${name}: ${value}`);
    const text = `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
    this.asked++;
    return new Promise((done, fail) => {
      if (!this.fresh.length) queueMicrotask(() => this.send());
      this.fresh.push({ text, done, fail });
    });
  }

  send() {
    const all = this.fresh.splice(0);
    this.waiting.push(...all);
    if (!this.socket) this.open();
    this.socket.write(all.map(({ text }) => text).join(''));
  }

  open() {
    this.isUsed = false;
    const socket = connect(this.port, this.hostname).setNoDelay(true);
    this.socket = socket;
    socket.on('data', (part) => this.read(part));
    let why = new Error('the connection was closed');
    socket.on('error', (failure) => { why = failure; }); /* closed comes after it */
    socket.on('close', () => { if (this.socket === socket) this.closed(why); });
  }

  /* A kept connection may have been let go meanwhile: the clock leaps, and it was idle for days. */
  closed(why) {
    const [waiting, isUsed] = [this.waiting.splice(0), this.isUsed && this.rest.length === 0];
    this.socket = undefined;
    this.rest = Buffer.alloc(0);
    if (!waiting.length) return;
    if (!isUsed) return waiting.forEach(({ fail }) => fail(why));
    this.fresh.unshift(...waiting);
    this.send();
  }

  read(part) {
    this.rest = this.rest.length ? Buffer.concat([this.rest, part]) : part;
    for (let end = this.rest.indexOf('\r\n\r\n'); end >= 0; end = this.rest.indexOf('\r\n\r\n')) {
      const [first, ...lines] = this.rest.toString('latin1', 0, end).split('\r\n');
      const headers = headersOf(lines);
      const whole = end + 4 + Number(headers['content-length']);
      if (Number.isNaN(whole)) return this.socket.destroy(new Error(`an answer without a length: ${first}`));
      if (this.rest.length < whole) return undefined;
      const text = this.rest.toString('utf8', end + 4, whole);
      this.rest = this.rest.subarray(whole);
      this.isUsed = true;
      this.waiting.shift().done({ status: Number(first.split(' ')[1]), headers, text });
    }
    return undefined;
  }

  end() {
    this.socket?.destroy();
  }
}

function headersOf(lines) {
  const headers = {};
  for (const line of lines) {
    const at = line.indexOf(':');
    const [name, value] = [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
    if (name === 'set-cookie') (headers[name] ??= []).push(value);
    else headers[name] = value;
  }
  return headers;
}
