// The connection and nothing else: open, hello, keep the token fresh, come back for ever.
// Phases: `waiting` (for `retryAt`) → `opening` → `open`; `stopped` when only a person can help.
import { adviceOf, delayMillis } from './close.js';
import { lostAfterMillis } from './freshness.js';

const wholeWorld = {
  open: url => new WebSocket(url, 'gwanje.v1'),
  now: () => performance.now(),
  after: (millis, run) => setTimeout(run, millis),
  cancel: timer => clearTimeout(timer),
  random: () => Math.random(),
};

export class Socket {
  /**
   * `auth`: `token()` and `refresh()`, both promises of a token or null (null: log in again).
   * `onFrame(frame)` gets every frame after and with `welcome`; `onPhase()` every change of phase.
   */
  constructor({ url, auth, onFrame, onPhase, world = {} }) {
    Object.assign(this, { url, auth, onFrame, onPhase, world: { ...wholeWorld, ...world } });
    this.phase = 'waiting';
    this.attempt = 0;
    this.retryAt = 0;
    this.lastSeen = -Infinity;
    this.stopped = null;        // {code, error} of the last stop
    this.build = undefined;     // of the hub that served this page
    this.ws = null;
  }

  start() {
    this.watchdog();
    this.connect();
  }

  /** False when it could not be sent; nothing is buffered here. */
  send(frame) {
    if (this.phase !== 'open') return false;
    this.ws.send(JSON.stringify(frame));
    return true;
  }

  /** Come back now: the button, the network or the screen woke up. */
  hurry() {
    if (this.phase === 'open' || this.phase === 'opening') return this.checkSilence();
    this.stopped = null;
    this.connect();
  }

  async connect() {
    this.world.cancel(this.timer);
    this.setPhase('opening');
    const opening = this.opening = Symbol('opening');
    let token;
    try {
      token = this.mustRefresh ? await this.auth.refresh() : await this.auth.token();
      this.mustRefresh = false;
    } catch {
      if (opening === this.opening) this.later();   // the hub is away; the log-in still stands
      return;
    }
    if (opening !== this.opening) return;
    if (!token) return this.stop({ code: 4001 });
    this.openedAt = this.world.now();
    const ws = this.ws = this.world.open(this.url);
    ws.onopen = () => ws.send(JSON.stringify({ op: 'hello', token, build: this.build }));
    ws.onmessage = message => this.ws === ws && this.receive(JSON.parse(message.data));
    ws.onclose = event => this.ws === ws && this.closed(event.code);
  }

  receive(frame) {
    this.lastSeen = this.world.now();
    switch (frame.op) {
      case 'welcome':
        this.attempt = 0;
        this.refused = null;
        this.triedRefresh = false;
        this.build ??= frame.build;
        this.phase = 'open';
        this.onFrame(frame);      // who we are, before anyone hears that we are open
        return this.onPhase();
      case 'expiring':
        this.refresh();
        break;
      case 'drain':
        this.drainMillis = frame.after;
        break;
      case 'error':
        this.refused = frame.error;
        break;
    }
    this.onFrame(frame);
  }

  async refresh() {
    const token = await this.auth.refresh().catch(() => null);
    if (token) this.send({ op: 'refresh', token });
  }

  closed(code) {
    this.ws = null;
    const expired = code === 4101 || ['tokenExpired', 'tokenInvalid'].includes(this.refused?.code);
    const drainMillis = this.drainMillis;
    this.drainMillis = undefined;
    if ((expired || code === 4001) && !this.triedRefresh) {
      this.triedRefresh = this.mustRefresh = true;
      return this.later(200);
    }
    if (drainMillis !== undefined) return this.later(drainMillis + this.world.random() * 200);
    const advice = adviceOf(code);
    if (advice === 'stop') return this.stop({ code, error: this.refused });
    this.later(advice === 'now' && this.attempt === 0 ? this.world.random() * 200 : undefined);
  }

  later(millis = delayMillis(this.attempt, this.world.random())) {
    this.attempt += 1;
    this.retryAt = this.world.now() + millis;
    this.setPhase('waiting');
    this.timer = this.world.after(millis, () => this.connect());
  }

  stop(reason) {
    this.stopped = reason;
    this.setPhase('stopped');
  }

  /** A half-open connection never closes by itself: 15 s of silence and it is gone. */
  watchdog() {
    this.checkSilence();
    this.world.after(1000, () => this.watchdog());
  }

  checkSilence() {
    if (!this.ws || this.world.now() - Math.max(this.lastSeen, this.openedAt) <= lostAfterMillis) return;
    const ws = this.ws;
    this.ws = null;
    ws.close();
    this.later();
  }

  setPhase(phase) {
    this.phase = phase;
    this.onPhase();
  }
}
