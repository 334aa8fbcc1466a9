// A finished slip to look at and print; without ?slip, the book of slips. Staff reprint, ADMIN voids: both on the
// ticket's own topic, and the sheet changes when the hub has confirmed.
import * as auth from './core/auth.js';
import { Commands } from './core/commands.js';
import { $, $$, show, text } from './core/dom.js';
import { formDialog } from './core/form-dialog.js';
import { Hub } from './core/hub.js';
import { socketUrl, wakeWithScreen } from './core/page.js';
import { setButton, setReason } from './core/parts.js';
import { get } from './core/rest.js';
import { sheetOf, ticket } from './model/ticket.js';
import { Book } from './slip/book.js';
import { drawSheets } from './slip/sheet.js';

const user = auth.user();
if (!user) location.replace('/');
const isDriver = user?.role === 'DRIVER';
const number = new URLSearchParams(location.search).get('slip');
let known = null, slip = null, yard = {}, hub = null, commands = null, dialog = null;

const home = $('[data-home]');
home.href = auth.home(user?.role);
text(home, isDriver ? '내 순번' : '관제');
for (const button of $$('[data-print-as]')) {
  button.addEventListener('click', () => { document.documentElement.dataset.print = button.dataset.printAs; print(); });
}
$('[data-do="reprint"]').addEventListener('click', reprint);
$('[data-do="void"]').addEventListener('click', askVoid);

if (number) showSlip();
else new Book(auth, isDriver);

async function showSlip() {
  text($('[data-title]'), `전표 ${number}`);
  try {
    known = slip = await ask();
    yard = slip.yard ?? {};
    draw();
    if (!isDriver) follow();
  } catch (error) {
    text($('[data-note]'), error.status === 404 ? '없는 전표' : error.status ? error.message : '허브 응답 없음 — 다시 묻는 중');
    if (error.status === undefined) setTimeout(showSlip, 3000);
  }
}

const ask = () => get(auth, `/${isDriver ? 'mobile/slip' : 'weigh-records'}/${encodeURIComponent(number)}`);

/** Events name people by number only. */
async function learnNames(topic) {
  known = await ask().catch(() => known);
  slip = sheetOf(topic.data, known);
  draw();
}

function draw() {
  document.title = `전표 ${slip.number}`;
  drawSheets($('[data-desk]'), slip, { yard, address: `${location.origin}/slip.html?slip=${encodeURIComponent(slip.number)}` });
  show($('[data-desk]'), true);
  show($('[data-acts]'), true);
  show($('[data-note]'), false);
}

/** Staff: the ticket live, so that a second screen's reprint or void is seen here too. */
function follow() {
  hub = new Hub({ url: socketUrl(), auth });
  commands = new Commands(hub);
  commands.onChange(drawActs);
  hub.onPhase(() => { yard = { ...hub.yard, ...slip.yard }; draw(); drawActs(); });
  hub.subscribe(`ticket/${number}`, { reduce: ticket, changed: (topic, frame) => {
    if (topic.data?.slip) slip = sheetOf(topic.data, known);
    if (frame.name === 'corrected') learnNames(topic);
    draw();
    drawActs();
  } });
  wakeWithScreen(hub);
  hub.start();
}

function drawActs() {
  const reprintButton = $('[data-do="reprint"]'), voidButton = $('[data-do="void"]');
  const job = commands.get('reprint');
  show(reprintButton, true);
  setButton(reprintButton, { label: '재발행', job, disabled: !hub.ready || slip.state === 'VOID' });
  show(voidButton, user.role === 'ADMIN' && slip.state !== 'VOID');
  voidButton.disabled = !hub.ready;
  setReason($('[data-why]'), job);
  dialog?.redraw();
}

/** Counted first, printed with its mark after. */
async function reprint() {
  const reply = await commands.run('reprint', { topic: `ticket/${number}`, name: 'reprint', args: {} });
  if (reply.ok) print();
}

function askVoid() {
  dialog = formDialog({
    title: `전표 ${number} 무효`, lead: ['번호는 남고 "무효"로 표시됨. 되돌릴 수 없음.'], safeFirst: true, commands, can: () => hub.ready, done: () => { dialog = null; },
    fields: [{ name: 'reason', label: '사유', maxlength: 100 }],
    actions: [{ label: '무효', kind: 'danger', slot: 'void', send: ({ reason }, wrong) => reason ? commands.run('void', { topic: `ticket/${number}`, name: 'void', args: { reason } }) : wrong('reason', '사유 없음') }],
  });
}
