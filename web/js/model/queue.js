// The drivers' queue as staff see it: snapshot + event → new state. Entries stand in waiting order, called, absent and
// away ones included. An event about a truck carries its whole row and its place in that list.

export const empty = { date: null, paused: null, entries: [], slots: {}, closed: [], averageSeconds: 0, openStations: 0, lastNumber: 0 };

export function queue(state, { name, data }) {
  switch (name) {
    case 'checkedIn':
      return { ...placed(state, data), lastNumber: data.entry.number };
    case 'rejoined':
    case 'recalled':
    case 'arrived':
    case 'acknowledged':
    case 'putBack':
    case 'skipped':
    case 'prioritised':
    case 'markedAbsent':
    case 'returned':
      return placed(state, data);
    case 'called':
      return seated(placed(state, data), data.entry);
    case 'transferred':   // the deck it left may be another truck's by now
      return seated(state.slots[data.from] === data.entry.id ? freed(placed(state, data), data.from) : placed(state, data), data.entry);
    case 'wentAway':
      return { ...placed(state, data), averageSeconds: data.averageSeconds };
    case 'finished':
      return { ...removed(state, data), averageSeconds: data.averageSeconds };
    case 'cancelled':
    case 'expired':
      return removed(state, data);
    case 'slotFreed':
      return freed(state, data.station);
    case 'stationClosed':
      return { ...state, closed: [...state.closed, data.station], openStations: Math.max(0, state.openStations - 1) };
    case 'stationOpened':
      return { ...state, closed: state.closed.filter(station => station !== data.station), openStations: state.openStations + 1 };
    case 'checkInPaused':
      return { ...state, paused: data };
    case 'checkInResumed':
      return { ...state, paused: null };
    case 'dayChanged':
      return { ...state, date: data.date, lastNumber: 0 };
    default:
      return state;
  }
}

function placed(state, { entry, index }) {
  const { entries } = removed(state, { entry });
  return { ...state, entries: [...entries.slice(0, index), entry, ...entries.slice(index)] };
}

const removed = (state, { entry }) => ({ ...state, entries: state.entries.filter(held => held.id !== entry.id) });

const seated = (state, entry) => ({ ...state, slots: { ...state.slots, [entry.station]: entry.id } });

function freed(state, station) {
  const { [station]: _, ...slots } = state.slots;
  return { ...state, slots };
}

// ── questions ──

export const find = (state, id) => state.entries.find(entry => entry.id === id);

/** Who has the deck of this station: called to it or on it. A slot is held until the deck is empty again. */
export const slotOf = (state, station) => find(state, state.slots[station]);

export const withState = (state, name) => state.entries.filter(entry => entry.state === name);

/** Called on top (longest first), then the list as it stands. Who is on a deck or between the weighings is not here. */
export function rows(state) {
  const called = withState(state, 'called').filter(entry => !entry.arrived).sort((a, b) => (a.calledAt ?? 0) - (b.calledAt ?? 0));
  return [...called, ...state.entries.filter(entry => entry.state === 'waiting' || entry.state === 'absent')];
}

export const nextWaiting = state => state.entries.find(entry => entry.state === 'waiting');

/** Stations that could take a truck now, in the order given. */
export function freeStations(state, stations) {
  return stations.filter(station => !state.slots[station] && !state.closed.includes(station));
}

/** Minutes until place `index` of the line is called; the same sum on every screen (docs/protocol.md). */
export function etaMinutes(index, { averageSeconds, openStations }) {
  return Math.ceil(averageSeconds * (index + 1) / Math.max(openStations, 1) / 60);
}
