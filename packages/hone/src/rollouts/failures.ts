/** Tells errors that stop the run from failures of one rollout, and at which boundary a rollout failed. */
import { endsRun, isError, isHoneError, messageOf } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { remoteFailure } from "../core/remote-failures.ts";
import type { Boundary, RolloutFailure } from "../core/rollout.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";
import { functionPlace, userPlace } from "./user-place.ts";

/** Longer texts of thrown objects are cut. */
const MAX_THROWN_CHARACTERS = 500;

/**
 * The first letters of the codes that stop a run, beside those of `endsRun`: errors of configuration, models, engines and stores hit every rollout. A
 * conversation that a chat template refuses or cannot continue is one rollout's; a template that is absent is everybody's.
 */
const fatalPrefixes = [
  "CONFIG_",
  "OPTION_",
  "MODEL_",
  "ENGINE_",
  "TOKENIZER_",
  "CHAT_TEMPLATE_MISSING",
  "CHAT_TEMPLATE_AMBIGUOUS",
  "CHAT_TEMPLATE_INVALID",
  "TOOL_CALLS_UNKNOWN",
  "AGENT_WITHOUT_ADAPTER",
  "ADAPTER_UNKNOWN",
  "STORE_",
  "DISK_",
  "WRITE_",
  "SANDBOX_PACKAGE_MISSING",
  "SANDBOX_UNAVAILABLE",
  // Tools have run for real, and would in every further try.
  "TOOLS_NOT_REPLAYED",
];

/**
 * The error that must stop the run: the thrown one, one among its causes, or one that the agent got from the policy's address.
 * Undefined when there is none.
 */
export function fatalError(error: unknown, model?: RecordingChatModel): unknown {
  const links =
    model === undefined ? chain(error) : [...chain(error), ...chain(remoteFailure(model))];
  return links.find(
    (link) =>
      endsRun(link) ||
      (isHoneError(link) && fatalPrefixes.some((prefix) => link.code.startsWith(prefix))),
  );
}

/** The user's functions, of which the failed one names the place where no stack does. */
export interface FailedFunctions {
  readonly agent: (...args: never[]) => unknown;
  readonly reward: (...args: never[]) => unknown;
}

/**
 * A failed attempt as data: whether the policy, the environment, the reward or the agent's own code threw, and its message.
 * @param running  what was running; an agent's error may come from the policy, the environment or a tool
 */
export function failureOf(
  error: unknown,
  model: RecordingChatModel,
  running: { readonly boundary: "agent" | "reward" } & FailedFunctions,
): RolloutFailure {
  const boundary = boundaryOf(error, running.boundary, model);
  const isOwn = boundary === "agent" || boundary === "reward";
  const place = userPlace(error) ?? (isOwn ? functionPlace(running[boundary]) : undefined);
  return { boundary, message: thrownText(error), ...(place === undefined ? {} : { place }) };
}

/** The words of anything that was thrown: an error's message or name, a text, or an object as JSON. */
function thrownText(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  if (!isObject(error)) return String(error);
  const { message } = error;
  if (typeof message === "string" && message !== "") return message;
  try {
    return JSON.stringify(error).slice(0, MAX_THROWN_CHARACTERS);
  } catch {
    return messageOf(error);
  }
}

function boundaryOf(
  error: unknown,
  running: "agent" | "reward",
  model: RecordingChatModel,
): Boundary {
  const links = chain(error);
  // A tool, an environment or a reward that runs a program has not failed by itself when the sandbox did.
  if (links.some((link) => isHoneError(link) && link.code.startsWith("SANDBOX_"))) return "sandbox";
  if (running === "reward") return "reward";
  for (const link of links) {
    if (model.isPolicyError(link)) return "policy";
    if (isError(link, "ENVIRONMENT_FAILED")) return "environment";
    if (isError(link, "TOOL_FAILED")) return "tool";
  }
  return remoteFailure(model) === undefined ? "agent" : "policy";
}

/** The error, its cause, the cause of its cause, and so on, each once. */
function chain(error: unknown): readonly unknown[] {
  const links: unknown[] = [];
  for (let link = error; link !== undefined && !links.includes(link);) {
    links.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return links;
}
