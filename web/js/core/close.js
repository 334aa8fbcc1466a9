// What a close code asks of us (docs/protocol.md): the range says it, so new codes need no new page.

/** `stop`: a person must act. `backOff`: later and later. `now`: at once. */
export function adviceOf(code) {
  if (code >= 4000 && code < 4100) return 'stop';
  if (code === 1012 || code >= 4200 && code < 4300) return 'now';
  return 'backOff';
}

export const firstDelayMillis = 1000;
export const delayMillisMax = 15_000;

/** Exponential with jitter: 0.5–1 s at first, never above 15 s. `random` is in 0..<1. */
export function delayMillis(attempt, random) {
  const ceiling = Math.min(delayMillisMax, firstDelayMillis * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random / 2));
}

export const stopWords = {
  4001: '로그인이 거절됨',
  4002: '인사가 늦어 끊김',
  4003: '다른 화면에서 새로 열어 이 화면은 멈춤',
};
