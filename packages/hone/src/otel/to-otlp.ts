/**
 * Writes our spans in OpenTelemetry's form: prompts and tools in `gen_ai.*` 1.45, rewards as `gen_ai.evaluation.*`, the rest
 * under `hone.*`. Any collector can show them, and hone reads them back without loss.
 *
 * A trace becomes a span as well, `invoke_agent <agent>`, which is the parent of the trace's spans without a parent. It is sent
 * when the trace ends, with a `gen_ai.evaluation.result` event for each of the trace's rewards.
 */
import { exactJson, type JsonValue, maxJsonDepth } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import {
  isSpanId,
  isTraceId,
  type OtlpAttributes,
  type OtlpEvent,
  type OtlpResource,
  type OtlpScope,
  type OtlpSpan,
  otlpStatus,
} from "../core/otlp.ts";
import type { PromptText, Span, TraceError } from "../core/span.ts";
import type { TraceHead, TraceReward } from "../core/trace.ts";
import { writtenAttribute } from "../core/written-json.ts";
import { writeHead } from "../formats/trace-format.ts";
import { honeNames } from "./dialects/hone.ts";
import { derivedSpanId, derivedTraceId } from "./span-ids.ts";
import { evaluation } from "./verdicts.ts";

const scope: OtlpScope = { name: "hone" };

/** The sender of our spans. @param serviceName  OpenTelemetry's `service.name` */
export const otlpResource = (serviceName: string): OtlpResource => ({
  attributes: { "service.name": serviceName },
});

/** The span that stands for a trace. Undefined while the trace runs, since collectors take a span once, when it has ended. */
export const otlpOfHead = (head: TraceHead, resource: OtlpResource): OtlpSpan | undefined =>
  head.status === "running" ? undefined : spanOfTrace(head, resource);

/** The span that stands for a trace as it is now. While the trace runs it ends where it starts. */
export function spanOfTrace(head: TraceHead, resource: OtlpResource): OtlpSpan {
  const { id, agent, agentVersion, task, startedAt, endedAt = startedAt, error } = head;
  const { session, user, tags } = head;
  return {
    ...shell(resource),
    traceId: otlpTraceId(id),
    spanId: traceSpanId(id),
    parentSpanId: "",
    name: `invoke_agent ${agent}`,
    kind: 1,
    start: nanoseconds(startedAt),
    end: nanoseconds(endedAt),
    attributes: {
      [honeNames.kind]: "trace",
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": agent,
      ...(agentVersion === undefined ? {} : { "gen_ai.agent.version": agentVersion }),
      "gen_ai.input.messages": messagesText(task, "user"),
      ...optional("session.id", session),
      ...optional("user.id", user),
      ...(tags.length === 0 ? {} : { "tag.tags": tags }),
      [honeNames.trace]: JSON.stringify(writeHead(head)),
    },
    events: head.rewards.flatMap(rewardEvents),
    ...outcome(error, head.status === "failed"),
  };
}

/** A span of ours by OpenTelemetry's conventions, which have no place for some values; see `exact-span.ts`. */
export function conventionalSpan(span: Span, resource: OtlpResource): OtlpSpan {
  const { id, traceId, parentId, startedAt, endedAt, error } = span;
  const attributes = { ...meaningAttributes(span), ...placeAttributes(span), ...span.attributes };
  const end = nanoseconds(endedAt ?? startedAt);
  const isReward = span.kind === "reward";
  return {
    ...shell(resource),
    traceId: otlpTraceId(traceId),
    spanId: otlpSpanId(id),
    parentSpanId: parentId === undefined ? traceSpanId(traceId) : otlpSpanId(parentId),
    name: span.name ?? plainName(span),
    kind: span.kind === "prompt" ? 3 : 1,
    start: nanoseconds(startedAt),
    end,
    attributes,
    events: isReward ? [{ name: evaluation.event, time: end, attributes: verdict(span) }] : [],
    ...outcome(error, error !== undefined),
  };
}

/** The id of the span that stands for a trace. */
export const traceSpanId = (traceId: string): string => derivedSpanId(traceId, "trace");

const otlpTraceId = (id: string): string => (isTraceId(id) ? id : derivedTraceId(id));
const otlpSpanId = (id: string): string => (isSpanId(id) ? id : derivedSpanId(id));

const shell = (resource: OtlpResource) => ({ links: [], dropped: 0, resource, scope });

const nanoseconds = (milliseconds: number): bigint =>
  BigInt(Math.round(milliseconds * 1000)) * 1000n;

function outcome(error: TraceError | undefined, isError: boolean): Pick<OtlpSpan, "status"> {
  const code = isError ? otlpStatus.error : otlpStatus.unset;
  return { status: { code, message: error?.message ?? "" } };
}

/** The name of a span that has none: OpenTelemetry demands one. */
function plainName(span: Span): string {
  switch (span.kind) {
    case "prompt":
      return span.model === undefined ? "chat" : `chat ${span.model}`;
    case "tool":
      return `execute_tool ${span.toolName}`;
    case "reward":
      return `evaluate ${span.rewardType}`;
    case "coordination":
      return span.event;
    case "content":
    case "reasoning":
      return span.kind;
  }
}

