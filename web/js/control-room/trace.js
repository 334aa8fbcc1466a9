// The last 20 s of a signal as a path: shows settling; a gap is a gap.

export const traceMillis = 20_000;
const gapMillis = 1500;
const width = 200, floor = 39, height = 36;

export function keepTrace(points, at, grams) {
  points.push({ at, grams });
  while (points.length && at - points[0].at > traceMillis) points.shift();
}

/** `limitGrams` has its own line, or null. The scale fits what is there, ten tonnes at least. */
export function tracePaths(points, now, limitGrams) {
  const top = Math.max(10_000_000, limitGrams ?? 0, ...points.map(point => point.grams ?? 0)) * 1.05;
  const y = grams => (floor - Math.max(0, grams) / top * height).toFixed(1);
  let path = '', last = null;
  for (const { at, grams } of points) {
    if (grams == null) { last = null; continue; }   // an edge without a signal leaves it out
    const x = (width - (now - at) / traceMillis * width).toFixed(1);
    path += `${last === null || at - last > gapMillis ? 'M' : 'L'}${x} ${y(grams)}`;
    last = at;
  }
  return { path, limit: limitGrams ? `M0 ${y(limitGrams)}H${width}` : '' };
}
