/** Reads what the AI SDK asks of a language model: its options as those of a chat model. */
import { checkOptions } from "../../core/known-options.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { optionChecks } from "../../core/option-checks.ts";
import type { ToolChoice, ToolDefinition } from "../../core/tools.ts";
import type { ChatOptions } from "../../ports/chat-model.ts";
import type {
  LanguageModelCall,
  LanguageModelTool,
  LanguageModelWarning,
} from "../../ports/language-model.ts";

const check = optionChecks("languageModel");

/**
 * The options of a call.
 *
 * @throws OPTION_INVALID for one that a policy cannot honour and that would change what is sampled
 */
export function readOptions(call: LanguageModelCall): ChatOptions {
  const { stopSequences = [], tools = [], toolChoice } = call;
  refuse(call);
  const definitions = tools.map(definitionOf);
  const given = {
    signal: call.abortSignal,
    maxTokens: call.maxOutputTokens,
    temperature: call.temperature,
    topP: call.topP,
    topK: call.topK,
    seed: call.seed,
    stopStrings: stopSequences.length > 0 ? stopSequences : undefined,
    responseFormat: formatOf(call.responseFormat),
    ...toolOptions(definitions, toolChoice),
    ...ownOptions(call.providerOptions?.["hone"]),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What the call asks for that only makes replies better, and that a policy does without. */
export function warningsOf({ tools = [], reasoning }: LanguageModelCall): LanguageModelWarning[] {
  const warn = (feature: string, details: string): LanguageModelWarning => ({
    ...{ type: "unsupported" as const, feature, details },
  });
  const [strict] = tools.filter((tool) => tool.strict === true);
  const [shown] = tools.filter(({ inputExamples = [] }) => inputExamples.length > 0);
  return [
    ...(strict === undefined
      ? []
      : [warn("strict", `arguments of ${strict.name} are the model's own text`)]),
    ...(shown === undefined
      ? []
      : [
          warn(
            "inputExamples",
            `those of ${shown.name} are not shown; put them in its description`,
          ),
        ]),
    ...(reasoning === undefined || reasoning === "provider-default"
      ? []
      : [warn("reasoning", "set the chat template's variable in providerOptions.hone.variables")]),
  ];
}

function refuse({ presencePenalty, frequencyPenalty }: LanguageModelCall): void {
  for (const [name, value] of Object.entries({ presencePenalty, frequencyPenalty })) {
    if ((value ?? 0) !== 0) throw check.invalid(name, value, "0 or absent: a policy has none");
  }
}

/** The form of the reply; undefined for a text. */
function formatOf(format: LanguageModelCall["responseFormat"]): ChatOptions["responseFormat"] {
  if (format === undefined || format.type === "text") return undefined;
  const { schema } = format;
  const type = check.oneOf("responseFormat.type", format.type, ["json"]) as "json";
  // The schema is checked where the call is made.
  return { type, ...(schema !== undefined && { schema: schema as JsonObject }) };
}

function definitionOf(tool: LanguageModelTool): ToolDefinition {
  const { type, name, description, inputSchema } = tool;
  if (type !== "function") {
    throw check.invalid(
      `tools.${name}.type`,
      type,
      '"function": a policy has no tools of a provider',
    );
  }
  if (!isObject(inputSchema)) {
    throw check.invalid(`tools.${name}.inputSchema`, inputSchema, "the JSON Schema of an object");
  }
  return { name, parameters: inputSchema, ...(description !== undefined && { description }) };
}

/** Tools and the choice among them. Without tools there is nothing to choose. */
function toolOptions(
  tools: readonly ToolDefinition[],
  choice: LanguageModelCall["toolChoice"],
): Pick<ChatOptions, "tools" | "toolChoice"> {
  const toolChoice = choice === undefined ? undefined : choiceOf(choice);
  const isIdle = toolChoice === undefined || toolChoice === "auto" || toolChoice === "none";
  if (tools.length === 0 && isIdle) return {};
  return { tools, ...(toolChoice !== undefined && { toolChoice }) };
}

function choiceOf({ type, toolName }: NonNullable<LanguageModelCall["toolChoice"]>): ToolChoice {
  if (type === "tool" && toolName !== undefined) return { name: toolName };
  return check.oneOf("toolChoice.type", type, ["auto", "none", "required"]) as ToolChoice;
}

/** The options under `providerOptions.hone`. */
function ownOptions(given: unknown): Pick<ChatOptions, "agent" | "minP" | "settings"> {
  if (given === undefined) return {};
  const options = given as {
    readonly agent?: string;
    readonly minP?: number;
    readonly variables?: JsonObject;
  };
  const known = { agent: true, minP: true, variables: true } as const;
  checkOptions("languageModel, providerOptions.hone", options, known);
  const { agent, minP, variables } = options;
  return {
    ...(agent !== undefined && { agent }),
    ...(minP !== undefined && { minP }),
    ...(variables !== undefined && { settings: { variables } }),
  };
}
