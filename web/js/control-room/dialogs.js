// The control room's dialogs: each says what it needs and which command it sends.
import { el } from '../core/dom.js';
import { formDialog } from '../core/form-dialog.js';
import * as format from '../core/format.js';
import { freeStations, slotOf } from '../model/queue.js';
import { unmatchedWords } from '../core/words.js';
import { confirmed, slotOf as actSlot } from './acts.js';

const queue = 'queue/main';
const plateOf = text => text.replace(/\s/g, '');
const plateField = value => ({ name: 'plate', label: '차량번호', value, hint: '예: 부산82바3345', maxlength: 12 });
const reasonField = (hint = '') => ({ name: 'reason', label: '사유', maxlength: 100, hint });

export class Dialogs {
  constructor(room) {
    this.room = room;
    this.builders = {
      'check-in': () => this.checkIn(), manual: context => this.manual(context), assign: context => this.assign(context), pause: context => this.pause(context),
      transfer: context => this.transfer(context), cancel: context => this.cancel(context), 'open-tickets': () => this.openTickets(), needs: () => this.needs(),
    };
  }

  open(name, context = {}) {
    if (document.querySelector('dialog[open]')) return;
    this.dialog = this.builders[name](context);
  }

  redraw() {
    if (this.dialog?.isConnected) this.dialog.redraw();
  }

  form(description) {
    return formDialog({ commands: this.room.commands, can: () => this.room.can(), done: () => { this.dialog = null; description.closed?.(); }, ...description });
  }

  send(slot, command, words, undo) {
    return confirmed(this.room, slot, command, words, undo);
  }

  itemOptions() {
    return [['', '품목 없음'], ...[...this.room.items].map(([id, name]) => [id, name])];
  }

  checkIn() {
    const paused = this.room.queue?.paused;
    return this.form({
      title: '접수',
      lead: paused ? [`접수 중지 중 — ${paused.by} · ${paused.reason}`] : [],
      fields: [plateField(''), { name: 'item', label: '품목', kind: 'select', options: this.itemOptions() }, { name: 'priority', label: '우선', kind: 'check' }],
      actions: [
        { label: '접수', kind: 'primary', slot: 'checkIn', send: (values, wrong) => {
          if (!values.plate) return wrong('plate', '차량번호 없음');
          const args = { plate: plateOf(values.plate), item: values.item || undefined, priority: values.priority || undefined };
          return this.send('checkIn', { topic: queue, name: 'checkIn', args }, `${format.plateText(args.plate)} 접수`);
        } },
        paused
          ? { label: '접수 재개', slot: 'resumeCheckIn', send: () => this.send('resumeCheckIn', { topic: queue, name: 'resumeCheckIn', args: {} }, '접수 재개') }
          : { label: '접수 중지…', slot: 'openPause', send: () => { this.dialog.close(); this.dialog = this.pauseCheckIn(); return null; } },
      ],
    });
  }

  pauseCheckIn() {
    return this.form({
      title: '접수 중지', lead: ['새 접수를 받지 않음. 이미 온 차량은 그대로.'], fields: [reasonField()],
      actions: [{ label: '접수 중지', kind: 'primary', slot: 'pauseCheckIn', send: ({ reason }, wrong) =>
        reason ? this.send('pauseCheckIn', { topic: queue, name: 'pauseCheckIn', args: { reason } }, '접수 중지', { name: 'resumeCheckIn', args: {} }) : wrong('reason', '사유 없음') }],
    });
  }

  manual({ plate = '', dismiss, dealtWith = sent => sent } = {}) {
    const stations = this.room.stations.items.map(({ id, name }) => [id, name ?? `${id}번 계량대`]);
    return this.form({
      title: '수기 입력', lead: ['전표에 "수기"로 표시되고 사유가 남음.'],
      fields: [plateField(plate), { name: 'kg', label: '중량 (kg)', inputmode: 'numeric', maxlength: 8, hint: '예: 25,340' }, reasonField('예: 인디케이터 통신 장애, 표시값 육안 확인'), { name: 'station', label: '계량대', kind: 'select', options: [['', '해당 없음'], ...stations] }],
      actions: [
        { label: '입력', kind: 'primary', slot: 'enterManually', send: (values, wrong) => {
          const grams = format.gramsFromKg(values.kg);
          if (!values.plate) return wrong('plate', '차량번호 없음');
          if (!grams) return wrong('kg', '중량은 1 kg 단위 숫자');
          if (!values.reason) return wrong('reason', '사유 없음');
          const args = { plate: plateOf(values.plate), grams, reason: values.reason, station: values.station || undefined };
          return dealtWith(this.send('enterManually', { topic: 'register/main', name: 'enterManually', args }, `${format.plateText(args.plate)} 수기 ${format.kg(grams)} kg`));
        } },
        ...(dismiss ? [{ label: '확인만', slot: 'seen', send: () => { dismiss(); this.dialog.close(); return null; } }] : []),
      ],
    });
  }

