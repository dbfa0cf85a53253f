/**
 * What a trace is found by: its session, its user, tags and metadata, as programs write them.
 *
 * Every SDK has names of its own for the same thing (`sessionId`, `thread_id`, `conversation_id`), and puts them into the
 * metadata of a call. This file knows the names, so that a session is found by one condition wherever it comes from.
 */
import type { JsonObject, JsonValue } from "./json.ts";

/** What of a trace's labels is known; an absent field is not. */
export interface TraceLabels {
  /** The conversation that the trace is a turn of. */
  readonly session?: string;
  /** Whom the agent worked for. */
  readonly user?: string;
  readonly tags?: readonly string[];
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** Names of the session in metadata, in lower case and without what is no letter; the first that is there counts. */
const sessionNames = [
  ...["langfusesessionid", "sessionid", "session", "conversationid", "genaiconversationid"],
  ...["threadid", "chatid"],
];
const userNames = [...["langfuseuserid", "userid", "enduserid", "enduser", "user"]];
const tagNames = ["langfusetags", "tags", "langfusetracetags"];

/**
 * Session, user and tags that metadata names; the metadata itself stays whole.
 * @example labelsOfMetadata({ thread_id: "t1", userId: 7 }); // { session: "t1", user: "7", metadata: { … } }
 */
export function labelsOfMetadata(metadata: JsonObject): TraceLabels {
  if (Object.keys(metadata).length === 0) return {};
  const byName = new Map<string, JsonValue>();
  for (const [key, value] of Object.entries(metadata)) {
    const name = key.toLowerCase().replaceAll(/[^a-z]/g, "");
    if (!byName.has(name)) byName.set(name, value as JsonValue);
  }
  const first = (names: readonly string[]): string | undefined =>
    names.map((name) => labelText(byName.get(name))).find((text) => text !== undefined);
  const session = first(sessionNames);
  const user = first(userNames);
  const tags = tagNames.map((name) => tagsIn(byName.get(name))).find((list) => list.length > 0);
  return {
    ...(session === undefined ? {} : { session }),
    ...(user === undefined ? {} : { user }),
    ...(tags === undefined ? {} : { tags }),
    metadata: metadata as Readonly<Record<string, JsonValue>>,
  };
}

/** An id as a text. Undefined for what is no id: nothing, "", an object. */
export function labelText(value: unknown): string | undefined {
  if (typeof value === "string") return value.trim() === "" ? undefined : value;
  return typeof value === "number" || typeof value === "bigint" ? String(value) : undefined;
}

/** Tags as a list of texts, given as one, as a text with commas, or as the JSON text of a list. */
export function tagsIn(value: unknown): string[] {
  if (typeof value === "string") {
    if (!value.trimStart().startsWith("[")) return nonEmpty(value.split(","));
    try {
      return tagsIn(JSON.parse(value));
    } catch {
      return nonEmpty(value.split(","));
    }
  }
  if (!Array.isArray(value)) return [];
  return nonEmpty(value.filter((one): one is string => typeof one === "string"));
}

const nonEmpty = (tags: readonly string[]): string[] => [
  ...new Set(tags.map((tag) => tag.trim()).filter((tag) => tag !== "")),
];

/** Labels, completed by later ones: what is there stays, tags are joined, metadata gets the names it does not have. */
export function completeLabels(known: TraceLabels, more: TraceLabels): TraceLabels {
  const session = known.session ?? more.session;
  const user = known.user ?? more.user;
  const tags = [...new Set([...(known.tags ?? []), ...(more.tags ?? [])])];
  const metadata = { ...more.metadata, ...known.metadata };
  return {
    ...(session === undefined ? {} : { session }),
    ...(user === undefined ? {} : { user }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
}

/** True where the labels say nothing. */
export const isWithoutLabels = (labels: TraceLabels): boolean => Object.keys(labels).length === 0;

/**
 * The value of a condition on metadata as it is compared: a text as it is, everything else as its JSON.
 * @example metadataText(3); // "3"
 */
export const metadataText = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** Whether metadata has all these values, each by its name. */
export const hasMetadata = (
  metadata: Readonly<Record<string, JsonValue>>,
  wanted: Readonly<Record<string, JsonValue>>,
): boolean =>
  Object.entries(wanted).every(
    ([name, value]) =>
      Object.hasOwn(metadata, name) && metadataText(metadata[name]!) === metadataText(value),
  );

/** The texts of labels that a search finds a trace by: no names of metadata, nothing from inside its objects. */
export const labelTexts = ({ session, user, tags = [], metadata = {} }: TraceLabels): string[] => [
  ...[session, user].filter((text) => text !== undefined),
  ...tags,
  ...Object.values(metadata).filter((value) => typeof value === "string"),
];
