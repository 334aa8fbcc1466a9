import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flat } from '../../../web/js/model/slip.js';
import { sheetOf, ticket } from '../../../web/js/model/ticket.js';

const slip = { number: 'WR202611200001', load: { plate: '부산82바3345', driver: '1', item: '1', itemName: '철스크랩(생철)' }, first: { grams: 40_460_000, source: 'INDICATOR' }, second: { grams: 25_340_000, source: 'MANUAL' }, netGrams: 15_120_000 };
const known = { number: slip.number, driverName: '강태호', yard: { name: '부산 제1야드' } };
const issued = { slip, corrected: {}, history: [], reprints: 0 };
const after = (...events) => events.reduce((state, [name, data]) => ticket(state, { name, data }), issued);

test('both shapes of a slip become one', () => {
  assert.equal(flat(slip).plate, '부산82바3345');
  assert.equal(flat(slip).manual, true);
  assert.equal(flat(slip).state, 'COMPLETE');
  assert.equal(flat({ number: 'WR1', plate: 'x', state: 'VOID', reprints: 2 }).state, 'VOID');
  assert.equal(flat({ number: 'WR1', reprints: 2 }).reprints, 2);
  assert.equal(flat(undefined), null);
});

test('a sheet shows what was corrected, voided and printed again', () => {
  const change = { version: 2, at: 5, by: '관리자', reason: '품목 오기', before: { item: '1' }, after: { item: '2', itemName: '폐목재' } };
  const sheet = sheetOf(after(['corrected', { change }], ['reprinted', { count: 1, by: '박정민', at: 6 }], ['voided', { by: '관리자', reason: '중복', at: 7 }]), known);
  assert.deepEqual([sheet.itemName, sheet.plate, sheet.driverName, sheet.version, sheet.reprints, sheet.state], ['폐목재', '부산82바3345', '강태호', 2, 1, 'VOID']);
  assert.deepEqual(sheet.lastReprint, { by: '박정민', at: 6 });
  assert.equal(sheetOf(issued, known).state, 'COMPLETE');
});
