import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardState, station, steps, weightState } from '../../../web/js/model/station.js';

const binding = { id: 'B1', entry: 'E1', visit: 'V1', number: 9, plate: '경기98사1234', pass: 1 };
const start = { id: '1', status: 'IDLE', paused: null, fault: null, linked: true, binding: null, weighed: null, awaitingZero: false, last: null, unmatched: [], divisionGrams: 20_000 };
const after = (...events) => events.reduce((state, [name, data]) => station(state, { name, data, at: 1000 }), start);
const live = (grams, state = 'moving') => ({ grams, state, at: 0 });
const card = (state, fields = {}) => cardState({ state, conn: 'live', live: null, held: null, settled: false, closed: false, ...fields });

test('bound, weighed, cleared, unbound', () => {
  const weighed = after(['bound', { binding }], ['weighed', { binding: 'B1', visit: 'V1', plate: binding.plate, pass: 1, grams: 40_460_000, at: 900 }]);
  assert.deepEqual(weighed.weighed, { grams: 40_460_000, pass: 1, at: 900 });
  assert.equal(weighed.awaitingZero, true);
  assert.equal(station(weighed, { name: 'platformCleared', data: { at: 950 } }).awaitingZero, false);
  assert.equal(station(weighed, { name: 'unbound', data: { binding: 'B1' } }).binding, null);
});

test('unmatched weights come and are resolved', () => {
  const item = { id: 'U1', reason: 'late', grams: 31_480_000, at: 1 };
  const state = after(['unmatched', { item }]);
  assert.deepEqual(state.unmatched, [item]);
  assert.deepEqual(station(state, { name: 'unmatchedResolved', data: { id: 'U1', how: 'dismissed' } }).unmatched, []);
});

test('called until the first calm moment on the deck, then weighing', () => {
  const bound = after(['bound', { binding }]);
  const held = { state: 'called', number: 9 };
  assert.equal(card(bound, { held }), 'called');
  assert.equal(card(bound, { held, live: live(18_720_000) }), 'called');
  assert.equal(card(bound, { held, live: live(18_720_000), settled: true }), 'weighing');
});

test('a lost hub beats everything, a fault beats a pause, a pause beats a truck', () => {
  const broken = after(['bound', { binding }], ['paused', { by: '박정민', reason: '청소' }], ['linkLost', { at: 5 }]);
  assert.equal(card(broken, { conn: 'lost' }), 'unknown');
  assert.equal(card(broken), 'fault');
  assert.equal(card(station(broken, { name: 'linked', data: {} })), 'paused');
  assert.equal(card(start), 'idle');
  assert.equal(card(start, { closed: true }), 'paused');
});

test('a weight that is not true is none', () => {
  const weight = (fields, state = start) => weightState({ state, isTrue: true, live: live(25_340_000, 'stable'), ...fields });
  assert.equal(weight({}), 'stable');
  assert.equal(weight({ isTrue: false }), 'none');
  assert.equal(weight({ live: null }), 'none');
  assert.equal(weight({}, { ...start, linked: false }), 'none');
  assert.equal(weight({ live: live(null, 'none') }), 'none');
  assert.equal(weight({ live: live(null, 'over') }), 'over');
  assert.equal(weight({}, { ...start, limitGrams: 25_000_000 }), 'limit');
});

test('the net weight of the second pass is there only while the weight is calm and true', () => {
  const state = { ...start, binding: { ...binding, pass: 2 } };
  const first = { grams: 40_460_000, at: 1 };
  const second = weight => steps({ state, first, live: live(25_340_000, 'stable'), weight }).second;
  assert.equal(second('stable').net, 15_120_000);
  assert.equal(second('moving').net, null);
  assert.equal(second('none').net, null);
});
