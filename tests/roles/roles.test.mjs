/* Rights, made from the tables of routes: each row is tried as each role, on the demo's real objects. Every refusal
   has a control beside it that is let through, so that a broken test cannot look like a safe house. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House, tributary } from '../lib/house.mjs';

const STAFF = ['owner', 'manager', 'finance', 'viewer'];
let house, routes;
const callers = {}; /* role → { key, cookies } */
const ids = {};     /* kind → { mine, theirs, any } */
let shopKey, otherProgram;
let earned; /* orders for which Anna has a commission */

/* ---- setting the stage --------------------------------------------------------------------------------------- */

async function api(method, path, { key = house.api_key, body, status = 200 } = {}) {
  const answer = await house.call(method, `/api/v1${path}`, { key, body });
  assert.equal(answer.status, status, `${method} ${path}: ${answer.text.slice(0, 400)}`);
  return answer.json;
}

/* The rights a role holds, as the routes themselves tell them. */
function scopesOf(role) {
  return [...new Set(routes.filter((row) => row.needs && row.roles.includes(role)).map((row) => row.needs))];
}

async function rows(path, query = '') {
  return (await api('GET', `${path}?limit=100${query}${house.program ? `&program_id=${house.program}` : ''}`)).data;
}

async function allRows(path, key) {
  const found = [];
  for (let after = ''; ;) {
    const page = await api('GET', `${path}?limit=100${after}`, { key });
    found.push(...page.data);
    if (!page.has_more) return found;
    after = `&after=${encodeURIComponent(page.next)}`;
  }
}

/* One object of Anna's and one of somebody else, of each kind that belongs to a partner. */
async function findObjects(anna) {
  const kinds = { links: 'links', coupons: 'coupons', conversions: 'conversions', commissions: 'commissions', clicks: 'clicks', statements: 'statements' };
  for (const [kind, path] of Object.entries(kinds)) {
    const mine = (await rows(`/${path}`, `&partner_id=${anna}`).catch(() => []))[0] ?? (await rows(`/${path}`)).find((one) => one.partner_id === anna);
    const theirs = (await rows(`/${path}`)).find((one) => one.partner_id && one.partner_id !== anna);
    ids[kind] = { mine: mine?.id, theirs: theirs?.id, any: theirs?.id ?? mine?.id };
  }
  /* A partner may read the orders that he had a part in: those he earned, and those he lost, with the reason. */
  const commissions = (await allRows('/commissions')).filter((one) => one.conversion_id && one.kind !== 'bonus'); /* a recruiter's bonus makes no order his */
  earned = new Set(commissions.filter((one) => one.partner_id === anna).map((one) => one.conversion_id));
  const others = commissions.map((one) => one.conversion_id).filter((id) => !earned.has(id));
  let theirs;
  for (const id of others) {
    const { winners, losers } = (await api('GET', `/conversions/${id}`)).attribution;
    if ([...winners, ...losers].some((one) => one.partner_id === anna)) continue;
    theirs = id;
    break;
  }
  ids.conversions = { mine: [...earned][0], theirs, any: theirs };
  for (const kind of ['partners', 'payouts', 'rules', 'creatives', 'outbox', 'people', 'keys', 'programs'])
    ids[kind] = { any: (await rows(`/${kind}`).catch(() => []))[0]?.id };
  ids.partners = { mine: anna, theirs: (await rows('/partners')).find((one) => one.id !== anna).id, any: anna };
  ids.applications = { any: (await rows('/partners', '&status=pending'))[0]?.id };
  const payout = ids.payouts.any && await api('GET', `/payouts/${ids.payouts.any}`);
  ids.lines = { any: payout?.lines?.[0]?.id };
}

