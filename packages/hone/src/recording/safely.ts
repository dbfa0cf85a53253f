/** Keeps faults of recording away from the app. */
import { warnOnce } from "./warn-once.ts";

/** Runs code of recording. Where it throws, that is said once as a warning of the process, and undefined is returned. */
export function safely<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    warnOnce(error);
    return undefined;
  }
}
