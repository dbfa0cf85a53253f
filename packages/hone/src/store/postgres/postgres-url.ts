/** The address of a PostgreSQL database, as messages may show it. */
import { HoneError } from "../../core/errors.ts";
import { shownAddress } from "../../core/shown-address.ts";

/**
 * The address without its password.
 * @throws STORE_URL_INVALID for what is no URL; the error shows nothing of it, since it may hold a password
 * @example showUrl("postgres://ada:secret@db.example:5432/traces"); // "postgres://ada@db.example:5432/traces"
 */
export function showUrl(url: string): string {
  if (!URL.canParse(url)) {
    const problem = "it is no URL; letters such as / @ : in a password must be percent-encoded";
    const addresses = "an address such as postgres://user@host:5432/database";
    throw new HoneError("STORE_URL_INVALID", { url: "postgres://…", problem, addresses });
  }
  return shownAddress(url);
}
