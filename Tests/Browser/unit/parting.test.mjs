import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsLogin } from '../../../web/js/core/close.js';
import { logInAgain, part, safeNext, takeNext, takeWhy, whyOf } from '../../../web/js/core/parting.js';

const origin = 'http://hub.yard';
const next = (path, role = 'STAFF') => safeNext(path, { origin, role });

test('a log-in leads back to our own pages, address and all', () => {
  assert.equal(next('/slip.html?slip=WR1#x'), '/slip.html?slip=WR1#x');
  assert.equal(next('/slip.html?slip=WR1', 'DRIVER'), '/slip.html?slip=WR1');
  assert.equal(next('/driver.html#slips', 'DRIVER'), '/driver.html#slips');
});

test('and nowhere else', () => {
  for (const path of ['', null, undefined, '//evil.com', '/\\evil.com', '/\t/evil.com', '/\t/[', '/\t/evil.com/slip.html', 'https://evil.com/slip.html', 'javascript:alert(1)', 'slip.html', '/api/v1/auth/logout', '/../x', `${origin}/slip.html`]) assert.equal(next(path), null, String(path));
});

test('nor to a page of another role', () => {
  assert.equal(next('/control-room.html', 'DRIVER'), null);
  assert.equal(next('/driver.html', 'STAFF'), null);
});

test('why a log-in ended', () => {
  assert.equal(whyOf({ code: 4003 }), 'replaced');
  assert.equal(whyOf({ code: 4001 }), 'expired');
  assert.equal(whyOf({ code: 4001, error: { code: 'tokenExpired' } }), 'expired');
  assert.equal(whyOf({ code: 4001, error: { code: 'forbidden' } }), 'refused');
  assert.deepEqual([4001, 4003, 4002, 4104, 4200].map(endsLogin), [true, true, false, false, false]);
});

test('both are told once, in this tab', () => {
  const held = new Map();
  globalThis.sessionStorage = { getItem: key => held.get(key) ?? null, setItem: (key, value) => held.set(key, value), removeItem: key => held.delete(key) };
  globalThis.location = { pathname: '/slip.html', search: '?slip=WR1', hash: '', origin, replace: to => { globalThis.wentTo = to; } };
  part('replaced', { comeBack: true });
  assert.equal(globalThis.wentTo, '/');
  assert.equal(takeWhy(), '다른 기기 로그인(또는 비밀번호 변경)으로 끝남 — 다시 로그인');
  assert.equal(takeWhy(), '');
  assert.equal(takeNext('STAFF'), '/slip.html?slip=WR1');
  assert.equal(takeNext('STAFF'), null);
  part();
  assert.equal(takeWhy(), '');
});

test('who has logged out here is not told that another device did it', () => {
  const stored = new Map([['gwanje.user', '{"role":"STAFF"}'], ['gwanje.refresh', 'R1']]);
  globalThis.localStorage = { getItem: key => stored.get(key) ?? null, removeItem: key => stored.delete(key) };
  logInAgain('replaced');
  assert.match(takeWhy(), /다른 기기/);
  assert.equal(stored.size, 0, 'the log-in is forgotten');
  logInAgain('replaced');
  assert.equal(takeWhy(), '');
});
