/**
 * Records what LangChain and LangGraph do, from their callbacks: every callback manager gets one more handler, which changes
 * nothing that the app and other handlers see.
 */
import { isObject } from "../../core/json.ts";
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { type KnownModule, watchModules } from "../module-hooks.ts";
import { safely } from "../../recording/safely.ts";
import {
  generatorWithin,
  type Method,
  prototypeOf,
  type StepListener,
  wrapMethod,
} from "../wrap-method.ts";
import { followContext } from "../sdk-context.ts";
import { chainHandler } from "./handler.ts";
import { watchManagers } from "./managers.ts";
import { PartialAnswer } from "./partial-answer.ts";
import type { ChainStream } from "./open-runs.ts";
import { ChainRecorder, type ModelScope, signalOf } from "./recorder.ts";
import { Serialization } from "./serialization.ts";

export const installLangChain: InstallHook = (tools: HookTools) =>
  watchModules(chainModules(new ChainRecorder(tools), tools));

const core = "@langchain/core";

/** The modules of LangChain that are watched, and how. */
export function chainModules(recorder: ChainRecorder, tools: HookTools): KnownModule[] {
  const serialization = new Serialization();
  return [
    {
      package: core,
      path: "dist/callbacks/manager",
      names: ["CallbackManager"],
      found: ({ CallbackManager: manager }, version) => {
        recorder.version = version;
        return watchManagers(manager as object, serialization, chainHandler(recorder));
      },
    },
    {
      package: core,
      path: "dist/load/serializable",
      names: ["Serializable"],
      found: ({ Serializable: serializable }) => serialization.watch(prototypeOf(serializable)),
    },
    {
      package: core,
      path: "dist/language_models/chat_models",
      names: ["BaseChatModel"],
      found: ({ BaseChatModel: model }) => watchModel(prototypeOf(model), recorder),
    },
    {
      package: core,
      path: "dist/runnables/base",
      names: ["Runnable", "RunnableSequence", "RunnableWithFallbacks"],
      found: (found) =>
        watchStreams(
          [
            [found["Runnable"], "_transformStreamWithConfig"],
            [found["RunnableSequence"], "_streamIterator"],
            [found["RunnableWithFallbacks"], "_streamIterator"],
          ],
          recorder,
        ),
    },
    {
      package: core,
      path: "dist/singletons/async_local_storage/index",
      names: ["AsyncLocalStorageProviderSingleton"],
      found: ({ AsyncLocalStorageProviderSingleton: provider }) =>
        watchContext(provider as RunnableContext, recorder, tools),
    },
  ];
}

/** Runs a model's code in a scope of its own, by which the model's requests are known. */
function watchModel(prototype: object, recorder: ChainRecorder): () => void {
  const answer = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      return recorder.scopes.run(modelScope(given[1]), () => original.apply(this, given));
    };
  const stream = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      const scope = modelScope(given[1], new PartialAnswer());
      const within = <R>(run: () => R): R => recorder.scopes.run(scope, run);
      const steps = within(() => original.apply(this, given));
      return generatorWithin(steps, within, modelListener(recorder, scope));
    };
  const undo = [
    wrapMethod(prototype, "_generateUncached", answer),
    wrapMethod(prototype, "_streamIterator", stream),
  ];
  return () => undo.forEach((one) => one());
}

/** @param options  what the model was called with */
const modelScope = (options: unknown, answer?: PartialAnswer): ModelScope => ({
  runs: [],
  signal: signalOf(options),
  answer,
});

const modelListener = (recorder: ChainRecorder, scope: ModelScope): StepListener => ({
  onValue: (chunk) => safely(() => recorder.chunkRead(scope, chunk)),
  onLeft: () => safely(() => recorder.modelStreamLeft(scope)),
});

/** Notes which runs began in the stream of a chain: LangChain does not report when a stream is read no further. */
function watchStreams(
  prototypes: readonly (readonly [owner: unknown, method: string])[],
  recorder: ChainRecorder,
): () => void {
  const stream = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      // The options are the last argument of all of them.
      const scope = { open: new Set<string>(), signal: signalOf(given.at(-1)) };
      const within = <R>(run: () => R): R => recorder.streams.run(scope, run);
      const steps = within(() => original.apply(this, given));
      return generatorWithin(steps, within, chainListener(recorder, scope));
    };
  const undo = prototypes.map(([owner, name]) => wrapMethod(prototypeOf(owner), name, stream));
  return () => undo.forEach((one) => one());
}

const chainListener = (recorder: ChainRecorder, scope: ChainStream): StepListener => ({
  onLeft: () => safely(() => recorder.chainStreamLeft(scope)),
});

interface RunnableContext {
  getRunnableConfig(): unknown;
}

/** Asks LangChain in which of its runs the running code is. */
const watchContext = (
  context: RunnableContext,
  recorder: ChainRecorder,
  tools: HookTools,
): (() => void) =>
  followContext(tools, {
    place: () => {
      const config = context.getRunnableConfig();
      const callbacks = isObject(config) ? config["callbacks"] : undefined;
      const id = isObject(callbacks) ? callbacks["_parentRunId"] : undefined;
      return typeof id === "string" ? recorder.place(id) : undefined;
    },
    call: () => recorder.call(),
  });
