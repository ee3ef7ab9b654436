/* A house for stories: with a key for test orders, and taken down whatever happens. */
import { strict as assert } from 'node:assert';
import { tributary } from '../lib/house.mjs';
import { Place } from '../lib/street.mjs';

export async function withHouse(fn) {
  const house = await Place.build();
  try {
    const made = await house.call('POST', '/api/v1/keys', { key: house.api_key, body: { name: 'tests', is_test: true } });
    assert.equal(made.status, 201, made.text);
    house.test_key = made.json.key;
    return await fn(house);
  } finally {
    await house.end();
  }
}

/* The server's own second opinion: not a minor unit of difference. */
export async function verified(house) {
  await house.stop();
  const found = await tributary('verify', '--data', house.data);
  assert.equal(found.code, 0, found.out + found.err);
}
