import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as format from '../../../web/js/core/format.js';

const at = Date.parse('2026-11-20T14:32:07+09:00');

test('weights are whole kilograms with commas, from grams', () => {
  assert.equal(format.kg(25_340_000), '25,340');
  assert.equal(format.kg(0), '0');
  assert.equal(format.kg(999_000), '999');
  assert.equal(format.kg(1_000_000_000), '1,000,000');
  assert.equal(format.kg(-40_000), '−40');
});

test('totals are tonnes with one decimal', () => {
  assert.equal(format.tonnes(3_284_100_000), '3,284.1');
  assert.equal(format.tonnes(0), '0.0');
});

test('a typed weight is whole kilograms or nothing', () => {
  assert.equal(format.gramsFromKg('25,340'), 25_340_000);
  assert.equal(format.gramsFromKg(' 25340 kg '), 25_340_000);
  for (const bad of ['', '25.34', '-3', 'abc', '1234567']) assert.equal(format.gramsFromKg(bad), null);
});

test('times are Korean, whatever the zone of the device', () => {
  assert.equal(format.clock(at), '14:32');
  assert.equal(format.clockSeconds(at), '14:32:07');
  assert.equal(format.day(at, true), '11월 20일 (금)');
  assert.equal(format.isoDate(Date.parse('2026-11-20T00:30:00+09:00')), '2026-11-20');
  assert.equal(format.hour(Date.parse('2026-11-20T00:30:00+09:00')), 0);
});

test('spans and ages are said as people say them', () => {
  assert.equal(format.span(38_400), '38초');
  assert.equal(format.span(72_000), '1분 12초');
  assert.equal(format.span(360_000), '6분');
  assert.equal(format.span(2 * 3_600_000 + 5 * 60_000), '2시간 5분');
  assert.equal(format.age(400), '0.4초 전 자료');
  assert.equal(format.age(7200), '7초 전 자료');
  assert.equal(format.age(72_000), '1분 12초 전 자료');
});

test('a countdown stops at zero', () => {
  assert.equal(format.countdown(222_000), '3:42');
  assert.equal(format.countdown(-5000), '0:00');
  assert.equal(format.minutes(182), '3:02');
});

test('plates split where they are spoken', () => {
  assert.deepEqual(format.plate('부산82바3345'), { region: '부산', series: '82', letter: '바', last: '3345' });
  assert.deepEqual(format.plate('812무 3456'), { region: '', series: '812', letter: '무', last: '3456' });
  assert.deepEqual(format.plate('임시-12'), { region: '임시-12', series: '', letter: '', last: '' });
  assert.equal(format.plateText('부산82바3345'), '부산82바 3345');
});
