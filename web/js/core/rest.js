// REST under /api/v1: the envelope, Korean errors, and one retry after a token refresh.

/** A request that hangs would hold up whoever waits for it, a reconnect for one. */
export const answerWithinMillis = 10_000;

export class RestError extends Error {
  constructor({ code, message, status, retryAfter, params }) {
    super(message || '요청이 거절됨');
    Object.assign(this, { code, status, retryAfter, params });
  }
}

/** `data` of a successful answer; RestError when the hub refused; any other error when it did not answer in time. */
export async function request(path, { method = 'GET', body, token } = {}) {
  const response = await fetch(`/api/v1${path}`, {
    method,
    cache: 'no-store',
    signal: AbortSignal.timeout(answerWithinMillis),
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...(token && { Authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  const answer = await response.json().catch(() => null);
  if (response.ok && answer?.success) return answer.data;
  throw new RestError({ status: response.status, retryAfter: Number(response.headers.get('Retry-After')) || 0, ...answer?.error });
}

/** With the account of this page; a 401 is tried once more with a fresh token. */
export async function get(auth, path) {
  const token = await auth.token();
  try {
    return await request(path, { token });
  } catch (error) {
    if (error.status !== 401) throw error;
    const fresh = await auth.refresh();
    if (!fresh) throw error;
    return request(path, { token: fresh });
  }
}

/** Lists come bare or as {items, pagination}. */
export const itemsOf = data => Array.isArray(data) ? data : data?.items ?? [];
