// What each scene says. Only the shown scene is written.
import { $, $$, attr, el, icon, keyed, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { askNotice } from '../core/notice.js';
import { retryMillis } from '../core/page.js';
import { setButton, setPlate, setReason } from '../core/parts.js';
import { driverWords } from '../core/words.js';
import { place } from '../model/driver.js';
import { beep, needsTouch } from './sound.js';
import { drawSlip } from './slips.js';

const trucksShownMax = 3;

export function draw(phone, scene, slip) {
  const { entry } = phone;
  setPlate($('[data-plate]'), entry?.plate ?? slip?.plate ?? '');
  text($('title'), entry ? `내 순번 ${entry.number} — 관제` : '관제');
  const section = $(`.view.${scene === 'history' ? 'hist' : scene === 'slip' ? 'done' : scene}`);
  drawers[scene]?.(phone, section, slip);
}

const drawers = {
  loading({ hub }, section) {
    const { stopped } = hub.socket;
    text($('[data-loading]', section), stopped ? '잠시 멈췄어요. 다시 이어 주세요.' : '잠시만 기다려 주세요.');
    show($('[data-stopped]', section), Boolean(stopped));
  },

  waiting(phone, section) {
    const { entry, line, results } = phone;
    const where = place(line, entry.number);
    text($('[data-number]', section), String(entry.number));
    text($('[data-ahead]', section), where ? `${where.ahead}대` : '—');
    text($('[data-minutes]', section), where ? `약 ${where.minutes}분` : '—');
    drawLine($('[data-line]', section), where);
    const next = where?.ahead === 0;
    const say = $('[data-say]', section);
    const words = next ? '다음이 내 차례예요.|차에서 기다려 주세요.' : '차에서 기다려 주세요.|순서가 되면 소리로 불러요.';
    if (say.shown !== words) { say.shown = words; say.replaceChildren(words.split('|')[0], el('br'), words.split('|')[1]); }
    notice(section, results?.refused && `무게가 적히지 않았어요. ${driverWords(results.refused)}`);
    show($('[data-silent]', section), needsTouch());
    button(phone, section, 'cancelMine', '대기 취소');
    show($('[data-do="cancelMine"]', section), entry.pass !== 2);   // once weighed, only the office can take it out
  },

  called(phone, section) {
    const { entry, call } = phone;
    const acknowledged = entry.acknowledged;
    text($('[data-station]', section), String(entry.station));
    text($('[data-left]', section), entry.deadline ? format.countdown(entry.deadline - phone.now()) : '—');
    const [heard, shaken] = call.hints();
    const shown = heard.length + shaken.map(String).join() + call.alarm.ringing + call.heard;
    if (section.hintsShown !== shown) {
      section.hintsShown = shown;
      $('[data-heard]', section).replaceChildren(...heard);
      $('[data-shaken]', section).replaceChildren(...shaken);
    }
    show($('.hints', section), !acknowledged);
    button(phone, section, 'acknowledge', acknowledged ? '계량실에 알렸어요' : '가고 있어요', acknowledged);
    call.drawMute(section, { alsoOn: !acknowledged });
  },

  weighing(phone, section) {
    const { entry, results } = phone;
    text($('[data-where]', section), `${entry.station}번 계량대 · ${entry.pass}차 계량`);
    notice(section, results?.refused && `다시 재야 해요. ${driverWords(results.refused)}`);
    phone.deck.draw();
  },

  settled(phone, section) {
    const first = phone.results?.open?.first;
    text($('[data-where]', section), `${first?.station ? `${first.station}번 계량대 · ` : ''}1차 계량`);
    text($('[data-kg]', section), first ? format.kg(first.grams) : '—');
    button(phone, section, 'rejoin', '짐을 다 내렸어요');
  },

  done: (phone, section, slip) => drawSlip(phone, section, slip, { title: '계량이 끝났어요' }),
  slip: (phone, section) => drawSlip(phone, section, phone.slips.open(), { title: '전표' }),
  history: phone => phone.slips.draw(),

  absent(phone, section) {
    const { entry } = phone;
    text($('[data-number]', section), String(entry.number));
    text($('[data-called-at]', section), entry.calledAt ? format.clock(entry.calledAt) : '—');
    text($('[data-kept]', section), entry.absentUntil ? `${Math.max(0, Math.ceil((entry.absentUntil - phone.now()) / 60_000))}분` : '—');
    button(phone, section, 'comeBack', '지금 갈 수 있어요');
  },

  /** The same facts, visibly old: the past tense and a dashed box. */
  offline(phone, section) {
    const { entry, line, hub, mine, call } = phone;
    const where = entry && place(line, entry.number);
    const millis = phone.ageMillis();
    text($('[data-cut]', section), mine.error ? '내 순번을 못 받고 있어요' : '통신이 끊겼어요');
    text($('[data-cut-more]', section), mine.error ? driverWords(mine.error) : '되살아나면 저절로 고쳐져요');
    show($('[data-old]', section), Boolean(entry));
    text($('[data-old-when]', section), `${millis < 60_000 ? format.span(millis) : `${Math.floor(millis / 60_000)}분`} 전 내 순번`);
    text($('[data-number]', section), entry ? String(entry.number) : '');
    text($('[data-old-ahead]', section), entry?.state === 'called' ? `${entry.station}번 계량대로 불렀어요` : where ? `앞에 ${where.ahead}대였어요` : '');
    text($('[data-old-say]', section), entry ? '순번은 그대로예요. 전광판을 봐 주세요.' : '되살아나면 접수할 수 있어요.');
    show($('[data-again]', section), !hub.ready);
    const wait = retryMillis(hub);
    text($('[data-next]', section), wait > 0 ? `${format.span(wait + 999)} 뒤에 다시 이어요` : '다시 잇는 중이에요');
    call.drawMute(section);
  },
};

function button(phone, section, name, label, done = false) {
  const job = phone.commands.get(name);
  setButton($(`[data-do="${name}"]`, section), { label, job, can: phone.can(), disabled: done });
  setReason($('[data-why]', section), job);
}

function notice(section, words) {
  const node = $('[data-notice]', section);
  text(node, words || '');
  show(node, Boolean(words));
}

/** The line itself: scale ← trucks ahead ← me; more than three ahead are told by the gap. */
function drawLine(list, where) {
  show(list, Boolean(where));
  if (!where) return;
  const nearest = where.before.slice(-trucksShownMax);
  const hidden = where.before.length - nearest.length;
  const items = [{ key: 'scale', words: '계량대' }, ...(hidden ? [{ key: 'more', words: `+${hidden}` }] : []), ...nearest.map(number => ({ key: number, truck: true, words: String(number) })), { key: 'me', truck: true, words: '내 차' }];
  list.style.setProperty('--trucks', nearest.length + (hidden ? 1 : 0));
  attr(list, 'aria-label', `계량대까지 ${where.ahead}대 다음이 내 차`);
  const classes = { scale: 'scale', me: 'me', more: 'more' };
  keyed(list, items, item => item.key, item => el('li', { class: classes[item.key] }, item.truck && icon('truck'), el('span')), (node, item) => text(node.lastElementChild, item.words));
}

for (const sound of $$('[data-sound]')) {
  sound.addEventListener('click', async () => {
    askNotice();   // of a call while another app is on the screen; a tap is the time to ask
    const heard = await beep();
    sound.replaceChildren(icon(heard ? 'check' : 'mute'), heard ? '소리 나요' : '소리 안 나요');
    setTimeout(() => sound.replaceChildren(icon('call'), '소리 확인'), 3000);
  });
}
