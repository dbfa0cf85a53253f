/**
 * Runs unmodified programs twice against a scripted model, with and without the preload, and reads what was recorded.
 *
 * Loading an SDK costs a second of the processor, so that a process may run several programs, or one with several flags, one
 * after another.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { text } from "node:stream/consumers";
import type { PromptSpan, Span } from "../../packages/hone/src/core/span.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { type ModelEndpoint, type ModelScript, startModelEndpoint } from "./model-endpoint.ts";
import { preload } from "./own-code.ts";
import { storedTraces } from "./stored-traces.ts";

const root = join(import.meta.dirname, "../..");
const earlier = join(import.meta.dirname, "earlier-programs.ts");

/** One run of a program. */
export interface AppRun {
  /** Of this checkout: "examples/record/langgraph.ts". */
  readonly script: string;
  readonly flags?: readonly string[];
  readonly model: ModelScript;
}

/** How the process of the runs is started. */
export interface AppProcess {
  /** "cjs": the same programs with `require` in the place of `import`. */
  readonly form?: "esm" | "cjs";
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a user of the program sees. */
export interface Seen {
  readonly stdout: string;
  /** Without the lines of stacks, in which the functions that watch have lines too, without the
   * process's id and ids made at random. */
  readonly stderr: string;
  /** 0 for a run that came to its end and was followed by another; the exit code of the process for the last one. */
  readonly code: number | null;
  /** Paths and bodies of the requests the model got. */
  readonly requests: readonly (readonly [path: string, body: string])[];
  /** Hosts and paths outside of this machine that the process wanted to reach, each once. */
  readonly outside: readonly string[];
  /** How many requests the runs before it in the process made: the model numbers its answers in each process from 1. */
  readonly requestsBefore: number;
}

export interface RecordedApp {
  readonly plain: Seen;
  readonly recorded: Seen;
  readonly traces: readonly Trace[];
}

/** Runs a program in a process of its own. */
export async function runRecordedApp(run: AppRun & AppProcess): Promise<RecordedApp> {
  return (await runRecordedApps({ only: run }, run)).only;
}

/**
 * Runs programs one after another in one process, in the order of their names' first mention; the last one may end the process,
 * and what an earlier one leaves open stays so until then.
 */
export async function runRecordedApps<Name extends string>(
  runs: Readonly<Record<Name, AppRun>>,
  started: AppProcess = {},
): Promise<Record<Name, RecordedApp>> {
  const folder = await mkdtemp(join(tmpdir(), "hone-recorded-"));
  try {
    const list = Object.values<AppRun>(runs);
    const scripts = await Promise.all(list.map((run) => scriptOf(run, started, folder)));
    const store = `files:${join(folder, "store")}`;
    const way = { runs: list, scripts, environment: started.environment ?? {} };
    const [plain, recorded] = await Promise.all([
      runAll({ ...way, log: join(folder, "plain"), imports: [] }),
      runAll({
        ...way,
        log: join(folder, "recorded"),
        imports: [preload],
        environment: { ...way.environment, HONE_STORE: store },
      }),
    ]);
    const traces = await storedTraces(store);
    const apps = {} as Record<Name, RecordedApp>;
    for (const [i, name] of (Object.keys(runs) as Name[]).entries()) {
      const [from, to] = [recorded[i]!.begunAt, recorded[i + 1]?.begunAt ?? Infinity];
      apps[name] = {
        plain: plain[i]!.seen,
        recorded: recorded[i]!.seen,
        traces: traces.filter(({ startedAt }) => startedAt >= from && startedAt < to),
      };
    }
    return apps;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program, or a copy of it that asks for its modules as CommonJS does. */
async function scriptOf(
  { script }: AppRun,
  { form = "esm" }: AppProcess,
  folder: string,
): Promise<string> {
  const path = join(root, script);
  if (form === "esm") return path;
  const required = (await readFile(path, "utf8"))
    .replaceAll(/^import (\{[^}]*\}) from ("[^"]+");/gm, "const $1 = require($2);")
    .replace(/^await main\(\);/m, "module.exports = main();");
  const copy = join(folder, basename(script).replace(/\.ts$/, ".cts"));
  await writeFile(copy, required);
  return copy;
}

interface Way {
  readonly runs: readonly AppRun[];
  readonly scripts: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly imports: readonly string[];
  /** Of what the process wants to reach outside of this machine. */
  readonly log: string;
}

interface Run {
  readonly seen: Seen;
  /** Unix milliseconds: all traces of the run started after it, and all of the runs before it started before it. */
  readonly begunAt: number;
}

async function runAll(way: Way): Promise<Run[]> {
  const begun: { readonly at: number; readonly requests: number }[] = [];
  const answered = way.runs.map(() => 0);
  const endpoint = await startModelEndpoint((request) => {
    const running = Math.max(0, begun.length - 1);
    const { model } = way.runs[running]!;
    const index = answered[running]!++;
    return typeof model === "function"
      ? model(request, index)
      : model[Math.min(index, model.length - 1)]!;
  });
  try {
    const child = start(way, endpoint);
    child.on("message", (at: number) => {
      begun.push({ at, requests: endpoint.requests.length });
      child.send("go");
    });
    const ended = await endOf(child);
    if (way.runs.length === 1) begun.push({ at: 0, requests: 0 });
    const [stdout, stderr] = [ended.stdout.split("\0"), withoutStack(ended.stderr).split("\0")];
    if (begun.length < way.runs.length)
      throw new Error(`run ${begun.length} ended all: ${ended.code} ${ended.stderr}`);
    const outside = (await readFile(way.log, "utf8").catch(() => "")).split("\n").filter(Boolean);
    return begun.map(({ at, requests }, i) => ({
      begunAt: at,
      seen: {
        stdout: stdout[i]!,
        stderr: stderr[i]!,
        code: i === begun.length - 1 ? ended.code : 0,
        requests: endpoint.requests
          .slice(requests, begun[i + 1]?.requests)
          .map((request) => [request.path, request.text] as const),
        outside: [...new Set(outside)],
        requestsBefore: requests,
      },
    }));
  } finally {
    await endpoint.close();
  }
}

function start(
  { runs, scripts, environment, imports, log }: Way,
  endpoint: ModelEndpoint,
): ChildProcess {
  const words = runs.map(({ flags = [] }, i) => [scripts[i]!, ...flags]);
  const guard = join(import.meta.dirname, "offline.ts");
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    OPENAI_BASE_URL: endpoint.url,
    OPENAI_API_KEY: "test-key",
    NODE_PATH: join(root, "node_modules"),
    OFFLINE_LOG: log,
    RECORDED_RUNS: JSON.stringify(words),
    ...environment,
  };
  // The last one is the program that Node itself is started with.
  const preloads = [guard, ...imports, ...(runs.length === 1 ? [] : [earlier])];
  const flags = preloads.flatMap((path) => ["--import", path]);
  return spawn(process.execPath, [...flags, ...words.at(-1)!], {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe", ...(runs.length === 1 ? [] : ["ipc" as const])],
    timeout: 150_000,
  });
}

async function endOf(child: ChildProcess): Promise<Pick<Seen, "stdout" | "stderr" | "code">> {
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject).on("close", resolve);
  });
  const [code, stdout, stderr] = await Promise.all([
    closed,
    text(child.stdout!),
    text(child.stderr!),
  ]);
  return { code, stdout, stderr };
}

