import assert from 'node:assert/strict';
import { test } from 'node:test';
import { empty, etaMinutes, find, freeStations, nextWaiting, queue, rows, slotOf } from '../../../web/js/model/queue.js';

const entry = (number, fields = {}) => ({ id: `E${number}`, number, plate: `부산80바${1000 + number}`, state: 'waiting', pass: 1, priority: false, calls: 0, checkedInAt: number, ...fields });
const start = { ...empty, entries: [entry(1), entry(2), entry(3)], openStations: 2, averageSeconds: 180, lastNumber: 3 };
const after = (...events) => events.reduce((state, [name, data]) => queue(state, { name, data, at: 1000 }), start);
const numbers = state => state.entries.map(entry => entry.number);

test('a check-in stands at its place', () => {
  assert.deepEqual(numbers(after(['checkedIn', { entry: entry(4), index: 3 }])), [1, 2, 3, 4]);
  assert.deepEqual(numbers(after(['checkedIn', { entry: entry(4, { priority: true }), index: 0 }])), [4, 1, 2, 3]);
});

test('a call takes the slot and the top row, and stays in its place in the list', () => {
  const state = after(['called', { id: 'E2', number: 2, station: '1', calls: 1, at: 900, deadline: 5000 }]);
  assert.equal(slotOf(state, '1').number, 2);
  assert.deepEqual(numbers(state), [1, 2, 3]);
  assert.deepEqual(rows(state).map(entry => entry.number), [2, 1, 3]);
  assert.equal(find(state, 'E2').deadline, 5000);
  assert.equal(nextWaiting(state).number, 1);
  assert.deepEqual(freeStations(state, ['1', '2']), ['2']);
});

test('a call taken back frees the slot', () => {
  const state = after(['called', { id: 'E2', station: '1', calls: 1, at: 900, deadline: 5000 }], ['putBack', { id: 'E2', index: 0 }]);
  assert.equal(find(state, 'E2').state, 'waiting');
  assert.equal(find(state, 'E2').station, undefined);
  assert.deepEqual(state.slots, {});
  assert.deepEqual(numbers(state), [2, 1, 3]);
});

test('a transfer moves the slot', () => {
  const state = after(['called', { id: 'E1', station: '1', calls: 1, at: 900, deadline: 5000 }], ['transferred', { id: 'E1', from: '1', station: '2', deadline: 6000 }]);
  assert.deepEqual(state.slots, { 2: 'E1' });
});

test('an absent truck keeps its place for a while and can come back', () => {
  const state = after(['called', { id: 'E1', station: '1', calls: 2, at: 900, deadline: 5000 }], ['markedAbsent', { id: 'E1', by: 'timer', absentUntil: 9000, index: 1 }]);
  assert.deepEqual(numbers(state), [2, 1, 3]);
  assert.equal(find(state, 'E1').state, 'absent');
  assert.equal(find(state, 'E1').calls, 2);
  assert.deepEqual(state.slots, {});
  const back = queue(state, { name: 'returned', data: { id: 'E1', index: 0 } });
  assert.equal(find(back, 'E1').state, 'waiting');
  assert.deepEqual(numbers(back), [1, 2, 3]);
});

test('after the first weighing a truck is away, after the second it is gone', () => {
  const first = after(['called', { id: 'E1', station: '1', calls: 1, at: 1, deadline: 2 }], ['finished', { id: 'E1', pass: 1, station: '1', averageSeconds: 200 }]);
  assert.equal(find(first, 'E1').state, 'away');
  assert.equal(first.averageSeconds, 200);
  assert.deepEqual(rows(first).map(entry => entry.number), [2, 3]);
  assert.equal(find(queue(first, { name: 'finished', data: { id: 'E1', pass: 2, station: '1' } }), 'E1'), undefined);
});

test('a truck that rejoins is not there twice', () => {
  const state = after(['finished', { id: 'E1', pass: 1 }], ['rejoined', { entry: entry(1, { pass: 2 }), index: 2 }]);
  assert.deepEqual(numbers(state), [2, 3, 1]);
  assert.equal(find(state, 'E1').pass, 2);
});

test('closed stations take no truck', () => {
  const state = after(['stationClosed', { station: '2' }]);
  assert.deepEqual(freeStations(state, ['1', '2', '3']), ['1', '3']);
  assert.equal(state.openStations, 1);
  assert.deepEqual(freeStations(queue(state, { name: 'stationOpened', data: { station: '2' } }), ['1', '2']), ['1', '2']);
});

test('an event nobody knows changes nothing, and no event changes the old state', () => {
  const frozen = structuredClone(start);
  assert.equal(queue(start, { name: 'somethingNew', data: {} }), start);
  after(['skipped', { id: 'E1', index: 1 }], ['cancelled', { id: 'E3', by: 'staff', reason: '회차' }], ['prioritised', { id: 'E2', on: true, index: 0 }]);
  assert.deepEqual(start, frozen);
});

test('minutes as the protocol counts them', () => {
  assert.equal(etaMinutes(0, { averageSeconds: 182, openStations: 2 }), 2);
  assert.equal(etaMinutes(4, { averageSeconds: 180, openStations: 1 }), 15);
  assert.equal(etaMinutes(1, { averageSeconds: 180, openStations: 0 }), 6);
});