before(async () => {
  house = await House.demo();
  const listed = await tributary('routes');
  routes = JSON.parse(listed.out);
  const anna = (await rows('/partners')).find((one) => one.email === house.people.partner)
    ?? (await api('GET', `/partners?limit=100&email=${encodeURIComponent(house.people.partner)}`)).data[0];
  const program = anna.program_id;
  await findObjects(anna.id);

  for (const role of STAFF) {
    const made = await api('POST', '/keys', { body: { name: role, scopes: scopesOf(role) }, status: 201 });
    callers[role] = { key: made.key, cookies: await house.signIn(house.people[role], house.password) };
  }
  const own = await api('POST', '/keys', { body: { name: 'Anna', partner_id: anna.id, program_id: program }, status: 201 });
  callers.partner = { key: own.key, cookies: await house.signIn(house.people.partner, house.password) };
  callers.nobody = {};
  shopKey = (await api('POST', '/keys', { body: { name: 'test', is_test: true }, status: 201 })).key;

  const second = await api('POST', '/programs', { status: 201, body: { name: 'Second', slug: 'second', currency: 'EUR',
    allowed_domains: ['second.example'], landing_url: 'https://second.example/', commission: { percent_bp: 500 } } });
  otherProgram = (await api('POST', '/keys', { body: { name: 'second', program_id: second.id, scopes: scopesOf('manager') }, status: 201 })).key;
  house.program = program;
}, { timeout: 120_000 });
after(async () => { await house?.end(); });

/* ---- addresses ------------------------------------------------------------------------------------------------- */

const PREFIX = { links: 'lnk', coupons: 'cpn', conversions: 'cnv', commissions: 'com', clicks: 'clk', statements: 'pln', partners: 'par',
  payouts: 'pay', rules: 'rul', creatives: 'crv', outbox: 'msg', people: 'rol', keys: 'key', programs: 'prg', applications: 'par',
  jobs: 'job', sessions: 'ses', lines: 'pln' };
const OTHER = { token: 'A'.repeat(43), slug: 'kettle-and-kiln', name: 'site_name', code: 'nothing-here', degrees: '120', chapter: 'index', file: 'none.png', tag: 'en' };

/* The row's path with its {names} filled: real objects, or ids that nobody has. */
function address(row, pick) {
  const parts = row.path.split('/');
  return parts.map((part, i) => {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (!name) return part;
    if (name !== 'id' && name !== 'line') return OTHER[name] ?? 'x';
    const kind = name === 'line' ? 'lines' : parts[i - 1];
    return pick(kind) ?? `${PREFIX[kind] ?? 'par'}_0000000000001`;
  }).join('/');
}

const isApi = (row) => row.surface === 'api';

/* A call that can change nothing: ids that nobody has, no token of a form. API bodies carry a field that is unknown. */
async function knock(row, caller, { real = false, pick } = {}) {
  const path = address(row, pick ?? (real ? (kind) => ids[kind]?.any : () => undefined));
  const query = isApi(row) ? `?program_id=${house.program}` : '';
  const options = isApi(row) ? { key: caller.key } : { cookies: new Map(caller.cookies ?? []) };
  if (row.method !== 'GET' && isApi(row)) options.body = { a_field_that_nobody_knows: true };
  if (row.method !== 'GET' && !isApi(row)) Object.assign(options, { type: 'application/x-www-form-urlencoded', body: 'x=1' });
  return { path, ...await house.call(row.method, path + query, options) };
}

const NOT_YOUR_ROLE = /Your role does not allow this/;

/* What the house said: let through, refused, or asked to sign in. */
function verdict(row, answer) {
  if (row.path === '/') return 'yes'; /* leads on to the first page of whoever asks */
  if (isApi(row)) {
    if (answer.status === 401) return 'who are you';
    return answer.status === 403 && answer.json?.code === 'forbidden' ? 'no' : 'yes';
  }
  if (answer.status === 401 || (answer.status === 303 && (answer.headers.get('location') ?? '').startsWith('/sign-in'))) return 'who are you';
  return answer.status === 403 && NOT_YOUR_ROLE.test(answer.text) ? 'no' : 'yes';
}

function wanted(row, role) {
  if (!row.needs) return 'yes';
  if (role === 'nobody') return 'who are you';
  /* Staff has no portal and partners no console: there they are nobody in particular. */
  if (row.surface === 'manage' && role === 'partner') return 'who are you';
  if (row.surface === 'portal' && role !== 'partner') return 'who are you';
  return row.roles.includes(role) ? 'yes' : 'no';
}

function tell(t, faults) {
  for (const fault of faults.slice(0, 60)) t.diagnostic(fault);
  assert.equal(faults.length, 0, `${faults.length} faults, the first: ${faults[0]}`);
}

