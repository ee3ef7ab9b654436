/* Every page for every body: axe without violations in light and dark, HTML without errors, nothing wider than a small
 * phone, no complaint of the browser, and a keyboard that reaches everything. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';
import { STATUS, pagesOf } from './pages.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const html = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'long-title': 'off', // a page's title is as long as the name of what it shows
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'tel-non-breaking': 'off', // order numbers are not telephones
    'form-dup-name': ['error', { shared: ['radio', 'checkbox', 'button', 'submit', 'hidden'] }],
    'prefer-native-element': ['error', { exclude: ['region', 'list'] }],
  },
});

const only = process.env.PAGES;
let chrome, house, pages;
before(async () => {
  [chrome, house] = await Promise.all([openChromium(), House.demo()]);
  pages = await pagesOf(house);
});
after(async () => {
  await chrome?.close();
  await house?.end();
});

/* Runs beside the page's own scripts, which its policy does not touch. */
async function axe(page, options) {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const { violations } = await page.evaluate((o) => globalThis.axe.run(document, o), options);
  return violations.flatMap((one) => one.nodes.map((node) =>
    `${one.id}: ${node.target.join(' ')} | ${node.html.slice(0, 160)} | ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? one.help}`));
}

/* What sticks out of a phone of 360 pixels. */
function tooWide() {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const scrolls = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (/auto|scroll|hidden|clip/.test(getComputedStyle(p).overflowX)) return true; return false; };
  return [...document.body.querySelectorAll('*')].filter((e) => e.getBoundingClientRect().right > width + 1 && !scrolls(e))
    .slice(-4).map((e) => `${e.tagName.toLowerCase()}.${e.className?.baseVal ?? e.className} is ${Math.round(e.getBoundingClientRect().right)} wide: ${e.textContent.trim().slice(0, 50)}`)
    .concat(`the page is ${document.documentElement.scrollWidth} wide`);
}

async function look(person, path) {
  const found = [];
  const { page } = person;
  await page.setViewportSize({ width: 1280, height: 900 });
  const answer = await page.goto(path);
  const source = await answer.text();
  if (answer.status() !== (STATUS[path] ?? 200)) found.push(`answers ${answer.status()}`);
  for (const one of (await html.validateString(source)).results.flatMap((result) => result.messages))
    found.push(`html ${one.ruleId} at ${one.line}:${one.column}: ${one.message} | ${source.split('\n')[one.line - 1]?.slice(Math.max(0, one.column - 60), one.column + 60)}`);
  found.push(...await axe(page, { runOnly: { type: 'tag', values: TAGS } }));
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  found.push(...(await axe(page, { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } })).map((line) => `dark ${line}`));
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 360, height: 740 });
  found.push(...(await page.evaluate(tooWide)).map((line) => `phone: ${line}`));
  found.push(...person.complaints.splice(0).map((line) => `browser: ${line}`));
  return found;
}

for (const role of ['nobody', 'owner', 'partner', 'viewer']) {
  test(`pages of ${role === 'nobody' ? 'everybody' : `the ${role}`} are for everybody`, { timeout: 600000 }, async (t) => {
    const person = await Person.sitDown(chrome, house.base);
    if (role !== 'nobody') await person.signIn(house.people[role], house.password);
    for (const path of pages[role].filter((one) => !only || one.includes(only))) {
      await t.test(path, async () => {
        const found = await look(person, path);
        assert.equal(found.length, 0, `\n${found.slice(0, 25).join('\n')}`);
      });
    }
    await person.leave();
  });
}

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
