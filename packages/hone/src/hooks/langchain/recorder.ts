/**
 * Turns LangChain's runs into spans: model calls become prompt spans, tools and retrievers tool spans, the outermost run a
 * trace. Chains and the nodes of graphs become no spans: the attributes of a span say where in the graph it ran.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { fieldsOf, isObject, parsedJson } from "../../core/json.ts";
import type { OpenSpan, TraceStart } from "../../ports/tracer.ts";
import { plainText } from "../../messages/plain-text.ts";
import { readMessages } from "../../messages/read-messages.ts";
import { type ActiveTrace, activeTrace } from "../../recording/trace-context.ts";
import { errorOf } from "../../recording/cleaning/trace-error.ts";
import { type ScopeEnding, TraceScope } from "../../recording/trace-scope.ts";
import { isAbort } from "../aborts.ts";
import type { HookTools } from "../hook-tools.ts";
import type { SdkModelCall } from "../model-calls.ts";
import {
  answeredByChain,
  type AnsweredByChain,
  answeredSoFar,
  askedOfChain,
  labelsOfChain,
  placeOf,
} from "./facts.ts";
import { isSignal, resultOf, taskOf } from "./given-and-result.ts";
import { type ChainStream, OpenRuns, type Run, type RunGroup, type RunPlace } from "./open-runs.ts";
import type { PartialAnswer } from "./partial-answer.ts";

/** A model whose code runs. */
export interface ModelScope {
  /** Ids of the calls that it reported so far. */
  readonly runs: string[];
  readonly signal: AbortSignal | undefined;
  /** What came of the answer so far; absent where it comes in one piece. */
  readonly answer: PartialAnswer | undefined;
}

const noScope: Partial<ModelScope> = {};

/** The abort signal among the options of a call. */
export const signalOf = (options: unknown): AbortSignal | undefined =>
  isObject(options) && options["signal"] instanceof AbortSignal ? options["signal"] : undefined;

/** What LangChain reports of a run at its start. */
export interface RunFacts {
  readonly id: string;
  readonly parentId: string | undefined;
  readonly tags: unknown;
  readonly metadata: unknown;
  /** Name of the chain, graph, tool or retriever; of a model only where the app gave it one. */
  readonly name: string;
  /** What the run was given; the task of a trace is read from it. */
  readonly given: unknown;
}

/** Names of graphs and chains to which the app gave none. */
const defaultName = /^(?:LangGraph|CompiledStateGraph|Runnable\w*|)$/;

export class ChainRecorder {
  /** The model whose code runs. */
  readonly scopes = new AsyncLocalStorage<ModelScope>();
  /** The stream of a chain whose code runs. */
  readonly streams = new AsyncLocalStorage<ChainStream>();
  readonly #tools: HookTools;
  readonly #runs = new OpenRuns();
  version = "";

  constructor(tools: HookTools) {
    this.#tools = tools;
  }

  /** How many runs are open, for tests. */
  get open(): number {
    return this.#runs.size;
  }

  chainStarted(facts: RunFacts): void {
    const stream = this.streams.getStore();
    this.#runs.add(facts.id, { ...this.#placeOf(facts), kind: "chain", stream });
  }