/* ---- the tests --------------------------------------------------------------------------------------------------- */

test('every route lets in whom its row names, and nobody else', { timeout: 300_000 }, async (t) => {
  const faults = [];
  const counts = { yes: 0, no: 0, 'who are you': 0 };
  for (const row of routes.filter((one) => !(one.flags & 32) && one.path !== '/sign-out')) {
    for (const [role, caller] of Object.entries(callers)) {
      const answer = await knock(row, caller);
      const said = verdict(row, answer);
      counts[said]++;
      if (said !== wanted(row, role)) faults.push(`${row.method} ${answer.path} as ${role}: ${said} (${answer.status}), wanted ${wanted(row, role)}`);
    }
  }
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.yes > 200 && counts.no > 100 && counts['who are you'] > 100, JSON.stringify(counts));
  tell(t, faults);
});

test('what each role may is what the house says it is for', (t) => {
  const faults = [];
  const may = (row, role) => !row.needs || row.roles.includes(role);
  for (const row of routes.filter((one) => one.method !== 'GET' && ['api', 'manage'].includes(one.surface) && one.needs && one.needs !== 'self')) {
    const say = (role) => faults.push(`${role} may ${row.method} ${row.path}`);
    if (may(row, 'viewer')) say('viewer');
    if (may(row, 'finance') && !/^(payouts|commissions):/.test(row.needs)) say('finance');
    if (may(row, 'manager') && /^(payouts|settings|people):/.test(row.needs)) say('manager');
    if (!may(row, 'owner')) say('the owner not');
  }
  for (const row of routes.filter((one) => one.surface === 'manage' && one.needs && one.needs !== 'self'))
    if (/partners|settings|audit|rules|messages|people|programs/.test(row.needs) && may(row, 'partner')) faults.push(`partner may ${row.path}`);
  tell(t, faults);
});

test('pages and calls that only look answer those who may', { timeout: 300_000 }, async (t) => {
  const faults = [];
  let shown = 0;
  for (const row of routes.filter((one) => one.method === 'GET' && ['api', 'manage', 'portal'].includes(one.surface))) {
    const role = row.surface === 'portal' ? 'partner' : 'owner';
    const answer = await knock(row, callers[role], { real: true, pick: (kind) => (role === 'partner' ? ids[kind]?.mine : undefined) ?? ids[kind]?.any });
    const known = !/0000000000001|nothing-here/.test(answer.path);
    if (answer.status >= 500 || (known && answer.status >= 400 && answer.status !== 422)) faults.push(`${answer.path} as ${role}: ${answer.status} ${answer.text.slice(0, 200)}`);
    if (answer.status < 400) shown++;
  }
  t.diagnostic(`${shown} looked at`);
  assert.ok(shown > 60, `only ${shown}`);
  tell(t, faults);
});

const PARTNERS_OWN = ['links', 'coupons', 'conversions', 'commissions', 'clicks', 'statements', 'partners'];
const kindOf = (row) => PARTNERS_OWN.find((kind) => row.path.includes(`/${kind}/{id}`));

test('a partner sees his own and not another partner’s', { timeout: 300_000 }, async (t) => {
  const faults = [];
  let controls = 0;
  for (const row of routes.filter((one) => ['api', 'portal'].includes(one.surface) && one.roles.includes('partner') && kindOf(one))) {
    const kind = kindOf(row);
    if (!ids[kind].theirs) { faults.push(`there is no foreign object of ${kind}`); continue; }
    const theirs = await knock(row, callers.partner, { pick: () => ids[kind].theirs });
    const refused = isApi(row) || row.method === 'GET' ? theirs.status === 404 : [403, 404].includes(theirs.status);
    if (!refused) faults.push(`${row.method} ${theirs.path} of another partner: ${theirs.status} ${theirs.text.slice(0, 160)}`);
    if (row.method === 'GET' && ids[kind].mine) {
      const mine = await knock(row, callers.partner, { pick: () => ids[kind].mine });
      if (mine.status >= 400) faults.push(`${mine.path} of his own: ${mine.status} ${mine.text.slice(0, 160)}`);
      controls++;
    }
  }
  assert.ok(controls >= 5, `only ${controls} controls`);
  tell(t, faults);
});

