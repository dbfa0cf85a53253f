/**
 * Answers calls of tools in the AI SDK, versions 6 and 7, by a replay. Both run every tool of an app in `executeToolCall`,
 * whether the app has telemetry or not. It is given the tool with another `execute`: checks of arguments, callbacks, streams and
 * errors stay the SDK's own.
 */
import { fieldsOf, isObject } from "../../core/json.ts";
import type { ToolReplay } from "../../core/tool-replay.ts";
import { watchModules } from "../module-hooks.ts";

type Run = (...given: unknown[]) => unknown;

/**
 * @param onUnknown  called with what is missing in a version of the SDK whose tools cannot be answered; must not return
 * @returns a function that ends it
 */
export function replayAiSdkTools(
  replay: ToolReplay,
  onUnknown: (problem: string) => never,
): () => void {
  return watchModules([
    {
      package: "ai",
      path: "dist/index",
      names: ["executeToolCall"],
      found: (own, _, assign) => {
        const execute = own["executeToolCall"] as Run;
        assign("executeToolCall", answered(execute, replay));
        return () => assign("executeToolCall", execute);
      },
      changed: onUnknown,
    },
  ]);
}

/** The SDK's function, given the called tool with an `execute` that asks the replay. */
const answered =
  (own: Run, replay: ToolReplay): Run =>
  (options, ...rest) => {
    const { toolCall, tools } = fieldsOf(options);
    const name = String(fieldsOf(toolCall)["toolName"]);
    const tool = isObject(tools) && Object.hasOwn(tools, name) ? tools[name] : undefined;
    const run = fieldsOf(tool)["execute"];
    if (!isObject(tool) || !isObject(tools) || typeof run !== "function")
      return own(options, ...rest);
    const execute: Run = (...given) =>
      replay.answer(
        { name, arguments: given[0] },
        () => Reflect.apply(run, tool, given) as unknown,
      );
    const seen = { ...tools, [name]: withExecute(tool, execute) };
    return own({ ...fieldsOf(options), tools: seen }, ...rest);
  };

/** The tool with another `execute`; its other properties and its class stay. */
const withExecute = (tool: object, execute: Run): object =>
  Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    execute: { value: execute, enumerable: true, configurable: true, writable: true },
  }) as object;
