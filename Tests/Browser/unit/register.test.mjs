import assert from 'node:assert/strict';
import { test } from 'node:test';
import { register } from '../../../web/js/model/register.js';

const at = Date.parse('2026-11-20T14:58:03+09:00');
const start = { date: '2026-11-20', today: { count: 1, completed: 1, netGrams: 10_000_000, averageSeconds: 100, hours: Array(24).fill(0) }, open: [], recent: [], refused: [{ visit: 'V1', plate: 'x', code: 'sameWeight', at: 1, grams: 1 }] };
const ticket = { visit: 'V1', plate: '부산82바3345', first: { grams: 40_460_000, at } };
const slip = { number: 'WR202611200002', date: '2026-11-20', visit: 'V1', netGrams: 15_120_000, completedAt: at };

test('a first weighing counts and clears what was refused before', () => {
  const state = register(start, { name: 'firstWeighed', data: { ticket } });
  assert.equal(state.today.count, 2);
  assert.deepEqual(state.open, [ticket]);
  assert.deepEqual(state.refused, []);
});

test('a finished slip closes its ticket and moves the figures of its hour', () => {
  const state = register(register(start, { name: 'firstWeighed', data: { ticket } }), { name: 'completed', data: { slip, processSeconds: 200 } });
  assert.deepEqual(state.open, []);
  assert.deepEqual(state.recent, [slip]);
  assert.equal(state.today.count, 2);
  assert.equal(state.today.completed, 2);
  assert.equal(state.today.netGrams, 25_120_000);
  assert.equal(state.today.averageSeconds, 150);
  assert.equal(state.today.hours[14], 1);
});

test('a slip with a stored tare has no open ticket and counts once', () => {
  assert.equal(register(start, { name: 'completed', data: { slip } }).today.count, 2);
});

test('the first slip of a new day starts the figures anew', () => {
  const state = register(start, { name: 'completed', data: { slip: { ...slip, date: '2026-11-21' }, processSeconds: 90 } });
  assert.equal(state.date, '2026-11-21');
  assert.deepEqual([state.today.count, state.today.completed, state.today.averageSeconds], [1, 1, 90]);
});

test('at most twenty recent slips, newest first', () => {
  let state = start;
  for (let n = 0; n < 25; n += 1) state = register(state, { name: 'completed', data: { slip: { ...slip, number: `WR${n}`, visit: `V${n}` } } });
  assert.equal(state.recent.length, 20);
  assert.equal(state.recent[0].number, 'WR24');
});
