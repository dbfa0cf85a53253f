/** Turns a span of OpenTelemetry into spans of ours: the span itself, and a reward for each verdict on it. */
import type { JsonValue } from "../core/json.ts";
import { otlpKinds, type OtlpLog, type OtlpSpan, otlpStatus } from "../core/otlp.ts";
import type { RewardSpan, Span, TraceError } from "../core/span.ts";
import { writtenTexts } from "../core/written-json.ts";
import { jsonText } from "../messages/plain-text.ts";
import { AttributeBag } from "./attribute-bag.ts";
import { dialectOf } from "./dialects/dialects.ts";
import { hone } from "./dialects/hone.ts";
import type { Meaning } from "./meaning.ts";
import { exactSpan, withOwnPlace } from "./own-spans.ts";
import { derivedSpanId } from "./span-ids.ts";
import {
  annotationVerdicts,
  attributeVerdict,
  evaluation,
  eventVerdicts,
  type Verdict,
} from "./verdicts.ts";

/** What one span of OpenTelemetry became. */
export interface ReadSpan {
  /** The span, then the rewards on it. */
  readonly spans: readonly Span[];
  /** The rewards among them that judge the trace as a whole. */
  readonly ofTrace: readonly RewardSpan[];
  /** True for a span that hone sent. Rewards of its trace come with the trace's head, not from spans. */
  readonly isOwn: boolean;
}

export function readOtlpSpan(given: OtlpSpan): ReadSpan {
  const dialect = dialectOf(given);
  const isOwn = dialect === hone;
  const bag = new AttributeBag(given.attributes);
  const own = isOwn ? undefined : evaluationSpan(bag, given);
  const meaning = own ?? dialect.read(bag, given);
  const verdicts = isOwn ? [] : verdictsOn(given, own !== undefined);
  const rewards = verdicts.map((verdict, i) => rewardOf(given, verdict, i));
  const ofTrace = rewards.filter((_, i) => verdicts[i]!.isOfTrace);
  if (!isOwn) addLeftovers(given, bag);
  const span = commonSpan(given, meaning, bag);
  return {
    spans: [isOwn ? (exactSpan(given) ?? withOwnPlace(span)) : span, ...rewards],
    ofTrace,
    isOwn,
  };
}

/** Reads a span that is itself an evaluation: a reward for the span around it. Returns undefined for other spans. */
function evaluationSpan(bag: AttributeBag, given: OtlpSpan): Meaning | undefined {
  const operation = bag.see("gen_ai.operation.name");
  if (!bag.has(evaluation.score) || !(operation === undefined || operation === "evaluate")) {
    return undefined;
  }
  const verdict = attributeVerdict(bag, given.end);
  if (verdict === undefined) return undefined;
  const { parentSpanId } = given;
  return {
    kind: "reward",
    ...rewardFields(verdict),
    ...(parentSpanId === "" ? {} : { targetId: parentSpanId }),
  };
}

function verdictsOn(given: OtlpSpan, isEvaluation: boolean): Verdict[] {
  const at = given.end === 0n ? given.start : given.end;
  const own = isEvaluation ? undefined : attributeVerdict(new AttributeBag(given.attributes), at);
  const annotations = annotationVerdicts(given.attributes, at);
  return [...eventVerdicts(given), ...(own === undefined ? [] : [own]), ...annotations];
}

const rewardFields = ({ name, score, reason, source }: Verdict) => ({
  reward: score,
  rewardType: name,
  ...(source === undefined ? {} : { source }),
  ...(reason === undefined ? {} : { reason }),
});

function rewardOf(given: OtlpSpan, verdict: Verdict, index: number): RewardSpan {
  const { isOfTrace } = verdict;
  return {
    kind: "reward",
    id: derivedSpanId(given.traceId, given.spanId, "verdict", index),
    traceId: given.traceId,
    parentId: given.spanId,
    name: `evaluate ${verdict.name}`,
    ...rewardFields(verdict),
    ...(isOfTrace ? {} : { targetId: given.spanId }),
    ...times(verdict.time, verdict.time),
    attributes: {},
  };
}

