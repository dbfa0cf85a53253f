/**
 * A trace that is put together from spans as they arrive: in any order, in several requests, and perhaps not all of them.
 *
 * Its head depends on the spans that came, not on the order in which they came. The earliest span without a parent is the
 * root, which gives the trace its agent, task, end and outcome. Until a root comes, the trace counts as running.
 */
import type { JsonValue } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import type { OtlpResource } from "../core/otlp.ts";
import type { RewardSpan, Span, TraceError } from "../core/span.ts";
import {
  headOf,
  mergeRewards,
  type Trace,
  type TraceHead,
  type TraceReward,
} from "../core/trace.ts";
import { completeLabels, type TraceLabels } from "../core/trace-labels.ts";
import { inputAttribute } from "./meaning.ts";
import { knownLabels, labelsOfAttributes } from "./span-labels.ts";

/** Metadata of a head that was made here: the sender of its first span. A head without it came from elsewhere. */
const resourceKey = "otel.resource";

/** What of a span goes into the head. */
interface SpanFacts {
  readonly id: string;
  readonly sequence: number;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly name: string | undefined;
  readonly agent: string | undefined;
  readonly asked: string | undefined;
  readonly error: TraceError | undefined;
  readonly version: string | undefined;
}

/** Labels of a span, with its place in the trace. */
interface PlacedLabels {
  readonly id: string;
  readonly sequence: number;
  readonly labels: TraceLabels;
}

export class AssemblingTrace {
  readonly id: string;
  readonly #resource: Readonly<Record<string, JsonValue>>;
  /** The head as the trace's sender has it, where one was sent or stored; it is used as it is. */
  #given: TraceHead | undefined;
  #root: SpanFacts | undefined;
  #agent: SpanFacts | undefined;
  #asked: SpanFacts | undefined;
  #first: SpanFacts | undefined;
  #endedAt = Number.NEGATIVE_INFINITY;
  #rewards: readonly TraceReward[] = [];
  /** Labels of its spans, each kind of labels once, with the first span that has them. */
  readonly #labels = new Map<string, PlacedLabels>();
  /** What the stored head has beyond what its spans say: it was written by somebody who edited the trace. */
  #edited: TraceLabels = {};
  readonly #roots = new Set<string>();
  readonly #verdicts = new Map<string, RewardSpan>();
  #isSettled = false;

  constructor(id: string, resource: OtlpResource) {
    this.id = id;
    this.#resource = resource.attributes;
  }

  /** Continues a trace that is stored already. */
  static of(trace: Trace): AssemblingTrace {
    const { metadata, rewards, status } = trace;
    const resource = metadata[resourceKey];
    const isOurs = typeof resource === "object" && resource !== null;
    const attributes = (isOurs ? resource : {}) as OtlpResource["attributes"];
    const assembling = new AssemblingTrace(trace.id, { attributes });
    assembling.#rewards = rewards;
    assembling.#edited = labelsOfHead(trace);
    for (const span of trace.spans) assembling.add(span);
    if (!isOurs) assembling.#given = headOf(trace);
    if (status !== "running" && assembling.#root === undefined) assembling.settle();
    return assembling;
  }

  /** True while a root may still come. */
  get isOpen(): boolean {
    return this.#given === undefined && this.#root === undefined && !this.#isSettled;
  }

  /** True for the sender that the trace's head names. Spans of another sender say in their attributes who sent them. */
  isFrom({ attributes }: OtlpResource): boolean {
    return (
      this.#given === undefined && JSON.stringify(attributes) === JSON.stringify(this.#resource)
    );
  }

  /** Takes the head from the sender, which is used instead of one made from spans. */
  give(head: TraceHead): void {
    this.#given = head;
  }

  /**
   * Takes a span.
   *
   * @param judges  what a reward span counts for: "target": the trace, where the span it judges is a root; "trace": the trace;
   *   "nothing": nothing but itself
   */
  add(span: Span, judges: "target" | "trace" | "nothing" = "target"): void {
    const facts = factsOf(span);
    this.#addLabels(span);
    const isLast = facts.endedAt !== undefined && facts.endedAt > this.#endedAt;
    if (isLast) this.#endedAt = facts.endedAt!;
    this.#first = earlier(this.#first, facts);
    if (facts.agent !== undefined) this.#agent = earlier(this.#agent, facts);
    if (facts.asked !== undefined) this.#asked = earlier(this.#asked, facts);
    if (span.kind === "reward") this.#judge(span, judges);
    else if (span.parentId === undefined) {
      this.#root = earlier(this.#root, facts);
      this.#roots.add(span.id);
    }
  }

  #addLabels({ id, sequence, attributes }: Span): void {
    const labels = knownLabels(attributes);
    if (labels === undefined) return;
    const key = JSON.stringify(labels);
    const known = this.#labels.get(key);
    const placed = { id, sequence, labels };
    if (known === undefined || isEarlier(placed, known)) this.#labels.set(key, placed);
  }

