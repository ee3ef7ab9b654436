/* The judges of pages find what there is to be found. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openChromium } from './chromium.mjs';
import { access, markup } from './judges.mjs';

test('what axe and the validator would find is found', async () => {
  const chrome = await openChromium();
  const page = await chrome.newPage();
  await page.setContent('<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1><img src="/x.png"><input></main></body></html>');
  const faults = await access(page);
  assert.ok(faults.some((fault) => fault.startsWith('image-alt')), String(faults));
  assert.ok(faults.some((fault) => fault.startsWith('label')), String(faults));
  assert.ok((await markup('<p style="color:red">x</div>')).length >= 2);
  await chrome.close();
});
