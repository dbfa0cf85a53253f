/** Every callback manager of LangChain gets one more handler, and nothing of that shows. */
import { warnOnce } from "../../recording/warn-once.ts";
import { type Method, prototypeOf, wrapMethod } from "../wrap-method.ts";
import type { ChainHandler } from "./handler.ts";
import type { Serialization } from "./serialization.ts";

interface CallbackManager {
  handlers: readonly unknown[];
  readonly _parentRunId?: unknown;
  readonly tags?: unknown;
  readonly metadata?: unknown;
  addHandler(handler: unknown, inherit?: boolean): void;
}

/** Which methods are given the running object as JSON. */
const starts = [
  "handleChainStart",
  "handleChatModelStart",
  "handleLLMStart",
  "handleToolStart",
  "handleRetrieverStart",
];

/** All callback managers are made here: of an app's handlers, of those of the run around, or of none. */
export function watchManagers(
  managerClass: object,
  serialization: Serialization,
  handler: ChainHandler,
): () => void {
  const ofHoneAlone = quietStarts(serialization, handler);
  const configure = (original: Method): Method =>
    function (this: unknown, inherited, local, ...rest): unknown {
      // Without any handlers there would be no manager, so one is asked for. What comes back is never the app's own.
      const given = inherited ?? (local === undefined || local === null ? [] : inherited);
      const manager = original.call(this, given, local, ...rest) as CallbackManager | undefined;
      try {
        if (manager === undefined) return manager;
        if (!manager.handlers.includes(handler)) manager.addHandler(handler, true);
        if (isAlone(manager, handler)) Object.defineProperties(manager, ofHoneAlone);
      } catch (error) {
        warnOnce(error);
      }
      return manager;
    };
  const undo = [
    wrapMethod(managerClass, "_configureSync", configure),
    wrapMethod(prototypeOf(managerClass), "handleToolStart", (original) =>
      toolStart(original, handler),
    ),
  ];
  return () => undo.forEach((one) => one());
}

const isAlone = ({ handlers }: CallbackManager, handler: ChainHandler): boolean =>
  handlers.every((one) => one === handler);

/**
 * The methods as properties of a manager that would not be there without hone. A method is looked up right before its
 * arguments are made, the first of which is the running object as JSON.
 */
function quietStarts(serialization: Serialization, handler: ChainHandler): PropertyDescriptorMap {
  const quiet = (name: string): PropertyDescriptor => ({
    configurable: true,
    enumerable: false,
    get(this: CallbackManager): unknown {
      if (isAlone(this, handler)) serialization.skipNext();
      return Reflect.get(Object.getPrototypeOf(this) as object, name, this) as unknown;
    },
    set(this: CallbackManager, value: unknown) {
      Object.defineProperty(this, name, { value, writable: true, configurable: true });
    },
  });
  return Object.fromEntries(starts.map((name) => [name, quiet(name)]));
}

/**
 * LangChain gives handlers a tool's arguments as JSON; of those that have none (a BigInt, a circle) it says on the console
 * that the handler failed. Ours is left out then, and told afterwards what the arguments are.
 */
function toolStart(original: Method, handler: ChainHandler): Method {
  return function (this: unknown, tool, input, ...rest): unknown {
    const manager = this as CallbackManager;
    if (!manager.handlers.includes(handler) || hasJson(input)) {
      return original.call(this, tool, input, ...rest);
    }
    const others = manager.handlers.filter((one) => one !== handler);
    const without = Object.create(manager, { handlers: { value: others, writable: true } });
    const started = original.call(without, tool, input, ...rest) as Promise<StartedTool>;
    return started.then((run) => {
      run.handlers = manager.handlers;
      const { _parentRunId: parentId, tags, metadata } = manager;
      const [, , , , name, callId] = rest;
      const hear = handler["handleToolStart"] as (...given: readonly unknown[]) => void;
      hear(tool, input, run.runId, parentId, tags, metadata, name, callId);
      return run;
    });
  };
}

/** LangChain's manager of a tool's run. */
interface StartedTool {
  readonly runId: string;
  handlers: readonly unknown[];
}

function hasJson(input: unknown): boolean {
  if (typeof input === "string") return true;
  try {
    JSON.stringify(input);
    return true;
  } catch {
    return false;
  }
}
