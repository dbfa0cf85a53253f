/**
 * Trajectories of files of any form that hone reads: unified ones, traces, chats, pairs, trajectories of ART, spans of Agent Lightning. What is no trajectory is counted by its reason with the
 * place of the first; a line that cannot be read at all is an error that names it.
 */
import { createHash } from "node:crypto";
import { HoneError, isError } from "../../core/errors.ts";
import { isObject, type JsonObject, parsedObject, parseJson } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { UnifiedTrajectory } from "../../core/unified-trajectory.ts";
import { trajectoryFormat, trajectorySchema } from "../../formats/trajectory-format.ts";
import { readTrace } from "../../formats/trace-format.ts";
import { problemsOf } from "../../formats/json-value.ts";
import { readConversation } from "../conversations.ts";
import { dataEntries } from "../data-entries.ts";
import { type DataEntry, entryError, parseEntry } from "../data-line-error.ts";
import { isArt, trajectoriesOfArt } from "./forms/art.ts";
import { isLightningSpan, LightningSpans } from "./forms/lightning-read.ts";
import { withoutForeignKeys } from "./foreign-keys.ts";
import type { LeftOutReason, LeftOutTrajectories } from "./left-out.ts";
import { type NoTrajectory, stepsOfMessages } from "./steps-of-messages.ts";
import { trajectoriesOfTrace } from "./trajectories-of-trace.ts";

/** How files are read. */
export interface ReadTrajectoriesOptions {
  /** The domain of trajectories that say none. */
  readonly domain: string;
  readonly leftOut: LeftOutTrajectories;
}

/**
 * The trajectories of a file, in its order (those of spans at its end): a JSON file with one trajectory or trace or a list of chats, or lines of JSON with one each.
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID naming the line; FORMAT_UNKNOWN_VERSION
 */
export async function* readTrajectories(
  file: string,
  options: ReadTrajectoriesOptions,
): AsyncGenerator<UnifiedTrajectory, void> {
  const { domain, leftOut } = options;
  const spans = new LightningSpans();
  let count = 0;
  for await (const entry of dataEntries({ file, holds: "trajectories" })) {
    if (isHeader(entry.text, file)) continue;
    count++;
    const json = parseEntry(entry);
    if (isObject(json) && isLightningSpan(json)) {
      spans.add(json, entry);
      continue;
    }
    const place = `${entry.file}:${entry.line}`;
    for (const one of trajectoriesOfEntry(json, entry, options))
      if (typeof one === "string") leftOut.add(one, place);
      else yield one;
  }
  for (const one of spans.trajectories(domain))
    if ("reason" in one) leftOut.add(one.reason, `${file}, ${one.place}`);
    else yield one;
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

function trajectoriesOfEntry(
  json: unknown,
  entry: DataEntry,
  options: ReadTrajectoriesOptions,
): readonly (UnifiedTrajectory | LeftOutReason)[] {
  const { domain } = options;
  if (isObject(json)) {
    if (json["format"] === trajectoryFormat.name || "steps" in json) return [unified(json, entry)];
    if ("trace_id" in json) return trajectoriesOfTrace(traceOf(entry), domain);
    if (isArt(json)) return trajectoriesOfArt(json, entry, domain);
  }
  return trajectoriesOfChat(json, entry, options);
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

/**
 * A line of a chat. Its task is what was asked, so that answers to one question are tries at one task. A pair is two tries, of which the
 * preferred one earns 1 and the other 0. Keys of the line that its form does not know become fields of the task.
 */
function trajectoriesOfChat(
  json: unknown,
  entry: DataEntry,
  { domain, leftOut }: ReadTrajectoriesOptions,
): readonly (UnifiedTrajectory | NoTrajectory)[] {
  const place = `${entry.file}:${entry.line}`;
  const { known, fields, dropped } = withoutForeignKeys(json);
  for (const key of dropped) leftOut.add("an unknown key in a message", `${key} of ${place}`);
  const { messages, rejected, tools, reward } = readConversation(entry, known);
  const offered = tools === undefined ? [] : (JSON.parse(tools) as JsonObject[]).map(functionOf);
  const common = { domain, place, tools: offered, fields };
  if (rejected === undefined) return [trajectoryOfChat(messages, { ...common, reward })];
  const preferred = (isPreferred: 0 | 1) => ({
    ...{ ...common, place: `${place}:${isPreferred === 1 ? "chosen" : "rejected"}` },
    ...{ reward: isPreferred, rewards: { preferred: isPreferred } },
  });
  return [trajectoryOfChat(messages, preferred(1)), trajectoryOfChat(rejected, preferred(0))];
}

interface ChatFacts extends Pick<UnifiedTrajectory, "domain" | "tools" | "rewards"> {
  readonly place: string;
  /** What the line says beside the conversation. */
  readonly fields: JsonObject;
  readonly reward: number | undefined;
}

function trajectoryOfChat(
  messages: readonly Message[],
  { place, reward, domain, tools, rewards, fields }: ChatFacts,
): UnifiedTrajectory | NoTrajectory {
  const read = stepsOfMessages(messages);
  if (typeof read === "string") return read;
  const { steps, answer, question, instructions } = read;
  const asked = {
    ...(question !== undefined && { question }),
    ...(instructions !== undefined && { instructions }),
  };
  const digest = (value: unknown): string =>
    createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
  return {
    ...{ id: digest([place, messages]), domain },
    task: {
      ...{ id: digest(asked), ...asked },
      ...(Object.keys(fields).length > 0 && { fields }),
    },
    ...{ tools, steps },
    ...(answer !== undefined && { answer }),
    outcome: { status: "completed" },
    ...(reward !== undefined && { reward }),
    ...(rewards !== undefined && { rewards }),
    provenance: { source: "chat", place },
  };
}

/** A tool as `{ name, description?, parameters? }`. */
const functionOf = (tool: JsonObject): JsonObject =>
  isObject(tool["function"]) ? tool["function"] : tool;
