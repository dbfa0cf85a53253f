/**
 * Answers calls of tools in the AI SDK, versions 6 and 7, by a replay. Both run every tool of an app in `executeToolCall`,
 * whether the app has telemetry or not. It is given the tool with another `execute`: checks of arguments, callbacks, streams and
 * errors stay the SDK's own.
 *
 * A bundle holds a copy of the SDK that is not loaded as a module of the package, so that its function cannot be wrapped. It
 * still reports the start of each tool to the global list of integrations, unless the app has switched telemetry off.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fieldsOf, isObject } from "../../core/json.ts";
import type { ToolReplay } from "../../core/tool-replay.ts";
import { watchModules } from "../module-hooks.ts";
import type { ReplayEvents, ReplayHook } from "../replay-hook.ts";
import { addIntegration } from "./registry.ts";

type Run = (...given: unknown[]) => unknown;

/** Set while the replay answers a call, by which a copy of the SDK that was not wrapped is told from one that was. */
const answering = new AsyncLocalStorage<true>();

/** See `ReplayHook`. */
export const replayAiSdkTools: ReplayHook = (replay, sdk) => {
  const removeGuard = addIntegration(guard(sdk.onUnknown));
  const unwatch = watchModules([
    {
      package: "ai",
      path: "dist/index",
      names: ["executeToolCall"],
      found: (own, _, assign) => {
        const execute = own["executeToolCall"] as Run;
        assign("executeToolCall", answered(execute, replay));
        sdk.onHooked();
        return () => assign("executeToolCall", execute);
      },
      changed: sdk.onUnknown,
    },
  ]);
  return () => {
    unwatch();
    removeGuard();
  };
};

/** An integration of the SDK's, versions 6 and 7, that stops a tool which the replay does not answer before it runs. */
function guard(onUnknown: ReplayEvents["onUnknown"]): object {
  const check = (): void => {
    if (answering.getStore() !== true)
      onUnknown("a copy of the AI SDK that is not loaded from the package ai (is it bundled?)");
  };
  return {
    onToolCallStart: check,
    executeTool: ({ execute }: { readonly execute: () => unknown }): unknown => {
      check();
      return execute();
    },
  };
}

/** The SDK's function, given the called tool with an `execute` that asks the replay. */
const answered =
  (own: Run, replay: ToolReplay): Run =>
  (options, ...rest) => {
    const { toolCall, tools } = fieldsOf(options);
    const name = String(fieldsOf(toolCall)["toolName"]);
    const tool = isObject(tools) ? tools[name] : undefined;
    const run = fieldsOf(tool)["execute"];
    if (!isObject(tool) || !isObject(tools) || typeof run !== "function")
      return own(options, ...rest);
    const execute: Run = (...given) =>
      replay.answer(
        { name, arguments: given[0] },
        // A tool that may run may itself use a copy of the SDK that is not wrapped.
        () => answering.exit(() => Reflect.apply(run, tool, given) as unknown),
      );
    const seen = { ...tools, [name]: withExecute(tool, execute) };
    return answering.run(true, () => own({ ...fieldsOf(options), tools: seen }, ...rest));
  };

/** The tool with another `execute`; its other properties and its class stay. */
const withExecute = (tool: object, execute: Run): object =>
  Object.create(Object.getPrototypeOf(tool) as object | null, {
    ...Object.getOwnPropertyDescriptors(tool),
    execute: { value: execute, enumerable: true, configurable: true, writable: true },
  }) as object;
