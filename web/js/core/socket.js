// The connection and nothing else: open, hello, keep the token fresh, come back for ever.
// Phases: `waiting` (for `retryAt`) → `opening` → `open`; `stopped` when only a person can help.
import { adviceOf, delayMillis } from './close.js';
import { lostAfterMillis } from './freshness.js';

/** From the start of an attempt to its welcome: whatever hangs in between, token, handshake or hello, is given up. */
export const openWithinMillis = 15_000;
const hurryAgainMillis = 1000;   // the screen and the network wake together: one new attempt is enough

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
    this.attempt = 0;           // since the line last held; see `steady`
    this.retryAt = 0;
    this.lastSeen = -Infinity;  // of any frame: the line is alive, which says nothing of the data
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

  /** Come back now: the button, the network or the screen woke up. An attempt under way may hang in the old network. */
  hurry() {
    if (this.phase === 'open') return this.checkSilence();
    if (this.phase === 'opening' && this.world.now() - this.startedAt < hurryAgainMillis) return;
    this.stopped = null;
    this.connect();
  }

  /** Whatever stands is from before a sleep: a new connection. */
  reopen() {
    if (this.phase !== 'stopped') this.connect();
  }

  /** The line has held long enough: the next cut is the first one again. */
  steady() {
    this.attempt = 0;
    this.triedRefresh = false;
  }

  async connect() {
    this.drop();
    const opening = this.opening = Symbol('opening');
    this.startedAt = this.world.now();
    this.timer = this.world.after(openWithinMillis, () => opening === this.opening && this.later());
    this.setPhase('opening');
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
    const ws = this.ws = this.world.open(this.url);
    ws.onopen = () => this.ws === ws && ws.send(JSON.stringify({ op: 'hello', token, build: this.build }));
    ws.onmessage = message => this.ws === ws && this.receive(JSON.parse(message.data));
    ws.onclose = event => this.ws === ws && this.closed(event.code);
  }

  receive(frame) {
    this.lastSeen = this.world.now();
    switch (frame.op) {
      case 'welcome':
        this.opening = null;
        this.world.cancel(this.timer);
        this.refused = null;
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
    this.drop();
    this.attempt += 1;
    this.retryAt = this.world.now() + millis;
    this.timer = this.world.after(millis, () => this.connect());
    this.setPhase('waiting');
  }

  stop(reason) {
    this.drop();
    this.stopped = reason;
    this.setPhase('stopped');
  }

  /** Neither the old socket nor an answer still under way has a say any more. */
  drop() {
    this.world.cancel(this.timer);
    this.opening = null;
    const { ws } = this;
    this.ws = null;
    ws?.close();
  }

  /** A half-open connection never closes by itself: 15 s of silence and it is gone. */
  watchdog() {
    this.checkSilence();
    this.world.after(1000, () => this.watchdog());
  }

  checkSilence() {
    if (this.phase === 'open' && this.world.now() - this.lastSeen > lostAfterMillis) this.later();
  }

  setPhase(phase) {
    this.phase = phase;
    this.onPhase();
  }
}
