// The strip on top: at most four, gravest first, then "+n"; nothing to do is one quiet line.
import { $, attr, copy, data, el, icon, keyed, setIcon, text } from '../core/dom.js';
import { clock, span } from '../core/format.js';
import { setButton } from '../core/parts.js';
import { needs, quietOf } from '../model/needs.js';
import { confirmed, run, slotOf } from './acts.js';

const shownMax = 4;
const labels = { look: '보기', assign: '차량 지정', recall: '재호출', call: '재호출', enter: '수기 입력', resumeCheckIn: '접수 재개' };
const quiet = { calm: ['check', '조치 필요 없음'], unknown: ['none', '조치 확인 안 됨'], loading: ['late', '불러오는 중'] };

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
    const { queue, register, stations, conn } = room;
    this.found = needs({ queue, register, stations: stations.forNeeds(), now: room.now(), seen: this.seen });
    const count = this.found.length;
    text($('title'), `${count ? `(${count}) ` : ''}관제${room.hub.yard?.name ? ` — ${room.hub.yard.name}` : ''}`);
    const extra = count - shownMax;
    const shown = this.found.slice(0, shownMax);
    const rest = extra > 0 ? [{ id: 'more', tone: 'more', count: extra }] : [];
    const word = quietOf({ count, conn, isComplete: Boolean(queue && register && stations.isComplete), isWhole: room.isWhole() });
    keyed(this.list, [...shown, ...rest, ...word ? [{ id: word, tone: 'quiet', word }] : []], need => need.id, need => this.make(need), (node, need) => this.update(node, need));
    room.dialogs.redraw();
  }

  make(need) {
    if (need.tone === 'more') return el('li', { class: 'alert more' }, el('button', { class: 'btn', onclick: () => this.room.dialogs.open('needs') }));
    if (need.tone === 'quiet') {
      const [shape, words] = quiet[need.word];
      return el('li', { class: 'alert', 'data-tone': 'none' }, el('span', { class: 'icon-box', 'data-quiet': need.word }, icon(shape)), el('div', {}, el('h3', {}, words), el('p')));
    }
    const node = copy('alert');
    $('.btn', node).addEventListener('click', () => this.act(node.need));
    return node;
  }

  update(node, need) {
    node.need = need;
    if (need.tone === 'more') return text(node.firstElementChild, `+${need.count}`);
    if (need.tone === 'quiet') return text($('p', node), need.word === 'calm' ? this.lastWord : '');
    data(node, 'tone', need.tone === 'none' ? 'plain' : need.tone);
    setIcon($('.icon', node), need.icon);
    text($('[data-what]', node), need.what);
    text($('time', node), need.days !== undefined ? `D${need.days < 0 ? '+' : '-'}${Math.abs(need.days)}` : need.since ? span(this.room.now() - need.since) : '');
    const job = this.jobOf(need);
    text($('[data-fact]', node), job?.phase === 'refused' ? job.message : need.fact);
    setButton($('.btn', node), { label: labels[need.action], job, can: need.action === 'look' || this.room.can() });
    attr(node, 'data-refused', job?.phase === 'refused' ? '' : null);
  }

  jobOf({ action, entry }) {
    if (action === 'recall' || action === 'call') return this.room.commands.get(slotOf(action, entry));
    return action === 'resumeCheckIn' ? this.room.commands.get('resumeCheckIn') : undefined;
  }

  act(need) {
    const { room } = this;
    const dealtWith = sent => this.remember(need, sent);
    switch (need.action) {
      case 'look': return room.stations.look(need.station);
      case 'assign': return room.dialogs.open('assign', { station: need.station, item: need.item, dealtWith });
      case 'enter': return room.dialogs.open('manual', { plate: need.item.load.plate, dealtWith, dismiss: () => { this.seen.add(need.id); room.draw(); } });
      case 'resumeCheckIn': return dealtWith(confirmed(room, 'resumeCheckIn', { topic: 'queue/main', name: 'resumeCheckIn', args: {} }, '접수 재개'));
      default: return dealtWith(run(room, need.action, need.entry));
    }
  }

  /** The last act is one that the hub has confirmed, not one that was tried. Passes the promise of the reply on. */
  async remember(need, sent) {
    const reply = await sent;
    if (reply?.ok) this.lastWord = `마지막 조치 ${clock(this.room.now())} — ${need.what}, ${this.room.hub.principal?.name ?? ''}`;
    return reply;
  }
}
