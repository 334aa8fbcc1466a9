// What every live page does: the socket's address, waking with the screen, the words for a cut, a newer build.
import { stopWords } from './close.js';
import { span } from './format.js';

export function socketUrl() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}

/** Timers sleep with the screen; on waking, do not wait for them. */
export function wakeWithScreen(hub) {
  const wake = () => { if (document.visibilityState === 'visible' && hub.socket.phase !== 'stopped') hub.socket.hurry(); };
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  addEventListener('pageshow', event => event.persisted && wake());
}

/** "재연결 4회째 · 8초 후" */
export function lostWords(hub) {
  const { phase, attempt, retryAt, stopped } = hub.socket;
  if (phase === 'stopped') return stopped?.error?.message ?? stopWords[stopped?.code] ?? '멈춤';
  if (phase === 'opening' || phase === 'open') return `재연결 ${attempt || 1}회째 · 잇는 중`;
  return `재연결 ${attempt}회째 · ${span(Math.max(0, retryAt - hub.world.now()) + 999)} 후`;
}

/** The hub was upgraded under this page: reload once nobody is using it. */
export function adoptNewBuild(hub, isIdle, quietMillis = 60_000) {
  let touched = performance.now();
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, () => { touched = performance.now(); }, true);
  setInterval(() => {
    if (hub.buildChanged && hub.ready && isIdle() && performance.now() - touched > quietMillis) location.reload();
  }, 5000);
}
