import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Commands } from '../../../web/js/core/commands.js';
import { resendWithinMillis } from '../../../web/js/core/hub.js';
import { connected, cut, of, say, settle, tick, welcome } from './world.mjs';

const command = { topic: 'queue/main', name: 'call', args: { id: 'E12', station: '1' } };
const slot = 'call:E12';

async function sent() {
  const { w, ws, hub } = await connected();
  const commands = new Commands(hub, error => `이유 ${error.code}`);
  const outcome = commands.run(slot, command);
  return { w, ws, hub, commands, outcome, key: of(ws, 'cmd')[0].key };
}

test('a short cut: the command goes out again by itself, with its key', async () => {
  const { w, hub, key } = await sent();
  const again = await cut({ w, hub }, 3000);
  welcome(again);
  assert.deepEqual(of(again, 'cmd').map(frame => frame.key), [key]);
});

test('a long cut: nothing goes out that was asked long ago; a person sends it again with the same key', async () => {
  const { w, hub, commands, outcome, key } = await sent();
  const again = await cut({ w, hub }, resendWithinMillis + 60_000);
  welcome(again);
  assert.deepEqual(of(again, 'cmd'), []);
  assert.equal(commands.get(slot).phase, 'unanswered');
  const same = commands.run(slot, command);
  assert.equal(same, outcome);
  assert.equal(commands.get(slot).phase, 'sending');
  assert.deepEqual(of(again, 'cmd').map(frame => frame.key), [key]);
  say(again, { op: 'reply', id: of(again, 'cmd')[0].id, ok: true, seq: 1 });
  await w.pass(2000);
  assert.equal((await outcome).ok, true);
  assert.equal(commands.get(slot), undefined);
});

test('a sleep counts, though the clock of the page stood still', async () => {
  const { w, hub } = await sent();
  hub.slept(3_600_000);
  await w.pass(0);
  welcome(w.sockets.at(-1));
  assert.deepEqual(of(w.sockets.at(-1), 'cmd'), []);
});

test('what a person sends again while the line is cut goes out when it is back soon', async () => {
  const { w, hub, commands, key } = await sent();
  const again = await cut({ w, hub }, resendWithinMillis + 10_000);
  commands.again(slot);
  await w.pass(3000);
  welcome(again);
  assert.deepEqual(of(again, 'cmd').map(frame => frame.key), [key]);
});

test('no answer for five seconds is said, and nothing is sent for it', async () => {
  const { w, ws, commands } = await sent();
  await tick(w, ws, 4000);
  assert.equal(commands.get(slot).phase, 'sending');
  assert.equal(commands.isSending, true);
  await tick(w, ws, 1000);
  assert.equal(commands.get(slot).phase, 'unanswered');
  assert.equal(commands.isSending, false);
  assert.equal(of(ws, 'cmd').length, 1);
});

test('letting it be: the place is free, nothing is sent any more, a late answer moves nothing', async () => {
  const { w, ws, hub, commands, outcome } = await sent();
  await tick(w, ws, 6000);
  commands.get(slot).drop();
  assert.equal(commands.get(slot), undefined);
  assert.deepEqual([(await outcome).ok, (await outcome).dropped], [false, true]);
  assert.equal(hub.inFlight.size, 0);
  say(ws, { op: 'reply', id: of(ws, 'cmd')[0].id, ok: false, error: { code: 'notWaiting' } });
  await settle();
  assert.equal(commands.get(slot), undefined);
  commands.run(slot, command);
  assert.equal(of(ws, 'cmd').length, 2);
  assert.notEqual(of(ws, 'cmd')[1].key, of(ws, 'cmd')[0].key);
});

test('a refusal is told in the words of the audience', async () => {
  const { w, ws, commands } = await sent();
  say(ws, { op: 'reply', id: of(ws, 'cmd')[0].id, ok: false, error: { code: 'notWaiting', message: 'x' } });
  await w.pass(0);
  assert.equal(commands.get(slot).message, '이유 notWaiting');
});

test('a closed form: what is on its way may still be answered, but the place is free for another', async () => {
  const { w, ws, commands, outcome } = await sent();
  commands.leave(slot);
  assert.equal(commands.get(slot), undefined);
  commands.run(slot, { ...command, args: { id: 'E13', station: '1' } });
  say(ws, { op: 'reply', id: of(ws, 'cmd')[0].id, ok: true, seq: 1 });
  await w.pass(2000);
  assert.equal((await outcome).ok, true);
  assert.equal(commands.get(slot).phase, 'sending', 'the second is not taken for the first');
});

test('a closed form leaves no command that nobody could answer for', async () => {
  const { w, ws, hub, commands } = await sent();
  commands.leave(slot);
  await tick(w, ws, 6000);
  assert.equal(hub.inFlight.size, 0);
});
