/**
 * One trace of OpenAI Agents JS, recorded.
 *
 * Spans of tasks, agents and turns are no spans of ours: they say whose work the spans below them are, and how the run ended.
 * A trace begins with its first span, when it is known which agent was asked for what.
 */
import { isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ToolCall } from "../../core/message.ts";
import type { TraceError } from "../../core/span.ts";
import type { OpenSpan, OpenTrace } from "../../ports/tracer.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import { itemMessages } from "../../messages/wires/response-items.ts";
import {
  type AgentsSpan,
  agentsError,
  answeredByModel,
  type AskedOfModel,
  askedOfModel,
  ranTool,
} from "./spans.ts";
import { withoutBodies } from "../without-bodies.ts";

/** A trace of the SDK. */
export interface AgentsTrace {
  readonly traceId: string;
  readonly name?: string | undefined;
  readonly groupId?: string | null | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** What a run was started with. */
export interface RunStart {
  readonly agent: unknown;
  readonly input: unknown;
}

/** A span of the SDK that runs. */
export interface KnownSpan {
  readonly trace: AgentsTraceRecorder;
  readonly parent: KnownSpan | undefined;
  /** Whose work it is. */
  readonly agent: string | undefined;
  readonly turn: number | undefined;
  /** Ours; absent for those that only surround others. */
  readonly open: OpenSpan<"prompt"> | OpenSpan<"tool"> | OpenSpan<"coordination"> | undefined;
  readonly call?: SdkModelCall;
  readonly asked?: AskedOfModel;
}

/** What a trace is recorded with. */
export interface TraceSetting {
  readonly isAdopted: boolean;
  /** The run that begins it. */
  readonly run: RunStart | undefined;
  readonly tools: HookTools;
  readonly facts: Readonly<Record<string, JsonValue>>;
  /** Ends this trace and forgets it. */
  readonly over: () => void;
}

/** The name of traces that nobody named. */
const defaultWorkflow = "Agent workflow";

/** How long a trace of the app's own is kept open after a run in it failed: the SDK never ends it when the error goes on. */
const failedMs = 60_000;

/** Spans of the SDK that only surround others, or hold what hone has no kind of span for (sound, lists of tools). */
const surrounding = new Set(
  "task agent turn mcp_tools transcription speech speech_group".split(" "),
);

export class AgentsTraceRecorder {
  /** By the SDK's ids, those that run. */
  readonly spans = new Map<string, KnownSpan>();
  /** True for a trace whose beginning was not seen: it ends with its last span. */
  readonly isAdopted: boolean;
  /** The run that began this trace; absent where the app did. */
  readonly #run: RunStart | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #sdk: AgentsTrace;
  readonly #tools: HookTools;
  readonly #over: () => void;
  readonly #facts: Readonly<Record<string, JsonValue>>;
  readonly #around: ActiveTrace | undefined;
  #trace: OpenTrace | undefined;
  #agent: string | undefined;
  #problem: TraceError | undefined;
  /** Calls a model asked for whose executions were not seen yet: the SDK's spans of tools do not tell the call's id. */
  readonly #asked: ToolCall[] = [];

  constructor(sdk: AgentsTrace, known: TraceSetting) {
    this.#sdk = sdk;
    this.isAdopted = known.isAdopted;
    this.#tools = known.tools;
    this.#facts = known.facts;
    this.#run = known.run;
    this.#over = known.over;
    this.#around = activeTrace();
  }

