// The driver's terminal: one fact per screen. Subscribes, decides the scene, rings, and sends what the driver presses.
import * as auth from './core/auth.js';
import { endsLogin } from './core/close.js';
import { Commands } from './core/commands.js';
import { $, $$, attr, coalesced, data, el, setIcon, show, text } from './core/dom.js';
import * as freshness from './core/freshness.js';
import { span } from './core/format.js';
import { Hub } from './core/hub.js';
import { adoptNewBuild, socketUrl, wakeWithScreen } from './core/page.js';
import { logInAgain, logOut, whyOf } from './core/parting.js';
import { get, itemsOf } from './core/rest.js';
import { driverWords } from './core/words.js';
import { Call } from './driver/call.js';
import { CheckIn } from './driver/check-in.js';
import { Slips } from './driver/slips.js';
import { Deck } from './driver/deck.js';
import { unlock, unlockingEvents } from './driver/sound.js';
import * as views from './driver/views.js';
import { connOfMine, freshSlip, isHeld, scene } from './model/driver.js';
import { flat } from './model/slip.js';

const user = auth.user();
if (!user) location.replace('/');

const hub = new Hub({ url: socketUrl(), auth });
const commands = new Commands(hub, driverWords);
const phone = {
  hub, commands, conn: 'wait', entry: null, line: null, results: null, yard: remembered('gwanje.yard') ?? {}, loaded: { mine: false, results: false },
  ageMillis: () => hub.ageMillis(phone.mine), now: () => hub.now(), can: () => phone.conn === 'live' || phone.conn === 'late', putAway: localStorage.getItem('gwanje.putAway'),
};
phone.call = new Call(phone);
phone.deck = new Deck(phone);
phone.checkIn = new CheckIn(phone);
phone.slips = new Slips(phone);

const draw = phone.draw = coalesced(() => {
  const tab = location.hash.startsWith('#slips') ? 'slips' : 'now';
  const slip = freshSlip(phone.results, { now: phone.now(), putAway: phone.putAway });
  const now = scene({
    stopped: hub.socket.phase === 'stopped', conn: connOfMine(phone.conn, phone.mine.phase), ageMillis: phone.ageMillis(),
    entry: phone.entry, loaded: phone.loaded.mine && phone.loaded.results, slip,
  });
  const urgent = now === 'called' || now === 'weighing';
  const shown = tab === 'slips' && !urgent ? phone.slips.scene() : now;
  data(document.documentElement, 'scene', shown);
  phone.deckOnSight = now === 'weighing';
  if (dialog.open && now !== 'waiting') dialog.close();   // a call must not stand behind a question
  for (const link of $$('[data-tab]')) attr(link, 'aria-current', link.dataset.tab === (urgent ? 'now' : tab) ? 'page' : null);
  views.draw(phone, shown, slip);
  phone.checkIn.draw();
});

hub.subscribe('queue/main', { changed: topic => { phone.line = topic.error ? null : topic.data; draw(); } });
phone.mine = hub.subscribe('queue/main/mine', { changed: topic => {
  phone.entry = topic.data?.entry ?? null;
  phone.loaded.mine = true;
  if (!topic.error) phone.call.follow(phone.entry);
  phone.deck.follow(phone.entry);
  draw();
} });
hub.subscribe('register/main/mine', { changed: topic => {
  phone.results = topic.data && { ...topic.data, latest: flat(topic.data.latest) };
  phone.loaded.results = true;
  phone.slips.stale();
  draw();
} });
commands.onChange(draw);
addEventListener('hashchange', draw);

hub.onPhase(() => {
  const { phase, stopped } = hub.socket;
  if (phase === 'stopped') {
    phone.call.end();   // nothing here would tell that the call is over
    if (endsLogin(stopped.code)) return logInAgain(whyOf(stopped));
  }
  if (hub.yard) keepYard(hub.yard);
  draw();
});

/** The telephone is for when nothing else works, so it is there before the first answer. */
function keepYard(yard) {
  if (JSON.stringify(yard) !== JSON.stringify(phone.yard)) localStorage.setItem('gwanje.yard', JSON.stringify(yard));
  phone.yard = yard;
  drawPhones();
}

function drawPhones() {
  const { phone: number } = phone.yard;
  for (const link of $$('[data-phone]')) {
    show(link, Boolean(number));
    attr(link, 'href', number && `tel:${number}`);
  }
}

function remembered(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

freshness.watch(hub, (conn, ageMillis) => {
  if (conn !== phone.conn) text($('[data-said]'), { live: phone.conn === 'lost' ? '다시 이어졌어요' : '', late: '자료가 늦어요' }[conn]);
  phone.conn = conn;
  text($('[data-fresh]'), conn === 'wait' ? '잇는 중' : conn === 'live' ? '방금 받음' : Number.isFinite(ageMillis) ? `${span(ageMillis)} 전 자료` : '못 이었어요');
  setIcon($('[data-fresh-icon]'), freshness.icons[conn]);
  draw();
});

// ── acts ──

const send = (name, args = {}) => commands.run(name, { topic: 'queue/main', name, args });
const dialog = $('[data-cancel]');
const acts = {
  acknowledge: () => { phone.call.quiet(); send('acknowledge'); },
  comeBack: () => send('comeBack'),
  rejoin: () => commands.run('rejoin', { topic: 'queue/main', name: 'checkIn', args: { plate: phone.entry.plate } }),
  cancelMine: () => {
    if (commands.get('cancelMine')?.phase === 'unanswered') return send('cancelMine');
    text($('[data-cancel-number]'), `${phone.entry.number}번`);
    dialog.showModal();
    $('[data-cancel-no]').focus();
  },
};
for (const button of $$('[data-do]')) if (acts[button.dataset.do]) button.addEventListener('click', acts[button.dataset.do]);
$('[data-cancel-no]').addEventListener('click', () => dialog.close());
$('[data-cancel-yes]').addEventListener('click', () => { dialog.close(); send('cancelMine', { reason: '기사 취소' }); });
for (const button of $$('[data-reconnect]')) button.addEventListener('click', () => hub.socket.hurry());
for (const button of $$('[data-logout]')) button.addEventListener('click', () => logOut(hub));
for (const name of unlockingEvents) addEventListener(name, unlock);

async function loadItems(wait = 1000) {
  try {
    $('[name="item"]').append(...itemsOf(await get(auth, '/items')).map(({ id, name }) => el('option', { value: id }, name)));
    phone.checkIn.recall();
  } catch (error) {
    if (error.status === undefined || error.status >= 500) setTimeout(loadItems, wait, Math.min(wait * 2, 15_000));
  }
}
loadItems();

wakeWithScreen(hub);
adoptNewBuild(hub, () => ({ held: isHeld(phone.entry), sending: commands.isSending, open: dialog.open }));
drawPhones();
hub.start();
