// The key bar and the keys behind it. Keys match `event.code`, so Hangul mode does not matter; never inside fields.
import { $, $$, attr, show, text } from '../core/dom.js';
import { setButton, setPlate, setReason } from '../core/parts.js';
import { actOfKey } from '../model/keys.js';
import { acts, labelOf, run, slotOf } from './acts.js';

export class Keys {
  constructor(room) {
    this.room = room;
    this.bar = $('[data-keybar]');
    this.buttons = $$('[data-act]', this.bar);
    this.bar.addEventListener('click', event => {
      const button = event.target.closest('[data-act]');
      if (button) this.act(button.dataset.act);
    });
    addEventListener('keydown', event => this.key(event));
    this.roveToolbar();
  }

  act(name) {
    run(this.room, name, this.room.table.selected());
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (event.target.closest('input, select, textarea, dialog')) return;
    const { table, dialogs } = this.room;
    if (event.code === 'ArrowDown' || event.code === 'ArrowUp') return this.took(event, () => table.step(event.code === 'ArrowDown' ? 1 : -1));
    if (event.repeat) return;   // a key held down, or something lying on it
    if (event.code === 'Slash') return this.took(event, () => table.find.focus());
    if (event.code === 'KeyA') return this.took(event, () => dialogs.open('check-in'));
    if (event.code === 'Escape') return table.clearFind();
    if (event.code === 'Home' || event.code === 'End') return this.took(event, () => table.step(event.code === 'Home' ? -Infinity : Infinity));
    const name = actOfKey(acts, { code: event.code, atRest: event.target.matches('tr, body') });
    if (name) this.took(event, () => this.act(name));
  }

  took(event, act) {
    event.preventDefault();
    act();
  }

  /** One tab stop for the bar; arrows go along it. */
  roveToolbar() {
    this.bar.addEventListener('keydown', event => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.code];
      if (!step) return;
      const usable = this.buttons.filter(button => !button.disabled);
      const next = usable[(usable.indexOf(event.target) + step + usable.length) % usable.length];
      if (next) this.took(event, () => next.focus());
    });
    this.bar.addEventListener('focusin', event => { this.stop = event.target; this.draw(); });
  }

  draw() {
    const entry = this.room.table.selected();
    const { commands } = this.room;
    text($('[data-sel-no]', this.bar), entry ? String(entry.number) : '');
    setPlate($('[data-sel-plate]', this.bar), entry?.plate ?? '');
    let refusal;
    for (const button of this.buttons) {
      const name = button.dataset.act;
      const job = entry && commands.get(slotOf(name, entry));
      if (job?.phase === 'refused') refusal = job;
      setButton(button, { label: labelOf(name, entry), key: acts[name].key, job, can: Boolean(entry) && this.room.can(), disabled: !entry || !acts[name].can(entry) });
      if (name === 'prioritise') attr(button, 'aria-pressed', String(Boolean(entry?.priority)));
    }
    setReason($('[data-why]', this.bar), refusal);
    const usable = this.buttons.filter(button => !button.disabled);
    const stop = usable.includes(this.stop) ? this.stop : usable[0];
    for (const button of this.buttons) attr(button, 'tabindex', button === stop ? '0' : '-1');
    show($('[data-sel]', this.bar), Boolean(entry));
  }
}
