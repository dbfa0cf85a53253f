/** One run of a tool: with a time limit, and with its result as a text for the model. */
import { HoneError, messageOf } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Tool } from "./tool.ts";

/** How a tool is run. */
export interface ToolRun {
  readonly callId: string;
  readonly signal: AbortSignal;
  /** In ms. */
  readonly timeoutMs: number;
  /** Characters of a result that the model is shown at most. */
  readonly maxCharacters: number;
}

/** What the model is shown of a result. */
export interface ToolText {
  readonly text: string;
  readonly isCut: boolean;
}

/** @throws TOOL_FAILED when the tool throws, takes too long, or returns what is no JSON; CANCELLED when the signal aborts */
export async function runTool(tool: Tool, given: JsonObject, run: ToolRun): Promise<ToolText> {
  const { callId, signal, timeoutMs, maxCharacters } = run;
  const stop = new AbortController();
  const inside = AbortSignal.any([signal, stop.signal]);
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(failed(tool, `it took longer than its limit of ${timeoutMs} ms`));
    }, timeoutMs);
    onAbort = () =>
      reject(new HoneError("CANCELLED", { what: `The call of the tool ${tool.name}` }));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const result = await Promise.race([work(tool, given, { callId, signal: inside }), ended]);
    return shown(tool, result, maxCharacters);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort!);
    stop.abort();
  }
}

async function work(
  tool: Tool,
  given: JsonObject,
  context: { readonly callId: string; readonly signal: AbortSignal },
): Promise<unknown> {
  try {
    return await tool.execute(given, context);
  } catch (error) {
    throw failed(tool, messageOf(error), error);
  }
}

const failed = (tool: Tool, problem: string, cause?: unknown): HoneError<"TOOL_FAILED"> =>
  new HoneError("TOOL_FAILED", { tool: tool.name, problem }, { cause });

function shown(tool: Tool, result: unknown, maxCharacters: number): ToolText {
  const text = textOf(tool, result);
  if (text.length <= maxCharacters) return { text, isCut: false };
  const left = text.length - maxCharacters;
  return {
    text: `${text.slice(0, maxCharacters).toWellFormed()}\n… (${left} more characters left out)`,
    isCut: true,
  };
}

function textOf(tool: Tool, result: unknown): string {
  if (typeof result === "string") return result;
  if (result === undefined) return "";
  try {
    const text: string | undefined = JSON.stringify(result);
    if (text === undefined) throw new TypeError(`it is a ${typeof result}`);
    return text;
  } catch (error) {
    throw failed(tool, `its result cannot be written as JSON: ${messageOf(error)}`, error);
  }
}
