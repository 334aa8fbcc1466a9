// A call must not be missed: sound and shake until "가고 있어요" or 소리 끄기, and a screen that stays awake.
import { el, icon } from '../core/dom.js';
import { Alarm, canShake } from './sound.js';

export class Call {
  constructor(phone) {
    this.phone = phone;
    this.heard = true;
    this.alarm = new Alarm(heard => { if (heard !== this.heard) { this.heard = heard; phone.draw(); } });
    document.addEventListener('visibilitychange', () => this.stayAwake());
  }

  /** Each call and each recall rings anew; nothing else does. */
  follow(entry) {
    this.waiting = entry?.state === 'waiting' || entry?.state === 'called';
    this.stayAwake();
    const called = entry?.state === 'called' ? `${entry.id}:${entry.pass}:${entry.calls}` : null;
    if (!called || entry.acknowledged || entry.arrived) this.alarm.stop();
    else if (called !== this.rung) this.alarm.start();
    if (called !== this.rung) this.muted = false;
    this.rung = called;
  }

  heardIt() {
    this.alarm.stop();
  }

  toggle() {
    this.muted = !this.muted;
    if (this.muted) this.alarm.stop();
    else this.alarm.start();
  }

  /** What the driver is told about the ringing. */
  hints() {
    if (!this.alarm.ringing) return [[icon('mute'), ' 소리 꺼짐'], []];
    return [
      this.heard ? [icon('call'), ' 소리 울림'] : [el('b', {}, icon('mute'), ' 화면을 누르면 소리가 나요')],
      canShake() ? [icon('vibrate'), ' 진동 울림'] : [],
    ];
  }

  async stayAwake() {
    if (!this.waiting || document.visibilityState !== 'visible') {
      this.lock?.release().catch(() => {});
      this.lock = null;
    } else if (!this.lock && navigator.wakeLock) {
      this.lock = { release: async () => {} };   // one request at a time
      this.lock = await navigator.wakeLock.request('screen').catch(() => null);
      this.lock?.addEventListener('release', () => { this.lock = null; });
    }
  }
}
