/** Why a rollout failed, and which errors are no rollout's business but the run's. */
import { isError, isHoneError, messageOf } from "../core/errors.ts";
import type { Boundary, RolloutFailure } from "../core/rollout.ts";
import type { RecordingChatModel } from "../ports/chat-model.ts";

/** Errors of configuration, models, engines and stores would hit every rollout alike. */
const fatalPrefixes = [
  "CONFIG_",
  "OPTION_",
  "MODEL_",
  "ENGINE_",
  "TOKENIZER_",
  "CHAT_TEMPLATE_",
  "RUN_",
  "STORE_",
  "DISK_",
  "WRITE_",
];

/** The error that must stop the run, if the thrown one is, or was caused by, one. */
export function fatalError(error: unknown): unknown {
  return chain(error).find(
    (link) => isHoneError(link) && fatalPrefixes.some((prefix) => link.code.startsWith(prefix)),
  );
}

/** A failed attempt as data: what the model's side threw, what the environment threw, or the agent's own code. */
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

/** The error, its cause, the cause of that …; a circle ends it. */
function chain(error: unknown): readonly unknown[] {
  const links: unknown[] = [];
  for (let link = error; link !== undefined && !links.includes(link);) {
    links.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return links;
}
