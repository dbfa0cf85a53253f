/**
 * Translates the events of AI SDK 7, which name the call they belong to. Events of embeddings, speech, images and rankings are
 * passed over.
 */
import { fieldsOf, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import { plainText } from "../../messages/plain-text.ts";
import type { HookTools } from "../hook-tools.ts";
import type { CallsInContext } from "./context.ts";
import { answerAttributes, providerOf, sdkUsage, settingsOf, toolDefinitions } from "./facts.ts";
import { lastAsked, sdkAnswer, sdkMessages } from "./messages.ts";
import { recordStepContent } from "./step.ts";
import { AiSdkRun } from "./run.ts";
import { callModel, type CallState, endRun } from "./model-call.ts";

/** Operations whose calls are recorded. */
const operations: ReadonlySet<unknown> = new Set([
  "ai.generateText",
  "ai.streamText",
  "ai.generateObject",
  "ai.streamObject",
]);

/** A call that runs. */
interface Known extends CallState {
  /** Settings of the whole call. */
  readonly settings: JsonObject;
  /** Settings of the next step, from the event before it. */
  step: JsonObject;
}

type Handler = (event: JsonObject) => void;

export interface Events7 {
  /** Event handlers, by the SDK's names. */
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly executeLanguageModelCall: <T>(options: Execution<T>) => PromiseLike<T>;
  readonly executeTool: <T>(options: Execution<T>) => PromiseLike<T>;
}

/** A part of a call that the SDK lets an integration run. */
export type Execution<T> = JsonObject & { readonly execute: () => PromiseLike<T> };

export function eventsOf7(tools: HookTools, context: CallsInContext): Events7 {
  const runs = new Map<unknown, Known>();
  const known = (event: JsonObject): Known | undefined => runs.get(event["callId"]);

  const on = (handle: (known: Known, event: JsonObject) => void): Handler => {
    return (event) => {
      const found = known(event);
      if (found !== undefined) handle(found, event);
    };
  };

  return {
    handlers: {
      onStart: (event) => {
        if (!operations.has(event["operationId"])) return;
        const id = event["callId"];
        runs.set(
          id,
          startRun(tools, event, () => void runs.delete(id)),
        );
      },
      onStepStart: on((found, event) => void (found.step = event)),
      onLanguageModelCallStart: on(beginCall),
      onLanguageModelCallEnd: on(endCall),
      onToolExecutionStart: on(({ run }, event) => {
        const { toolCallId, toolName, input } = fieldsOf(event["toolCall"]);
        run.beginTool(plainText(toolCallId), plainText(toolName), input);
      }),
      onToolExecutionEnd: on(({ run }, event) => {
        const output = fieldsOf(event["toolOutput"]);
        const id = plainText(fieldsOf(event["toolCall"])["toolCallId"]);
        run.endTool(
          id,
          output["type"] === "tool-error"
            ? { error: output["error"] }
            : { result: output["output"] },
        );
      }),
      onStepEnd: on(({ run }, event) => recordStepContent(run, event["content"])),
      onObjectStepStart: on((found, event) => {
        const call = beginObjectCall(found, event);
        if (call !== undefined) context.enter(call);
      }),
      onObjectStepEnd: on(endObjectCall),
      onEnd: on((found, { error }) => endRun(found, error)),
      onAbort: on(({ run }, { reason }) => {
        run.end("cancelled", reason ?? new DOMException("The call was aborted.", "AbortError"));
      }),
      onError: on(({ run }, { error }) => run.fail(error)),
    },
    executeLanguageModelCall: (options) => {
      const found = known(options);
      return found === undefined ? options.execute() : callModel(found, options.execute);
    },
    executeTool: (options) => {
      const id = plainText(options["toolCallId"]);
      const found = known(options);
      return found === undefined
        ? options.execute()
        : found.run.insideTool(id, () => options.execute());
    },
  };
}

function startRun(tools: HookTools, event: JsonObject, onEnd: () => void): Known {
  const { functionId, aiVersion, runtimeContext, abortSignal } = event;
  const messages = sdkMessages(undefined, event["messages"] ?? event["prompt"]);
  const keepsOutputs = event["recordOutputs"] !== false;
  const context = isObject(runtimeContext) && Object.keys(runtimeContext).length > 0;
  const run = new AiSdkRun(
    tools,
    {
      agent: typeof functionId === "string" ? functionId : undefined,
      task: lastAsked(messages),
      version: typeof aiVersion === "string" ? aiVersion : undefined,
      // Its fields are facts of the call as the telemetry metadata of version 6 were.
      metadata: {
        ...fieldsOf(event["metadata"]),
        ...(context ? { ...runtimeContext, runtimeContext } : {}),
      },
      keepsBodies: keepsOutputs && event["recordInputs"] !== false,
      signal: abortSignal instanceof AbortSignal ? abortSignal : undefined,
    },
    onEnd,
  );
  return { run, settings: event, step: {}, streamError: undefined, keepsOutputs, maxRetries: 0 };
}

function beginCall({ run, settings, step }: Known, event: JsonObject): void {
  const { toolChoice, providerOptions } = step;
  begin(run, sdkMessages(event["instructions"], event["messages"]), event, {
    ...settingsOf({ ...event, toolChoice, providerOptions, maxRetries: settings["maxRetries"] }),
    ...toolDefinitions(event["tools"]),
    ...(typeof step["stepNumber"] === "number" ? { "ai.step": step["stepNumber"] } : {}),
  });
}

/** Starts a model call of structured output, whose event holds the provider's messages, the system prompt first. */
function beginObjectCall({ run, settings }: Known, event: JsonObject) {
  return begin(run, sdkMessages(undefined, event["promptMessages"]), event, settingsOf(settings));
}

function begin(
  run: AiSdkRun,
  input: readonly Message[],
  { provider, modelId }: JsonObject,
  attributes: Readonly<Record<string, JsonValue>>,
) {
  const model = plainText(modelId);
  return run.beginPrompt({
    name: `chat ${model}`,
    input,
    model,
    provider: providerOf(provider),
    attributes: { ...attributes, "ai.provider": plainText(provider) },
  });
}

function endCall({ run }: Known, event: JsonObject): void {
  const { content, finishReason, responseId, providerMetadata, modelId: model } = event;
  const parts = Array.isArray(content) ? content : [];
  const sources = parts.filter((part) => fieldsOf(part)["type"] === "source");
  const facts = { finishReason, responseId, providerMetadata, model, sources };
  run.endPrompt(
    {
      ...(parts.length === 0 ? {} : { output: sdkAnswer(parts) }),
      ...sdkUsage(event["usage"]),
      attributes: answerAttributes(facts),
    },
    plainText(responseId),
  );
}

function endObjectCall({ run, keepsOutputs }: Known, event: JsonObject): void {
  const { objectText, reasoning, finishReason, providerMetadata } = event;
  const { id: responseId, modelId: model } = fieldsOf(event["response"]);
  const content = [
    ...(typeof reasoning === "string" ? [{ type: "reasoning", text: reasoning }] : []),
    { type: "text", text: plainText(objectText) },
  ];
  run.endPrompt(
    {
      ...(keepsOutputs ? { output: sdkAnswer(content) } : {}),
      ...sdkUsage(event["usage"]),
      attributes: answerAttributes({ finishReason, responseId, providerMetadata, model }),
    },
    plainText(responseId),
  );
}
