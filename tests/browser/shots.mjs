/* Pictures of pages: node tests/browser/shots.mjs FOLDER [PATH…] [--as=owner|manager|finance|viewer|partner|nobody]
 *   [--base=URL] [--only=desktop-light,phone-dark] [--lang=pl] [--full=no] [--plain]
 * Without --base the demo is made and served for the time of the pictures. Without PATH: the pages people see most. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { House } from '../lib/house.mjs';
import { Person, openChromium } from './chromium.mjs';

const words = process.argv.slice(2);
const option = (name, usual) => words.find((w) => w.startsWith(`--${name}=`))?.slice(name.length + 3) ?? usual;
const [folder, ...paths] = words.filter((w) => !w.startsWith('--'));
if (!folder) {
  console.error('node tests/browser/shots.mjs FOLDER [PATH…] [--as=owner] [--base=URL] [--only=desktop-light] [--lang=pl]');
  process.exit(2);
}

const USUAL = {
  nobody: ['/p/kettle-and-kiln', '/p/kettle-and-kiln/apply', '/sign-in', '/sign-in/forgot', '/nowhere', '/shop', '/shop/p/kyusu', '/shop/checkout?product=kyusu'],
  owner: ['/manage/today', '/manage/partners', '/manage/applications', '/manage/commissions', '/manage/conversions', '/manage/payouts', '/manage/payouts/new',
    '/manage/debugger', '/manage/rules', '/manage/program', '/manage/reports', '/manage/settings', '/manage/conversions/upload', '/manage/refunds', '/manage/amendments', '/manage/moves'],
  partner: ['/portal/home', '/portal/performance', '/portal/links', '/portal/statements', '/portal/profile', '/portal/commissions', '/portal/conversions'],
};
const FORMS = { 'desktop-light': [1360, 900, false], 'desktop-dark': [1360, 900, true], 'phone-light': [390, 844, false], 'phone-dark': [390, 844, true] };

const base = option('base');
const house = base ? null : await House.demo();
const password = option('password', 'kettle-and-kiln');
const people = house?.people ?? { owner: 'owner@kettleandkiln.example', manager: 'marta@kettleandkiln.example', finance: 'piotr@kettleandkiln.example',
  viewer: 'sam@kettleandkiln.example', partner: 'anna@slowcups.example' };
const jobs = paths.length ? { [option('as', 'owner')]: paths } : USUAL;
const chrome = await openChromium();
await mkdir(folder, { recursive: true });
try {
  for (const form of option('only', Object.keys(FORMS).join(',')).split(',')) {
    const [width, height, dark] = FORMS[form];
    for (const [role, pages] of Object.entries(jobs)) {
      const person = await Person.sitDown(chrome, base ?? house.base, { width, height, dark, scripts: !words.includes('--plain'), language: option('lang', 'en-GB'), touch: width < 500 });
      if (role !== 'nobody') await person.signIn(people[role], password);
      for (const path of pages) {
        await person.page.goto(path);
        const name = `${role}${path.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}.${form}.png`;
        await person.page.screenshot({ path: join(folder, name), fullPage: option('full') !== 'no' });
        if (person.complaints.length) console.log(`${path}: ${person.complaints.splice(0).join('; ')}`);
        console.log(join(folder, name));
      }
      await person.leave();
    }
  }
} finally {
  await chrome.close();
  await house?.end();
}
