/** Tells errors that stop the run from failures of one rollout, and at which boundary a rollout failed. */
import { isError, isHoneError, messageOf } from "../core/errors.ts";
import type { Boundary, RolloutFailure } from "../core/rollout.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";

/**
 * The first letters of the codes that stop a run: errors of configuration, models, engines and stores hit every rollout. A
 * conversation that a chat template refuses or cannot continue is one rollout's; a template that is absent is everybody's.
 */
const fatalPrefixes = [
  "CONFIG_",
  "OPTION_",
  "MODEL_",
  "ENGINE_",
  "TOKENIZER_",
  "CHAT_TEMPLATE_MISSING",
  "CHAT_TEMPLATE_INVALID",
  "RUN_",
  "STORE_",
  "DISK_",
  "WRITE_",
];

/** The error that must stop the run: the thrown one, or one among its causes. Undefined when there is none. */
export function fatalError(error: unknown): unknown {
  return chain(error).find(
    (link) => isHoneError(link) && fatalPrefixes.some((prefix) => link.code.startsWith(prefix)),
  );
}

/** A failed attempt as data: whether the policy, the environment or the agent's own code threw, and its message. */
export function failureOf(error: unknown, model: RecordingChatModel): RolloutFailure {
  return { boundary: boundaryOf(error, model), message: messageOf(error) };
}

function boundaryOf(error: unknown, model: RecordingChatModel): Boundary {
  for (const link of chain(error)) {
    if (model.isPolicyError(link)) return "policy";
    if (isError(link, "ENVIRONMENT_FAILED")) return "environment";
  }
  return "agent";
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
