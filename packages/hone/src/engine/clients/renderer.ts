/** The renderer port over the worker, where the tokenizer lives. */
import type { Renderer } from "../../ports/renderer.ts";
import type { EngineCall } from "./engine-call.ts";

/** Rollouts ask for many small things at once; copied here, they may go together. */
const own = { isOwn: true };

export function workerRenderer(call: EngineCall, stopTokens: readonly number[]): Renderer {
  return {
    stopTokens,
    prompt: (messages) => call("render.prompt", structuredClone(messages), own),
    extend: (previous, added) =>
      call("render.extend", { previous: [...previous], added: structuredClone(added) }, own),
    conversation: (messages) => call("render.conversation", messages),
    parse: (tokens) => call("render.parse", [...tokens], own),
    encode: (text) => call("render.encode", text, own),
    decode: (tokens) => call("render.decode", [...tokens], own),
  };
}
