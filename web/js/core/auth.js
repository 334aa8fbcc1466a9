// Who is at this screen. The access token lives in memory and sessionStorage (a reload keeps it, another tab gets its
// own), the refresh token and the user in localStorage.
import { answerWithinMillis, request } from './rest.js';

const keys = { access: 'gwanje.access', refresh: 'gwanje.refresh', user: 'gwanje.user' };
const marginMillis = 30_000;
let access = null;   // {token, until}
let refreshing = null;

export function user() {
  return JSON.parse(localStorage.getItem(keys.user) ?? 'null');
}

export function home(role) {
  return role === 'DRIVER' ? '/driver.html' : '/control-room.html';
}

export async function login(loginId, password) {
  const data = await request('/auth/login', { method: 'POST', body: { login_id: loginId, password } });
  keep(data);
  localStorage.setItem(keys.user, JSON.stringify(data.user));
  return data.user;
}

/** Forgotten first: the hub ends the sockets of other tabs, and they should see that it was done here. */
export async function logout() {
  const refreshToken = localStorage.getItem(keys.refresh);
  const token = stored()?.token;
  forget();
  await request('/auth/logout', { method: 'POST', body: { refresh_token: refreshToken }, token }).catch(() => {});
}

export function forget() {
  access = null;
  sessionStorage.removeItem(keys.access);
  localStorage.removeItem(keys.refresh);
  localStorage.removeItem(keys.user);
}

/** A token good for at least half a minute, or null: log in again. Throws when the hub cannot be asked. */
export async function token() {
  const held = stored();
  return held && held.until > Date.now() + marginMillis ? held.token : refresh();
}

/** One refresh at a time, also across tabs: a rotated refresh token may be used once. */
export function refresh() {
  refreshing ??= locked(exchange).finally(() => { refreshing = null; });
  return refreshing;
}

async function exchange() {
  const token = localStorage.getItem(keys.refresh);
  if (!token) return null;
  try {
    return keep(await request('/auth/refresh', { method: 'POST', body: { refresh_token: token } }));
  } catch (error) {
    if (error.status !== 400 && error.status !== 401 && error.status !== 403) throw error;
    forget();
    return null;
  }
}

/** A tab that was put to sleep with the lock in its hand must not stop the others from coming back. */
function locked(run) {
  return navigator.locks ? navigator.locks.request('gwanje.refresh', { signal: AbortSignal.timeout(answerWithinMillis) }, run) : run();
}

function keep({ access_token, refresh_token, expires_in }) {
  access = { token: access_token, until: Date.now() + expires_in * 1000 };
  sessionStorage.setItem(keys.access, JSON.stringify(access));
  if (refresh_token) localStorage.setItem(keys.refresh, refresh_token);
  return access_token;
}

function stored() {
  access ??= JSON.parse(sessionStorage.getItem(keys.access) ?? 'null');
  return access;
}
