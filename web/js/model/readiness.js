// What the log-in page says of this device: each check as [tone, words], tone `ok`, `fault` or `none` (not known).
import { span } from '../core/format.js';

/** The hub's Date header has whole seconds, so two seconds of doubt are no fault. `millis`: how far this clock is ahead, or null. */
export function clockWords(millis) {
  if (millis === null || Number.isNaN(millis)) return ['none', '확인 못 함'];
  const seconds = Math.round(millis / 1000);
  if (Math.abs(seconds) <= 2) return ['ok', '맞음'];
  return ['fault', `${span(Math.abs(seconds) * 1000)} ${seconds > 0 ? '빠름' : '느림'}`];
}

/** Of `noticeState()`. A device without notices still rings, so that is no fault of anybody. */
export function noticeWords(state) {
  return {
    granted: ['ok', '허용'],
    denied: ['fault', '차단됨'],
    default: ['none', ''],
    insecure: ['none', '보안 연결 아님'],
    none: ['none', '이 기기는 안 됨'],
  }[state];
}

/** Whether Hangul is being typed where nobody sees the letters; null when the event does not tell. */
export function isHangul({ type, key, data, isComposing, value }) {
  const hangul = /[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]/;
  if (type.startsWith('composition') || isComposing || key === 'Process') return true;
  if (type === 'keydown') return key?.length === 1 && /\p{L}/u.test(key) ? hangul.test(key) : null;
  return hangul.test(data ?? '') || hangul.test(value ?? '');
}
