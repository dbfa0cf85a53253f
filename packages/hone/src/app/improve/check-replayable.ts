/** Whether the tools of recorded traces can be answered in the program that is run again. */
import { HoneError } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import { replayableAttribute, replayedSdks } from "../../core/tool-replay.ts";
import type { Trace } from "../../core/trace.ts";
import { calledTools } from "../traces/called-tools.ts";
import type { TraceTasks } from "../traces/trace-tasks.ts";
import type { ImproveSettings } from "./improve-settings.ts";

const answered: ReadonlySet<unknown> = new Set(replayedSdks);

/**
 * Refuses traces with tools that cannot be answered, unless each of these tools is allowed to run.
 * @throws IMPROVE_TOOLS_RUN naming the tools
 */
export function checkReplayable(
  { traces }: Pick<TraceTasks, "traces">,
  { unmatched, allowTools = [] }: Pick<ImproveSettings, "unmatched" | "allowTools">,
): void {
  const allowed = new Set(unmatched === "live" ? allowTools : []);
  const out = traces.filter((trace) => !answered.has(sdkOf(trace)));
  const tools = new Set(out.flatMap((trace) => [...runningTools(trace)]));
  const running = [...tools].filter((name) => !allowed.has(name));
  if (running.length === 0) return;
  const sdks = [...new Set(out.map((trace) => sdkOf(trace) ?? "no SDK that hone knows"))];
  throw new HoneError("IMPROVE_TOOLS_RUN", { tools: running, by: sdks.map(String) });
}

/** The tools of a trace that no SDK answers, but for those that the app recorded by `tool()`. */
function runningTools(trace: Trace): readonly string[] {
  const own = new Map<string, boolean>();
  for (const span of trace.spans) {
    if (span.kind !== "tool") continue;
    const isOwn = span.attributes[replayableAttribute] === true;
    own.set(span.toolName, isOwn && own.get(span.toolName) !== false);
  }
  return [...calledTools(trace)].filter((name) => own.get(name) !== true);
}

const sdkOf = ({ metadata }: Trace): unknown => fieldsOf(metadata["sdk"])["name"];
