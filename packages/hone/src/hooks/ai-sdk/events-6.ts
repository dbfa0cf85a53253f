/**
 * Translates the events of AI SDK 6, which do not name the call they belong to. The SDK reads all handlers of an integration
 * at once for each call, `onStart` first, so that each call gets handlers of its own.
 *
 * The events leave out errors, repeated attempts and streams that are not read to their end. `calls-6.ts` sees those where it
 * could wrap the SDK's functions; where it could not, such a call ends as cancelled. Structured output has no events in this
 * version.
 */
import { fieldsOf, type JsonObject } from "../../core/json.ts";
import { activeTrace } from "../../recording/trace-context.ts";
import { plainText } from "../../messages/plain-text.ts";
import type { HookTools } from "../hook-tools.ts";
import type { CallsInContext } from "./context.ts";
import { answerAttributes, providerOf, sdkUsage, settingsOf, toolDefinitions } from "./facts.ts";
import { lastAsked, sdkAnswer, sdkMessages } from "./messages.ts";
import { recordStepContent } from "./step.ts";
import { AiSdkRun } from "./run.ts";
import { type CallState, endRun } from "./model-call.ts";

type Handler = (event: JsonObject) => void;

/** Handlers of one call of the SDK, by the SDK's names of them. */
export type Events6 = Readonly<Record<string, Handler>>;

/** A call of the SDK by the app, where the SDK's function could be wrapped. */
export interface AppCall {
  readonly version: string;
  /** Set once the SDK reports the start of the call. */
  state: CallState | undefined;
  /** False where the app keeps inputs, or outputs, of models and tools out of telemetry. */
  keepsInputs: boolean;
  keepsOutputs: boolean;
}

type Kept = Pick<AppCall, "keepsInputs" | "keepsOutputs">;

/**
 * The handlers of one call.
 *
 * @param appCall  returns the app's call whose code runs
 */
export function eventsOf6(
  tools: HookTools,
  context: CallsInContext,
  appCall: () => AppCall | undefined,
): Events6 {
  const around = activeTrace();
  let state: CallState | undefined;
  let run: AiSdkRun | undefined;
  let settings: JsonObject = {};
  let kept: Kept = { keepsInputs: true, keepsOutputs: true };
  /** When the first tool began, in Unix milliseconds: the model had answered by then. */
  let answeredAt: number | undefined;

  return {
    onStart: (event) => {
      settings = event;
      const call = appCall();
      kept = call ?? kept;
      run = startRun(tools, event, kept, call?.version);
      const { maxRetries } = event;
      const retries = typeof maxRetries === "number" ? maxRetries : 0;
      const { keepsOutputs } = kept;
      state = { run, streamError: undefined, keepsOutputs, maxRetries: retries };
      if (call !== undefined) call.state = state;
    },
    onStepStart: (event) => {
      if (run === undefined) return;
      answeredAt = undefined;
      const call = beginCall(run, settings, event, kept);
      if (call !== undefined) context.enter(call);
    },
    onToolCallStart: (event) => {
      const { toolCallId, toolName, input } = fieldsOf(event["toolCall"]);
      answeredAt ??= Date.now();
      const id = plainText(toolCallId);
      run?.beginTool(id, plainText(toolName), kept.keepsOutputs ? input : null);
      const place = run?.placeOf(id);
      if (place !== undefined) context.enterTrace(place);
    },
    onToolCallFinish: (event) => {
      const id = plainText(fieldsOf(event["toolCall"])["toolCallId"]);
      const { success, output, error } = event;
      run?.endTool(
        id,
        success === true ? { result: kept.keepsOutputs ? output : null } : { error },
      );
      // The code of other integrations runs after this, outside of the tool.
      context.enterTrace(around);
    },
    onStepFinish: (event) => {
      if (run === undefined) return;
      endCall(run, event, kept, answeredAt);
      if (kept.keepsOutputs) recordStepContent(run, event["content"]);
    },
    onFinish: () => state && endRun(state),
  };
}

function startRun(
  tools: HookTools,
  event: JsonObject,
  { keepsInputs, keepsOutputs }: Kept,
  version: string | undefined,
): AiSdkRun {
  const { functionId, metadata, abortSignal } = event;
  const messages = sdkMessages(event["system"], event["prompt"] ?? event["messages"]);
  return new AiSdkRun(tools, {
    agent: typeof functionId === "string" ? functionId : undefined,
    task: keepsInputs ? lastAsked(messages) : "",
    version,
    metadata: fieldsOf(metadata),
    keepsBodies: keepsInputs && keepsOutputs,
    signal: abortSignal instanceof AbortSignal ? abortSignal : undefined,
    watchesSignal: true,
  });
}

function beginCall(run: AiSdkRun, settings: JsonObject, event: JsonObject, { keepsInputs }: Kept) {
  const { provider, modelId } = fieldsOf(event["model"]);
  const { toolChoice, providerOptions, stepNumber } = event;
  const model = plainText(modelId);
  return run.beginPrompt({
    name: `chat ${model}`,
    input: keepsInputs ? sdkMessages(event["system"], event["messages"]) : [],
    model,
    provider: providerOf(provider),
    attributes: {
      ...settingsOf({ ...settings, toolChoice, providerOptions }),
      ...(keepsInputs ? toolDefinitions(event["tools"]) : {}),
      ...(typeof stepNumber === "number" ? { "ai.step": stepNumber } : {}),
      "ai.provider": plainText(provider),
    },
  });
}

/** A step's content holds the results of its tools besides the answer. */
function endCall(
  run: AiSdkRun,
  event: JsonObject,
  { keepsOutputs }: Kept,
  answeredAt: number | undefined,
): void {
  const { content, finishReason, rawFinishReason, providerMetadata } = event;
  const { id: responseId, modelId: model } = fieldsOf(event["response"]);
  const parts = (Array.isArray(content) ? content : []).map(fieldsOf);
  const sources = parts.filter((part) => part["type"] === "source");
  const answer = parts.filter(
    (part) => !/^tool-(?:result|error)$/.test(plainText(part["type"])) || part["providerExecuted"],
  );
  const said = keepsOutputs ? { providerMetadata, sources } : {};
  const facts = { finishReason, rawFinishReason, responseId, model, ...said };
  run.endPrompt(
    {
      ...(keepsOutputs ? { output: sdkAnswer(answer) } : {}),
      ...sdkUsage(event["usage"]),
      ...(answeredAt === undefined ? {} : { endedAt: answeredAt }),
      attributes: answerAttributes(facts),
    },
    plainText(responseId),
  );
}
