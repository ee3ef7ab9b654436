/* Clicks as fast as they are answered, over raw sockets, and what was acknowledged held against the store. */
import { connect } from 'node:net';
import { Rows } from '../lib/engine.mjs';

const CLICK = 'GET /c/storm HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0\r\n\r\n';
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

export class Storm {
  acknowledged = [];
  plain = 0; /* sent on without a token */
  torn = 0; /* connections that ended within an answer */
  #open = 0;
  #stopping = false;
  #ended;

  constructor(base, connections = 24) {
    this.ended = new Promise((done) => { this.#ended = done; });
    for (let i = 0; i < connections; i++) this.#dial(Number(new URL(base).port));
  }

  #dial(port) {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    this.#open++;
    socket.setNoDelay(true);
    socket.on('connect', () => socket.write(CLICK));
    socket.on('data', (part) => {
      heard += part.toString('latin1');
      if (!heard.endsWith('\r\n\r\n')) return; /* a redirect has no body, and one is asked for at a time */
      const token = /^Location: .*[?&]tclid=([\w-]+)/m.exec(heard)?.[1];
      if (!heard.startsWith('HTTP/1.1 302 ')) this.strange ??= heard;
      else if (token) this.acknowledged.push(token);
      else this.plain++;
      heard = '';
      if (this.#stopping) socket.end();
      else socket.write(CLICK);
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.torn += heard !== '';
      if (--this.#open === 0) this.#ended();
    });
  }

  async stop() {
    this.#stopping = true;
    await this.ended;
  }
}

/* The id within a token: after a byte of version, the highest byte first. */
export function idOf(token) {
  return Buffer.from(token, 'base64url').readBigInt64BE(1);
}

export async function numbers(house) {
  const { text } = await house.call('GET', '/metrics');
  return Object.fromEntries([...text.matchAll(/^tributary_(\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

export async function drained(house) {
  for (let i = 0; i < 600; i++) {
    if ((await numbers(house)).spool_undrained_bytes === 0) return;
    await sleep(50);
  }
  throw new Error('the journal was not moved within half a minute');
}

/* The same clicks added up anew out of the rows: an id holds its time. 1, 2 and 4 are the marks of robots, prefetches and
   repeats. */
const HOUR = '(id >> 22) + 1704067200000 - ((id >> 22) + 1704067200000) % 3600000';
const marked = (marks) => `sum(CASE WHEN (marks & ${marks}) <> 0 THEN 1 ELSE 0 END)`;
const UNIQUE = `count(*), count(*) - ${marked(7)}`;
const ROLL_UPS = {
  'by hour': [`SELECT program_id, ${HOUR}, link_id, partner_id, ${UNIQUE}, ${marked(1)}, ${marked(2)}, ${marked(4)}
      FROM click GROUP BY 1, 2, 3, 4`,
  `SELECT program_id, hour, link_id, partner_id, sum(clicks), sum(unique_clicks), sum(robots), sum(prefetches),
      sum(repeats) FROM click_hour GROUP BY 1, 2, 3, 4`],
  'by sub-id': [`SELECT program_id, ${HOUR}, partner_id, coalesce(sub1, ''), ${UNIQUE} FROM click GROUP BY 1, 2, 3, 4`,
    'SELECT program_id, hour, partner_id, sub1, clicks, unique_clicks FROM click_sub'],
  'of links': [`SELECT link_id, ${UNIQUE} FROM click GROUP BY 1`,
    'SELECT link_id, clicks, unique_clicks FROM link_total WHERE clicks > 0'],
};

/* What speaks against "each acknowledged click is one row, and the roll-ups count each row once"; empty: nothing. */
export function compare(data, tokens) {
  const rows = new Rows(data);
  const faults = [];
  try {
    const kept = new Set(rows.column('SELECT id FROM click'));
    const ids = new Set(tokens.map((token) => String(idOf(token))));
    const missing = [...ids].filter((id) => !kept.has(id)).length;
    if (missing) faults.push(`${missing} acknowledged clicks are no row`);
    if (ids.size !== tokens.length) faults.push(`${tokens.length - ids.size} tokens were given twice`);
    for (const [name, [counted, summed]] of Object.entries(ROLL_UPS)) {
      const beside = (one, other) => Number(rows.column(`SELECT count(*) FROM (${one} EXCEPT ${other}) AS beside`));
      const wrong = beside(summed, counted) + beside(counted, summed);
      if (wrong) faults.push(`${wrong} sums of rows and roll-ups ${name} differ`);
    }
  } finally {
    rows.close();
  }
  return faults;
}

export async function makeLink(house, code = 'storm') {
  const post = async (path, body) => {
    const answer = await house.call('POST', `/api/v1${path}`, { key: house.api_key, body });
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.json;
  };
  const program = await post('/programs', { name: 'Storm', currency: 'EUR', allowed_domains: ['shop.example'],
    landing_url: 'https://shop.example/', commission: { percent_bp: 1000 } });
  const partner = await post('/partners', { program_id: program.id, email: 'anna@partner.example', name: 'Anna' });
  await post(`/partners/${partner.id}/approve`, {});
  await post('/links', { program_id: program.id, partner_id: partner.id, code, target_url: 'https://shop.example/' });
  return { program_id: program.id, partner_id: partner.id };
}
