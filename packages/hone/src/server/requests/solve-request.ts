/** Reads the requests of POST /solve and POST /feedback. */
import type { Context } from "hono";
import { z } from "zod";
import { HoneError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { fieldError } from "../provider-errors.ts";
import { optionalJsonBody } from "../request-json.ts";
import { checked } from "./checked-request.ts";

/** Bytes of a body of /solve or /feedback at most, where the server's own limit is higher. */
const maxBodyBytes = 2 ** 20;

/** Characters of a problem at most. */
const maxProblem = 20_000;

const problemField = z
  .string()
  .max(maxProblem, `it has more than ${maxProblem} characters`)
  .refine((text) => text.trim() !== "", "it is empty")
  .refine((text) => text.isWellFormed(), "it is not valid Unicode")
  .refine((text) => !/\p{Cc}/u.test(text.replace(/[\t\n\r]/g, "")), "it has control characters");

const solving = z.strictObject({ problem: problemField, cache: z.boolean().optional() });

/** A problem, and whether it may be answered from the cache. */
export interface SolveRequest {
  readonly problem: string;
  readonly useCache: boolean;
}

/**
 * The problem of a request: in its JSON body, or as `?problem=` in its address.
 * @throws SERVE_FIELD_INVALID, SERVE_JSON_INVALID, SERVE_BODY_TOO_LARGE
 */
export async function readSolve(c: Context, limitBytes: number): Promise<SolveRequest> {
  const body = await optionalJsonBody(c.req.raw, Math.min(limitBytes, maxBodyBytes));
  const { problem, cache = true } = checked(solving, { ...queryFields(c, body), ...body });
  return { problem, useCache: cache };
}

/** @throws SERVE_FIELD_INVALID for another parameter than `problem`, and for a problem that is given twice */
function queryFields(c: Context, body: JsonObject): JsonObject {
  const given = c.req.queries();
  const unknown = Object.keys(given).find((name) => name !== "problem");
  if (unknown !== undefined) throw fieldError(unknown.slice(0, 100), "unknown", "is not known");
  const problems = given["problem"] ?? [];
  if (problems.length + (body["problem"] === undefined ? 0 : 1) > 1) {
    throw fieldError("problem", "value", "is given twice");
  }
  return problems.length === 0 ? {} : { problem: problems[0]! };
}

const rating = z.strictObject({
  id: z.string().min(1).max(200),
  rating: z.number().min(1).max(5),
  comment: z.string().max(2000).optional(),
  author: z.string().min(1).max(200).optional(),
});

/** A rating as it was sent. */
export type FeedbackRequest = z.infer<typeof rating>;

/** @throws SERVE_FIELD_INVALID, SERVE_JSON_INVALID, SERVE_BODY_TOO_LARGE */
export async function readFeedback(c: Context, limitBytes: number): Promise<FeedbackRequest> {
  return checked(rating, await optionalJsonBody(c.req.raw, Math.min(limitBytes, maxBodyBytes)));
}

/** The error of a server that was started without what the path needs. */
export const absent = (path: "/solve" | "/feedback", needs: string): HoneError =>
  new HoneError("SERVE_SOLVE_ABSENT", { path, needs });
