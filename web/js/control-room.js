// The control room: subscribes, keeps what the views draw from, and draws each at most once per frame.
import * as auth from './core/auth.js';
import { Commands } from './core/commands.js';
import { $, $$, attr, coalesced, data, setIcon, text } from './core/dom.js';
import * as format from './core/format.js';
import * as freshness from './core/freshness.js';
import { Hub } from './core/hub.js';
import { adoptNewBuild, lostWords, socketUrl, wakeWithScreen } from './core/page.js';
import { get, itemsOf } from './core/rest.js';
import { Alerts } from './control-room/alerts.js';
import { Dialogs } from './control-room/dialogs.js';
import { Keys } from './control-room/keys.js';
import { QueueTable } from './control-room/queue-table.js';
import { Stations } from './control-room/stations.js';
import { Toasts } from './control-room/toasts.js';
import { Today } from './control-room/today.js';
import { queue } from './model/queue.js';
import { register } from './model/register.js';

const user = auth.user();
if (!user || user.role === 'DRIVER') location.replace(user ? '/driver.html' : '/');

const hub = new Hub({ url: socketUrl(), auth });
const commands = new Commands(hub);

/** All that the views share: live state (queue, register, items, conn) and the acts. */
const room = {
  hub, commands, conn: 'wait', queue: null, register: null, items: new Map(), drivers: new Map(), now: () => hub.now(),
  itemName: thing => thing?.itemName ?? '', companyName: thing => thing?.companyName ?? '',
  driverName: thing => room.drivers.get(thing?.driver) ?? '',
  can: () => room.conn === 'live' || room.conn === 'late',
};
room.toasts = new Toasts(room, $('[data-toasts]'));
room.dialogs = new Dialogs(room);
room.stations = new Stations(room, $('[data-stations]'));
room.table = new QueueTable(room, $('[data-queue]'));
room.today = new Today(room, $('.today'));
room.alerts = new Alerts(room, $('[data-alerts]'));
room.keys = new Keys(room);

const draw = room.draw = coalesced(() => {
  room.stations.draw();
  room.table.draw();
  room.alerts.draw();
  room.keys.draw();
  for (const button of $$('[data-open]')) attr(button, 'disabled', !room.can());
});

room.queueTopic = hub.subscribe('queue/main', { reduce: queue, changed: topic => { room.queue = topic.data; room.error = topic.error; draw(); } });
hub.subscribe('register/main', { reduce: register, changed: topic => { room.register = topic.data; room.today.draw(); draw(); } });
commands.onChange(draw);
hub.onPhase(() => {
  text($('[data-yard]'), hub.yard?.name ?? '관제');
  text($('[data-who]'), hub.principal?.name ?? user?.name);
  if (hub.socket.stopped?.code === 4001) leave();
});

let said;
freshness.watch(hub, (conn, ageMillis) => {
  const words = freshness.wording(conn, ageMillis);
  text($('[data-fresh]'), words);
  setIcon($('[data-fresh-icon]'), freshness.icons[conn]);
  for (const node of $$('[data-age]')) text(node, format.age(ageMillis));
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
  const why = `허브와 연결 끊김 — 화면은 ${format.clockSeconds(hub.now() - ageMillis)} 자료. 호출·확정 잠김. 계량은 에지에서 계속.`;
  text($('[data-lost-why]'), why);
  text($('[data-lost-next]'), lostWords(hub));
}

$('[data-reconnect]').addEventListener('click', () => hub.socket.hurry());
$('[data-logout]').addEventListener('click', async () => { await auth.logout(); leave(); });

function leave() {
  auth.forget();
  location.replace('/');
}
for (const button of $$('[data-open]')) button.addEventListener('click', () => room.dialogs.open(button.dataset.open));

/** The list of stations and the names of items and drivers come once, over REST; asked again until they are there. */
async function load(path, take, wait = 1000) {
  try {
    take(itemsOf(await get(auth, path)));
    draw();
  } catch (error) {
    if (error.status === 401) return;
    data($('[data-stations]'), 'error', true);
    setTimeout(load, wait, path, take, Math.min(wait * 2, 15_000));
  }
}
load('/stations', list => room.stations.set(list));
const names = list => new Map(list.map(({ id, name }) => [id, name]));
load('/items', list => { room.items = names(list); });
load('/drivers', list => { room.drivers = names(list); });

wakeWithScreen(hub);
adoptNewBuild(hub, () => commands.slots.size === 0 && !$('dialog[open]'));
hub.start();
