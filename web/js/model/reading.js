// The reading of one deck as a page has heard it, by the page's monotonic clock.

/** Nothing heard on this connection. What a snapshot carries may be of any age: its `at` is the clock of the edge. */
export const unheard = { live: null, liveAt: -Infinity, since: null };

/** A live reading came at `now`. `since`, when its state began, starts anew after a blank: nobody saw what was between. */
export function heard(reading, live, { now, wasTrue }) {
  const goesOn = wasTrue && reading.live?.state === live.state;
  return { live, liveAt: now, since: goesOn ? reading.since : now };
}

/** Why no weight is shown: `signal`, a fresh reading that has none, or `data`, no reading for three seconds. */
export function absenceOf({ live, isTrue, linked }) {
  return live && isTrue && linked !== false ? 'signal' : 'data';
}
