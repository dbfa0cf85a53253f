/** Tools as the AI SDK takes them: `generateText({ tools })` of its versions 6 and 7. */
import type { JsonObject } from "../../core/json.ts";
import { optionalPackage } from "./optional-package.ts";
import type { Tool } from "./tool.ts";

/**
 * Turns tools of `toolLoop` into the AI SDK's, under the same names. Say the result's type where you call it, as below: this package
 * works without the SDK, so its own types cannot name it.
 * @throws PACKAGE_MISSING without the package `ai`
 * @example
 * const tools: ToolSet = await toolsForAiSdk([imageSearchTool(images)]);
 * const result = await generateText({ model, prompt, tools });
 */
export async function toolsForAiSdk<AiSdkTools>(tools: readonly Tool[]): Promise<AiSdkTools> {
  const { jsonSchema, tool: sdkTool } = await optionalPackage(
    "ai",
    "toolsForAiSdk",
    () => import("ai"),
  );
  const entries = tools.map((one) => [
    one.name,
    sdkTool({
      ...(one.description !== undefined && { description: one.description }),
      inputSchema: jsonSchema<JsonObject>(one.parameters),
      execute: async (given: JsonObject, { toolCallId, abortSignal }) =>
        one.execute((await one.accept?.(given)) ?? given, {
          callId: toolCallId,
          signal: abortSignal ?? new AbortController().signal,
        }),
    }),
  ]);
  return Object.fromEntries(entries) as AiSdkTools;
}
