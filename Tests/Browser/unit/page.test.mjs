import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lostWords, mayReload, retryMillis } from '../../../web/js/core/page.js';
import { Sleep } from '../../../web/js/core/sleep.js';
import { isHeld } from '../../../web/js/model/driver.js';

const minute = 60_000;

test('a page is reloaded under nobody who waits for a call, however quiet', () => {
  for (const entry of [{ state: 'waiting' }, { state: 'called' }, { state: 'called', arrived: true }]) assert.equal(mayReload({ held: isHeld(entry), quietMillis: 24 * 60 * minute }), false);
  for (const entry of [null, { state: 'away' }, { state: 'absent' }]) assert.equal(mayReload({ held: isHeld(entry), quietMillis: 2 * minute }), true);
});

test('after a quiet minute, but not with a command on its way', () => {
  assert.equal(mayReload({ quietMillis: minute }), false);
  assert.equal(mayReload({ quietMillis: minute + 1 }), true);
  assert.equal(mayReload({ sending: true, quietMillis: 60 * minute }), false);
});

test('an open form holds it up for half an hour, not for ever', () => {
  assert.equal(mayReload({ open: true, quietMillis: 29 * minute }), false);
  assert.equal(mayReload({ open: true, quietMillis: 31 * minute }), true);
});

test('a sleep is the wall clock running ahead of the monotonic one', () => {
  const sleep = new Sleep(1000, 10);
  assert.equal(sleep.look(2000, 1010), 0);
  assert.equal(sleep.look(4900, 2010), 0, 'a clock that is corrected a little');
  assert.equal(sleep.look(3_605_900, 3010), 3_600_000);
  assert.equal(sleep.look(3_606_900, 4010), 0, 'told once');
});

test('a wall clock that was set back may hide a sleep', () => {
  const sleep = new Sleep(1_000_000, 0);
  assert.equal(sleep.look(900_000, 1000), 1);
});

test('the next try is told', () => {
  const hub = { socket: { phase: 'waiting', attempt: 4, retryAt: 9000 }, world: { now: () => 1500 } };
  assert.equal(retryMillis(hub), 7500);
  assert.equal(lostWords(hub), '재연결 4회째 · 8초 후');
  hub.socket.phase = 'opening';
  assert.equal(retryMillis(hub), 0);
  assert.equal(lostWords(hub), '재연결 4회째 · 잇는 중');
  Object.assign(hub.socket, { phase: 'stopped', stopped: { code: 4050, error: { code: 'forbidden' } } });
  assert.equal(lostWords(hub), '권한 없음');
});
