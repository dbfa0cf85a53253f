/** What PostgreSQL and its client say, as errors with a code. */
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { isFull, systemCode } from "../../formats/write-error.ts";
import { TraceAppeared } from "../sql/sql-inserts.ts";

/** Classes and codes of PostgreSQL (appendix A of its manual) after which the same again may do. */
const connectionStates = [
  /^08/, // connection exceptions
  /^57P0[1-3]$/, // shutting down, crashed, not yet up
  /^53300$/, // too many connections
];
const conflictStates = [/^40001$/, /^40P01$/]; // serialization failure, deadlock

/** Of the operating system. */
const networkCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ENOENT",
]);

/** The client says so in words only. */
const goneMessages = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

/** The server is away, or was: the connection is to be made again. */
export function isUnreachable(error: unknown): boolean {
  const code = systemCode(error) ?? "";
  return (
    connectionStates.some((state) => state.test(code)) ||
    networkCodes.has(code) ||
    goneMessages.test(messageOf(error))
  );
}

/** Another writer came in between; the transaction is to be done again. */
export const isConflict = (error: unknown): boolean =>
  error instanceof TraceAppeared ||
  conflictStates.some((state) => state.test(systemCode(error) ?? ""));

/** STORE_REFUSED, DISK_FULL, WRITE_FAILED, TRACE_INVALID or STORE_DAMAGED; anything else passes through as it is. */
export function postgresError(error: unknown, store: string): unknown {
  if (isHoneError(error)) return error;
  const code = systemCode(error) ?? "";
  const reason = messageOf(error);
  const options = { cause: error };
  if (/^28|^3D000$|^42501$/.test(code)) {
    return new HoneError("STORE_REFUSED", { store, reason }, options);
  }
  // The client's own words, with no code, for a server that asks for a password when none was given.
  if (reason.startsWith("SASL")) {
    const asks = "it asks for a password and none, or an empty one, was given";
    return new HoneError("STORE_REFUSED", { store, reason: asks }, options);
  }
  if (code === "53100" || isFull(code)) return new HoneError("DISK_FULL", { path: store }, options);
  if (code === "25006") return new HoneError("WRITE_FAILED", { path: store, reason }, options);
  if (code === "54000") {
    const problem = `a name or an id in it is too long for an index of PostgreSQL (${reason})`;
    return new HoneError("TRACE_INVALID", { name: "batch", problem }, options);
  }
  if (/^XX00[12]$/.test(code)) {
    return new HoneError("STORE_DAMAGED", { store, problem: reason }, options);
  }
  return error;
}
