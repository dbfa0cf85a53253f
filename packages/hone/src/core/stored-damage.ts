/** Which errors say that one part of a store is damaged, so that the other parts can still be read and written. */
import { type HoneError, isHoneError } from "./errors.ts";

const damages: readonly HoneError["code"][] = [
  "STORE_DAMAGED",
  "FILE_DAMAGED",
  "FORMAT_UNKNOWN_VERSION",
];

/** Whether the error concerns one part of a store. */
export const isDamage = (error: unknown): error is HoneError =>
  isHoneError(error) && damages.includes(error.code);
