/** A trace that `traceOfRollout` made, as the rollout that it was. */
import { cutAttribute } from "../core/cut-texts.ts";
import { fieldsOf, isObject, type JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type {
  Boundary,
  ProgramOutput,
  Reward,
  Rollout,
  RolloutFailure,
  Task,
  Turn,
} from "../core/rollout.ts";
import { unpackTurn } from "../core/sampled-tokens.ts";
import type { PromptSpan, PromptText } from "../core/span.ts";
import type { Trace } from "../core/trace.ts";
import { offeredTools, rolloutVersion, turnReward } from "./rollout-trace.ts";

/** A rollout that was read back, and where it belonged. */
export interface ReadRollout {
  readonly rollout: Rollout;
  readonly run: string;
  readonly phase: string;
  readonly split: string;
  readonly step: number | undefined;
  readonly group: number;
  readonly index: number;
  readonly tokenizer: string | undefined;
  /** Names the chat template that the trainer had; undefined for a rollout of before that was kept. */
  readonly template: string | undefined;
}

/** Whether a trace is one of a rollout that hone ran itself. */
export const isRolloutTrace = ({ metadata }: Trace): boolean => isObject(metadata["rollout"]);

/** Whether a trace is a rollout of an evaluation, which did a held-out task. */
export const isOfEvaluation = (trace: Trace): boolean =>
  isRolloutTrace(trace) && trace.metadata["split"] === "test";

/**
 * The rollout of a trace: turns, tokens, log-probs and reward equal what was recorded to the last bit. The task and the answer
 * are what JSON held of them.
 *
 * @returns undefined for a trace of something else, for one of a later version, and where spans or tokens are missing
 */
export function rolloutOfTrace(trace: Trace): ReadRollout | undefined {
  const { metadata } = trace;
  const facts = fieldsOf(metadata["rollout"]);
  if (facts["version"] !== rolloutVersion) return undefined;
  const isTimed = facts["isTimed"] === true;
  const turns = trace.spans.flatMap((span) =>
    span.kind === "prompt" ? turnOf(span, isTimed) : [],
  );
  if (turns.length !== facts["turns"]) return undefined;
  const { run, phase, split, step, group, tokenizer, template } = metadata;
  return {
    rollout: {
      id: trace.rolloutId ?? trace.id,
      task: taskOf(trace),
      turns,
      answer: metadata["answer"],
      reward: rewardWithTurns(trace),
      isSuccess: facts["isSuccess"] === true,
      failure: failureOf(trace, facts["place"]),
      ...outputOf(metadata["output"]),
      ...metricsOf(facts["metrics"]),
      attempts: trace.attempt,
      seconds: Number(facts["seconds"]),
    },
    run: textOf(run),
    phase: textOf(phase),
    split: textOf(split),
    step: step === undefined ? undefined : Number(step),
    group: Number(group),
    index: Number(facts["index"]),
    tokenizer: typeof tokenizer === "string" ? tokenizer : undefined,
    template: typeof template === "string" ? template : undefined,
  };
}

const textOf = (value: JsonValue | undefined): string => (typeof value === "string" ? value : "");

/** The turn of a call that holds what was sampled; none of another. */
export function turnOf(span: PromptSpan, isTimed: boolean): Turn[] {
  const { agent, input, output, sampled, attributes, startedAt, endedAt } = span;
  const tokens = sampled && unpackTurn(sampled);
  const reply = output === undefined ? undefined : messagesOf(output, "assistant").at(-1);
  if (tokens === undefined || reply === undefined) return [];
  const tools = attributes[offeredTools];
  return [
    {
      messages: messagesOf(input, "user"),
      reply,
      ...(agent !== undefined && { agent }),
      ...(typeof tools === "string" && !isCut(attributes, offeredTools) && { tools }),
      ...tokens,
      ...(isTimed && endedAt !== undefined && { startedAt, endedAt }),
    },
  ];
}

/** Whether a store cut the value of that name, since it was too long. */
const isCut = (values: PromptSpan["attributes"], name: string): boolean =>
  name in fieldsOf(values[cutAttribute]);

/** The messages of a prompt span's side; a text alone is one message of the role. */
export const messagesOf = (text: PromptText, role: "user" | "assistant"): readonly Message[] =>
  typeof text === "string" ? [{ role, content: text }] : text;

/** A task that was too long for a store was cut there: then only its id is left. */
function taskOf({ metadata, taskId = "" }: Trace): Task {
  const { task } = metadata;
  const isWhole = isObject(task) && !isCut(metadata, "task");
  return isWhole ? { ...task, id: taskId } : { id: taskId };
}

function outputOf(value: JsonValue | undefined): { readonly output?: ProgramOutput } {
  const { stdout, stderr } = fieldsOf(value);
  return typeof stdout === "string" && typeof stderr === "string"
    ? { output: { stdout, stderr } }
    : {};
}

function metricsOf(value: unknown): Pick<Rollout, "metrics"> {
  if (!isObject(value)) return {};
  const numbers = Object.entries(value).filter(([, one]) => typeof one === "number");
  return { metrics: Object.fromEntries(numbers) as Record<string, number> };
}

function rewardOf({ rewards }: Trace): Reward | undefined {
  const given = rewards.find(({ id }) => id === "rollout");
  if (given === undefined) return undefined;
  const { id: _id, at: _at, by: _by, ...reward } = given;
  return reward;
}

/** With what each turn earned, where every turn says it. */
function rewardWithTurns(trace: Trace): Reward | undefined {
  const reward = rewardOf(trace);
  const turns = trace.spans.flatMap((span) =>
    span.kind === "prompt" ? [span.attributes[turnReward]] : [],
  );
  const isKnown = turns.length > 0 && turns.every((one): one is number => typeof one === "number");
  return reward === undefined || !isKnown ? reward : { ...reward, turns };
}

function failureOf({ status, error, metadata }: Trace, place: unknown): RolloutFailure | undefined {
  if (status !== "failed") return undefined;
  return {
    boundary: metadata["boundary"] as Boundary,
    message: error?.message ?? "",
    ...(typeof place === "string" ? { place } : {}),
  };
}
