/** What every hook into an SDK is given, and what it gives back. */
import type { ClosableTracer } from "../recording/create-tracer.ts";
import type { ModelCalls } from "./model-calls.ts";

export interface HookTools {
  /** Opens its store at the first trace. */
  readonly tracer: ClosableTracer;
  readonly calls: ModelCalls;
  /** Name of a trace whose SDK names no agent: HONE_AGENT, else the script's base name without extension. */
  readonly agent: string;
}

/** Starts to watch an SDK; what it returns takes the hook back (for tests). Never throws into the app. */
export type InstallHook = (tools: HookTools) => () => void;
