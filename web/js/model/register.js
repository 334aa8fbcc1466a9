// The yard's book as staff see it: today's figures, open tickets, last slips, refused weighings. One open ticket per truck.

const recentMax = 20;
const refusedMax = 20;
export const nothingToday = { count: 0, completed: 0, netGrams: 0, seconds: 0, timedCount: 0, hours: Array(24).fill(0) };

export function register(state, { name, data }) {
  switch (name) {
    case 'dayChanged':
      return { ...state, date: data.date, today: nothingToday };
    case 'firstWeighed': {
      const next = closed(state, data.ticket.load);
      return { ...next, today: { ...state.today, count: state.today.count + 1 }, open: [...next.open, data.ticket] };
    }
    case 'completed': {
      const { slip } = data;
      const next = closed(state, slip.load);
      return { ...next, today: counted(state.today, data), recent: [slip, ...state.recent].slice(0, recentMax) };
    }
    case 'weighingRefused':
      return { ...state, refused: [...state.refused, data.refusal].slice(-refusedMax) };
    case 'openCancelled':
      return closed(state, data.load);
    default:
      return state;
  }
}

/** Its open ticket is over, and what was refused of this truck needs nobody any more. */
function closed(state, { vehicle }) {
  const others = list => list.filter(item => item.load.vehicle !== vehicle);
  return { ...state, open: others(state.open), refused: others(state.refused) };
}

/** `hour` is the site's; a weighing that nobody called for has no `processSeconds`. */
function counted(today, { slip, hour, processSeconds }) {
  const isTimed = processSeconds !== undefined && processSeconds !== null;
  return {
    ...today,
    completed: today.completed + 1,
    netGrams: today.netGrams + slip.netGrams,
    seconds: today.seconds + (isTimed ? processSeconds : 0),
    timedCount: today.timedCount + (isTimed ? 1 : 0),
    hours: today.hours.map((count, index) => index === hour ? count + 1 : count),
  };
}

export const averageSeconds = today => today.timedCount ? today.seconds / today.timedCount : null;

/** The first weighing of the truck now on a deck: of its open ticket, or of the slip that it has just become. */
export function firstWeighing(state, binding) {
  const ofTruck = item => item.load.vehicle === binding?.vehicle;
  return (state?.open.find(ofTruck) ?? state?.recent.find(ofTruck))?.first;
}
