/**
 * The preload: watches the SDKs of an app that knows nothing of hone, and records what they do.
 *
 * It runs in the app's main thread, its worker threads and the Node processes it starts. Nothing is opened before the first
 * model call: an app without one has no store, no thread and no file of ours.
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
import { lastingAddress } from "../open-store.ts";
import { openTracing } from "./traced-agents.ts";

/** Everything that is watched, in the order it is installed. */
const hooks: readonly InstallHook[] = [
  // Requests to models, whoever makes them.
  installFetchTap,
  installAiSdk,
  installOpenAiAgents,
  installLangChain,
];

/** Preload and app may load two copies of hone; one of them watches. */
const registered = Symbol.for("hone.registered");

/** Called once by the preload; where it cannot record it says so in one line, and the app runs as if it were not there. */
export function startRecording(): void {
  const place = globalThis as { [registered]?: true };
  if (place[registered] === true) return;
  place[registered] = true;
  try {
    lastingAddress();
  } catch (error) {
    // Threads of the app would say it again.
    if (isMainThread) say(error);
    return;
  }
  const tools: HookTools = { tracer: lazyTracer(), calls: new ModelCalls(), agent: agentName() };
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

/** Opens the store's tracer at the first trace. */
function lazyTracer(): ClosableTracer {
  let opened: ClosableTracer | undefined;
  return {
    trace: (start) => (opened ??= openTracing().tracer).trace(start),
    current: () => activeTrace()?.trace,
    within: runInTrace,
    endAll: (problem) => opened?.endAll(problem),
  };
}

/** What traces are called whose SDK names no agent. */
function agentName(): string {
  const given = process.env["HONE_AGENT"];
  if (given !== undefined && given !== "") return given;
  const script = process.argv[1] ?? "";
  return basename(script, extname(script)) || "node";
}
