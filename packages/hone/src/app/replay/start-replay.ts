/**
 * The preload of a program whose tools are answered from a recording: it runs in the app's main thread, its worker threads and
 * the Node processes it starts. Nothing is recorded there: the model that the program calls keeps its calls.
 *
 * Where the recording cannot answer, the process ends before the program has begun: a tool must not run by mistake.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import {
  type ReplayedSdk,
  replayedSdks,
  shareToolReplay,
  type ToolReplay,
} from "../../core/tool-replay.ts";
import { replayAiSdkTools } from "../../hooks/ai-sdk/replayed-tools.ts";
import { replayLangChainTools } from "../../hooks/langchain/replayed-tools.ts";
import { replayOpenAiAgentsTools } from "../../hooks/openai-agents/replayed-tools.ts";
import type { ReplayHook } from "../../hooks/replay-hook.ts";
import { recordedTools, type ToolStub } from "../../recording/replay/recorded-tools.ts";
import { onNextReplay } from "./next-replay.ts";
import { parseReplayFile, type ReportLine } from "./replay-file.ts";

/** What answers the tools of each SDK. */
const hooks: Readonly<Record<ReplayedSdk, ReplayHook>> = {
  ai: replayAiSdkTools,
  langchain: replayLangChainTools,
  "openai-agents": replayOpenAiAgentsTools,
  hone: (replay, { onHooked }) => {
    shareToolReplay({ replay, onLoaded: onHooked });
    return () => shareToolReplay(undefined);
  },
};

/** The exit code of a program that is not let run. */
const EXIT_CODE = 78;

/** Answers this process's calls of tools by the file; ends the process where that cannot be done. */
export async function startReplay(file: string): Promise<void> {
  const orRefuse = async <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => refuse(`tools cannot be replayed: ${messageOf(error)}`));
  let { replay, report } = await orRefuse(() => openRecording(file));
  const hooked = new Set<ReplayedSdk>();
  const current: ToolReplay = { answer: (call, run) => replay.answer(call, run) };
  await orRefuse(async () => {
    for (const sdk of replayedSdks)
      hooks[sdk](current, {
        onHooked: () => {
          hooked.add(sdk);
          appendLine(report, { hooked: sdk });
        },
        onUnknown: (problem) => refuse(`tools of ${problem} cannot be replayed`),
      });
  });
  onNextReplay(async () => {
    ({ replay, report } = await orRefuse(() => openRecording(file)));
    for (const sdk of hooked) appendLine(report, { hooked: sdk });
  });
}

/** The replay that a file says, and the file of its report. */
async function openRecording(
  file: string,
): Promise<{ readonly replay: ToolReplay; readonly report: string }> {
  const { report, stubs, ...options } = parseReplayFile(readFileSync(file, "utf8"));
  const replay = recordedTools({
    ...options,
    stubs: stubs === undefined ? {} : await stubsOf(stubs),
    // Written at once: a program that is killed has still made its calls.
    onCall: (call) => appendLine(report, call),
  });
  return { replay, report };
}

const appendLine = (report: string, line: ReportLine): void =>
  appendFileSync(report, `${JSON.stringify(line)}\n`);

async function stubsOf(file: string): Promise<Readonly<Record<string, ToolStub>>> {
  const loaded = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  const stubs = Object.entries(fieldsOf(loaded["default"]));
  return Object.fromEntries(
    stubs.flatMap(([name, stub]) =>
      typeof stub === "function" ? [[name, (given: unknown): unknown => stub(given)]] : [],
    ),
  );
}

function refuse(problem: string): never {
  process.stderr.write(`hone: ${problem}; the program ends\n`);
  process.exit(EXIT_CODE);
}
