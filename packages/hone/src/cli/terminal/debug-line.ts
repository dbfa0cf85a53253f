/** Lines for a search for a fault, which commands print on stderr where HONE_LOG is "debug". */
import { shownAddresses } from "../../core/shown-address.ts";
import { shownJson } from "./shown-text.ts";

/** Whether such lines are asked for. */
export const isDebug = (): boolean => process.env["HONE_LOG"] === "debug";

/** Names of values that are not printed. */
const secretName = /key$|token$|secret|password/i;

/**
 * One line: seconds since the process began, what it is about, and facts as JSON without keys and passwords.
 * @example debugLine("command", { name: "eval" }); // "[0.41 s] command {"name":"eval"}"
 */
export function debugLine(what: string, facts: Readonly<Record<string, unknown>>): string {
  const shown = shownJson(facts, hidden);
  return `[${(performance.now() / 1000).toFixed(2)} s] ${what} ${shown}`;
}

function hidden(name: string, value: unknown): unknown {
  if (typeof value !== "string") return value;
  return secretName.test(name) ? "…" : shownAddresses(value);
}
