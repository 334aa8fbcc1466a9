// Log in, see whether this device is ready, and go to the page of the role, or to where one was going.
import * as auth from './core/auth.js';
import { $, attr, data, setIcon, show, text } from './core/dom.js';
import { span } from './core/format.js';
import { askNotice, noticeState } from './core/notice.js';
import { takeNext, takeWhy } from './core/parting.js';
import { operatorWords } from './core/words.js';
import { beep } from './driver/sound.js';
import { clockWords, isHangul, noticeWords } from './model/readiness.js';

const form = $('form');
const password = $('#pw');
const submit = $('[data-submit]');
const answerWithinMillis = 10_000;

const known = auth.user();
if (known) auth.token().then(token => token && location.replace(landing(known.role)), () => {});
say(takeWhy());

function landing(role) {
  return takeNext(role) ?? auth.home(role);
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  const { login_id, password: secret } = Object.fromEntries(new FormData(form));
  say('');
  if (!login_id.trim() || !secret) return say('아이디와 비밀번호를 넣으세요', { wrong: true });
  busy(true);
  try {
    const user = await auth.login(login_id.trim(), secret);
    location.assign(landing(user.role));
  } catch (error) {
    busy(false);
    if (error.status === undefined) return say('허브 응답 없음 — 연결 확인');
    const words = operatorWords(error);
    say(error.retryAfter ? `${words} · ${span(error.retryAfter * 1000)} 뒤` : words, { wrong: error.status === 401 });
    password.select();
  }
});

function busy(on) {
  attr(submit, 'aria-busy', on ? 'true' : null);
  text(submit, on ? '보내는 중' : '로그인');
  submit.disabled = on;
}

/** `wrong`: what was typed is to blame. A hub that is away makes no password wrong. */
function say(message, { wrong = false } = {}) {
  const node = $('[data-error]');
  show(node, Boolean(message));
  text(node.lastElementChild, message);
  attr(password, 'aria-invalid', wrong ? 'true' : null);
  attr(password, 'aria-describedby', wrong ? 'err' : null);
}

const look = $('.pw .btn');
look.addEventListener('click', () => {
  const hidden = password.type === 'password';
  password.type = hidden ? 'text' : 'password';
  attr(look, 'aria-pressed', String(hidden));
  text(look, hidden ? '숨김' : '보기');
});
password.addEventListener('keyup', event => show($('[data-caps]'), event.getModifierState?.('CapsLock') ?? false));
for (const name of ['keydown', 'input', 'compositionstart', 'compositionupdate']) {
  password.addEventListener(name, event => {
    const on = isHangul({ type: name, key: event.key, data: event.data, isComposing: event.isComposing, value: password.value });
    if (on !== null) show($('[data-ime]'), on);
  });
}

// ── this device ──

/** `tone`: `ok`, `fault`, or `none` for what could not be found out: that is no tick. */
function report(name, tone, words) {
  const row = $(`[data-check="${name}"]`);
  data(row, 'tone', tone === 'ok' ? null : tone);
  setIcon($('.icon', row), { ok: 'check', fault: 'over', none: 'late' }[tone]);
  text($('[data-word]', row), words);
}

async function checkHub() {
  const started = performance.now();
  try {
    const response = await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(answerWithinMillis) });
    const millis = Math.round(performance.now() - started);
    report('hub', response.ok ? 'ok' : 'fault', response.ok ? `${millis} ms` : '점검 중');
    const header = response.headers.get('Date');
    report('clock', ...clockWords(header ? Date.now() - millis / 2 - Date.parse(header) : null));
  } catch {
    report('hub', 'fault', '응답 없음');
    report('clock', ...clockWords(null));
  }
}

checkHub();
setInterval(checkHub, 15_000);

const listen = $('[data-check="sound"] .btn');
listen.addEventListener('click', async () => {
  const heard = await beep();
  report('sound', heard ? 'ok' : 'fault', heard ? '켜짐' : '안 남 — 무음·음량 확인');
  text(listen, '다시 듣기');
});

// The question comes out of this tap; one that was refused can only be undone in the browser's own settings.
const allow = $('[data-allow]'), how = $('[data-how]');
function showNotice(state) {
  report('notice', ...noticeWords(state));
  show(allow, state === 'default');
  show(how, state === 'denied');
}
allow.addEventListener('click', async () => showNotice(await askNotice()));
how.addEventListener('click', () => {
  const open = how.getAttribute('aria-expanded') !== 'true';
  attr(how, 'aria-expanded', String(open));
  show($('[data-how-to]'), open);
});
showNotice(noticeState());
