// A finished slip to look at and print; without ?slip, the book of slips. Staff reprint, ADMIN voids: both on the
// ticket's own topic, and the sheet changes when the hub has confirmed.
import * as auth from './core/auth.js';
import { endsLogin } from './core/close.js';
import { Commands } from './core/commands.js';
import { $, $$, data, show, text } from './core/dom.js';
import { formDialog } from './core/form-dialog.js';
import { Hub } from './core/hub.js';
import { socketUrl, wakeWithScreen } from './core/page.js';
import { logInAgain, part, whyOf } from './core/parting.js';
import { setButton, setReason } from './core/parts.js';
import { get } from './core/rest.js';
import { driverWords, operatorWords } from './core/words.js';
import { offersOf, Reprint } from './model/printing.js';
import { sheetOf, ticket } from './model/ticket.js';
import { Book } from './slip/book.js';
import { printOn } from './slip/paper.js';
import { rememberPrinted, wasPrinted } from './slip/printed.js';
import { drawSheets } from './slip/sheet.js';

const user = auth.user();
const isDriver = user?.role === 'DRIVER';
const wordsOf = isDriver ? driverWords : operatorWords;
const number = new URLSearchParams(location.search).get('slip');
const papers = { a5: 'A5', r80: '80 mm' };
const reprint = new Reprint();
let known = null, slip = null, yard = {}, hub = null, commands = null, dialog = null, followed = null, paper = 'a5';

function start() {
  const home = $('[data-home]');
  home.href = auth.home(user.role);
  text(home, isDriver ? '내 순번' : '관제');
  for (const button of $$('[data-do="print"]')) button.addEventListener('click', () => printOn(button.dataset.paper));
  for (const button of $$('[data-do="reprint"]')) button.addEventListener('click', () => askReprint(button.dataset.paper));
  $('[data-do="void"]').addEventListener('click', askVoid);
  addEventListener('afterprint', () => { if (slip) { rememberPrinted(slip.number); drawActs(); } });
  if (number) showSlip();
  else new Book(auth, { isDriver, wordsOf, leave });
}

const leave = why => logInAgain(why, { comeBack: true });

async function showSlip() {
  text($('[data-title]'), `전표 ${number}`);
  try {
    known = slip = await ask();
  } catch (error) {
    return failed(error);
  }
  yard = slip.yard ?? {};
  draw();
  if (!isDriver) follow();
}

function failed(error) {
  if (error.status === 401) return leave('expired');
  const silence = isDriver ? '지금은 못 불러와요. 다시 묻고 있어요.' : '허브 응답 없음 — 다시 묻는 중';
  const missing = isDriver ? '없는 전표예요.' : '없는 전표';
  text($('[data-note]'), error.status === 404 ? missing : error.status ? wordsOf(error) : silence);
  if (error.status === undefined || error.status === 429 || error.status >= 500) setTimeout(showSlip, 3000);
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
  drawActs();
}

/** Staff: the ticket live, so that a second screen's reprint or void is seen here too. */
function follow() {
  hub = new Hub({ url: socketUrl(), auth });
  commands = new Commands(hub, wordsOf);
  commands.onChange(drawActs);
  hub.onPhase(() => {
    const { phase, stopped } = hub.socket;
    if (phase === 'stopped' && endsLogin(stopped.code)) return leave(whyOf(stopped));
    yard = { ...hub.yard, ...slip.yard };
    draw();
  });
  followed = hub.subscribe(`ticket/${number}`, { reduce: ticket, changed: (topic, frame) => {
    if (topic.data?.slip) slip = sheetOf(topic.data, known);
    if (frame.name === 'corrected') learnNames(topic);
    draw();
    printWhenMarked();
  } });
  wakeWithScreen(hub);
  hub.start();
}

function drawActs() {
  const offers = offersOf({ isDriver, wasPrinted: wasPrinted(slip.number), reprints: slip.reprints });
  for (const button of $$('[data-do="print"]')) show(button, offers.first);
  if (!hub) return;
  const can = hub.ready && followed.phase === 'live';
  const job = commands.get('reprint');
  const isBusy = reprint.isAsked || job?.phase === 'sending' || job?.phase === 'unanswered';
  for (const button of $$('[data-do="reprint"]')) {
    const isOurs = button.dataset.paper === paper;
    show(button, offers.again);
    setButton(button, { label: isOurs && reprint.isAsked ? '표시 기다림' : `재발행 ${papers[button.dataset.paper]}`, job: isOurs ? job : undefined, can, disabled: isBusy || slip.state === 'VOID' });
  }
  const voidButton = $('[data-do="void"]');
  show(voidButton, user.role === 'ADMIN' && slip.state !== 'VOID');
  voidButton.disabled = !can;
  setReason($('[data-why]'), followed.error ? { phase: 'refused', message: `바뀐 내용 못 받음 — ${wordsOf(followed.error)}` } : job);
  data($('[data-desk]'), 'ended', Boolean(followed.error));
  dialog?.redraw();
}

/** Counted first, printed with its mark after. */
async function askReprint(on) {
  if (commands.get('reprint')?.phase === 'unanswered') return commands.again('reprint');
  if (reprint.isAsked) return;
  paper = on;
  reprint.ask(slip.reprints);
  reprint.answered(await commands.run('reprint', { topic: `ticket/${number}`, name: 'reprint', args: {} }));
  drawActs();
  printWhenMarked();
}

function printWhenMarked() {
  if (reprint.isDue({ reprints: slip.reprints, seq: followed.seq })) {
    drawActs();
    printOn(paper);
  }
}

function askVoid() {
  dialog = formDialog({
    title: `전표 ${number} 무효`, lead: ['번호는 남고 "무효"로 표시됨. 되돌릴 수 없음.'], safeFirst: true, commands, can: () => hub.ready, done: () => { dialog = null; },
    fields: [{ name: 'reason', label: '사유', maxlength: 100 }],
    actions: [{ label: `전표 ${number} 무효`, kind: 'danger', slot: 'void', send: ({ reason }, wrong) => reason ? commands.run('void', { topic: `ticket/${number}`, name: 'void', args: { reason } }) : wrong('reason', '사유 없음') }],
  });
}

if (user) start();
else part(null, { comeBack: true });
