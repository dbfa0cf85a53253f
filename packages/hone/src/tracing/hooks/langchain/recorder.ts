/**
 * Turns LangChain's runs into spans: model calls into prompt spans, tools and retrievers into tool spans, the outermost run
 * into a trace. Chains and the nodes of graphs are no spans: where a span was is in its attributes.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { OpenSpan, OpenTrace } from "../../../ports/tracer.ts";
import { plainText } from "../../plain-text.ts";
import { type ActiveTrace, activeTrace } from "../../trace-context.ts";
import { errorOf, isAbort, isSignal } from "./errors.ts";
import {
  answeredByChain,
  type AnsweredByChain,
  answeredSoFar,
  askedOfChain,
  placeOf,
} from "./facts.ts";
import { chainMessages } from "./messages.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";

/** A model whose code runs, and the calls it reported so far. */
export interface ModelScope {
  readonly runs: string[];
}

/** What LangChain tells of a run at its start. */
export interface RunFacts {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly metadata: unknown;
  /** Of a chain, a graph, a tool or a retriever; of a model only where the app gave it one. */
  readonly name: string;
  /** What it was given, for the task of a trace. */
  readonly given: unknown;
}

interface Run {
  readonly trace: OpenTrace;
  /** True for the run that began its trace. */
  readonly isRoot: boolean;
  readonly around: ActiveTrace | undefined;
  /** The innermost span it is in, its own included. */
  readonly span: OpenSpan | undefined;
  readonly own?: OpenSpan<"prompt"> | OpenSpan<"tool">;
  readonly call?: SdkModelCall;
}

/** Names of graphs and chains that nobody named. */
const defaultName = /^(?:LangGraph|CompiledStateGraph|Runnable\w*|)$/;

export class ChainRecorder {
  readonly scopes = new AsyncLocalStorage<ModelScope>();
  readonly #tools: HookTools;
  readonly #runs = new Map<string, Run>();
  version = "";

  constructor(tools: HookTools) {
    this.#tools = tools;
  }

  chainStarted(facts: RunFacts): void {
    this.#runs.set(facts.id, this.#begun(facts));
  }

