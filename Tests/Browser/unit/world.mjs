// A world with a clock turned by hand and sockets answered by hand.
import { Hub } from '../../../web/js/core/hub.js';

export function world() {
  const sockets = [], timers = [];
  let now = 0;
  return {
    sockets, open: url => { const ws = { url, sent: [], send(text) { this.sent.push(JSON.parse(text)); }, close() { this.closed = true; } }; sockets.push(ws); return ws; },
    now: () => now, random: () => 0, cancel: timer => { if (timer) timer.run = null; },
    after(millis, run) { const timer = { at: now + millis, run }; timers.push(timer); return timer; },
    async pass(millis) {
      const end = now + millis;
      for (;;) {
        await settle();
        const next = timers.filter(timer => timer.run && timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        now = next.at;
        const { run } = next;
        next.run = null;
        run();
      }
      now = end;
      await settle();
    },
  };
}

export const settle = async () => { for (let turn = 0; turn < 10; turn += 1) await null; };

/** A hub that was welcomed at time 0. `auth` replaces the log-in. */
export async function connected(setUp = () => {}, auth = {}) {
  const w = world();
  const asked = [];
  const hub = new Hub({ url: 'ws://hub/ws', auth: { token: async () => 'T1', refresh: async () => { asked.push('refresh'); return 'T2'; }, ...auth }, world: w });
  setUp(hub);
  hub.start();
  await w.pass(0);
  welcome(w.sockets[0]);
  return { w, hub, asked, ws: w.sockets[0] };
}

export const say = (ws, frame) => ws.onmessage({ data: JSON.stringify(frame) });
export const of = (ws, op) => ws.sent.filter(frame => frame.op === op);

export function welcome(ws) {
  ws.onopen();
  say(ws, { op: 'welcome', session: 's', epoch: 'e1', now: 1_000_000, build: 'b1', principal: { site: 'ulsan', role: 'STAFF' } });
}

/** The line is cut for so long; then the new socket, not welcomed yet. */
export async function cut({ w, hub }, millis) {
  w.sockets.at(-1).onclose({ code: 1006 });
  await w.pass(millis);
  hub.socket.hurry();
  await w.pass(0);
  return w.sockets.at(-1);
}

/** The picture of a topic, as the answer to its last `sub`. */
export function picture(ws, name, seq = 5, data = {}) {
  say(ws, { op: 'snapshot', topic: `ulsan/${name}`, epoch: 'e1', seq, data });
}

/** Passes time while the hub ticks every second. */
export async function tick(w, ws, millis) {
  for (let passed = 0; passed < millis; passed += 1000) {
    await w.pass(1000);
    say(ws, { op: 'tick', now: 1_000_000 + w.now() });
  }
}
