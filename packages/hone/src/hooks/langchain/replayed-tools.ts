/**
 * Answers calls of tools and retrievers of LangChain by a replay. Both run in a method of a base class of `@langchain/core`, which
 * checks what it is given, calls the app's own method and reports to callbacks; only the app's own method is replaced.
 *
 * A call is known by the arguments that callbacks are told, since these were recorded.
 */
import { fieldsOf, isObject } from "../../core/json.ts";
import type { ToolReplay } from "../../core/tool-replay.ts";
import { type KnownModule, watchModules } from "../module-hooks.ts";
import { type ReplayHook, withProperties } from "../replay-hook.ts";
import { type Method, prototypeOf, wrapMethod } from "../wrap-method.ts";
import { nameOf } from "./handler.ts";

/** What of a tool or a retriever is asked for its name. */
interface Serializable {
  toJSON(): unknown;
}

/** See `ReplayHook`. */
export const replayLangChainTools: ReplayHook = (replay, { onHooked, onUnknown }) => {
  const known = (path: string, name: string, method: string, wrap: (own: Method) => Method) =>
    ({
      ...{ package: "@langchain/core", path, names: [name], changed: onUnknown },
      found: ({ [name]: found }) => {
        const undo = wrapMethod(prototypeOf(found), method, wrap);
        onHooked();
        return undo;
      },
    }) satisfies KnownModule;
  return watchModules([
    known("dist/tools/index", "StructuredTool", "call", answeredTool(replay)),
    known("dist/retrievers/index", "BaseRetriever", "invoke", answeredRetriever(replay)),
  ]);
};

const answeredTool =
  (replay: ToolReplay) =>
  (own: Method): Method =>
    function (this: unknown, ...given): unknown {
      const tool = this as Serializable;
      const call = { name: recordedName(tool), arguments: argumentsOf(given[0]) };
      const seen = withProperties(tool, {
        _call: (...rest: unknown[]): unknown => {
          let hasRun = false;
          const result = replay.answer(call, () => {
            hasRun = true;
            return callOwn(tool, "_call", rest);
          });
          // What was recorded is the content; the artifact beside it is not.
          const isPair = !hasRun && fieldsOf(tool)["responseFormat"] === "content_and_artifact";
          return isPair ? [result, undefined] : result;
        },
      });
      return Reflect.apply(own, seen, given);
    };

const answeredRetriever =
  (replay: ToolReplay) =>
  (own: Method): Method =>
    function (this: unknown, ...given): unknown {
      const retriever = this as Serializable;
      const call = { name: recordedName(retriever), arguments: { query: given[0] } };
      const seen = withProperties(retriever, {
        _getRelevantDocuments: async (...rest: unknown[]): Promise<unknown> =>
          replay.answer(call, () => callOwn(retriever, "_getRelevantDocuments", rest)),
      });
      return Reflect.apply(own, seen, given);
    };

/**
 * The name under which a call was recorded: a tool made of a function is reported by its own, all else by its class. Names that
 * a configuration gives are passed over: without callbacks, tools are given those of the node around them.
 */
function recordedName(of: Serializable): string {
  const { func, name } = fieldsOf(of);
  return typeof func === "function" ? String(name) : nameOf(of.toJSON());
}

/** The arguments in what a tool is called with: themselves, or the call of a model. */
const argumentsOf = (given: unknown): unknown =>
  isObject(given) && given["type"] === "tool_call" ? given["args"] : given;

const callOwn = (of: object, method: string, given: readonly unknown[]): unknown =>
  Reflect.apply(Reflect.get(of, method) as Method, of, given);
