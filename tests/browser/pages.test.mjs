/* Every page a person can reach by the navigation, and a few more: sound markup, access without a fault, nothing in
   the console, nothing wider than a phone; light and dark, in three languages, with scripts and without. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';
import { access, markup } from './judges.mjs';

let house, chrome;
before(async () => {
  house = await House.demo();
  chrome = await openChromium();
});
after(async () => {
  await chrome?.close();
  await house?.end();
});

/* The pages behind the links of a page, the navigation's first, one of each kind. */
async function linksOf(page, prefix) {
  const found = await page.$$eval('a[href]', (all) => all.map((a) => a.getAttribute('href')));
  const kinds = new Map();
  for (const href of found) {
    if (!href.startsWith(prefix) || /format=|\/theme\/|lang=|\.csv|\/file|\/qr/.test(href)) continue;
    const path = href.split('#')[0];
    const kind = path.split('?')[0].replace(/[a-z]{3}_[0-9a-z]{13}/g, '{id}');
    if (!kinds.has(kind)) kinds.set(kind, path);
  }
  return [...kinds.values()];
}

/* Two steps from the first page. */
async function tour(page, start, prefix) {
  await page.goto(start);
  const seen = new Map();
  const waiting = [start, ...await linksOf(page, prefix)];
  for (let round = 0; round < 2; round++) {
    for (const path of waiting.splice(0)) {
      const kind = path.split('?')[0].replace(/[a-z]{3}_[0-9a-z]{13}/g, '{id}');
      if (seen.has(kind)) continue;
      seen.set(kind, path);
      if (round === 0) {
        const answer = await page.goto(path);
        if (answer?.ok() && /html/.test(answer.headers()['content-type'] ?? '')) waiting.push(...await linksOf(page, prefix));
      }
    }
  }
  for (const path of waiting) {
    const kind = path.split('?')[0].replace(/[a-z]{3}_[0-9a-z]{13}/g, '{id}');
    if (!seen.has(kind)) seen.set(kind, path);
  }
  return [...seen.values()];
}

async function judge(page, path, faults, { deep = true } = {}) {
  const answer = await page.goto(path);
  const say = (what) => faults.push(`${path}: ${what}`);
  if (!answer) return say('no answer');
  if (answer.status() >= 400) return say(`status ${answer.status()}`);
  if (!/html/.test(answer.headers()['content-type'] ?? '')) return undefined;
  const took = Number(/dur=([\d.]+)/.exec(answer.headers()['server-timing'] ?? '')?.[1] ?? 0);
  if (took > 500) say(`made in ${took} ms`);
  for (const fault of await markup(await answer.text())) say(fault);
  if (deep) for (const fault of await access(page)) say(fault);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) say(`${wide} px wider than the screen`);
  return undefined;
}

