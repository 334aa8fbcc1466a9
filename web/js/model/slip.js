// A finished slip comes in two shapes: the register keeps who and what under `load`, REST lists it flat with what became of it.

/** The flat one, of either; null of nothing. */
export function flat(slip) {
  if (!slip) return null;
  const { load, ...rest } = slip;
  const manual = [slip.first, slip.second].some(weighing => weighing?.source === 'MANUAL');
  return { state: 'COMPLETE', version: 1, reprints: 0, manual, ...load, ...rest };
}
