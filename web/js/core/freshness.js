// How old the data on the screen is, by the monotonic clock. Pure rules; `watch` puts them on <html data-conn>.
import * as format from './format.js';

export const lateAfterMillis = 3000;
export const lostAfterMillis = 15_000;
const attemptsBeforeLost = 2;

/**
 * `wait` until the first data, but not for ever; then
 * `live` (≤ 3 s), `late` (> 3 s) or `lost` (socket gone, topics not yet caught up, or > 15 s).
 */
export function connOf({ ready, everReady, ageMillis, attempt = 0, waitedMillis = 0, stopped = false }) {
  if (!everReady) return stopped || attempt >= attemptsBeforeLost || waitedMillis > lostAfterMillis ? 'lost' : 'wait';
  if (!ready || ageMillis > lostAfterMillis) return 'lost';
  return ageMillis > lateAfterMillis ? 'late' : 'live';
}

/** A weight is true or absent: never shown when it, or the line it came on, is older than 3 s. */
export function weightIsTrue({ conn, ageMillis }) {
  return conn === 'live' && ageMillis <= lateAfterMillis;
}

export function wording(conn, ageMillis) {
  if (conn === 'wait') return '연결 중';
  if (conn === 'live') return `실시간 · ${format.age(ageMillis)}`;
  if (conn === 'late') return format.age(ageMillis);
  return Number.isFinite(ageMillis) ? `연결 끊김 · ${format.age(ageMillis)}` : '연결 안 됨';
}

export const icons = { wait: 'late', live: 'stable', late: 'late', lost: 'none' };

/** Looks at the hub every half second and at once when its phase changes; `changed(conn, ageMillis)` each time. */
export function watch(hub, changed, root = document.documentElement) {
  const startedAt = hub.world.now();
  let everReady = false;
  const look = () => {
    everReady ||= hub.ready;
    const ageMillis = hub.ageMillis();
    const { attempt, phase } = hub.socket;
    const conn = connOf({ ready: hub.ready, everReady, ageMillis, attempt, waitedMillis: hub.world.now() - startedAt, stopped: phase === 'stopped' });
    if (root.dataset.conn !== conn) root.dataset.conn = conn;
    changed(conn, ageMillis);
  };
  hub.onPhase(look);
  setInterval(look, 500);
  look();
}
