/** Sampling: a trace's id alone decides whether it is recorded, so every process and every attempt decides the same. */

/**
 * True for ids of traces to record: about a share `rate` of all ids.
 *
 *     FNV-1a(id), mixed, / 2³² < rate
 *
 * @param rate  share of traces to keep, 0 to 1
 * @source Fowler, Noll, Vo: FNV-1a, 32 bits; the mixer is MurmurHash3's finalizer (Appleby)
 * @example isSampled("4bf92f3577b34da6a3ce929d0e0e4736", 1); // true
 */
export function isSampled(id: string, rate: number): boolean {
  if (rate >= 1) return true;
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i++) hash = Math.imul(hash ^ id.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < rate;
}
