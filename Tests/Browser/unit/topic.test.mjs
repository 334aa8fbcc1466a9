import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Topic } from '../../../web/js/core/topic.js';

const event = (seq, prev) => ({ op: 'event', topic: 'ulsan/queue/main', seq, prev, name: 'added', data: seq });
const topic = () => {
  const topic = new Topic('queue/main', (list, { data }) => [...list, data]);
  topic.take({ op: 'snapshot', epoch: 'e1', seq: 10, data: [] });
  return topic;
};

test('there is no cursor before the first snapshot', () => {
  assert.equal(new Topic('queue/main').cursor, undefined);
  assert.deepEqual(topic().cursor, { epoch: 'e1', seq: 10 });
});

test('an event that follows is applied, even when hidden ones lie between', () => {
  const t = topic();
  assert.equal(t.take(event(11, 10)), 'changed');
  assert.equal(t.take(event(15, 11)), 'changed');
  assert.deepEqual(t.data, [11, 15]);
  assert.equal(t.seq, 15);
});

test('a repeat is ignored', () => {
  const t = topic();
  t.take(event(11, 10));
  assert.equal(t.take(event(11, 10)), 'nothing');
  assert.equal(t.take(event(9, 8)), 'nothing');
  assert.deepEqual(t.data, [11]);
});

test('a gap asks again with the cursor and applies nothing', () => {
  const t = topic();
  assert.equal(t.take(event(13, 12)), 'ask');
  assert.deepEqual(t.data, []);
  assert.deepEqual(t.cursor, { epoch: 'e1', seq: 10 });
});

test('while the answer is on its way, a gap asks no second time', () => {
  const t = topic();
  t.take(event(13, 12));
  t.asked();
  assert.equal(t.take(event(14, 13)), 'nothing');
  t.take({ op: 'resumed', epoch: 'e1', seq: 14 });
  for (const [seq, prev] of [[11, 10], [12, 11], [13, 12], [14, 13]]) assert.equal(t.take(event(seq, prev)), 'changed');
  assert.deepEqual(t.data, [11, 12, 13, 14]);
  assert.equal(t.phase, 'live');
});

test('a snapshot replaces everything, asked for or not', () => {
  const t = topic();
  t.take(event(11, 10));
  t.take({ op: 'snapshot', epoch: 'e2', seq: 4, data: ['new'] });
  assert.deepEqual(t.data, ['new']);
  assert.deepEqual(t.cursor, { epoch: 'e2', seq: 4 });
});

test('a state replaces the view and moves the cursor by the same rule', () => {
  const t = topic();
  assert.equal(t.take({ op: 'state', seq: 12, prev: 10, data: ['whole'] }), 'changed');
  assert.deepEqual(t.data, ['whole']);
  assert.equal(t.take({ op: 'state', seq: 15, prev: 13, data: ['late'] }), 'ask');
});

test('an ended topic keeps its last data and says why', () => {
  const t = topic();
  t.take({ op: 'ended', error: { code: 'forbidden', message: '권한 없음' } });
  assert.equal(t.phase, 'refused');
  assert.equal(t.error.code, 'forbidden');
});

test('a refused topic does not ask at every gap: its answer is on its way, or nobody\'s', () => {
  const t = topic();
  t.take({ op: 'ended', error: { code: 'rateLimited', retry: true } });
  assert.equal(t.take(event(13, 12)), 'nothing');
  t.take({ op: 'resumed', epoch: 'e1', seq: 13 });
  assert.deepEqual([t.phase, t.error], ['live', null]);
});

test('only what was asked at a welcome is awaited, until any answer', () => {
  const t = new Topic('station/1');
  t.asked();
  assert.equal(t.awaited, false);
  t.asked({ awaited: true });
  t.asked();
  assert.equal(t.awaited, true);
  t.take({ op: 'ended', error: { code: 'forbidden' } });
  assert.equal(t.awaited, false);
});
