/**
 * Trajectories of files of any form that hone reads: unified ones, traces, chats. What is no trajectory is counted by its reason with the
 * place of the first; a line that cannot be read at all is an error that names it.
 */
import { createHash } from "node:crypto";
import { HoneError, isError } from "../../core/errors.ts";
import { isObject, type JsonObject, parsedObject, parseJson } from "../../core/json.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { trajectoryFormat, trajectorySchema } from "../../formats/trajectory-format.ts";
import { readTrace } from "../../formats/trace-format.ts";
import { problemsOf } from "../../formats/json-value.ts";
import { readConversation } from "../conversations.ts";
import { dataEntries } from "../data-entries.ts";
import { type DataEntry, entryError, parseEntry } from "../data-line-error.ts";
import { type NoTrajectory, stepsOfMessages } from "./steps-of-messages.ts";
import { trajectoriesOfTrace } from "./trajectories-of-trace.ts";

/** What was left out, by its reason. */
export class LeftOutTrajectories {
  readonly #reasons = new Map<NoTrajectory, { count: number; readonly first: string }>();

  add(reason: NoTrajectory, place: string): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { count: 1, first: place });
    else known.count++;
  }

  /** Each reason with its count and the place of the first. */
  get reasons(): readonly {
    readonly reason: NoTrajectory;
    readonly count: number;
    readonly first: string;
  }[] {
    return [...this.#reasons].map(([reason, facts]) => ({ reason, ...facts }));
  }
}

/** How files are read. */
export interface ReadTrajectoriesOptions {
  /** The domain of trajectories that say none. */
  readonly domain: string;
  readonly leftOut: LeftOutTrajectories;
}

/**
 * The trajectories of a file, in its order: a JSON file with one trajectory or trace or a list of chats, or lines of JSON with one each.
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID naming the line; FORMAT_UNKNOWN_VERSION
 */
export async function* readTrajectories(
  file: string,
  options: ReadTrajectoriesOptions,
): AsyncGenerator<UnifiedTrajectory, void> {
  let count = 0;
  for await (const entry of dataEntries({ file, holds: "conversations" })) {
    if (isHeader(entry.text, file)) continue;
    count++;
    yield* trajectoriesOfEntry(entry, options);
  }
  if (count === 0) throw new HoneError("DATA_EMPTY", { where: file, item: "trajectory" });
}

/** Whether a line is the header of a file of trajectories. @throws FORMAT_UNKNOWN_VERSION */
function isHeader(text: string, file: string): boolean {
  if (!text.startsWith('{"format":')) return false;
  const json = parsedObject(text);
  if (
    json === undefined ||
    json["format"] !== trajectoryFormat.name ||
    Object.keys(json).length > 2
  )
    return false;
  checkVersion(json, file);
  return true;
}

function checkVersion({ version }: JsonObject, file: string): void {
  const { name: format, version: known } = trajectoryFormat;
  if (version === known) return;
  const found = version === undefined ? "none" : JSON.stringify(version);
  throw new HoneError("FORMAT_UNKNOWN_VERSION", { file, format, found, known });
}

function* trajectoriesOfEntry(
  entry: DataEntry,
  { domain, leftOut }: ReadTrajectoriesOptions,
): Generator<UnifiedTrajectory, void> {
  const json = parseEntry(entry);
  const place = `${entry.file}:${entry.line}`;
  if (isObject(json) && (json["format"] === trajectoryFormat.name || "steps" in json)) {
    yield unified(json, entry);
    return;
  }
  if (isObject(json) && "trace_id" in json) {
    const found = trajectoriesOfTrace(traceOf(entry), domain);
    for (const one of found)
      if (typeof one === "string") leftOut.add(one, place);
      else yield one;
    return;
  }
  const one = trajectoryOfChat(entry, domain);
  if (typeof one === "string") leftOut.add(one, place);
  else yield one;
}

function unified(json: JsonObject, entry: DataEntry): UnifiedTrajectory {
  const { format, version, ...content } = json;
  if (format !== undefined) checkVersion({ version }, `${entry.file}:${entry.line}`);
  const result = trajectorySchema.safeParse(content);
  if (!result.success) throw entryError(entry, problemsOf(result.error));
  return result.data as UnifiedTrajectory;
}

function traceOf(entry: DataEntry) {
  try {
    return readTrace(parseJson(entry.text), { where: `${entry.file}:${entry.line}` });
  } catch (error) {
    if (!isError(error, "FILE_DAMAGED")) throw error;
    throw entryError(entry, `it is no trace: ${error.facts.problem}`);
  }
}

/** A line of a chat. Its task is what was asked, so that answers to one question are tries at one task. */
function trajectoryOfChat(entry: DataEntry, domain: string): UnifiedTrajectory | NoTrajectory {
  const { messages, tools, reward } = readConversation(entry);
  const read = stepsOfMessages(messages);
  if (typeof read === "string") return read;
  const { steps, answer, question, instructions } = read;
  const asked = {
    ...(question !== undefined && { question }),
    ...(instructions !== undefined && { instructions }),
  };
  const digest = (value: unknown): string =>
    createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
  const place = `${entry.file}:${entry.line}`;
  return {
    id: digest([place, messages]),
    domain,
    task: { id: digest(asked), ...asked },
    tools: tools === undefined ? [] : (JSON.parse(tools) as JsonObject[]).map(functionOf),
    steps,
    ...(answer !== undefined && { answer }),
    outcome: { status: "completed" },
    ...(reward !== undefined && { reward }),
    provenance: { source: "chat", place },
  };
}

/** A tool as `{ name, description?, parameters? }`. */
const functionOf = (tool: JsonObject): JsonObject =>
  isObject(tool["function"]) ? tool["function"] : tool;
