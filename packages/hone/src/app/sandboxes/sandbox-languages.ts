/** The languages of sandboxes, for help; it loads nothing. */
import type { SandboxLanguage } from "../../ports/sandbox.ts";

/** In the order in which help lists them. */
export const sandboxLanguages = [
  "javascript",
  "python",
  "shell",
  "process",
] as const satisfies readonly SandboxLanguage[];
