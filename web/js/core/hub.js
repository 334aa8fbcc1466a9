// The hub as a page sees it: topics that stay right across cuts, commands that happen once, the hub's clock.
import { Socket } from './socket.js';
import { Topic } from './topic.js';

/** After a cut a command goes out again by itself only this long: later the yard is another one, and a person decides. */
export const resendWithinMillis = 10_000;
/** A line that has held this long is no longer the one that kept breaking. */
export const steadyAfterMillis = 15_000;

export class Hub {
  /** `world` replaces socket, clock and chance in tests. */
  constructor({ url, auth, world }) {
    this.topics = new Map();       // "queue/main" → Topic
    this.listeners = new Map();    // "queue/main" → {changed, live}
    this.inFlight = new Map();     // command id → {name, frame, settle, givenAt}
    this.waiters = [];             // until a topic has reached a seq
    this.phaseListeners = [];
    this.count = 0;
    this.offset = null;            // hub's milliseconds − monotonic milliseconds
    this.dataAt = -Infinity;       // until when all of the page was the hub's
    this.readyAt = null;
    this.principal = null;
    this.socket = new Socket({ url, auth, world, onFrame: frame => this.take(frame), onPhase: () => this.phaseChanged() });
    this.world = this.socket.world;
  }

  start() {
    this.socket.start();
  }

  /** For good: this page is being left. */
  stop() {
    this.socket.stop({ code: 1000 });
  }

  onPhase(run) {
    this.phaseListeners.push(run);
  }

  phaseChanged() {
    if (this.socket.phase !== 'open') {
      this.readyAt = null;
      for (const topic of this.topics.values()) if (topic.phase === 'live') topic.asked();
    }
    for (const run of this.phaseListeners) run();
  }

  /** Welcomed, and every topic asked then has been answered. One that is asked later does not take the page back. */
  get ready() {
    return this.socket.phase === 'open' && [...this.topics.values()].every(topic => !topic.awaited);
  }

  /** How old the page is, or one topic of it. Frames before everything has been answered make nothing younger. */
  ageMillis(topic = this) {
    return this.world.now() - topic.dataAt;
  }

  /** The hub's time now, told by the monotonic clock: a wrong or changed clock of this device does not matter. */
  now() {
    return this.offset === null ? Date.now() : this.world.now() + this.offset;
  }

  /** The monotonic clock stood still for so long: all that is here is older by it, and the connection is from before. */
  slept(millis) {
    for (const thing of [this, ...this.topics.values()]) thing.dataAt -= millis;
    for (const command of this.inFlight.values()) command.givenAt -= millis;
    if (this.offset !== null) this.offset += millis;
    this.socket.reopen();
  }

  // ── topics ──

  /** `changed(topic, frame)` after each change, `live(data, at)` for what is never stored. */
  subscribe(name, { reduce, changed = () => {}, live = () => {} } = {}) {
    const topic = new Topic(name, reduce);
    this.topics.set(name, topic);
    this.listeners.set(name, { changed, live });
    this.ask(topic);
    return topic;
  }

  unsubscribe(name) {
    if (!this.topics.delete(name)) return;
    this.listeners.delete(name);
    this.socket.send({ op: 'unsub', id: this.nextId('u'), topic: this.fullName(name) });
  }

  ask(topic, how) {
    topic.asked(how);
    topic.subId = this.nextId('s');
    this.socket.send({ op: 'sub', id: topic.subId, topic: this.fullName(topic.name), cursor: topic.cursor });
  }

  /** What the hub could not give just now; a cut in between asks by itself. */
  askLater(topic, millis) {
    this.world.after(millis ?? 1000, () => {
      if (this.topics.get(topic.name) === topic && topic.phase === 'refused') this.ask(topic);
    });
  }

  fullName(name) {
    return `${this.principal?.site}/${name}`;
  }

  /** Resolves when the topic shows `seq`: read-your-writes. Gives up after `millis`: the view need not show each seq. */
  reached(name, seq, millis = 1500) {
    const topic = this.topics.get(name);
    if (!topic || topic.seq >= seq) return Promise.resolve();
    return new Promise(resolve => {
      this.waiters.push({ topic, seq, resolve });
      this.world.after(millis, resolve);
    });
  }

