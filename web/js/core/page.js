// What every live page does: the socket's address, waking with the screen, the words for a cut, a newer build.
import { span } from './format.js';
import { Sleep } from './sleep.js';
import { operatorWords } from './words.js';

export function socketUrl() {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
}

/** Timers sleep with the screen; on waking, do not wait for them, and believe nothing that is from before a sleep. */
export function wakeWithScreen(hub) {
  const sleep = new Sleep(Date.now(), performance.now());
  const look = () => {
    const millis = sleep.look(Date.now(), performance.now());
    if (millis) hub.slept(millis);
  };
  const wake = () => {
    look();
    if (document.visibilityState === 'visible' && hub.socket.phase !== 'stopped') hub.socket.hurry();
  };
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', wake);
  addEventListener('pageshow', event => event.persisted && wake());
  setInterval(look, 1000);   // a wall display sleeps and wakes without becoming hidden
}

/** How long until the next try; 0 while one is under way. */
export function retryMillis({ socket, world }) {
  return socket.phase === 'waiting' ? Math.max(0, socket.retryAt - world.now()) : 0;
}

/** "재연결 4회째 · 8초 후" */
export function lostWords(hub) {
  const { phase, attempt, stopped } = hub.socket;
  if (phase === 'stopped') return stopped?.error ? operatorWords(stopped.error) : '멈춤';
  if (phase === 'opening' || phase === 'open') return `재연결 ${attempt || 1}회째 · 잇는 중`;
  return `재연결 ${attempt}회째 · ${span(retryMillis(hub) + 999)} 후`;
}

const quietAfterMillis = 60_000;
const abandonedAfterMillis = 30 * 60_000;

/**
 * Whether a page may reload itself under its user. `held`: somebody waits at it for a call, and would lose the sound.
 * `sending`: a command is on its way. `open`: a form is open; one that nobody has touched for half an hour is nobody's.
 */
export function mayReload({ held = false, sending = false, open = false, quietMillis }) {
  return !held && !sending && quietMillis > (open ? abandonedAfterMillis : quietAfterMillis);
}

/** The hub was upgraded under this page: reload once nobody is using it. `state()` as for `mayReload`. */
export function adoptNewBuild(hub, state) {
  let touched = performance.now();
  for (const name of ['pointerdown', 'keydown']) addEventListener(name, () => { touched = performance.now(); }, true);
  setInterval(() => {
    if (hub.buildChanged && hub.ready && mayReload({ ...state(), quietMillis: performance.now() - touched })) location.reload();
  }, 5000);
}
