/* What a person without a mouse does: skips, opens, closes, searches, and sees where he is. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';

let chrome, house;
before(async () => { [chrome, house] = await Promise.all([openChromium(), House.demo()]); });
after(async () => {
  await chrome?.close();
  await house?.end();
});

describe('the keyboard', () => {
  let person;
  before(async () => {
    person = await Person.sitDown(chrome, house.base);
    await person.signIn(house.people.owner, house.password);
  });
  after(() => person?.leave());

  test('the first Tab offers the way past the menu', async () => {
    const page = await person.go('/manage/today');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
    const box = await page.locator('.skip').boundingBox();
    assert.ok(box.y >= 0 && box.x >= 0, 'it comes into sight');
    await page.keyboard.press('Enter');
    assert.match(page.url(), /#content$/);
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('main')), 'the next stop is in the content');
  });

  test('menus open by key and close by Escape, and give the focus back', async () => {
    const page = await person.go('/manage/today');
    await page.locator('[popovertarget="me"]').focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('#me').isVisible());
    await page.keyboard.press('Tab');
    assert.ok(await page.evaluate(() => document.activeElement.closest('#me')), 'Tab goes into it');
    await page.keyboard.press('Escape');
    assert.ok(!(await page.locator('#me').isVisible()));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('popovertarget')), 'me');
  });

  test('on a phone the rail is a menu that Escape closes', async () => {
    const page = await person.go('/manage/today');
    await page.setViewportSize({ width: 390, height: 800 });
    assert.ok(!(await page.locator('#rail').isVisible()));
    await page.locator('[popovertarget="rail"]').click();
    assert.ok(await page.locator('#rail').isVisible());
    await page.keyboard.press('Escape');
    assert.ok(!(await page.locator('#rail').isVisible()));
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  test('“/” is in the search at once', async () => {
    const page = await person.go('/manage/today');
    await page.keyboard.press('/');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'search');
    await page.keyboard.type('cups');
    await Promise.all([page.waitForURL(/search\?q=cups/), page.keyboard.press('Enter')]);
    assert.match(await person.text(), /Slow Cups/);
  });

  test('every stop of a page shows where one is', async () => {
    const page = await person.go('/manage/commissions');
    const unseen = [];
    for (let i = 0; i < 30; i += 1) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        const box = e.getBoundingClientRect();
        return { ok: (style.outlineStyle !== 'none' || style.boxShadow !== 'none') && box.width > 0 && box.height > 0, what: e.outerHTML.slice(0, 120) };
      });
      if (!seen.ok) unseen.push(seen.what);
    }
    assert.deepEqual(unseen, []);
  });
});
