/**
 * Reads a user's conversations: the common files for teaching chat models, one JSON object a line (or one JSON list of them).
 *
 *     {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"}], "weight": 2}
 *
 * The forms are OpenAI's, TRL's, ShareGPT's and Alpaca's (conversation-forms.ts, docs/data.md), as JSON or as rows of a CSV file. Every assistant message is learned unless
 * its weight is 0 or it belongs to a prompt; the others are context. A line that cannot be used, and a key that no form has,
 * is an error that names line and column: nothing is left out in silence.
 */
import { asContext } from "../core/conversation-turns.ts";
import { HoneError } from "../core/errors.ts";
import { isObject, type JsonObject, parsedObject } from "../core/json.ts";
import type { ConversationSettings, Message } from "../core/message.ts";
import type { PreferencePair } from "../core/preference.ts";
import { preferenceFormat, readPreferences } from "../formats/preference-format.ts";
import { allFormKeys, conversationForms } from "./conversation-forms.ts";
import { readDataFile } from "./data-file.ts";
import { entryError, parseEntry, unknownKey, type DataEntry } from "./data-line-error.ts";
import { otherLine } from "./other-files.ts";

/** One conversation of a file. */
export interface Conversation extends ConversationSettings {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly messages: readonly Message[];
  /** The conversation with the worse answer, where the file prefers one to another. Supervised training does not use it. */
  readonly rejected?: readonly Message[];
  /** How many messages are the prompt of what is learned, where the file says so. */
  readonly promptCount?: number;
  /** How much it counts, relative to the others. */
  readonly weight: number;
  /** How good it is, where the file says so; higher is better. */
  readonly reward?: number;
  /** By how much its answer is better than the rejected one, where the file says so. */
  readonly rewardMargin?: number;
}

/** A file of conversations. */
export interface ConversationFile {
  readonly conversations: readonly Conversation[];
  /** SHA-256 of the file, by which a resumed run knows that the file is the same. */
  readonly digest: string;
}

/**
 * The conversations of a file, in its order.
 * @throws DATA_UNREADABLE, DATA_EMPTY; DATA_LINE_INVALID naming line and column; FILE_DAMAGED for a damaged file of pairs
 * @example const { conversations } = await readConversations("support.jsonl");
 */
export async function readConversations(file: string): Promise<ConversationFile> {
  const { entries, digest } = await readDataFile(file, "conversations");
  const format = formatOf(entries[0]!);
  if (format === undefined)
    return { conversations: entries.map((entry) => readConversation(entry)), digest };
  if (format !== preferenceFormat.name) {
    const other = otherLine({ format }) ?? `the header of a file of ${format}`;
    const problem = `it is no conversation but ${other}`;
    throw entryError(entries[0]!, problem);
  }
  const pairs = readPreferences(entries.map(({ text }) => text).join("\n"), file);
  if (pairs.length === 0) throw new HoneError("DATA_EMPTY", { where: file, item: "pair" });
  return { conversations: pairs.map((pair, i) => pairConversation(pair, entries[i + 1]!)), digest };
}

/** The name in the header of one of hone's own formats; undefined for other files. */
function formatOf({ text }: DataEntry): string | undefined {
  const format = parsedObject(text)?.["format"];
  return typeof format === "string" ? format : undefined;
}

/** A pair that `hone feedback export --pairs` wrote. */
function pairConversation(pair: PreferencePair, { line }: DataEntry): Conversation {
  const prompt = asContext(pair.prompt);
  const messages = [...prompt, ...pair.chosen];
  const rejected = [...prompt, ...pair.rejected];
  return { line, messages, rejected, promptCount: prompt.length, weight: 1 };
}

/** The conversation of one entry of a file. @param json  what it says, where that is known @throws DATA_LINE_INVALID */
export function readConversation(
  entry: DataEntry,
  json: unknown = parseEntry(entry),
): Conversation {
  if (!isObject(json)) {
    const text = entry.text.trim();
    const got = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw entryError(entry, `expected object, received ${kindOf(json)}, got ${got}`, []);
  }
  const form = conversationForms.find((one) => one.fits(json));
  if (form === undefined) throw unknownForm(json, entry);
  const { weight = 1, reward, ...read } = form.read(json, entry);
  if (!read.messages.some(({ role, weight: counts }) => role === "assistant" && counts !== 0)) {
    throw entryError(entry, "it has no assistant message, so there is nothing to learn from it");
  }
  return { line: entry.line, ...read, weight, ...(reward !== undefined && { reward }) };
}

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** The error of an object that has the keys of no form. */
function unknownForm(json: JsonObject, entry: DataEntry): Error {
  const other = otherLine(json);
  if (other !== undefined) return entryError(entry, `it is no conversation but ${other}`);
  const keys = Object.keys(json);
  const unknown = keys.find((key) => !allFormKeys.includes(key));
  if (unknown !== undefined) return unknownKey(entry, [unknown], allFormKeys);
  const has = keys.length === 0 ? "no key" : `only ${keys.map((key) => `"${key}"`).join(", ")}`;
  const forms =
    '"messages", "conversations", "prompt" and "completion", "chosen" and "rejected", "instruction" and "output"';
  return entryError(entry, `it has ${has}; a conversation has ${forms}, or "text"`);
}
