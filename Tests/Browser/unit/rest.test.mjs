import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operatorWords } from '../../../web/js/core/words.js';
import { request } from '../../../web/js/core/rest.js';

const answering = (status, body, headers = {}) => { globalThis.fetch = async (path, init) => { answering.asked = init; return new Response(JSON.stringify(body), { status, headers }); }; };

test('a request that hangs ends by itself, as one without an answer', async t => {
  let given;
  t.mock.method(AbortSignal, 'timeout', millis => { given = millis; return AbortSignal.abort(new DOMException('late', 'TimeoutError')); });
  globalThis.fetch = async (path, { signal }) => { signal.throwIfAborted(); };
  await assert.rejects(request('/stations'), error => error.name === 'TimeoutError' && error.status === undefined);
  assert.equal(given, 10_000);
});

test('a refusal keeps the code and what belongs to it, for the words of the page', async () => {
  answering(401, { success: false, error: { code: 'accountLocked', message: '…', params: { minutes: '5' } } });
  await assert.rejects(request('/auth/login'), error => operatorWords(error) === '비밀번호 여러 번 틀려 잠김 — 5분 뒤 다시');
  answering(429, { success: false, error: { code: 'rateLimited', message: '…' } }, { 'Retry-After': '30' });
  await assert.rejects(request('/stations'), error => error.retryAfter === 30 && error.status === 429);
});

test('the lock of the refresh is not waited for without end', async () => {
  const held = new Map([['gwanje.refresh', 'R1']]);
  const storage = { getItem: key => held.get(key) ?? null, setItem: (key, value) => held.set(key, value), removeItem: key => held.delete(key) };
  Object.assign(globalThis, { localStorage: storage, sessionStorage: { ...storage, getItem: () => null } });
  let signal;
  const locks = { request: async (name, options) => { signal = options.signal; throw new DOMException('late', 'TimeoutError'); } };
  Object.defineProperty(globalThis, 'navigator', { value: { locks }, configurable: true });
  const auth = await import('../../../web/js/core/auth.js');
  await assert.rejects(auth.token(), { name: 'TimeoutError' });
  assert.ok(signal instanceof AbortSignal);
  assert.equal(held.get('gwanje.refresh'), 'R1', 'the log-in still stands');
});
