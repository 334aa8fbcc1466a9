// What an operator can do to a truck in the list, so not to one on a deck: which command, when it is possible, and the way back.
import { freeStations } from '../model/queue.js';

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

/** They mean the line as it was seen: on late data the hub has to check that it is still that one. A call names its truck. */
const bySight = new Set(['skip', 'prioritise', 'transfer']);

export const slotOf = (name, entry) => `${name}:${entry.id}`;

export function labelOf(name, entry) {
  if (name === 'prioritise' && entry?.priority) return '우선 해제';
  if (name === 'call' && entry?.state === 'absent') return '재호출';
  return acts[name].label;
}

/** The version that the act was decided on, when that may be an old one. */
export const expectOf = (room, name) => bySight.has(name) && room.conn === 'late' ? room.queueTopic.seq : undefined;

/** Runs one act on one truck; what needs a choice or a reason asks for it first. What is unanswered goes out as it was. */
export function run(room, name, entry) {
  if (!entry || !room.can()) return;
  const slot = slotOf(name, entry);
  if (isUnderWay(room, slot)) return room.commands.again(slot);
  if (!acts[name].can(entry)) return;
  const start = (args, undo, what = labelOf(name, entry)) =>
    confirmed(room, slot, { topic, name, args: { id: entry.id, ...args }, expect: expectOf(room, name) }, `${entry.number}번 ${what}`, undo);
  switch (name) {
    case 'call': {
      const [station] = freeStations(room.queue, room.stations.ids());
      if (!station) return room.commands.refuse(slot, '빈 계량대 없음');
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

/** A station's own button: calls the truck it names, whoever may stand in front by then. */
export function callTo(room, station, entry) {
  const slot = `callTo:${station}`;
  if (isUnderWay(room, slot)) return room.commands.again(slot);
  if (!entry || !room.can()) return;
  const command = { topic, name: 'call', args: { id: entry.id, station } };
  return confirmed(room, slot, command, `${entry.number}번 호출 → ${station}번 계량대`, { name: 'putBack', args: { id: entry.id } });
}

/** Takes a station out of the assignment, after a reason; or back into it. Undone by `resume`. */
export function pauseOrResume(room, item) {
  const { id } = item;
  const slot = `pause:${id}`;
  if (isUnderWay(room, slot)) return room.commands.again(slot);
  if (!room.can()) return;
  if (!item.state?.paused) return room.dialogs.open('pause', { item });
  return confirmed(room, slot, { topic: `station/${id}`, name: 'resume', args: {} }, `${id}번 계량대 재개`);
}

function isUnderWay(room, slot) {
  const job = room.commands.get(slot);
  return Boolean(job && job.phase !== 'refused');
}

/** Command, then the toast that it is so, with the way back. */
export async function confirmed(room, slot, command, what, undo) {
  const again = isUnderWay(room, slot);   // pressed twice, or sent again: one command, one toast
  const reply = await room.commands.run(slot, command);
  if (reply.ok && !again) room.toasts.add(what, { undo: undo && { topic: command.topic, ...undo } });
  return reply;
}