  /** The labels of all spans: where they differ, those of the root, then those of the span that began first. */
  #allLabels(): TraceLabels {
    const rank = ({ id }: PlacedLabels): number => (id === this.#root?.id ? 0 : 1);
    const ordered = [...this.#labels.values()].toSorted(
      (a, b) => rank(a) - rank(b) || (isEarlier(a, b) ? -1 : 1),
    );
    const labels = ordered.reduce<TraceLabels>((all, one) => completeLabels(all, one.labels), {});
    return completeLabels(
      completeLabels(this.#edited, labels),
      labelsOfAttributes(senderLabels(this.#resource)),
    );
  }

  #judge(span: RewardSpan, judges: "target" | "trace" | "nothing"): void {
    if (judges === "nothing") return;
    if (judges === "trace") this.#rewards = mergeRewards(this.#rewards, [traceReward(span)]);
    else if (span.targetId !== undefined) this.#verdicts.set(span.id, span);
  }

  /** Stops waiting for a root: the trace counts as completed. */
  settle(): void {
    this.#isSettled = true;
  }

  /** The trace's head; undefined before the first span. */
  head(): TraceHead | undefined {
    const first = this.#first;
    if (this.#given !== undefined) return this.#given;
    if (first === undefined) return undefined;
    const root = this.#root;
    const isDone = root !== undefined || this.#isSettled;
    const endedAt = root?.endedAt ?? this.#endedAt;
    const version = root?.version ?? this.#text("service.version");
    const { tags = [], metadata = {}, ...withoutTags } = this.#allLabels();
    return {
      id: this.id,
      agent: this.#agentName(first),
      ...(version === undefined ? {} : { agentVersion: version }),
      task: root?.asked ?? this.#asked?.asked ?? root?.name ?? first.name ?? "",
      ...(root?.error === undefined ? {} : { error: root.error }),
      attempt: 1,
      status: isDone ? (root?.error === undefined ? "completed" : "failed") : "running",
      startedAt: first.startedAt,
      ...(isDone && Number.isFinite(endedAt) ? { endedAt } : {}),
      ...withoutTags,
      tags,
      metadata: { ...metadata, [resourceKey]: this.#resource },
      rewards: mergeRewards(this.#rewards, this.#rootRewards()),
    };
  }

  #agentName(first: SpanFacts): string {
    const service = this.#text("service.name");
    // SDKs name a program without a name "unknown_service:node".
    const named = service?.startsWith("unknown_service") === true ? undefined : service;
    const { agent } = this.#root ?? first;
    return agent ?? this.#agent?.agent ?? named ?? this.#root?.name ?? first.name ?? "unknown";
  }

  #text(key: string): string | undefined {
    const value = this.#resource[key];
    return typeof value === "string" && value !== "" ? value : undefined;
  }

  /** Rewards for the trace: those that judge one of its roots. */
  #rootRewards(): TraceReward[] {
    return [...this.#verdicts.values()]
      .filter(({ targetId }) => this.#roots.has(targetId!))
      .map(traceReward);
  }
}

const traceReward = (span: RewardSpan): TraceReward => ({
  id: span.id,
  total: span.reward,
  components: span.components ?? { [span.rewardType]: span.reward },
  // OpenTelemetry has no word for who judged; evaluators mostly are judges.
  source: span.source ?? "judge",
  ...(span.reason === undefined ? {} : { reason: span.reason }),
  at: span.startedAt,
});

/** The span that began first; of two that began together, the one with the smaller id. */
function earlier(a: SpanFacts | undefined, b: SpanFacts): SpanFacts {
  if (a === undefined || a.id === b.id) return b;
  if (a.sequence !== b.sequence) return a.sequence < b.sequence ? a : b;
  return a.id < b.id ? a : b;
}

function factsOf(span: Span): SpanFacts {
  const { id, sequence, startedAt, endedAt, name, agent, error, attributes } = span;
  const version = attributes["gen_ai.agent.version"];
  return {
    id,
    sequence,
    startedAt,
    endedAt,
    name,
    agent,
    asked: askedIn(span),
    error,
    version: typeof version === "string" ? version : undefined,
  };
}

const isEarlier = (a: PlacedLabels, b: PlacedLabels): boolean =>
  a.sequence < b.sequence || (a.sequence === b.sequence && a.id < b.id);

/** What the sender says of the session and the user of all its traces. */
const senderLabels = (resource: Readonly<Record<string, JsonValue>>) =>
  Object.fromEntries(
    ["session.id", "user.id", "enduser.id"].flatMap((name) =>
      resource[name] === undefined ? [] : [[name, resource[name]]],
    ),
  );

/** The labels of a stored head, without what the head has because it was put together here. */
function labelsOfHead({ session, user, tags, metadata }: TraceHead): TraceLabels {
  const { [resourceKey]: _, ...rest } = metadata;
  const labels = { session, user, tags, metadata: rest };
  return Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== undefined));
}

/** What the agent was asked: the last message of a user. */
function askedIn(span: Span): string | undefined {
  const input = span.kind === "prompt" ? span.input : span.attributes[inputAttribute];
  if (typeof input === "string") return input === "" ? undefined : input;
  if (!Array.isArray(input)) return undefined;
  const messages = input as readonly (Partial<Message> | null)[];
  const last = messages.findLast((message) => message?.role === "user");
  return typeof last?.content === "string" && last.content !== "" ? last.content : undefined;
}
