// One place on the screen, one command at a time: `slot` names the place ("call:E12"), so a button finds its state
// again after any redraw. Nothing moves before the hub's answer.
// phase: `sending` → gone (committed) | `refused` (reason stays until the next act) | `unanswered` after 5 s.

export const answerWithinMillis = 5000;

export class Commands {
  constructor(hub) {
    this.hub = hub;
    this.slots = new Map();
    this.listeners = [];
  }

  onChange(run) {
    this.listeners.push(run);
  }

  get(slot) {
    return this.slots.get(slot);
  }

  /** Sends, or sends an unanswered one again with its key. Resolves to the reply. */
  run(slot, { topic, name, args, expect }) {
    const held = this.slots.get(slot);
    if (held?.phase === 'sending') return held.outcome;
    if (held?.phase === 'unanswered') {
      this.hub.resend(held.id);
      this.wait(held);
      return held.outcome;
    }
    this.clearRefusals();
    const { id, reply } = this.hub.command(topic, name, args, { expect });
    const job = { slot, id, phase: 'sending' };
    job.outcome = reply.then(answer => this.settled(job, topic, answer));
    this.slots.set(slot, job);
    this.wait(job);
    return job.outcome;
  }

  wait(job) {
    job.phase = 'sending';
    clearTimeout(job.timer);
    job.timer = setTimeout(() => { job.phase = 'unanswered'; this.changed(); }, answerWithinMillis);
    this.changed();
  }

  async settled(job, topic, answer) {
    clearTimeout(job.timer);
    if (answer.ok) {
      await this.hub.reached(topic, answer.seq);
      this.slots.delete(job.slot);
    } else {
      Object.assign(job, { phase: 'refused', error: answer.error, message: answer.error?.message ?? '거절됨' });
    }
    this.changed();
    return answer;
  }

  /** For what this page can already tell is impossible: same place, same words, nothing sent. */
  refuse(slot, message) {
    this.clearRefusals();
    this.slots.set(slot, { slot, phase: 'refused', message, error: { code: 'here', message } });
    this.changed();
  }

  clear(slot) {
    if (this.slots.get(slot)?.phase === 'refused' && this.slots.delete(slot)) this.changed();
  }

  clearRefusals() {
    for (const [slot, job] of this.slots) if (job.phase === 'refused') this.slots.delete(slot);
  }

  changed() {
    for (const run of this.listeners) run();
  }
}
