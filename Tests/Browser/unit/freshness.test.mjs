import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connOf, weightIsTrue, wording } from '../../../web/js/core/freshness.js';

const conn = (ageMillis, ready = true, everReady = true) => connOf({ ready, everReady, ageMillis });

test('live up to 3 s, late after, lost after 15 s', () => {
  assert.equal(conn(0), 'live');
  assert.equal(conn(3000), 'live');
  assert.equal(conn(3001), 'late');
  assert.equal(conn(15_000), 'late');
  assert.equal(conn(15_001), 'lost');
});

test('a closed socket is lost at once, and so is one whose topics have not caught up', () => {
  assert.equal(conn(100, false), 'lost');
});

test('before the first data nothing is lost yet', () => {
  assert.equal(conn(Infinity, false, false), 'wait');
});

test('a hub that never answers is said to be lost, by time or by attempts', () => {
  const before = fields => connOf({ ready: false, everReady: false, ageMillis: Infinity, attempt: 0, waitedMillis: 0, ...fields });
  assert.equal(before({ attempt: 1, waitedMillis: 15_000 }), 'wait');
  assert.equal(before({ attempt: 2 }), 'lost');
  assert.equal(before({ waitedMillis: 15_001 }), 'lost');
  assert.equal(before({ stopped: true }), 'lost');
  assert.equal(wording('lost', Infinity), '연결 안 됨');
});

test('a weight is true or absent', () => {
  assert.equal(weightIsTrue({ conn: 'live', ageMillis: 3000 }), true);
  assert.equal(weightIsTrue({ conn: 'live', ageMillis: 3001 }), false);
  assert.equal(weightIsTrue({ conn: 'late', ageMillis: 10 }), false);
  assert.equal(weightIsTrue({ conn: 'lost', ageMillis: 10 }), false);
});

test('the age is always said', () => {
  assert.equal(wording('live', 400), '실시간 · 0.4초 전 자료');
  assert.equal(wording('late', 7000), '7초 전 자료');
  assert.equal(wording('lost', 72_000), '연결 끊김 · 1분 12초 전 자료');
});
