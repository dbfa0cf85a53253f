/** Errors of SQLite as errors with a code. */
import { closeSync, openSync, statSync } from "node:fs";
import { HoneError, isHoneError } from "../../core/errors.ts";
import { systemCode, writeError } from "../../formats/write-error.ts";

/** Primary result codes (sqlite.org/rescode.html). */
const busy = 5;
const locked = 6;
const readOnly = 8;
const ioError = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

function resultCode(error: unknown): number | undefined {
  const code = (error as { readonly errcode?: unknown } | null)?.errcode;
  // The extended codes keep the primary one in their lowest byte.
  return typeof code === "number" ? code & 0xff : undefined;
}

/** Whether another connection holds a lock, so that the same statement may succeed later. */
export const isLocked = (error: unknown): boolean =>
  resultCode(error) === busy || resultCode(error) === locked;

/** The error as DISK_FULL, WRITE_FAILED or STORE_DAMAGED; an error that is none of these stays as it is. */
export function sqliteError(error: unknown, store: string): unknown {
  if (isHoneError(error)) return error;
  const path = store.replace(/^sqlite:/, "");
  const reason = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  switch (resultCode(error)) {
    case full:
      return new HoneError("DISK_FULL", { path }, options);
    case cannotOpen: {
      const facts = { path, reason: openProblem(path) ?? reason };
      return new HoneError("WRITE_FAILED", facts, options);
    }
    case readOnly:
    case ioError:
      return new HoneError("WRITE_FAILED", { path, reason }, options);
    case corrupt:
    case notADatabase:
      return new HoneError("STORE_DAMAGED", { store, problem: reason }, options);
    case undefined:
      return writeError(error, path);
    default:
      return error;
  }
}

/** Why a file cannot be opened; SQLite's own error does not tell. */
function openProblem(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return "it is a folder";
    closeSync(openSync(path, "r+"));
    return undefined;
  } catch (error) {
    // The folder is there, as `demandFolder` has checked.
    if (systemCode(error) === "ENOENT") return "no file can be made in its folder";
    return (writeError(error, path) as HoneError<"WRITE_FAILED">).facts.reason;
  }
}