/** The reward in a `gen_ai.evaluation.result` log record; undefined where the record has no number. */
export function rewardOfLog(log: OtlpLog): RewardSpan | undefined {
  const bag = new AttributeBag(log.attributes);
  const verdict = attributeVerdict(bag, log.time);
  if (verdict === undefined) return undefined;
  const ofSpan = log.spanId === "" ? {} : { parentId: log.spanId, targetId: log.spanId };
  return {
    kind: "reward",
    id: derivedSpanId(log.traceId, log.spanId, String(log.time), verdict.name, verdict.score),
    traceId: log.traceId,
    name: `evaluate ${verdict.name}`,
    ...ofSpan,
    ...rewardFields(verdict),
    ...times(log.time, log.time),
    attributes: bag.rest(),
  };
}

/** Turns a log record that is no evaluation into a content span beside the span it belongs to. */
export function contentOfLog(log: OtlpLog, name: string): Span {
  const body = typeof log.body === "string" ? log.body : jsonText(log.body);
  const parent = log.spanId === "" ? {} : { parentId: log.spanId };
  return {
    kind: "content",
    id: derivedSpanId(log.traceId, log.spanId, String(log.time), name, body),
    traceId: log.traceId,
    ...parent,
    name,
    content: log.body === null ? "" : body,
    ...times(log.time, log.time),
    attributes: log.attributes,
  };
}

function commonSpan(given: OtlpSpan, meaning: Meaning, bag: AttributeBag): Span {
  const error = errorOf(given, bag);
  const { parentSpanId, name } = given;
  return {
    id: given.spanId,
    traceId: given.traceId,
    ...(parentSpanId === "" ? {} : { parentId: parentSpanId }),
    ...(name === "" ? {} : { name }),
    ...times(given.start === 0n ? given.end : given.start, given.end),
    ...meaning,
    ...(error === undefined ? {} : { error }),
    attributes: { ...bag.rest(), ...writtenTexts({ ...meaning }) },
  } as Span;
}

/** Adds attributes for what OpenTelemetry has and our spans have no field for. */
function addLeftovers(given: OtlpSpan, bag: AttributeBag): void {
  const { kind, scope, events, links, traceState, dropped, status } = given;
  if (kind > 1) bag.add("otel.kind", otlpKinds[kind] ?? kind);
  if (scope.name !== "") bag.add("otel.scope", { ...scope });
  if (events.length > 0) bag.add("otel.events", events.map(eventJson));
  if (links.length > 0)
    bag.add(
      "otel.links",
      links.map((link) => ({ ...link })),
    );
  bag.add("otel.trace_state", traceState);
  if (dropped > 0) bag.add("otel.dropped", dropped);
  if (status.code === otlpStatus.ok) bag.add("otel.status", "ok");
}

const eventJson = ({ name, time, attributes }: OtlpSpan["events"][number]): JsonValue => ({
  name,
  at: milliseconds(time),
  attributes,
});

function errorOf(given: OtlpSpan, bag: AttributeBag): TraceError | undefined {
  const type = bag.see("error.type");
  const message = bag.see("error.message");
  const thrown = given.events.findLast(({ name }) => name === "exception")?.attributes ?? {};
  if (given.status.code !== otlpStatus.error) return undefined;
  const texts = [given.status.message, thrown["exception.message"], message];
  const types = [type, thrown["exception.type"]];
  const isText = (value: JsonValue | undefined): value is string =>
    typeof value === "string" && value !== "";
  const named = types.find(isText);
  const code = bag.take("hone.error.code");
  if (named === type) bag.drop("error.type");
  return {
    message: texts.find(isText) ?? "error",
    ...(named === undefined ? {} : { type: named }),
    ...(isText(code) ? { code } : {}),
  };
}

/** Unix milliseconds with fractions down to the microsecond. */
const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1000n) / 1000;

/** The times of a span, and its place in the trace's order: its start in microseconds, since spans arrive in any order. */
const times = (start: bigint, end: bigint) => ({
  sequence: Number(start / 1000n) + Number(start % 1000n) / 1000,
  startedAt: milliseconds(start),
  ...(end === 0n ? {} : { endedAt: milliseconds(end) }),
});
