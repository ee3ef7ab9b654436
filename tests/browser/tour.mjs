/* The pages that a person can reach by the navigation, and what is looked at on each: sound markup, access without a fault,
   nothing in the console, nothing wider than a phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';
import { access, markup } from './judges.mjs';

export const TOURS = [
  { who: 'owner', start: '/manage', prefix: '/manage' },
  { who: 'partner', start: '/portal', prefix: '/portal' },
  { who: null, start: '/p/kettle-and-kiln', prefix: '/p/' },
];

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
export async function tour(page, start, prefix) {
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

export async function judge(page, path, faults, { deep = true } = {}) {
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
export function report(t, faults, person) {
  const kinds = new Map();
  for (const fault of [...faults, ...person.complaints]) {
    const kind = fault.replace(/[a-z]{3}_[0-9a-z]{13}/g, '{id}').replace(/ at \d+:\d+/, '');
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  for (const [kind, count] of kinds) t.diagnostic(`${count} × ${kind}`);
  assert.equal(kinds.size, 0, `${kinds.size} kinds of faults, listed above`);
}

/* The demo's pages of some, on a desk, and on a phone in the dark in Russian; `beside`: pages of strangers that nothing
   leads to. */
export function looksAt(tours, beside = []) {
  let house, chrome;
  before(async () => {
    house = await House.demo();
    chrome = await openChromium();
  });
  after(async () => {
    await chrome?.close();
    await house?.end();
  });
  for (const { who, start, prefix } of tours) {
    test(`pages of ${who ?? 'a stranger'} are sound, open to everybody and quiet`, { timeout: 900_000 }, async (t) => {
      const person = await Person.sitDown(chrome, house.base);
      const page = person.page;
      if (who) await person.signIn(house.people[who], house.password);
      const paths = [...await tour(page, start, prefix), ...(who ? [] : beside)];
      assert.ok(paths.length >= (who ? 8 : 4), `only ${paths.length} pages: ${paths}`);
      t.diagnostic(`${paths.length} pages`);
      const faults = [];
      for (const path of paths) await judge(page, path, faults);
      report(t, faults, person);
      await person.leave();
    });

    test(`pages of ${who ?? 'a stranger'} fit a phone, in the dark, in Russian`, { timeout: 900_000 }, async (t) => {
      const person = await Person.sitDown(chrome, house.base, { width: 390, height: 844, touch: true, dark: true });
      const page = person.page;
      if (who) await person.signIn(house.people[who], house.password);
      await page.goto('/sign-in?lang=ru');
      const paths = [...await tour(page, start, prefix), ...(who ? [] : beside)];
      const faults = [];
      for (const path of paths) await judge(page, path, faults);
      report(t, faults, person);
      await person.leave();
    });
  }
}
