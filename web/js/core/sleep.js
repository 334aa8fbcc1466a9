// A device that slept: the wall clock went on, the monotonic one by which ages are told stood still.

export const sleepMillisMin = 2000;   // less is the drift and the correction of an honest clock

export class Sleep {
  constructor(wall, monotonic) {
    Object.assign(this, { wall, monotonic });
  }

  /** How long it slept since the last look; 0 when it did not, and 1 when the wall clock was set back: nobody knows how long. */
  look(wall, monotonic) {
    const jump = (wall - this.wall) - (monotonic - this.monotonic);
    Object.assign(this, { wall, monotonic });
    return Math.abs(jump) <= sleepMillisMin ? 0 : Math.max(1, jump);
  }
}
