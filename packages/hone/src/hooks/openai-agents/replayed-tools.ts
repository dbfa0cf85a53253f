/**
 * Answers calls of function tools of OpenAI Agents JS by a replay. `tool()` makes all of them, those of MCP servers and agents as
 * tools among them, and is given another `execute`: checks of arguments, guardrails, time limits and errors stay the SDK's own.
 *
 * Tools that act on the machine (a shell, patches of files, a computer) have functions of their own, and are refused.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fieldsOf, parsedJson } from "../../core/json.ts";
import type { ToolReplay } from "../../core/tool-replay.ts";
import { watchModules } from "../module-hooks.ts";
import type { ReplayEvents, ReplayHook } from "../replay-hook.ts";

type Run = (...given: unknown[]) => unknown;

/** What makes tools that act on the machine. */
const actingTools = ["computerTool", "shellTool", "applyPatchTool"] as const;

/** The arguments of the call that runs, as the model wrote them: those were recorded. */
const written = new AsyncLocalStorage<unknown>();

/** See `ReplayHook`. */
export const replayOpenAiAgentsTools: ReplayHook = (replay, { onHooked, onUnknown }) =>
  watchModules([
    {
      package: "@openai/agents-core",
      path: "dist/tool",
      names: ["tool", ...actingTools],
      changed: onUnknown,
      found: (own, _, assign) => {
        assign("tool", answeredTool(own["tool"] as Run, replay));
        for (const name of actingTools) assign(name, refused(name, onUnknown));
        onHooked();
        return () => ["tool", ...actingTools].forEach((name) => assign(name, own[name]));
      },
    },
  ]);

const refused =
  (name: string, onUnknown: ReplayEvents["onUnknown"]): Run =>
  () =>
    onUnknown(`${name}() of OpenAI Agents, which acts on the machine,`);

const answeredTool =
  (own: Run, replay: ToolReplay): Run =>
  (options, ...rest) => {
    const { execute: run, name } = fieldsOf(options);
    if (typeof run !== "function") return own(options, ...rest);
    const execute: Run = (...given) =>
      replay.answer(
        { name: String(fieldsOf(made)["name"]), arguments: written.getStore() },
        () => Reflect.apply(run, options, given) as unknown,
      );
    const made = own({ ...fieldsOf(options), name: name ?? run.name, execute }, ...rest);
    const { invoke } = fieldsOf(made);
    // The tool itself is changed: the SDK knows it again by its identity.
    if (typeof invoke === "function")
      Reflect.set(made as object, "invoke", (...given: unknown[]): unknown =>
        written.run(parsedJson(given[1]), () => Reflect.apply(invoke, made, given) as unknown),
      );
    return made;
  };
