// The drivers' queue as staff see it: snapshot + event → new state. Entries stand in waiting order, called and absent
// included; `index` of an event is the place in that list.

export const empty = { date: null, paused: null, entries: [], slots: {}, closed: [], averageSeconds: 0, openStations: 0, lastNumber: 0 };

export function queue(state, { name, data, at }) {
  switch (name) {
    case 'checkedIn':
    case 'rejoined':
      return placed({ ...state, lastNumber: Math.max(state.lastNumber ?? 0, data.entry.number) }, data.entry, data.index);
    case 'called':
    case 'recalled': {
      const { station, calls, deadline } = data;
      const called = { state: 'called', station, calls, deadline, calledAt: data.at ?? at, acknowledged: false, absentUntil: undefined };
      return seated(changed(state, data.id, called), data.id, station);
    }
    case 'acknowledged':
      return changed(state, data.id, { acknowledged: true });
    case 'transferred':
      return seated(changed(state, data.id, { station: data.station, deadline: data.deadline }), data.id, data.station);
    case 'putBack':
    case 'skipped':
    case 'returned':
      return moved(unseated(state, data.id), data.id, waiting, data.index);
    case 'prioritised':
      return moved(state, data.id, { priority: data.on }, data.index);
    case 'markedAbsent':
      return moved(unseated(state, data.id), data.id, { ...waiting, state: 'absent', absentUntil: data.absentUntil }, data.index);
    case 'cancelled':
    case 'expired':
      return removed(unseated(state, data.id), data.id);
    case 'finished': {
      const next = { ...unseated(state, data.id), averageSeconds: data.averageSeconds ?? state.averageSeconds };
      return data.pass === 1 ? changed(next, data.id, { ...waiting, state: 'away' }) : removed(next, data.id);
    }
    case 'slotFreed': {
      const { [data.station]: _, ...slots } = state.slots;
      return { ...state, slots };
    }
    case 'stationClosed':
      return { ...state, closed: [...new Set([...state.closed, String(data.station)])], openStations: Math.max(0, state.openStations - 1) };
    case 'stationOpened':
      return { ...state, closed: state.closed.filter(station => String(station) !== String(data.station)), openStations: state.openStations + 1 };
    case 'checkInPaused':
      return { ...state, paused: { by: data.by, reason: data.reason, at } };
    case 'checkInResumed':
      return { ...state, paused: null };
    case 'dayChanged':
      return { ...state, date: data.date, lastNumber: 0 };
    default:
      return state;
  }
}

const waiting = { state: 'waiting', station: undefined, calledAt: undefined, deadline: undefined, acknowledged: false, absentUntil: undefined };

const changed = (state, id, fields) => ({ ...state, entries: state.entries.map(entry => entry.id === id ? { ...entry, ...fields } : entry) });

const removed = (state, id) => ({ ...state, entries: state.entries.filter(entry => entry.id !== id) });

function placed(state, entry, index = state.entries.length) {
  const entries = state.entries.filter(held => held.id !== entry.id);
  entries.splice(index, 0, entry);
  return { ...state, entries };
}

function moved(state, id, fields, index) {
  const entry = find(state, id);
  return entry ? placed(state, { ...entry, ...fields }, index ?? state.entries.indexOf(entry)) : state;
}

function seated(state, id, station) {
  const next = unseated(state, id);
  return { ...next, slots: { ...next.slots, [station]: id } };
}

function unseated(state, id) {
  return { ...state, slots: Object.fromEntries(Object.entries(state.slots).filter(([, held]) => idOf(held) !== id)) };
}

// ── questions ──

const idOf = held => typeof held === 'object' && held ? held.id : held;

export const find = (state, id) => state.entries.find(entry => entry.id === id);

/** Who has the deck of this station: called to it or on it. */
export const slotOf = (state, station) => find(state, idOf(state.slots[station]));

export const withState = (state, name) => state.entries.filter(entry => entry.state === name);

/** Called on top (longest first), then the list as it stands; who is between the weighings is not here. */
export function rows(state) {
  const called = withState(state, 'called').sort((a, b) => (a.calledAt ?? 0) - (b.calledAt ?? 0));
  return [...called, ...state.entries.filter(entry => entry.state === 'waiting' || entry.state === 'absent')];
}

export const nextWaiting = state => state.entries.find(entry => entry.state === 'waiting');

/** Stations that could take a truck now, in the order given. */
export function freeStations(state, stations) {
  return stations.filter(station => !state.slots[station] && !state.closed.map(String).includes(String(station)));
}

/** Minutes until place `index` of the line is called; the same sum on every screen (docs/protocol.md). */
export function etaMinutes(index, { averageSeconds, openStations }) {
  return Math.ceil(averageSeconds * (index + 1) / Math.max(openStations, 1) / 60);
}
