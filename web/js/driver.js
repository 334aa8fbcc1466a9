// The driver's terminal: one fact per screen. Subscribes, decides the scene, rings, and sends what the driver presses.
import * as auth from './core/auth.js';
import { Commands } from './core/commands.js';
import { $, $$, attr, coalesced, data, el, setIcon, show, text } from './core/dom.js';
import * as freshness from './core/freshness.js';
import { span } from './core/format.js';
import { Hub } from './core/hub.js';
import { adoptNewBuild, socketUrl, wakeWithScreen } from './core/page.js';
import { get, itemsOf } from './core/rest.js';
import { Call } from './driver/call.js';
import { CheckIn } from './driver/check-in.js';
import { Slips } from './driver/slips.js';
import { Deck } from './driver/deck.js';
import { unlock } from './driver/sound.js';
import * as views from './driver/views.js';
import { freshSlip, scene } from './model/driver.js';
import { flat } from './model/slip.js';

const user = auth.user();
if (!user) location.replace('/');

const hub = new Hub({ url: socketUrl(), auth });
const commands = new Commands(hub);
const phone = {
  hub, commands, conn: 'wait', ageMillis: 0, entry: null, line: null, results: null, loaded: { mine: false, results: false },
  now: () => hub.now(), can: () => phone.conn === 'live' || phone.conn === 'late', putAway: localStorage.getItem('gwanje.putAway'),
};
phone.call = new Call(phone);
phone.deck = new Deck(phone);
phone.checkIn = new CheckIn(phone);
phone.slips = new Slips(phone);

const draw = phone.draw = coalesced(() => {
  const tab = location.hash.startsWith('#slips') ? 'slips' : 'now';
  const slip = freshSlip(phone.results, { now: phone.now(), putAway: phone.putAway });
  const now = scene({ stopped: hub.socket.phase === 'stopped', conn: phone.conn, ageMillis: phone.ageMillis, entry: phone.entry, loaded: phone.loaded.mine && phone.loaded.results, slip });
  const urgent = now === 'called' || now === 'weighing';
  const shown = tab === 'slips' && !urgent ? phone.slips.scene() : now;
  data(document.documentElement, 'scene', shown);
  phone.deckOnSight = now === 'weighing';
  for (const link of $$('[data-tab]')) attr(link, 'aria-current', link.dataset.tab === (urgent ? 'now' : tab) ? 'page' : null);
  views.draw(phone, shown, slip);
  phone.checkIn.draw();
});

hub.subscribe('queue/main', { changed: topic => { phone.line = topic.data; draw(); } });
hub.subscribe('queue/main/mine', { changed: topic => { phone.entry = topic.data?.entry ?? null; phone.loaded.mine = true; phone.call.follow(phone.entry); phone.deck.follow(phone.entry); draw(); } });
hub.subscribe('register/main/mine', { changed: topic => { phone.results = topic.data && { ...topic.data, latest: flat(topic.data.latest) }; phone.loaded.results = true; phone.slips.stale(); draw(); } });
commands.onChange(draw);
addEventListener('hashchange', draw);

hub.onPhase(() => {
  const { stopped } = hub.socket;
  if (stopped?.code === 4001) return leave();
  draw();
  const number = hub.yard?.phone;
  for (const link of $$('[data-phone]')) {
    show(link, Boolean(number));
    attr(link, 'href', number && `tel:${number}`);
  }
});

freshness.watch(hub, (conn, ageMillis) => {
  if (conn !== phone.conn) text($('[data-said]'), { live: phone.conn === 'lost' ? '다시 이어졌어요' : '', late: '자료가 늦어요' }[conn]);
  Object.assign(phone, { conn, ageMillis });
  text($('[data-fresh]'), conn === 'wait' ? '잇는 중' : conn === 'live' ? '방금 받음' : `${span(ageMillis)} 전 자료`);
  setIcon($('[data-fresh-icon]'), freshness.icons[conn]);
  draw();
});

// ── acts ──

const send = (name, args = {}) => commands.run(name, { topic: 'queue/main', name, args });
const dialog = $('[data-cancel]');
const acts = {
  acknowledge: () => { phone.call.heardIt(); send('acknowledge'); },
  comeBack: () => send('comeBack'),
  rejoin: () => commands.run('rejoin', { topic: 'queue/main', name: 'checkIn', args: { plate: phone.entry.plate } }),
  cancelMine: () => { text($('[data-cancel-number]'), `${phone.entry.number}번`); dialog.showModal(); $('[data-cancel-no]').focus(); },
};
for (const button of $$('[data-do]')) if (acts[button.dataset.do]) button.addEventListener('click', acts[button.dataset.do]);
$('[data-cancel-no]').addEventListener('click', () => dialog.close());
$('[data-cancel-yes]').addEventListener('click', () => { dialog.close(); send('cancelMine', { reason: '기사 취소' }); });
$('[data-reconnect]').addEventListener('click', () => hub.socket.hurry());
for (const button of $$('[data-logout]')) button.addEventListener('click', async () => { await auth.logout(); leave(); });
addEventListener('pointerdown', unlock);

function leave() {
  auth.forget();
  location.replace('/');
}

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
adoptNewBuild(hub, () => commands.slots.size === 0 && !phone.call.alarm.ringing && !dialog.open);
hub.start();
