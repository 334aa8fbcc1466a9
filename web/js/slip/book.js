// Finding a slip: by date, plate or driver, twenty to a page.
import { $, el, show, text } from '../core/dom.js';
import * as format from '../core/format.js';
import { setPlate } from '../core/parts.js';
import { get, itemsOf } from '../core/rest.js';
import { historyNote } from '../model/history.js';

const limit = 20;

export class Book {
  /** `wordsOf(error)` for whoever is here; `leave(why)` when the log-in is over. */
  constructor(auth, { isDriver, wordsOf, leave }) {
    Object.assign(this, { auth, isDriver, wordsOf, leave });
    this.page = 1;
    this.form = $('[data-search]');
    const today = format.isoDate(Date.now());
    this.form.elements.start_date.value = this.form.elements.end_date.value = today;
    show(this.form, !isDriver);
    this.form.addEventListener('submit', event => { event.preventDefault(); this.page = 1; this.load(); });
    for (const button of document.querySelectorAll('[data-page]')) button.addEventListener('click', () => { this.page += Number(button.dataset.page); this.load(); });
    this.load();
  }

  path() {
    if (this.isDriver) return '/mobile/records/history';
    const fields = [...new FormData(this.form)].filter(([, value]) => value);
    return `/weigh-records?${new URLSearchParams([...fields, ['page', this.page], ['limit', limit]])}`;
  }

  async load() {
    const asked = this.asked = Symbol('asked');
    const note = words => { text($('[data-note]'), words); show($('[data-note]'), Boolean(words)); };
    note('불러오는 중');
    try {
      const data = await get(this.auth, this.path());
      if (asked !== this.asked) return;
      const slips = itemsOf(data);
      this.draw(slips, data.pagination);
      if (this.isDriver) return note(historyNote({ shown: slips.length, total: data.pagination?.total, isEmpty: slips.length === 0, isLoaded: true }));
      note(slips.length ? '' : '전표 없음');
    } catch (error) {
      if (error.status === 401) return this.leave('expired');
      const silence = this.isDriver ? '지금은 못 불러와요. 조금 뒤에 다시 열어 주세요.' : '허브 응답 없음 — 잠시 뒤 다시';
      if (asked === this.asked) note(error.status ? this.wordsOf(error) : silence);
    }
  }

  draw(slips, pagination) {
    $('[data-rows]').replaceChildren(...slips.map(row));
    show($('[data-found]'), slips.length > 0);
    const pages = pagination?.total_pages ?? pagination?.totalPages ?? 1;
    text($('[data-pages]'), pagination ? `${this.page} / ${pages} 쪽 · ${pagination.total}건` : '');
    for (const button of document.querySelectorAll('[data-page]')) button.disabled = this.page + Number(button.dataset.page) < 1 || this.page + Number(button.dataset.page) > pages;
  }
}

function row(slip) {
  const plate = el('span', { class: 'plate' });
  setPlate(plate, slip.plate);
  const cell = (words, kind) => el('td', { class: kind }, words);
  return el('tr', { 'data-tone': slip.state === 'VOID' ? 'absent' : null },
    cell(el('a', { class: 'slip-link', href: `slip.html?slip=${encodeURIComponent(slip.number)}` }, slip.number, slip.state === 'VOID' ? ' (무효)' : '')),
    cell(`${format.isoDate(slip.completedAt).slice(5)} ${format.clock(slip.completedAt)}`), cell(plate), cell(slip.driverName ?? '', 'wide cut'),
    cell(`${format.kg(slip.grossGrams)} kg`, 'num wide'), cell(`${format.kg(slip.tareGrams)} kg`, 'num wide'), cell(el('b', {}, `${format.kg(slip.netGrams)} kg`), 'num'));
}
