// One finished slip: snapshot + event → new state.

export function ticket(state, { name, data, at }) {
  switch (name) {
    case 'issued':
      return { history: [], voided: null, ...data.slip };
    case 'corrected':
      return { ...state, ...data.after, version: data.version, history: [...state.history ?? [], { ...data, at: data.at ?? at }] };
    case 'voided':
      return { ...state, state: 'VOID', voided: { by: data.by, reason: data.reason, at: data.at ?? at } };
    case 'reprinted':
      return { ...state, reprints: data.count, lastReprint: { by: data.by, at: data.at ?? at } };
    default:
      return state;
  }
}
