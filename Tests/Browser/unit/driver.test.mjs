import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connOfMine, freshSlip, place, scene } from '../../../web/js/model/driver.js';

const line = { line: [9, 10, 11, 12], averageSeconds: 182, openStations: 2 };
const see = fields => scene({ conn: 'live', ageMillis: 0, loaded: true, entry: null, slip: null, ...fields });

test('a terminal finds its own place', () => {
  assert.deepEqual(place(line, 12), { ahead: 3, minutes: 7, before: [9, 10, 11] });
  assert.equal(place(line, 99), null);
  assert.equal(place(null, 12), null);
});

test('each state of the entry has its one view', () => {
  assert.equal(see({ loaded: false }), 'loading');
  assert.equal(see({}), 'checkIn');
  assert.equal(see({ slip: { number: 'WR1' } }), 'done');
  for (const [state, view] of [['waiting', 'waiting'], ['called', 'called'], ['away', 'settled'], ['absent', 'absent']]) assert.equal(see({ entry: { state } }), view);
});

test('a called truck is weighed once the hub has seen it on the deck', () => {
  assert.equal(see({ entry: { state: 'called', arrived: false } }), 'called');
  assert.equal(see({ entry: { state: 'called', arrived: true } }), 'weighing');
});

test('a cut shorter than three seconds is not shown, a longer one beats everything', () => {
  assert.equal(see({ conn: 'lost', ageMillis: 2000, entry: { state: 'waiting' } }), 'waiting');
  assert.equal(see({ conn: 'lost', ageMillis: 3001, entry: { state: 'called' } }), 'offline');
});

test('a hub that was never reached is an offline screen with its telephone, not a promise', () => {
  assert.equal(see({ conn: 'wait', ageMillis: Infinity, loaded: false }), 'loading');
  assert.equal(see({ conn: 'lost', ageMillis: Infinity, loaded: false }), 'offline');
});

test('without the driver\'s own truck the connection is none, but a moment of asking again is not shown', () => {
  assert.equal(connOfMine('live', 'live'), 'live');
  assert.equal(connOfMine('live', 'refused'), 'lost');
  assert.equal(connOfMine('wait', 'asking'), 'wait');
  assert.equal(see({ conn: connOfMine('live', 'asking'), ageMillis: 500, entry: { state: 'called' } }), 'called');
  assert.equal(see({ conn: connOfMine('live', 'refused'), ageMillis: 9000, entry: { state: 'called' } }), 'offline');
});

test('a terminal that was told to stop says so instead of waiting for ever', () => {
  assert.equal(see({ stopped: true, conn: 'lost', ageMillis: 9000, entry: { state: 'waiting' } }), 'loading');
});

test('a fresh slip shows of itself until it is put away', () => {
  const mine = { latest: { number: 'WR1', completedAt: 1000 } };
  assert.equal(freshSlip(mine, { now: 2000, putAway: null }).number, 'WR1');
  assert.equal(freshSlip(mine, { now: 2000, putAway: 'WR1' }), null);
  assert.equal(freshSlip(mine, { now: 1000 + 31 * 60_000, putAway: null }), null);
  assert.equal(freshSlip({ latest: null }, { now: 0, putAway: null }), null);
});
