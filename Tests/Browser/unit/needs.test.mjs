import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needs } from '../../../web/js/model/needs.js';

const now = 10_000_000;
const station = (id, fields = {}) => ({ id, state: { linked: true, fault: null, unmatched: [], ...fields } });
const entry = fields => ({ id: 'E9', number: 9, plate: '경기98사1234', calls: 1, station: '2', ...fields });
const queue = (...entries) => ({ entries, paused: null });
const kinds = found => found.map(need => need.kind);

test('nothing to do is nothing', () => {
  assert.deepEqual(needs({ queue: queue(), register: { refused: [] }, stations: [station('1')], now }), []);
});

test('gravest first, then the oldest', () => {
  const found = needs({
    now, register: { refused: [{ visit: 'V1', plate: 'x', code: 'netTooSmall', grams: 1000, at: now - 5000 }] },
    queue: queue(entry({ state: 'absent' }), entry({ id: 'E8', state: 'called', deadline: now - 1 })),
    stations: [station('3', { linked: false, linkAt: now - 72_000 }), station('2', { unmatched: [{ id: 'U1', reason: 'noBinding', grams: 31_480_000, at: now - 38_000 }] })],
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
  const refused = [{ visit: 'V1', plate: 'x', code: 'netTooSmall', grams: 1000, at: 5 }];
  const [need] = needs({ queue: null, register: { refused }, stations: [], now });
  assert.deepEqual(needs({ queue: null, register: { refused }, stations: [], now, seen: new Set([need.id]) }), []);
});
