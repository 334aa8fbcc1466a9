// What is known by name only, over REST: stations, items, drivers. Asked again until they are there, when a day begins,
// when somebody turns up whom the list does not know, and every few hours: what the office changes makes no event here.

export const againAfterMillis = 3 * 3600_000;
const retryMillisMax = 15_000;
const justAskedMillis = 60_000;
const strangersMax = 1000;

export class Lists {
  /** `get(path)` → promise of a list; `world` {now, after, cancel}; `failed(path, error)` and `loaded(path)` tell the page. */
  constructor({ get, world, failed = () => {}, loaded = () => {} }) {
    Object.assign(this, { get, world, failed, loaded });
    this.entries = new Map();    // path → {take, askedAt, isAsking, timer, strangers}
  }

  /** `take(list)` gets it now and each time anew. */
  keep(path, take) {
    this.entries.set(path, { take, askedAt: -Infinity, isAsking: false, strangers: new Set() });
    return this.load(path);
  }

  async load(path, waitMillis = 1000) {
    const entry = this.entries.get(path);
    if (entry.isAsking) return;
    Object.assign(entry, { isAsking: true, askedAt: this.world.now() });
    this.world.cancel(entry.timer);
    try {
      entry.take(await this.get(path));
      this.loaded(path);
      entry.timer = this.world.after(againAfterMillis, () => this.load(path));
    } catch (error) {
      this.failed(path, error);
      entry.timer = this.world.after(waitMillis, () => this.load(path, Math.min(waitMillis * 2, retryMillisMax)));
    } finally {
      entry.isAsking = false;
    }
  }

  /** A new day: everything that was not asked just now. */
  refresh() {
    for (const [path, { askedAt }] of this.entries) if (this.world.now() - askedAt > justAskedMillis) this.load(path);
  }

  /** An id that the list of `path` lacks: asked for once, it may be one that no list has. */
  stranger(path, id) {
    const entry = this.entries.get(path);
    if (id === undefined || id === null || !entry || entry.isAsking || entry.strangers.has(id)) return;
    if (entry.strangers.size >= strangersMax) entry.strangers.clear();
    entry.strangers.add(id);
    this.load(path);
  }
}
