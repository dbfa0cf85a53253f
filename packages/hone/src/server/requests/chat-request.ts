/** A request for replies, as every endpoint reads it before a model is asked. */
import type { Message } from "../../core/message.ts";
import type { ToolChoice, ToolDefinition } from "../../core/tools.ts";
import type { ChatOptions } from "../../ports/chat-model.ts";
import { fieldError } from "../provider-errors.ts";

/** What a request asks of a model. */
export interface ChatRequest {
  /** The name of the model, as it was sent. */
  readonly model: string;
  readonly messages: readonly Message[];
  readonly options: Omit<ChatOptions, "signal">;
  /** Replies to one prompt. */
  readonly choices: number;
  /** Whether the reply is sent as events. */
  readonly isStream: boolean;
  /** True where a reply may hold one tool call at most: those behind the first are left out. */
  readonly isOneCall: boolean;
}

/** The fields with a value, so that an absent option is no option. */
export function defined<T extends object>(
  fields: T,
): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof T]: Exclude<T[Key], undefined>;
  };
}

/**
 * Tools and the choice among them.
 * @param param  the field of the choice, for errors
 * @throws SERVE_FIELD_INVALID for two tools of one name, and for a choice that names no tool
 */
export function toolOptions(
  tools: readonly ToolDefinition[] | undefined,
  choice: ToolChoice | undefined,
  param = "tool_choice",
): Pick<ChatOptions, "tools" | "toolChoice"> {
  if (tools === undefined || tools.length === 0) {
    if (choice === undefined || choice === "auto" || choice === "none") return {};
    throw fieldError(param, "value", "asks for a tool, and the request offers none");
  }
  const names = tools.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw fieldError("tools", "value", `has two tools named ${twice}`);
  if (typeof choice === "object" && !names.includes(choice.name)) {
    throw fieldError(param, "value", `names ${choice.name}, which is none of the tools`);
  }
  return { tools, ...(choice === undefined ? {} : { toolChoice: choice }) };
}

/** Options of sampling by the names that OpenAI and vLLM give them; −1 and 0 as `top_k` keep all tokens. */
export function samplingOptions(fields: {
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly top_k?: number | undefined;
  readonly min_p?: number | undefined;
  readonly seed?: number | undefined;
}): Partial<Pick<ChatOptions, "temperature" | "topP" | "topK" | "minP" | "seed">> {
  const { temperature, top_p: topP, top_k: topK, min_p: minP, seed } = fields;
  return defined({
    temperature,
    topP,
    topK: topK === undefined ? undefined : Math.max(0, topK),
    minP,
    seed,
  });
}
