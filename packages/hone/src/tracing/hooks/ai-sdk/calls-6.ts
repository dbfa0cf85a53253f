/**
 * The calls of AI SDK 6 themselves, for what its events leave out: `generateText` and `streamText` are put in place of
 * themselves, as its module is loaded, with a model whose own functions are watched. A model that `prepareStep` brings in is
 * not.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isObject } from "../../../core/json.ts";
import { withMethods } from "../../observe-result.ts";
import type { AppCall } from "./events-6.ts";
import { toolDefinitions } from "./facts.ts";
import { isAbort } from "./errors.ts";
import { callModel, type CallState } from "./model-call.ts";
import { watchModules } from "../module-hooks.ts";

type Call = (...given: unknown[]) => unknown;

const calls = new AsyncLocalStorage<AppCall>();

/** The app's call whose code runs now. */
export const callOf6 = (): AppCall | undefined => calls.getStore();

/** @returns what ends it and puts the SDK's own functions back */
export function watchCallsOf6(): () => void {
  return watchModules([
    {
      package: "ai",
      path: "dist/index",
      names: ["generateText", "streamText"],
      found: (own, version, assign) => {
        if (!version.startsWith("6.")) return () => undefined;
        assign("generateText", watched(own["generateText"] as Call, version, generate));
        assign("streamText", watched(own["streamText"] as Call, version, stream));
        return () => Object.entries(own).forEach(([name, value]) => assign(name, value));
      },
    },
  ]);
}

type Watch = (call: AppCall, own: Call, given: unknown[]) => unknown;

const watched = (own: Call, version: string, watch: Watch): Call => {
  const made: Call = (...given) => {
    const call: AppCall = { version, state: undefined };
    return calls.run(call, () => watch(call, own, withModel(given, call)));
  };
  return Object.defineProperty(made, "name", { value: own.name, configurable: true });
};

/** Its promise tells of errors that come from no model call. */
const generate: Watch = async (call, own, given) => {
  try {
    return await Reflect.apply(own, undefined, given);
  } catch (error) {
    call.state?.run.fail(error);
    throw error;
  }
};

const stream: Watch = (_, own, given) => Reflect.apply(own, undefined, given);

/** The arguments, with the model watched where it is an object and no name. */
function withModel([options, ...rest]: unknown[], call: AppCall): unknown[] {
  if (!isObject(options) || !isObject(options["model"])) return [options, ...rest];
  const model = withMethods<object>(options["model"], (key, own) => {
    if (key !== "doGenerate" && key !== "doStream") return undefined;
    const isFinal = key === "doStream" ? isLastAttempt : () => false;
    return (...given) => {
      const asked = isObject(given[0]) ? given[0] : {};
      call.state?.run.describe(toolDefinitions(asked["tools"]));
      return attempt(call, () => Reflect.apply(own, options["model"], given), isFinal);
    };
  });
  return [{ ...options, model }, ...rest];
}

async function attempt(
  call: AppCall,
  execute: () => unknown,
  isFinal: (state: CallState, error: unknown) => boolean,
): Promise<unknown> {
  const { state } = call;
  if (state === undefined) return execute();
  try {
    return await callModel(state, async () => execute());
  } catch (error) {
    if (isFinal(state, error)) state.run.fail(error);
    throw error;
  }
}

/** A stream's app is told of an error by the stream; whether the SDK tries again is told by nobody. */
function isLastAttempt({ run, maxRetries }: CallState, error: unknown): boolean {
  const isTriedAgain = isObject(error) && error["isRetryable"] === true && !isAbort(error);
  return !isTriedAgain || run.attempts > maxRetries;
}
