// One subscription: the one rule for a subscriber (docs/protocol.md). No socket, no clock.
// phase: `asking` (sub sent, no answer yet) → `live`; `refused` when the hub ended it.

export class Topic {
  /** `reduce(data, event)` returns the new data; `state` and `snapshot` replace it. */
  constructor(name, reduce = (data) => data) {
    this.name = name;
    this.reduce = reduce;
    this.phase = 'asking';
    this.epoch = null;
    this.seq = -1;
    this.data = null;
    this.error = null;
    this.awaited = false;        // asked at a welcome and not answered yet: the page is not whole without it
    this.dataAt = -Infinity;     // until when `data` was the hub's, by the monotonic clock; kept by the hub
  }

  /** Where to resume; nothing before the first snapshot. */
  get cursor() {
    return this.epoch === null ? undefined : { epoch: this.epoch, seq: this.seq };
  }

  asked({ awaited = false } = {}) {
    this.phase = 'asking';
    this.awaited ||= awaited;
  }

  /** Takes a frame; the result says what to do next: `changed`, `nothing` or `ask` (subscribe again). */
  take(frame) {
    switch (frame.op) {
      case 'snapshot':
        this.answered('live');
        this.epoch = frame.epoch;
        this.seq = frame.seq;
        this.data = frame.data;
        return 'changed';
      case 'resumed':
        this.answered('live');
        this.epoch = frame.epoch;
        return 'changed';
      case 'event':
      case 'state':
        return this.advance(frame);
      case 'ended':
        this.answered('refused', frame.error);
        return 'changed';
      default:
        return 'nothing';
    }
  }

  answered(phase, error = null) {
    this.phase = phase;
    this.error = error;
    this.awaited = false;
  }

  advance(frame) {
    if (this.epoch === null || frame.seq <= this.seq) return 'nothing';
    if (frame.prev > this.seq) {
      if (this.phase !== 'live') return 'nothing';   // the answer brings it again, in order
      return 'ask';
    }
    this.seq = frame.seq;
    this.data = frame.op === 'state' ? frame.data : this.reduce(this.data, frame);
    return 'changed';
  }
}
