// The strip on top: at most four, gravest first, then "+n"; nothing to do is one quiet line.
import { $, attr, copy, data, el, icon, keyed, setIcon, text } from '../core/dom.js';
import { clock, span } from '../core/format.js';
import { setButton } from '../core/parts.js';
import { needs } from '../model/needs.js';
import { confirmed, run, slotOf } from './acts.js';

const shownMax = 4;
const labels = { look: '보기', assign: '차량 지정', recall: '재호출', call: '재호출', enter: '수기 입력', resumeCheckIn: '접수 재개' };

export class Alerts {
  constructor(room, list) {
    this.room = room;
    this.list = list;
    this.seen = new Set();
    this.found = [];
    this.lastWord = '';
  }

  draw() {
    const { room } = this;
    this.found = needs({ queue: room.queue, register: room.register, stations: room.stations.forNeeds(), now: room.now(), seen: this.seen });
    const count = this.found.length;
    text($('title'), `${count ? `(${count}) ` : ''}관제${room.hub.yard?.name ? ` — ${room.hub.yard.name}` : ''}`);
    const extra = count - shownMax;
    const shown = this.found.slice(0, shownMax);
    const rest = extra > 0 ? [{ id: 'more', tone: 'more', count: extra }] : [];
    const calm = count === 0 && room.queue ? [{ id: 'calm', tone: 'calm' }] : [];
    keyed(this.list, [...shown, ...rest, ...calm], need => need.id, need => this.make(need), (node, need) => this.update(node, need));
    room.dialogs.redraw();
  }

  make(need) {
    if (need.tone === 'more') return el('li', { class: 'alert more' }, el('button', { class: 'btn', onclick: () => this.room.dialogs.open('needs') }));
    if (need.tone === 'calm') return el('li', { class: 'alert', 'data-tone': 'none' }, el('span', { class: 'icon-box' }, icon('check')), el('div', {}, el('h3', {}, '조치 필요 없음'), el('p')));
    const node = copy('alert');
    $('.btn', node).addEventListener('click', () => this.act(node.need));
    return node;
  }

  update(node, need) {
    node.need = need;
    if (need.tone === 'more') return text(node.firstElementChild, `+${need.count}`);
    if (need.tone === 'calm') return text($('p', node), this.lastWord);
    data(node, 'tone', need.tone === 'none' ? 'plain' : need.tone);
    setIcon($('.icon', node), need.icon);
    text($('[data-what]', node), need.what);
    text($('time', node), need.days !== undefined ? `D${need.days < 0 ? '+' : '-'}${Math.abs(need.days)}` : need.since ? span(this.room.now() - need.since) : '');
    const job = this.jobOf(need);
    text($('[data-fact]', node), job?.phase === 'refused' ? job.message : need.fact);
    setButton($('.btn', node), { label: labels[need.action], job, disabled: need.action !== 'look' && !this.room.can() });
    attr(node, 'data-refused', job?.phase === 'refused' ? '' : null);
  }

  jobOf({ action, entry }) {
    if (action === 'recall' || action === 'call') return this.room.commands.get(slotOf(action, entry));
    return action === 'resumeCheckIn' ? this.room.commands.get('resumeCheckIn') : undefined;
  }

  act(need) {
    const { room } = this;
    this.lastWord = `마지막 조치 ${clock(room.now())} — ${need.what}, ${room.hub.principal?.name ?? ''}`;
    switch (need.action) {
      case 'look': return room.stations.look(need.station);
      case 'assign': return room.dialogs.open('assign', { station: need.station, item: need.item });
      case 'enter': return room.dialogs.open('manual', { plate: need.item.load.plate, dismiss: () => { this.seen.add(need.id); room.draw(); } });
      case 'resumeCheckIn': return confirmed(room, 'resumeCheckIn', { topic: 'queue/main', name: 'resumeCheckIn', args: {} }, '접수 재개');
      default: return run(room, need.action, need.entry);
    }
  }
}
