// Which single view the driver sees, and what it says. Pure.
import { etaMinutes } from './queue.js';

export const offlineAfterMillis = 3000;
const doneShownMillis = 30 * 60_000;

/** How many trucks stand before `number`, and about how long it takes; null when it is not in the line. */
export function place(line, number) {
  const index = line?.line?.indexOf(number) ?? -1;
  return index < 0 ? null : { ahead: index, minutes: etaMinutes(index, line), before: line.line.slice(0, index) };
}

/** The slip to show of itself: the newest of today while it is fresh and not put away. */
export function freshSlip(mine, { now, putAway }) {
  const slip = mine?.latest;
  return slip && slip.number !== putAway && now - slip.completedAt < doneShownMillis ? slip : null;
}

/** Whoever is called from this screen must hear it: no reload, no way off the page. */
export const isHeld = entry => entry?.state === 'waiting' || entry?.state === 'called';

/** A whole connection without the driver's own truck is none for this screen. `phase` is that topic's. */
export function connOfMine(conn, phase) {
  return (conn === 'live' || conn === 'late') && phase !== 'live' ? 'lost' : conn;
}

/**
 * `loading`, `offline`, `checkIn`, `waiting`, `called`, `weighing`, `settled`, `absent`, `done`.
 * A called truck is `weighing` once the hub has seen it on the deck. `ageMillis` is until when `entry` was the hub's:
 * after a cut it counts on until the hub has answered, so a call that is long over is never shown again.
 */
export function scene({ stopped = false, conn, ageMillis, entry, loaded, slip }) {
  if (stopped) return 'loading';   // only the driver can go on; it says how
  if (conn === 'lost' && ageMillis > offlineAfterMillis) return 'offline';
  if (!loaded) return 'loading';
  if (!entry) return slip ? 'done' : 'checkIn';
  switch (entry.state) {
    case 'called': return entry.arrived ? 'weighing' : 'called';
    case 'away': return 'settled';
    case 'absent': return 'absent';
    default: return 'waiting';
  }
}