test('an order that a partner lost tells him why, and not who won', { timeout: 120_000 }, async (t) => {
  const faults = [];
  let contested = 0;
  const lost = (await allRows('/conversions', callers.partner.key)).map((one) => one.id).filter((id) => !earned.has(id));
  for (const id of lost) {
    const path = `/api/v1/conversions/${id}`;
    const owners = await house.call('GET', `${path}?program_id=${house.program}`, { key: callers.owner.key });
    const winners = owners.json.attribution.winners.map((one) => one.partner_id);
    const seen = await house.call('GET', path, { key: callers.partner.key });
    if (seen.status !== 200) { faults.push(`${path}: ${seen.status}`); continue; }
    const own = seen.json.attribution.losers.filter((one) => one.partner_id === ids.partners.mine);
    if (!own.length || own.some((one) => !one.reason)) faults.push(`${path} does not say why`);
    const page = await house.call('GET', `/portal/conversions/${id}`, { cookies: new Map(callers.partner.cookies) });
    for (const winner of winners.filter((one) => one && one !== ids.partners.mine)) {
      contested++;
      if (seen.text.includes(winner) || page.text.includes(winner)) faults.push(`${path} names ${winner}`);
    }
    if (seen.json.commissions?.length) faults.push(`${path} shows commissions`);
  }
  t.diagnostic(`${lost.length} orders lost, ${contested} to others`);
  assert.ok(contested > 0, 'no order was lost to another partner: nothing was tried');
  tell(t, faults);
});

test('a form of a partner about another partner’s things changes nothing', { timeout: 120_000 }, async (t) => {
  const faults = [];
  let tried = 0;
  for (const row of routes.filter((one) => one.surface === 'portal' && one.method !== 'GET' && kindOf(one))) {
    const kind = kindOf(row);
    const answer = await house.form(address(row, () => ids[kind].theirs), { name: 'x' }, { cookies: new Map(callers.partner.cookies), page: '/portal/me' });
    tried++;
    if (answer.status !== 404) faults.push(`${row.method} ${row.path}: ${answer.status} ${answer.text.slice(0, 160)}`);
  }
  t.diagnostic(`${tried} forms`);
  tell(t, faults);
});

/* Every partner_id anywhere in an answer. */
function partnersIn(json, found = new Set()) {
  if (Array.isArray(json)) for (const one of json) partnersIn(one, found);
  else if (json && typeof json === 'object')
    for (const [name, value] of Object.entries(json)) {
      if (name === 'partner_id' && typeof value === 'string') found.add(value);
      else partnersIn(value, found);
    }
  return found;
}

test('a partner’s lists hold his rows alone', { timeout: 120_000 }, async (t) => {
  const faults = [];
  let full = 0, mixed = 0;
  for (const row of routes.filter((one) => isApi(one) && one.method === 'GET' && one.roles.includes('partner') && !one.path.includes('{'))) {
    const mine = await house.call('GET', `${row.path}?limit=100`, { key: callers.partner.key });
    if (mine.status !== 200) continue;
    const found = partnersIn(mine.json);
    if (mine.json?.data?.length) full++;
    for (const id of found) if (id !== ids.partners.mine) faults.push(`${row.path} tells of ${id}`);
    const all = await house.call('GET', `${row.path}?limit=100&program_id=${house.program}`, { key: callers.owner.key });
    if (all.status === 200 && partnersIn(all.json).size > 1) mixed++;
    const asked = await house.call('GET', `${row.path}?limit=100&partner_id=${ids.partners.theirs}`, { key: callers.partner.key });
    if (asked.status === 200)
      for (const id of partnersIn(asked.json)) if (id !== ids.partners.mine) faults.push(`${row.path}?partner_id= tells of ${id}`);
  }
  assert.ok(full >= 4 && mixed >= 4, `${full} lists with rows, ${mixed} that tell the owner of several partners`);
  tell(t, faults);
});

