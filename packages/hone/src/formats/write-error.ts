/** Turns errors of the file system into errors with a code and a way out. */
import { HoneError, isHoneError } from "../core/errors.ts";

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOENT: "its folder does not exist",
  ENOTDIR: "a part of the path is a file",
  ENAMETOOLONG: "the name is too long",
};

/** An error of the system as DISK_FULL or WRITE_FAILED naming `path`; every other error as it is. */
export function writeError(error: unknown, path: string): unknown {
  if (isHoneError(error)) return error;
  const code = systemCode(error);
  if (code === undefined) return error;
  if (isFull(code)) return new HoneError("DISK_FULL", { path }, { cause: error });
  const reason = reasons[code] ?? (error as Error).message;
  return new HoneError("WRITE_FAILED", { path, reason }, { cause: error });
}

/** True for the system's codes of a full disk or a used quota. */
export const isFull = (code: string | undefined): boolean => code === "ENOSPC" || code === "EDQUOT";

/** The reason in words for codes by which the system denies this user access; undefined for other codes. */
export function refusal(code: string | undefined): string | undefined {
  return code === "EACCES" || code === "EPERM" || code === "EROFS" ? reasons[code] : undefined;
}

/** The system's code of an error or of its cause, such as "ENOSPC". */
export function systemCode(error: unknown): string | undefined {
  for (let e = error, depth = 0; e instanceof Error && depth < 5; e = e.cause, depth++) {
    const code = (e as NodeJS.ErrnoException).code;
    if (!isHoneError(e) && typeof code === "string") return code;
  }
  return undefined;
}
