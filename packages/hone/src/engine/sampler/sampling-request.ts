/** A request to the sampler, checked, with defaults filled in. */
import { HoneError } from "../../core/errors.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { Architecture } from "../models/architecture.ts";
import { checkIds } from "../training/rows.ts";

export type CompleteParams = Required<SamplingParams>;

/** True where a filter may cut the distribution. */
export const isFiltered = ({ temperature, topK, topP, minP }: CompleteParams): boolean =>
  temperature > 0 && (topK > 0 || topP < 1 || minP > 0);

/**
 * @throws DATA_EMPTY for a prompt without tokens; TOKEN_OUT_OF_RANGE; CONTEXT_EXCEEDED when prompt and reply do not fit;
 *         OPTION_INVALID for a parameter outside its range
 */
export function checkRequest(
  { vocabularySize, contextLength }: Architecture,
  prompt: TokenIds,
  n: number,
  params: SamplingParams,
  canDecode: boolean,
): CompleteParams {
  checkPrompt(prompt, vocabularySize);
  const complete: CompleteParams = {
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    stopTokens: [],
    stopStrings: [],
    seed: 0,
    ...Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)),
    maxTokens: params.maxTokens,
  };
  const { maxTokens, temperature, topK, topP, minP, stopStrings, seed } = complete;
  const check = (holds: boolean, option: string, got: unknown, expected: string): void => {
    if (!holds)
      throw new HoneError("OPTION_INVALID", {
        where: "sample",
        option,
        got: String(got),
        expected,
      });
  };
  check(Number.isInteger(n) && n >= 1, "n", n, "a whole number from 1");
  check(
    Number.isInteger(maxTokens) && maxTokens >= 1,
    "maxTokens",
    maxTokens,
    "a whole number from 1",
  );
  check(
    Number.isFinite(temperature) && temperature >= 0,
    "temperature",
    temperature,
    "a number from 0",
  );
  check(Number.isInteger(topK) && topK >= 0, "topK", topK, "a whole number from 0");
  check(topP > 0 && topP <= 1, "topP", topP, "above 0 and at most 1");
  check(minP >= 0 && minP <= 1, "minP", minP, "from 0 to 1");
  check(Number.isInteger(seed), "seed", seed, "a whole number");
  check(
    stopStrings.every((text) => text.length > 0),
    "stopStrings",
    "an empty text",
    "texts of at least one character",
  );
  check(
    stopStrings.length === 0 || canDecode,
    "stopStrings",
    stopStrings.length,
    "left out, since this sampler has no tokenizer",
  );
  if (prompt.length + maxTokens > contextLength) {
    throw new HoneError("CONTEXT_EXCEEDED", {
      promptTokens: prompt.length,
      maxTokens,
      contextLength,
    });
  }
  return complete;
}

/** @throws DATA_EMPTY, TOKEN_OUT_OF_RANGE */
export function checkPrompt(tokens: TokenIds, vocabularySize: number): void {
  if (tokens.length === 0) throw new HoneError("DATA_EMPTY", { where: "the prompt" });
  checkIds(tokens, "the prompt", vocabularySize);
}
