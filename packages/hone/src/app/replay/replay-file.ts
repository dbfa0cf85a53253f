/**
 * The file by which hone tells a program's process to answer calls of tools from a recording. Both sides are this version of
 * hone, and the file is gone when the program has ended.
 */
import { z } from "zod";
import {
  type RecordedCall,
  replayAnswers,
  type ReplayedCall,
  type ReplayedSdk,
  replayedSdks,
  replayMatches,
} from "../../core/tool-replay.ts";
import { unmatchedRules } from "../../recording/replay/recorded-tools.ts";

/** The environment variable that holds the path of the file. */
export const replayVariable = "HONE_REPLAY";

const jsonValue = z.json();

const recordedCall = z.strictObject({
  name: z.string(),
  arguments: jsonValue,
  result: jsonValue.optional(),
  error: z.string().optional(),
  errorType: z.string().optional(),
  isOwn: z.literal(true).optional(),
});

/** The calls of a task in a file of tasks. @throws ZodError for other values */
export const parseCalls = (calls: unknown): readonly RecordedCall[] =>
  z.array(recordedCall).parse(calls) as readonly RecordedCall[];

const replayFile = z.strictObject({
  /** The recorded calls, those of the task first. */
  calls: z.array(recordedCall),
  match: z.enum(replayMatches),
  unmatched: z.enum(unmatchedRules),
  /** Names of the tools that may run. */
  allowed: z.array(z.string()).readonly(),
  /** The whole path of the file with the stubs. Absent where there is none. */
  stubs: z.string().optional(),
  /** The file to which lines are added; see `ReportLine`. */
  report: z.string(),
});

/** What the file holds. */
export type ReplayFile = Omit<z.infer<typeof replayFile>, "calls"> & {
  readonly calls: readonly RecordedCall[];
};

/** @throws SyntaxError, ZodError for a text that is no such file */
export const parseReplayFile = (text: string): ReplayFile =>
  replayFile.parse(JSON.parse(text)) as ReplayFile;

const reportLine = z.union([
  /** A call that was answered. */
  z.strictObject({ tool: z.string(), answer: z.enum(replayAnswers) }),
  /** An SDK was loaded whose tools are answered from now on. */
  z.strictObject({ hooked: z.enum(replayedSdks) }),
]);

/** A line of a program's report. */
export type ReportLine = z.infer<typeof reportLine>;

/** What a program reported. */
export interface ReplayReport {
  /** The SDKs that it loaded and whose tools are answered. */
  readonly hooked: ReadonlySet<ReplayedSdk>;
  /** Its calls of tools, in their order. */
  readonly calls: readonly ReplayedCall[];
}

/** The report of a program. A line that a killed process left unfinished is passed over. */
export function parseReport(text: string): ReplayReport {
  const lines = text.split("\n").flatMap((line) => {
    const parsed = reportLine.safeParse(jsonOf(line));
    return parsed.success ? [parsed.data] : [];
  });
  return {
    hooked: new Set(lines.flatMap((line) => ("hooked" in line ? [line.hooked] : []))),
    calls: lines.flatMap((line) => ("tool" in line ? [line] : [])),
  };
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
