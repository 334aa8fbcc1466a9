// Log in, see whether this device is ready, and go to the page of the role.
import * as auth from './core/auth.js';
import { $, attr, data, setIcon, show, text } from './core/dom.js';
import { span } from './core/format.js';
import { beep } from './driver/sound.js';

const form = $('form');
const password = $('#pw');
const submit = $('[data-submit]');

const known = auth.user();
if (known) auth.token().then(token => token && location.replace(auth.home(known.role)), () => {});

form.addEventListener('submit', async event => {
  event.preventDefault();
  const { login_id, password: secret } = Object.fromEntries(new FormData(form));
  fail('');
  if (!login_id.trim() || !secret) return fail('아이디와 비밀번호를 넣으세요');
  busy(true);
  try {
    const user = await auth.login(login_id.trim(), secret);
    location.assign(auth.home(user.role));
  } catch (error) {
    busy(false);
    if (error.status === undefined) return fail('허브 응답 없음 — 연결 확인');
    fail(error.retryAfter ? `${error.message} · ${span(error.retryAfter * 1000)} 뒤 다시` : error.message);
    password.select();
  }
});

function busy(on) {
  attr(submit, 'aria-busy', on ? 'true' : null);
  text(submit, on ? '보내는 중' : '로그인');
  submit.disabled = on;
}

function fail(message) {
  const node = $('[data-error]');
  show(node, Boolean(message));
  text(node.lastElementChild, message);
  attr(password, 'aria-invalid', message ? 'true' : null);
  attr(password, 'aria-describedby', message ? 'err' : null);
}

const look = $('.pw .btn');
look.addEventListener('click', () => {
  const hidden = password.type === 'password';
  password.type = hidden ? 'text' : 'password';
  attr(look, 'aria-pressed', String(hidden));
  text(look, hidden ? '숨김' : '보기');
});
password.addEventListener('keyup', event => show($('[data-caps]'), event.getModifierState?.('CapsLock') ?? false));

// ── this device ──

function report(name, ok, words) {
  const row = $(`[data-check="${name}"]`);
  data(row, 'tone', ok ? null : 'fault');
  setIcon($('.icon', row), ok ? 'check' : 'over');
  text($('b', row), words);
}

async function checkHub() {
  const started = performance.now();
  try {
    const response = await fetch('/healthz', { cache: 'no-store' });
    const millis = Math.round(performance.now() - started);
    report('hub', response.ok, response.ok ? `${millis} ms` : '점검 중');
    checkClock(response.headers.get('Date'), millis);
  } catch {
    report('hub', false, '응답 없음');
    report('clock', false, '확인 못 함');
  }
}

/** The Date header has whole seconds, so two seconds of doubt are no fault. */
function checkClock(header, millis) {
  if (!header) return report('clock', true, '확인 못 함');
  const off = Math.round((Date.now() - millis / 2 - Date.parse(header)) / 1000);
  report('clock', Math.abs(off) <= 2, Math.abs(off) <= 2 ? '맞음' : `${span(Math.abs(off) * 1000)} ${off > 0 ? '빠름' : '느림'}`);
}

checkHub();
setInterval(checkHub, 15_000);
$('[data-check="sound"] .btn').addEventListener('click', async () => report('sound', await beep(), '켜짐'));
