/** Answers of a server of policies, as workers that sample there read them. */
import { z } from "zod";

const models = z.object({
  data: z.array(
    z.object({ id: z.string(), max_model_len: z.int(), weights: z.string().optional() }),
  ),
});

/** A model that a server lists. */
export interface ListedPolicy {
  readonly id: string;
  /** Tokens of a prompt and its reply at most. */
  readonly contextLength: number;
  /** The hash of its weights; undefined where the server does not say it. */
  readonly weights: string | undefined;
}

/** The models in the answer of GET /v1/models; undefined for one of another form. */
export const readListedPolicies = (answer: unknown): readonly ListedPolicy[] | undefined =>
  models.safeParse(answer).data?.data.map(({ id, max_model_len, weights }) => ({
    ...{ id, contextLength: max_model_len, weights },
  }));

const training = z
  .object({
    weights: z.string(),
    token_ids: z.array(z.int()),
    log_probs: z.array(z.number()),
    sampling_log_probs: z.array(z.number()),
    kept: z.array(z.string()).optional(),
    stop_reason: z.enum(["stop", "length"]),
  })
  // One entry for each token: a list of another length would train tokens with the log-probs of others.
  .refine(({ token_ids: { length }, log_probs, sampling_log_probs, kept }) =>
    [log_probs, sampling_log_probs, kept].every(
      (list) => list === undefined || list.length === length,
    ),
  );

const completion = z.object({ choices: z.tuple([z.object({ training })]) });

/** What an answer of POST /v1/completions says for training; undefined for one of a server that knows nothing of that. */
export const readTrainingAnswer = (answer: unknown): z.infer<typeof training> | undefined =>
  completion.safeParse(answer).data?.choices[0].training;

const failed = z.object({ error: z.object({ message: z.string() }) });

/** What a server says of an error; undefined where it says nothing. */
export const readServerMessage = (answer: unknown): string | undefined =>
  failed.safeParse(answer).data?.error.message;
