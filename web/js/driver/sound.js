// The sound and the shake of a call. Browsers keep both silent until a person has touched the page.
let context = null;

const touched = () => navigator.userActivation?.hasBeenActive ?? true;

function audio() {
  if (!context && touched() && typeof AudioContext !== 'undefined') context = new AudioContext();
  return context;
}

/** After any touch, so that a later call can be heard. */
export function unlock() {
  audio()?.resume().catch(() => {});
}

/** What counts as a touch: pointerdown of a finger does not, it may become a scroll. */
export const unlockingEvents = ['pointerup', 'click', 'keydown'];

/** A call would not be heard until somebody touches the page: never touched, or an incoming telephone call took the sound. */
export const needsTouch = () => typeof AudioContext !== 'undefined' && context?.state !== 'running';

/** Two tones a truck driver hears over an engine. Resolves to whether it sounded. */
export async function beep() {
  const context = audio();
  if (!context) return false;
  await Promise.race([context.resume(), new Promise(resolve => setTimeout(resolve, 300))]).catch(() => {});
  if (context.state !== 'running') return false;
  for (const [index, hertz] of [880, 1175].entries()) tone(context, hertz, context.currentTime + index * 0.28);
  return true;
}

function tone(context, hertz, at) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.type = 'square';
  oscillator.frequency.value = hertz;
  gain.gain.setValueAtTime(0.0001, at);
  gain.gain.exponentialRampToValueAtTime(0.5, at + 0.02);
  gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.25);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.26);
}

export const canShake = () => typeof navigator.vibrate === 'function' && matchMedia('(pointer: coarse)').matches;

/** Sounds and shakes every two seconds until stopped; `heard(sound)` says whether it can be heard. */
export class Alarm {
  constructor(heard = () => {}) {
    this.heard = heard;
  }

  get ringing() {
    return this.timer !== undefined;
  }

  start() {
    if (this.ringing) return;
    const ring = async () => {
      if (touched()) navigator.vibrate?.([400, 150, 400]);
      this.heard(await beep());
    };
    this.timer = setInterval(ring, 2000);
    ring();
  }

  stop() {
    if (!this.ringing) return;
    clearInterval(this.timer);
    this.timer = undefined;
    if (touched()) navigator.vibrate?.(0);
  }
}
