// The row of stations: which there are, their topics and readings, and one card for each.
import { keyed, show, text } from '../core/dom.js';
import { heard, unheard } from '../model/reading.js';
import { cardState, onDeck, station, weightState } from '../model/station.js';
import { slotOf } from '../model/queue.js';
import { weightIsTrue } from '../core/freshness.js';
import { drawCard, drawWeight, makeCard } from './station-card.js';
import { keepTrace } from './trace.js';

export class Stations {
  constructor(room, main) {
    this.room = room;
    this.main = main;
    this.items = [];
    this.isLoaded = false;    // the list is there
    this.list = document.createElement('div');
    this.list.className = 'cards';
    main.append(this.list);
  }

  ids() {
    return this.items.map(item => item.id);
  }

  /** From REST: [{id, name}], also when it has changed. Who stays keeps what it has. */
  set(list) {
    const held = new Map(this.items.map(item => [item.id, item]));
    this.items = list.map(({ id, name }) => Object.assign(held.get(String(id)) ?? this.added(String(id)), { name }));
    for (const item of held.values()) if (!this.items.includes(item)) this.room.hub.unsubscribe(`station/${item.id}`);
    this.isLoaded = true;
    this.list.style.setProperty('--n', list.length > 4 ? Math.min(4, Math.ceil(list.length / 2)) : Math.max(1, list.length));
    const empty = this.main.querySelector('[data-stations-empty]');
    text(empty, '등록된 계량대 없음');
    show(empty, list.length === 0);
  }

  added(id) {
    const item = { id, state: null, points: [], ...unheard };
    item.topic = this.room.hub.subscribe(`station/${id}`, {
      reduce: station,
      changed: (topic, frame) => this.changed(item, topic, frame),
      live: (live, at) => this.live(item, { at, ...live }),
    });
    return item;
  }

  /** The list, and of every one in it what it is doing, or why that cannot be had. */
  get isComplete() {
    return this.isLoaded && this.items.every(item => item.state || item.error);
  }

  changed(item, topic, frame) {
    item.state = topic.data;
    item.error = topic.error;
    if (frame.op === 'snapshot' || frame.op === 'resumed') Object.assign(item, unheard, { points: [] });
    this.room.draw();
  }

  live(item, live) {
    const now = this.room.hub.world.now();
    Object.assign(item, heard(item, live, { now, wasTrue: this.isTrue(item) }));
    keepTrace(item.points, now, live.grams);
    const was = item.wasCard;
    if (this.cardOf(item) !== was) return this.room.draw();
    this.drawSoon(item);
  }

  drawSoon(item) {
    if (item.asked || !item.card) return;
    item.asked = true;
    requestAnimationFrame(() => { item.asked = false; drawWeight(item.card, this.view(item)); });
  }

  cardOf(item) {
    const { queue, conn } = this.room;
    if (!item.state || item.error) return 'unknown';
    return cardState({
      state: item.state, live: this.isTrue(item) ? item.live : null, conn,
      held: queue && slotOf(queue, item.id),
      closed: queue?.closed.includes(item.id),
    });
  }

  isTrue(item) {
    return !item.error && weightIsTrue({ conn: this.room.conn, ageMillis: this.room.hub.world.now() - item.liveAt });
  }

  /** All a card draws from. */
  view(item) {
    const { room } = this;
    const isTrue = this.isTrue(item);
    const live = item.live;
    return {
      room, item, live, isTrue, state: item.state, card: item.wasCard = this.cardOf(item),
      weight: item.state ? weightState({ state: item.state, live, isTrue }) : 'none',
      held: room.queue && slotOf(room.queue, item.id),
    };
  }

  /** For the strip: a truck on the deck that will not come to rest. */
  forNeeds() {
    const { hub } = this.room;
    return this.items.map(item => ({
      id: item.id, state: item.error ? null : item.state, live: this.isTrue(item) ? item.live : null,
      movingSince: this.isTrue(item) && item.live.state === 'moving' && onDeck(item.live) ? this.room.now() - (hub.world.now() - item.since) : null,
    }));
  }

  draw() {
    keyed(this.list, this.items, item => item.id, item => item.card = makeCard(this.room, item), card => drawCard(card, this.view(card.item)));
  }

  /** Twice a second: seconds count on, weights that grew old go blank. */
  tick() {
    for (const item of this.items) if (item.card) drawWeight(item.card, this.view(item), { withTrace: true });
  }

  look(id) {
    const card = this.items.find(item => item.id === String(id))?.card;
    card?.scrollIntoView({ block: 'nearest' });
    card?.focus();
  }
}
