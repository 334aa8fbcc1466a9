// What the hub has confirmed, with the way back for eight seconds.
import { el, icon, text } from '../core/dom.js';
import { clockSeconds } from '../core/format.js';
import { setButton } from '../core/parts.js';
import { Countdown, surplus } from '../model/countdown.js';

const shownSeconds = 8;
const shownMax = 3;

export class Toasts {
  constructor(room, list) {
    this.room = room;
    this.list = list;
  }

  /** `undo`: the command that takes it back, {topic, name, args}; it is itself confirmed. */
  add(what, { undo } = {}) {
    const toast = this.shown(`${what} — ${clockSeconds(this.room.now())} 확정`);
    if (undo) this.offer(toast, what, undo);
    for (const old of surplus([...this.list.children], shownMax)) old.remove();
    this.draw();
  }

  shown(words) {
    const toast = el('p', { class: 'toast' }, el('span', {}, words));
    const countdown = toast.countdown = new Countdown(shownSeconds);
    const hold = () => { countdown.isHeld = toast.matches(':hover, :focus-within'); };
    for (const name of ['pointerenter', 'pointerleave', 'focusin', 'focusout']) toast.addEventListener(name, () => setTimeout(hold));
    this.list.append(toast);
    this.count(toast);
    return toast;
  }

  /** The seconds are for the eye: read aloud they would drown everything else. */
  offer(toast, what, undo) {
    toast.undo = undo;
    toast.slot = `undo:${undo.topic}:${undo.name}:${undo.args.id ?? ''}`;
    toast.button = el('button', { class: 'btn' });
    toast.head = icon('undo');
    toast.seconds = el('span', { 'aria-hidden': 'true' }, `${shownSeconds}초`);
    toast.button.addEventListener('click', () => this.take(toast, what));
    toast.append(toast.button);
  }

  count(toast) {
    if (!toast.isConnected) return;
    if (!this.room.commands.get(toast.slot) && toast.countdown.second()) return toast.remove();   // one that is being undone stays for its answer
    if (toast.seconds) text(toast.seconds, `${toast.countdown.left}초`);
    setTimeout(() => this.count(toast), 1000);
  }

  draw() {
    for (const { button, slot, head, seconds } of this.list.children) {
      if (button) setButton(button, { label: '되돌리기', job: this.room.commands.get(slot), can: this.room.can(), head, tail: seconds });
    }
  }

  async take(toast, what) {
    const { commands } = this.room;
    if (commands.get(toast.slot)) return commands.again(toast.slot);
    if (!this.room.can()) return;
    const reply = await commands.run(toast.slot, toast.undo);
    if (reply.dropped) return;
    if (!reply.ok) commands.clear(toast.slot);
    toast.remove();
    if (reply.ok) this.add(`${what} 되돌림`);
    else this.shown(`되돌리지 못함 — ${commands.wordsOf(reply.error)}`);
  }
}
