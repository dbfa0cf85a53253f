/** The renderer port over the worker, where the tokenizer lives. */
import type { ParseOptions, Renderer } from "../../ports/renderer.ts";
import type { RemoteObjects } from "../calls/remote-object.ts";
import type { KnownReplies } from "./known-replies.ts";

/** True where the worker, which knows the prompt only, has parsed the same. */
const isPlain = ({ settings, readsCalls, stopStrings, isPartial }: ParseOptions = {}): boolean =>
  settings === undefined &&
  readsCalls !== false &&
  (stopStrings ?? []).length === 0 &&
  isPartial !== true;

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
    parse: async (tokens, options) =>
      (isPlain(options) ? replies.of(tokens) : undefined) ?? calls.parse(tokens, options),
  };
}
