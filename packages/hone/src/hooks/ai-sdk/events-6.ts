/**
 * The events of AI SDK 6, which do not name the call they belong to. The SDK asks an integration for its handlers once per
 * call, `onStart` first, and all of them without a pause: each asking gets handlers of its own.
 *
 * What these events leave out is seen by the model's own functions, where the SDK's modules could be reached
 * (`calls-6.ts`): errors, streams that nobody reads to their end, several attempts. Where it was not, such a call ends
 * as cancelled. Structured output has no events in this version.
 */
import { fieldsOf, isObject, type JsonObject } from "../../core/json.ts";
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

/** The app's call, where it is known by itself: it hears of its run. */
export interface AppCall {
  readonly version: string;
  state: CallState | undefined;
  /** False where the app keeps what models and tools are given, or what they say, out of telemetry. */
  keepsInputs: boolean;
  keepsOutputs: boolean;
}

type Kept = Pick<AppCall, "keepsInputs" | "keepsOutputs">;

/** @param appCall  gives the call whose code asks */
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
  /** When the first tool began: the answer was there by then. */
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
      // Other integrations hear of it after us.
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
    metadata: isObject(metadata) ? metadata : {},
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
