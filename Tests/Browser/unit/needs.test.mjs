import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs, quietOf } from '../../../web/js/model/needs.js';

const now = 10_000_000;
const station = (id, fields = {}) => ({ id, state: { linked: true, fault: null, unmatched: [], ...fields } });
const entry = fields => ({ id: 'E9', number: 9, plate: '경기98사1234', calls: 1, station: '2', ...fields });
const queue = (...entries) => ({ entries, paused: null });
const refusal = at => ({ load: { plate: '부산82바3345', vehicle: '1' }, weighing: { id: '1-000001', grams: 1_000_000, at }, code: 'netTooSmall', message: '' });
const kinds = found => found.map(need => need.kind);

test('nothing to do is nothing', () => {
  assert.deepEqual(needs({ queue: queue(), register: { refused: [] }, stations: [station('1')], now }), []);
});

test('gravest first, then the oldest', () => {
  const found = needs({
    now, register: { refused: [refusal(now - 5000)] },
    queue: queue(entry({ state: 'absent' }), entry({ id: 'E8', state: 'called', deadline: now - 1 })),
    stations: [station('3', { linked: false, linkLostAt: now - 72_000 }), station('2', { unmatched: [{ id: 'U1', reason: 'noBinding', grams: 31_480_000, at: now - 38_000 }] })],
  });
  assert.deepEqual(kinds(found), ['link', 'unmatched', 'refused', 'late', 'absent']);
  assert.equal(found[1].fact, '31,480 kg · 배정 차량 없음');
});

test('a call is late only after its deadline', () => {
  assert.deepEqual(kinds(needs({ queue: queue(entry({ state: 'called', deadline: now + 1 })), stations: [], now })), []);
});

test('a truck that will not come to rest is told after a minute', () => {
  assert.deepEqual(needs({ queue: null, stations: [{ ...station('1'), movingSince: now - 60_000 }], now }), []);
  assert.deepEqual(kinds(needs({ queue: null, stations: [{ ...station('1'), movingSince: now - 60_001 }], now })), ['moving']);
});

test('what was put aside by hand stays away', () => {
  const refused = [refusal(5)];
  const [need] = needs({ queue: null, register: { refused }, stations: [], now });
  assert.deepEqual(needs({ queue: null, register: { refused }, stations: [], now, seen: new Set([need.id]) }), []);
});

test('a truck on the deck is not late, a station without an edge is no fault', () => {
  assert.deepEqual(needs({ queue: queue(entry({ state: 'called', deadline: now - 1, arrived: true })), stations: [{ id: '1', state: { unmatched: [] } }], now }), []);
});

test('verification that ends soon is told by the days that are left', () => {
  const today = Date.parse('2026-11-20T09:00:00+09:00');
  const found = validUntil => needs({ queue: null, stations: [station('1', { validUntil })], now: today });
  assert.deepEqual(found('2027-05-30'), []);
  assert.deepEqual(found('2026-11-26').map(need => [need.what, need.days]), [['1번 검정 만료 임박', 6]]);
  assert.deepEqual(found('2026-11-19').map(need => need.what), ['1번 검정 만료']);
});

test('nothing to do is said only of a yard that was looked at just now, all of it', () => {
  const quiet = fields => quietOf({ count: 0, conn: 'live', isComplete: true, isWhole: true, ...fields });
  assert.equal(quiet(), 'calm');
  assert.equal(quiet({ conn: 'late' }), 'calm');
  assert.equal(quiet({ count: 1 }), null);
  assert.equal(quiet({ conn: 'lost' }), 'unknown');
  assert.equal(quiet({ isWhole: false }), 'unknown');
  assert.equal(quiet({ isComplete: false }), 'loading');
  assert.equal(quiet({ conn: 'wait' }), 'loading');
});
