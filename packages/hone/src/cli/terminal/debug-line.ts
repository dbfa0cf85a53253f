/** Lines for a search for a fault, which commands print on stderr where HONE_LOG is "debug". */
import { withoutSecrets } from "../../app/recording/without-secrets.ts";
import { shownAddresses } from "../../core/shown-address.ts";
import { shownJson } from "./shown-text.ts";

/** Names of values that are not printed, whatever they are. */
const secretName = /key$|token$|secret|password/i;

/**
 * One line: seconds since the process began, what it is about, and facts as JSON without keys and passwords, and without what
 * the recorder takes out of texts, such as the keys in a command line.
 * @example debugLine("command", { name: "eval" }); // "[0.41 s] command {"name":"eval"}"
 */
export function debugLine(what: string, facts: Readonly<Record<string, unknown>>): string {
  // Addresses come first: they are shown without the password, and not with a mark in its place.
  const plain: unknown = JSON.parse(JSON.stringify(facts, hidden));
  const shown = shownJson(withoutSecrets(plain), hidden);
  return `[${(performance.now() / 1000).toFixed(2)} s] ${what} ${shown}`;
}

function hidden(name: string, value: unknown): unknown {
  if (secretName.test(name) && value !== undefined) return "…";
  return typeof value === "string" ? shownAddresses(value) : value;
}
