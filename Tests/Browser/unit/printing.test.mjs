import assert from 'node:assert/strict';
import { test } from 'node:test';
import { offersOf, Reprint } from '../../../web/js/model/printing.js';
import { hasDeduction, phoneRows, weightsOf } from '../../../web/js/model/slip.js';

test('after the first print only a reprint is offered, to whoever can count it', () => {
  const staff = fields => offersOf({ isDriver: false, wasPrinted: false, reprints: 0, ...fields });
  assert.deepEqual(staff(), { first: true, again: true });
  assert.deepEqual(staff({ wasPrinted: true }), { first: false, again: true });
  assert.deepEqual(staff({ reprints: 1 }), { first: false, again: true }, 'printed somewhere else');
  assert.deepEqual(offersOf({ isDriver: true, wasPrinted: true, reprints: 2 }), { first: true, again: false });
});

test('a reprint goes to paper once its mark is on the slip, and once only', () => {
  const reprint = new Reprint();
  reprint.ask(1);
  assert.equal(reprint.isDue({ reprints: 2, seq: 9 }), false, 'not before the reply');
  reprint.answered({ ok: true, seq: 9 });
  assert.equal(reprint.isDue({ reprints: 1, seq: 9 }), false, 'the slip on the screen is still the old one');
  assert.equal(reprint.isDue({ reprints: 2, seq: 8 }), false, 'that one is another screen\'s');
  assert.equal(reprint.isDue({ reprints: 3, seq: 9 }), true);
  assert.equal(reprint.isDue({ reprints: 3, seq: 9 }), false);
});

test('a refused or dropped reprint prints nothing', () => {
  const reprint = new Reprint();
  reprint.ask(0);
  reprint.answered({ ok: false, dropped: true });
  assert.equal(reprint.isDue({ reprints: 1, seq: 9 }), false);
  assert.equal(reprint.isAsked, false);
});

const at = Date.parse('2026-11-20T14:41:12+09:00');
const measured = { grossGrams: 40_460_000, tareGrams: 25_340_000, tareSource: 'MEASURED', first: { grams: 40_460_000, at, source: 'INDICATOR' }, second: { grams: 25_340_000, at, source: 'MANUAL' } };
const kilograms = grams => `${grams / 1000}`;

test('a phone shows what was typed in and when', () => {
  assert.deepEqual(phoneRows(measured, kilograms), [['총중량 (1차)', '40460'], ['공차중량 (2차)', '25340'], ['수기 입력', '2026-11-20']]);
});

test('a phone shows a stored tare and its date', () => {
  const stored = { ...measured, tareSource: 'PT', tareDate: '2026-08-14', second: undefined };
  assert.deepEqual(phoneRows(stored, kilograms), [['총중량 (1차)', '40460'], ['공차중량 (등록)', '25340'], ['PT 등록공차', '2026-08-14']]);
  assert.deepEqual(phoneRows({ ...stored, tareDate: undefined }, kilograms).at(-1), ['PT 등록공차', '날짜 없음']);
});

test('whoever came empty is weighed the other way round', () => {
  const [gross, tare] = weightsOf({ ...measured, first: measured.second, second: measured.first });
  assert.deepEqual([gross.pass, gross.mark, tare.pass, tare.mark.word], ['2차', null, '1차', '수기']);
});

test('a deduction that nobody spoke of is not printed as nought', () => {
  assert.deepEqual([{}, { deductionGrams: null }, { deductionGrams: 0 }, { deductionGrams: 20_000 }].map(hasDeduction), [false, false, true, true]);
});
