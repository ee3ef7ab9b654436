/* The API document: clean under Redocly's recommended rules, exact about every field, and a judge that notices. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tributary } from '../lib/house.mjs';
import { Contract, vague } from './contract.mjs';

const top = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const printed = await tributary('openapi');
const document = () => JSON.parse(printed.out);

async function lint(text) {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-openapi-'));
  const file = join(folder, 'openapi.json');
  await writeFile(file, text);
  try {
    const { stdout } = await promisify(execFile)(process.execPath,
      [join(top, 'node_modules/@redocly/cli/bin/cli.js'), 'lint', '--extends', 'recommended', '--format', 'json', file],
      { env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }, maxBuffer: 1 << 26 })
      .catch((failure) => failure);
    const told = JSON.parse(stdout.slice(stdout.indexOf('{')));
    return told.problems.map((one) => `${one.severity}: ${one.message} (${one.location?.[0]?.pointer ?? ''})`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test('the document prints', () => {
  assert.equal(printed.code, 0, printed.err);
  assert.equal(document().openapi, '3.1.0');
  assert.ok(Object.keys(document().paths).length > 30);
});

test('Redocly finds nothing in the document', async () => {
  assert.deepEqual(await lint(printed.out), []);
});

test('Redocly finds a reference to nowhere', async () => {
  const broken = document();
  broken.paths['/me'].get.responses['401'] = { $ref: '#/components/responses/nowhere' };
  assert.notDeepEqual(await lint(JSON.stringify(broken)), []);
});

test('every answer says which fields it has', () => {
  assert.deepEqual(vague(document()), []);
});

/* The judge itself, on answers made by hand. */
const answer = (status, json, type = 'application/json') => ({ status, json, text: JSON.stringify(json), headers: new Headers({ 'content-type': type }) });
const setting = (extra) => answer(200, { data: [], has_more: false, next: null, ...extra });

test('the judge takes what is documented', () => {
  assert.deepEqual(new Contract(document()).check('GET', '/api/v1/coupons?limit=5', setting()), []);
});

test('the judge refuses an undocumented field', () => {
  const [said] = new Contract(document()).check('GET', '/api/v1/coupons', setting({ total: 5 }));
  assert.match(said, /additional properties: total/);
});

test('the judge refuses a field of another type', () => {
  const [said] = new Contract(document()).check('GET', '/api/v1/coupons', setting({ has_more: 'no' }));
  assert.match(said, /has_more must be boolean/);
});

test('the judge refuses an undocumented status', () => {
  const [said] = new Contract(document()).check('GET', '/api/v1/coupons', answer(202, {}));
  assert.match(said, /answers 202, which is not documented/);
});

test('the judge refuses an undocumented address', () => {
  const contract = new Contract(document());
  assert.match(contract.check('GET', '/api/v1/cupons', setting())[0], /is not documented/);
  assert.deepEqual(contract.check('GET', '/manage/coupons', setting()), []);
});

test('the judge refuses another kind of answer', () => {
  const [said] = new Contract(document()).check('GET', '/api/v1/coupons', answer(200, {}, 'text/html'));
  assert.match(said, /answers text\/html, which is not documented/);
});

test('the judge refuses a body that was taken and is not documented', () => {
  const contract = new Contract(document());
  const made = document().components.schemas.program;
  const whole = Object.fromEntries(made.required.map((name) => [name, null]));
  const said = contract.check('PATCH', '/api/v1/programs/prg_1', answer(200, whole), { body: '{"colour": "red"}', type: 'application/json' });
  assert.ok(said.some((one) => /body must NOT have additional properties: colour/.test(one)), said.join('\n'));
});

test('the judge knows what it has not met', () => {
  const contract = new Contract(document());
  const all = contract.missing().length;
  contract.check('GET', '/api/v1/coupons', setting());
  assert.equal(contract.missing().length, all - 1);
  contract.check('GET', '/api/v1/coupons/cpn_1', answer(404, {}, 'application/problem+json'));
  assert.equal(contract.missing().length, all - 1);
});
