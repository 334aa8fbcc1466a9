// The live weight of the station this driver was called to, and only while called.
import { text, $, data, setIcon } from '../core/dom.js';
import { weightIsTrue } from '../core/freshness.js';
import { kg } from '../core/format.js';

export class Deck {
  constructor(phone) {
    this.phone = phone;
    this.live = null;
    this.liveAt = -Infinity;
  }

  follow(entry) {
    const topic = entry?.state === 'called' ? `station/${entry.station}` : null;
    if (topic === this.topic) return;
    this.live = null;
    const { hub } = this.phone;
    if (this.topic) hub.unsubscribe(this.topic);
    this.topic = topic;
    if (topic) hub.subscribe(topic, { changed: () => { this.live = null; }, live: live => this.take(live) });   // what was heard before a cut is old
  }

  take(live) {
    this.live = live;
    this.liveAt = this.phone.hub.world.now();
    if (this.phone.deckOnSight) this.draw();
  }

  isTrue() {
    const { conn, hub } = this.phone;
    return weightIsTrue({ conn, ageMillis: hub.world.now() - this.liveAt });
  }

  draw() {
    const section = $('.weighing');
    const live = this.isTrue() ? this.live : null;
    const state = live?.state === 'over' ? 'over' : live?.grams === undefined || live.grams === null ? 'none' : live.state === 'stable' ? 'stable' : 'moving';
    const words = { none: ['none', '무게를 못 받고 있어요'], stable: ['stable', '잠깐만요, 거의 다 됐어요'], over: ['over', '너무 무거워요'], moving: ['moving', '재는 중이에요'] };
    data($('.deck', section), 'weight', state === 'stable' ? 'calm' : state);
    setIcon($('[data-lamp-icon]', section), words[state][0]);
    text($('[data-lamp]', section), words[state][1]);
    text($('[data-kg]', section), state === 'none' || state === 'over' ? '—' : kg(live.grams));
  }
}
