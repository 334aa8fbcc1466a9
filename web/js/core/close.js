// What a close code asks of us (docs/protocol.md): the range says it, so new codes need no new page.

const helloTimeoutOld = 4002;   // an older hub's code for a slow line (now 4104): nothing a person has to decide

/** `stop`: a person must act. `backOff`: later and later. `now`: at once. */
export function adviceOf(code) {
  if (code === helloTimeoutOld) return 'backOff';
  if (code >= 4000 && code < 4100) return 'stop';
  if (code === 1012 || code >= 4200 && code < 4300) return 'now';
  return 'backOff';
}

/** The hub has ended this log-in: nothing more can be done here without logging in again. */
export const endsLogin = code => code === 4001 || code === 4003;

export const firstDelayMillis = 1000;
export const delayMillisMax = 15_000;

/** Exponential with jitter: 0.5–1 s at first, never above 15 s. `random` is in 0..<1. */
export function delayMillis(attempt, random) {
  const ceiling = Math.min(delayMillisMax, firstDelayMillis * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + random / 2));
}
