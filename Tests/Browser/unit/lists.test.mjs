import assert from 'node:assert/strict';
import { test } from 'node:test';
import { againAfterMillis, Lists } from '../../../web/js/control-room/lists.js';
import { world } from './world.mjs';

function kept(answers = () => []) {
  const w = world();
  const asked = [], taken = [], told = [];
  const lists = new Lists({
    world: w, loaded: path => told.push(`loaded ${path}`), failed: path => told.push(`failed ${path}`),
    get: async path => { asked.push(path); return answers(asked.length); },
  });
  lists.keep('/drivers', list => taken.push(list));
  return { w, lists, asked, taken, told };
}

test('asked again until it is there, and the failure is taken back', async () => {
  const { w, asked, taken, told } = kept(count => { if (count < 3) throw new Error('away'); return ['x']; });
  await w.pass(4000);
  assert.equal(asked.length, 3);
  assert.deepEqual(taken, [['x']]);
  assert.deepEqual(told, ['failed /drivers', 'failed /drivers', 'loaded /drivers']);
});

test('asked again after hours, and on a new day, but not twice for one', async () => {
  const { w, lists, asked } = kept();
  await w.pass(againAfterMillis);
  assert.equal(asked.length, 2);
  lists.refresh();
  await w.pass(0);
  assert.equal(asked.length, 2, 'it came just now');
  await w.pass(61_000);
  lists.refresh();
  lists.refresh();
  await w.pass(0);
  assert.equal(asked.length, 3);
});

test('a stranger is asked for once', async () => {
  const { w, lists, asked } = kept();
  await w.pass(0);
  for (const id of ['7', '7', undefined, null]) lists.stranger('/drivers', id);
  await w.pass(0);
  lists.stranger('/drivers', '7');
  await w.pass(0);
  assert.equal(asked.length, 2);
  lists.stranger('/drivers', '8');
  await w.pass(0);
  assert.equal(asked.length, 3);
});
