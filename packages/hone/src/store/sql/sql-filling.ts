/** What migrations share that fill new columns from the JSON of stored heads and spans. */
import { isHoneError } from "../../core/errors.ts";

/** Number of rows that the filling of new columns holds in memory. */
export const filledAtOnce = 500;

/** What reading gives; undefined for what cannot be read. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyntaxError || isHoneError(error)) return undefined;
    throw error;
  }
}
