/** Addresses of PostgreSQL databases, as they may be shown. */
import { HoneError } from "../core/errors.ts";

/**
 * The address without its password.
 * @throws STORE_URL_INVALID, which shows nothing of what may hold one
 * @example showUrl("postgres://ada:secret@db.example:5432/traces"); // "postgres://ada@db.example:5432/traces"
 */
export function showUrl(url: string): string {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (error) {
    const problem = "it is no URL; letters such as / @ : in a password must be percent-encoded";
    // Without the cause, whose message repeats the address.
    void error;
    throw new HoneError("STORE_URL_INVALID", { url: "postgres://…", problem });
  }
  parsed.password = "";
  for (const name of [...parsed.searchParams.keys()]) {
    if (/password|secret|token/i.test(name)) parsed.searchParams.delete(name);
  }
  return parsed.href;
}
