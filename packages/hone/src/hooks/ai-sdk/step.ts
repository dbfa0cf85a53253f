/** Records what a finished step of the AI SDK holds besides the answer and the tools that ran: approvals, tools that the provider ran. */
import { fieldsOf, isObject, type JsonValue } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import type { AiSdkRun } from "./run.ts";

/** @param content  the parts of the step's result */
export function recordStepContent(run: AiSdkRun, content: unknown): void {
  for (const part of Array.isArray(content) ? content : []) {
    if (!isObject(part)) continue;
    if (part["type"] === "tool-approval-request" || part["type"] === "tool-approval-response") {
      const { type, toolCall, signature: _, ...rest } = part;
      const { toolCallId, toolName, input } = fieldsOf(toolCall);
      run.event(type, { ...rest, toolName, callId: toolCallId, arguments: input } as JsonValue);
    } else if (part["type"] === "tool-result" && part["providerExecuted"] === true) {
      const [callId, name] = [plainText(part["toolCallId"]), plainText(part["toolName"])];
      run.providerTool({ callId, name, given: part["input"], result: part["output"] });
    }
  }
}
