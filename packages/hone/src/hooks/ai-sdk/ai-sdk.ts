/**
 * Records calls of the AI SDK, versions 6 and 7, through the integrations it asks for in a global list: nothing of the SDK is
 * imported, and every copy of it in the process is heard.
 *
 * Recorded are generateText, streamText and the agents made of them, in version 7 generateObject and streamObject too.
 * Embeddings, images, speech and rankings are not.
 */
import type { JsonObject } from "../../core/json.ts";
import { callOf6, watchCallsOf6 } from "./calls-6.ts";
import { CallsInContext } from "./context.ts";
import { type Events6, eventsOf6 } from "./events-6.ts";
import { eventsOf7, type Execution } from "./events-7.ts";
import { addIntegration } from "./registry.ts";
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { safely } from "../../recording/safely.ts";

type Handler = (event: JsonObject) => void;

/** One of all copies of hone in a process watches. */
const installed = Symbol.for("hone.ai-sdk.1");

/** @example const remove = installAiSdk({ tracer, calls: new ModelCalls(), agent: "app" }); */
export const installAiSdk: InstallHook = (tools) => {
  const place = globalThis as { [installed]?: true };
  if (place[installed] === true) return () => undefined;
  place[installed] = true;
  const context = new CallsInContext(tools.calls);
  const removeCalls = watchCallsOf6();
  const removeIntegration = addIntegration(integrationOf(tools, context));
  return () => {
    removeIntegration();
    removeCalls();
    context.remove();
    delete place[installed];
  };
};

/** Handlers that both versions know are told apart by the event: version 7 names its call. */
function integrationOf(tools: HookTools, context: CallsInContext): object {
  const seven = eventsOf7(tools, context);
  let six: Events6 = {};
  const shared = (name: string, of6: Handler | undefined): Handler => {
    const of7 = seven.handlers[name];
    return guarded((event) => ("callId" in event ? of7 : of6)?.(event));
  };
  const { onStart, onStepStart, ...rest } = seven.handlers;
  const only7 = Object.entries(rest).map(([name, handler]) => [name, guarded(handler)]);
  return {
    ...Object.fromEntries(only7),
    executeLanguageModelCall: <T>(options: Execution<T>) => seven.executeLanguageModelCall(options),
    executeTool: <T>(options: Execution<T>) => seven.executeTool(options),
    /** The first that version 6 asks for at each call. */
    get onStart(): Handler {
      six = eventsOf6(tools, context, callOf6);
      return shared("onStart", six["onStart"]);
    },
    get onStepStart(): Handler {
      return shared("onStepStart", six["onStepStart"]);
    },
    get onToolCallStart(): Handler {
      return shared("onToolCallStart", six["onToolCallStart"]);
    },
    get onToolCallFinish(): Handler {
      return shared("onToolCallFinish", six["onToolCallFinish"]);
    },
    /** Version 7 calls this name too, after `onStepEnd`. */
    get onStepFinish(): Handler {
      return shared("onStepFinish", six["onStepFinish"]);
    },
    get onFinish(): Handler {
      return shared("onFinish", six["onFinish"]);
    },
  };
}

const guarded =
  (handle: Handler): Handler =>
  (event) =>
    safely(() => handle(event));
