import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepTrace, tracePaths } from '../../../web/js/control-room/trace.js';
import { absenceOf, heard, unheard } from '../../../web/js/model/reading.js';

const stable = { grams: 25_340_000, state: 'stable', at: 1 };

test('a snapshot is no reading: nothing is heard before the first live frame', () => {
  assert.deepEqual([unheard.live, unheard.liveAt], [null, -Infinity]);
});

test('since when: goes on with the state, begins with another one', () => {
  const first = heard(unheard, stable, { now: 1000, wasTrue: false });
  assert.equal(first.since, 1000);
  const second = heard(first, stable, { now: 2000, wasTrue: true });
  assert.deepEqual([second.since, second.liveAt], [1000, 2000]);
  assert.equal(heard(second, { ...stable, state: 'moving' }, { now: 3000, wasTrue: true }).since, 3000);
});

test('since when: begins anew after a blank, nobody saw what was between', () => {
  const before = heard(unheard, stable, { now: 1000, wasTrue: false });
  assert.equal(heard(before, stable, { now: 9000, wasTrue: false }).since, 9000);
});

test('no signal is a reading that has none; no data is no reading', () => {
  const none = { state: 'none', at: 1 };
  assert.equal(absenceOf({ live: none, isTrue: true, linked: true }), 'signal');
  assert.equal(absenceOf({ live: none, isTrue: false, linked: true }), 'data');
  assert.equal(absenceOf({ live: null, isTrue: false, linked: true }), 'data');
  assert.equal(absenceOf({ live: none, isTrue: true, linked: false }), 'data');
});

test('the trace has a gap where the edge sent no weight', () => {
  const points = [];
  for (const [at, grams] of [[0, 1_000_000], [100, undefined], [200, null], [300, 1_000_000]]) keepTrace(points, at, grams);
  const { path } = tracePaths(points, 300, null);
  assert.doesNotMatch(path, /NaN/);
  assert.equal(path.match(/M/g).length, 2);
});
