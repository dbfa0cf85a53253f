/** Preloaded into programs on the AI SDK: what they import as version 7 is version 6. */
import { registerHooks } from "node:module";

const older: Readonly<Record<string, string>> = { ai: "ai-6", "@ai-sdk/openai": "ai-openai-3" };

registerHooks({
  resolve: (specifier, context, next) => next(older[specifier] ?? specifier, context),
});