  assign({ station, item, dealtWith }) {
    const topic = `station/${station}`;
    const act = (name, args, words) => dealtWith(this.send(`${name}:${item.id}`, { topic, name, args: { id: item.id, ...args } }, words));
    return this.form({
      title: `${station}번 미매칭 계량`,
      lead: [el('p', {}, el('b', {}, `${format.kg(item.grams)} kg`), ` · ${format.clockSeconds(item.at)} · ${unmatchedWords(item.reason)}`), '버림은 되돌릴 수 없음.'],
      fields: [plateField(''), reasonField()],
      actions: [
        { label: '차량 지정', kind: 'primary', slot: `assignUnmatched:${item.id}`, send: ({ plate, reason }, wrong) =>
          !plate ? wrong('plate', '차량번호 없음') : !reason ? wrong('reason', '사유 없음') : act('assignUnmatched', { plate: plateOf(plate), reason }, `${station}번 ${format.kg(item.grams)} kg → ${format.plateText(plate)}`) },
        { label: '버림', kind: 'danger', slot: `dismissUnmatched:${item.id}`, send: ({ reason }, wrong) => reason ? act('dismissUnmatched', { reason }, `${station}번 ${format.kg(item.grams)} kg 버림`) : wrong('reason', '사유 없음') },
      ],
    });
  }

  pause({ item }) {
    const { id } = item;
    const held = this.room.queue && slotOf(this.room.queue, id);
    return this.form({
      title: `${id}번 계량대`, lead: ['일시정지: 대기열 배정에서 빠짐.', ...(held ? [`배정 해제: ${held.number}번 ${format.plateText(held.plate)} 자리를 비움.`] : [])], fields: [reasonField()],
      actions: [
        { label: '일시정지', kind: 'primary', slot: `pause:${id}`, isElsewhere: true, send: ({ reason }, wrong) =>
          reason ? this.send(`pause:${id}`, { topic: `station/${id}`, name: 'pause', args: { reason } }, `${id}번 계량대 일시정지`, { name: 'resume', args: {} }) : wrong('reason', '사유 없음') },
        ...(held ? [{ label: '배정 해제', kind: 'danger', slot: `freeSlot:${id}`, send: ({ reason }, wrong) =>
          reason ? this.send(`freeSlot:${id}`, { topic: queue, name: 'freeSlot', args: { station: id, reason } }, `${id}번 계량대 배정 해제`) : wrong('reason', '사유 없음') }] : []),
      ],
    });
  }

  transfer({ entry, send }) {
    const free = freeStations(this.room.queue, this.room.stations.ids());
    return this.form({
      title: `${entry.number}번 이관`, lead: [`${format.plateText(entry.plate)} · 지금 ${entry.station}번 계량대`, ...(free.length ? [] : ['빈 계량대 없음'])],
      fields: free.length ? [{ name: 'station', label: '옮길 계량대', kind: 'choice', value: free[0], options: free.map(id => [id, `${id}번 계량대`]) }] : [],
      actions: free.length ? [{ label: ({ station }) => `${station}번으로 이관`, kind: 'primary', slot: actSlot('transfer', entry), isElsewhere: true, send: ({ station }) => send(station) }] : [],
    });
  }

  cancel({ entry }) {
    const slot = actSlot('cancel', entry);
    return this.form({
      title: `${entry.number}번 ${format.plateText(entry.plate)} 접수 취소`, lead: ['순번이 사라짐. 되돌릴 수 없음.'], fields: [reasonField()], safeFirst: true,
      actions: [{ label: `${entry.number}번 접수 취소`, kind: 'danger', slot, isElsewhere: true, send: ({ reason }, wrong) =>
        reason ? this.send(slot, { topic: queue, name: 'cancel', args: { id: entry.id, reason } }, `${entry.number}번 접수 취소`) : wrong('reason', '사유 없음') }],
    });
  }

  /** Trucks between their two weighings. Either act ends one truck's ticket, so none is chosen beforehand and the buttons name it. */
  openTickets() {
    const open = this.room.register?.open ?? [];
    const options = open.map(ticket => [ticket.load.plate, `${format.plateText(ticket.load.plate)} · ${format.clock(ticket.first.at)} · ${format.kg(ticket.first.grams)} kg`]);
    const act = (name, args, words) => this.send(`${name}:open`, { topic: 'register/main', name, args }, words);
    const label = words => ({ plate }) => plate ? `${format.plateText(plate)} ${words}` : words;
    return this.form({
      title: '1차 후, 2차 전', lead: ['등록공차로 마감: 2차 계량 없이 전표 발행. 1차 취소: 1차 중량이 없어짐. 둘 다 되돌릴 수 없음.'], safeFirst: true,
      fields: [{ name: 'plate', label: '차량', kind: 'choice', options }, reasonField('1차를 취소할 때')],
      actions: [
        { label: label('등록공차로 마감'), kind: 'danger', slot: 'completeWithStoredTare:open', send: ({ plate }, wrong) =>
          plate ? act('completeWithStoredTare', { plate }, `${format.plateText(plate)} 등록공차로 마감`) : wrong('plate', '차량 고르지 않음') },
        { label: label('1차 취소'), kind: 'danger', slot: 'cancelOpen:open', send: ({ plate, reason }, wrong) =>
          !plate ? wrong('plate', '차량 고르지 않음') : reason ? act('cancelOpen', { plate, reason }, `${format.plateText(plate)} 1차 취소`) : wrong('reason', '사유 없음') },
      ],
    });
  }

  needs() {
    const { alerts } = this.room;
    const list = alerts.found.map(need => el('button', { class: 'btn need', 'data-tone': need.tone, type: 'button', onclick: () => { this.dialog.close(); alerts.act(need); } }, el('b', {}, need.what), el('span', {}, need.fact)));
    return this.form({ title: `조치 필요 ${alerts.found.length}`, lead: [el('div', { class: 'need-list' }, list)], actions: [] });
  }
}
