// One weigh station: snapshot + event → new state, and what its card shows. Live readings stand beside it, never in it.

export function station(state, { name, data, at }) {
  switch (name) {
    case 'bound':
      return { ...state, binding: data.binding, weighed: null, status: 'WEIGHING' };
    case 'unbound':
      return { ...state, binding: null, status: 'IDLE' };
    case 'weighed': {
      const { grams, pass, plate } = data;
      return { ...state, weighed: { grams, pass, at: data.at ?? at }, awaitingZero: true, last: { grams, plate, at: data.at ?? at } };
    }
    case 'platformCleared':
      return { ...state, awaitingZero: false };
    case 'unmatched':
      return { ...state, unmatched: [...state.unmatched.filter(item => item.id !== data.item.id), data.item] };
    case 'unmatchedResolved':
      return { ...state, unmatched: state.unmatched.filter(item => item.id !== data.id) };
    case 'paused':
      return { ...state, paused: { by: data.by, reason: data.reason, at } };
    case 'resumed':
      return { ...state, paused: null };
    case 'linked':
      return { ...state, linked: true, linkAt: data.at ?? at };
    case 'linkLost':
      return { ...state, linked: false, linkAt: data.at ?? at };
    case 'faulted':
      return { ...state, fault: { code: data.code, at }, status: 'ERROR' };
    case 'recovered':
      return { ...state, fault: null, status: state.binding ? 'WEIGHING' : 'IDLE' };
    default:
      return state;
  }
}

/** Below this a deck counts as empty: dirt and rain, not a truck. */
export const emptyDeckGrams = 500_000;

export const onDeck = live => Boolean(live) && live.grams !== null && live.state !== 'zero' && live.grams >= emptyDeckGrams;

/**
 * The word on the card: `unknown` (hub gone), `fault`, `paused`, `weighing`, `called`, `idle`.
 * A truck that was called is still `called` while it drives on; it is `weighing` from its first calm moment.
 */
export function cardState({ state, held, live, settled, conn, closed }) {
  if (conn === 'lost') return 'unknown';
  if (state.fault || !state.linked || state.status === 'ERROR') return 'fault';
  if (state.paused) return 'paused';
  if (state.binding && (settled || state.weighed)) return 'weighing';
  if (held?.state === 'called') return 'called';
  if (state.binding || onDeck(live)) return 'weighing';
  return closed ? 'paused' : 'idle';
}

/** What the figure shows: `stable`, `moving`, `zero`, `limit`, `over`, `under` or `none`. */
export function weightState({ state, live, isTrue }) {
  if (!live || !isTrue || !state.linked) return 'none';
  if (live.state === 'over' || live.state === 'under') return live.state;
  if (live.grams === null || live.state === 'none') return 'none';
  if (state.limitGrams && live.grams > state.limitGrams) return 'limit';
  return live.state;
}

/** The two steps of a visit: {first, second}, each {step: done|now|null, grams?, at?, word}. */
export function steps({ state, first, live, weight }) {
  const binding = state.binding;
  if (!binding) return { first: { step: null }, second: { step: null } };
  const halted = state.fault || !state.linked || state.paused;
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
