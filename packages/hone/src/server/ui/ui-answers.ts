/** How the dashboard's endpoints answer: JSON by a schema, and problems with their code. */
import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
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
  OPTION_INVALID: 400,
  QUEUE_ANSWER_INVALID: 400,
  TRACE_QUERY_INVALID: 400,
  EVALUATIONS_DIFFER: 400,
  SERVE_DENIED: 401,
  SERVE_HOST_REFUSED: 403,
  UI_WRITE_REFUSED: 403,
  UI_TRAINING_OFF: 403,
  UI_CHAT_OFF: 403,
  SERVE_PATH_UNKNOWN: 404,
  RUN_NOT_FOUND: 404,
  TRACE_NOT_FOUND: 404,
  AUDIT_NO_ROLLOUTS: 404,
  AUDIT_STEP_UNKNOWN: 404,
  AUDIT_ROLLOUT_UNKNOWN: 404,
  STORE_NOT_FOUND: 404,
  TRACES_NONE: 404,
  TRACES_NO_TASKS: 404,
  EVALUATION_NOT_FOUND: 404,
  QUEUE_NOT_FOUND: 404,
  QUEUE_ITEM_UNKNOWN: 404,
  QUEUE_EXISTS: 409,
  QUEUE_EMPTY: 409,
  QUEUE_TOO_FEW: 409,
  UI_STORE_MISSING: 409,
  UI_TRAINING_BUSY: 409,
  UI_CHAT_BUSY: 409,
  SERVE_BODY_TOO_LARGE: 413,
};

/** The answer to a request that failed, with the headers of every answer. The operator is told of what the sender cannot change. */
export function problemAnswer(
  c: Context,
  error: unknown,
  onError: (error: unknown) => void,
): Response {
  const known = isHoneError(error) ? error : asProblem(error);
  const { code, message } = known;
  const status = statuses[code] ?? 500;
  if (status === 500) onError(error);
  return c.json({ error: { code, message } }, status);
}

/** The framework's own refusals, such as of a body that is no JSON, are the sender's to change. */
function asProblem(error: unknown): HoneError {
  if (error instanceof HTTPException && error.status < 500)
    return new HoneError("UI_REQUEST_INVALID", { where: "body", problem: error.message });
  return new HoneError("UI_FAILED", { reason: "what the server printed says why" });
}
