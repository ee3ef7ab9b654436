/* A house is opened: init, signing in, a programme made with a few mistakes on the way, an application, a decision, and
 * the new partner's first link. With scripts and without. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';

let chrome;
before(async () => { chrome = await openChromium(); });
after(async () => { await chrome?.close(); });

for (const scripts of [true, false]) {
  describe(scripts ? 'a house is opened' : 'a house is opened, scripts off', () => {
    let house, owner, applicant, welcome;
    const get = async (path) => (await house.call('GET', `/api/v1${path}`, { key: house.api_key })).json;
    let stopped = '';
    const station = (name, way) => test(name, { timeout: 120000 }, async (t) => {
      if (stopped) return t.skip(`after “${stopped}”`);
      stopped = name;
      await way();
      stopped = '';
    });

    before(async () => {
      house = await House.build({ email: 'helena@pots.example' });
      [owner, applicant] = await Promise.all([Person.sitDown(chrome, house.base, { scripts }), Person.sitDown(chrome, house.base, { scripts })]);
    });
    after(async () => {
      await Promise.all([owner?.leave(), applicant?.leave()]);
      await house?.end();
    });

    station('a wrong password is told kindly and the right one opens the wizard', async () => {
      await owner.go('/sign-in');
      await owner.fill({ email: house.owner.email, password: 'not this one at all' });
      await owner.press('Sign in');
      assert.match(await owner.text(), /E-mail or password is not right/);
      assert.equal(await owner.page.locator('#email').inputValue(), house.owner.email, 'the address stays');
      await owner.fill({ password: house.owner.password });
      await owner.press('Sign in');
      assert.equal(new URL(owner.page.url()).pathname, '/manage/welcome');
      owner.hasNoComplaints('the wizard');
    });

    station('mistakes are told beside their fields, and nothing that was typed is lost', async () => {
      const terms = 'Pay is fair.\n\n## Money\n\nTwelve <b>percent</b> & "more".';
      await owner.trustNoBrowser();
      await owner.fill({ name: 'Pots & Pans', landing_url: 'pots', commission_percent: 'a lot', window_days: '0', hold_days: '14', minimum_payout: '1,2,3', terms });
      await owner.press('Make the programme');
      const { beside, summary, focused } = await owner.mistakes();
      assert.deepEqual(Object.keys(beside).sort(), ['commission_percent', 'landing_url', 'minimum_payout', 'window_days']);
      for (const [field, message] of Object.entries(beside)) assert.ok(message.length > 8, `${field} says what is wrong`);
      assert.equal(summary.length, 4, 'the summary names each');
      if (scripts) assert.match(focused, /error-summary/, 'the summary is read first');
      const kept = (name) => owner.page.locator(`[name="${name}"]:not([type="hidden"])`).inputValue();
      assert.equal(await kept('name'), 'Pots & Pans');
      assert.equal(await kept('commission_percent'), 'a lot');
      assert.equal(await kept('window_days'), '0');
      assert.equal(await kept('hold_days'), '14');
      assert.equal((await kept('terms')).replaceAll('\r', ''), terms);
      owner.hasNoComplaints('the wizard');
    });

    station('put right, the programme stands, by page and by API', async () => {
      await owner.fill({ landing_url: 'https://pots.example/', commission_percent: '12,5', window_days: '45', minimum_payout: '20' });
      await owner.press('Make the programme');
      const { data: [program] } = await get('/programs');
      assert.equal(program.name, 'Pots & Pans');
      assert.deepEqual([program.window_days, program.hold_days, program.minimum_payout], [45, 14, 2000]);
      assert.equal(program.commission.percent_bp, 1250);
      assert.deepEqual(program.allowed_domains, ['pots.example']);
      const page = await applicant.go(`/p/${program.slug}`);
      const text = await applicant.text('body');
      assert.match(text, /12\.5\s*%/);
      assert.match(text, /45 days/);
      assert.match(text, /€20/);
      await applicant.press(page.getByRole('link', { name: 'Version 1' }).first());
      assert.match(await applicant.text(), /Twelve/);
      assert.equal(await page.locator('main b').count(), 0, 'no markup of an author goes through');
      applicant.hasNoComplaints('the public page');
    });

    station('settings that are saved unchanged stay as they are', async () => {
      const before = (await get('/programs')).data[0];
      await owner.go('/manage/program');
      await owner.press('Save');
      const after = (await get('/programs')).data[0];
      assert.deepEqual({ ...after, updated_at: 0 }, { ...before, updated_at: 0 });
      await owner.fill({ repeat_minutes: '1440', hold_days: '21', questions: 'What do you cook with?*', description: 'Pots, and how to use them.' });
      await owner.press('Save');
      assert.equal(await owner.page.locator('#repeat_minutes').inputValue(), '1440', 'as it can be typed again');
      await owner.press('Save');
      const saved = (await get('/programs')).data[0];
      assert.deepEqual([saved.repeat_minutes, saved.hold_days], [1440, 21]);
      owner.hasNoComplaints('the settings');
    });

    station('an application with mistakes comes back whole, and then arrives', async () => {
      const page = await applicant.go(`/p/${(await get('/programs')).data[0].slug}`);
      await applicant.press(page.getByRole('link', { name: 'Apply', exact: true }).first());
      const about = 'Two recipes a week, "slow" ones & <quick> ones.';
      const question = await page.locator('label', { hasText: 'What do you cook with?' }).getAttribute('for');
      await applicant.fill({ name: 'Zofia Ćwiek-Łąpińska', email: 'zofia', website: 'not an address', about, kind: 'niche' });
      await applicant.press('Send the application');
      const { beside } = await applicant.mistakes();
      assert.deepEqual(Object.keys(beside).sort(), ['email', question, 'terms', 'website'].sort());
      assert.equal(await page.locator('#name').inputValue(), 'Zofia Ćwiek-Łąpińska');
      assert.equal(await page.locator('#about').inputValue(), about);
      assert.ok(await page.locator('[name="kind"][value="niche"]').isChecked());
      await applicant.fill({ email: 'zofia@garnek.example', country: 'pl', website: 'https://garnek.example', [question]: 'Cast iron.', terms: true });
      await applicant.press('Send the application');
      assert.match(page.url(), /\/applied/);
      assert.match(await applicant.text(), /has arrived/);
      applicant.hasNoComplaints('the application');
    });

    station('the owner reads it, decides, and the mail says so', async () => {
      await owner.go('/manage/applications');
      const text = await owner.text();
      assert.match(text, /Zofia Ćwiek-Łąpińska/);
      assert.match(text, /Cast iron/);
      assert.match(text, /version 1/);
      await owner.fill({ decision: 'approve', note: 'Welcome, and thank you for the soups.' });
      await owner.press('Send decision');
      const { data: [partner] } = await get('/partners');
      assert.deepEqual([partner.status, partner.terms_version, partner.country], ['approved', 1, 'PL']);
      await owner.go('/manage/outbox');
      await owner.press(owner.page.locator('tr', { hasText: 'zofia@garnek.example' }).getByRole('link').first());
      assert.match(await owner.text(), /thank you for the soups/);
      welcome = await owner.page.locator('main a[href*="/welcome/"], main a[href*="token"], main .prose a').first().getAttribute('href');
      assert.ok(welcome, 'the mail carries a link');
      owner.hasNoComplaints('the mail');
    });

    station('by the link of the mail the partner chooses a password and is in her portal', async () => {
      const page = await applicant.go(welcome);
      await applicant.fill({ password: 'short' });
      await applicant.trustNoBrowser();
      await applicant.press(page.locator('main button[type="submit"]'));
      assert.equal(Object.keys((await applicant.mistakes()).beside).join(), 'password');
      await applicant.fill({ password: 'three soups on a stove' });
      await applicant.press(page.locator('main button[type="submit"]'));
      assert.match(page.url(), /\/portal/);
      assert.match(await applicant.text(), /Zofia Ćwiek-Łąpińska/);
      assert.match(await page.locator('#link').inputValue(), new RegExp(`^${house.base}/c/`));
      applicant.hasNoComplaints('the portal');
      await applicant.context.clearCookies();
      await applicant.signIn('zofia@garnek.example', 'three soups on a stove');
      assert.match(page.url(), /\/portal/);
    });

    station('her link to a page of the shop: another shop is refused, her own way recorded', async () => {
      const page = await applicant.go('/portal/links');
      await applicant.fill({ target_url: 'https://elsewhere.example/soup' });
      await applicant.press('Make the link');
      assert.deepEqual(Object.keys((await applicant.mistakes()).beside), ['target_url']);
      assert.equal(await page.locator('#target_url').inputValue(), 'https://elsewhere.example/soup');
      await applicant.fill({ target_url: 'https://pots.example/soup?size=5#lid', code: 'soup', name: 'Soup pot' });
      await applicant.press('Make the link');
      assert.match(await applicant.text(), /Soup pot/);
      assert.match(await applicant.text(), /\/c\/soup/);
      const led = await house.call('GET', '/c/soup', { headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' } });
      assert.equal(led.status, 302);
      assert.match(led.headers.get('location'), /^https:\/\/pots\.example\/soup\?size=5&tclid=[\w-]+#lid$/);
      await applicant.go('/portal/clicks');
      assert.match(await applicant.text(), /1 row here/);
      applicant.hasNoComplaints('the links');
    });
  });
}
