/**
 * Session, user, tags and metadata in the attributes of a span, by the names of OpenTelemetry and of the programs that write
 * to it: Langfuse, LangSmith, OpenInference, OpenLLMetry, Mastra, the AI SDK.
 */
import { isObject, type JsonValue, setOwn } from "../core/json.ts";
import type { OtlpAttributes } from "../core/otlp.ts";
import {
  completeLabels,
  isWithoutLabels,
  labelsOfMetadata,
  labelText,
  tagsIn,
  type TraceLabels,
} from "../core/trace-labels.ts";

/** Attributes that name the session. Where a span has several, the first in this list is used. */
const sessionNames = [
  "langfuse.session.id",
  "langfuse.trace.session_id",
  "session.id",
  "gen_ai.conversation.id",
  "langsmith.metadata.session_id",
  "langsmith.metadata.thread_id",
  "langsmith.metadata.conversation_id",
  "langsmith.trace.session_id",
] as const;
const userNames = [
  "langfuse.user.id",
  "langfuse.trace.user_id",
  "user.id",
  "enduser.id",
  "enduser.pseudo.id",
] as const;
const tagNames = ["langfuse.trace.tags", "langfuse.tags", "langsmith.span.tags", "tag.tags"];

/** Beginnings of attributes that are metadata, each with what stands behind it as its name. */
const metadataPrefixes = [
  "langfuse.trace.metadata.",
  "langfuse.observation.metadata.",
  "ai.telemetry.metadata.",
  "ai.settings.context.",
  "ai.settings.runtimeContext.",
  "langsmith.metadata.",
  "traceloop.association.properties.",
  "mastra.metadata.",
];
/** Attributes that hold metadata as one JSON text. */
const metadataNames = ["langfuse.trace.metadata", "langfuse.observation.metadata", "metadata"];

/** Metadata that LangChain and LangGraph make themselves for each span. */
const ownMetadata = /^(?:__|ls_|lc_|langgraph_|checkpoint_|revision_id$)/;

/** The labels that a span gives its trace. */
export function labelsOfAttributes(attributes: OtlpAttributes): TraceLabels {
  const session = firstText(attributes, sessionNames);
  const user = firstText(attributes, userNames);
  const tags = tagNames.flatMap((name) => tagsIn(attributes[name]));
  const metadata = metadataIn(attributes);
  const resource = labelText(metadata["resourceId"]);
  const named = {
    ...(session === undefined ? {} : { session }),
    ...(user === undefined ? {} : { user }),
    ...(tags.length === 0 ? {} : { tags: [...new Set(tags)] }),
  };
  const labels = completeLabels(named, labelsOfMetadata(metadata));
  // Mastra's memory calls the user of a thread its resource.
  const isMastra = resource !== undefined && "mastra.metadata.resourceId" in attributes;
  return isMastra ? completeLabels(labels, { user: resource }) : labels;
}

/** As `labelsOfAttributes`; undefined where the span has none. */
export function knownLabels(attributes: OtlpAttributes): TraceLabels | undefined {
  const labels = labelsOfAttributes(attributes);
  return isWithoutLabels(labels) ? undefined : labels;
}

const firstText = (attributes: OtlpAttributes, names: readonly string[]): string | undefined =>
  names.map((name) => labelText(attributes[name])).find((text) => text !== undefined);

function metadataIn(attributes: OtlpAttributes): Record<string, JsonValue> {
  const found: Record<string, JsonValue> = {};
  for (const [key, value] of Object.entries(attributes)) {
    const prefix = metadataPrefixes.find((one) => key.startsWith(one));
    if (prefix === undefined) continue;
    const name = key.slice(prefix.length);
    if (name !== "" && !ownMetadata.test(name) && !Object.hasOwn(found, name)) {
      setOwn(found, name, value);
    }
  }
  for (const name of metadataNames) {
    const whole = objectIn(attributes[name]);
    for (const [key, value] of Object.entries(whole)) {
      if (!ownMetadata.test(key) && !Object.hasOwn(found, key)) {
        setOwn(found, key, value as JsonValue);
      }
    }
  }
  return found;
}

function objectIn(value: JsonValue | undefined): Readonly<Record<string, unknown>> {
  if (isObject(value)) return value;
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return {};
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : {};
  } catch {
    return {};
  }
}
