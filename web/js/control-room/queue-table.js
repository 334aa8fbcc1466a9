// The queue as a grid: one tab stop, called on top, the selection follows the truck, not the row.
import { $, attr, copy, data, keyed, setIcon, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { setButton, setPlate } from '../core/parts.js';
import { etaMinutes, rows, withState } from '../model/queue.js';
import { labelOf, run, slotOf } from './acts.js';

const states = {
  waiting: { word: '대기', icon: 'idle', tone: null },
  called: { word: '호출', icon: 'call', tone: 'call' },
  absent: { word: '부재', icon: 'absent', tone: 'absent' },
};

export class QueueTable {
  constructor(room, body) {
    this.room = room;
    this.body = body;
    this.find = $('#find');
    this.entries = [];
    body.addEventListener('click', event => {
      const row = event.target.closest('tr');
      this.select(row.dataset.id, { focus: !event.target.closest('.btn') });
      if (event.target.closest('.btn')) this.act(this.selected());
    });
    body.addEventListener('focusin', event => this.select(event.target.closest('tr').dataset.id, { focus: false }));
    this.find.addEventListener('input', () => this.search());
    this.find.addEventListener('keydown', event => {
      if (event.code === 'Escape') this.clearFind();
      if (event.code === 'Enter' && this.match) { this.find.value = ''; this.search(); this.focus(); }
    });
  }

  // ── selection ──

  selected() {
    return this.entries.find(entry => entry.id === this.selectedId);
  }

  select(id, { focus = true } = {}) {
    if (this.selectedId !== id) {
      this.selectedId = id;
      this.room.draw();
    }
    if (focus) this.focus();
  }

  focus() {
    this.drawSelection();
    this.body.nodesByKey?.get(String(this.selectedId))?.focus();
  }

  step(by) {
    const index = this.entries.findIndex(entry => entry.id === this.selectedId);
    const next = this.entries[Math.max(0, Math.min(this.entries.length - 1, index + by))];
    if (next) this.select(next.id);
  }

  /** The button of a row: the one next act of its state. */
  act(entry) {
    run(this.room, entry.state === 'called' ? 'recall' : 'call', entry);
  }

  // ── last four digits ──

  search() {
    const digits = this.find.value.replace(/\D/g, '');
    this.digits = digits;
    this.match = digits ? this.entries.find(entry => this.matches(entry)) : null;
    text($('#find-none'), digits && !this.match ? '없음' : '');
    if (this.match) {
      this.select(this.match.id, { focus: false });
      this.body.nodesByKey.get(String(this.match.id))?.scrollIntoView({ block: 'nearest' });
    }
    this.room.draw();
  }

  matches(entry) {
    return format.plate(entry.plate).last.startsWith(this.digits);
  }

  clearFind() {
    this.find.value = '';
    this.search();
    this.focus();
  }

  // ── drawing ──

  draw() {
    const { queue } = this.room;
    this.drawEmpty(queue);
    if (!queue) return;
    this.entries = rows(queue);
    this.keepSelection(queue);
    this.line = new Map(withState(queue, 'waiting').map((entry, index) => [entry.id, index]));
    keyed(this.body, this.entries, entry => entry.id, entry => this.make(entry), (row, entry) => this.update(row, entry));
    this.drawSelection();
    this.drawHead(queue);
  }

  /** Who was selected may be gone: then whoever stands in that place now. */
  keepSelection() {
    const index = this.entries.findIndex(entry => entry.id === this.selectedId);
    if (index >= 0) this.selectedIndex = index;
    else this.selectedId = (this.entries[Math.min(this.selectedIndex ?? Infinity, this.entries.length - 1)] ?? this.entries[0])?.id;
    if (this.selectedIndex === undefined) this.selectedId = (this.entries.find(entry => entry.state === 'waiting') ?? this.entries[0])?.id;
  }

  drawSelection() {
    for (const [id, row] of this.body.nodesByKey ?? []) {
      const on = id === String(this.selectedId);
      attr(row, 'tabindex', on ? '0' : '-1');
      attr(row, 'aria-selected', on ? 'true' : 'false');
    }
  }

  make(entry) {
    const row = copy('row');
    row.dataset.id = entry.id;
    row.cellsNamed = { no: row.cells[0], plate: $('.plate', row), carrier: row.cells[2], item: row.cells[3], since: row.cells[4], eta: row.cells[5], chip: $('.chip', row), mark: $('.mark', row), small: $('small', row), button: $('.btn', row) };
    return row;
  }

  update(row, entry) {
    const { no, plate, carrier, item, since, eta, chip, mark, small, button } = row.cellsNamed;
    const { word, icon, tone } = states[entry.state];
    const index = this.line.get(entry.id);
    const wait = entry.state === 'called' ? '진입' : index === undefined ? '—' : `${etaMinutes(index, this.room.queue)}분`;
    data(row, 'tone', tone);
    data(row, 'off', Boolean(this.digits) && !this.matches(entry));
    text(no, String(entry.number));
    setPlate(plate, entry.plate);
    text(carrier, this.room.companyName(entry));
    text(item, this.room.itemName(entry));
    text(since, format.clock(entry.checkedInAt));
    text(eta, wait);
    data(eta, 'now', entry.state === 'called');
    data(chip, 'tone', tone);
    setIcon(chip.firstElementChild, icon);
    text(chip.lastElementChild, word);
    show(mark, Boolean(entry.priority) && entry.state === 'waiting');
    const name = entry.state === 'called' ? 'recall' : 'call';
    const job = this.room.commands.get(slotOf(name, entry));
    const fact = job?.phase === 'refused' ? job.message : this.fact(entry);
    data(small, 'refused', job?.phase === 'refused');
    text(small, fact);
    data(button, 'kind', name === 'call' && entry.id === this.selectedId ? 'primary' : null);
    setButton(button, { label: labelOf(name, entry), job, can: this.room.can(), letGo: false });   // the key bar offers it
    attr(row, 'aria-label', [`${entry.number}번`, format.plateText(entry.plate), carrier.textContent, item.textContent, `${since.textContent} 도착`, wait === '—' ? '' : `예상 ${wait}`, word, entry.priority ? '우선' : '', entry.state === 'called' ? `${entry.station}번 계량대` : fact].filter(Boolean).join(', '));
  }

  /** Beside the chip: where and how long, or what is special. */
  fact(entry) {
    if (entry.state === 'called') {
      const since = `${entry.station}번 · ${format.countdown(this.room.now() - entry.calledAt)}`;
      return entry.acknowledged ? `${since} · 가는 중` : since;
    }
    if (entry.state === 'absent') return `호출 ${entry.calls}회`;
    return [entry.pass === 2 && '2차', entry.hasApp === false && '앱 없음'].filter(Boolean).join(' · ');
  }

  drawHead(queue) {
    const count = name => this.entries.filter(entry => entry.state === name).length;
    for (const name of ['waiting', 'called', 'absent']) text($(`.counts [data-n="${name}"]`), String(count(name)));
    const oldest = Math.min(...withState(queue, 'waiting').map(entry => entry.checkedInAt));
    text($('[data-longest]'), Number.isFinite(oldest) ? `최장 대기 ${Math.floor(Math.max(0, this.room.now() - oldest) / 60_000)}분` : '');
    const open = this.room.register?.open.length ?? 0;
    const button = $('[data-open="open-tickets"]');
    show(button, open > 0);
    text(button, `1차 후 ${open}`);
  }

  drawEmpty(queue) {
    const node = $('[data-queue-empty]');
    const missing = this.room.queueTopic.error || this.room.conn === 'lost' ? '받은 대기열 없음' : '대기열 불러오는 중';
    const words = !queue ? missing : this.entries.length || queue.entries.length ? '' : '대기 차량 없음';
    text(node, words);
    show(node, Boolean(words));
  }
}
