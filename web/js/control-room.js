// The control room: subscribes, keeps what the views draw from, and draws each at most once per frame.
import * as auth from './core/auth.js';
import { Commands } from './core/commands.js';
import { endsLogin } from './core/close.js';
import { $, $$, attr, coalesced, data, setIcon, text } from './core/dom.js';
import * as format from './core/format.js';
import * as freshness from './core/freshness.js';
import { Hub } from './core/hub.js';
import { adoptNewBuild, lostWords, socketUrl, wakeWithScreen } from './core/page.js';
import { logInAgain, logOut, whyOf } from './core/parting.js';
import { get, itemsOf } from './core/rest.js';
import { operatorWords } from './core/words.js';
import { Alerts } from './control-room/alerts.js';
import { Dialogs } from './control-room/dialogs.js';
import { Keys } from './control-room/keys.js';
import { Lists } from './control-room/lists.js';
import { QueueTable } from './control-room/queue-table.js';
import { Stations } from './control-room/stations.js';
import { Toasts } from './control-room/toasts.js';
import { Today } from './control-room/today.js';
import { queue } from './model/queue.js';
import { register } from './model/register.js';

const user = auth.user();
if (!user || user.role === 'DRIVER') location.replace(user ? '/driver.html' : '/');

const hub = new Hub({ url: socketUrl(), auth });
const commands = new Commands(hub, operatorWords);

/** All that the views share: live state (queue, register, items, conn) and the acts. */
const room = {
  hub, commands, conn: 'wait', queue: null, register: null, items: new Map(), drivers: new Map(), now: () => hub.now(),
  itemName: thing => thing?.itemName ?? '', companyName: thing => thing?.companyName ?? '',
  driverName: thing => nameOf('/drivers', room.drivers, thing?.driver),
  can: () => room.conn === 'live' || room.conn === 'late',
  isWhole: () => !room.queueTopic.error && !room.registerTopic.error && room.stations.items.every(item => !item.error),
};
const stationRow = $('[data-stations]');
const queuePanel = $('.panel[aria-labelledby="qh"]');
room.lists = new Lists({
  world: hub.world, get: async path => itemsOf(await get(auth, path)),
  loaded: path => { if (path === '/stations') data(stationRow, 'error', false); draw(); },
  failed: path => { if (path === '/stations') data(stationRow, 'error', true); },
});
room.toasts = new Toasts(room, $('[data-toasts]'));
room.dialogs = new Dialogs(room);
room.stations = new Stations(room, stationRow);
room.table = new QueueTable(room, $('[data-queue]'));
room.today = new Today(room, $('.today'));
room.alerts = new Alerts(room, $('[data-alerts]'));
room.keys = new Keys(room);

/** Who is not in the list is asked for, once. */
function nameOf(path, names, id) {
  if (id !== undefined && names.size > 0 && !names.has(id)) room.lists.stranger(path, id);
  return names.get(id) ?? '';
}

const draw = room.draw = coalesced(() => {
  room.stations.draw();
  room.table.draw();
  room.alerts.draw();
  room.keys.draw();
  room.toasts.draw();
  for (const button of $$('[data-open]')) attr(button, 'disabled', !room.can());
  for (const [panel, topic] of [[queuePanel, room.queueTopic], [room.today.panel, room.registerTopic]]) drawAge(panel, topic);
});

/** How old a panel is; one whose topic the hub took away stays as it was, grey, and says why. */
function drawAge(panel, topic) {
  data(panel, 'ended', Boolean(topic.error));
  const millis = hub.ageMillis(topic);
  text($('[data-age]', panel), topic.error ? `자료 못 받음 — ${operatorWords(topic.error)}` : Number.isFinite(millis) ? format.age(millis) : '');
}

room.queueTopic = hub.subscribe('queue/main', { reduce: queue, changed: (topic, frame) => { room.queue = topic.data; checkLists(frame); draw(); } });
room.registerTopic = hub.subscribe('register/main', { reduce: register, changed: (topic, frame) => { room.register = topic.data; checkLists(frame); room.today.draw(); draw(); } });
commands.onChange(draw);

/** What the office has changed since the lists came shows in what the yard does. */
function checkLists(frame) {
  if (frame.name === 'dayChanged') room.lists.refresh();
  if (!room.queue) return;
  const { entries, closed, slots } = room.queue;
  if (room.stations.isLoaded) for (const id of [...closed, ...Object.keys(slots)]) if (!room.stations.ids().includes(id)) room.lists.stranger('/stations', id);
  for (const entry of entries) nameOf('/items', room.items, entry.item);
}

hub.onPhase(() => {
  text($('[data-yard]'), hub.yard?.name ?? '관제');
  text($('[data-who]'), hub.principal?.name ?? user?.name);
  if (hub.socket.phase === 'stopped' && endsLogin(hub.socket.stopped.code)) logInAgain(whyOf(hub.socket.stopped));
});

let said;
freshness.watch(hub, (conn, ageMillis) => {
  const words = freshness.wording(conn, ageMillis);
  text($('[data-fresh]'), words);
  setIcon($('[data-fresh-icon]'), freshness.icons[conn]);
  if (conn !== said) text($('[data-conn-said]'), { live: said ? '연결됨' : '', late: '자료 늦음' }[conn]);
  said = room.conn = conn;
  drawClock();
  drawLostBar(conn, ageMillis);
  room.stations.tick();
  draw();
});

function drawClock() {
  const now = hub.now();
  text($('[data-day]'), format.day(now, true));
  text($('[data-clock]'), format.clockSeconds(now));
  text($('[data-today-span]'), dayWords(now));
}

/** The figures are of the register's day; the first weighing of a new one starts them anew. */
function dayWords(now) {
  const date = room.register?.date;
  return date && date !== format.isoDate(now) ? `${format.day(format.endOfDay(date))} 자료` : `00:00–${format.clock(now)}`;
}

function drawLostBar(conn, ageMillis) {
  if (conn !== 'lost') return;
  const since = Number.isFinite(ageMillis) ? `허브와 연결 끊김 — 화면은 ${format.clockSeconds(hub.now() - ageMillis)} 자료.` : '허브 응답 없음 — 받은 자료 없음.';
  text($('[data-lost-why]'), `${since} 호출·확정 잠김. 계량은 에지에서 계속.`);
  text($('[data-lost-next]'), lostWords(hub));
}

$('[data-reconnect]').addEventListener('click', () => hub.socket.hurry());
$('[data-logout]').addEventListener('click', () => logOut(hub));
for (const button of $$('[data-open]')) button.addEventListener('click', () => room.dialogs.open(button.dataset.open));

const names = list => new Map(list.map(({ id, name }) => [id, name]));
room.lists.keep('/stations', list => room.stations.set(list));
room.lists.keep('/items', list => { room.items = names(list); });
room.lists.keep('/drivers', list => { room.drivers = names(list); });

wakeWithScreen(hub);
adoptNewBuild(hub, () => ({ sending: commands.isSending, open: Boolean($('dialog[open]')) }));
hub.start();
