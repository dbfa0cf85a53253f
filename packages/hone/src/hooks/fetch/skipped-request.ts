/** Tells of requests to models that cannot be recorded, since their bodies cannot be read. */
import { HoneError } from "../../core/errors.ts";
import { warnOnce } from "../../recording/warn-once.ts";

/** Why a body that is kept as it is written is not whole. */
export const tooLong = "its body is longer than 8 MiB";

/** @param address  of the request; only its path is told */
export function warnOfSkipped(address: string, reason: string): void {
  const path = URL.canParse(address, "http://x") ? new URL(address, "http://x").pathname : address;
  warnOnce(new HoneError("REQUEST_NOT_RECORDED", { path, reason }));
}

/** True for headers that say that the body is JSON, as those of all requests to models do. */
export const saysJson = (contentType: unknown): boolean => /\bjson\b/i.test(String(contentType));
