// How long something that goes by itself stays: seconds that stand still while somebody is at it.

export class Countdown {
  constructor(seconds) {
    this.left = seconds;
    this.isHeld = false;   // the pointer or the focus is on it
  }

  /** A second has passed; true when the time is up. */
  second() {
    if (!this.isHeld) this.left -= 1;
    return this.left <= 0;
  }
}

/** Too many at once: the oldest go, but never one that still offers the way back. */
export function surplus(toasts, max) {
  const plain = toasts.filter(toast => !toast.undo);
  return plain.slice(0, Math.max(0, Math.min(plain.length, toasts.length - max)));
}
