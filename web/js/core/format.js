// How values are written: weights, times, ages, plates. Pure; Korea has one zone and no daylight saving.

const zoneMillis = 9 * 3600_000;
const weekdays = ['일', '월', '화', '수', '목', '금', '토'];

/** 25340000 g → "25,340". The unit stands beside it. */
export function kg(grams) {
  return group(Math.round(grams / 1000));
}

/** Totals only: 3284100000 g → "3,284.1" tonnes. */
export function tonnes(grams) {
  const tenths = Math.round(grams / 100_000);
  return `${group(Math.trunc(tenths / 10))}.${Math.abs(tenths % 10)}`;
}

function group(number) {
  const digits = String(Math.abs(number)).replace(/\B(?=(\d{3})+$)/g, ',');
  return number < 0 ? `−${digits}` : digits;
}

/** "25,340" or "25.34 t"? Only whole kilograms count: "25,340 kg" → 25340000 g, anything else null. */
export function gramsFromKg(text) {
  const digits = String(text).trim().replace(/\s*kg$/i, '').replace(/,/g, '');
  return /^\d{1,6}$/.test(digits) ? Number(digits) * 1000 : null;
}

function korean(millis) {
  return new Date(millis + zoneMillis);
}

const two = number => String(number).padStart(2, '0');

export function hour(millis) {
  return korean(millis).getUTCHours();
}

/** 14:32 */
export function clock(millis) {
  const at = korean(millis);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
}

/** 14:32:07 */
export function clockSeconds(millis) {
  return `${clock(millis)}:${two(korean(millis).getUTCSeconds())}`;
}

/** 2026-11-20 */
export function isoDate(millis) {
  return korean(millis).toISOString().slice(0, 10);
}

/** "2026-11-20" → its last millisecond in Korea. */
export function endOfDay(date) {
  return Date.parse(`${date}T23:59:59.999+09:00`);
}

/** 11월 20일, 11월 20일 (금) */
export function day(millis, withWeekday = false) {
  const at = korean(millis);
  const text = `${at.getUTCMonth() + 1}월 ${at.getUTCDate()}일`;
  return withWeekday ? `${text} (${weekdays[at.getUTCDay()]})` : text;
}

export function weekday(millis) {
  return weekdays[korean(millis).getUTCDay()];
}

/** A length of time as people say it: 38초, 1분 12초, 6분, 2시간 5분. */
export function span(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) return `${seconds}초`;
  if (seconds < 3600) return seconds % 60 ? `${Math.floor(seconds / 60)}분 ${seconds % 60}초` : `${seconds / 60}분`;
  const minutes = Math.floor(seconds / 60);
  return minutes % 60 ? `${Math.floor(minutes / 60)}시간 ${minutes % 60}분` : `${minutes / 60}시간`;
}

/** How old what you are looking at is: "0.4초 전 자료", "7초 전 자료", "1분 12초 전 자료". */
export function age(millis) {
  return millis < 3000 ? `${(Math.max(0, millis) / 1000).toFixed(1)}초 전 자료` : `${span(millis)} 전 자료`;
}

/** 3:42, never below 0:00. */
export function countdown(millis) {
  const seconds = Math.max(0, Math.ceil(millis / 1000));
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

/** 182 s → 3:02 */
export function minutes(seconds) {
  return countdown(Math.round(seconds) * 1000);
}

/**
 * 부산82바3345 → {region: "부산", series: "82", letter: "바", last: "3345"}.
 * What is not of that form (temporary, military, old machines) stays whole in `region`.
 */
export function plate(text) {
  const whole = String(text ?? '').replace(/\s/g, '');
  const parts = /^([가-힣]{2})?(\d{2,3})([가-힣])(\d{4})$/.exec(whole);
  if (!parts) return { region: whole, series: '', letter: '', last: '' };
  return { region: parts[1] ?? '', series: parts[2], letter: parts[3], last: parts[4] };
}

/** As it is spoken: "부산82바 3345". */
export function plateText(text) {
  const { region, series, letter, last } = plate(text);
  return last ? `${region}${series}${letter} ${last}` : region;
}