test('a partner’s pages name no other partner', { timeout: 120_000 }, async (t) => {
  const faults = [];
  const others = (await rows('/partners')).filter((one) => one.id !== ids.partners.mine);
  const brought = new Set(); /* whom he recruited, or they: he reads whose sale he has a part of */
  for (let found = 1; found; ) {
    const more = others.filter((one) => !brought.has(one.id) && (one.recruited_by === ids.partners.mine || brought.has(one.recruited_by)));
    for (const one of more) brought.add(one.id);
    found = more.length;
  }
  for (const row of routes.filter((one) => one.surface === 'portal' && one.method === 'GET')) {
    const answer = await knock(row, callers.partner, { real: true, pick: (kind) => ids[kind]?.mine });
    if (answer.status !== 200 || !/html/.test(answer.headers.get('content-type') ?? '')) continue;
    for (const other of others)
      if (answer.text.includes(other.id) || answer.text.includes(other.email) || (!brought.has(other.id) && other.name.length > 5 && answer.text.includes(other.name)))
        faults.push(`${answer.path} names ${other.name}`);
  }
  const own = await knock({ surface: 'manage', method: 'GET', path: '/manage/partners' }, callers.owner);
  assert.ok(others.some((other) => own.text.includes(other.id)), 'the control: staff sees partners');
  tell(t, faults);
});

test('a key of one programme finds nothing of another', { timeout: 120_000 }, async (t) => {
  const faults = [];
  let controls = 0;
  for (const row of routes.filter((one) => isApi(one) && one.path.includes('{id}') && one.needs)) {
    const kind = row.path.split('/')[3];
    if (!ids[kind]?.any || ['keys', 'people', 'outbox'].includes(kind)) continue;
    const path = address(row, (k) => ids[k]?.any);
    const body = row.method === 'GET' ? undefined : {};
    const foreign = await house.call(row.method, path, { key: otherProgram, body });
    /* What is wrong with a body may be said before the object is looked for: that tells nothing of it. */
    const hidden = row.method === 'GET' ? [403, 404] : [403, 404, 422];
    if (!hidden.includes(foreign.status)) faults.push(`${row.method} ${path} of another programme: ${foreign.status} ${foreign.text.slice(0, 160)}`);
    if (row.method === 'GET' && row.roles.includes('manager')) {
      const near = await house.call('GET', `${path}?program_id=${house.program}`, { key: callers.manager.key });
      if (near.status >= 400) faults.push(`the control ${path}: ${near.status} ${near.text.slice(0, 160)}`);
      controls++;
    }
  }
  const asked = await house.call('GET', `/api/v1/partners?program_id=${house.program}`, { key: otherProgram });
  if (asked.status !== 404) faults.push(`naming the other programme: ${asked.status}`);
  assert.ok(controls >= 6, `only ${controls} controls`);
  tell(t, faults);
});

test('a test key reads and tries conversions, and changes nothing else', { timeout: 120_000 }, async (t) => {
  const faults = [];
  let refused = 0;
  for (const row of routes.filter((one) => isApi(one) && one.method !== 'GET' && one.needs)) {
    const answer = await knock(row, { key: shopKey });
    if (row.needs === 'conversions:write' ? answer.json?.code === 'test_key' : answer.json?.code !== 'test_key')
      faults.push(`${row.method} ${row.path}: ${answer.status} ${answer.json?.code}`);
    else refused++;
  }
  assert.ok(refused > 20);
  tell(t, faults);
});

