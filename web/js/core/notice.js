// A notice of the system, for a call while another app is on the screen. Without it the page still rings and shakes.

/** `granted`, `denied`, `default` (not asked yet), `insecure` (needs https) or `none` (this browser has no notices). */
export function noticeState({ isSecureContext, Notification } = globalThis) {
  if (!isSecureContext) return 'insecure';
  return Notification ? Notification.permission : 'none';
}

/** Asks once, and only out of a tap: a question that nobody expects is answered with no for ever. */
export async function askNotice() {
  if (noticeState() === 'default') await Notification.requestPermission().catch(() => {});
  return noticeState();
}

export class Notice {
  show(title, body) {
    this.close();
    if (noticeState() !== 'granted') return;
    try {
      this.shown = new Notification(title, { body, tag: 'gwanje.call', renotify: true, requireInteraction: true });
      this.shown.onclick = () => { window.focus(); this.close(); };
    } catch {
      // Android takes notices from a service worker only; there sound and shake have to do.
    }
  }

  close() {
    this.shown?.close();
    this.shown = null;
  }
}