  // ── commands ──

  /** Sends; after a cut sends again with the same key, but not what was asked long ago. */
  command(name, command, args = {}, { expect } = {}) {
    const id = this.nextId('c');
    const key = this.nextKey();
    const frame = { op: 'cmd', id, key, name: command, args, expect };
    const reply = new Promise(settle => this.inFlight.set(id, { name, frame, settle }));
    this.resend(id);
    return { id, key, reply };
  }

  /** A person wants it now. The same frame, the same key: the hub answers with the first outcome. */
  resend(id) {
    const command = this.inFlight.get(id);
    if (!command) return;
    command.givenAt = this.world.now();
    this.transmit(command);
  }

  /** Never sent again. Whether it was carried out, the topics show. */
  drop(id) {
    this.settle({ id, ok: false, dropped: true });
  }

  transmit({ name, frame }) {
    this.socket.send({ ...frame, topic: this.fullName(name) });
  }

  nextId(letter) {
    this.count += 1;
    return `${letter}${this.count}`;
  }

  nextKey() {
    this.prefix ??= [...crypto.getRandomValues(new Uint8Array(9))].map(byte => byte.toString(16).padStart(2, '0')).join('');
    this.keyCount = (this.keyCount ?? 0) + 1;
    return `web-${this.prefix}-${this.keyCount}`;
  }

  // ── frames ──

  take(frame) {
    this.dispatch(frame);
    this.keepAge();
  }

  dispatch(frame) {
    switch (frame.op) {
      case 'welcome':
        return this.welcomed(frame);
      case 'tick':
      case 'pong':
        return this.keepTime(frame.now);
      case 'reply':
        return this.settle(frame);
      case 'error':
        return this.refused(frame);
      default:
        if (frame.topic) this.takeTopic(frame);
    }
  }

  welcomed(frame) {
    const now = this.world.now();
    this.principal = frame.principal;
    this.yard = frame.yard ?? {};
    this.offset = frame.now - now;
    this.buildChanged = frame.build !== this.socket.build;
    for (const command of this.inFlight.values()) if (now - command.givenAt <= resendWithinMillis) this.transmit(command);
    for (const topic of this.topics.values()) this.ask(topic, { awaited: true });
  }

  /** Frames come in order: with everything answered, what is on the page is the hub's as of now. */
  keepAge() {
    if (!this.ready) return;
    const now = this.dataAt = this.world.now();
    for (const topic of this.topics.values()) if (topic.phase === 'live') topic.dataAt = now;
    this.readyAt ??= now;
    if (now - this.readyAt >= steadyAfterMillis) this.socket.steady();
  }

  takeTopic(frame) {
    const name = frame.topic.slice(frame.topic.indexOf('/') + 1);
    const topic = this.topics.get(name);
    if (!topic) return;
    const listeners = this.listeners.get(name);
    if (frame.op === 'live') return listeners.live(frame.data, frame.at);
    const was = topic.phase;
    const next = topic.take(frame);
    if (next === 'ask') this.ask(topic);
    if (next !== 'changed') return;
    if (frame.op === 'ended' && frame.error?.retry) this.askLater(topic, frame.error.after);
    this.keepAge();
    this.waiters = this.waiters.filter(waiter => waiter.topic !== topic || topic.seq < waiter.seq || waiter.resolve());
    listeners.changed(topic, frame);
    if (was !== topic.phase) for (const run of this.phaseListeners) run();
  }

  settle(frame) {
    const command = this.inFlight.get(frame.id);
    if (!command) return;
    this.inFlight.delete(frame.id);
    command.settle(frame);
  }

  /** An `error` with an id answers the sub or cmd of that id. */
  refused(frame) {
    if (this.inFlight.has(frame.id)) return this.settle({ id: frame.id, ok: false, error: frame.error });
    const topic = frame.id && [...this.topics.values()].find(topic => topic.subId === frame.id);
    if (topic) this.takeTopic({ op: 'ended', topic: `/${topic.name}`, error: frame.error });
  }

  /** The least delayed tick tells the time best; slow drift is followed slowly. */
  keepTime(now) {
    const seen = now - this.world.now();
    this.offset = this.offset === null || seen > this.offset ? seen : this.offset + (seen - this.offset) * 0.02;
  }
}