  modelStarted(facts: RunFacts, input: unknown, extra: unknown): void {
    const run = this.#begun(facts);
    const { model, provider, attributes } = askedOfChain(extra, facts.metadata);
    const own = run.trace.span({
      kind: "prompt",
      name: model === undefined ? "chat" : `chat ${model}`,
      input: chainMessages(input),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider }),
      ...parentOf(run),
      ...agentOf(facts.metadata),
      attributes,
    });
    const call = this.#tools.calls.begin(own);
    this.#runs.set(facts.id, { ...run, own, call, span: own as unknown as OpenSpan });
    this.scopes.getStore()?.runs.push(facts.id);
  }

  /** @param callId  the model's name of the call, where the tool was called for a model */
  toolStarted(facts: RunFacts, input: unknown, callId?: string): void {
    // A tool or a retriever that is run by itself is no agent.
    const run = this.#begun({ ...facts, name: "" });
    const own = run.trace.span({
      kind: "tool",
      toolName: facts.name,
      arguments: parsed(input),
      ...(callId === undefined ? {} : { callId }),
      ...parentOf(run),
      ...agentOf(facts.metadata),
      attributes: placeOf(facts.metadata),
    });
    this.#runs.set(facts.id, { ...run, own, span: own as unknown as OpenSpan });
  }

  chainEnded(id: string): void {
    this.#left(id);
  }

  modelEnded(id: string, result: unknown): void {
    this.#answered(id, answeredByChain(result));
  }

  /** Whoever read a model's stream stopped before its end: LangChain itself does not tell. */
  stopped(scope: ModelScope, chunks: readonly unknown[]): void {
    for (const id of scope.runs) {
      if (!this.#runs.has(id)) continue;
      const so = chunks.length === 0 ? undefined : answeredSoFar(chunks);
      const attributes = { ...so?.known.attributes, "hone.stopped": "by the consumer" };
      this.#answered(id, { responseId: so?.responseId, known: { ...so?.known, attributes } }, true);
    }
  }

  toolEnded(id: string, result: unknown): void {
    const run = this.#runs.get(id);
    const callId = isObject(result) ? plainText(result["tool_call_id"]) : "";
    const known = { result: resultOf(result), ...(callId === "" ? {} : { callId }) };
    (run?.own as OpenSpan<"tool"> | undefined)?.end(known);
    this.#left(id);
  }

  failed(id: string, error: unknown): void {
    const run = this.#runs.get(id);
    const isNoError = isSignal(error);
    if (isNoError) run?.own?.set({ "langgraph.signal": plainText((error as Error).name) });
    run?.own?.end(isNoError ? {} : { error: errorOf(error) });
    run?.call?.end();
    this.#left(id, isNoError ? undefined : error);
  }

  /** Where code runs whose nearest run of LangChain is this one. */
  place(id: string): ActiveTrace | undefined {
    const run = this.#runs.get(id);
    if (run === undefined) return undefined;
    return { trace: run.trace, span: run.span, agents: run.around?.agents ?? [] };
  }

  /** The model call whose code runs, where it is one only. */
  call(): SdkModelCall | undefined {
    const [id, ...others] = this.scopes.getStore()?.runs ?? [];
    return id === undefined || others.length > 0 ? undefined : this.#runs.get(id)?.call;
  }

  #answered(id: string, { known, responseId }: AnsweredByChain, isStopped = false): void {
    const run = this.#runs.get(id);
    (run?.own as OpenSpan<"prompt"> | undefined)?.end(known);
    run?.call?.end(responseId);
    this.#left(id, undefined, isStopped);
  }

  #left(id: string, error?: unknown, isStopped = false): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (run?.isRoot !== true) return;
    const status = isStopped || isAbort(error) ? { status: "cancelled" as const } : {};
    run.trace.end({ ...status, ...(error === undefined ? {} : { error: errorOf(error) }) });
  }

  /** A run in the trace of its parent, of whatever runs around it, or in one of its own. */
  #begun({ id: _, parentId, metadata, name, given }: RunFacts): Run {
    const parent = parentId === undefined ? undefined : this.#runs.get(parentId);
    if (parent !== undefined) {
      const { trace, around, span } = parent;
      return { trace, around, span, isRoot: false };
    }
    const around = activeTrace();
    if (around !== undefined) {
      return { trace: around.trace, around, span: around.span, isRoot: false };
    }
    const own = isObject(metadata) ? plainText(metadata["lc_agent_name"]) : "";
    const trace = this.#tools.tracer.trace({
      agent: own || (defaultName.test(name) ? this.#tools.agent : name),
      task: taskOf(given),
      tags: ["langchain"],
      metadata: { sdk: { name: "langchain", version: this.version }, ...placeOf(metadata) },
    });
    return { trace, around: undefined, span: undefined, isRoot: true };
  }
}

function parentOf({ span }: Run): { readonly parentId?: string } {
  return span === undefined || span.id === "" ? {} : { parentId: span.id };
}

/** LangChain's agents name themselves in the metadata of what they do. */
function agentOf(metadata: unknown): { readonly agent?: string } {
  const name = isObject(metadata) ? plainText(metadata["lc_agent_name"]) : "";
  return name === "" ? {} : { agent: name };
}

/** The user's last message in what a chain was given, else its text or JSON. */
function taskOf(given: unknown): string {
  if (typeof given === "string") return given;
  const fields = isObject(given) ? given : {};
  const messages = Array.isArray(given) ? given : fields["messages"];
  if (messages !== undefined) {
    const all = chainMessages(messages);
    const asked = all.findLast(({ role }) => role === "user") ?? all.at(-1);
    if (asked !== undefined) return asked.content;
  }
  const named = ["input", "question", "query", "prompt", "task"].map((key) => fields[key]);
  const text = named.find((one) => typeof one === "string");
  return typeof text === "string" ? text : safeJson(given);
}

/** A tool's input comes as JSON text. */
function parsed(input: unknown): JsonValue {
  if (typeof input !== "string" || !/^\s*[[{]/.test(input)) return input as JsonValue;
  try {
    return JSON.parse(input) as JsonValue;
  } catch {
    return input;
  }
}

/** What a tool gave back: of a ToolMessage its content, of documents their texts. */
function resultOf(result: unknown): JsonValue {
  if (Array.isArray(result)) return result.map(resultOf);
  if (!isObject(result)) return result as JsonValue;
  if (typeof result["pageContent"] === "string") return documentOf(result);
  if ("tool_call_id" in result) return result["content"] as JsonValue;
  return result as JsonValue;
}

const documentOf = ({ pageContent, metadata, id }: JsonObject): JsonValue => ({
  pageContent: pageContent as string,
  metadata: (metadata ?? {}) as JsonValue,
  ...(typeof id === "string" ? { id } : {}),
});

function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}
