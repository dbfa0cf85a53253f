/** How the dashboard's endpoints answer: JSON by a schema, and problems with their code. */
import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { HoneError, isHoneError } from "../../core/errors.ts";
import { problem } from "./ui-schemas.ts";

/** An answer of JSON, for the document of the endpoints. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** What every endpoint may answer instead. */
export const problems = { default: json(problem, "what was wrong, with a code") } as const;

/** What is the sender's to change. Everything else is the server's: a store that is locked, a damaged file. */
const statuses: Readonly<Record<string, ContentfulStatusCode>> = {
  UI_REQUEST_INVALID: 400,
  TRACE_QUERY_INVALID: 400,
  SERVE_DENIED: 401,
  SERVE_HOST_REFUSED: 403,
  UI_WRITE_REFUSED: 403,
  SERVE_PATH_UNKNOWN: 404,
  RUN_NOT_FOUND: 404,
  TRACE_NOT_FOUND: 404,
};

/** The answer to a request that failed, with the headers of every answer. The operator is told of what the sender cannot change. */
export function problemAnswer(
  c: Context,
  error: unknown,
  onError: (error: unknown) => void,
): Response {
  const known = isHoneError(error)
    ? error
    : new HoneError("UI_FAILED", { reason: "what the server printed says why" });
  const { code, message } = known;
  const status = statuses[code] ?? 500;
  if (status === 500) onError(error);
  return c.json({ error: { code, message } }, status);
}
