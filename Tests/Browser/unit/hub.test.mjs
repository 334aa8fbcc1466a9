import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceOf, delayMillis } from '../../../web/js/core/close.js';
import { connected, of, say, welcome } from './world.mjs';

test('hello first, with the token in the frame', async () => {
  const { ws } = await connected();
  assert.equal(ws.url, 'ws://hub/ws');
  assert.deepEqual(ws.sent[0], { op: 'hello', token: 'T1' });
});

test('subscriptions made before the welcome are sent after it, under the site', async () => {
  const { ws, hub } = await connected(hub => hub.subscribe('queue/main'));
  assert.deepEqual(of(ws, 'sub').map(frame => [frame.topic, frame.cursor]), [['ulsan/queue/main', undefined]]);
  assert.equal(hub.ready, false);
  say(ws, { op: 'snapshot', id: of(ws, 'sub')[0].id, topic: 'ulsan/queue/main', epoch: 'e1', seq: 5, data: {} });
  assert.equal(hub.ready, true);
});

test('after a cut: the command with its own key first, then every topic from its cursor', async () => {
  const { w, ws, hub } = await connected(hub => hub.subscribe('queue/main'));
  say(ws, { op: 'snapshot', topic: 'ulsan/queue/main', epoch: 'e1', seq: 5, data: {} });
  const { key, reply } = hub.command('queue/main', 'callNext', { station: '1' });
  ws.onclose({ code: 1006 });
  assert.equal(hub.ready, false);
  await w.pass(1000);
  const again = w.sockets[1];
  welcome(again);
  assert.deepEqual(again.sent.map(frame => frame.op), ['hello', 'cmd', 'sub']);
  assert.equal(again.sent[1].key, key);
  assert.deepEqual(again.sent[1].args, of(ws, 'cmd')[0].args);
  assert.deepEqual(again.sent[2].cursor, { epoch: 'e1', seq: 5 });
  say(again, { op: 'reply', id: again.sent[1].id, ok: true, seq: 6 });
  assert.equal((await reply).seq, 6);
  assert.equal(hub.inFlight.size, 0);
});

test('two commands never share a key', async () => {
  const { hub } = await connected();
  assert.notEqual(hub.command('queue/main', 'callNext').key, hub.command('queue/main', 'callNext').key);
});

test('a gap subscribes again from the cursor, once', async () => {
  const { ws } = await connected(hub => hub.subscribe('queue/main', { reduce: data => data }));
  say(ws, { op: 'snapshot', topic: 'ulsan/queue/main', epoch: 'e1', seq: 5, data: {} });
  for (const seq of [8, 9]) say(ws, { op: 'event', topic: 'ulsan/queue/main', seq, prev: seq - 1, name: 'x', data: {} });
  assert.deepEqual(of(ws, 'sub').slice(1).map(frame => frame.cursor), [{ epoch: 'e1', seq: 5 }]);
});

test('the range of the close code says what to do', () => {
  assert.deepEqual([4001, 4003, 4100, 4101, 4199, 4200, 4201, 1000, 1006, 1011].map(adviceOf), ['stop', 'stop', 'backOff', 'backOff', 'backOff', 'now', 'now', 'backOff', 'backOff', 'backOff']);
});

test('a log-in that was too slow is tried again, by the old code and the new one', () => {
  assert.deepEqual([4002, 4104].map(adviceOf), ['backOff', 'backOff']);
});

test('the first way back takes at most a second, none more than fifteen, and it never ends', async () => {
  assert.ok(delayMillis(0, 0.999) <= 1000);
  for (const attempt of [5, 50, 5000]) assert.ok(delayMillis(attempt, 0.999) <= 15_000 && delayMillis(attempt, 0) >= 7500);
  const { w, ws } = await connected();
  ws.onclose({ code: 1006 });
  for (let turn = 1; turn <= 60; turn += 1) {
    await w.pass(15_000);
    w.sockets.at(-1).onclose({ code: 1006 });
  }
  assert.ok(w.sockets.length > 60);
});

test('drain: back after the delay the hub gave', async () => {
  const { w, ws } = await connected();
  say(ws, { op: 'drain', after: 3000 });
  ws.onclose({ code: 4200 });
  await w.pass(2900);
  assert.equal(w.sockets.length, 1);
  await w.pass(200);
  assert.equal(w.sockets.length, 2);
});

test('expired: refresh once, come back with the new token; refused again: stop', async () => {
  const { w, ws, hub, asked } = await connected();
  ws.onclose({ code: 4101 });
  await w.pass(1000);
  w.sockets[1].onopen();
  assert.deepEqual(asked, ['refresh']);
  assert.equal(w.sockets[1].sent[0].token, 'T2');
  w.sockets[1].onclose({ code: 4001 });
  await w.pass(60_000);
  assert.equal(w.sockets.length, 2);
  assert.equal(hub.socket.phase, 'stopped');
});

test('expiring is answered in-band', async () => {
  const { w, ws } = await connected();
  say(ws, { op: 'expiring', expiresAt: 1 });
  await w.pass(0);
  assert.deepEqual(of(ws, 'refresh'), [{ op: 'refresh', token: 'T2' }]);
});

test('fifteen seconds of silence: the socket is given up even if it never closes', async () => {
  const { w, ws, hub } = await connected();
  await w.pass(14_000);
  assert.equal(hub.socket.phase, 'open');
  await w.pass(4000);
  assert.equal(ws.closed, true);
  assert.ok(w.sockets.length > 1);
});

test('the hub tells the time by the monotonic clock', async () => {
  const { w, ws, hub } = await connected();
  await w.pass(2000);
  assert.equal(hub.now(), 1_002_000);
  say(ws, { op: 'tick', now: 1_002_050 });
  assert.equal(hub.now(), 1_002_050);
  say(ws, { op: 'tick', now: 1_001_000 });
  assert.ok(hub.now() > 1_002_000, 'one delayed tick does not turn the clock back');
});

test('a refused subscription is not waited for', async () => {
  const { ws, hub } = await connected(hub => hub.subscribe('station/9'));
  say(ws, { op: 'error', id: of(ws, 'sub')[0].id, error: { code: 'unknownTopic', message: '없는 계량대' } });
  assert.equal(hub.ready, true);
  assert.equal(hub.topics.get('station/9').error.code, 'unknownTopic');
});
