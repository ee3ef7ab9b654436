/* A network of the test's own, in namespaces of the kernel: every node and the database is a machine with its own
 * addresses, on two switches; visitors come by the front one, and the back one leads to the database. Here a packet can
 * be lost without a word to anybody, one way or both. `run` gives us a namespace in which this is allowed. */
import { execFileSync, spawn } from 'node:child_process';

const FRONT = '10.77.1', BACK = '10.77.2', DATABASE = 100, HERE = 254;
const NOBODY = '02:00:00:00:0d:ed'; /* an address of no card: what is sent there is lost on the way */

const ip = (...words) => execFileSync('ip', words, { stdio: ['ignore', 'pipe', 'pipe'] });
const inside = (pid) => ['nsenter', `--net=/proc/${pid}/ns/net`];

/* A namespace lives as long as somebody is in it: `cat` is, until we end. */
async function machine() {
  const child = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo ready; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise((done, fail) => {
    child.stdout.once('data', done);
    child.once('exit', () => fail(new Error('no network namespace')));
  });
  return { child, at: inside(child.pid) };
}

function attach(machine, { port, card, switchTo, address }) {
  try { ip('link', 'delete', port); } catch { /* no machine before had it; the kernel clears those away when it likes */ }
  ip('link', 'add', port, 'type', 'veth', 'peer', 'name', card, 'netns', String(machine.child.pid));
  ip('link', 'set', port, 'master', switchTo, 'up');
  run(machine, 'ip', 'address', 'add', `${address}/24`, 'dev', card);
  run(machine, 'ip', 'link', 'set', card, 'up');
}

function run(machine, ...words) {
  execFileSync(machine.at[0], [...machine.at.slice(1), ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
}

/* The way between a node and the database. */
class Line {
  constructor(network, node, number) {
    Object.assign(this, { network, node, number });
  }

  /* how: 'pulled' (the card sees that its cable is out), or packets vanish: 'silent' both ways, 'there' on the way to
   * the database, 'back' on the way from it. */
  cut(how) {
    if (how === 'pulled') ip('link', 'set', `back${this.number}`, 'down');
    if (how === 'silent' || how === 'there') this.lose(this.node, DATABASE);
    if (how === 'silent' || how === 'back') this.lose(this.network.database, this.number);
  }

  lose(from, to) {
    run(from, 'ip', 'neighbour', 'replace', `${BACK}.${to}`, 'lladdr', NOBODY, 'nud', 'permanent', 'dev', 'back');
  }

  find(from, to) {
    try {
      run(from, 'ip', 'neighbour', 'delete', `${BACK}.${to}`, 'dev', 'back');
    } catch { /* it was not lost */ }
  }

  mend() {
    ip('link', 'set', `back${this.number}`, 'up');
    this.find(this.node, DATABASE);
    this.find(this.network.database, this.number);
  }

  /* From everybody: visitors do not reach the node either. */
  isolate() {
    this.cut('pulled');
    ip('link', 'set', `front${this.number}`, 'down');
  }

  rejoin() {
    ip('link', 'set', `front${this.number}`, 'up');
    this.mend();
  }

  close() {}
}

export class Namespaces {
  static async open(count) {
    const network = new Namespaces();
    network.machines = [];
    try {
      await network.build(count);
    } catch (refused) {
      network.close(); /* or the test never ends */
      throw refused;
    }
    return network;
  }

  async build(count) {
    for (const [name, net] of [['front', FRONT], ['back', BACK]]) {
      try { ip('link', 'delete', name); } catch { /* the first fleet of this run */ }
      ip('link', 'add', name, 'type', 'bridge');
      ip('address', 'add', `${net}.${HERE}/24`, 'dev', name);
      ip('link', 'set', name, 'up');
    }
    this.database = await this.add();
    attach(this.database, { port: 'backdb', card: 'back', switchTo: 'back', address: `${BACK}.${DATABASE}` });
    this.lines = [];
    for (let i = 1; i <= count; i++) {
      const node = await this.add();
      attach(node, { port: `front${i}`, card: 'front', switchTo: 'front', address: `${FRONT}.${i}` });
      attach(node, { port: `back${i}`, card: 'back', switchTo: 'back', address: `${BACK}.${i}` });
      this.lines.push(new Line(this, node, i));
    }
  }

  async add() {
    const made = await machine();
    this.machines.push(made);
    return made;
  }

  /* How its server is started, and where it listens besides its socket. */
  get forDatabase() {
    return { at: this.database.at, settings: [`listen_addresses=${BACK}.${DATABASE}`] };
  }

  async node(number) {
    const line = this.lines[number - 1];
    return { line, at: line.node.at, address: `${FRONT}.${number}:8080`, database: `${BACK}.${DATABASE}:5432` };
  }

  close() {
    for (const { child } of this.machines) child.kill('SIGKILL');
  }
}
