// What needs a hand, from data alone: gravest first. Each: {id, tone, icon, what, fact, since?, until?, action, …}.
import * as format from '../core/format.js';
import { refusedWords, unmatchedWords, faultWords } from '../core/words.js';

const grave = { fault: 0, call: 1, none: 2 };
export const movingTooLongMillis = 60_000;
const verificationSoonMillis = 30 * 86_400_000;

/** `queue`, `register` may be null; `stations` [{id, state, movingSince?, live?}]; `seen` ids put aside by hand. */
export function needs({ queue, register, stations, now, seen = new Set() }) {
  return [...stations.flatMap(item => item.state ? ofStation(item, now) : []), ...ofQueue(queue, now), ...ofRegister(register)]
    .filter(need => !seen.has(need.id))
    .sort((a, b) => grave[a.tone] - grave[b.tone] || (a.since ?? a.until ?? now) - (b.since ?? b.until ?? now) || a.id.localeCompare(b.id));
}

/**
 * The one line when nothing is to be done: `calm` only when all of the yard was looked at just now, else `unknown` or, before
 * everything is there, `loading`. None while there is something to do. `isWhole`: no topic was refused.
 */
export function quietOf({ count, conn, isComplete, isWhole = true }) {
  if (count > 0) return null;
  if (conn === 'lost' || conn !== 'wait' && !isWhole) return 'unknown';
  return conn === 'wait' || !isComplete ? 'loading' : 'calm';
}

function ofStation({ id, state, live, movingSince }, now) {
  const found = [];
  const add = need => found.push({ station: id, ...need, id: `${need.kind}:${id}:${need.key ?? ''}` });
  if (state.linked === false) {
    add({ kind: 'link', tone: 'fault', icon: 'none', what: `${id}번 에지 끊김`, fact: '중량 안 들어옴 · 현장 임시 전표로 계속', since: state.linkLostAt, action: 'look' });
  }
  if (state.fault) {
    add({ kind: 'fault', tone: 'fault', icon: 'fault', what: `${id}번 오류`, fact: faultWords(state.fault.code), since: state.fault.at, action: 'look' });
  }
  for (const item of state.unmatched ?? []) {
    add({ kind: 'unmatched', key: item.id, tone: 'fault', icon: 'unmatch', what: `${id}번 미매칭 계량`, fact: `${format.kg(item.grams)} kg · ${unmatchedWords(item.reason)}`, since: item.at, action: 'assign', item });
  }
  if (state.limitGrams && state.binding && live?.grams > state.limitGrams) {
    add({ kind: 'limit', key: state.binding.id, tone: 'call', icon: 'over', what: `${id}번 과적`, fact: `${format.plateText(state.binding.plate)} · ${format.kg(live.grams)} kg`, since: state.binding.at, action: 'look' });
  }
  if (movingSince && now - movingSince > movingTooLongMillis) {
    add({ kind: 'moving', key: String(movingSince), tone: 'call', icon: 'moving', what: `${id}번 안정 안 됨`, fact: '60초 넘게 움직임', since: movingSince, action: 'look' });
  }
  const verified = state.validUntil && format.endOfDay(state.validUntil);
  if (verified && verified - now < verificationSoonMillis) {
    const days = Math.floor((verified - now) / 86_400_000);
    add({ kind: 'verification', tone: 'none', icon: 'cal', what: days < 0 ? `${id}번 검정 만료` : `${id}번 검정 만료 임박`, fact: `${format.day(verified)}까지`, until: verified, days, action: 'look' });
  }
  return found;
}

function ofQueue(queue, now) {
  if (!queue) return [];
  const found = [];
  for (const entry of queue.entries) {
    const plate = format.plateText(entry.plate);
    if (entry.state === 'called' && !entry.arrived && entry.deadline < now) {
      found.push({ id: `late:${entry.id}:${entry.calls}`, kind: 'late', tone: 'call', icon: 'clock', what: `${entry.number}번 진입 지연`, fact: `${plate} · ${entry.station}번 호출 ${entry.calls}회`, since: entry.deadline, action: 'recall', entry });
    }
    if (entry.state === 'absent') {
      const until = entry.absentUntil ? ` · ${format.clock(entry.absentUntil)}까지 자리 지킴` : '';
      found.push({ id: `absent:${entry.id}`, kind: 'absent', tone: 'none', icon: 'absent', what: `${entry.number}번 부재`, fact: `${plate}${until}`, since: entry.calledAt ?? entry.checkedInAt, action: 'call', entry });
    }
  }
  if (queue.paused) {
    found.push({ id: 'paused', kind: 'paused', tone: 'none', icon: 'pause', what: '접수 중지', fact: `${queue.paused.by} · ${queue.paused.reason}`, since: queue.paused.at, action: 'resumeCheckIn' });
  }
  return found;
}

function ofRegister(register) {
  return (register?.refused ?? []).map(item => ({
    id: `refused:${item.weighing.id}`, kind: 'refused', tone: 'fault', icon: 'x', what: '계량 거부',
    fact: `${format.plateText(item.load.plate)} · ${format.kg(item.weighing.grams)} kg · ${refusedWords(item.code)}`, since: item.weighing.at, action: 'enter', item,
  }));
}
