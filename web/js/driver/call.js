// A call must not be missed: sound and shake until "가고 있어요" or 소리 끄기, a notice while another app is on the screen,
// and a screen that stays awake.
import { $, $$, el, icon, show, text } from '../core/dom.js';
import { plateText } from '../core/format.js';
import { Notice } from '../core/notice.js';
import { Alarm, canShake } from './sound.js';

export class Call {
  constructor(phone) {
    this.phone = phone;
    this.heard = true;
    this.notice = new Notice();
    this.alarm = new Alarm(heard => { if (heard !== this.heard) { this.heard = heard; phone.draw(); } });
    for (const button of $$('[data-mute]')) button.addEventListener('click', () => this.toggle());
    document.addEventListener('visibilitychange', () => this.stayAwake());
  }

  /** Each call and each recall rings anew; nothing else does. */
  follow(entry) {
    this.waiting = entry?.state === 'waiting' || entry?.state === 'called';
    this.stayAwake();
    const called = entry?.state === 'called' ? `${entry.id}:${entry.pass}:${entry.calls}` : null;
    if (!called || entry.acknowledged || entry.arrived) this.quiet();
    else if (called !== this.rung) this.ring(entry);
    this.rung = called;
  }

  ring(entry) {
    this.alarm.start();
    if (document.hidden) this.notice.show(`${entry.station}번 계량대로 가세요`, `${entry.number}번 · ${plateText(entry.plate)}`);
  }

  /** Heard, or over. */
  quiet() {
    this.alarm.stop();
    this.notice.close();
  }

  /** This screen hears nothing more of the call; should it come back, an open call rings again. */
  end() {
    this.quiet();
    this.rung = null;
  }

  toggle() {
    if (this.alarm.ringing) this.quiet();
    else this.alarm.start();
    this.phone.draw();
  }

  /** What the driver is told about the ringing. */
  hints() {
    if (!this.alarm.ringing) return [[icon('mute'), ' 소리 꺼짐'], []];
    return [
      this.heard ? [icon('call'), ' 소리 울림'] : [el('b', {}, icon('mute'), ' 화면을 누르면 소리가 나요')],
      canShake() ? [icon('vibrate'), ' 진동 울림'] : [],
    ];
  }

  /** 소리 끄기 is wherever it rings, also with the line cut; 소리 켜기 only beside the call. */
  drawMute(section, { alsoOn = false } = {}) {
    const button = $('[data-mute]', section);
    show(button, this.alarm.ringing || alsoOn);
    text($('span', button), this.alarm.ringing ? '소리 끄기' : '소리 켜기');
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
