/* The main job, as people do it: a click, a sale, a commission, a payment, a statement. Once with scripts, and once
 * where everybody has switched them off. At each station, pages and API must name the same sum. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, minor, openChromium } from './chromium.mjs';

let chrome;
before(async () => { chrome = await openChromium(); });
after(async () => { await chrome?.close(); });

for (const scripts of [true, false]) {
  describe(scripts ? 'from a click to a statement' : 'from a click to a statement, scripts off', () => {
    let house, partner, manager, finance, visitor, link, order, commission, payout;
    const get = async (path) => {
      const answer = await house.call('GET', `/api/v1${path}`, { key: house.api_key });
      assert.equal(answer.status, 200, `${path}: ${answer.text}`);
      return answer.json;
    };
    /* A station needs the one before it. */
    let stopped = '';
    const station = (name, way) => test(name, { timeout: 120000 }, async (t) => {
      if (stopped) return t.skip(`after “${stopped}”`);
      stopped = name;
      await way();
      stopped = '';
    });
    const sitDown = () => Person.sitDown(chrome, house.base, { scripts });

    before(async () => {
      house = await House.demo();
      [partner, manager, finance, visitor] = await Promise.all([sitDown(), sitDown(), sitDown(), sitDown()]);
    });
    after(async () => {
      await Promise.all([partner, manager, finance, visitor].map((person) => person?.leave()));
      await house?.end();
    });

    station('the partner signs in and finds his link first', async () => {
      await partner.signIn(house.people.partner, house.password);
      link = await partner.page.locator('#link').inputValue();
      assert.ok(link.startsWith(`${house.base}/c/`), link);
      partner.hasNoComplaints('home');
    });

    station('a visitor follows it, chooses and buys', async () => {
      const page = await visitor.go(link);
      assert.equal(new URL(page.url()).pathname, '/shop');
      assert.match(page.url(), /tclid=/);
      await visitor.press(page.locator('a[href="/shop/p/kyusu"]'));
      await visitor.press(page.getByRole('link', { name: 'Buy', exact: true }));
      const price = minor(await page.locator('.sum .total .num').innerText());
      const reported = scripts ? page.waitForResponse((r) => new URL(r.url()).pathname === '/t/conversion') : null;
      await visitor.press('Place the order');
      if (reported) assert.ok((await reported).ok(), 'the page script reports the sale');
      const id = /order (KK-W\w+)/i.exec(await visitor.text('main'))[1];
      const told = (await get(`/conversions?order_id=${id}`)).data;
      assert.equal(told.length, 1);
      order = told[0];
      assert.equal(order.amount, price);
      assert.equal(order.attributed, true);
      visitor.hasNoComplaints('the shop');
    });

    station('his commission appears in the portal, with its receipt', async () => {
      [commission] = (await get(`/commissions?conversion_id=${order.id}`)).data;
      assert.equal(commission.status, 'pending');
      assert.ok(commission.amount > 0 && commission.amount < order.amount);
      await partner.page.reload();
      const row = partner.page.locator('tr', { hasText: order.order_id });
      assert.equal(minor(await row.locator('b').innerText()), commission.amount);
      assert.match(await row.innerText(), /Pending/);
      await partner.press(row.getByRole('link', { name: order.order_id }));
      assert.equal(minor(await partner.page.locator('.bignum').innerText()), commission.amount);
      assert.equal(minor(await partner.page.locator('.sum .total .num').innerText()), commission.earned_amount);
      partner.hasNoComplaints('the receipt');
    });

    station('the manager finds it by the order and approves it', async () => {
      await manager.signIn(house.people.manager, house.password);
      await manager.page.locator('#search').fill(order.order_id);
      await Promise.all([manager.page.waitForURL(/\/manage\/(search|debugger|conversions)/), manager.page.locator('#search').press('Enter')]);
      assert.match(await manager.text(), new RegExp(order.order_id));
      await manager.go(`/manage/debugger?o=${order.order_id}`);
      assert.match(await manager.text(), /Slow Cups/);
      await manager.go('/manage/commissions?status=pending');
      await manager.press(manager.page.getByRole('link', { name: order.order_id, exact: true }));
      assert.equal(minor(await manager.page.locator('.bignum').first().innerText()), commission.amount);
      await manager.press('Approve now');
      assert.match(await manager.text(), /Payable/);
      assert.equal((await get(`/commissions/${commission.id}`)).status, 'payable');
      manager.hasNoComplaints('the receipt in the console');
    });

    station('finance sees who would get what, confirms, and marks it paid', async () => {
      const due = (await get(`/partners/${commission.partner_id}/balance`)).EUR;
      await finance.signIn(house.people.finance, house.password);
      await finance.go('/manage/payouts');
      await finance.press(finance.page.getByRole('link', { name: 'Prepare a payout' }).first());
      const line = finance.page.locator('tr', { hasText: 'Slow Cups' });
      assert.equal(minor(await line.locator('b').innerText()), due.payable + due.carried);
      await finance.press('Confirm payout');
      payout = await get(`/payouts/${/pay_\w+/.exec(finance.page.url())[0]}`);
      assert.equal(minor(await finance.page.locator('.sum .total .num').innerText()), payout.amount);
      assert.equal(payout.lines.reduce((sum, one) => sum + one.amount, 0), payout.amount);
      await finance.press('Mark all as paid');
      payout = await get(`/payouts/${payout.id}`);
      assert.equal(payout.status, 'paid');
      assert.equal(await finance.page.getByRole('button', { name: 'Mark all as paid' }).count(), 0);
      const after = (await get(`/partners/${commission.partner_id}/balance`)).EUR;
      assert.deepEqual([after.payable, after.in_payout, after.paid], [0, due.in_payout, due.paid + due.payable]);
      finance.hasNoComplaints('the payout');
    });

    station('the bank file has the same lines and the same sum', async () => {
      const file = await house.call('GET', `/api/v1/payouts/${payout.id}/file?format=csv`, { key: house.api_key });
      assert.equal(file.status, 200);
      const rows = file.text.trim().split(/\r?\n/);
      assert.equal(rows.length, payout.lines.length + 1);
    });

    station('the partner opens the statement and sees the same sum', async () => {
      const paid = payout.lines.find((one) => one.partner_id === commission.partner_id);
      await partner.go('/portal/statements');
      const row = partner.page.locator('tbody tr').first();
      assert.equal(minor(await row.locator('b').innerText()), paid.amount);
      await partner.press(row.getByRole('link'));
      assert.equal(minor(await partner.page.locator('.doc .bignum').innerText()), paid.amount);
      assert.equal(minor(await partner.page.locator('.doc .sum .total .num').innerText()), paid.amount);
      const sums = await partner.page.locator('section[aria-labelledby="st2"] tbody td b').allInnerTexts();
      const taken = await partner.page.locator('section[aria-labelledby="st3"] tbody td.num').allInnerTexts();
      assert.equal([...sums, ...taken].reduce((sum, text) => sum + minor(text), 0), paid.amount, 'its lines sum up');
      const own = partner.page.locator('section[aria-labelledby="st2"] tr', { hasText: order.order_id });
      assert.equal(minor(await own.locator('b').innerText()), commission.amount);
      await partner.press(own.getByRole('link'));
      assert.match(await partner.text(), /Paid/);
      partner.hasNoComplaints('the statement');
    });
  });
}
