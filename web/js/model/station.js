// One weigh station: snapshot + event → new state, and what its card shows. Live readings stand beside it, never in it.

const unmatchedMax = 100;

export function station(state, event) {
  const next = applied(state, event);
  return next === state ? state : { ...next, status: statusOf(next) };
}

function applied(state, { name, data, at }) {
  switch (name) {
    case 'bound':
      return { ...state, binding: data.binding, arrived: false, weighed: null };
    case 'unbound':   // a truck that nobody expects any more is still on the deck
      return { ...unbound(state), awaitingZero: state.awaitingZero || state.arrived };
    case 'arrived':
      return { ...state, arrived: true };
    case 'weighed': {
      const { grams, at, binding: { pass, plate } } = data;
      return { ...state, weighed: { grams, pass, at }, last: { grams, plate, pass, at }, awaitingZero: true };
    }
    case 'platformCleared':   // a truck bound while the deck was still occupied waits for its own turn
      return { ...state.weighed ? unbound(state) : state, awaitingZero: false };
    case 'unmatched':
      return { ...state, unmatched: [...state.unmatched, data.item].slice(-unmatchedMax) };
    case 'unmatchedAssigned':
    case 'unmatchedDismissed':
      return { ...state, unmatched: state.unmatched.filter(item => item.id !== data.item.id) };
    case 'paused':
      return { ...state, paused: data };
    case 'resumed':
      return { ...state, paused: null };
    case 'linked':
      return { ...state, linked: true };
    case 'linkLost':
      return { ...state, linked: false, linkLostAt: data.at ?? at };
    case 'faulted':
      return { ...state, fault: data };
    case 'recovered':
      return { ...state, fault: null };
    default:
      return state;
  }
}

const unbound = state => ({ ...state, binding: null, arrived: false, weighed: null });

/** `linked` is absent as long as no edge has ever spoken for the station: that is no fault. */
const statusOf = state => state.fault || state.linked === false ? 'ERROR' : state.binding ? 'WEIGHING' : 'IDLE';

/** Below this a deck counts as empty: dirt and rain, not a truck. */
export const emptyDeckGrams = 500_000;

export const onDeck = live => live?.grams >= emptyDeckGrams && live.state !== 'zero';

/**
 * The word on the card: `unknown` (hub gone), `fault`, `paused`, `weighing`, `called`, `idle`.
 * A truck that was called is `weighing` once the hub has seen it on the deck.
 */
export function cardState({ state, held, live, conn, closed }) {
  if (conn === 'lost') return 'unknown';
  if (state.status === 'ERROR') return 'fault';
  if (state.paused) return 'paused';
  if (state.arrived || state.weighed) return 'weighing';
  if (state.binding || held?.state === 'called') return 'called';
  if (onDeck(live)) return 'weighing';
  return closed ? 'paused' : 'idle';
}

/** What the figure shows: `stable`, `moving`, `zero`, `limit`, `over`, `under` or `none`. */
export function weightState({ state, live, isTrue }) {
  if (!live || !isTrue || state.linked === false) return 'none';
  if (live.state === 'over' || live.state === 'under') return live.state;
  if (live.grams === undefined || live.grams === null || live.state === 'none') return 'none';
  if (state.limitGrams && live.grams > state.limitGrams) return 'limit';
  return live.state;
}

/** The two steps of a visit: {first, second}, each {step: done|now|null, grams?, at?, word}. */
export function steps({ state, first, live, weight }) {
  const binding = state.binding;
  if (!binding) return { first: { step: null }, second: { step: null } };
  const halted = state.status === 'ERROR' || state.paused;
  const now = { step: 'now', word: halted ? '중단' : '진행' };
  if (binding.pass === 1) {
    if (state.weighed) return { first: { step: 'done', ...state.weighed }, second: { step: null, word: '대기' } };
    return { first: now, second: { step: null, word: '대기' } };
  }
  const done = { step: 'done', grams: first?.grams ?? null, at: first?.at ?? null };
  const grams = state.weighed?.grams ?? (weight === 'stable' || weight === 'limit' ? live.grams : null);
  const net = grams === null || !first ? null : Math.abs(first.grams - grams);
  return { first: done, second: state.weighed ? { step: 'done', at: state.weighed.at, net } : { ...now, net } };
}
