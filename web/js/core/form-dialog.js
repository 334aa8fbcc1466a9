// A dialog with a form, built from a description; what the hub refuses stands at the field it concerns.
// fields: [{name, label, kind: text|select|check|choice, value?, options? [[value, label]], hint?, inputmode?, maxlength?}]
// actions: [{name, label: text or values → text, kind?, slot, isElsewhere?, send(values) → promise of reply | null}];
// `isElsewhere`: another button on the page shows the same slot, so a closed form leaves it there.
import { $, $$, attr, el, icon, show, text } from './dom.js';
import { setButton } from './parts.js';
import { fieldOf } from './words.js';

let count = 0;

/** `safeFirst`: for what cannot be taken back. The focus starts on 닫기, and Enter in a field sends nothing. */
export function formDialog({ title, lead = [], fields = [], actions, commands, can = () => true, safeFirst = false, done = () => {} }) {
  const id = `dialog-${count += 1}`;
  const form = el('form', { novalidate: true, class: 'body' }, lead.map(line => line.nodeType ? line : el('p', {}, line)), fields.map(field => fieldNode(field, id)));
  const general = el('p', { class: 'error', role: 'alert', hidden: true }, icon('over'), el('span'));
  const close = el('button', { class: 'btn', type: 'button', onclick: () => dialog.close() }, '닫기');
  const takesEnter = action => !safeFirst && action === actions[0];
  const buttons = actions.map(action => {
    const button = el('button', { class: 'btn', type: takesEnter(action) ? 'submit' : 'button', form: id, 'data-kind': action.kind });
    if (!takesEnter(action)) button.addEventListener('click', () => act(action));
    return button;
  });
  form.id = id;
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': `${id}-title` },
    el('header', {}, el('h2', { id: `${id}-title` }, title)), form, el('div', { class: 'general' }, general), el('footer', {}, close, ...buttons));
  form.addEventListener('submit', event => {
    event.preventDefault();
    if (actions.some(takesEnter)) act(actions[0]);   // a form with one field submits even without a button for it
  });
  form.addEventListener('input', () => dialog.redraw());
  dialog.addEventListener('close', () => {
    for (const { slot, isElsewhere } of actions) {
      commands.clear(slot);
      if (!isElsewhere) commands.leave(slot);
    }
    dialog.remove();
    done();
  });

  const values = () => Object.fromEntries(fields.map(field => [field.name, valueOf(form, field)]));

  async function act(action) {
    setError(null);
    const sending = action.send(values(), (field, message) => setError({ field, message }));
    if (!sending) return;
    const reply = await sending;
    if (!dialog.isConnected || !reply || reply.dropped) return;
    if (reply.ok) return dialog.close();
    setError({ field: fieldOf(reply.error?.code), message: commands.wordsOf(reply.error) });
  }

  function setError(error) {
    dialog.redraw();     // fields open again before one takes the focus
    const named = error && fields.some(field => field.name === error.field) ? error.field : null;
    for (const field of fields) {
      const input = $(`[name="${field.name}"]`, form);
      const note = $(`[data-error="${field.name}"]`, form);
      const wrong = named === field.name;
      attr(input, 'aria-invalid', wrong ? 'true' : null);
      text(note, wrong ? error.message : '');
      show(note, wrong);
      if (wrong) input.focus();
    }
    show(general, Boolean(error) && !named);
    text(general.lastElementChild, error && !named ? error.message : '');
  }

  dialog.redraw = () => {
    let held = false;
    for (const [index, action] of actions.entries()) {
      const job = commands.get(action.slot);
      held ||= job?.phase === 'sending' || job?.phase === 'unanswered';
      const label = typeof action.label === 'function' ? action.label(values()) : action.label;
      setButton(buttons[index], { label, job, can: can() });
    }
    for (const input of $$('input, select, textarea', form)) input.disabled = held;   // the same key must carry the same words
  };
  document.body.append(dialog);
  dialog.redraw();
  dialog.showModal();
  (safeFirst ? close : $('input, select', form) ?? close).focus();
  return dialog;
}

function fieldNode(field, id) {
  const { name, label, kind = 'text', value = '', options = [], hint } = field;
  const described = `${id}-${name}-error`;
  const error = el('span', { class: 'error', id: described, 'data-error': name, role: 'alert', hidden: true });
  if (kind === 'check') return el('label', { class: 'field check-field' }, el('input', { class: 'check', type: 'checkbox', name, checked: Boolean(value) }), label, error);
  if (kind === 'choice') {
    return el('fieldset', { class: 'field choices' }, el('legend', {}, label),
      options.map(([key, words]) => el('label', { class: 'choice' }, el('input', { type: 'radio', name, value: key, checked: key === value }), words)), error);
  }
  const input = kind === 'select'
    ? el('select', { class: 'input', name }, options.map(([key, words]) => el('option', { value: key, selected: key === value }, words)))
    : el('input', { class: 'input', name, value, inputmode: field.inputmode, maxlength: field.maxlength, autocomplete: 'off', spellcheck: 'false', list: field.list });
  attr(input, 'aria-describedby', described);
  return el('label', { class: 'field' }, el('span', {}, label), input, hint && el('span', { class: 'hint' }, hint), error);
}

function valueOf(form, { name, kind }) {
  if (kind === 'check') return $(`[name="${name}"]`, form).checked;
  if (kind === 'choice') return $(`[name="${name}"]:checked`, form)?.value;
  return $(`[name="${name}"]`, form).value.trim();
}