/** Attributes for what `conventionalSpan` changes, and for what OpenTelemetry has no field for. */
function placeAttributes(span: Span): OtlpAttributes {
  const { id, traceId, parentId, agent, error } = span;
  return {
    [honeNames.kind]: span.kind,
    [honeNames.sequence]: span.sequence,
    ...(isTraceId(traceId) ? {} : { [honeNames.traceId]: traceId }),
    ...(isSpanId(id) ? {} : { [honeNames.spanId]: id }),
    ...(parentId === undefined || isSpanId(parentId) ? {} : { [honeNames.parentId]: parentId }),
    ...(agent === undefined ? {} : { "gen_ai.agent.name": agent }),
    ...(error?.type === undefined ? {} : { "error.type": error.type }),
    ...(error?.code === undefined ? {} : { "hone.error.code": error.code }),
    ...(span.name === undefined ? { "hone.unnamed": true } : {}),
    ...(span.endedAt === undefined ? { "hone.unended": true } : {}),
  };
}

function meaningAttributes(span: Span): OtlpAttributes {
  switch (span.kind) {
    case "prompt":
      return promptAttributes(span);
    case "tool":
      return {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": span.toolName,
        "gen_ai.tool.call.arguments": fieldText(span, "arguments", span.arguments),
        ...optional("gen_ai.tool.call.id", span.callId),
        ...(span.result === undefined
          ? {}
          : { "gen_ai.tool.call.result": fieldText(span, "result", span.result) }),
      };
    case "reward":
      return {
        ...verdict(span),
        ...optional(honeNames.targetId, span.targetId),
        ...(span.components === undefined ? {} : { [honeNames.components]: span.components }),
      };
    case "coordination":
      return {
        [honeNames.event]: span.event,
        [honeNames.details]: fieldText(span, "details", span.details),
      };
    case "content":
    case "reasoning":
      return { [honeNames.content]: span.content };
  }
}

function promptAttributes(span: Span & { readonly kind: "prompt" }): OtlpAttributes {
  const { input, output, model, provider, usage, sampled } = span;
  const sides = Object.entries({ input, output });
  const texts = sides.flatMap(([side, text]) => (typeof text === "string" ? [side] : []));
  return {
    "gen_ai.operation.name": "chat",
    "gen_ai.input.messages": messagesText(input, "user"),
    ...(output === undefined
      ? {}
      : { "gen_ai.output.messages": messagesText(output, "assistant") }),
    ...(texts.length === 0 ? {} : { [honeNames.texts]: texts.join(" ") }),
    ...optional("gen_ai.request.model", model),
    ...optional("gen_ai.provider.name", provider),
    ...(usage === undefined
      ? {}
      : {
          "gen_ai.usage.input_tokens": usage.input,
          "gen_ai.usage.output_tokens": usage.output,
          ...optional("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
          ...optional("gen_ai.usage.cache_read.input_tokens", usage.cached),
        }),
    ...(sampled === undefined ? {} : { [honeNames.sampled]: JSON.stringify(sampled) }),
  };
}

/** A field as JSON text: as it was written where the span keeps that, so that 5.0 stays 5.0. */
function fieldText(span: Span, field: string, value: JsonValue): string {
  const written = span.attributes[writtenAttribute(field)];
  const text = JSON.stringify(value);
  if (typeof written !== "string") return text;
  try {
    return JSON.stringify(exactJson(written, maxJsonDepth)) === text ? written : text;
  } catch {
    return text;
  }
}

const optional = (key: string, value: string | number | undefined): OtlpAttributes =>
  value === undefined ? {} : { [key]: value };

function verdict(span: Span & { readonly kind: "reward" }): OtlpAttributes {
  return {
    [evaluation.name]: span.rewardType,
    [evaluation.score]: span.reward,
    ...optional(evaluation.explanation, span.reason),
    ...optional(evaluation.source, span.source),
  };
}

/** Events for a reward of a trace: one for its total, and one for each component where there are several. */
function rewardEvents({ total, components, source, reason, at }: TraceReward): OtlpEvent[] {
  const named = Object.entries(components);
  const parts =
    named.length > 1
      ? [["reward", total] as const, ...named]
      : [[named[0]?.[0] ?? "reward", total] as const];
  return parts.map(([name, score]) => ({
    name: evaluation.event,
    time: nanoseconds(at),
    attributes: {
      [evaluation.name]: name,
      [evaluation.score]: score,
      [evaluation.source]: source,
      ...optional(evaluation.explanation, reason),
    },
  }));
}

/** The JSON text of messages in OpenTelemetry's form, each with a role and parts. */
function messagesText(text: PromptText, role: "user" | "assistant"): string {
  const messages = typeof text === "string" ? [{ role, content: text }] : text;
  return JSON.stringify(messages.map(messageJson));
}

function messageJson(message: Message): JsonValue {
  const { role, content, images = [], reasoning, toolCalls = [], toolCallId } = message;
  if (role === "tool") {
    const id = toolCallId === undefined ? {} : { id: toolCallId };
    return { role, parts: [{ type: "tool_call_response", ...id, response: content }] };
  }
  const parts: JsonValue[] = [
    ...(reasoning === undefined ? [] : [{ type: "reasoning", content: reasoning }]),
    ...(content === "" ? [] : [{ type: "text", content }]),
    ...images.map(({ url, mediaType }) => ({
      type: "uri",
      modality: "image",
      uri: url,
      ...(mediaType === undefined ? {} : { mime_type: mediaType }),
    })),
    ...toolCalls.map((call) => ({ type: "tool_call", ...call })),
  ];
  return { role, parts };
}