/* Each fault once, with how often it came; ids and positions left out. */
function report(t, faults, person) {
  const kinds = new Map();
  for (const fault of [...faults, ...person.complaints]) {
    const kind = fault.replace(/[a-z]{3}_[0-9a-z]{13}/g, '{id}').replace(/ at \d+:\d+/, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const [kind, count] of kinds) t.diagnostic(`${count} × ${kind}`);
  assert.equal(kinds.size, 0, `${kinds.size} kinds of faults, listed above`);
}

const TOURS = [
  { who: 'owner', start: '/manage', prefix: '/manage' },
  { who: 'partner', start: '/portal', prefix: '/portal' },
  { who: null, start: '/p/kettle-and-kiln', prefix: '/p/' },
];
const STRANGERS = ['/sign-in', '/forgot', '/shop'];

for (const { who, start, prefix } of TOURS) {
  test(`pages of ${who ?? 'a stranger'} are sound, open to everybody and quiet`, { timeout: 400_000 }, async (t) => {
    const person = await Person.sitDown(chrome, house.base);
    const page = person.page;
    if (who) await person.signIn(house.people[who], house.password);
    const paths = [...await tour(page, start, prefix), ...(who ? [] : STRANGERS)];
    assert.ok(paths.length >= (who ? 8 : 4), `only ${paths.length} pages: ${paths}`);
    t.diagnostic(`${paths.length} pages`);
    const faults = [];
    for (const path of paths) await judge(page, path, faults);
    report(t, faults, person);
    await person.leave();
  });

  test(`pages of ${who ?? 'a stranger'} fit a phone, in the dark, in Russian`, { timeout: 400_000 }, async (t) => {
    const person = await Person.sitDown(chrome, house.base, { width: 390, height: 844, touch: true, dark: true });
    const page = person.page;
    if (who) await person.signIn(house.people[who], house.password);
    await page.goto('/sign-in?lang=ru');
    const paths = [...await tour(page, start, prefix), ...(who ? [] : STRANGERS)];
    const faults = [];
    for (const path of paths) await judge(page, path, faults);
    report(t, faults, person);
    await person.leave();
  });
}

/* A programme on its first day, and its first partner. */
async function firstDay(fresh) {
  const call = async (method, path, body) => {
    const answer = await fresh.call(method, `/api/v1${path}`, { key: fresh.api_key, body });
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`);
    return answer.json;
  };
  const program = await call('POST', '/programs', { name: 'Pots', slug: 'pots', currency: 'EUR', allowed_domains: ['pots.example'],
    landing_url: 'https://pots.example/', commission: { percent_bp: 800 } });
  const partner = await call('POST', '/partners', { program_id: program.id, email: 'first@garnek.example', name: 'Garnek', website: 'https://garnek.example/', kind: 'blogger' });
  await call('POST', `/partners/${partner.id}/approve`, {});
}

async function linkOfMail(owner, address) {
  await owner.go('/manage/outbox');
  await owner.press(owner.page.locator('tr', { hasText: address }).getByRole('link').first());
  return owner.page.locator('main a[href*="/welcome/"]').first().getAttribute('href');
}

test('pages where nothing has happened yet are sound, on a phone as well', { timeout: 400_000 }, async (t) => {
  const fresh = await House.build();
  t.after(() => fresh.end());
  await firstDay(fresh);
  const faults = [];
  let count = 0, welcome, isWelcomed = false;
  for (const screen of [{}, { width: 390, height: 844, touch: true, dark: true }]) {
    for (const { who, start, prefix } of [TOURS[0], TOURS[1], { start: '/p/pots', prefix: '/p/' }]) {
      const person = await Person.sitDown(chrome, fresh.base, screen);
      if (who === 'owner') await person.signIn(fresh.owner.email, fresh.owner.password);
      if (who === 'owner' && !welcome) welcome = await linkOfMail(person, 'first@garnek.example');
      if (who === 'partner' && !isWelcomed) {
        await person.go(welcome);
        await person.fill({ password: 'three soups on a stove' });
        await person.press(person.page.locator('main button[type="submit"]'));
        isWelcomed = true;
      } else if (who === 'partner') await person.signIn('first@garnek.example', 'three soups on a stove');
      const paths = await tour(person.page, start, prefix);
      count += paths.length;
      for (const path of paths) await judge(person.page, path, faults);
      faults.push(...person.complaints);
      await person.leave();
    }
  }
  t.diagnostic(`${count} pages`);
  assert.ok(count > 60, `only ${count}`);
  report(t, faults, { complaints: [] });
});

test('what axe and the validator would find is found', async () => {
  const person = await Person.sitDown(chrome, house.base);
  const { page } = person;
  await page.setContent('<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1><img src="/x.png"><input></main></body></html>');
  const faults = await access(page);
  assert.ok(faults.some((fault) => fault.startsWith('image-alt')), String(faults));
  assert.ok(faults.some((fault) => fault.startsWith('label')), String(faults));
  assert.ok((await markup('<p style="color:red">x</div>')).length >= 2);
  await person.leave();
});
