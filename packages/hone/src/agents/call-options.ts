/** The options of one call of a chat model, checked. */
import { checkOptions, type OptionNames } from "../core/known-options.ts";
import { isObject } from "../core/json.ts";
import type { ConversationSettings } from "../core/message.ts";
import { optionChecks, type OptionChecks } from "../core/option-checks.ts";
import type { ResponseFormat } from "../core/response-format.ts";
import type { ToolChoice, ToolDefinition } from "../core/tools.ts";
import type { ChatOptions } from "../ports/chat-model.ts";

/** The names of all options, so that a misspelt one is refused. */
const chatOptionNames: OptionNames<ChatOptions> = {
  signal: true,
  maxTokens: true,
  temperature: true,
  topP: true,
  topK: true,
  minP: true,
  stopStrings: true,
  seed: true,
  agent: true,
  tools: true,
  toolChoice: true,
  responseFormat: true,
  settings: { tools: true, variables: true, isPlain: true, allowsCutContext: true },
};

const formatNames: OptionNames<ResponseFormat> = { type: true, schema: true };

/** @throws OPTION_INVALID for an option that there is not, and for tools that cannot be shown to a model */
export function checkChatOptions(options: ChatOptions): void {
  checkOptions("model.chat", options, chatOptionNames);
  const check = optionChecks("model.chat");
  const { tools, toolChoice, settings, maxTokens } = options;
  if (options.agent !== undefined) check.text("agent", options.agent);
  if (maxTokens !== undefined) check.whole("maxTokens", maxTokens, { min: 1 });
  if (tools !== undefined && settings?.tools !== undefined) {
    throw check.invalid("settings.tools", settings.tools, "absent beside tools");
  }
  if (tools !== undefined) checkTools(tools, check);
  if (toolChoice !== undefined) checkChoice(toolChoice, tools ?? [], check);
  if (options.responseFormat !== undefined) checkFormat(options, options.responseFormat, check);
}

function checkFormat(
  { tools = [], toolChoice }: ChatOptions,
  format: ResponseFormat,
  check: OptionChecks,
): void {
  if (!isObject(format)) throw check.invalid("responseFormat", format, "an object with a type");
  checkOptions("model.chat", { responseFormat: format }, { responseFormat: formatNames });
  check.oneOf("responseFormat.type", format.type, ["json"]);
  const { schema } = format;
  if (schema !== undefined && typeof schema !== "boolean" && !isObject(schema)) {
    throw check.invalid("responseFormat.schema", schema, "a JSON Schema: an object, true or false");
  }
  if (tools.length > 0 && toolChoice !== "none") {
    throw check.invalid(
      "responseFormat",
      format,
      'absent beside tools whose toolChoice is not "none"',
    );
  }
}

function checkTools(tools: readonly ToolDefinition[], check: OptionChecks): void {
  if (!Array.isArray(tools)) throw check.invalid("tools", tools, "a list of tools");
  const names = new Set<string>();
  tools.forEach((tool: unknown, i) => {
    const at = `tools[${i}]`;
    if (!isObject(tool)) throw check.invalid(at, tool, "an object with name and parameters");
    const name = check.text(`${at}.name`, tool["name"]);
    if (names.has(name)) throw check.invalid(`${at}.name`, name, "another name than earlier tools");
    names.add(name);
    const { description, parameters } = tool;
    if (description !== undefined && typeof description !== "string") {
      throw check.invalid(`${at}.description`, description, "a text");
    }
    if (!isObject(parameters)) {
      throw check.invalid(`${at}.parameters`, parameters, "the JSON Schema of an object");
    }
  });
}

function checkChoice(
  choice: ToolChoice,
  tools: readonly ToolDefinition[],
  check: OptionChecks,
): void {
  const names = tools.map(({ name }) => name);
  if (typeof choice !== "object") {
    check.oneOf("toolChoice", choice, ["auto", "none", "required"]);
    if (choice === "required" && names.length === 0) {
      throw check.invalid("toolChoice", choice, '"auto" or "none" without tools');
    }
    return;
  }
  const { name }: { readonly name?: unknown } = choice ?? {};
  check.oneOf("toolChoice.name", name, names);
}

/** The settings of a call's conversation, the tools among them as the JSON text that a chat template reads. */
export function callSettings({ tools, settings }: ChatOptions): ConversationSettings | undefined {
  return tools === undefined || tools.length === 0
    ? settings
    : { ...settings, ...toolSettings(tools) };
}

/**
 * The settings of a conversation in which these tools are offered, as `model.chat(messages, { tools })` shows them: for
 * `sft({ conversations, settings })`.
 *
 * @throws OPTION_INVALID for tools that cannot be shown to a model
 * @example sft({ conversations, settings: conversations.map(() => toolSettings([add])), learningRate: 1e-3 });
 */
export function toolSettings(tools: readonly ToolDefinition[]): ConversationSettings {
  checkTools(tools, optionChecks("toolSettings"));
  const listed = tools.map(({ name, description, parameters }) => ({
    type: "function",
    function: { name, ...(description !== undefined && { description }), parameters },
  }));
  return { tools: JSON.stringify(listed) };
}
