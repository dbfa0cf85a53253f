/** A copy of the AI SDK that was not wrapped is stopped before it runs a tool. */
import { expect, it } from "vitest";
import { replayAiSdkTools } from "./replayed-tools.ts";

interface Guard {
  onToolCallStart(): void;
  executeTool(options: { readonly execute: () => unknown }): unknown;
}
const integrations = (): readonly Guard[] =>
  (Reflect.get(globalThis, "AI_SDK_TELEMETRY_INTEGRATIONS") as readonly Guard[] | undefined) ?? [];

it("stops the tools of a bundled copy of the SDK, versions 6 and 7, before they run", () => {
  let runs = 0;
  const execute = (): number => (runs += 1);
  const end = replayAiSdkTools(
    { answer: (_, run) => run() },
    {
      onHooked: () => undefined,
      onUnknown: (problem) => {
        throw new Error(problem);
      },
    },
  );
  const [guard] = integrations();
  expect(() => guard!.onToolCallStart()).toThrow("is it bundled?");
  expect(() => guard!.executeTool({ execute })).toThrow("is it bundled?");
  expect(runs).toBe(0);
  end();
  expect(integrations()).toEqual([]);
});
