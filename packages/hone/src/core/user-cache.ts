/** Where hone keeps what it can make again, for the user who runs it. */
import { homedir } from "node:os";
import { join } from "node:path";

/** @example userCache("sandbox"); // XDG_CACHE_HOME/hone/sandbox, else ~/.cache/hone/sandbox */
export const userCache = (subject: string): string =>
  join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "hone", subject);
