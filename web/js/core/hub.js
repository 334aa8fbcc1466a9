// The hub as a page sees it: topics that stay right across cuts, commands that happen once, the hub's clock.
import { Socket } from './socket.js';
import { Topic } from './topic.js';

export class Hub {
  /** `world` replaces socket, clock and chance in tests. */
  constructor({ url, auth, world }) {
    this.topics = new Map();       // "queue/main" → Topic
    this.listeners = new Map();    // "queue/main" → {changed, live}
    this.inFlight = new Map();     // command id → {frame, settle}
    this.waiters = [];             // until a topic has reached a seq
    this.phaseListeners = [];
    this.count = 0;
    this.offset = null;            // hub's milliseconds − monotonic milliseconds
    this.principal = null;
    this.socket = new Socket({ url, auth, world, onFrame: frame => this.take(frame), onPhase: () => this.phaseChanged() });
    this.world = this.socket.world;
  }

  start() {
    this.socket.start();
  }

  onPhase(run) {
    this.phaseListeners.push(run);
  }

  phaseChanged() {
    if (this.socket.phase !== 'open') for (const topic of this.topics.values()) if (topic.phase === 'live') topic.asked();
    for (const run of this.phaseListeners) run();
  }

  /** Welcomed, and every topic has its snapshot or has caught up. */
  get ready() {
    return this.socket.phase === 'open' && [...this.topics.values()].every(topic => topic.phase !== 'asking');
  }

  ageMillis() {
    return this.world.now() - this.socket.lastSeen;
  }

  /** The hub's time now, told by the monotonic clock: a wrong or changed clock of this device does not matter. */
  now() {
    return this.offset === null ? Date.now() : this.world.now() + this.offset;
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

  ask(topic) {
    topic.asked();
    topic.subId = this.nextId('s');
    this.socket.send({ op: 'sub', id: topic.subId, topic: this.fullName(topic.name), cursor: topic.cursor });
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

  /** Sends, and sends again with the same key after every cut until a reply comes. */
  command(name, command, args = {}, { expect } = {}) {
    const id = this.nextId('c');
    const key = this.nextKey();
    const frame = { op: 'cmd', id, key, name: command, args, expect };
    const reply = new Promise(settle => this.inFlight.set(id, { name, frame, settle }));
    this.resend(id);
    return { id, key, reply };
  }

  /** The same frame, the same key: the hub answers with the first outcome. */
  resend(id) {
    const command = this.inFlight.get(id);
    if (command) this.socket.send({ ...command.frame, topic: this.fullName(command.name) });
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
    switch (frame.op) {
      case 'welcome':
        this.principal = frame.principal;
        this.yard = frame.yard ?? {};
        this.offset = frame.now - this.world.now();
        this.buildChanged = frame.build !== this.socket.build;
        for (const id of this.inFlight.keys()) this.resend(id);
        for (const topic of this.topics.values()) this.ask(topic);
        return;
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

  takeTopic(frame) {
    const name = frame.topic.slice(frame.topic.indexOf('/') + 1);
    const topic = this.topics.get(name);
    if (!topic) return;
    const listeners = this.listeners.get(name);
    if (frame.op === 'live') return listeners.live(frame.data, frame.at);
    const wasAsking = topic.phase === 'asking';
    const next = topic.take(frame);
    if (next === 'ask') this.ask(topic);
    if (next !== 'changed') return;
    this.waiters = this.waiters.filter(waiter => waiter.topic !== topic || topic.seq < waiter.seq || waiter.resolve());
    listeners.changed(topic, frame);
    if (wasAsking && topic.phase !== 'asking') for (const run of this.phaseListeners) run();
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
    const topic = [...this.topics.values()].find(topic => topic.subId === frame.id);
    if (!topic) return;
    this.takeTopic({ op: 'ended', topic: `/${topic.name}`, error: frame.error });
    if (frame.error?.retry) this.world.after(frame.error.after ?? 1000, () => this.topics.get(topic.name) === topic && this.ask(topic));
  }

  /** The least delayed tick tells the time best; slow drift is followed slowly. */
  keepTime(now) {
    const seen = now - this.world.now();
    this.offset = this.offset === null || seen > this.offset ? seen : this.offset + (seen - this.offset) * 0.02;
  }
}
