/**
 * Wraps `generateText` and `streamText` of AI SDK 6 as its module is loaded, for what its events leave out. The SDK is given
 * watched models; the app's `prepareStep` is given the app's own model.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fieldsOf, isObject } from "../../core/json.ts";
import { labelsOfMetadata } from "../../core/trace-labels.ts";
import { isAbort } from "../aborts.ts";
import { type GivenLabels, withLabels } from "../given-labels.ts";
import { watchModules } from "../module-hooks.ts";
import { safely } from "../../recording/safely.ts";
import type { AppCall } from "./events-6.ts";
import { toolDefinitions } from "./facts.ts";
import { callModel, type CallState } from "./model-call.ts";
import { readThrough } from "./read-through.ts";
import { WatchedModels } from "./watched-models.ts";

type Call = (...given: unknown[]) => unknown;

const calls = new AsyncLocalStorage<AppCall>();

/** The app's call of the SDK whose code runs now. */
export const callOf6 = (): AppCall | undefined => calls.getStore();

/** @returns a function that ends it and puts the SDK's own functions back */
export function watchCallsOf6(): () => void {
  return watchModules([
    {
      package: "ai",
      path: "dist/index",
      names: ["generateText", "streamText", "generateObject", "streamObject"],
      found: (own, version, assign) => {
        if (!version.startsWith("6.")) return () => undefined;
        const { generateText, streamText, generateObject, streamObject } = own as Record<
          string,
          Call
        >;
        assign("generateText", watched(generateText!, version, generate));
        assign("streamText", watched(streamText!, version, stream));
        assign("generateObject", labelling(generateObject!));
        assign("streamObject", labelling(streamObject!));
        return () => Object.entries(own).forEach(([name, value]) => assign(name, value));
      },
    },
  ]);
}

/** Runs the SDK's own function as part of the app's call. */
type Watch = (call: AppCall, execute: () => unknown) => unknown;

/** The SDK's function, wrapped; its name, length and other properties stay. */
export const watched = (own: Call, version: string, watch: Watch): Call =>
  new Proxy(own, {
    apply: (_, self, given: unknown[]) => {
      const call: AppCall = { version, state: undefined, keepsInputs: true, keepsOutputs: true };
      const [options, ...rest] = given;
      const seen = isObject(options) ? [watchedOptions(options, call), ...rest] : given;
      return calls.run(call, () => watch(call, () => Reflect.apply(own, self, seen)));
    },
  });

/** Watches a call of generateText, whose promise also rejects with errors that come from no model call. */
export const generate: Watch = async (call, execute) => {
  try {
    return await execute();
  } catch (error) {
    safely(() => call.state?.run.fail(error));
    throw error;
  }
};

const stream: Watch = (_, execute) => execute();

/** The options as the SDK reads them, each field at the moment it is read. */
function watchedOptions(options: object, call: AppCall): object {
  const models = new WatchedModels((own, key, given) => {
    const asked = fieldsOf(given[0]);
    if (call.keepsInputs) safely(() => call.state?.run.describe(toolDefinitions(asked["tools"])));
    return attempt(call, own, key === "doStream" ? isLastAttempt : () => false);
  });
  return readThrough(options, (key, own) => {
    if (key === "model") return models.watched(own);
    if (key === "prepareStep" || key === "experimental_prepareStep") return models.inSteps(own);
    if (key === "experimental_telemetry") safely(() => noteTelemetry(own, call));
    return own;
  });
}

/** Notes what the app keeps out of telemetry, which the SDK's events do not tell: it is not recorded. */
function noteTelemetry(telemetry: unknown, call: AppCall): void {
  if (!isObject(telemetry)) return;
  call.keepsInputs = telemetry["recordInputs"] !== false;
  call.keepsOutputs = telemetry["recordOutputs"] !== false;
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
    safely(() => isFinal(state, error) && state.run.fail(error));
    throw error;
  }
}

/** Whether the SDK makes no further attempt at a streamed call, which it does not report itself. */
function isLastAttempt({ run, maxRetries }: CallState, error: unknown): boolean {
  const isRepeated = isObject(error) && error["isRetryable"] === true && !isAbort(error);
  return !isRepeated || run.attempts > maxRetries;
}

let hasWarned = false;

/**
 * Version 6 has no events for structured output, so it is recorded from its requests. They get the labels of the telemetry's
 * metadata. Warns once where the app keeps structured output out of telemetry, which the requests do not tell.
 */
export const labelling = (own: Call): Call =>
  new Proxy(own, {
    apply: (_, self, given: unknown[]) => {
      const place: GivenLabels = { labels: {} };
      const watchedOptions = readThrough(fieldsOf(given[0]), (key, value) => {
        if (key === "experimental_telemetry") safely(() => noteObjectTelemetry(value, place));
        return value;
      });
      const seen = isObject(given[0]) ? [watchedOptions, ...given.slice(1)] : given;
      return withLabels(place, () => Reflect.apply(own, self, seen));
    },
  });

function noteObjectTelemetry(telemetry: unknown, place: GivenLabels): void {
  warnOfHidden(telemetry);
  place.labels = labelsOfMetadata(fieldsOf(fieldsOf(telemetry)["metadata"]));
}

function warnOfHidden(telemetry: unknown): void {
  const { recordInputs, recordOutputs } = fieldsOf(telemetry);
  if (hasWarned || (recordInputs !== false && recordOutputs !== false)) return;
  hasWarned = true;
  const what = "recordInputs and recordOutputs of generateObject and streamObject in AI SDK 6";
  process.emitWarning(`hone cannot heed ${what}: what they send and receive is recorded`, {
    type: "HoneWarning",
  });
}
