// What an operator can do to a truck in the list, so not to one on a deck: which command, when it is possible, and the way back.
import { freeStations, slotOf as deckOf } from '../model/queue.js';

const topic = 'queue/main';

export const acts = {
  call: { label: '호출', key: 'Enter', code: 'Enter', can: entry => entry.state === 'waiting' || entry.state === 'absent' },
  recall: { label: '재호출', key: 'R', code: 'KeyR', can: entry => entry.state === 'called' },
  skip: { label: '건너뛰기', key: 'S', code: 'KeyS', can: entry => entry.state === 'waiting' },
  markAbsent: { label: '부재', key: 'N', code: 'KeyN', can: entry => entry.state === 'called' },
  transfer: { label: '이관', key: 'T', code: 'KeyT', can: entry => entry.state === 'called' },
  prioritise: { label: '우선', key: 'P', code: 'KeyP', can: entry => entry.state === 'waiting' },
  cancel: { label: '취소', key: 'Del', code: 'Delete', can: () => true },
};

export const slotOf = (name, entry) => `${name}:${entry.id}`;

export function labelOf(name, entry) {
  if (name === 'prioritise' && entry?.priority) return '우선 해제';
  if (name === 'call' && entry?.state === 'absent') return '재호출';
  return acts[name].label;
}

/** Runs one act on one truck; what needs a choice or a reason asks for it first. */
export function run(room, name, entry) {
  if (!entry || !room.can() || !acts[name].can(entry)) return;
  const start = (args, undo, what = labelOf(name, entry)) => confirmed(room, slotOf(name, entry), { topic, name, args: { id: entry.id, ...args } }, `${entry.number}번 ${what}`, undo);
  switch (name) {
    case 'call': {
      const [station] = freeStations(room.queue, room.stations.ids());
      if (!station) return room.commands.refuse(slotOf(name, entry), '빈 계량대 없음');
      return start({ station }, { name: 'putBack', args: { id: entry.id } }, `${labelOf(name, entry)} → ${station}번 계량대`);
    }
    case 'transfer':
      return room.dialogs.open('transfer', { entry, send: station => start({ station }, { name: 'transfer', args: { id: entry.id, station: entry.station } }, `→ ${station}번 계량대 이관`) });
    case 'prioritise':
      return start({ on: !entry.priority }, { name: 'prioritise', args: { id: entry.id, on: Boolean(entry.priority) } });
    case 'cancel':
      return room.dialogs.open('cancel', { entry });
    default:
      return start({});
  }
}

export function callNext(room, station) {
  const slot = `callNext:${station}`;
  return confirmed(room, slot, { topic, name: 'callNext', args: { station } }, () => {
    const entry = deckOf(room.queue, station);
    return { what: `${entry?.number ?? '다음'}번 호출 → ${station}번 계량대`, undo: entry && { name: 'putBack', args: { id: entry.id } } };
  });
}

/** Command, then the toast that it is so. `words` is the text, or a function of the state after the commit. */
export async function confirmed(room, slot, command, words, undo) {
  const held = room.commands.get(slot);
  const again = held && held.phase !== 'refused';   // pressed twice, or sent again: one command, one toast
  const reply = await room.commands.run(slot, command);
  if (again) return reply;
  if (reply.ok) {
    const said = typeof words === 'function' ? words() : { what: words, undo };
    room.toasts.add(said.what, { undo: said.undo && { topic: command.topic, ...said.undo } });
  }
  return reply;
}
