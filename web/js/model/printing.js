// What may go to paper. The first print is plain; every later one is a reprint, counted by the hub and marked so.

/** `first`: plain prints are offered; `again`: reprints are. Drivers print for themselves: theirs is no document of the office. */
export function offersOf({ isDriver, wasPrinted, reprints }) {
  return { first: isDriver || !wasPrinted && reprints === 0, again: !isDriver };
}

/** One reprint on its way to paper: it waits until the slip on the screen carries the count that it was given. */
export class Reprint {
  isAsked = false;

  ask(reprints) {
    Object.assign(this, { isAsked: true, from: reprints, seq: null });
  }

  /** The hub's reply; a refusal or none at all prints nothing. */
  answered({ ok, seq }) {
    if (ok) this.seq = seq;
    else this.isAsked = false;
  }

  /** True once: when the ticket shows our own reprint. A count that another screen raised is not ours. */
  isDue({ reprints, seq }) {
    const isDue = this.isAsked && this.seq !== null && seq >= this.seq && reprints > this.from;
    if (isDue) this.isAsked = false;
    return isDue;
  }
}
