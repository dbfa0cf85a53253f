/**
 * Who may change something through the dashboard: its own page alone.
 *
 * A website can make a browser post to this machine. Such a request names the website as its Origin, and cannot carry the token of
 * this server: the token is in an answer that browsers let only a page of this server read.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import { HoneError } from "../../core/errors.ts";
import type { UiHono } from "./run-routes.ts";
import { json, problems } from "./ui-answers.ts";

/** The header in which a request shows the token. */
const TOKEN_HEADER = "x-hone-token";

/** Bytes of a request's body at most: a corrected answer is the longest there is. */
const BODY_BYTES = 4 * 2 ** 20;

const refuseLarge = (): never => {
  throw new HoneError("SERVE_BODY_TOO_LARGE", { limitBytes: BODY_BYTES });
};

/** What the page may do here. */
export interface WritePermissions {
  /** Whether it may start trainings. */
  readonly allowsTraining: boolean;
  /** Whether it may load models to chat with. */
  readonly allowsChat: boolean;
}

const session = z
  .object({
    token: z.string().describe(`shown as ${TOKEN_HEADER} by requests that change something`),
    allowsTraining: z.boolean().describe("whether trainings may be started from the page"),
    allowsChat: z.boolean().describe("whether the page may chat with checkpoints"),
  })
  .openapi("Session");

const sessionRoute = createRoute({
  method: "get",
  path: "/api/session",
  summary: "The token for requests that change something, and what may be changed",
  responses: { 200: json(session, "for this server, until it ends"), ...problems },
});

/** A request that only reads. */
const isRead = (method: string): boolean => method === "GET" || method === "HEAD";

/** Puts the check of requests that change something into the app, and the endpoint that gives the page its token. */
export function addWriting(app: UiHono, permissions: WritePermissions): void {
  const token = randomBytes(32).toString("base64url");
  app.use("/api/*", async (c, next) => {
    if (!isRead(c.req.method)) checkWrite(c.req.raw, token);
    await next();
  });
  app.use("/api/*", bodyLimit({ maxSize: BODY_BYTES, onError: refuseLarge }));
  app.openapi(sessionRoute, (c) => c.json({ token, ...permissions }, 200));
}

/** @throws UI_WRITE_REFUSED unless the request comes from a page of this server and shows its token */
function checkWrite(request: Request, token: string): void {
  const problem =
    siteProblem(request.headers) ?? typeProblem(request.headers) ?? tokenProblem(request, token);
  if (problem !== undefined) throw new HoneError("UI_WRITE_REFUSED", { problem });
}

/** Browsers say from where a request comes; programs say nothing. */
function siteProblem(headers: Headers): string | undefined {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin") return `its Sec-Fetch-Site is ${shown(site)}`;
  const origin = headers.get("origin");
  const host = URL.parse(origin ?? "")?.host;
  if (origin === null || (host !== undefined && host === headers.get("host"))) return undefined;
  return `its Origin is ${shown(origin)}, not this server`;
}

/** A form of another site can send any type but this one without being asked first. */
function typeProblem(headers: Headers): string | undefined {
  const type = headers.get("content-type") ?? "";
  const [media = ""] = type.split(";");
  if (media.trim().toLowerCase() === "application/json") return undefined;
  return `its Content-Type is ${type === "" ? "not given" : shown(type)}, not application/json`;
}

function tokenProblem(request: Request, token: string): string | undefined {
  const given = Buffer.from(request.headers.get(TOKEN_HEADER) ?? "");
  if (given.length === 0) return `it has no ${TOKEN_HEADER}`;
  const wanted = Buffer.from(token);
  const isSame = given.length === wanted.length && timingSafeEqual(given, wanted);
  return isSame ? undefined : `its ${TOKEN_HEADER} is not that of this server`;
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 200));
