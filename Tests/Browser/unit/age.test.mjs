import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scene } from '../../../web/js/model/driver.js';
import { connected, cut, of, picture, say, tick, welcome } from './world.mjs';

const both = hub => { hub.subscribe('queue/main'); hub.subscribe('queue/main/mine'); };
const whole = ws => { picture(ws, 'queue/main'); picture(ws, 'queue/main/mine'); };

test('after a long cut the page is as old as its data until all of it was answered', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  assert.equal(hub.ageMillis(), 0);
  const again = await cut({ w, hub }, 60_000);
  welcome(again);
  say(again, { op: 'tick', now: 1_060_000 });
  assert.equal(hub.ageMillis(), 60_000, 'a welcome and a tick bring no data');
  picture(again, 'queue/main/mine');
  assert.equal(hub.ready, false);
  assert.equal(hub.ageMillis(), 60_000);
  picture(again, 'queue/main');
  assert.deepEqual([hub.ready, hub.ageMillis()], [true, 0]);
});

test('an old call is not shown again between the welcome and the answer', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  welcome(await cut({ w, hub }, 60_000));
  assert.equal(hub.socket.phase, 'open');
  const called = { state: 'called', arrived: false };
  assert.equal(scene({ conn: hub.ready ? 'live' : 'lost', ageMillis: hub.ageMillis(), entry: called, loaded: true }), 'offline');
});

test('a hub that refuses and closes makes nothing younger', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  const again = await cut({ w, hub }, 20_000);
  again.onopen();
  say(again, { op: 'error', error: { code: 'unavailable', retry: true } });
  again.onclose({ code: 1013 });
  assert.equal(hub.ageMillis(), 20_000);
});

test('while everything is answered, each frame makes the page younger', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  await w.pass(2500);
  assert.equal(hub.ageMillis(), 2500);
  say(ws, { op: 'tick', now: 1_002_500 });
  assert.equal(hub.ageMillis(), 0);
});

test('what is subscribed later does not take the page back', async () => {
  const { ws, hub } = await connected(both);
  whole(ws);
  const late = hub.subscribe('station/1');
  assert.equal(late.phase, 'asking');
  assert.equal(hub.ready, true);
  say(ws, { op: 'event', topic: 'ulsan/queue/main', seq: 9, prev: 8, name: 'x', data: {} });
  assert.equal(hub.topics.get('queue/main').phase, 'asking', 'a gap');
  assert.equal(hub.ready, true);
});

test('one that is subscribed later counts after the next welcome', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  hub.subscribe('station/1');
  picture(ws, 'station/1');
  const again = await cut({ w, hub }, 1000);
  welcome(again);
  whole(again);
  assert.equal(hub.ready, false);
  picture(again, 'station/1');
  assert.equal(hub.ready, true);
});

test('a topic that the hub took away ages by itself', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  await w.pass(1000);
  say(ws, { op: 'ended', topic: 'ulsan/queue/main/mine', error: { code: 'forbidden' } });
  await tick(w, ws, 5000);
  assert.equal(hub.ageMillis(), 0);
  assert.equal(hub.ageMillis(hub.topics.get('queue/main')), 0);
  assert.equal(hub.ageMillis(hub.topics.get('queue/main/mine')), 6000);
});

for (const [how, refuse] of [
  ['an end', ws => say(ws, { op: 'ended', topic: 'ulsan/queue/main', error: { code: 'busy', retry: true, after: 4000 } })],
  ['an error to a sub', ws => say(ws, { op: 'error', id: of(ws, 'sub').find(frame => frame.topic === 'ulsan/queue/main').id, error: { code: 'busy', retry: true, after: 4000 } })],
]) {
  test(`${how} that may be retried is asked again when the hub says, from the cursor`, async () => {
    const { w, ws, hub } = await connected(both);
    if (how === 'an end') whole(ws);
    refuse(ws);
    assert.equal(hub.topics.get('queue/main').error.code, 'busy');
    const count = of(ws, 'sub').length;
    await tick(w, ws, 3000);
    assert.equal(of(ws, 'sub').length, count);
    await tick(w, ws, 1000);
    assert.equal(of(ws, 'sub').length, count + 1);
    picture(ws, 'queue/main');
    assert.deepEqual([hub.topics.get('queue/main').phase, hub.topics.get('queue/main').error], ['live', null]);
  });
}

test('an end for good is not asked again, nor is one that a new connection has asked', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  say(ws, { op: 'ended', topic: 'ulsan/queue/main', error: { code: 'forbidden', retry: false } });
  await tick(w, ws, 5000);
  assert.equal(of(ws, 'sub').length, 2);
  say(ws, { op: 'ended', topic: 'ulsan/queue/main/mine', error: { code: 'busy', retry: true, after: 4000 } });
  const again = await cut({ w, hub }, 1000);
  welcome(again);
  whole(again);
  await tick(w, again, 5000);
  assert.equal(of(again, 'sub').length, 2);
  assert.equal(hub.ready, true);
});

test('a sleep makes everything older, and the connection new', async () => {
  const { w, ws, hub } = await connected(both);
  whole(ws);
  hub.slept(3_600_000);
  assert.equal(ws.closed, true);
  assert.equal(hub.ready, false);
  assert.equal(hub.ageMillis(), 3_600_000);
  assert.equal(hub.ageMillis(hub.topics.get('queue/main')), 3_600_000);
  assert.equal(hub.now(), 1_000_000 + 3_600_000);
  await w.pass(0);
  assert.equal(w.sockets.length, 2);
});
