// The row of stations: which there are, their topics and readings, and one card for each.
import { keyed, show, text } from '../core/dom.js';
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
    this.list = document.createElement('div');
    this.list.className = 'cards';
    main.append(this.list);
  }

  ids() {
    return this.items.map(item => item.id);
  }

  /** From REST: [{id, name}]. */
  set(list) {
    this.items = list.map(({ id, name }) => ({ id: String(id), name, state: null, live: null, liveAt: -Infinity, points: [] }));
    this.list.style.setProperty('--n', list.length > 4 ? Math.min(4, Math.ceil(list.length / 2)) : Math.max(1, list.length));
    const empty = this.main.querySelector('[data-stations-empty]');
    text(empty, '등록된 계량대 없음');
    show(empty, list.length === 0);
    for (const item of this.items) {
      this.room.hub.subscribe(`station/${item.id}`, {
        reduce: station,
        changed: (topic, frame) => this.changed(item, topic, frame),
        live: (live, at) => this.live(item, { at, ...live }, this.room.hub.world.now()),
      });
    }
  }

  changed(item, topic, frame) {
    item.state = topic.data;
    item.error = topic.error;
    if (frame.op === 'snapshot') {
      item.points = [];
      const live = topic.data.live;
      if (live) this.live(item, live, this.room.hub.world.now() - Math.max(0, this.room.now() - live.at));
    }
    this.room.draw();
  }

  /** `liveAt` is when it was true, by the monotonic clock. */
  live(item, live, liveAt) {
    const since = item.live?.state === live.state ? item.since : liveAt;
    Object.assign(item, { live, liveAt, since });
    keepTrace(item.points, liveAt, live.grams);
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
    if (!item.state) return 'unknown';
    return cardState({
      state: item.state, live: this.isTrue(item) ? item.live : null, conn,
      held: queue && slotOf(queue, item.id),
      closed: queue?.closed.includes(item.id),
    });
  }

  isTrue(item) {
    return weightIsTrue({ conn: this.room.conn, ageMillis: this.room.hub.world.now() - item.liveAt });
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
      id: item.id, state: item.state, live: this.isTrue(item) ? item.live : null,
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
