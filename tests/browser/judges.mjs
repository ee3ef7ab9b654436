/* The judges of a page: axe for access, html-validate for markup. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { HtmlValidate } from 'html-validate';

const require = createRequire(import.meta.url);
const axeSource = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');

/* What axe finds, one line each; [] is what we want. */
export async function access(page) {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] },
  }));
  return violations.flatMap((one) => one.nodes.slice(0, 4).map((node) => `${one.id}: ${one.help}: ${node.html.slice(0, 240)}`));
}

const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended'],
  rules: {
    'long-title': 'off',            /* titles name the thing and the programme */
    'no-trailing-whitespace': 'off',
    'void-style': 'off',
    'wcag/h30': 'error',
    'wcag/h32': 'error',
    'wcag/h37': 'error',
    'no-inline-style': 'error',
    'form-dup-name': 'off',         /* a hidden 0 before each checkbox, and lists of checkboxes */
    'prefer-native-element': ['error', { exclude: ['status', 'alert', 'search', 'group', 'img'] }],
    'require-sri': 'off',
  },
});

/* What is wrong with markup, one line each. */
export async function markup(html) {
  const report = await validator.validateString(html);
  return report.results.flatMap((result) => result.messages.map((m) => `${m.ruleId} at ${m.line}:${m.column}: ${m.message}`));
}
