/**
 * Records calls of the AI SDK, versions 6 and 7, through an integration in the global list that every copy of the SDK reads:
 * nothing of the SDK is imported.
 *
 * Recorded are generateText, streamText and the agents made of them; of version 7 also generateObject and streamObject.
 * Embeddings, images, speech and rankings are not recorded.
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

/** Several copies of hone may be loaded in a process: the first one watches. */
const installed = Symbol.for("hone.ai-sdk.1");

/**
 * Starts to watch the AI SDK.
 *
 * @example const remove = installAiSdk({ tracer, calls: new ModelCalls(), agent: "app" });
 */
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

/** The handlers of both versions. Where both have a handler of one name, an event with a `callId` is version 7's. */
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
    /** Version 6 reads this handler first at each call. */
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
