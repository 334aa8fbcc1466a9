// Small pieces several screens share.
import { attr, data, el, text } from './dom.js';
import { plate, plateText } from './format.js';

/** Region and class small, the last four large, as operators speak it. */
export function setPlate(node, value) {
  if (node.plateShown === value) return;
  node.plateShown = value;
  const { region, series, letter, last } = plate(value);
  node.replaceChildren(`${region}${series}${letter}`, ...(last ? [el('b', {}, last)] : []));
  attr(node, 'aria-label', plateText(value));
}

/** A button that shows what became of its command. `label` is the quiet text. */
export function setButton(node, { label, job, disabled = false, key }) {
  const sending = job?.phase === 'sending';
  const unanswered = job?.phase === 'unanswered';
  const words = sending ? '보내는 중' : unanswered ? '응답 없음 — 다시 보내기' : label;
  const shown = `${words}|${sending || unanswered ? '' : key ?? ''}`;
  if (node.shown !== shown) {
    node.shown = shown;
    node.replaceChildren(words, ...(key && !sending && !unanswered ? [' ', el('kbd', { 'aria-hidden': 'true' }, key)] : []));
  }
  attr(node, 'aria-busy', sending ? 'true' : null);
  data(node, 'unanswered', unanswered);
  attr(node, 'disabled', disabled && !unanswered);
}

/** The reason of a refusal, beside what was refused. */
export function setReason(node, job) {
  const refused = job?.phase === 'refused';
  text(node, refused ? job.message : '');
  attr(node, 'hidden', !refused);
}
