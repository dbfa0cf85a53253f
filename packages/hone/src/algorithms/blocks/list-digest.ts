/** Long lists of options as a run records them: short, and different where the lists are. */
import { randomBits } from "../../core/random.ts";

/**
 * A list as a run's settings hold it, so that a resumed run notices other values without its folder holding all of them.
 * @param values  plain data; texts and numbers count as JSON writes them
 * @example listDigest([1, 2]); // "2 values, 5f3d09aa"
 */
export function listDigest(values: readonly unknown[]): string {
  const bits = randomBits(JSON.stringify(values)).toString(16).padStart(8, "0");
  return `${values.length} values, ${bits}`;
}
