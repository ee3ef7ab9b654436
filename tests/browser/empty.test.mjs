/* Pages where nothing has happened yet: a programme on its first day, on a desk and on a phone. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';
import { TOURS, judge, report, tour } from './tour.mjs';

let chrome;
before(async () => { chrome = await openChromium(); });
after(() => chrome?.close());

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

test('pages where nothing has happened yet are sound, on a phone as well', { timeout: 900_000 }, async (t) => {
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
