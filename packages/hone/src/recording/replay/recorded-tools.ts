/** Answers calls of tools from a recording, and what it lacks by the rule that the user has chosen. */
import type {
  RecordedCall,
  ReplayAnswer,
  ReplayedCall,
  ReplayMatch,
  ToolReplay,
} from "../../core/tool-replay.ts";
import { callSearch, canonicalJson } from "./match-calls.ts";

/** What becomes of a call that the recording does not answer. */
export const unmatchedRules = ["error", "live", "stub"] as const;

/** A function of the user's that stands in for a tool. */
export type ToolStub = (given: unknown) => unknown;

/** How a recording answers. */
export interface RecordedToolsOptions {
  /** The recorded calls, those that are to be preferred first. */
  readonly calls: readonly RecordedCall[];
  /** The rules by which a recorded call is found. */
  readonly match: ReplayMatch;
  /** What becomes of a call without one: an error, which the model is shown; the tool itself; the user's stub. */
  readonly unmatched: (typeof unmatchedRules)[number];
  /** Names of the tools that may run. All others give an error where `unmatched` is "live". */
  readonly allowed: readonly string[];
  /** Stubs by the names of their tools; a tool without one gives an error. */
  readonly stubs: Readonly<Record<string, ToolStub>>;
  /** Called with each call before it is answered. */
  readonly onCall: (call: ReplayedCall) => void;
}

/** The replay of a recording; see `callSearch` for the order of results. */
export function recordedTools(options: RecordedToolsOptions): ToolReplay {
  const { calls, match, unmatched, allowed, stubs, onCall } = options;
  const find = callSearch(calls, match);
  const told = (tool: string, answer: ReplayAnswer): void => onCall({ tool, answer });
  return {
    answer({ name, arguments: given }, run) {
      const found = find(name, given);
      if (found !== undefined) {
        told(name, found.match);
        return resultOf(found.call);
      }
      if (unmatched === "live" && allowed.includes(name)) {
        told(name, "live");
        return run();
      }
      const stub = unmatched === "stub" && Object.hasOwn(stubs, name) ? stubs[name] : undefined;
      if (stub !== undefined) {
        told(name, "stub");
        return stub(given);
      }
      told(name, "unmatched");
      throw new Error(`No result of ${name} was recorded for ${canonicalJson(given)}.`);
    },
  };
}

function resultOf({ error, errorType = "Error", result }: RecordedCall): unknown {
  if (error === undefined) return result;
  throw Object.assign(new Error(error), { name: errorType });
}
