/** Spans of Agent Lightning (0.3), as its store gives them, as trajectories: those of an attempt at a rollout belong together. */
import { z } from "zod";
import {
  fieldsOf,
  isObject,
  type JsonObject,
  type JsonValue,
  parsedJson,
} from "../../../core/json.ts";
import { addToList } from "../../../core/lists-by-key.ts";
import { packTurn, type SampledTokens } from "../../../core/sampled-tokens.ts";
import type { PromptSpan, Span, ToolSpan } from "../../../core/span.ts";
import type { Trace, TraceReward } from "../../../core/trace.ts";
import type { UnifiedTrajectory } from "../../../core/unified-trajectory.ts";
import { problemsOf } from "../../../formats/json-value.ts";
import { readMessages } from "../../../messages/read-messages.ts";
import { type DataEntry, entryError } from "../../data-line-error.ts";
import type { LeftOutReason } from "../left-out.ts";
import { trajectoriesOfTrace } from "../trajectories-of-trace.ts";
import { attributeList } from "./attribute-tree.ts";
import { lightningNames } from "./lightning-write.ts";

const lightningSpan = z.object({
  rollout_id: z.string().min(1),
  attempt_id: z.string().min(1),
  sequence_id: z.int(),
  trace_id: z.string().min(1),
  span_id: z.string().min(1),
  name: z.string(),
  attributes: z.record(z.string(), z.json()),
  start_time: z.number().nullish(),
  end_time: z.number().nullish(),
});

type LightningSpan = z.infer<typeof lightningSpan>;

/** Whether a line is a span of Agent Lightning. */
export const isLightningSpan = (json: JsonObject): boolean =>
  "rollout_id" in json && "attempt_id" in json && "span_id" in json;

/** The spans of a file. They stand in any order, so that all are held until the file ends. */
export class LightningSpans {
  readonly #attempts = new Map<string, LightningSpan[]>();

