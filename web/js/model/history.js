// The driver's list of slips: which one the address means, and what is said about the list.

/** The number in "#slips/WR…", or null: an address can be cut short or made up by anybody. */
export function numberOf(hash) {
  if (!hash.startsWith('#slips/')) return null;
  try {
    return decodeURIComponent(hash.slice(7)) || null;
  } catch {
    return null;
  }
}

/** `shown` of `total` came; the hub sends only so many at once. */
export function historyNote({ shown, total, isEmpty, isLoaded }) {
  if (isEmpty) return isLoaded ? '아직 전표가 없어요.' : '불러오는 중이에요.';
  return total > shown ? `${total}건 가운데 최근 ${shown}건만 보여요.` : '';
}
