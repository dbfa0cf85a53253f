/** Reads requests of OpenAI's Completions, which continue plain text. */
import { z } from "zod";
import type { JsonObject } from "../../core/json.ts";
import type { ResponseFormat } from "../../core/response-format.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import { fieldError } from "../provider-errors.ts";
import { completionFields, stopOptions } from "./chat-completions-request.ts";
import { defined, samplingOptions } from "./chat-request.ts";
import { checked } from "./checked-request.ts";
import { usedFields } from "./request-fields.ts";

/** OpenAI's own default of `max_tokens` here. */
const defaultMaxTokens = 16;

/** Continuations of all prompts of a request together. */
const maxTexts = 128;

const tokens = z.array(z.int().min(0)).min(1);

const format = z
  .strictObject({
    type: z.literal("json"),
    schema: z.union([z.record(z.string(), z.json()), z.boolean()]).optional(),
  })
  .transform((fields): ResponseFormat => defined(fields));

const request = z.object({
  ...completionFields,
  prompt: z.union([z.string(), tokens, z.array(z.string()).min(1), z.array(tokens).min(1)]),
  logprobs: z.int().min(0).max(0, "alternatives of a token are not kept").optional(),
  training: z.strictObject({ weights: z.string(), format: format.optional() }).optional(),
});

/** A request of Completions. */
export interface CompletionsRequest {
  readonly model: string;
  /** Texts or tokens to continue. */
  readonly prompts: readonly (string | TokenIds)[];
  readonly params: Omit<SamplingParams, "seed" | "stopTokens" | "format" | "tellsKept">;
  readonly seed?: number;
  /** Continuations of each prompt. */
  readonly choices: number;
  readonly isStream: boolean;
  readonly withUsage: boolean;
  readonly withLogProbs: boolean;
  readonly withTokenIds: boolean;
  /**
   * The answer is to be learned from: it is refused where the weights are not those of this hash, is sampled with the seed as it is, as
   * this process would sample a rollout of its own, and holds what training needs of each token. With a format the reply is bound to it.
   */
  readonly training?: { readonly weights: string; readonly format?: ResponseFormat };
}

/** @throws SERVE_FIELD_INVALID */
export function readCompletions(body: JsonObject): CompletionsRequest {
  const fields = checked(request, usedFields("completions", body));
  const { prompt, max_tokens: maxTokens = defaultMaxTokens } = fields;
  const { seed, ...sampling } = samplingOptions(fields);
  const choices = fields.n ?? 1;
  const isOne = typeof prompt === "string" || typeof prompt[0] === "number";
  const prompts = (isOne ? [prompt] : prompt) as readonly (string | TokenIds)[];
  if (prompts.length * choices > maxTexts) {
    throw fieldError("prompt", "range", `asks for more than ${maxTexts} continuations together`);
  }
  const { training } = fields;
  if (training !== undefined && prompts.length * choices > 1)
    throw fieldError("training", "range", "is answered with one continuation");
  return {
    model: fields.model,
    prompts,
    params: { maxTokens, ...sampling, ...stopOptions(fields.stop) },
    ...defined({ seed }),
    ...(training !== undefined && { training: defined(training) }),
    choices,
    isStream: fields.stream ?? false,
    withUsage: fields.stream_options?.include_usage ?? false,
    withLogProbs: fields.logprobs !== undefined,
    withTokenIds: fields.return_token_ids ?? false,
  };
}
