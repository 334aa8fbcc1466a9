import assert from 'node:assert/strict';
import { test } from 'node:test';
import { empty, etaMinutes, find, freeStations, nextWaiting, queue, rows, slotOf } from '../../../web/js/model/queue.js';

const entry = (number, fields = {}) => ({ id: `20261120-00${number}`, number, plate: `부산80바${1000 + number}`, vehicle: String(number), state: 'waiting', pass: 1, priority: false, hasApp: true, acknowledged: false, arrived: false, calls: 0, checkedInAt: number, ...fields });
const called = (number, station, fields = {}) => entry(number, { state: 'called', station, calls: 1, calledAt: 900, deadline: 5000, ...fields });
const start = { ...empty, entries: [entry(1), entry(2), entry(3)], openStations: 2, averageSeconds: 180, lastNumber: 3 };
const after = (...events) => events.reduce((state, [name, data]) => queue(state, { name, data, at: 1000 }), start);
const numbers = state => state.entries.map(entry => entry.number);
const id = number => entry(number).id;

test('a check-in stands at its place', () => {
  assert.deepEqual(numbers(after(['checkedIn', { entry: entry(4), index: 3 }])), [1, 2, 3, 4]);
  const state = after(['checkedIn', { entry: entry(4, { priority: true }), index: 0 }]);
  assert.deepEqual(numbers(state), [4, 1, 2, 3]);
  assert.equal(state.lastNumber, 4);
});

test('a call takes the slot and the top row, and stays in its place in the list', () => {
  const state = after(['called', { entry: called(2, '1'), index: 1 }]);
  assert.equal(slotOf(state, '1').number, 2);
  assert.deepEqual(numbers(state), [1, 2, 3]);
  assert.deepEqual(rows(state).map(entry => entry.number), [2, 1, 3]);
  assert.equal(find(state, id(2)).deadline, 5000);
  assert.equal(nextWaiting(state).number, 1);
  assert.deepEqual(freeStations(state, ['1', '2']), ['2']);
});

test('the row of an event replaces the old one whole', () => {
  const state = after(['called', { entry: called(1, '1'), index: 0 }], ['recalled', { entry: called(1, '1', { calls: 2, deadline: 8000 }), index: 0 }], ['acknowledged', { entry: called(1, '1', { calls: 2, deadline: 8000, acknowledged: true }), index: 0 }], ['arrived', { entry: called(1, '1', { calls: 2, arrived: true }), index: 0 }]);
  assert.deepEqual(find(state, id(1)), called(1, '1', { calls: 2, arrived: true }));
});

test('a call taken back frees the slot by its own event', () => {
  const state = after(['called', { entry: called(2, '1'), index: 1 }], ['putBack', { entry: entry(2, { calls: 1 }), index: 0 }]);
  assert.equal(find(state, id(2)).station, undefined);
  assert.deepEqual(numbers(state), [2, 1, 3]);
  assert.deepEqual(state.slots, { 1: id(2) });
  assert.deepEqual(queue(state, { name: 'slotFreed', data: { station: '1', id: id(2), by: '박정민' } }).slots, {});
});

test('a transfer moves the slot, but never takes away another truck\'s', () => {
  const moved = ['transferred', { entry: called(1, '2', { calls: 2 }), index: 0, from: '1' }];
  assert.deepEqual(after(['called', { entry: called(1, '1'), index: 0 }], moved).slots, { 2: id(1) });
  assert.deepEqual(after(['called', { entry: called(3, '1'), index: 2 }], moved).slots, { 1: id(3), 2: id(1) });
});

test('an absent truck keeps its place for a while and can come back', () => {
  const state = after(['called', { entry: called(1, '1'), index: 0 }], ['markedAbsent', { entry: entry(1, { state: 'absent', calls: 1, absentUntil: 9000 }), index: 1, by: 'timer' }], ['slotFreed', { station: '1', id: id(1), by: '시스템' }]);
  assert.deepEqual(numbers(state), [2, 1, 3]);
  assert.equal(find(state, id(1)).state, 'absent');
  assert.deepEqual(state.slots, {});
  assert.deepEqual(numbers(queue(state, { name: 'returned', data: { entry: entry(1), index: 0 } })), [1, 2, 3]);
});

test('after the first weighing a truck is away and its deck is held until it is empty, after the second it is gone', () => {
  const first = after(['called', { entry: called(1, '1'), index: 0 }], ['wentAway', { entry: entry(1, { state: 'away', pass: 2 }), index: 0, processSeconds: 220, averageSeconds: 200 }]);
  assert.equal(find(first, id(1)).state, 'away');
  assert.equal(first.averageSeconds, 200);
  assert.deepEqual(rows(first).map(entry => entry.number), [2, 3]);
  assert.deepEqual(freeStations(first, ['1', '2']), ['2']);
  const gone = queue(first, { name: 'finished', data: { entry: entry(1), processSeconds: 100, averageSeconds: 150 } });
  assert.equal(find(gone, id(1)), undefined);
  assert.equal(gone.averageSeconds, 150);
});

test('a truck that rejoins is not there twice', () => {
  const state = after(['wentAway', { entry: entry(1, { state: 'away', pass: 2 }), index: 0, averageSeconds: 1 }], ['rejoined', { entry: entry(1, { pass: 2 }), index: 2 }]);
  assert.deepEqual(numbers(state), [2, 3, 1]);
  assert.equal(find(state, id(1)).pass, 2);
});

test('closed stations take no truck', () => {
  const state = after(['stationClosed', { station: '2' }]);
  assert.deepEqual(freeStations(state, ['1', '2', '3']), ['1', '3']);
  assert.equal(state.openStations, 1);
  assert.deepEqual(freeStations(queue(state, { name: 'stationOpened', data: { station: '2' } }), ['1', '2']), ['1', '2']);
});

test('check-in rests and goes on, a new day starts the numbers anew', () => {
  const paused = after(['checkInPaused', { by: '박정민', reason: '점심', at: 7 }]);
  assert.deepEqual(paused.paused, { by: '박정민', reason: '점심', at: 7 });
  assert.equal(queue(paused, { name: 'checkInResumed', data: { by: '박정민' } }).paused, null);
  assert.equal(after(['dayChanged', { date: '2026-11-21' }]).lastNumber, 0);
});

test('an event nobody knows changes nothing, and no event changes the old state', () => {
  const frozen = structuredClone(start);
  assert.equal(queue(start, { name: 'somethingNew', data: {} }), start);
  after(['skipped', { entry: entry(1), index: 1 }], ['cancelled', { entry: entry(3), by: 'staff', reason: '회차' }], ['expired', { entry: entry(2) }], ['prioritised', { entry: entry(1, { priority: true }), index: 0 }]);
  assert.deepEqual(start, frozen);
});

test('minutes as the protocol counts them', () => {
  assert.equal(etaMinutes(0, { averageSeconds: 182, openStations: 2 }), 2);
  assert.equal(etaMinutes(4, { averageSeconds: 180, openStations: 1 }), 15);
  assert.equal(etaMinutes(1, { averageSeconds: 180, openStations: 0 }), 6);
});
