/** What goes wrong in recording is said once and costs the app nothing. */
import { warnOnce } from "./warn-once.ts";

/** The result, or undefined where it threw. */
export function safely<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    warnOnce(error);
    return undefined;
  }
}
