/** How the dashboard's endpoints answer: JSON by a schema, and problems with their code. */
import type { z } from "@hono/zod-openapi";
import { HoneError, isHoneError } from "../../core/errors.ts";
import { problem } from "./ui-schemas.ts";

/** An answer of JSON, for the document of the endpoints. */
export const json = <S extends z.ZodType>(schema: S, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

/** What every endpoint may answer instead. */
export const problems = { default: json(problem, "what was wrong, with a code") } as const;

const statuses: Readonly<Record<string, number>> = {
  SERVE_DENIED: 401,
  SERVE_HOST_REFUSED: 403,
  SERVE_PATH_UNKNOWN: 404,
  RUN_NOT_FOUND: 404,
  TRACE_NOT_FOUND: 404,
};

/** The answer to a request that failed. An error without a code is the server's own fault, and is told to the operator alone. */
export function problemAnswer(error: unknown, onError: (error: unknown) => void): Response {
  if (!isHoneError(error)) onError(error);
  const known = isHoneError(error)
    ? error
    : new HoneError("UI_FAILED", { reason: "what the server printed says why" });
  const { code, message } = known;
  const status = statuses[code] ?? (isHoneError(error) ? 400 : 500);
  return Response.json({ error: { code, message } }, { status });
}
