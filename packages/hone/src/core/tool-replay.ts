/**
 * The seam between code that calls tools and a recording of their results. Where a process replays, a call of a tool is
 * answered by the recording and the tool itself is not run.
 */
import type { JsonValue } from "./json.ts";

/** A call of a tool as it was recorded, with its result or its error. */
export interface RecordedCall {
  /** The tool's name. */
  readonly name: string;
  /** What it was called with. */
  readonly arguments: JsonValue;
  /** What it returned. Absent where it failed. */
  readonly result?: JsonValue;
  /** The message of its error. Absent where it returned. */
  readonly error?: string;
  /** The name of its error's class, such as "TypeError". Default "Error". */
  readonly errorType?: string;
  /** Whether the app ran the tool by `tool()`. Absent where an SDK did. */
  readonly isOwn?: true;
}

/** How a program's call of a tool is matched with a recorded one: its name and arguments are equal, or alike by the rule of docs/improve.md. */
export const replayMatches = ["exact", "loose"] as const;

/** See `replayMatches`. */
export type ReplayMatch = (typeof replayMatches)[number];

/** How a call was answered: from the recording by one of the rules, by the user's stub, by the tool itself, or by an error. */
export const replayAnswers = [...replayMatches, "stub", "live", "unmatched"] as const;

/** See `replayAnswers`. */
export type ReplayAnswer = (typeof replayAnswers)[number];

/** A call that a replaying process answered. */
export interface ReplayedCall {
  /** The tool's name. */
  readonly tool: string;
  /** How it was answered. */
  readonly answer: ReplayAnswer;
}

/** Number of calls of each tool by how they were answered. A kind without a call is absent. */
export type ReplayCoverage = Readonly<
  Record<string, Readonly<Partial<Record<ReplayAnswer, number>>>>
>;

/**
 * SDKs in which calls of tools are answered, by their names in traces, and "hone" for tools that an app records by `tool()`. Tools of
 * others run whatever the recording holds.
 */
export const replayedSdks = ["ai", "langchain", "openai-agents", "hone"] as const;

/** See `replayedSdks`. */
export type ReplayedSdk = (typeof replayedSdks)[number];

/** Answers calls of tools in place of the tools. */
export interface ToolReplay {
  /**
   * The recorded result of a call; throws its recorded error.
   * @param run  runs the tool itself, which happens only where the user has allowed it
   */
  answer(call: { readonly name: string; readonly arguments: unknown }, run: () => unknown): unknown;
}

/** The attribute of a tool's span whose call can be answered, since the app made it by `tool()`. */
export const replayableAttribute = "hone.replayable";

/** The replay of a process, for code of hone that runs tools there. */
export interface OwnToolReplay {
  readonly replay: ToolReplay;
  /** Called where such code was loaded. */
  readonly onLoaded: () => void;
}

/** Copies of hone in a process, such as the preload's and the app's, share the replay. */
const symbol = Symbol.for("hone.ownToolReplay.1");
const place = globalThis as { [symbol]?: OwnToolReplay | undefined };

/** Answers the tools that an app records by `tool()` from now on; undefined ends it. */
export function shareToolReplay(own: OwnToolReplay | undefined): void {
  place[symbol] = own;
}

/** The replay of this process; undefined where tools run. */
export const ownToolReplay = (): OwnToolReplay | undefined => place[symbol];
