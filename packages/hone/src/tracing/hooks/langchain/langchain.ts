/**
 * Records what LangChain and LangGraph do, from their callbacks: every callback manager gets one more handler, which asks
 * nothing of the app and changes nothing that other handlers see.
 */
import { isObject } from "../../../core/json.ts";
import { plainText } from "../../plain-text.ts";
import { sharedState } from "../../trace-context.ts";
import { warnOnce } from "../../warn-once.ts";
import type { HookTools, InstallHook } from "../hook-tools.ts";
import { type KnownModule, watchModules } from "../module-hooks.ts";
import {
  generatorWithin,
  type Method,
  prototypeOf,
  type StepListener,
  wrapMethod,
} from "../wrap-method.ts";
import { PartialAnswer } from "./partial-answer.ts";
import {
  ChainRecorder,
  ModelScope,
  type RunFacts,
  signalOf,
  type StreamScope,
} from "./recorder.ts";

export const installLangChain: InstallHook = (tools: HookTools) =>
  watchModules(chainModules(new ChainRecorder(tools), tools));

const core = "@langchain/core";

/** The modules of LangChain that a recorder listens to. */
export function chainModules(recorder: ChainRecorder, tools: HookTools): KnownModule[] {
  return [
    {
      package: core,
      path: "dist/callbacks/manager",
      names: ["CallbackManager"],
      found: ({ CallbackManager: manager }, version) => {
        recorder.version = version;
        return watchManagers(manager as object, chainHandler(recorder));
      },
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

interface CallbackManager {
  readonly handlers: readonly unknown[];
  addHandler(handler: unknown, inherit?: boolean): void;
}

/** All callback managers are made here: of an app's handlers, of those of the run around, or of none. */
function watchManagers(managerClass: object, handler: ChainHandler): () => void {
  return wrapMethod(
    managerClass,
    "_configureSync",
    (original) =>
      function (this: unknown, inherited, local, ...rest): unknown {
        // Without any handlers there would be no manager, so one is asked for. What comes back is never the app's own.
        const given = inherited ?? (local === undefined || local === null ? [] : inherited);
        const manager = original.call(this, given, local, ...rest) as CallbackManager | undefined;
        try {
          if (manager !== undefined && !manager.handlers.includes(handler)) {
            manager.addHandler(handler, true);
          }
        } catch (error) {
          warnOnce(error);
        }
        return manager;
      },
  );
}

type ChainHandler = Readonly<Record<string, unknown>>;

/** A handler of LangChain's, without its base class: which of its copies that would be of is not known. */
function chainHandler(recorder: ChainRecorder): ChainHandler {
  const hear =
    <G extends readonly unknown[]>(run: (...given: G) => void) =>
    (...given: G): void => {
      try {
        run(...given);
      } catch (error) {
        warnOnce(error);
      }
    };
  const handler: Record<string, unknown> = {
    name: "hone",
    lc_serializable: false,
    awaitHandlers: true,
    raiseError: false,
    ignoreLLM: false,
    ignoreChain: false,
    ignoreAgent: false,
    ignoreRetriever: false,
    ignoreCustomEvent: true,
    copy: () => handler,
    toJSON: () => ({ lc: 1, type: "not_implemented", id: ["hone"] }),
    handleChatModelStart: hear(
      (llm, messages: unknown[], id: string, parent?: string, extra?, _tags?, metadata?, name?) =>
        recorder.modelStarted(facts(id, parent, metadata, name, messages[0]), messages[0], extra),
    ),
    handleLLMStart: hear(
      (llm, prompts: unknown[], id: string, parent?: string, extra?, _tags?, metadata?, name?) =>
        recorder.modelStarted(facts(id, parent, metadata, name, prompts[0]), prompts[0], extra),
    ),
    handleLLMEnd: hear((result, id: string) => recorder.modelEnded(id, result)),
    handleLLMError: hear((error, id: string) => recorder.failed(id, error)),
    handleChainStart: hear(
      (chain, inputs, id: string, parent?: string, _tags?, metadata?, _type?, name?) =>
        recorder.chainStarted(facts(id, parent, metadata, name ?? nameOf(chain), inputs)),
    ),
    handleChainEnd: hear((_outputs, id: string) => recorder.chainEnded(id)),
    handleChainError: hear((error, id: string) => recorder.failed(id, error)),
    handleToolStart: hear(
      (tool, input, id: string, parent?: string, _tags?, metadata?, name?, callId?) =>
        recorder.toolStarted(
          facts(id, parent, metadata, name ?? nameOf(tool), input),
          input,
          callId as string | undefined,
        ),
    ),
    handleToolEnd: hear((result, id: string) => recorder.toolEnded(id, result)),
    handleToolError: hear((error, id: string) => recorder.failed(id, error)),
    handleRetrieverStart: hear(
      (retriever, query, id: string, parent?: string, _tags?, metadata?, name?) =>
        recorder.toolStarted(facts(id, parent, metadata, name ?? nameOf(retriever), query), {
          query,
        }),
    ),
    handleRetrieverEnd: hear((documents, id: string) => recorder.toolEnded(id, documents)),
    handleRetrieverError: hear((error, id: string) => recorder.failed(id, error)),
  };
  return handler;
}

const facts = (
  id: string,
  parentId: string | undefined,
  metadata: unknown,
  name: unknown,
  given: unknown,
): RunFacts => ({ id, parentId, metadata, name: plainText(name), given });

/** The class of a serialised object. */
function nameOf(serialised: unknown): string {
  if (!isObject(serialised)) return "";
  const { name, id } = serialised;
  return plainText(name) || (Array.isArray(id) ? plainText(id.at(-1)) : "");
}

/** A model's code runs in a scope in which its requests are known to be its. */
function watchModel(prototype: object, recorder: ChainRecorder): () => void {
  const answer = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      return recorder.scopes.run(new ModelScope(given[1]), () => original.apply(this, given));
    };
  const stream = (original: Method): Method =>
    function (this: unknown, ...given): unknown {
      const scope = new ModelScope(given[1], new PartialAnswer());
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

const modelListener = (recorder: ChainRecorder, scope: ModelScope): StepListener => ({
  value: (chunk) => safely(() => recorder.heard(scope, chunk)),
  left: () => safely(() => recorder.modelLeft(scope)),
});

/** Streams of chains: which runs began in each, since LangChain does not tell when nobody reads one any more. */
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

const chainListener = (recorder: ChainRecorder, scope: StreamScope): StepListener => ({
  left: () => safely(() => recorder.chainLeft(scope)),
});

interface RunnableContext {
  getRunnableConfig(): unknown;
}

/** What LangChain says of where the running code is. */
function watchContext(
  context: RunnableContext,
  recorder: ChainRecorder,
  tools: HookTools,
): () => void {
  const place = () => {
    const config = context.getRunnableConfig();
    const callbacks = isObject(config) ? config["callbacks"] : undefined;
    const id = isObject(callbacks) ? callbacks["_parentRunId"] : undefined;
    return typeof id === "string" ? recorder.place(id) : undefined;
  };
  const { lookups } = sharedState();
  lookups.add(place);
  const forget = tools.calls.addLookup(() => recorder.call());
  return () => {
    lookups.delete(place);
    forget();
  };
}

function safely(run: () => void): void {
  try {
    run();
  } catch (error) {
    warnOnce(error);
  }
}
