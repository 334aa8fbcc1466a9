import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cardState, onDeck, station, steps, weightState } from '../../../web/js/model/station.js';

const binding = { id: '20261120-009.1.1', visit: '20261120-009', number: 9, plate: '경기98사1234', vehicle: '3', driver: '3', pass: 1 };
// As the hub sends it: what is nil is not there.
const start = { id: '1', name: '1번 계량대', indicator: 'CAS', status: 'IDLE', linked: true, arrived: false, awaitingZero: false, unmatched: [], divisionGrams: 20_000 };
const after = (...events) => events.reduce((state, [name, data]) => station(state, { name, data, at: 1000 }), start);
const weighed = ['weighed', { binding, weighing: '1-000001', grams: 40_460_000, source: 'INDICATOR', at: 900, raw: '' }];
const live = (grams, state = 'moving') => ({ grams, state, at: 0 });
const card = (state, fields = {}) => cardState({ state, conn: 'live', live: null, held: null, closed: false, ...fields });

test('bound, arrived, weighed, cleared', () => {
  const bound = after(['bound', { binding }]);
  assert.equal(bound.status, 'WEIGHING');
  assert.equal(card(bound), 'called');
  const arrived = station(bound, { name: 'arrived', data: { binding: binding.id, visit: binding.visit, at: 800 } });
  assert.equal(card(arrived), 'weighing');
  const done = station(arrived, { name: weighed[0], data: weighed[1] });
  assert.deepEqual(done.weighed, { grams: 40_460_000, pass: 1, at: 900 });
  assert.deepEqual(done.last, { grams: 40_460_000, plate: binding.plate, pass: 1, at: 900 });
  assert.equal(done.awaitingZero, true);
  const clear = station(done, { name: 'platformCleared', data: { at: 950, visit: binding.visit } });
  assert.deepEqual([clear.awaitingZero, clear.binding, clear.weighed, clear.status], [false, null, null, 'IDLE']);
});

test('a truck bound while the deck was still occupied stays bound when the deck is empty', () => {
  const next = { ...binding, id: '20261120-010.1.1', number: 10 };
  const state = after(['bound', { binding }], weighed, ['unbound', { binding: binding.id, visit: binding.visit, reason: 'released' }], ['bound', { binding: next }], ['platformCleared', { at: 950 }]);
  assert.equal(state.binding.number, 10);
  assert.equal(state.awaitingZero, false);
});

test('a truck released while it stands on the deck has to leave before another weight counts', () => {
  const gone = ['unbound', { binding: binding.id, visit: binding.visit, reason: 'released' }];
  assert.equal(after(['bound', { binding }], gone).awaitingZero, false);
  assert.equal(after(['bound', { binding }], ['arrived', { binding: binding.id, visit: binding.visit, at: 1 }], gone).awaitingZero, true);
});

test('unmatched weights come and are resolved', () => {
  const item = { id: '1-000002', reason: 'noBinding', grams: 31_480_000, at: 1, receivedAt: 2, source: 'INDICATOR' };
  const state = after(['unmatched', { item }]);
  assert.deepEqual(state.unmatched, [item]);
  assert.deepEqual(station(state, { name: 'unmatchedDismissed', data: { item, by: '박정민', reason: '빈 차' } }).unmatched, []);
  assert.deepEqual(station(state, { name: 'unmatchedAssigned', data: { item, vehicle: '1', plate: 'x', by: '박정민', reason: '확인' } }).unmatched, []);
});

test('a lost hub beats everything, a fault beats a pause, a pause beats a truck', () => {
  const broken = after(['bound', { binding }], ['paused', { by: '박정민', reason: '청소', at: 3 }], ['linkLost', { device: 'edge-1', at: 5 }]);
  assert.equal(broken.linkLostAt, 5);
  assert.equal(card(broken, { conn: 'lost' }), 'unknown');
  assert.equal(card(broken), 'fault');
  assert.equal(card(station(broken, { name: 'linked', data: { device: 'edge-1', isOpen: false } })), 'paused');
  assert.equal(card(start), 'idle');
  assert.equal(card(start, { closed: true }), 'paused');
  assert.equal(card(after(['faulted', { code: 'overload', at: 1 }], ['recovered', { isOpen: true }])), 'idle');
});

test('a station that no edge ever spoke for is no fault', () => {
  const { linked, ...silent } = start;
  assert.equal(card(silent), 'idle');
  assert.equal(weightState({ state: silent, live: null, isTrue: false }), 'none');
});

test('a weight that is not true is none', () => {
  const weight = (fields, state = start) => weightState({ state, isTrue: true, live: live(25_340_000, 'stable'), ...fields });
  assert.equal(weight({}), 'stable');
  assert.equal(weight({ isTrue: false }), 'none');
  assert.equal(weight({ live: null }), 'none');
  assert.equal(weight({}, { ...start, linked: false }), 'none');
  assert.equal(weight({ live: { state: 'none', at: 0 } }), 'none');
  assert.equal(weight({ live: { state: 'moving', at: 0 } }), 'none');
  assert.equal(weight({ live: { state: 'over', at: 0 } }), 'over');
  assert.equal(onDeck({ state: 'over', at: 0 }), false);
});

test('the net weight of the second pass is there only while the weight is calm and true', () => {
  const state = { ...start, binding: { ...binding, pass: 2 } };
  const first = { grams: 40_460_000, at: 1 };
  const second = weight => steps({ state, first, live: live(25_340_000, 'stable'), weight }).second;
  assert.equal(second('stable').net, 15_120_000);
  assert.equal(second('moving').net, null);
  assert.equal(second('none').net, null);
});

test('an event nobody knows changes nothing', () => {
  assert.equal(after(['somethingNew', {}]), start);
});
