/** The renderer port over the worker, where the tokenizer lives. */
import type { Renderer } from "../../ports/renderer.ts";
import type { RemoteObjects } from "../calls/remote-object.ts";
import type { KnownReplies } from "./known-replies.ts";

export function rendererClient(
  remote: RemoteObjects,
  stopTokens: readonly number[],
  replies: KnownReplies,
): Renderer {
  const calls = remote("renderer");
  return {
    ...calls,
    stopTokens,
    prompt: async (...parts) => replies.addPrompt(await calls.prompt(...parts)),
    extend: async (...parts) => replies.addPrompt(await calls.extend(...parts)),
    parse: async (tokens) => replies.of(tokens) ?? calls.parse(tokens),
  };
}
