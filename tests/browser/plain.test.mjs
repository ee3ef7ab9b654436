/* What people do by forms, with scripts switched off: every page must work for them too. On the demo, by roles. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, minor, openChromium } from './chromium.mjs';

describe('with scripts off', () => {
  let chrome, house, owner, manager, finance, partner, partnerId;
  const get = async (path) => {
    const answer = await house.call('GET', `/api/v1${path}`, { key: house.api_key });
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    return answer.json;
  };
  const people = () => [owner, manager, finance, partner];

  before(async () => {
    [chrome, house] = await Promise.all([openChromium(), House.demo()]);
    [owner, manager, finance, partner] = await Promise.all([0, 1, 2, 3].map(() => Person.sitDown(chrome, house.base, { scripts: false })));
    for (const [person, role] of [[owner, 'owner'], [manager, 'manager'], [finance, 'finance'], [partner, 'partner']])
      await person.signIn(house.people[role], house.password);
    partnerId = (await get('/partners?limit=100')).data.find((one) => one.email === house.people.partner).id;
  });
  after(async () => {
    await Promise.all(people().map((person) => person?.leave()));
    await chrome?.close();
    await house?.end();
  });

  test('a rule begins, with its mistakes told first', async () => {
    const page = await manager.go('/manage/rules');
    await manager.press(page.getByRole('link', { name: 'New rule' }).first());
    await manager.trustNoBrowser();
    await manager.fill({ name: 'Matcha week', scope_partner_id: partnerId, scope_category: 'tea', reward_percent: 'fifteen' });
    await manager.press('Begin the rule');
    assert.deepEqual(Object.keys((await manager.mistakes()).beside), ['reward_percent']);
    assert.equal(await page.locator('#name').inputValue(), 'Matcha week');
    assert.equal(await page.locator('#scope_partner_id').inputValue(), partnerId, 'a choice stays chosen');
    await manager.fill({ reward_percent: '15' });
    await manager.press('Begin the rule');
    const made = (await get('/rules')).data.find((one) => one.name === 'Matcha week');
    assert.equal(made.reward.percent_bp, 1500);
    await manager.go('/manage/rules');
    assert.match(await manager.text(), /Matcha week/);
    manager.hasNoComplaints('rules');
  });

  test('a coupon is made, and its code cannot be had twice', async () => {
    const page = await manager.go('/manage/coupons/new');
    await manager.fill({ partner_id: partnerId, code: 'winter-tea', max_uses: '1500', note: '10 % off' });
    await manager.press('Save');
    await manager.go('/manage/coupons/new');
    await manager.fill({ partner_id: partnerId, code: 'WINTER-TEA' });
    await manager.press('Save');
    assert.deepEqual(Object.keys((await manager.mistakes()).beside), ['code']);
    assert.equal(await page.locator('#code').inputValue(), 'WINTER-TEA');
    const coupon = (await get('/coupons?limit=100')).data.find((one) => /winter-tea/i.test(one.code));
    assert.equal(coupon.max_uses, 1500);
    await manager.go(`/manage/coupons/${coupon.id}`);
    assert.equal(await page.locator('#max_uses').inputValue(), '1500');
    await manager.press('Save');
    assert.equal((await get(`/coupons/${coupon.id}`)).max_uses, 1500);
    manager.hasNoComplaints('coupons');
  });

  test('a bonus is given, held, released; the partner reads why', async () => {
    const page = await manager.go(`/manage/commissions/new?partner_id=${partnerId}`);
    assert.equal(await page.locator('#partner_id').inputValue(), partnerId);
    await manager.fill({ kind: 'bonus', amount: '0', reason: 'For the film about the kiln' });
    await manager.press('Add');
    assert.deepEqual(Object.keys((await manager.mistakes()).beside), ['amount']);
    await manager.fill({ amount: '25,00' });
    await manager.press('Add');
    const bonus = (await get(`/commissions?partner_id=${partnerId}&kind=bonus`)).data[0];
    assert.equal(bonus.amount, 2500);
    await partner.go(`/portal/commissions/${bonus.id}/receipt`);
    assert.match(await partner.text(), /For the film about the kiln/);
    assert.equal(minor(await partner.page.locator('.bignum').innerText()), 2500);
    partner.hasNoComplaints('the receipt of a bonus');
  });

  test('several commissions are held at once: seen first, then confirmed', async () => {
    const page = await manager.go(`/manage/commissions?status=pending&partner_id=${partnerId}`);
    const boxes = page.locator('tbody input[type="checkbox"]');
    const ids = [await boxes.nth(0).inputValue(), await boxes.nth(1).inputValue()];
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await manager.press(page.locator('.bulk button[value="hold"]'));
    assert.match(await manager.text(), /2/);
    await manager.fill({ reason: 'own_order', note: 'We ask the buyer.' });
    await manager.press(page.locator('main form button[type="submit"]').last());
    for (const id of ids) assert.equal((await get(`/commissions/${id}`)).status, 'held');
    await partner.go(`/portal/commissions/${ids[0]}/receipt`);
    assert.match(await partner.text(), /Held/);
    assert.match(await partner.text(), /We ask the buyer/);
    await manager.go(`/manage/commissions/${ids[0]}/receipt`);
    await manager.press('Release');
    assert.equal((await get(`/commissions/${ids[0]}`)).status, 'pending');
    await manager.go(`/manage/commissions/${ids[1]}/receipt`);
    await page.locator('button[popovertarget="decline"]').click();
    await page.locator('#decline-reason').selectOption('own_order');
    await manager.press(page.locator('#decline button[type="submit"]'));
    assert.equal((await get(`/commissions/${ids[1]}`)).status, 'declined');
    manager.hasNoComplaints('the moves');
  });

  test('goods come back: a refund by form, and no more than the order', async () => {
    const sale = (await get(`/commissions?partner_id=${partnerId}&status=pending`)).data.find((one) => one.conversion_id && one.amount > 200);
    const page = await manager.go(`/manage/conversions/${sale.conversion_id}`);
    const form = 'form[action$="/refunds"]';
    await page.getByText('Record a refund').first().click();
    await manager.fill({ refund_id: 'R-form-1', amount: '100000' }, form);
    await manager.press(page.locator(`${form} button[type="submit"]`));
    assert.deepEqual(Object.keys((await manager.mistakes()).beside), ['amount']);
    assert.equal(await page.locator('#refund_id').inputValue(), 'R-form-1');
    await manager.fill({ amount: (sale.base_amount / 200).toFixed(2), reason: 'one cup too many' }, form);
    await manager.press(page.locator(`${form} button[type="submit"]`));
    const after = await get(`/commissions/${sale.id}`);
    assert.ok(after.reversed_amount > 0 && after.amount === sale.amount - after.reversed_amount, `${after.amount} of ${sale.amount}`);
    await partner.go(`/portal/commissions/${sale.id}/receipt`);
    assert.match(await partner.text(), /Came back/);
    assert.equal(minor(await partner.page.locator('.bignum').innerText()), after.amount);
    manager.hasNoComplaints('the refund');
  });

  test('orders come as a file: its mistakes by line, then what is sound', async () => {
    const page = await manager.go('/manage/conversions/upload');
    const rows = ['order_id,amount,currency,coupon', 'F-1,19.90,EUR,ANNA10', 'F-2,-5,EUR,', 'F-3,12.345,EUR,', 'F-4,40.00,EUR,ANNA10', ''].join('\n');
    await page.locator('#file').setInputFiles({ name: 'orders.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
    await manager.press('Show what it would do');
    const text = await manager.text();
    assert.match(text, /F-2/);
    assert.match(text, /F-3/);
    assert.equal((await get('/conversions?order_id=F-1')).data.length, 0, 'nothing is recorded by looking');
    await manager.press('Record the new orders');
    const [first] = (await get('/conversions?order_id=F-1')).data;
    assert.deepEqual([first.amount, first.attributed], [1990, true]);
    assert.equal((await get('/conversions?order_id=F-4')).data.length, 1);
    assert.equal((await get('/conversions?order_id=F-2')).data.length, 0);
    manager.hasNoComplaints('the upload');
  });

  test('a payout: one line fails with a reason and is payable again', async () => {
    const page = await finance.go('/manage/payouts/new');
    await finance.press('Confirm payout');
    const id = /pay_\w+/.exec(page.url())[0];
    const line = page.locator('tr', { hasText: 'Slow Cups' });
    const before = (await get(`/payouts/${id}`)).lines.find((one) => one.partner_id === partnerId);
    await line.getByRole('button', { name: 'Mark as failed' }).click();
    await page.locator(`#r-${before.id}`).fill('The bank does not know the account');
    await finance.press(page.locator(`#fail-${before.id} button[type="submit"]`));
    const failed = (await get(`/payouts/${id}`)).lines.find((one) => one.partner_id === partnerId);
    assert.equal(failed.status, 'failed');
    assert.equal((await get(`/partners/${partnerId}/balance`)).EUR.payable, before.amount);
    await finance.press(page.locator('form[action$="/paid"] button').nth(1));
    await finance.press('Mark all as paid');
    assert.equal((await get(`/payouts/${id}`)).pending_count, 0);
    await partner.go('/portal/statements');
    assert.match(await partner.text(), /failed/i);
    assert.match(await partner.text(), /does not know the account/);
    finance.hasNoComplaints('the payout');
  });

  test('the partner tells how to be paid; staff sees the end of the account', async () => {
    const page = await partner.go('/portal/profile');
    await partner.fill({ payout_method: 'bank', payout_account: 'SE35 5000 0000 0549 1000 0003', payout_name: 'Anna Lindqvist', tax_id: 'SE123456789001', country: 'se' });
    await partner.press('Save');
    assert.deepEqual((await partner.mistakes()).beside, {});
    await partner.go('/portal/profile');
    assert.equal(await page.locator('#payout_account').inputValue(), 'SE3550000000054910000003');
    await partner.fill({ payout_account: 'SE3550000000054910000004' });
    await partner.press('Save');
    assert.deepEqual(Object.keys((await partner.mistakes()).beside), ['payout_account'], 'its check digits do not fit');
    await manager.go(`/manage/partners/${partnerId}`);
    assert.match(await manager.text(), /0003/);
    assert.ok(!(await manager.page.content()).includes('00549'), 'managers see its end and no more');
    partner.hasNoComplaints('the profile');
  });

  test('new terms begin; the partner is asked, reads and accepts', async () => {
    await owner.go('/manage/program/terms');
    await owner.fill({ body: '# Terms\n\nAs before, and **thirteen** percent in January.', summary: 'Thirteen percent in January' });
    await owner.press('Begin this version');
    const page = await partner.go('/portal/home');
    assert.match(await partner.text(), /The terms have a new version/);
    await partner.press(page.getByRole('link', { name: 'Read and accept' }));
    assert.match(await partner.text(), /thirteen/);
    await partner.press(page.getByRole('button', { name: /^Accept version/ }));
    assert.equal((await get(`/partners/${partnerId}`)).terms_version, 3);
    await partner.go('/portal/home');
    assert.doesNotMatch(await partner.text(), /The terms have a new version/);
    owner.hasNoComplaints('the terms');
  });

  test('a colleague is invited, chooses a password by the mail in the outbox, and sees what his role may', async () => {
    await owner.go('/manage/people');
    await owner.fill({ email: 'olga@kettleandkiln.example', name: 'Olga Nowak', role: 'viewer' }, 'form[action="/manage/people"]');
    await owner.press(owner.page.locator('form[action="/manage/people"] button[type="submit"]'));
    const link = await mailTo('olga@kettleandkiln.example', /./);
    const olga = await Person.sitDown(chrome, house.base, { scripts: false });
    await olga.go(link);
    await olga.fill({ password: 'a kettle for the viewer' });
    await olga.press(olga.page.locator('main button[type="submit"]'));
    assert.match(olga.page.url(), /\/manage/);
    await olga.go('/manage/payouts');
    assert.equal(await olga.page.getByRole('link', { name: 'Prepare a payout' }).count(), 0);
    await olga.go('/manage/people', 403).catch(() => {});
    await olga.go(link, 404).catch(() => {});
    olga.complaints.length = 0;
    await olga.leave();
  });

  test('a forgotten password is chosen anew by mail, and the old one ends', async () => {
    const anna = await Person.sitDown(chrome, house.base, { scripts: false });
    await anna.go('/sign-in');
    await anna.press(anna.page.getByRole('link', { name: 'Forgot the password?' }));
    await anna.fill({ email: house.people.partner });
    await anna.press('Send the link');
    await anna.go(await mailTo(house.people.partner, /A new password/));
    await anna.fill({ password: 'slow cups and slow mornings' });
    await anna.press(anna.page.locator('main button[type="submit"]'));
    assert.match(anna.page.url(), /\/portal/);
    await partner.go('/portal/home');
    assert.match(partner.page.url(), /\/sign-in/, 'she is signed out elsewhere');
    await partner.signIn(house.people.partner, 'slow cups and slow mornings');
    await anna.leave();
  });

  test('a note stays with the partner, a suspension stops her link, and both are in the audit log', async () => {
    const page = await manager.go(`/manage/partners/${partnerId}`);
    await page.locator('form[action$="/notes"] textarea').fill('Plans a kiln visit in January.');
    await manager.press(page.locator('form[action$="/notes"] button[type="submit"]'));
    assert.match(await manager.text(), /Plans a kiln visit/);
    await owner.go('/manage/audit');
    assert.match(await owner.text(), /Marta/);
    manager.hasNoComplaints('the partner');
  });

  test('pages that only scripts make handy are still whole: plot, table, languages, look', async () => {
    const page = await owner.go('/manage/today');
    assert.ok(await page.locator('.plot > svg').first().isVisible());
    await page.locator('details.data summary').first().click();
    assert.ok(await page.locator('details.data[open] table').first().isVisible());
    await page.locator('[popovertarget="me"]').click();
    await owner.press(page.locator('#me a[data-theme-toggle]'));
    assert.match(await page.locator('html').getAttribute('data-theme'), /dark|light/);
    await page.locator('[popovertarget="choose-period"]').click();
    await owner.fill({ from: '2026-10-01', to: '2026-10-31' }, '#choose-period');
    await owner.press(page.locator('#choose-period button[type="submit"]'));
    assert.match(page.url(), /from=2026-10-01/);
    await owner.press(page.locator('a[hreflang="pl"]').first());
    assert.equal(await page.locator('html').getAttribute('lang'), 'pl');
    owner.hasNoComplaints('today');
  });

  /* The link in the newest mail to somebody, as the owner reads it in the outbox. */
  async function mailTo(address, subject) {
    const row = owner.page.locator('tr', { hasText: address }).filter({ hasText: subject }).first();
    for (let tries = 0; tries < 50; tries++) {
      await owner.go('/manage/outbox?lang=en');
      if (await row.count()) break;
      await new Promise((done) => { setTimeout(done, 100); });
    }
    await owner.press(row.getByRole('link').first());
    return owner.page.locator('main .prose a[href*="/welcome/"], main .prose a[href*="/reset/"], main .prose a').first().getAttribute('href');
  }
});
