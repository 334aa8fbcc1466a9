import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Socket, openWithinMillis } from '../../../web/js/core/socket.js';
import { connected, picture, settle, tick, welcome, world } from './world.mjs';

const never = new Promise(() => {});

function started(auth) {
  const w = world();
  const socket = new Socket({ url: 'ws://hub/ws', auth, onFrame: () => {}, onPhase: () => {}, world: w });
  socket.start();
  return { w, socket };
}

test('a token that never comes does not stop the coming back', async () => {
  let count = 0;
  const { w, socket } = started({ token: () => { count += 1; return count === 1 ? never : 'T1'; } });
  await w.pass(openWithinMillis - 1);
  assert.equal(socket.phase, 'opening');
  await w.pass(2000);
  assert.equal(count, 2);
  assert.equal(w.sockets.length, 1);
});

test('a token that comes after its attempt was given up opens nothing', async () => {
  let give;
  let count = 0;
  const { w } = started({ token: () => { count += 1; return count === 1 ? new Promise(resolve => { give = resolve; }) : never; } });
  await w.pass(openWithinMillis + 1000);
  give('T1');
  await settle();
  assert.equal(w.sockets.length, 0);
});

test('a handshake without a welcome is given up', async () => {
  const { w } = started({ token: async () => 'T1' });
  await w.pass(openWithinMillis + 1000);
  assert.equal(w.sockets[0].closed, true);
  assert.equal(w.sockets.length, 2);
  w.sockets[0].onopen();
  assert.deepEqual(w.sockets[0].sent, [], 'what was given up says no hello');
});

test('hurrying starts an attempt that hangs anew, but not one that has just begun', async () => {
  const { w, socket } = started({ token: async () => 'T1' });
  await w.pass(500);
  socket.hurry();
  await w.pass(0);
  assert.equal(w.sockets.length, 1);
  await w.pass(1000);
  socket.hurry();
  await w.pass(0);
  assert.equal(w.sockets.length, 2);
  assert.equal(w.sockets[0].closed, true);
});

test('attempts count on until the line has held for fifteen seconds', async () => {
  const { w, ws, hub } = await connected(hub => hub.subscribe('queue/main'));
  picture(ws, 'queue/main');
  const cut = async () => { w.sockets.at(-1).onclose({ code: 1006 }); await w.pass(15_000); welcome(w.sockets.at(-1)); picture(w.sockets.at(-1), 'queue/main'); };
  await cut();
  await cut();
  await tick(w, w.sockets.at(-1), 14_000);
  assert.equal(hub.socket.attempt, 2, 'a line that opens and breaks is one that breaks');
  await tick(w, w.sockets.at(-1), 1000);
  assert.equal(hub.socket.attempt, 0);
});

test('a hub that welcomes and closes at once is not asked ever faster', async () => {
  const { w, ws } = await connected();
  ws.onclose({ code: 1012 });
  for (let turn = 0; turn < 6; turn += 1) {
    await w.pass(20_000);
    const again = w.sockets.at(-1);
    welcome(again);
    again.onclose({ code: 1012 });
  }
  const count = w.sockets.length;
  await w.pass(3000);
  assert.equal(w.sockets.length, count, 'it backs off');
});

test('an expired token is renewed once, not in a circle', async () => {
  const { w, asked, ws } = await connected();
  ws.onclose({ code: 4101 });
  await w.pass(1000);
  const again = w.sockets.at(-1);
  welcome(again);
  again.onclose({ code: 4101 });
  await w.pass(400);
  assert.deepEqual(asked, ['refresh']);
});
