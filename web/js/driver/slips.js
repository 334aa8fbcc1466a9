// Finished slips: the one just made, the last thirty days by day, sending and keeping as a picture.
import * as auth from '../core/auth.js';
import { $, attr, el, icon, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { get, itemsOf } from '../core/rest.js';
import { driverWords } from '../core/words.js';
import { isHeld } from '../model/driver.js';
import { historyNote, numberOf } from '../model/history.js';
import { phoneRows } from '../model/slip.js';
import { slipImage } from './slip-image.js';

export class Slips {
  constructor(phone) {
    this.phone = phone;
    this.list = [];
    this.isStale = true;
    $('[data-share]').addEventListener('click', () => this.share());
    $('[data-save]').addEventListener('click', () => this.save());
    $('[data-put-away]').addEventListener('click', () => this.close());
  }

  number() {
    return numberOf(location.hash);
  }

  all() {
    const newest = this.newest();
    const older = this.list.filter(slip => slip.number !== newest?.number);
    return [...newest ? [newest] : [], ...older].sort((a, b) => b.completedAt - a.completedAt);
  }

  /** Of today; the list knows more of it: whether it is void, or was printed again. */
  newest() {
    const slip = this.phone.results?.latest;
    return this.list.find(listed => listed.number === slip?.number) ?? slip;
  }

  open() {
    return this.all().find(slip => slip.number === this.number());
  }

  scene() {
    if (this.isStale) this.load();
    return this.number() && this.open() ? 'slip' : 'history';
  }

  /** A new slip: ask again when the list is next looked at. */
  stale() {
    this.isStale = true;
  }

  async load() {
    this.isStale = false;
    this.failed = null;
    try {
      const data = await get(auth, '/mobile/records/history');
      this.list = itemsOf(data);
      this.total = data.pagination?.total;
    } catch (error) {
      this.failed = error.status ? driverWords(error) : '지금은 못 불러와요.';
      setTimeout(() => this.stale(), 10_000);
    }
    this.loaded = true;
    this.phone.draw();
  }

  draw() {
    const slips = this.all();
    const note = $('[data-history-note]');
    const words = this.failed ?? historyNote({ shown: this.list.length, total: this.total, isEmpty: slips.length === 0, isLoaded: this.loaded });
    text(note, words);
    show(note, Boolean(words));
    const shown = slips.map(slip => `${slip.number}.${slip.version}.${slip.reprints}`).join();
    if (shown === this.shown) return;
    this.shown = shown;
    const days = Map.groupBy ? Map.groupBy(slips, slip => format.isoDate(slip.completedAt)) : grouped(slips);
    $('[data-history]').replaceChildren(...[...days].flatMap(([date, ofDay]) => [this.heading(date, ofDay), ...ofDay.map(line)]));
  }

  heading(date, slips) {
    const now = this.phone.now();
    const name = date === format.isoDate(now) ? '오늘' : date === format.isoDate(now - 86_400_000) ? '어제' : format.day(slips[0].completedAt, true);
    const valid = slips.filter(slip => slip.state !== 'VOID');
    return el('h3', {}, el('span', {}, name), el('span', {}, `${valid.length}건 · ${format.kg(valid.reduce((sum, slip) => sum + slip.netGrams, 0))} kg`));
  }

  // ── sending and keeping ──

  current() {
    return this.open() ?? this.newest();
  }

  async share() {
    const slip = this.current();
    const words = `계량 전표 ${slip.number}\n${format.plateText(slip.plate)}\n순중량 ${format.kg(slip.netGrams)} kg\n${format.day(slip.completedAt)} ${format.clock(slip.completedAt)}`;
    const file = new File([await slipImage(slip, this.phone.yard)], `${slip.number}.png`, { type: 'image/png' });
    try {
      if (navigator.canShare?.({ files: [file] })) return await navigator.share({ files: [file], text: words });
      if (navigator.share) return await navigator.share({ text: words });
      await navigator.clipboard.writeText(words);
      this.say('글로 복사했어요. 붙여 넣어 보내세요.');
    } catch (error) {
      if (error.name !== 'AbortError') this.say('보내지 못했어요. 사진으로 저장해 주세요.');
    }
  }

  async save() {
    const slip = this.current();
    const url = URL.createObjectURL(await slipImage(slip, this.phone.yard));
    el('a', { href: url, download: `${slip.number}.png` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    this.say('사진으로 저장했어요.');
  }

  say(words) {
    const node = $('.done [data-notice]');
    text(node, words);
    show(node, true);
    setTimeout(() => show(node, false), 4000);
  }

  close() {
    if (this.number()) { location.hash = '#slips'; return; }
    this.phone.putAway = this.current().number;
    localStorage.setItem('gwanje.putAway', this.phone.putAway);
    this.phone.draw();
  }
}

function grouped(slips) {
  const days = new Map();
  for (const slip of slips) days.set(format.isoDate(slip.completedAt), [...days.get(format.isoDate(slip.completedAt)) ?? [], slip]);
  return days;
}

function line(slip) {
  const notes = [format.clock(slip.completedAt), slip.state === 'VOID' ? '무효' : slip.itemName, slip.manual && '수기', slip.tareSource === 'PT' && 'PT', slip.reprints > 0 && `재발행 ${slip.reprints}회`].filter(Boolean).join(' · ');
  return el('a', { href: `#slips/${encodeURIComponent(slip.number)}`, 'data-void': slip.state === 'VOID' || null }, el('span', {}, el('b', {}, `${format.kg(slip.netGrams)} kg`), el('small', {}, notes)), icon('go'));
}

export function drawSlip(phone, section, slip, { title }) {
  text($('[data-done-title]', section), slip.state === 'VOID' ? '무효가 된 전표예요' : title);
  const print = $('[data-print]', section);
  attr(print, 'href', `slip.html?slip=${encodeURIComponent(slip.number)}`);
  show(print, !isHeld(phone.entry));   // a call comes to this page, not to the paper
  const list = $('[data-slip]', section);
  const shown = `${slip.number}.${slip.version}`;
  if (list.shown === shown) return;
  list.shown = shown;
  text($('[data-net]', section), format.kg(slip.netGrams));
  const rows = [
    ...phoneRows(slip, grams => `${format.kg(grams)} kg`),
    ['전표번호', slip.number, 'rule'], ['품목', slip.itemName ?? '—'], ['시각', `${format.day(slip.completedAt)} ${format.clock(slip.completedAt)}`],
  ];
  list.replaceChildren(...rows.map(([name, value, rule]) => el('div', { class: rule }, el('dt', {}, name), el('dd', {}, value))));
}
