// Getting a number: the plate, remembered from the last time, and what is loaded.
import { $, attr, show, text } from '../core/dom.js';
import { setButton } from '../core/parts.js';
import { fieldOf } from '../core/words.js';
import { etaMinutes } from '../model/queue.js';

const key = 'gwanje.lastCheckIn';

export class CheckIn {
  constructor(phone) {
    this.phone = phone;
    this.form = $('[data-check-in]');
    this.button = $('[data-do="checkIn"]', this.form);
    this.plate = $('[name="plate"]', this.form);
    this.item = $('[name="item"]', this.form);   // `elements.item` is a method
    this.recall();
    this.form.addEventListener('submit', event => { event.preventDefault(); this.send(); });
    this.form.addEventListener('input', () => phone.commands.clear('checkIn'));
  }

  recall() {
    const last = JSON.parse(localStorage.getItem(key) ?? '{}');
    const { plate, item } = this;
    plate.value ||= last.plate ?? '';
    if (last.item && [...item.options].some(option => option.value === last.item)) item.value = last.item;
  }

  async send() {
    const { commands } = this.phone;
    const plate = this.plate.value.replace(/\s/g, '');
    const item = this.item.value;
    if (!plate) return commands.refuse('checkIn', '차량번호를 넣어 주세요.');
    const reply = await commands.run('checkIn', { topic: 'queue/main', name: 'checkIn', args: { plate, item: item || undefined } });
    if (reply.ok) localStorage.setItem(key, JSON.stringify({ plate, item }));
  }

  draw() {
    const { commands, line } = this.phone;
    const job = commands.get('checkIn');
    const held = job?.phase === 'sending' || job?.phase === 'unanswered';
    const why = $('#check-in-why');
    const { plate, item } = this;
    setButton(this.button, { label: '순번 받기', job, can: this.phone.can(), disabled: Boolean(line?.paused) });
    for (const input of [plate, item]) input.disabled = held;
    text(why, job?.phase === 'refused' ? job.message : '');
    show(why, job?.phase === 'refused');
    attr(plate, 'aria-invalid', job?.phase === 'refused' && (job.error.code === 'here' || fieldOf(job.error.code) === 'plate') ? 'true' : null);
    const paused = $('[data-paused]', this.form);
    show(paused, Boolean(line?.paused));
    text(paused, line?.paused ? '지금은 접수를 쉬고 있어요. 계량실에 물어봐 주세요.' : '');
    text($('[data-line-count]'), line ? `${line.line.length}대` : '—');
    text($('[data-line-minutes]'), line ? `약 ${etaMinutes(line.line.length, line)}분` : '—');
  }
}
