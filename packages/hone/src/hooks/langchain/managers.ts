/** Adds hone's handler to every callback manager of LangChain, so that the app does not notice it. */
import { fieldsOf, isObject, type JsonObject } from "../../core/json.ts";
import { warnOnce } from "../../recording/warn-once.ts";
import { type Method, prototypeOf, wrapMethod } from "../wrap-method.ts";
import { withConfiguration } from "./configuration.ts";
import type { ChainHandler } from "./handler.ts";
import type { Serialization } from "./serialization.ts";

interface CallbackManager {
  handlers: readonly unknown[];
  readonly _parentRunId?: unknown;
  readonly tags?: unknown;
  metadata?: unknown;
  addHandler(handler: unknown, inherit?: boolean): void;
}

/** Methods that are given the running object as JSON. */
const starts = [
  "handleChainStart",
  "handleChatModelStart",
  "handleLLMStart",
  "handleToolStart",
  "handleRetrieverStart",
];

/** Watches the method that makes all callback managers: from the app's handlers, from those of the run around, or from none. */
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
        const configured = configuredIn(rest);
        if (isAlone(manager, handler)) {
          // No other handler sees this manager's metadata.
          if (configured !== undefined)
            manager.metadata = { ...configured, ...fieldsOf(manager.metadata) };
          Object.defineProperties(manager, ofHoneAlone);
        } else if (configured !== undefined) tellOfConfiguration(manager, configured);
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

/**
 * The names of a configuration, such as `thread_id`. From version 1 on LangChain tells them its own tracer only, by the last
 * argument of the method; before, they were in the metadata of every run.
 */
function configuredIn(rest: readonly unknown[]): JsonObject | undefined {
  const options = fieldsOf(rest.at(-1));
  const { tracerInheritableMetadata: configured } = options;
  return isObject(configured) ? configured : undefined;
}

/** Tells hone's handler, and no other, of the configuration. */
function tellOfConfiguration(manager: CallbackManager, configured: JsonObject): void {
  for (const name of starts) {
    const start: unknown = Reflect.get(manager, name);
    if (typeof start !== "function") continue;
    const value = (...given: unknown[]): unknown =>
      withConfiguration(configured, () => Reflect.apply(start, manager, given) as unknown);
    Object.defineProperty(manager, name, { value, configurable: true, writable: true });
  }
}

const isAlone = ({ handlers }: CallbackManager, handler: ChainHandler): boolean =>
  handlers.every((one) => one === handler);

/**
 * The methods as properties of a manager that exists for hone alone. LangChain looks a method up right before it makes the
 * arguments, the first of which is the running object as JSON: that JSON is left out then.
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
 * LangChain gives handlers a tool's arguments as JSON; for arguments without a JSON form (a BigInt, a circle) it prints on the
 * console that the handler failed. Hone's handler is left out then, and called afterwards with the arguments themselves.
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
      const start = handler["handleToolStart"] as (...given: readonly unknown[]) => void;
      start(tool, input, run.runId, parentId, tags, metadata, name, callId);
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
