// A finished slip comes in two shapes: the register keeps who and what under `load`, REST lists it flat with what became of it.
import { isoDate } from '../core/format.js';

/** The flat one, of either; null of nothing. */
export function flat(slip) {
  if (!slip) return null;
  const { load, ...rest } = slip;
  const manual = [slip.first, slip.second].some(weighing => weighing?.source === 'MANUAL');
  return { state: 'COMPLETE', version: 1, reprints: 0, manual, ...load, ...rest };
}

/** A date as it is printed, of milliseconds or of a date. */
export const dateOf = value => typeof value === 'number' ? isoDate(value) : value;

/**
 * Gross, then tare: [{kind, pass, grams, weighing?, mark?}]. `pass` is 1차, 2차 or 등록; `mark` {word, date?} says that a
 * weight was not read from the scale: typed in by hand (수기), or the stored tare (PT), and when.
 */
export function weightsOf(slip) {
  const measured = (kind, grams) => {
    const isFirst = slip.first?.grams === grams;
    const weighing = isFirst ? slip.first : slip.second;
    const mark = weighing?.source === 'MANUAL' ? { word: '수기', date: dateOf(weighing.at) } : null;
    return { kind, pass: isFirst ? '1차' : '2차', grams, weighing, mark };
  };
  const stored = { kind: '공차중량', pass: '등록', grams: slip.tareGrams, mark: { word: 'PT', date: dateOf(slip.tareDate) } };
  return [measured('총중량', slip.grossGrams), slip.tareSource === 'PT' ? stored : measured('공차중량', slip.tareGrams)];
}

/** Those rows for a phone: [[name, value]], each mark on a line of its own. */
export function phoneRows(slip, kilograms) {
  return weightsOf(slip).flatMap(({ kind, pass, grams, mark }) => [
    [`${kind} (${pass})`, kilograms(grams)],
    ...(mark ? [[mark.word === 'PT' ? 'PT 등록공차' : '수기 입력', mark.date ?? '날짜 없음']] : []),
  ]);
}

/** A deduction is printed when there was one to speak of: a line of zeroes would claim that somebody looked. */
export const hasDeduction = slip => slip.deductionGrams !== undefined && slip.deductionGrams !== null;
