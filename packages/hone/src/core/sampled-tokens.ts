/** The exact tokens of a model call as a stored span holds them. */
import { fieldsOf, isObject, parsedJson } from "./json.ts";
import { isKeptSet, type KeptSet } from "./kept-tokens.ts";
import { type PackedNumbers, packNumbers, unpackNumbers } from "./packed-numbers.ts";
import type { BoundTokens } from "./response-format.ts";
import type { StopReason, Turn } from "./rollout.ts";

/**
 * What a model call read and sampled, token by token, so that it can be trained on exactly: the tokens of a `Turn`. Lists are
 * packed texts, which `unpackNumbers` reads.
 */
export interface SampledTokens {
  /** Ids of the rendered conversation. */
  readonly prompt: PackedNumbers;
  /** Ids that were sampled. */
  readonly reply: PackedNumbers;
  /** Log-prob of each sampled token in nats, under the policy at temperature 1. */
  readonly logProbs: PackedNumbers;
  /** Log-prob of each sampled token in nats, under the distribution it was drawn from. Absent: the same as `logProbs`. */
  readonly samplingLogProbs?: PackedNumbers;
  /** Entropy of the policy at each sampled token in nats. Absent where it was not computed. */
  readonly entropies?: PackedNumbers;
  /** Temperature of sampling; 0 took the likeliest token. */
  readonly temperature: number;
  /** True when top-k, top-p or min-p cut the distribution. Default false. */
  readonly isTruncated?: boolean;
  /** Which tokens the cut left for each sampled token, with commas between (`KeptSet`). Absent where that is not known. */
  readonly kept?: string;
  /** How a response format bound the reply: JSON text of `BoundTokens`. Absent where it was free. */
  readonly bound?: string;
  /** The adapter that sampled, where the policy had several. Absent where it was one. */
  readonly adapter?: string;
  /** Why sampling ended. */
  readonly stopReason: StopReason;
  /** The version of the weights that sampled. */
  readonly weightsVersion: string;
}

/** The part of a turn that training reads. */
export type TurnTokens = Omit<
  Turn,
  "messages" | "reply" | "agent" | "tools" | "startedAt" | "endedAt"
>;

/** The tokens of a turn as a span holds them. */
export function packTurn(turn: TurnTokens): SampledTokens {
  const { temperature, isTruncated, kept, bound, adapter, stopReason, weightsVersion } = turn;
  const logProbs = packNumbers(turn.logProbs);
  const samplingLogProbs = packNumbers(turn.samplingLogProbs);
  return {
    prompt: packNumbers(turn.promptTokens),
    reply: packNumbers(turn.tokens),
    logProbs,
    ...(samplingLogProbs === logProbs ? {} : { samplingLogProbs }),
    ...(turn.entropies === undefined ? {} : { entropies: packNumbers(turn.entropies) }),
    temperature,
    ...(isTruncated ? { isTruncated } : {}),
    ...(kept === undefined ? {} : { kept: kept.join() }),
    ...(bound === undefined ? {} : { bound: JSON.stringify(bound) }),
    ...(adapter === undefined ? {} : { adapter }),
    stopReason,
    weightsVersion,
  };
}

/**
 * The tokens of a turn, exactly as they were packed; undefined where a list, a set of kept tokens or the format cannot be read, or
 * the lengths of lists differ.
 */
export function unpackTurn(sampled: SampledTokens): TurnTokens | undefined {
  const { temperature, isTruncated = false, adapter, stopReason, weightsVersion } = sampled;
  const promptTokens = unpackNumbers(sampled.prompt);
  const tokens = unpackNumbers(sampled.reply);
  const logProbs = unpackNumbers(sampled.logProbs);
  const samplingLogProbs = unpackNumbers(sampled.samplingLogProbs ?? sampled.logProbs);
  if (!promptTokens || !tokens || !logProbs || !samplingLogProbs) return undefined;
  if (tokens.length !== logProbs.length || tokens.length !== samplingLogProbs.length)
    return undefined;
  const entropies = sampled.entropies && unpackNumbers(sampled.entropies);
  if (sampled.entropies !== undefined && entropies?.length !== tokens.length) return undefined;
  const bound = sampled.bound === undefined ? undefined : boundTokens(sampled.bound);
  if (sampled.bound !== undefined && bound === undefined) return undefined;
  const kept = sampled.kept === undefined ? undefined : keptSets(sampled.kept, tokens.length);
  if (sampled.kept !== undefined && kept === undefined) return undefined;
  const rest = {
    ...(Array.isArray(entropies) && { entropies }),
    temperature,
    isTruncated,
    ...(kept === undefined ? {} : { kept }),
    ...(bound === undefined ? {} : { bound }),
    ...(adapter === undefined ? {} : { adapter }),
    stopReason,
    weightsVersion,
  };
  return { promptTokens, tokens, logProbs, samplingLogProbs, ...rest };
}

/** A set for each of so many tokens. */
function keptSets(text: string, count: number): readonly KeptSet[] | undefined {
  const kept = count === 0 ? [] : text.split(",");
  return kept.length === count && kept.every(isKeptSet) ? kept : undefined;
}

function boundTokens(text: string): BoundTokens | undefined {
  const { format, stopTokens } = fieldsOf(parsedJson(text));
  const { type, schema = true } = fieldsOf(format);
  const isFormat = type === "json" && (isObject(schema) || typeof schema === "boolean");
  if (!isFormat || !Array.isArray(stopTokens) || !stopTokens.every(Number.isInteger))
    return undefined;
  return {
    format: { type, ...(fieldsOf(format)["schema"] === undefined ? {} : { schema }) },
    stopTokens: stopTokens as readonly number[],
  };
}

/** Whether a value from another program has the form of a call's tokens. */
export function isSampledTokens(value: unknown): value is SampledTokens {
  if (!isObject(value)) return false;
  const {
    samplingLogProbs = "",
    entropies = "",
    isTruncated = false,
    kept = "",
    bound = "",
    ...others
  } = value;
  const { stopReason, adapter = "", ...rest } = others;
  const { temperature, ...texts } = rest;
  const names = ["prompt", "reply", "logProbs", "weightsVersion"];
  return (
    names.every((name) => typeof texts[name] === "string") &&
    Object.keys(texts).length === names.length &&
    typeof samplingLogProbs === "string" &&
    typeof entropies === "string" &&
    typeof kept === "string" &&
    typeof bound === "string" &&
    typeof adapter === "string" &&
    typeof isTruncated === "boolean" &&
    typeof temperature === "number" &&
    ["stop", "length", "cancelled"].includes(stopReason as string)
  );
}
