import assert from 'node:assert/strict';
import { test } from 'node:test';
import { averageSeconds, firstWeighing, nothingToday, register } from '../../../web/js/model/register.js';

const at = Date.parse('2026-11-20T14:58:03+09:00');
const load = { visit: '20261120-001', plate: '부산82바3345', vehicle: '1', driver: '1', companyName: '대한제강' };
const weighing = (id, grams) => ({ id, grams, at, station: '1', source: 'INDICATOR' });
const refusal = { load, weighing: weighing('1-000003', 40_460_000), code: 'sameWeight', message: '' };
const start = { date: '2026-11-20', today: { ...nothingToday, count: 1, completed: 1, netGrams: 10_000_000, seconds: 100, timedCount: 1 }, open: [], recent: [], refused: [refusal] };
const ticket = { load, first: weighing('1-000001', 40_460_000) };
const slip = { number: 'WR202611200002', date: '2026-11-20', load, first: ticket.first, second: weighing('1-000002', 25_340_000), grossGrams: 40_460_000, tareGrams: 25_340_000, netGrams: 15_120_000, tareSource: 'MEASURED', completedAt: at };
const after = (...events) => events.reduce((state, [name, data]) => register(state, { name, data, at }), start);

test('a first weighing counts and clears what was refused before', () => {
  const state = after(['firstWeighed', { ticket }]);
  assert.equal(state.today.count, 2);
  assert.deepEqual(state.open, [ticket]);
  assert.deepEqual(state.refused, []);
  assert.equal(firstWeighing(state, { vehicle: '1' }).grams, 40_460_000);
});

test('a finished slip closes its ticket and moves the figures of its hour', () => {
  const state = after(['firstWeighed', { ticket }], ['completed', { slip, hour: 14, processSeconds: 200 }]);
  assert.deepEqual(state.open, []);
  assert.deepEqual(state.recent, [slip]);
  assert.deepEqual([state.today.count, state.today.completed, state.today.netGrams, state.today.hours[14]], [2, 2, 25_120_000, 1]);
  assert.equal(averageSeconds(state.today), 150);
  assert.equal(firstWeighing(state, { vehicle: '1' }).grams, 40_460_000);
});

test('a truck that nobody called for has no process time', () => {
  const state = after(['completed', { slip, hour: 14 }]);
  assert.equal(state.today.completed, 2);
  assert.equal(averageSeconds(state.today), 100);
  assert.equal(averageSeconds(nothingToday), null);
});

test('a new day starts the figures anew and leaves the last slips', () => {
  const state = after(['completed', { slip, hour: 14 }], ['dayChanged', { date: '2026-11-21' }]);
  assert.equal(state.date, '2026-11-21');
  assert.deepEqual(state.today, nothingToday);
  assert.equal(state.recent.length, 1);
});

test('refused weighings stay until the truck is weighed or its ticket is cancelled', () => {
  const again = { ...refusal, weighing: weighing('1-000004', 1) };
  const state = after(['firstWeighed', { ticket }], ['weighingRefused', { refusal: again }]);
  assert.deepEqual(state.refused, [again]);
  assert.deepEqual(register(state, { name: 'openCancelled', data: { load, by: '박정민', reason: '오입력' } }).refused, []);
});

test('at most twenty recent slips, newest first', () => {
  const many = Array.from({ length: 25 }, (_, n) => ['completed', { slip: { ...slip, number: `WR${n}` }, hour: 1 }]);
  const state = after(...many);
  assert.equal(state.recent.length, 20);
  assert.equal(state.recent[0].number, 'WR24');
});

test('an event nobody knows changes nothing', () => {
  assert.equal(after(['somethingNew', {}]), start);
});