  /** @throws DATA_LINE_INVALID */
  add(json: JsonObject, entry: DataEntry): void {
    const result = lightningSpan.safeParse(json);
    if (!result.success) throw entryError(entry, problemsOf(result.error));
    const span = result.data;
    const key = JSON.stringify([span.rollout_id, span.attempt_id]);
    addToList(this.#attempts, key, span);
  }

  /** The trajectories of every attempt, and why a conversation is none. */
  *trajectories(
    domain: string,
  ): Generator<
    UnifiedTrajectory | { readonly reason: LeftOutReason; readonly place: string },
    void
  > {
    const firsts = [...this.#attempts.values()].map(([first]) => first!);
    const byRollout = Map.groupBy(firsts, (first) => first.rollout_id);
    for (const spans of this.#attempts.values()) {
      const { rollout_id: rollout, attempt_id: attempt } = spans[0]!;
      const isOnly = byRollout.get(rollout)!.length === 1;
      const trace = traceOf(spans, isOnly ? rollout : `${rollout}-${attempt}`);
      for (const one of trajectoriesOfTrace(trace, domain)) {
        if (typeof one === "string") yield { reason: one, place: `${rollout} ${attempt}` };
        else yield { ...one, provenance: { ...one.provenance, source: "agent-lightning" } };
      }
    }
  }
}

function traceOf(given: readonly LightningSpan[], id: string): Trace {
  const ordered = given.toSorted((a, b) => a.sequence_id - b.sequence_id);
  const first = ordered[0]!;
  const spans = ordered.flatMap((span, i) => spanOf(span, i));
  const reward = ordered.map(rewardOf).findLast((one) => one !== undefined);
  const failure = ordered.findLast(({ name }) => name === lightningNames.exception);
  const message = failure?.attributes["exception.message"];
  const starts = ordered.map((span) => timesOf(span).startedAt);
  return {
    ...{ id: first.trace_id, agent: "agent", task: "", rolloutId: first.rollout_id, attempt: 1 },
    ...(failure === undefined
      ? { status: "completed" }
      : { status: "failed", error: { message: typeof message === "string" ? message : "failed" } }),
    startedAt: Math.min(...starts),
    ...{ tags: [], metadata: { trajectory: { id } } },
    ...(reward !== undefined && { totalReward: reward.total }),
    rewards: reward === undefined ? [] : [reward],
    spans,
  };
}

function timesOf({ start_time: start, end_time: end }: LightningSpan) {
  return { startedAt: inMs(start ?? 0), ...(typeof end === "number" && { endedAt: inMs(end) }) };
}

/** Seconds as milliseconds, to the microsecond, which is as much as a double of seconds holds. */
const inMs = (seconds: number): number => Math.round(seconds * 1e6) / 1e3;

/** The model's calls and the tools'; other spans say nothing of a conversation. */
function spanOf(span: LightningSpan, sequence: number): readonly Span[] {
  const { attributes } = span;
  const base = {
    ...{ id: span.span_id, traceId: span.trace_id, sequence, attributes: {} },
    ...timesOf(span),
  };
  const output = messagesOf(attributeList(attributes, "gen_ai.completion"));
  if (output.length > 0) {
    const { "gen_ai.request.model": model, "gen_ai.response.model": answered } = attributes;
    const name = model ?? answered;
    const call: PromptSpan = {
      ...base,
      kind: "prompt",
      input: messagesOf(attributeList(attributes, "gen_ai.prompt")),
      output,
      ...(typeof name === "string" && { model: name }),
      ...sampledOf(attributes),
      attributes: toolsOf(attributes),
    };
    return [call];
  }
  const toolName = attributes["gen_ai.tool.name"];
  if (typeof toolName !== "string") return [];
  const callId = attributes["gen_ai.tool.call.id"];
  const result = attributes["gen_ai.tool.call.result"];
  const tool: ToolSpan = {
    ...{ ...base, kind: "tool", toolName },
    ...(typeof callId === "string" && { callId }),
    arguments: parsedJson(attributes["gen_ai.tool.call.arguments"] ?? {}),
    ...(result !== undefined && { result }),
  };
  return [tool];
}

const messagesOf = (list: readonly JsonObject[]) =>
  readMessages(
    list.map(({ tool_calls: calls, role = "assistant", ...message }) => ({
      ...{ ...message, role },
      ...(Array.isArray(calls) && {
        tool_calls: calls
          .filter(isObject)
          .map(({ id, name, arguments: given, function: called }) => ({
            ...{ id, type: "function" },
            function: called ?? { name, arguments: given ?? "{}" },
          })),
      }),
    })),
  );

/** Where the trajectory reader looks for the tools of a call. */
function toolsOf(attributes: LightningSpan["attributes"]): PromptSpan["attributes"] {
  const functions = attributeList(attributes, "gen_ai.request.functions");
  if (functions.length === 0) return {};
  const tools = functions.map((one) => ({ ...one, parameters: parsedJson(one["parameters"]) }));
  return { "gen_ai.tool.definitions": tools as JsonValue };
}

/** The tokens of a call, where they came with a log-prob for each. */
function sampledOf(attributes: LightningSpan["attributes"]): { readonly sampled?: SampledTokens } {
  const promptTokens = numbers(attributes["prompt_token_ids"]);
  const tokens = numbers(attributes["response_token_ids"]);
  const content = parsedJson(attributes["logprobs.content"] ?? null);
  const logProbs = numbers(
    Array.isArray(content) ? content.map((one) => fieldsOf(one)["logprob"]) : undefined,
  );
  if (promptTokens === undefined || tokens === undefined || logProbs?.length !== tokens.length)
    return {};
  const version = attributes[lightningNames.weightsVersion] ?? attributes["gen_ai.response.model"];
  const sampled = packTurn({
    ...{ promptTokens, tokens, logProbs, samplingLogProbs: logProbs },
    ...{ temperature: 1, isTruncated: false, stopReason: "stop" },
    weightsVersion: typeof version === "string" ? version : "unknown",
  });
  return { sampled };
}

const numbers = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every((one) => typeof one === "number") ? value : undefined;

/** The reward that a span says: the first is the total, the others are its parts. */
function rewardOf(span: LightningSpan): TraceReward | undefined {
  const { name, attributes, span_id: id } = span;
  const given = attributeList(attributes, lightningNames.reward);
  const old = name === lightningNames.annotation ? attributes["reward"] : undefined;
  const total = given[0]?.["value"] ?? old;
  if (typeof total !== "number") return undefined;
  const parts = given
    .slice(1)
    .flatMap(({ name: part, value }) =>
      typeof part === "string" && typeof value === "number" ? [[part, value] as const] : [],
    );
  const components = Object.fromEntries(parts);
  return { id, total, components, source: "rule", at: timesOf(span).startedAt };
}