  modelStarted(facts: RunFacts, input: unknown, extra: unknown): void {
    const place = this.#placeOf(facts);
    const { model, provider, attributes } = askedOfChain(extra, facts.metadata);
    const start = {
      kind: "prompt" as const,
      name: model === undefined ? "chat" : `chat ${model}`,
      input: readMessages(input),
      ...(model === undefined ? {} : { model }),
      ...(provider === undefined ? {} : { provider }),
      ...agentOf(facts.metadata),
      attributes,
    };
    const prompt = place.group.scope.span<"prompt">(start, place.span);
    const call = this.#tools.calls.begin(prompt);
    const { signal, answer, runs } = this.scopes.getStore() ?? noScope;
    this.#runs.add(facts.id, {
      ...place,
      span: prompt,
      kind: "model",
      prompt,
      call,
      answer,
      signal,
    });
    runs?.push(facts.id);
  }

  /** @param callId  the model's name of the call, where the tool was called for a model */
  toolStarted(facts: RunFacts, input: unknown, callId?: string): void {
    // The name of a tool that runs by itself is not the name of an agent.
    const place = this.#placeOf({ ...facts, name: "" });
    const start = {
      kind: "tool" as const,
      toolName: facts.name,
      arguments: parsedJson(input),
      ...(callId === undefined ? {} : { callId }),
      ...agentOf(facts.metadata),
      attributes: placeOf(facts.metadata),
    };
    const tool = place.group.scope.span<"tool">(start, place.span);
    this.#runs.add(facts.id, { ...place, span: tool, kind: "tool", tool });
  }

  chainEnded(id: string): void {
    this.#ended(id, { status: "completed" });
  }

  modelEnded(id: string, result: unknown): void {
    this.#answered(id, answeredByChain(result), { status: "completed" });
  }

  /** A piece of a model's stream was read. */
  chunkRead({ runs, answer }: ModelScope, chunk: unknown): void {
    if (runs.length > 0) answer?.add(chunk);
    for (const id of runs) this.#runs.get(id)?.group.scope.seen();
  }

  /** A model's stream is read no further, which LangChain itself does not report. */
  modelStreamLeft({ runs }: ModelScope): void {
    for (const id of runs) this.#stop(id, "by the consumer");
  }

  /** The stream of a chain is read no further. */
  chainStreamLeft({ open }: ChainStream): void {
    for (const id of [...open].toReversed()) this.#ended(id, { status: "cancelled" });
  }

  toolEnded(id: string, result: unknown): void {
    const run = this.#runs.get(id);
    const callId = plainText(fieldsOf(result)["tool_call_id"]);
    const known = { result: resultOf(result), ...(callId === "" ? {} : { callId }) };
    if (run?.kind === "tool") run.tool.end(known);
    this.#ended(id, { status: "completed" });
  }

  failed(id: string, thrown: unknown): void {
    const run = this.#runs.get(id);
    const isNoError = isSignal(thrown);
    const error = errorOf(thrown);
    const own = run === undefined ? undefined : ownSpan(run);
    if (isNoError) own?.set({ "langgraph.signal": plainText((thrown as Error).name) });
    const part = run?.kind === "model" ? answeredSoFar(run.answer?.message()).known : {};
    if (run?.kind === "model") run.prompt.end(isNoError ? {} : { ...part, error });
    else own?.end(isNoError ? {} : { error });
    if (run?.kind === "model") run.call.end();
    const isAborted = isAbort(thrown, run && signalOfRun(run));
    const status = isAborted ? "cancelled" : isNoError ? "completed" : "failed";
    this.#ended(id, { status, ...(isNoError ? {} : { error }) });
  }

  /** Where code runs whose nearest run of LangChain is this one. */
  place(id: string): ActiveTrace | undefined {
    const run = this.#runs.get(id);
    return run?.group.scope.place(run.span);
  }

  /** The model call whose code runs; undefined where a model reported several calls. */
  call(): SdkModelCall | undefined {
    const [id, ...others] = this.scopes.getStore()?.runs ?? [];
    const run = id === undefined || others.length > 0 ? undefined : this.#runs.get(id);
    return run?.kind === "model" ? run.call : undefined;
  }

  #answered(id: string, { known, responseId }: AnsweredByChain, ending: ScopeEnding): void {
    const run = this.#runs.get(id);
    if (run?.kind === "model") {
      run.prompt.end(known);
      run.call.end(responseId);
    }
    this.#ended(id, ending);
  }

  /** Ends a run whose own end will not be reported, with what is known of its answer. */
  #stop(id: string, reason: string): void {
    const run = this.#runs.get(id);
    if (run === undefined) return;
    const answer = run.kind === "model" ? run.answer : undefined;
    const partial = answeredSoFar(answer?.message());
    const cut = answer?.isCut === true ? { "hone.answer.cut": true } : {};
    const attributes = { ...partial.known.attributes, "hone.stopped": reason, ...cut };
    if (run.kind === "tool") run.tool.end({ attributes: { "hone.stopped": reason } });
    const answered = { ...partial, known: { ...partial.known, attributes } };
    this.#answered(id, answered, { status: "cancelled" });
  }

  /** A run is over; with the outermost one its trace ends. */
  #ended(id: string, ending: ScopeEnding): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    if (run?.kind === "model") run.answer?.release();
    if (run?.isRoot !== true || !run.group.scope.ownsTrace) return;
    if (ending.status === "cancelled") this.#stopStreams(run.group);
    run.group.scope.endTrace(ending);
  }

  /** Ends models whose streams are read no further, though LangChain did not close them. */
  #stopStreams({ ids }: RunGroup): void {
    for (const id of [...ids].toReversed()) {
      const run = this.#runs.get(id);
      if (run?.kind === "model" && run.answer !== undefined) this.#stop(id, "by the consumer");
    }
  }

  /** Where a run stands: in the group of its parent, in the trace around it, or in a trace of its own. */
  #placeOf(facts: RunFacts): RunPlace {
    const parent = facts.parentId === undefined ? undefined : this.#runs.get(facts.parentId);
    if (parent !== undefined) return { group: parent.group, span: parent.span, isRoot: false };
    const around = activeTrace();
    const ids = new Set<string>();
    const scope = new TraceScope({
      tracer: this.#tools.tracer,
      around,
      start: () => this.#traceStart(facts),
      labels: labelsOfChain(facts),
      idle: { isWorking: () => this.#runs.hasTool({ scope, ids }) },
      onAbandon: () => {
        for (const id of [...ids].toReversed()) this.#stop(id, "nothing more was heard");
      },
    });
    return { group: { scope, ids }, span: around?.span, isRoot: true };
  }

  #traceStart({ metadata, name, given }: RunFacts): TraceStart {
    return {
      agent: defaultName.test(name) ? this.#tools.agent : name,
      ...agentOf(metadata),
      task: taskOf(given),
      tags: ["langchain"],
      metadata: { sdk: { name: "langchain", version: this.version }, ...placeOf(metadata) },
    };
  }
}

/** The span that a run records, if it records one. */
function ownSpan(run: Run): OpenSpan | undefined {
  if (run.kind === "chain") return undefined;
  return run.kind === "model" ? run.prompt : run.tool;
}

/** The app's abort signal of a run. */
function signalOfRun(run: Run): AbortSignal | undefined {
  if (run.kind === "tool") return undefined;
  return run.kind === "model" ? run.signal : run.stream?.signal;
}

/** The agent whose run it is: LangChain's agents name themselves in the metadata of their runs. */
function agentOf(metadata: unknown): { readonly agent?: string } {
  const name = plainText(fieldsOf(metadata)["lc_agent_name"]);
  return name === "" ? {} : { agent: name };
}
