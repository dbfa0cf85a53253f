/**
 * Turns LangChain's runs into spans: model calls into prompt spans, tools and retrievers into tool spans, the outermost run
 * into a trace. Chains and the nodes of graphs are no spans: where a span was is in its attributes.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { isObject, type JsonObject, type JsonValue, parsedJson } from "../../core/json.ts";
import { plainText } from "../../messages/plain-text.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import { errorOf, isSignal } from "./errors.ts";
import {
  answeredByChain,
  type AnsweredByChain,
  answeredSoFar,
  askedOfChain,
  placeOf,
} from "./facts.ts";
import { chainMessages } from "./messages.ts";
import { type ChainScope, OpenRuns, type Run, type RunGroup } from "./open-runs.ts";
import type { PartialAnswer } from "./partial-answer.ts";

/** A model whose code runs, the calls it reported so far, and what came of its stream. */
export class ModelScope {
  readonly runs: string[] = [];
  readonly signal: AbortSignal | undefined;
  /** Absent where the answer comes in one piece. */
  readonly answer: PartialAnswer | undefined;

  /** @param options  what the model was called with */
  constructor(options: unknown, answer?: PartialAnswer) {
    this.signal = signalOf(options);
    this.answer = answer;
  }
}

/** The stream of a chain whose code runs. */
export interface StreamScope {
  readonly open: ChainScope;
  readonly signal: AbortSignal | undefined;
}

export const signalOf = (options: unknown): AbortSignal | undefined =>
  isObject(options) && options["signal"] instanceof AbortSignal ? options["signal"] : undefined;

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

/** Names of graphs and chains that nobody named. */
const defaultName = /^(?:LangGraph|CompiledStateGraph|Runnable\w*|)$/;

export class ChainRecorder {
  readonly scopes = new AsyncLocalStorage<ModelScope>();
  readonly streams = new AsyncLocalStorage<StreamScope>();
  readonly #tools: HookTools;
  readonly #runs = new OpenRuns((id) => this.#stop(id, "nothing more was heard"));
  version = "";

  constructor(tools: HookTools) {
    this.#tools = tools;
  }

  /** Runs that are open, for tests. */
  get open(): number {
    return this.#runs.size;
  }

  chainStarted(facts: RunFacts): void {
    const stream = this.streams.getStore();
    const { open: scope, signal } = stream ?? {};
    this.#runs.add(facts.id, { ...this.#begun(facts), scope, signal });
    scope?.add(facts.id);
  }

