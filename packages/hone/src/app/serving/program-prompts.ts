/** How a program gets the prompt that a search tries: in its environment, or in the place of a system message that it sends. */
import { replacedSystem, withChangedMessages } from "../../agents/changed-messages.ts";
import type { Prompts } from "../../core/prompts.ts";
import type { AgentContext } from "../../ports/agent.ts";
import type { RecordingChatModel } from "../../ports/chat-model.ts";
import { onlyPrompt } from "../prompts/prompt-files.ts";
import { recordingModel } from "./policy-endpoint.ts";

/** What a program is run with. */
export interface PromptedProgram {
  /** The model that it calls. */
  readonly model: RecordingChatModel;
  /** The prompts that its environment holds. */
  readonly prompts: Prompts;
}

/**
 * @param own  the system message that the program sends; the prompt "system" replaces it. Default: prompts are in the environment
 * @throws OPTION_INVALID where the context's model does not record
 */
export function promptedProgram(
  where: string,
  { model, prompts }: Pick<AgentContext, "model" | "prompts">,
  own: string | undefined,
): PromptedProgram {
  const recording = recordingModel(where, model);
  if (own === undefined) return { model: recording, prompts };
  const isTried = Object.hasOwn(prompts, onlyPrompt);
  if (!isTried) return { model: recording, prompts: {} };
  const changed = withChangedMessages(recording, (messages) =>
    replacedSystem(messages, own, () => prompts[onlyPrompt] ?? own),
  );
  return { model: changed, prompts: {} };
}
