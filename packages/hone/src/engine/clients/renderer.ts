/** The renderer port over the worker, where the tokenizer lives. */
import type { Renderer } from "../../ports/renderer.ts";
import type { EngineCall } from "./engine-call.ts";

export function workerRenderer(call: EngineCall, stopTokens: readonly number[]): Renderer {
  return {
    stopTokens,
    prompt: (messages) => call("render.prompt", messages),
    extend: (previous, added) => call("render.extend", { previous, added }),
    conversation: (messages) => call("render.conversation", messages),
    parse: (tokens) => call("render.parse", tokens),
    encode: (text) => call("render.encode", text),
    decode: (tokens) => call("render.decode", tokens),
  };
}
