/** The header Retry-After of HTTP: how long a server asks its clients to wait before they ask again. */

/**
 * Milliseconds of a Retry-After header, which holds seconds or a date; 0 for a date that has passed.
 * @returns undefined where there is no header, or it holds neither
 * @example retryAfterMs("2"); // 2000
 */
export function retryAfterMs(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined) return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(ms, 0) : undefined;
}
