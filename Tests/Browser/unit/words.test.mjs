import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { driverWords, fieldOf, operatorWords, refusedWords } from '../../../web/js/core/words.js';

const protocol = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
const codesIn = text => [...text.matchAll(/`([a-z][A-Za-z]+)`/g)].map(match => match[1]);
const section = (from, to) => protocol.slice(protocol.indexOf(from), protocol.indexOf(to));
const rejections = text => [...text.matchAll(/Rejections: ([^.]*)\./g)].flatMap(match => codesIn(match[1]));
/** What the pages can meet: the protocol's own, and those of the topics they use. */
const codes = [...new Set([
  ...codesIn(section('Codes of the protocol itself', 'Close codes')),
  ...rejections(section('### `queue/main` — staff', '### `order/')),
])].filter(code => code !== 'keyInvalid');
const params = { id: 'e-7f3a19c2', plate: '부산82바3345', number: '12', station: '2', driver: 'drv-9', item: 'itm-4', reason: '점심', max: '100', min: '20000', grams: '1000', divisionGrams: '20000', field: 'plate', expected: 'text', date: '2026-08-14', days: '180', minutes: '5', topic: 'ulsan/queue/main', op: 'x', kind: 'k', command: 'call' };
const message = '내용은 서버의 문장입니다: e-7f3a19c2';

test('the protocol names its codes', () => {
  assert.ok(codes.length > 40, String(codes.length));
});

test('operators get nouns for every code, never the sentence of the hub', () => {
  for (const code of codes) {
    const words = operatorWords({ code, params, message });
    assert.notEqual(words, message, code);
    assert.doesNotMatch(words.replaceAll(' kg', ''), /니다|세요|[a-zA-Z]/, `${code}: ${words}`);
  }
});

test('drivers get whole sentences for every code, and nothing that only the hub knows', () => {
  for (const code of codes.filter(code => !/Unmatched|paused|Paused|Void|Change|unknownCompany/.test(code) || code === 'checkInPaused')) {
    const words = driverWords({ code, params, message });
    assert.match(words, /[요]\.$/, `${code}: ${words}`);
    assert.doesNotMatch(words, /니다|[a-zA-Z]|7f3a/, `${code}: ${words}`);
  }
});

test('words hold without parameters', () => {
  for (const code of codes) for (const words of [operatorWords({ code }), driverWords({ code })]) assert.doesNotMatch(words, /undefined|NaN|null/, `${code}: ${words}`);
});

test('a code newer than the page falls back on the sentence of the hub, and then on something', () => {
  assert.equal(operatorWords({ code: 'somethingNew', message: '새 문장' }), '새 문장');
  assert.equal(driverWords({ code: 'somethingNew', message: '새 문장' }), '새 문장');
  assert.equal(operatorWords(undefined), '거절됨');
  assert.equal(operatorWords({ code: 'toString' }), '거절됨');
});

test('a weight in a sentence is kilograms', () => {
  assert.equal(operatorWords({ code: 'divisionMismatch', params: { grams: '10000', divisionGrams: '20000' } }), '눈금과 다름 — 20 kg 단위');
  assert.equal(refusedWords('sameWeight'), '1·2차 중량 같음');
  assert.equal(refusedWords('somethingNew'), '기록 안 됨');
});

test('a refusal stands at its field', () => {
  assert.deepEqual(['unknownVehicle', 'divisionMismatch', 'reasonRequired', 'busy'].map(fieldOf), ['plate', 'kg', 'reason', null]);
});
