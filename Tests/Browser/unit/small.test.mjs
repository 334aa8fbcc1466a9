import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noticeState } from '../../../web/js/core/notice.js';
import { Countdown, surplus } from '../../../web/js/model/countdown.js';
import { historyNote, numberOf } from '../../../web/js/model/history.js';
import { clockWords, isHangul, noticeWords } from '../../../web/js/model/readiness.js';
import { qrPath } from '../../../web/js/slip/qr.js';

// ── toasts ──

test('eight seconds are eight seconds, but stand still while somebody is at it', () => {
  const countdown = new Countdown(2);
  assert.equal(countdown.second(), false);
  countdown.isHeld = true;
  for (let turn = 0; turn < 20; turn += 1) assert.equal(countdown.second(), false);
  countdown.isHeld = false;
  assert.equal(countdown.second(), true);
});

test('a fourth toast takes away the oldest plain one, never a way back', () => {
  const undo = {}, a = { undo }, b = { undo }, c = { undo }, plain = {}, other = {};
  assert.deepEqual(surplus([a, plain, b, c], 3), [plain]);
  assert.deepEqual(surplus([a, b, c, { undo }], 3), []);
  assert.deepEqual(surplus([plain, other, a, b, c], 3), [plain, other]);
  assert.deepEqual(surplus([plain, a], 3), []);
});

// ── the driver's history ──

test('an address that was cut short opens the list', () => {
  assert.equal(numberOf('#slips/WR202611200001'), 'WR202611200001');
  for (const hash of ['#slips/%', '#slips/%E0%A4%A', '#slips/', '#slips', '']) assert.equal(numberOf(hash), null, hash);
});

test('a list that is not whole says so', () => {
  assert.equal(historyNote({ shown: 100, total: 134, isLoaded: true }), '134건 가운데 최근 100건만 보여요.');
  assert.equal(historyNote({ shown: 100, total: 100, isLoaded: true }), '');
  assert.equal(historyNote({ shown: 3, total: undefined, isLoaded: true }), '');
  assert.equal(historyNote({ shown: 0, isEmpty: true, isLoaded: true }), '아직 전표가 없어요.');
  assert.equal(historyNote({ shown: 0, isEmpty: true, isLoaded: false }), '불러오는 중이에요.');
});

// ── this device ──

test('a clock that could not be compared is not right', () => {
  assert.deepEqual(clockWords(null), ['none', '확인 못 함']);
  assert.deepEqual(clockWords(NaN), ['none', '확인 못 함']);
  assert.deepEqual(clockWords(-1900), ['ok', '맞음']);
  assert.deepEqual(clockWords(65_000), ['fault', '1분 5초 빠름']);
  assert.deepEqual(clockWords(-5000), ['fault', '5초 느림']);
});

test('notices: each state has its words, and only a refusal is a fault', () => {
  const state = noticeState({ isSecureContext: true, Notification: { permission: 'denied' } });
  assert.deepEqual([state, noticeState({ isSecureContext: false, Notification: {} }), noticeState({ isSecureContext: true })], ['denied', 'insecure', 'none']);
  assert.deepEqual(['granted', 'denied', 'default', 'insecure', 'none'].map(state => noticeWords(state)[0]), ['ok', 'fault', 'none', 'none', 'none']);
});

test('Hangul where a password is typed is told, and taken back', () => {
  assert.equal(isHangul({ type: 'keydown', key: 'ㅁ' }), true);
  assert.equal(isHangul({ type: 'keydown', key: 'Process' }), true);
  assert.equal(isHangul({ type: 'keydown', key: 'a' }), false);
  assert.equal(isHangul({ type: 'keydown', key: 'Shift' }), null);
  assert.equal(isHangul({ type: 'compositionstart' }), true);
  assert.equal(isHangul({ type: 'input', data: null, value: '가나' }), true);
  assert.equal(isHangul({ type: 'input', data: 'a', value: 'a' }), false);
});

// ── the code on the slip ──

test('an address too long for the code is told apart from a hub that does not answer', () => {
  assert.ok(qrPath('http://hub.yard/slip.html?slip=WR202611200001').size > 0);
  assert.throws(() => qrPath(`http://${'long'.repeat(40)}/`), RangeError);
});
