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

/**
 * A button that shows what became of its command. `label` is the quiet text, between `head` and `tail` (nodes) or before
 * `key`; `can`: commands are taken now; `disabled`: not this one, though what is unanswered can still be sent again.
 * `letGo: false` where another button offers it.
 */
export function setButton(node, { label, job, disabled = false, can = true, key, head, tail, letGo = true }) {
  const sending = job?.phase === 'sending';
  const unanswered = job?.phase === 'unanswered';
  const words = sending ? '보내는 중' : unanswered ? '응답 없음 — 다시 보내기' : label;
  const quiet = !sending && !unanswered;
  const shown = `${words}|${quiet ? key ?? '' : ''}`;
  if (node.shown !== shown) {
    node.shown = shown;
    const end = tail ?? (key && el('kbd', { 'aria-hidden': 'true' }, key));
    node.replaceChildren(...(head && quiet ? [head] : []), words, ...(end && quiet ? [' ', end] : []));
  }
  attr(node, 'aria-busy', sending ? 'true' : null);
  data(node, 'unanswered', unanswered);
  attr(node, 'disabled', !can || disabled && !unanswered);
  setLetGo(node, unanswered && letGo ? job : null);
}

/** Beside a button without an answer: the way not to send it again. It takes nothing back, and says so. */
function setLetGo(node, job) {
  if (!job) {
    node.letGo?.remove();
    return;
  }
  node.letGo ??= el('button', { class: 'btn let-go', type: 'button', title: '다시 보내지 않음. 이미 처리됐을 수 있음.' }, '보내기 취소');
  node.letGo.onclick = job.drop;
  if (!node.letGo.isConnected) node.after(node.letGo);
}

/** The reason of a refusal, beside what was refused. */
export function setReason(node, job) {
  const refused = job?.phase === 'refused';
  text(node, refused ? job.message : '');
  attr(node, 'hidden', !refused);
}
