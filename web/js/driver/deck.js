// The live weight of the station this driver was called to, and only while called.
import { text, $, data, setIcon } from '../core/dom.js';
import { weightIsTrue } from '../core/freshness.js';
import { kg } from '../core/format.js';
import { onDeck } from '../model/station.js';

export class Deck {
  constructor(phone) {
    this.phone = phone;
    this.live = null;
    this.liveAt = -Infinity;
  }

  follow(entry) {
    const station = entry?.state === 'called' ? entry.station : null;
    const call = station && `${station}:${entry.calledAt ?? entry.deadline}`;
    if (call === this.call) return;
    this.call = call;
    this.live = null;
    this.seenEmpty = false;
    const topic = station && `station/${station}`;
    if (topic === this.topic) return;
    const { hub } = this.phone;
    if (this.topic) hub.unsubscribe(this.topic);
    this.topic = topic;
    if (topic) hub.subscribe(topic, { live: (live) => this.take(live) });
  }

  /** Until the deck was seen empty after the call, a weight on it is another truck's. */
  take(live) {
    this.live = live;
    this.liveAt = this.phone.hub.world.now();
    if (!onDeck(live)) this.seenEmpty = true;
    const weighing = this.seenEmpty && onDeck(live);
    if (weighing !== this.wasWeighing) this.phone.draw();
    this.wasWeighing = weighing;
    if (this.phone.deckOnSight) this.draw();
  }

  shown() {
    return this.live;
  }

  isTrue() {
    const { conn, hub } = this.phone;
    return weightIsTrue({ conn, ageMillis: hub.world.now() - this.liveAt });
  }

  draw() {
    const section = $('.weighing');
    const live = this.isTrue() ? this.live : null;
    const state = !live || live.grams === null ? 'none' : live.state === 'stable' ? 'stable' : live.state === 'over' ? 'over' : 'moving';
    const words = { none: ['none', '무게를 못 받고 있어요'], stable: ['stable', '잠깐만요, 거의 다 됐어요'], over: ['over', '너무 무거워요'], moving: ['moving', '재는 중이에요'] };
    data($('.deck', section), 'weight', state === 'stable' ? 'calm' : state);
    setIcon($('[data-lamp-icon]', section), words[state][0]);
    text($('[data-lamp]', section), words[state][1]);
    text($('[data-kg]', section), state === 'none' || state === 'over' ? '—' : kg(live.grams));
  }
}
