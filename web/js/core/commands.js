// One place on the screen, one command at a time: `slot` names the place ("call:E12"), so a button finds its state
// again after any redraw. Nothing moves before the hub's answer.
// phase: `sending` → gone (committed) | `refused` (reason stays until the next act) | `unanswered` after 5 s: a person
// sends it again (`again`) or lets it be (`drop`).

export const answerWithinMillis = 5000;

export class Commands {
  /** `wordsOf(error)`: what this page's audience is told of a refusal. */
  constructor(hub, wordsOf = error => error?.message ?? '거절됨') {
    this.hub = hub;
    this.wordsOf = wordsOf;
    this.slots = new Map();
    this.listeners = [];
  }

  onChange(run) {
    this.listeners.push(run);
  }

  get(slot) {
    return this.slots.get(slot);
  }

  /** Something is on its way: not the moment to reload the page. */
  get isSending() {
    return [...this.slots.values()].some(job => job.phase === 'sending');
  }

  /** Sends, or sends an unanswered one again with its key. Resolves to the reply. */
  run(slot, { topic, name, args, expect }) {
    const held = this.slots.get(slot);
    if (held && held.phase !== 'refused') return this.again(slot);
    this.clearRefusals();
    const { id, reply } = this.hub.command(topic, name, args, { expect });
    const job = { slot, id, phase: 'sending', drop: () => this.drop(job) };
    job.outcome = reply.then(answer => this.settled(job, topic, answer));
    this.slots.set(slot, job);
    this.wait(job);
    return job.outcome;
  }

  /** An unanswered one goes out again, one under way does not; undefined when there is none. */
  again(slot) {
    const job = this.slots.get(slot);
    if (job?.phase === 'unanswered') {
      this.hub.resend(job.id);
      this.wait(job);
    }
    return job?.outcome;
  }

  wait(job) {
    job.phase = 'sending';
    this.hub.world.cancel(job.timer);
    job.timer = this.hub.world.after(answerWithinMillis, () => {
      if (job.isLeft) return this.drop(job);
      job.phase = 'unanswered';
      this.changed();
    });
    this.changed();
  }

  async settled(job, topic, answer) {
    this.hub.world.cancel(job.timer);
    if (answer.ok) await this.hub.reached(topic, answer.seq);
    if (this.slots.get(job.slot) !== job) return answer;
    if (answer.ok) this.slots.delete(job.slot);
    else Object.assign(job, { phase: 'refused', error: answer.error, message: this.wordsOf(answer.error) });
    this.changed();
    return answer;
  }

  /** Stops asking. Whether the hub has done it, the topics show. */
  drop(job) {
    this.hub.world.cancel(job.timer);
    if (this.slots.get(job.slot) === job) this.slots.delete(job.slot);
    this.hub.drop(job.id);
    this.changed();
  }

  /** The place is gone from the screen (a closed form): what is under way may still be answered, nobody sends it again. */
  leave(slot) {
    const job = this.slots.get(slot);
    if (job?.phase === 'unanswered') return this.drop(job);
    if (!job) return;
    job.isLeft = true;
    this.slots.delete(slot);
    this.changed();
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
