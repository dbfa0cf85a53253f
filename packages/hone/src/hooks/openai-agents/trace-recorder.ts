/**
 * Records one trace of OpenAI Agents JS.
 *
 * The SDK's spans of tasks, agents and turns become no spans: they say whose work the spans below them are, and how the run
 * ended. A trace is opened with its first span, when it is known which agent was asked for what.
 */
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { ToolCall } from "../../core/message.ts";
import {
  completeLabels,
  labelsOfMetadata,
  labelText,
  type TraceLabels,
} from "../../core/trace-labels.ts";
import type { TraceError } from "../../core/span.ts";
import type { OpenSpan, TraceStart } from "../../ports/tracer.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { type ScopeEnding, TraceScope } from "../../recording/trace-scope.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import { withoutBodies } from "../without-bodies.ts";
import {
  type AgentsSpan,
  agentsError,
  answeredByModel,
  type AskedOfModel,
  askedOfModel,
  coordinationOf,
  nameOf,
  ranTool,
  taskOf,
} from "./spans.ts";

/** A trace of the SDK. */
export interface AgentsTrace {
  readonly traceId: string;
  readonly name?: string | undefined;
  readonly groupId?: string | null | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** What a run of the SDK was started with. */
export interface RunStart {
  readonly agent: unknown;
  readonly input: unknown;
}

/** A span of the SDK that runs, and the span that records it. */
export type KnownSpan = SpanPlace & { readonly trace: AgentsTraceRecorder } & Recorded;

/** Where a span of the SDK stands. */
interface SpanPlace {
  readonly parent: KnownSpan | undefined;
  /** Whose work it is. */
  readonly agent: string | undefined;
  readonly turn: number | undefined;
}

type Recorded =
  | { readonly kind: "surrounding" }
  | {
      readonly kind: "prompt";
      readonly span: OpenSpan<"prompt">;
      readonly call: SdkModelCall;
      readonly asked: AskedOfModel;
    }
  | { readonly kind: "tool"; readonly span: OpenSpan<"tool"> }
  | { readonly kind: "coordination"; readonly span: OpenSpan<"coordination"> };

/** What a trace is recorded with. */
export interface TraceSetting {
  /** True for a trace whose beginning was not seen: it ends with its last span. */
  readonly isAdopted: boolean;
  /** The run that begins it; absent where the app began it by itself. */
  readonly run: RunStart | undefined;
  readonly tools: HookTools;
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** Ends this trace and forgets it. */
  readonly onEnd: () => void;
}

/** The SDK's name of traces to which the app gave none. */
const defaultWorkflow = "Agent workflow";

/**
 * Time in which a run may follow one that failed in a trace of the app's own, in ms: where the error leaves the trace, the SDK
 * never ends it.
 */
const failedRunMs = 60_000;

/** The SDK's spans that only surround others, or hold what hone has no kind of span for (sound, lists of tools). */
const surrounding = new Set(
  "task agent turn mcp_tools transcription speech speech_group".split(" "),
);

export class AgentsTraceRecorder {
  /** The SDK's spans that run, by its ids. */
  readonly spans = new Map<string, KnownSpan>();
  readonly isAdopted: boolean;
  readonly #sdk: AgentsTrace;
  readonly #setting: TraceSetting;
  readonly #around: ActiveTrace | undefined;
  #scope: TraceScope | undefined;
  #problem: TraceError | undefined;
  /** Calls a model asked for whose executions were not seen yet: the SDK's spans of tools do not tell the call's id. */
  readonly #requested: ToolCall[] = [];

  constructor(sdk: AgentsTrace, setting: TraceSetting) {
    this.#sdk = sdk;
    this.isAdopted = setting.isAdopted;
    this.#setting = setting;
    this.#around = activeTrace();
  }

  end(): void {
    // The end of calls that still run is not reported any more: no request should wait for them.
    for (const known of this.spans.values()) if (known.kind === "prompt") known.call.end();
    this.spans.clear();
    this.#scope?.end(endingOf(this.#problem));
  }

  /** Where code runs that is in this span of the SDK. */
  place(spanId: string | undefined, run: RunStart | undefined): ActiveTrace {
    const known = spanId === undefined ? undefined : this.spans.get(spanId);
    return this.#begun(run, undefined).place(recordedSpan(known));
  }