test('a form without the token of its page is refused, with it it is taken', async () => {
  const cookies = new Map(callers.owner.cookies);
  const blind = await house.call('POST', '/manage/settings', { cookies, type: 'application/x-www-form-urlencoded', body: 'site_name=Eve' });
  assert.equal(blind.status, 403);
  const alien = await house.form('/manage/settings', { site_name: 'Eve', csrf: 'A'.repeat(43) }, { cookies: new Map(callers.manager.cookies), page: '/manage/me' });
  assert.equal(alien.status, 403);
  const foreign = await house.call('POST', '/manage/settings', { cookies, type: 'application/x-www-form-urlencoded', body: 'site_name=Eve',
    headers: { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' } });
  assert.equal(foreign.status, 403);
  const right = await house.form('/manage/settings', { site_name: 'Tea' }, { cookies });
  assert.equal(right.status, 303);
  assert.equal((await rows('/settings')).find((one) => one.name === 'site_name').value, 'Tea');
});

test('a recruiter reads that his partner sold and when, not which order it was', { timeout: 120_000 }, async () => {
  const of = `program_id=${house.program}`;
  const order = 'ORDER-OF-RUFUS';
  const rufus = await api('POST', `/partners?${of}`, { status: 201, body: { email: 'rufus@example.org', name: 'Rufus Reed', kind: 'blogger', recruited_by: ids.partners.mine } });
  await api('POST', `/partners/${rufus.id}/approve?${of}`, { body: {} });
  await api('POST', `/coupons?${of}`, { status: 201, body: { partner_id: rufus.id, code: 'RUFUS10' } });
  await api('POST', `/rules?${of}`, { status: 201, body: { kind: 'recruit', name: 'For Rufus', scope: { partner_id: rufus.id }, levels: [{ percent_bp: 1000 }] } });
  const { currency } = await api('GET', `/programs/${house.program}`);
  await new Promise((done) => setTimeout(done, 5)); /* a rule takes hold in the millisecond after it was made */
  const sale = await api('POST', `/conversions?${of}`, { status: 201, body: { order_id: order, amount: 50000, currency, coupon: 'RUFUS10' } });
  const bonus = sale.commissions.find((one) => one.partner_id === ids.partners.mine);
  const named = [order, sale.id];
  const addresses = ['/commissions', '/commissions?format=csv', `/commissions?order_id=${order}`, `/commissions/${bonus.id}`, `/commissions/${bonus.id}/receipt`];
  const reads = [...addresses.map((path) => [`/api/v1${path}`, { key: callers.partner.key }]),
    ...['/home', ...addresses].filter((path) => path !== `/commissions/${bonus.id}`).map((path) => [`/portal${path}`, { cookies: new Map(callers.partner.cookies) }])];
  for (const [path, caller] of reads) {
    const { status, text } = await house.call('GET', path, caller);
    assert.equal(status, 200, `${path}: ${text.slice(0, 200)}`);
    if (path.includes('order_id')) { /* whoever guesses it is not told that he is right */
      assert.ok(!text.includes(bonus.id), `${path} finds it`);
      continue;
    }
    for (const name of named) assert.ok(!text.includes(name), `${path} names ${name}`);
    assert.ok(text.includes('Rufus Reed'), `${path} does not say whose sale it is`);
  }
  const mine = await api('GET', `/commissions/${bonus.id}`, { key: callers.partner.key });
  assert.deepEqual([mine.id, mine.amount, mine.recruited_name, mine.occurred_at], [bonus.id, bonus.amount, 'Rufus Reed', sale.occurred_at]);
  /* The controls: the console names the order, and so does his own key to him whose sale it is. */
  const seen = await house.call('GET', `/api/v1/commissions/${bonus.id}?${of}`, { key: callers.manager.key });
  assert.deepEqual([seen.json.order_id, seen.json.conversion_id], named);
  const own = await api('POST', '/keys', { body: { name: 'Rufus', partner_id: rufus.id, program_id: house.program }, status: 201 });
  const his = await api('GET', `/commissions?order_id=${order}`, { key: own.key });
  assert.deepEqual(his.data.map((one) => [one.order_id, one.conversion_id]), [named]);
  /* An order that he lost to the one he recruited he may read, but not who won. */
  const [{ code }] = await rows('/links', `&partner_id=${ids.partners.mine}`);
  const click = new URL((await house.call('GET', `/c/${code}`, { headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } })).headers.get('location')).searchParams.get('tclid');
  const both = await api('POST', `/conversions?${of}`, { status: 201, body: { order_id: 'LOST-TO-RUFUS', amount: 50000, currency, coupon: 'RUFUS10', click } });
  assert.deepEqual([...new Set(both.commissions.map((one) => one.partner_id))], [rufus.id, ids.partners.mine]);
  const lost = await api('GET', `/conversions/${both.id}`, { key: callers.partner.key });
  assert.deepEqual([lost.attribution.losers.map((one) => one.partner_id), lost.commissions], [[ids.partners.mine], []]);
  const page = await house.call('GET', `/portal/conversions/${both.id}`, { cookies: new Map(callers.partner.cookies) });
  assert.equal(page.status, 200);
  for (const text of [JSON.stringify(lost), page.text])
    for (const name of ['Rufus', ...both.commissions.map((one) => one.id)]) assert.ok(!text.includes(name), name);
});