  modelStarted(facts: RunFacts, input: unknown, extra: unknown): void {
    const run = this.#begun(facts);
    const { model, provider, attributes } = askedOfChain(extra, facts.metadata);
    const prompt = run.group.trace.span({
      kind: "prompt",
      name: model === undefined ? "chat" : `chat ${model}`,
      input: chainMessages(input),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider }),
      ...parentOf(run),
      ...agentOf(facts.metadata),
      attributes,
    });
    const call = this.#tools.calls.begin(prompt);
    const scope = this.scopes.getStore();
    this.#runs.add(facts.id, {
      ...run,
      prompt,
      call,
      span: prompt,
      signal: scope?.signal,
      answer: scope?.answer,
    });
    scope?.runs.push(facts.id);
  }

  /** @param callId  the model's name of the call, where the tool was called for a model */
  toolStarted(facts: RunFacts, input: unknown, callId?: string): void {
    // A tool or a retriever that is run by itself is no agent.
    const run = this.#begun({ ...facts, name: "" });
    const tool = run.group.trace.span({
      kind: "tool",
      toolName: facts.name,
      arguments: parsedJson(input),
      ...(callId === undefined ? {} : { callId }),
      ...parentOf(run),
      ...agentOf(facts.metadata),
      attributes: placeOf(facts.metadata),
    });
    this.#runs.add(facts.id, { ...run, tool, span: tool });
  }

  chainEnded(id: string): void {
    this.#left(id);
  }

  modelEnded(id: string, result: unknown): void {
    this.#answered(id, answeredByChain(result));
  }

  /** A piece of a model's stream went to whoever reads it. */
  heard({ runs, answer }: ModelScope, chunk: unknown): void {
    answer?.add(chunk);
    for (const id of runs) this.#runs.seen(id);
  }

  /** Nobody reads a model's stream any more: LangChain itself does not tell. */
  modelLeft({ runs }: ModelScope): void {
    for (const id of runs) this.#stop(id, "by the consumer");
  }

  /** Nobody reads the stream of a chain any more. */
  chainLeft({ open }: StreamScope): void {
    for (const id of [...open].toReversed()) this.#left(id, undefined, true);
  }

  toolEnded(id: string, result: unknown): void {
    const run = this.#runs.get(id);
    const callId = isObject(result) ? plainText(result["tool_call_id"]) : "";
    const known = { result: resultOf(result), ...(callId === "" ? {} : { callId }) };
    run?.tool?.end(known);
    this.#left(id);
  }

  failed(id: string, error: unknown): void {
    const run = this.#runs.get(id);
    const isNoError = isSignal(error);
    const own = run?.prompt ?? run?.tool;
    if (isNoError) own?.set({ "langgraph.signal": plainText((error as Error).name) });
    own?.end(isNoError ? {} : { error: errorOf(error) });
    run?.call?.end();
    this.#left(id, isNoError ? undefined : error, isAbort(error, run?.signal));
  }

  /** Where code runs whose nearest run of LangChain is this one. */
  place(id: string): ActiveTrace | undefined {
    const run = this.#runs.get(id);
    if (run === undefined) return undefined;
    const { trace, around } = run.group;
    return { trace, span: run.span, agents: around?.agents ?? [] };
  }

  /** The model call whose code runs, where it is one only. */
  call(): SdkModelCall | undefined {
    const [id, ...others] = this.scopes.getStore()?.runs ?? [];
    return id === undefined || others.length > 0 ? undefined : this.#runs.get(id)?.call;
  }

  #answered(id: string, { known, responseId }: AnsweredByChain, isStopped = false): void {
    const run = this.#runs.get(id);
    run?.prompt?.end(known);
    run?.call?.end(responseId);
    this.#left(id, undefined, isStopped);
  }

  /** Ends a run that will say no more itself, with what is known of its answer. */
  #stop(id: string, reason: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const so = answeredSoFar(run.answer?.message());
    const attributes = { ...so.known.attributes, "hone.stopped": reason };
    run.tool?.end({ attributes: { "hone.stopped": reason } });
    this.#answered(id, { responseId: so.responseId, known: { ...so.known, attributes } }, true);
  }

  #left(id: string, error?: unknown, isStopped = false): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (run?.isRoot !== true || !run.group.ownsTrace) return;
    if (isStopped) this.#stopStreams(run.group);
    const status = isStopped ? { status: "cancelled" as const } : {};
    run.group.trace.end({ ...status, ...(error === undefined ? {} : { error: errorOf(error) }) });
  }

  /** Models whose streams nobody reads any more, though LangChain did not leave them. */
  #stopStreams({ ids }: RunGroup): void {
    for (const id of [...ids].toReversed()) {
      if (this.#runs.get(id)?.answer !== undefined) this.#stop(id, "by the consumer");
    }
  }

  /** A run in the trace of its parent, of whatever runs around it, or in one of its own. */
  #begun({ id: _, parentId, metadata, name, given }: RunFacts): Run {
    const parent = parentId === undefined ? undefined : this.#runs.get(parentId);
    if (parent !== undefined) return { group: parent.group, span: parent.span, isRoot: false };
    const rest = { ids: new Set<string>(), seenAt: 0 };
    const around = activeTrace();
    if (around !== undefined) {
      const group = { ...rest, trace: around.trace, ownsTrace: false, around };
      return { group, span: around.span, isRoot: true };
    }
    const own = isObject(metadata) ? plainText(metadata["lc_agent_name"]) : "";
    const trace = this.#tools.tracer.trace({
      agent: own || (defaultName.test(name) ? this.#tools.agent : name),
      task: taskOf(given),
      tags: ["langchain"],
      metadata: { sdk: { name: "langchain", version: this.version }, ...placeOf(metadata) },
    });
    const group = { ...rest, trace, ownsTrace: true, around: undefined };
    return { group, span: undefined, isRoot: true };
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
