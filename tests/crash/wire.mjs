/* Requests as bytes, from any address of this machine's own. */
import { connect } from 'node:net';

/* Connected from `from`. */
export function dial(port, from = '127.0.0.1') {
  return new Promise((done, fail) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: from });
    socket.once('connect', () => done(socket));
    socket.once('error', fail);
  });
}

/* Says `text` and hears one answer: { status, head, body, is_over }; status 0: the connection ended without one. */
export function ask(socket, text) {
  return new Promise((done) => {
    let heard = '';
    const finish = (isOver) => {
      socket.removeAllListeners('data').removeAllListeners('close').removeAllListeners('error');
      socket.on('error', () => {});
      const [head, body] = heard.split('\r\n\r\n');
      done({ status: Number(/^HTTP\/1\.1 (\d+) /.exec(head)?.[1] ?? 0), head, body: body ?? '', isOver });
    };
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      const end = heard.indexOf('\r\n\r\n') + 4;
      if (end < 4 || /^Connection: close/im.test(heard)) return; /* its end is waited for */
      const length = Number(/^Content-Length: (\d+)/im.exec(heard)?.[1] ?? 0);
      if (heard.length >= end + length) finish(false);
    });
    socket.on('close', () => finish(true));
    socket.on('error', () => {});
    socket.write(text);
  });
}

/* One call of the API over a connection of its own. */
export async function post(house, from, path, body) {
  const socket = await dial(Number(new URL(house.base).port), from);
  const bytes = JSON.stringify(body);
  const answer = await ask(socket, `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${house.api_key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`);
  socket.destroy();
  return answer;
}
