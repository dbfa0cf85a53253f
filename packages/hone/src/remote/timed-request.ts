/** Requests that end when nothing comes any more. */
import { brokenOff, ServerAway } from "./server-away.ts";

/**
 * Sends a request, and returns its answer when that has begun.
 * @param quietMs  time until the answer begins at the latest, in ms
 * @throws ServerAway; the reason of the request's own signal
 */
export async function sendInTime(
  url: string,
  { signal, ...request }: Omit<RequestInit, "signal"> & { readonly signal?: AbortSignal },
  quietMs: number,
): Promise<Response> {
  const quiet = new AbortController();
  const reason = new ServerAway(`nothing came for ${Math.round(quietMs)} ms`);
  const timer = setTimeout(() => quiet.abort(reason), quietMs);
  const signals = signal === undefined ? [quiet.signal] : [quiet.signal, signal];
  try {
    return await fetch(url, { ...request, signal: AbortSignal.any(signals) });
  } catch (error) {
    signal?.throwIfAborted();
    return brokenOff(error);
  } finally {
    clearTimeout(timer);
  }
}
