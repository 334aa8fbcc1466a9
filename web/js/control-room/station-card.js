// One station card. `drawCard` for what changes with events, `drawWeight` for what changes ten times a second.
import { $, $$, attr, copy, data, el, setIcon, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { setButton, setPlate, setReason } from '../core/parts.js';
import { operatorWords } from '../core/words.js';
import { nextWaiting } from '../model/queue.js';
import { absenceOf } from '../model/reading.js';
import { firstWeighing } from '../model/register.js';
import { onDeck, steps } from '../model/station.js';
import { callTo, pauseOrResume } from './acts.js';
import { tracePaths } from './trace.js';

const icons = { unknown: 'none', fault: 'fault', paused: 'pause', weighing: 'weigh', called: 'call', idle: 'idle' };
const lamps = {
  stable: ['stable', '안정'], moving: ['moving', '움직임'], zero: ['stable', '영점'], limit: ['over', '과적'],
  over: ['over', '과부하'], under: ['over', '영점 아래'], none: ['none', '신호 없음'],
};

export function makeCard(room, item) {
  const card = copy('station');
  const part = selector => $(selector, card);
  const heading = part('h2');
  card.item = item;
  heading.id = `station-${item.id}`;
  attr(card, 'aria-labelledby', heading.id);
  card.parts = {
    heading, halt: part('.halt'), dev: part('.dev'), stateIcon: part('.state .icon'), state: part('.state span'), lampIcon: part('.lamp .icon'), lamp: part('[data-lamp]'),
    note: part('[data-note]'), wide: part('[data-note-wide]'), figure: part('.weight b'), unit: part('.weight .unit'), line: part('.trace .line'), limit: part('.trace .limit'),
    bound: part('.bound'), plate: part('.bound .plate'), who: part('.bound .who'), what: part('.bound .what'), steps: $$('.steps li', card),
    led: part('.led'), next: part('.next'), call: part('[data-do="call"]'), pause: part('[data-do="pause"]'), why: part('.why'), last: part('.last'), said: part('[data-said]'),
  };
  card.parts.call.addEventListener('click', () => callTo(room, item.id, card.parts.call.entry));
  card.parts.pause.addEventListener('click', () => pauseOrResume(room, item));
  return card;
}

export function drawCard(card, view) {
  const { parts } = card;
  const { state, held, room, item } = view;
  data(card, 'state', view.card);
  data(card, 'ended', Boolean(item.error));
  text(parts.heading, item.name ?? `${item.id}번 계량대`);
  setIcon(parts.stateIcon, icons[view.card]);
  drawWeight(card, view);
  const verified = state?.validUntil ? ` · 검정 ~${state.validUntil.slice(2).replaceAll('-', '.')}` : '';
  text(parts.dev, state ? `${state.indicator ?? ''}${verified}` : '');
  drawHalt(parts, state?.paused);
  drawBound(parts, state?.binding ?? held, view);
  drawActs(parts, view);
  drawLast(parts, state, room.register, item.id);
}

/** The word beside the name; counts down while a call runs. */
function stateWords({ card, state, held, live, isTrue, room, item }) {
  switch (card) {
    case 'unknown': return state || item.error || room.conn === 'lost' ? '확인 불가' : '불러오는 중';
    case 'fault': return state.fault ? '오류' : '에지 끊김';
    case 'paused': return state.paused ? '일시정지' : '배정 제외';
    case 'weighing': return '계량중';
    case 'called': {
      const left = held?.deadline ? held.deadline - room.now() : null;
      const how = isTrue && onDeck(live) ? '진입 중' : left === null ? '' : left > 0 ? `${format.countdown(left)} 남음` : '지연';
      return `호출 ${(held ?? state.binding).number}번${how && ` · ${how}`}`;
    }
    default: return '대기';
  }
}

export function drawWeight(card, view, { withTrace = false } = {}) {
  const { parts } = card;
  const { weight, live, isTrue, state, item } = view;
  data(card, 'weight', weight === 'under' ? 'over' : weight);
  text(parts.state, stateWords(view));
  const [icon, word] = weight === 'none' && absenceOf({ live, isTrue, linked: state?.linked }) === 'data' ? ['none', '자료 없음'] : lamps[weight];
  setIcon(parts.lampIcon, icon);
  text(parts.lamp, word);
  const figure = weight === 'none' ? '' : weight === 'over' ? 'OL' : weight === 'under' ? '—' : format.kg(live.grams);
  text(parts.figure, figure);
  attr(parts.figure, 'aria-label', figure ? null : '중량 없음');
  show(parts.unit, weight !== 'over' && weight !== 'under');
  const [note, wide] = notes(view);
  text(parts.note, note);
  text(parts.wide, wide ? ` · ${wide}` : '');
  drawSteps(parts, view);
  if (weight === 'stable' && onDeck(live) && item.said !== item.since) {
    item.said = item.since;
    text(parts.said, `${item.id}번 안정 ${figure} kg`);
  }
  if (withTrace) drawTrace(parts, view);
}

function notes({ weight, card, state, held, room, live, isTrue, item }) {
  const millis = since => room.hub.world.now() - since;
  const seconds = () => `${(millis(item.since) / 1000).toFixed(1)}초째`;
  const from = since => `${format.clockSeconds(room.now() - millis(since))}부터`;
  switch (weight) {
    case 'stable': return [seconds(), state.divisionGrams && `눈금 ${format.kg(state.divisionGrams)} kg`];
    case 'moving': return [seconds(), '60초 넘으면 경보'];
    case 'zero': return [card === 'called' ? `남은 시간 ${format.countdown((held?.deadline ?? 0) - room.now())}` : card === 'idle' ? '진입 가능' : ''];
    case 'limit': return [`기준 ${format.kg(state.limitGrams)} · +${format.kg(live.grams - state.limitGrams)}`];
    case 'over': return ['기록 안 함'];
    case 'under': return ['기록 안 함', '영점 확인'];
  }
  if (room.conn === 'lost') return ['연결 끊김'];
  if (item.error) return [operatorWords(item.error)];
  if (room.conn !== 'live') return ['3초 넘은 중량은 비움'];
  if (absenceOf({ live, isTrue, linked: state?.linked }) === 'signal') return [from(item.since), '마지막 값은 표시 안 함'];
  if (state?.linked === false) return [state.linkLostAt ? `${format.clockSeconds(state.linkLostAt)}부터` : '에지 끊김', '마지막 값은 표시 안 함'];
  if (state && state.linked === undefined) return ['에지가 아직 붙지 않음'];
  return live ? [from(item.liveAt), '3초 넘은 중량은 비움'] : [''];
}

/** Who took it out, since when and why: whoever wonders need not ask around. */
function drawHalt(parts, paused) {
  show(parts.halt, Boolean(paused));
  text(parts.halt, paused ? `${paused.by} · ${format.clock(paused.at)}부터 · ${paused.reason}` : '');
}

function drawTrace(parts, { item, state, room, weight }) {
  const { path, limit } = tracePaths(weight === 'none' ? [] : item.points, room.hub.world.now(), state?.limitGrams);
  attr(parts.line, 'd', path || null);
  attr(parts.limit, 'd', limit || null);
}

function drawBound(parts, truck, { state, card, room }) {
  parts.bound.classList.toggle('empty', !truck);
  show(parts.plate, Boolean(truck));
  setPlate(parts.plate, truck?.plate ?? '');
  text(parts.who, truck ? room.driverName(truck) : card === 'unknown' ? '' : state?.paused ? '대기열 배정에서 제외' : '배정 차량 없음');
  text(parts.what, truck ? [room.companyName(truck), room.itemName(truck)].filter(Boolean).join(' · ') : '');
}

function drawSteps(parts, { state, room, live, weight }) {
  const first = firstWeighing(room.register, state?.binding);
  const both = state ? steps({ state, first, live, weight }) : { first: { step: null }, second: { step: null } };
  for (const [index, step] of [both.first, both.second].entries()) {
    const li = parts.steps[index];
    const [icon, , word, value] = li.children;
    data(li, 'step', step.step);
    show(icon, step.step === 'done');
    text(word, step.step === 'done' && step.at ? format.clock(step.at) : step.word ?? '');
    const grams = step.grams ?? null;
    const net = step.net ?? null;
    text(value, grams !== null ? `${format.kg(grams)} kg` : net !== null ? `순 ${format.kg(net)} kg` : step.step === 'now' ? '—' : '');
  }
}

function drawActs(parts, { state, card, room, item, held }) {
  const next = room.queue && nextWaiting(room.queue);
  const callJob = room.commands.get(`callTo:${item.id}`);
  const pauseJob = room.commands.get(`pause:${item.id}`);
  const canCall = card === 'idle' && next && !room.queue.slots[item.id];
  show(parts.call, Boolean(canCall || callJob?.phase === 'sending' || callJob?.phase === 'unanswered'));
  setButton(parts.call, { label: next ? `${next.number}번 호출` : '호출', job: callJob, can: room.can() });
  parts.call.entry = next;   // the truck that the button names is the one it calls
  setButton(parts.pause, { label: state?.paused ? '재개' : '일시정지', job: pauseJob, can: room.can(), disabled: !state || Boolean(item.error) });
  setReason(parts.why, [callJob, pauseJob].find(job => job?.phase === 'refused'));
  drawLed(parts, state?.led, room.conn);
  show(parts.next, !state?.led);
  text(parts.next, card === 'idle' && next ? `다음 ${next.number}번 ${format.plateText(next.plate)}` : state?.awaitingZero ? '계량대 비우기 기다림' : '');
}

/** The text really on the board, when the hub tells it; never guessed. */
function drawLed(parts, led, conn) {
  show(parts.led, Boolean(led));
  if (!led) return;
  const known = conn === 'live' && led.linked !== false;
  const lines = known ? led.lines.join('\n') : conn === 'live' ? `${led.lines[0] ?? ''}\n  (끊김)` : '  확인 불가\n ';
  data(parts.led, 'link', known ? null : 'down');
  text(parts.led, lines);
  attr(parts.led, 'aria-label', known ? `전광판 표시: ${led.lines.join(' ')}` : '전광판 표시 확인 불가');
}

function drawLast(parts, state, register, id) {
  const slip = register?.recent.find(slip => (slip.second ?? slip.first).station === id);
  const isNewest = slip && !(state?.last?.at > slip.completedAt);
  const shown = isNewest ? slip.number : JSON.stringify(state?.last ?? null);
  if (parts.lastShown === shown) return;
  parts.lastShown = shown;
  if (isNewest) return fill(parts.last, '최근 전표', slip.number, `${format.clock(slip.completedAt)} · 순 ${format.kg(slip.netGrams)} kg · ${slip.load.plate}`);
  if (state?.last) return fill(parts.last, `최근 ${state.last.pass}차`, null, `${format.clock(state.last.at)} · ${format.kg(state.last.grams)} kg · ${state.last.plate}`);
  fill(parts.last, '최근 전표', null, '없음');
}

function fill(node, title, number, rest) {
  const link = number && el('a', { href: `slip.html?slip=${encodeURIComponent(number)}`, target: 'slip' }, number);
  node.replaceChildren(el('span', {}, title), ' ', ...(link ? [link, ' · '] : []), rest);
}
