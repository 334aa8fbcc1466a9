import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acts, callTo, pauseOrResume, run } from '../../../web/js/control-room/acts.js';
import { actOfKey } from '../../../web/js/model/keys.js';

/** A control room that writes down what it would send. */
function room({ conn = 'live', jobs = {} } = {}) {
  const sent = [], toasts = [], opened = [], again = [];
  return {
    sent, toasts, opened, again, conn, can: () => conn !== 'lost', queueTopic: { seq: 41 }, queue: { slots: {}, closed: [] }, stations: { ids: () => ['1', '2'] },
    commands: { get: slot => jobs[slot], again: slot => again.push(slot), run: async (slot, command) => { sent.push({ slot, ...command }); return { ok: true, seq: 42 }; }, refuse: () => {} },
    toasts: { add: (what, { undo } = {}) => toasts.push({ what, undo }) }, toasted: toasts,
    dialogs: { open: (name, context) => opened.push({ name, ...context }) },
  };
}
const waiting = { id: 'E12', number: 12, state: 'waiting', plate: '부산82바3345' };

test('the button of a station calls the truck that it names, not whoever is in front by then', async () => {
  const r = room();
  await callTo(r, '1', waiting);
  assert.deepEqual(r.sent.map(({ name, args }) => [name, args]), [['call', { id: 'E12', station: '1' }]]);
  assert.deepEqual(r.toasted, [{ what: '12번 호출 → 1번 계량대', undo: { topic: 'queue/main', name: 'putBack', args: { id: 'E12' } } }]);
});

test('on late data the hub has to check that the line is still the one that was seen', async () => {
  const expected = async (conn, name, entry) => { const r = room({ conn }); await run(r, name, entry); return r.sent[0].expect; };
  assert.equal(await expected('live', 'skip', waiting), undefined);
  assert.equal(await expected('late', 'skip', waiting), 41);
  assert.equal(await expected('late', 'prioritise', waiting), 41);
  assert.equal(await expected('late', 'call', waiting), undefined, 'it names its truck and its station');
  const r = room({ conn: 'late' });
  await run(r, 'transfer', { ...waiting, state: 'called', station: '1' });
  await r.opened[0].send('2');
  assert.deepEqual([r.sent[0].name, r.sent[0].expect], ['transfer', 41]);
});

test('what is unanswered goes out as it was, even when the truck has moved on', () => {
  const r = room({ jobs: { 'call:E12': { phase: 'unanswered' }, 'transfer:E12': { phase: 'unanswered' }, 'callTo:1': { phase: 'unanswered' }, 'pause:1': { phase: 'unanswered' } } });
  run(r, 'call', { ...waiting, state: 'called' });
  run(r, 'transfer', { ...waiting, state: 'called' });
  callTo(r, '1', undefined);
  pauseOrResume(r, { id: '1', state: {} });
  assert.deepEqual(r.again, ['call:E12', 'transfer:E12', 'callTo:1', 'pause:1']);
  assert.deepEqual([r.sent, r.opened], [[], []]);
});

test('with the line cut nothing is sent', () => {
  const r = room({ conn: 'lost', jobs: { 'call:E12': { phase: 'unanswered' } } });
  run(r, 'call', waiting);
  run(r, 'skip', waiting);
  assert.deepEqual([r.sent, r.again], [[], []]);
});

test('a refusal makes no toast', async () => {
  const r = room();
  r.commands.run = async () => ({ ok: false, error: { code: 'notWaiting' } });
  await callTo(r, '1', waiting);
  assert.deepEqual(r.toasted, []);
});

test('every key but Enter works from a button too', () => {
  assert.equal(actOfKey(acts, { code: 'KeyR', atRest: false }), 'recall');
  assert.equal(actOfKey(acts, { code: 'KeyP', atRest: false }), 'prioritise');
  assert.equal(actOfKey(acts, { code: 'Enter', atRest: false }), undefined);
  assert.equal(actOfKey(acts, { code: 'Enter', atRest: true }), 'call');
  assert.equal(actOfKey(acts, { code: 'KeyQ', atRest: true }), undefined);
});
