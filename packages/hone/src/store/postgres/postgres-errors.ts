/** Errors of PostgreSQL and its client as errors with a code. */
import { HoneError, isHoneError, messageOf } from "../../core/errors.ts";
import { isFull, systemCode } from "../../formats/write-error.ts";
import { TraceAppeared } from "../sql/sql-inserts.ts";

/** States (appendix A of PostgreSQL's manual) that mean: the server cannot be reached, and may be later. */
const connectionStates = [
  /^08/, // connection exceptions
  /^57P0[1-3]$/, // shutting down, crashed, not yet up
  /^53300$/, // too many connections
];
/** SQLSTATE codes of a transaction that failed because of another one: it may succeed when it is run again. */
const conflictStates = [/^40001$/, /^40P01$/]; // serialization failure, deadlock

/** Codes of the operating system that mean: the server cannot be reached. */
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

/** Messages of the client, without a code, that mean: the connection is gone. */
const goneMessages = /Connection terminated|timeout exceeded when trying to connect|not queryable/;

/** Whether the server could not be reached, so that the statement is to be run again on a new connection. */
export function isUnreachable(error: unknown): boolean {
  const code = systemCode(error) ?? "";
  return (
    connectionStates.some((state) => state.test(code)) ||
    networkCodes.has(code) ||
    goneMessages.test(messageOf(error))
  );
}

/** Whether another transaction came in between, so that this one is to be run again. */
export const isConflict = (error: unknown): boolean =>
  error instanceof TraceAppeared ||
  conflictStates.some((state) => state.test(systemCode(error) ?? ""));

/** The error as STORE_REFUSED, DISK_FULL, WRITE_FAILED, TRACE_INVALID or STORE_DAMAGED; another error stays as it is. */
export function postgresError(error: unknown, store: string): unknown {
  if (isHoneError(error)) return error;
  const code = systemCode(error) ?? "";
  const reason = messageOf(error);
  const options = { cause: error };
  if (/^28|^3D000$|^42501$/.test(code)) {
    return new HoneError("STORE_REFUSED", { store, reason }, options);
  }
  // The client's message, without a code, when the server asks for a password and none was given.
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
