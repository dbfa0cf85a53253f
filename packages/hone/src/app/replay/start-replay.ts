/**
 * The preload of a program whose tools are answered from a recording: it runs in the app's main thread, its worker threads and
 * the Node processes it starts. Nothing is recorded there: the model that the program calls keeps its calls.
 *
 * Where the recording cannot answer, the process ends before the program has begun: a tool must not run by mistake.
 */
import {
  appendFileSync,
  type BigIntStats,
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
} from "node:fs";
import { pathToFileURL } from "node:url";
import { messageOf } from "../../core/errors.ts";
import { fieldsOf } from "../../core/json.ts";
import {
  type ReplayedCall,
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
import { parseReplayFile, type ReplayFile, type ReportLine } from "./replay-file.ts";

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
  const stubs = await orRefuse(async () => stubsOf(parseReplayFile(readFileSync(file, "utf8"))));
  const hooked = new Set<ReplayedSdk>();
  let recording = await orRefuse(async () => readRecording(file, stubs));
  const takeUp = (next: Recording): void => {
    recording = next;
    for (const sdk of hooked) appendLine(recording.report, { hooked: sdk });
  };
  /** Threads and processes that live on from task to task are not told of the next one. */
  const takeUpChanged = (): void => {
    const found = statSync(file, { bigint: true, throwIfNoEntry: false });
    if (found !== undefined && versionOf(found) !== recording.version)
      takeUp(readRecording(file, stubs));
  };
  const current: ToolReplay = {
    answer(call, run) {
      takeUpChanged();
      return recording.replay.answer(call, run);
    },
  };
  await orRefuse(async () => {
    for (const sdk of replayedSdks)
      hooks[sdk](current, {
        onHooked: () => {
          hooked.add(sdk);
          appendLine(recording.report, { hooked: sdk });
        },
        onUnknown: (problem) => refuse(`tools of ${problem} cannot be replayed`),
      });
  });
  onNextReplay(() => orRefuse(async () => takeUp(readRecording(file, stubs))));
}

const orRefuse = async <T>(work: () => Promise<T>): Promise<T> =>
  work().catch((error: unknown) => refuse(`tools cannot be replayed: ${messageOf(error)}`));

/** What a file says. */
interface Recording {
  readonly replay: ToolReplay;
  /** The file of the report. */
  readonly report: string;
  /** Differs from that of the file of the task before. */
  readonly version: string;
}

function readRecording(file: string, stubs: Stubs): Recording {
  const opened = openSync(file, "r");
  try {
    const { report, stubs: _, ...options } = parseReplayFile(readFileSync(opened, "utf8"));
    // Written at once: a program that is killed has still made its calls.
    const onCall = (call: ReplayedCall): void => appendLine(report, call);
    const replay = recordedTools({ ...options, stubs, onCall });
    return { replay, report, version: versionOf(fstatSync(opened, { bigint: true })) };
  } finally {
    closeSync(opened);
  }
}

/** A file of replay is put in the place of the one before as a whole, so that the two are different files. */
const versionOf = ({ ino, mtimeNs }: BigIntStats): string => `${ino} ${mtimeNs}`;

const appendLine = (report: string, line: ReportLine): void =>
  appendFileSync(report, `${JSON.stringify(line)}\n`);

type Stubs = Readonly<Record<string, ToolStub>>;

/** The stubs that a file names, which are the same for all tasks of a process. */
async function stubsOf({ stubs: file }: Pick<ReplayFile, "stubs">): Promise<Stubs> {
  if (file === undefined) return {};
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
