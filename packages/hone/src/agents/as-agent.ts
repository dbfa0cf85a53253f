/** A chat model whose calls name an agent. */
import type { ChatModel, ChatOptions, RecordingChatModel } from "../ports/chat-model.ts";
import type { LanguageModelVersion } from "../ports/language-model.ts";
import { languageModelOver } from "./language-model/language-model.ts";

/**
 * The same model for one agent of a team: a call that names no agent itself is this agent's. So credit can go by agents, and the adapter of
 * the agent answers where each part of the team has its own.
 *
 * @param model  the model of a rollout; what is returned has the turns of all its agents
 * @param agent  the agent's name, as `ChatOptions.agent`
 * @example
 * const plan = await toolLoop(asAgent(model, "planner"), messages, { tools });
 */
export function asAgent(model: RecordingChatModel, agent: string): RecordingChatModel;
export function asAgent(model: ChatModel, agent: string): ChatModel;
export function asAgent(
  model: ChatModel | RecordingChatModel,
  agent: string,
): ChatModel | RecordingChatModel {
  const named = ({ agent: own = agent, ...options }: ChatOptions = {}): ChatOptions => ({
    ...options,
    agent: own,
  });
  if (!("stream" in model))
    return { chat: (messages, options) => model.chat(messages, named(options)) };
  const recording: RecordingChatModel = {
    get turns() {
      return model.turns;
    },
    isPolicyError: (error) => model.isPolicyError(error),
    chat: (messages, options) => model.chat(messages, named(options)),
    stream: (messages, options) => model.stream(messages, named(options)),
    languageModel: <Version extends LanguageModelVersion = "v3">(version?: Version) =>
      // Without a version the type is that of "v3".
      languageModelOver(recording, version ?? ("v3" as Version)),
  };
  return recording;
}
