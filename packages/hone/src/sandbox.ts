/** The entrance `hone-rl/sandbox`: untrusted programs, run apart from the host. */
export type {
  Sandbox,
  SandboxEntry,
  SandboxFailure,
  SandboxLanguage,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from "./ports/sandbox.ts";
export { javascriptSandbox } from "./sandbox/javascript-sandbox.ts";
export { processSandbox, type ProcessSandboxOptions } from "./sandbox/process-sandbox.ts";
export { pythonSandbox, type PythonSandboxOptions } from "./sandbox/python-sandbox.ts";
export type { SandboxOptions } from "./sandbox/pooled-sandbox.ts";
export { shellSandbox } from "./sandbox/shell-sandbox.ts";
