/** Who may ask: the key, and without a key the names of this machine only. */
import { createHash, timingSafeEqual } from "node:crypto";
import { HoneError } from "../core/errors.ts";
import { isLoopback } from "./loopback.ts";

/**
 * Checks that the sender of a request may ask.
 *
 * Without a key, a website could reach the server by making its own name point at this machine, or by a form that posts to it.
 * The request then names that website as its Host or its Origin.
 *
 * @param key  the key of the server; undefined where none is asked for
 * @throws SERVE_DENIED, SERVE_HOST_REFUSED
 */
export function admit(request: Request, key: string | undefined): void {
  if (key === undefined) return checkNames(request);
  const given = request.headers.get("authorization") ?? "";
  const shown = /^Bearer +(.+)$/i.exec(given)?.[1] ?? request.headers.get("x-api-key") ?? "";
  if (timingSafeEqual(digest(shown.trim()), digest(key))) return;
  const problem = shown === "" ? "it carries no key" : "its key is not that of the server";
  throw new HoneError("SERVE_DENIED", { problem });
}

function checkNames(request: Request): void {
  const { hostname } = new URL(request.url);
  if (!isLoopback(hostname)) {
    throw new HoneError("SERVE_HOST_REFUSED", { header: "Host", got: hostname.slice(0, 200) });
  }
  const origin = request.headers.get("origin");
  if (origin === null || isLoopback(URL.parse(origin)?.hostname ?? "")) return;
  throw new HoneError("SERVE_HOST_REFUSED", { header: "Origin", got: origin.slice(0, 200) });
}

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
