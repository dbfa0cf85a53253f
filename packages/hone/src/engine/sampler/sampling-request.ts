/** A request to the sampler, checked, with defaults filled in. */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { TokenIds } from "../../core/rollout.ts";
import type { SamplingParams } from "../../ports/sampling-client.ts";
import type { Architecture } from "../models/architecture.ts";
import { checkIds } from "../models/token-ids.ts";

export type CompleteParams = Required<Omit<SamplingParams, "format">>;

const samplingNames: OptionNames<SamplingParams> = {
  maxTokens: true,
  temperature: true,
  topK: true,
  topP: true,
  minP: true,
  stopTokens: true,
  stopStrings: true,
  format: true,
  tellsKept: true,
  seed: true,
};

/**
 * The parameters of a request with their defaults.
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
  checkOptions("sample", params, samplingNames);
  const complete: CompleteParams = {
    temperature: 1,
    topK: 0,
    topP: 1,
    minP: 0,
    stopTokens: [],
    stopStrings: [],
    tellsKept: false,
    seed: 0,
    ...Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined)),
    maxTokens: params.maxTokens,
  };
  const { maxTokens, temperature, topK, topP, minP, stopStrings, tellsKept, seed } = complete;
  const check = optionChecks("sample");
  check.whole("n", n, { min: 1 });
  check.whole("maxTokens", maxTokens, { min: 1 });
  check.number("temperature", temperature, { min: 0 });
  check.whole("topK", topK, { min: 0 });
  check.number("topP", topP, { above: 0, max: 1 });
  check.share("minP", minP);
  check.flag("tellsKept", tellsKept);
  check.whole("seed", seed);
  if (stopStrings.includes(""))
    throw check.invalid("stopStrings", "", "texts of at least one character");
  if (stopStrings.length > 0 && !canDecode)
    throw check.invalid(
      "stopStrings",
      stopStrings,
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
  if (tokens.length === 0)
    throw new HoneError("DATA_EMPTY", { where: "the prompt", item: "token" });
  checkIds(tokens, "the prompt", vocabularySize);
}
