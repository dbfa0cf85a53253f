/** The contract of a hook on an SDK. */
import type { ClosableTracer } from "../recording/create-tracer.ts";
import type { ModelCalls } from "./model-calls.ts";

/** What every hook is given. */
export interface HookTools {
  /** Makes traces; its store is opened at the first one. */
  readonly tracer: ClosableTracer;
  /** The model calls of all SDKs, by which a request finds its call. */
  readonly calls: ModelCalls;
  /** Name of a trace whose SDK names no agent: HONE_AGENT, else the script's base name without extension. */
  readonly agent: string;
}

/** Starts to watch an SDK, and returns a function that ends it (for tests). Nothing it installs throws into the app. */
export type InstallHook = (tools: HookTools) => () => void;
