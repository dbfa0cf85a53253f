/** The renormalised log-probs of a distribution that was cut, in the exact doubles. */
import { type KeptSet, writeKept } from "../core/kept-tokens.ts";

/** The log-probs among the kept tokens, −∞ for the others; those of all where nothing was cut. */
export function keptLogProbs(logProbs: Float64Array, kept: KeptSet): Float64Array {
  if (kept === "") return logProbs;
  const mask = new Uint8Array(logProbs.length);
  writeKept(kept, mask);
  const mass = logProbs.reduce((sum, one, v) => sum + mask[v]! * Math.exp(one), 0);
  return logProbs.map((one, v) => (mask[v] === 1 ? one - Math.log(mass) : -Infinity));
}
