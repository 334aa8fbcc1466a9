// One finished slip and what became of it: snapshot + event → new state, and the sheet that shows it.
import { flat } from './slip.js';

export function ticket(state, { name, data }) {
  switch (name) {
    case 'issued':
      return { ...state, slip: data.slip };
    case 'corrected':
      return { ...state, corrected: data.change.after, history: [...state.history, data.change] };
    case 'voided':
      return { ...state, voided: data };
    case 'reprinted':
      return { ...state, reprints: data.count, lastReprint: { by: data.by, at: data.at } };
    default:
      return state;
  }
}

/** As it is printed. `known` is the slip from REST: names of people, and the yard. */
export function sheetOf({ slip, corrected, history, voided, reprints, lastReprint }, known) {
  return {
    ...known, ...flat(slip), ...corrected,
    driverName: known.driverName, history, voided, reprints, lastReprint, version: history.length + 1, state: voided ? 'VOID' : 'COMPLETE',
  };
}