const withoutStack = (shown: string): string =>
  shown
    .split("\n")
    .filter((line) => !/^\s+at /.test(line))
    .join("\n")
    .replaceAll(/\(node:\d+\)/g, "(node)")
    .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, "<an id>");

/** What a span says, in a line, for tests that look at the whole of a trace. */
export function spanLine(span: Span): string {
  const agent = span.agent === undefined ? "" : ` [${span.agent}]`;
  const failed = span.error === undefined ? "" : ` failed: ${span.error.message}`;
  return `${what(span)}${agent}${failed}`;
}

function what(span: Span): string {
  switch (span.kind) {
    case "prompt":
      return `prompt ${said(span)}`;
    case "tool":
      return `tool ${span.toolName} ${JSON.stringify(span.arguments)} → ${JSON.stringify(span.result)}`;
    case "coordination":
      return `${span.event} ${JSON.stringify(span.details)}`;
    case "reward":
      return `reward ${span.reward}`;
    case "content":
    case "reasoning":
      return span.content;
  }
}

function said({ output }: PromptSpan): string {
  if (typeof output === "string" || output === undefined) return output ?? "nothing";
  return output
    .map(({ content, toolCalls = [] }) =>
      [content, ...toolCalls.map((call) => `${call.name}(${call.arguments})`)].join(""),
    )
    .join(" | ");
}

/** The prompt spans whose raw request and response are there. */
export const withBodies = (trace: Trace): PromptSpan[] =>
  trace.spans.filter(
    (span) =>
      span.kind === "prompt" &&
      typeof span.attributes["http.request.body"] !== "undefined" &&
      typeof span.attributes["http.response.body"] !== "undefined",
  ) as PromptSpan[];
