// The yard's book as staff see it: today's figures, open tickets, last slips, refused weighings.
import { hour } from '../core/format.js';

const recentMax = 20;
const nothingToday = () => ({ count: 0, completed: 0, netGrams: 0, averageSeconds: 0, hours: Array(24).fill(0) });

export function register(state, { name, data }) {
  switch (name) {
    case 'firstWeighed': {
      const today = { ...state.today, count: state.today.count + 1 };
      return { ...without(state, data.ticket.visit), today, open: [...state.open.filter(ticket => ticket.visit !== data.ticket.visit), data.ticket] };
    }
    case 'completed':
      return completed(state, data);
    case 'weighingRefused':
      return { ...state, refused: [...state.refused.filter(item => item.visit !== data.visit), data] };
    case 'openCancelled':
      return { ...without(state, data.visit), open: state.open.filter(ticket => ticket.visit !== data.visit) };
    default:
      return state;
  }
}

/** What was refused and has since been weighed needs nobody any more. */
const without = (state, visit) => ({ ...state, refused: state.refused.filter(item => item.visit !== visit) });

function completed(state, { slip, processSeconds }) {
  const newDay = slip.date !== state.date;
  const was = newDay ? nothingToday() : state.today;
  const wasOpen = state.open.some(ticket => ticket.visit === slip.visit);
  const hours = was.hours.map((count, index) => index === hour(slip.completedAt) ? count + 1 : count);
  const seconds = processSeconds ?? was.averageSeconds;
  const today = {
    ...was,
    count: was.count + (wasOpen && !newDay ? 0 : 1),
    completed: was.completed + 1,
    netGrams: was.netGrams + slip.netGrams,
    averageSeconds: (was.averageSeconds * was.completed + seconds) / (was.completed + 1),
    hours,
  };
  return {
    ...without(state, slip.visit),
    date: slip.date,
    today,
    open: state.open.filter(ticket => ticket.visit !== slip.visit),
    recent: [slip, ...state.recent.filter(held => held.number !== slip.number)].slice(0, recentMax),
  };
}

/** The first weighing of the truck now on a deck. */
export const openTicket = (state, binding) => state?.open.find(ticket => ticket.visit === binding?.visit);
