// What this tab takes along through the log-in page: why it was left, and where it was going.
import * as auth from './auth.js';

const keys = { why: 'gwanje.left', next: 'gwanje.next' };

/** Why a stopped socket sends its user to log in: `replaced`, `refused` or `expired`. */
export function whyOf({ code, error } = {}) {
  if (code === 4003) return 'replaced';
  return error && !['tokenExpired', 'tokenInvalid'].includes(error.code) ? 'refused' : 'expired';
}

const words = {
  replaced: '다른 기기 로그인(또는 비밀번호 변경)으로 끝남 — 다시 로그인',
  refused: '이 계정의 로그인이 거절됨 — 계량실 관리자 확인',
  expired: '로그인이 끝남 — 다시 로그인',
};

/** The address to go on to: one of our own pages that this role may see, or null. What was stored is not believed. */
export function safeNext(path, { origin, role }) {
  let url;
  try {
    url = new URL(path, origin);
  } catch {
    return null;
  }
  if (!/^\/(?![/\\])/.test(path) || url.origin !== origin) return null;
  const pages = role === 'DRIVER' ? ['/driver.html', '/slip.html'] : ['/control-room.html', '/slip.html'];
  return pages.includes(url.pathname) ? `${url.pathname}${url.search}${url.hash}` : null;
}

/** To the log-in page. `why` is shown there; with `comeBack` the log-in leads back to this address. */
export function part(why, { comeBack = false } = {}) {
  if (why) sessionStorage.setItem(keys.why, why);
  if (comeBack) sessionStorage.setItem(keys.next, location.pathname + location.search + location.hash);
  location.replace('/');
}

/** The hub has ended this log-in. One that somebody has ended here, in whatever tab, needs no reason. */
export function logInAgain(why, { comeBack = false } = {}) {
  const wasLoggedOut = !auth.user();
  auth.forget();
  part(wasLoggedOut ? null : why, { comeBack });
}

/** 나가기. The socket first: else it would hear of its own end. */
export async function logOut(hub) {
  hub.stop();
  await auth.logout();
  part();
}

/** On the log-in page: the sentence, said once. */
export function takeWhy() {
  const why = sessionStorage.getItem(keys.why);
  sessionStorage.removeItem(keys.why);
  return words[why] ?? '';
}

/** After the log-in: where to, once. */
export function takeNext(role) {
  const next = sessionStorage.getItem(keys.next) ?? '';
  sessionStorage.removeItem(keys.next);
  return safeNext(next, { origin: location.origin, role });
}
