/** Addresses of PostgreSQL databases, as they may be shown. */
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";

/**
 * The address without its password.
 * @throws STORE_URL_INVALID, which shows nothing of what may hold one
 * @example showUrl("postgres://ada:secret@db.example:5432/traces"); // "postgres://ada@db.example:5432/traces"
 */
export function showUrl(url: string): string {
  if (!URL.canParse(url)) {
    const problem = "it is no URL; letters such as / @ : in a password must be percent-encoded";
    throw new HoneError("STORE_URL_INVALID", { url: "postgres://…", problem });
  }
  return shownAddress(url);
}