  start(span: AgentsSpan, run: RunStart | undefined, request: unknown): KnownSpan {
    const { spanData: data } = span;
    const parent = span.parentId === null ? undefined : this.spans.get(span.parentId);
    const own = nameOf(data["type"] === "agent" ? data["name"] : data["agent_name"]);
    const agent = own ?? parent?.agent ?? nameOf(run?.agent);
    const turn = typeof data["turn"] === "number" ? data["turn"] : parent?.turn;
    const place: SpanPlace = { parent, agent, turn };
    const scope = this.#begun(run, agent);
    const known = { trace: this, ...place, ...this.#record(span, scope, request, place) };
    this.spans.set(span.spanId, known);
    return known;
  }

  #record(
    { spanData: data }: AgentsSpan,
    scope: TraceScope,
    request: unknown,
    { parent, agent, turn }: SpanPlace,
  ): Recorded {
    const type = String(data["type"]);
    if (surrounding.has(type)) return { kind: "surrounding" };
    const around = recordedSpan(parent);
    const attributes = turn === undefined ? {} : { "openai_agents.turn": turn };
    const common = { ...scope.spanAgent(agent), attributes };
    if (type === "response" || type === "generation") {
      const asked = askedOfModel(request);
      const provider = request === undefined && type === "generation" ? {} : { provider: "openai" };
      const all = { ...attributes, ...asked.attributes };
      const start = { name: "chat", input: asked.input ?? [], ...provider, ...common };
      const span = scope.span({ kind: "prompt", ...start, attributes: all }, around);
      const call = this.#setting.tools.calls.begin(asked.isKept ? span : withoutBodies(span));
      return { kind: "prompt", span, asked, call };
    }
    if (type === "function") {
      const start = { toolName: nameOf(data["name"]) ?? "", arguments: null, ...common };
      return { kind: "tool", span: scope.span({ kind: "tool", ...start }, around) };
    }
    // Handoffs, guardrails, and what the app records itself.
    const event = type === "custom" ? (nameOf(data["name"]) ?? type) : type;
    const start = { event, details: null, ...common };
    return { kind: "coordination", span: scope.span({ kind: "coordination", ...start }, around) };
  }

  finish(span: AgentsSpan, known: KnownSpan): void {
    this.spans.delete(span.spanId);
    switch (known.kind) {
      case "surrounding":
        return this.#surroundingEnded(span, known);
      case "prompt": {
        const answered = answeredByModel(span, known.asked);
        known.span.end(answered.known);
        known.call.end(answered.responseId);
        return void this.#requested.push(...answered.toolCalls);
      }
      case "tool": {
        const { given, ...ran } = ranTool(span);
        const callId = this.#callIdOf(String(span.spanData["name"]), given);
        return known.span.end({ ...ran, ...(callId === undefined ? {} : { callId }) });
      }
      case "coordination":
        return known.span.end(coordinationOf(span));
    }
  }

  /**
   * A run fails when its outermost span does; one that failed before and was tried again does not count.
   *
   * The SDK ends no trace that an error leaves: it ends here, at once where nothing can follow.
   */
  #surroundingEnded(span: AgentsSpan, { parent }: KnownSpan): void {
    if (parent !== undefined) return;
    this.#problem = agentsError(span);
    this.#scope?.resume();
    if (this.#problem === undefined || this.spans.size > 0) return;
    if (this.#setting.run !== undefined) this.#setting.onEnd();
    else this.#scope?.endSoon(endingOf(this.#problem), failedRunMs);
  }

  #callIdOf(name: string, given: string): string | undefined {
    const at = this.#requested.findIndex((call) => call.name === name && call.arguments === given);
    return at === -1 ? undefined : this.#requested.splice(at, 1)[0]?.id;
  }

  #begun(run: RunStart | undefined, agent: string | undefined): TraceScope {
    const { tools, onEnd } = this.#setting;
    return (this.#scope ??= new TraceScope({
      tracer: tools.tracer,
      around: this.#around,
      start: () => this.#traceStart(run, agent),
      labels: this.#labels(),
      onAbandon: onEnd,
    }));
  }

  /** The SDK groups the traces of one conversation by an id. */
  #labels(): TraceLabels {
    const { groupId, metadata = {} } = this.#sdk;
    const session = labelText(groupId);
    return completeLabels(session === undefined ? {} : { session }, labelsOfMetadata(metadata));
  }

  #traceStart(run: RunStart | undefined, agent: string | undefined): TraceStart {
    const { name, groupId, traceId } = this.#sdk;
    const { tools, facts } = this.#setting;
    const workflow = name === defaultWorkflow ? undefined : name;
    return {
      agent: nameOf(run?.agent) ?? agent ?? workflow ?? tools.agent,
      task: taskOf(run?.input),
      tags: ["openai-agents"],
      metadata: {
        ...facts,
        "openai_agents.trace_id": traceId,
        ...(workflow === undefined ? {} : { "openai_agents.workflow": workflow }),
        ...(typeof groupId === "string" ? { "openai_agents.group_id": groupId } : {}),
      },
    };
  }
}

/** The innermost span of ours that this span of the SDK is in, its own included. */
function recordedSpan(known: KnownSpan | undefined): OpenSpan | undefined {
  let inner = known;
  while (inner?.kind === "surrounding") inner = inner.parent;
  return inner?.span;
}

function endingOf(problem: TraceError | undefined): ScopeEnding {
  if (problem === undefined) return { status: "completed" };
  const isAborted = isAbort({ name: problem.type, message: problem.message });
  return { status: isAborted ? "cancelled" : "failed", error: problem };
}
