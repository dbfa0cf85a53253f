/**
 * The preload: installs the hooks that record an app whose code does not use hone.
 *
 * It runs in the app's main thread, its worker threads and the Node processes it starts. No store is opened and no thread
 * started before the first model call.
 */
import { basename, extname } from "node:path";
import { isMainThread } from "node:worker_threads";
import { messageOf } from "../../core/errors.ts";
import { installAiSdk } from "../../hooks/ai-sdk/ai-sdk.ts";
import { installFetchTap } from "../../hooks/fetch/fetch-tap.ts";
import type { HookTools, InstallHook } from "../../hooks/hook-tools.ts";
import { installLangChain } from "../../hooks/langchain/langchain.ts";
import { ModelCalls } from "../../hooks/model-calls.ts";
import { installOpenAiAgents } from "../../hooks/openai-agents/openai-agents.ts";
import { activeTrace, runInTrace } from "../../recording/trace-context.ts";
import type { ClosableTracer } from "../../recording/create-tracer.ts";
import { warnOnce } from "../../recording/warn-once.ts";
import { type LiveRewards, liveRewardsOf } from "../../rewards/live-rewards.ts";
import { lastingAddress } from "../open-store.ts";
import { openTracing } from "./traced-agents.ts";

/** The table of hooks, in the order they are installed: a new hook is a row. */
const hooks: readonly InstallHook[] = [
  // Requests to models that no other hook accounts for.
  installFetchTap,
  installAiSdk,
  installOpenAiAgents,
  installLangChain,
];

/** Several copies of hone may be preloaded in a process: the first one records. */
const registered = Symbol.for("hone.registered");

/** Installs the hooks. Where nothing can be recorded, one line on stderr says so, and the app runs as it would without hone. */
export function startRecording(): void {
  const place = globalThis as { [registered]?: true };
  if (place[registered] === true) return;
  place[registered] = true;
  let rewards: LiveRewards;
  try {
    lastingAddress();
    rewards = rewardsToWrite();
  } catch (error) {
    // The preload runs again in each thread of the app.
    if (isMainThread) say(error);
    return;
  }
  const tracer = lazyTracer(rewards);
  const tools: HookTools = { tracer, calls: new ModelCalls(), agent: agentName() };
  for (const install of hooks) {
    try {
      install(tools);
    } catch (error) {
      warnOnce(error);
    }
  }
}

const say = (error: unknown): void =>
  void process.stderr.write(
    `hone: ${messageOf(error).replaceAll(/\s*\n\s*/g, " ")} The app runs unrecorded.\n`,
  );

/** The rewards that HONE_REWARDS names. @throws OPTION_INVALID for a name that there is not */
function rewardsToWrite(): LiveRewards {
  const given = process.env["HONE_REWARDS"] ?? "";
  return given === "" ? {} : liveRewardsOf("HONE_REWARDS", given);
}

/** A tracer that opens its store at the first trace. */
function lazyTracer(rewards: LiveRewards): ClosableTracer {
  let opened: ClosableTracer | undefined;
  return {
    trace: (start) => (opened ??= openTracing({ rewards }).tracer).trace(start),
    current: () => activeTrace()?.trace,
    within: runInTrace,
    endAll: (problem) => opened?.endAll(problem),
  };
}

/** The agent of traces whose SDK names none: HONE_AGENT, else the base name of the script. */
function agentName(): string {
  const given = process.env["HONE_AGENT"];
  if (given !== undefined && given !== "") return given;
  const script = process.argv[1] ?? "";
  return basename(script, extname(script)) || "node";
}
