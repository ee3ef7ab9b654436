/* Chromium as people have it, and a person in it: own cookies, own language, a watchful eye on errors. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/* A profile of its own, thrown away; nothing of it goes out to the network by itself. */
export async function openChromium() {
  return chromium.launch({
    executablePath: PROGRAM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

/* Somebody with a browser. `scripts: false`: every page must work for him too. */
export class Person {
  static async sitDown(chrome, base, { scripts = true, width = 1280, height = 900, dark = false, language = 'en-GB', touch = false } = {}) {
    const person = new Person();
    person.base = base;
    person.context = await chrome.newContext({
      baseURL: base, javaScriptEnabled: scripts, viewport: { width, height }, colorScheme: dark ? 'dark' : 'light',
      /* As a person's browser names itself: a headless one is a robot to the click room, and rightly so. */
      userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${chrome.version().split('.')[0]}.0.0.0 Safari/537.36`,
      locale: language, timezoneId: 'Europe/Berlin', hasTouch: touch, reducedMotion: 'reduce', acceptDownloads: true,
    });
    person.context.setDefaultTimeout(15000);
    person.context.setDefaultNavigationTimeout(30000);
    await person.openPage();
    return person;
  }

  /* What the browser complained about since the last look: console errors, refused scripts and styles, lost files. */
  async openPage() {
    this.page = await this.context.newPage();
    this.complaints = [];
    this.page.on('console', (line) => {
      if (line.type() === 'error' && !/status of 4\d\d/.test(line.text())) this.complaints.push(line.text());
    });
    this.page.on('pageerror', (error) => this.complaints.push(error.stack ?? String(error)));
    this.page.on('response', (answer) => {
      if (answer.status() >= 500 || (answer.status() >= 400 && answer.request().resourceType() !== 'document'))
        this.complaints.push(`${answer.status()} ${answer.url()}`);
    });
    return this.page;
  }

  hasNoComplaints(where) {
    const found = this.complaints.splice(0);
    assert.deepEqual(found, [], `the browser complains${where ? ` on ${where}` : ''}`);
  }

  async go(path, status = 200) {
    const answer = await this.page.goto(path);
    assert.equal(answer.status(), status, `${path} answers`);
    return this.page;
  }

  async signIn(email, password) {
    await this.go('/sign-in');
    await this.page.getByLabel('E-mail', { exact: true }).fill(email);
    await this.page.locator('input[name="password"]').fill(password);
    await Promise.all([this.page.waitForURL((url) => !url.pathname.startsWith('/sign-in')), this.page.locator('main form button[type="submit"]').first().click()]);
    return this.page;
  }

  /* Presses what leads to another page (or to this one again) and waits until it stands. */
  async press(target) {
    const button = typeof target === 'string' ? this.page.getByRole('button', { name: target, exact: true }) : target;
    const [answer] = await Promise.all([
      this.page.waitForResponse((r) => r.request().isNavigationRequest() && r.status() !== 303 && r.frame() === this.page.mainFrame(), { timeout: 30000 }),
      button.click(),
    ]);
    await this.page.waitForLoadState();
    assert.ok(answer.status() < 400 || [409, 422].includes(answer.status()), `${answer.request().method()} ${answer.url()} answers ${answer.status()}`);
    return answer;
  }

  /* Fields by their names: texts, choices, boxes (true or false). */
  async fill(fields, form = 'main form') {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`${form} [name="${name}"]:not([type="hidden"])`);
      const kind = await field.first().evaluate((e) => (e.tagName === 'SELECT' ? 'select' : e.type));
      if (kind === 'select') await field.selectOption(value);
      else if (kind === 'radio') await this.page.locator(`${form} [name="${name}"][value="${value}"]`).check();
      else if (kind === 'checkbox') await field.setChecked(value);
      else await field.fill(value);
    }
  }

  /* The browser's own checks are a courtesy; ours must do without. */
  async trustNoBrowser() {
    for (const form of await this.page.locator('form').all()) await form.evaluate((e) => { e.noValidate = true; });
  }

  /* The mistakes a form shows: { field: message }, as told beside the field, and named in the summary on top. */
  async mistakes() {
    return this.page.evaluate(() => {
      const beside = {};
      for (const field of document.querySelectorAll('main [aria-invalid="true"]')) {
        const ids = (field.getAttribute('aria-describedby') ?? '').split(' ');
        beside[field.id] = ids.map((id) => document.getElementById(id)?.textContent.trim() ?? '').filter(Boolean).join(' ');
      }
      const summary = [...document.querySelectorAll('.error-summary li')].map((line) => line.textContent.trim());
      return { beside, summary, focused: document.activeElement?.className ?? '' };
    });
  }

  text(selector = 'main') {
    return this.page.locator(selector).first().innerText();
  }

  async leave() {
    await this.context.close();
  }
}

/* "1,234.56 €", "€1,234.56", "12,50 €" as minor units: what a person reads, to compare with what the API says. */
export function minor(text, decimals = 2) {
  const found = /[-−]?\d[\d\s.,\u00a0\u202f\u2007]*/.exec(text.replace(/[€$£]|[A-Z]{3}/g, ''));
  assert.ok(found, `a sum of money in “${text}”`);
  const digits = found[0].replace(/[^\d]/g, '');
  const last = Math.max(found[0].lastIndexOf('.'), found[0].lastIndexOf(','));
  const after = last < 0 ? 0 : found[0].slice(last + 1).replace(/[^\d]/g, '').length;
  assert.ok(last < 0 || after === decimals, `“${text}” has its ${decimals} decimals`);
  const sign = /^[-−]/.test(found[0]) || /[-−]\s*[€$£]/.test(text) ? -1 : 1;
  return sign * Number(digits) * (last < 0 ? 10 ** decimals : 1);
}