  end(): void {
    clearTimeout(this.#timer);
    // Of calls that still run, nothing more is told; no request waits for them.
    for (const { call } of this.spans.values()) call?.end();
    this.spans.clear();
    // A trace around this one is ended by whoever began it.
    if (this.#around !== undefined || this.#trace === undefined) return;
    const error = this.#problem;
    if (error === undefined) return this.#trace.end();
    const status = isAbort({ name: error.type, message: error.message }) ? "cancelled" : "failed";
    this.#trace.end({ status, error });
  }

  place(spanId: string | undefined, run: RunStart | undefined): ActiveTrace {
    let known = spanId === undefined ? undefined : this.spans.get(spanId);
    while (known !== undefined && known.open === undefined) known = known.parent;
    const trace = this.#begun(run, undefined);
    const span = known?.open ?? this.#around?.span;
    return { trace, span, agents: this.#around?.agents ?? [] };
  }

  start(span: AgentsSpan, run: RunStart | undefined, request: unknown): KnownSpan {
    const { spanData: data } = span;
    const parent = span.parentId === null ? undefined : this.spans.get(span.parentId);
    const own = nameOf(data["type"] === "agent" ? data["name"] : data["agent_name"]);
    const agent = own ?? parent?.agent ?? nameOf(run?.agent);
    const turn = typeof data["turn"] === "number" ? data["turn"] : parent?.turn;
    const trace = this.#begun(run, agent);
    const known = {
      trace: this,
      parent,
      agent,
      turn,
      ...this.#open(span, trace, request, { agent, turn, parent }),
    };
    this.spans.set(span.spanId, known);
    return known;
  }

  #open(
    { spanData: data }: AgentsSpan,
    trace: OpenTrace,
    request: unknown,
    place: Pick<KnownSpan, "agent" | "turn" | "parent">,
  ): Pick<KnownSpan, "open" | "call" | "asked"> {
    const type = String(data["type"]);
    if (surrounding.has(type)) return { open: undefined };
    const common = this.#common(place);
    if (type === "response" || type === "generation") {
      const asked = askedOfModel(request);
      const attributes = { ...common.attributes, ...asked.attributes };
      const provider = request === undefined && type === "generation" ? {} : { provider: "openai" };
      const start = { name: "chat", input: asked.input ?? [], ...provider, ...common, attributes };
      const open = trace.span({ kind: "prompt", ...start });
      const call = this.#tools.calls.begin(asked.isKept ? open : withoutBodies(open));
      return { open, asked, call };
    }
    if (type === "function") {
      const toolName = nameOf(data["name"]) ?? "";
      return { open: trace.span({ kind: "tool", toolName, arguments: null, ...common }) };
    }
    // Handoffs, guardrails, and what the app records itself.
    const event = type === "custom" ? (nameOf(data["name"]) ?? type) : type;
    return { open: trace.span({ kind: "coordination", event, details: null, ...common }) };
  }

  #common({ agent, turn, parent }: Pick<KnownSpan, "agent" | "turn" | "parent">): {
    readonly agent?: string;
    readonly parentId?: string;
    readonly attributes: Readonly<Record<string, JsonValue>>;
  } {
    let around = parent;
    while (around !== undefined && around.open === undefined) around = around.parent;
    const parentId = around?.open?.id || this.#around?.span?.id;
    return {
      ...(agent === undefined || agent === this.#agent ? {} : { agent }),
      ...(parentId === undefined || parentId === "" ? {} : { parentId }),
      attributes: turn === undefined ? {} : { "openai_agents.turn": turn },
    };
  }

  finish(span: AgentsSpan, known: KnownSpan): void {
    this.spans.delete(span.spanId);
    const { spanData: data } = span;
    const { open, call, asked } = known;
    if (open === undefined) return this.#surrounded(span, known);
    if (call !== undefined) {
      const answered = answeredByModel(span, asked ?? askedOfModel(undefined));
      (open as OpenSpan<"prompt">).end(answered.known);
      call.end(answered.responseId);
      this.#asked.push(...answered.toolCalls);
    } else if (data["type"] === "function") {
      const { given, ...ran } = ranTool(span);
      const callId = this.#callOf(String(data["name"]), given);
      (open as OpenSpan<"tool">).end({ ...ran, ...(callId === undefined ? {} : { callId }) });
    } else {
      const error = agentsError(span);
      const details = detailsOf(data);
      (open as OpenSpan<"coordination">).end({
        details,
        ...(error === undefined ? {} : { error }),
      });
    }
  }

  /**
   * A run fails when its outermost span does; one that failed before and was tried again does not count.
   *
   * The SDK ends no trace that an error leaves: it ends here, at once where nothing can follow.
   */
  #surrounded(span: AgentsSpan, { parent }: KnownSpan): void {
    if (parent !== undefined) return;
    this.#problem = agentsError(span);
    clearTimeout(this.#timer);
    if (this.#problem === undefined || this.spans.size > 0) return;
    if (this.#run !== undefined) this.#over();
    else this.#timer = setTimeout(() => this.#over(), failedMs).unref();
  }

  #callOf(name: string, given: string): string | undefined {
    const at = this.#asked.findIndex((call) => call.name === name && call.arguments === given);
    return at === -1 ? undefined : this.#asked.splice(at, 1)[0]?.id;
  }

  #begun(run: RunStart | undefined, agent: string | undefined): OpenTrace {
    if (this.#trace !== undefined) return this.#trace;
    const { name, groupId, metadata, traceId } = this.#sdk;
    const workflow = name === defaultWorkflow ? undefined : name;
    this.#agent = nameOf(run?.agent) ?? agent ?? workflow ?? this.#tools.agent;
    if (this.#around !== undefined) {
      this.#agent = undefined;
      return (this.#trace = this.#around.trace);
    }
    this.#trace = this.#tools.tracer.trace({
      agent: this.#agent,
      task: taskOf(run?.input),
      tags: ["openai-agents"],
      metadata: {
        ...(metadata as Readonly<Record<string, JsonValue>> | undefined),
        ...this.#facts,
        "openai_agents.trace_id": traceId,
        ...(workflow === undefined ? {} : { "openai_agents.workflow": workflow }),
        ...(typeof groupId === "string" ? { "openai_agents.group_id": groupId } : {}),
      },
    });
    return this.#trace;
  }
}

/** An agent's name, or that of an agent. */
function nameOf(value: unknown): string | undefined {
  const name = isObject(value) ? value["name"] : value;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** What the user said last in a run's input: a text, items, or the state of a run that was interrupted. */
function taskOf(input: unknown): string {
  const items = isObject(input) ? input["_originalInput"] : input;
  return itemMessages(undefined, items).findLast(({ role }) => role === "user")?.content ?? "";
}

/** What a coordination span says besides its event. */
function detailsOf(data: JsonObject): JsonValue {
  if (data["type"] === "handoff") {
    return { from: nameOf(data["from_agent"]) ?? null, to: nameOf(data["to_agent"]) ?? null };
  }
  if (data["type"] === "custom") return (data["data"] ?? {}) as JsonValue;
  const { type: _, ...rest } = data;
  return rest as JsonValue;
}
