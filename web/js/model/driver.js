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

/**
 * `loading`, `offline`, `checkIn`, `waiting`, `called`, `weighing`, `settled`, `absent`, `done`.
 * A called truck is `weighing` once the hub has seen it on the deck.
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
