/* Where the kernel allows no namespaces: a proxy between a node and the database that can be cut. Connections stay and
 * nothing comes through, as when a cable is pulled. Mended, what was on its way arrives, or the connection is found to
 * be dead. The kernel goes on answering for the proxy, so that nobody's timers of the network are tried. */
import { createServer, connect } from 'node:net';

export class Wire {
  static async open(socket) {
    const wire = new Wire();
    wire.socket = socket;
    wire.isCut = false;
    wire.pairs = new Set();
    wire.server = createServer({ pauseOnConnect: true }, (near) => wire.join(near));
    await new Promise((done) => wire.server.listen(0, '127.0.0.1', done));
    wire.port = wire.server.address().port;
    return wire;
  }

  join(near) {
    const far = connect(this.socket);
    const pair = { near, far };
    this.pairs.add(pair);
    const end = () => {
      if (this.isCut) return; /* nobody hears of it yet */
      near.destroy();
      far.destroy();
      this.pairs.delete(pair);
    };
    for (const [from, to] of [[near, far], [far, near]]) {
      from.on('data', (bytes) => {
        if (!to.destroyed && !to.write(bytes)) from.pause();
      });
      to.on('drain', () => this.isCut || from.resume());
      from.on('error', end);
      from.on('close', end);
    }
    if (this.isCut) far.pause();
    else near.resume();
  }

  /* How it is cut makes no difference here. */
  cut() {
    this.isCut = true;
    for (const { near, far } of this.pairs) {
      near.pause();
      far.pause();
    }
  }

  isolate() {
    this.cut();
  }

  rejoin() {
    this.mend(true);
  }

  /* drops: what was on its way is lost, and with it the connections. */
  mend(drops) {
    this.isCut = false;
    for (const pair of this.pairs) {
      if (drops || pair.near.destroyed || pair.far.destroyed) {
        pair.near.destroy();
        pair.far.destroy();
        this.pairs.delete(pair);
      } else {
        pair.near.resume();
        pair.far.resume();
      }
    }
  }

  close() {
    this.mend(true);
    this.server.close();
  }
}

export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, '127.0.0.1', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/* The same shape as Namespaces. */
export class Proxies {
  forDatabase = { at: [], settings: [] };
  lines = [];

  constructor(socket) {
    this.socket = socket;
  }

  async node() {
    const line = await Wire.open(this.socket);
    this.lines.push(line);
    return { line, at: [], address: `127.0.0.1:${await freePort()}`, database: `127.0.0.1:${line.port}` };
  }

  close() {
    for (const line of this.lines) line.close();
  }
}
