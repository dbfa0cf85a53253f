/** Runs an unmodified program twice against a scripted model, with and without the preload, and reads what was recorded. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import type { PromptSpan, Span } from "../../packages/hone/src/core/span.ts";
import type { Trace } from "../../packages/hone/src/core/trace.ts";
import { type ModelScript, startModelEndpoint } from "./model-endpoint.ts";
import { preload } from "./own-code.ts";
import { storedTraces } from "./stored-traces.ts";

const root = join(import.meta.dirname, "../..");

export interface AppRun {
  /** Of this checkout: "examples/record/langgraph.ts". */
  readonly script: string;
  readonly flags?: readonly string[];
  /** "cjs": the same program with `require` in the place of `import`. */
  readonly form?: "esm" | "cjs";
  readonly model: ModelScript;
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a user of the program sees. */
export interface Seen {
  readonly stdout: string;
  /** Without the lines of stacks, in which the functions that watch have lines too, and without ids made at random. */
  readonly stderr: string;
  readonly code: number | null;
  /** Paths and bodies of the requests the model got. */
  readonly requests: readonly (readonly [path: string, body: string])[];
  /** Hosts and paths outside of this machine that the program wanted to reach. */
  readonly outside: readonly string[];
}

export interface RecordedApp {
  readonly plain: Seen;
  readonly recorded: Seen;
  readonly traces: readonly Trace[];
}

export async function runRecordedApp(app: AppRun): Promise<RecordedApp> {
  const folder = await mkdtemp(join(tmpdir(), "hone-recorded-"));
  try {
    const script = await scriptOf(app, folder);
    const store = join(folder, "store");
    const [plain, recorded] = await Promise.all([
      runOnce(app, script, join(folder, "plain"), []),
      runOnce(app, script, join(folder, "recorded"), ["--import", preload], {
        HONE_STORE: `files:${store}`,
      }),
    ]);
    return { plain, recorded, traces: await storedTraces(`files:${store}`) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The program, or a copy of it that asks for its modules as CommonJS does. */
async function scriptOf({ script, form = "esm" }: AppRun, folder: string): Promise<string> {
  const path = join(root, script);
  if (form === "esm") return path;
  const text = await readFile(path, "utf8");
  const required = text
    .replaceAll(/^import (\{[^}]*\}) from ("[^"]+");/gm, "const $1 = require($2);")
    .replace(/^await main\(\);/m, "void main();");
  const copy = join(folder, basename(script).replace(/\.ts$/, ".cts"));
  await writeFile(copy, required);
  return copy;
}

async function runOnce(
  { flags = [], model, environment }: AppRun,
  script: string,
  log: string,
  imports: readonly string[],
  store: Readonly<Record<string, string>> = {},
): Promise<Seen> {
  const endpoint = await startModelEndpoint(model);
  const guard = join(import.meta.dirname, "offline.ts");
  const { NODE_ENV: _, VITEST: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    OPENAI_BASE_URL: endpoint.url,
    OPENAI_API_KEY: "test-key",
    NODE_PATH: join(root, "node_modules"),
    OFFLINE_LOG: log,
    ...store,
    ...environment,
  };
  const args = ["--import", guard, ...imports, script, ...flags];
  try {
    const ended = await execute(args, env);
    return {
      ...ended,
      requests: endpoint.requests.map(({ path, text }) => [path, text] as const),
      outside: (await readFile(log, "utf8").catch(() => "")).split("\n").filter(Boolean),
    };
  } finally {
    await endpoint.close();
  }
}

async function execute(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Pick<Seen, "stdout" | "stderr" | "code">> {
  const options = { cwd: root, env, timeout: 60_000 };
  const withoutStack = (text: string): string =>
    text
      .split("\n")
      .filter((line) => !/^\s+at /.test(line))
      .join("\n")
      .replaceAll(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, "<an id>");
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options);
    return { stdout, stderr: withoutStack(stderr), code: 0 };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { stdout, stderr: withoutStack(stderr), code };
  }
}

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
