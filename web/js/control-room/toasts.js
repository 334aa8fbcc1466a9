// What the hub has confirmed, with the way back for eight seconds.
import { el, icon, text } from '../core/dom.js';
import { clockSeconds } from '../core/format.js';

const shownSeconds = 8;
const shownMax = 3;

export class Toasts {
  constructor(room, list) {
    this.room = room;
    this.list = list;
  }

  /** `undo`: the command that takes it back, {topic, name, args}; it is itself confirmed. */
  add(what, { undo } = {}) {
    const toast = el('p', { class: 'toast' }, el('span', {}, `${what} — ${clockSeconds(this.room.now())} 확정`));
    const button = undo && el('button', { class: 'btn', onclick: () => this.undo(toast, what, undo) }, icon('undo'), el('span'));
    if (button) toast.append(button);
    this.list.append(toast);
    while (this.list.children.length > shownMax) this.list.firstElementChild.remove();
    this.count(toast, button, shownSeconds);
  }

  count(toast, button, seconds) {
    if (!toast.isConnected || toast.busy) return;
    if (seconds === 0) return toast.remove();
    if (button) text(button.lastElementChild, `되돌리기 ${seconds}초`);
    setTimeout(() => this.count(toast, button, seconds - 1), 1000);
  }

  async undo(toast, what, undo) {
    if (toast.busy) return;
    toast.busy = true;
    const button = toast.querySelector('.btn');
    button.setAttribute('aria-busy', 'true');
    const reply = await this.room.commands.run(`undo:${undo.name}:${undo.args.id}`, undo);
    if (reply.ok) {
      toast.remove();
      return this.add(`${what} 되돌림`);
    }
    toast.replaceChildren(el('span', {}, `되돌리지 못함 — ${reply.error?.message ?? '거절됨'}`));
    setTimeout(() => toast.remove(), shownSeconds * 1000);
  }
}
