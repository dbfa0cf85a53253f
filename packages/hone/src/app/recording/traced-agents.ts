/**
 * Records agents of an app into a store of its choice: what `hone-rl/tracing` gives, wired.
 *
 * The store is opened in a thread of its own, at the first span. `HONE_TRACES=off` turns all of it off, `HONE_TAGS` names
 * tags of every trace.
 */
import { checkOptions, type OptionNames, optionsOf } from "../../core/known-options.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import { lastingAddress, spoolFolder, storeFromEnvironment } from "../open-store.ts";
import {
  startTracing,
  tracerSettings,
  type TracerSettings,
  type Tracing,
} from "../../recording/start-tracing.ts";
import type { TracedOptions } from "../../recording/trace-call.ts";
import { storeWriter, type BatchWriter } from "../../recording/writing/batch-writer.ts";
import * as classes from "../../recording/traced-classes.ts";
import { withTraces as wrap } from "../../recording/with-traces.ts";
import { workerWriter } from "../../recording/writing/worker-writer.ts";

export interface TracingOptions extends TracerSettings {
  /**
   * Where traces go: `sqlite:./hone.db`, `files:./rl_data`, `postgres://…`, or a store that is open already, which is then
   * written to in this thread. Default: the environment's HONE_STORE, else `sqlite:./hone.db`.
   */
  readonly store?: string | TraceStore;
}

/** How an agent is recorded: where, and under which name. */
export type AgentTracingOptions = TracingOptions &
  Omit<TracedOptions, "tracer"> & {
    /** Tracing that is open already; then the options of the store do not count. */
    readonly tracing?: Tracing;
  };

const tracingOptions: OptionNames<TracingOptions> = {
  store: true,
  ...tracerSettings,
};

const agentOptions: OptionNames<Omit<AgentTracingOptions, keyof TracingOptions>> = {
  agent: true,
  agentVersion: true,
  metadata: true,
  task: true,
  idleSeconds: true,
  tracing: true,
};

/**
 * A tracer that writes to a store, for spans made by hand; `withTraces` and the traced classes open their own.
 *
 * @throws STORE_URL_INVALID; OPTION_INVALID for a rate, a rule or a limit that cannot be
 * @example const { tracer, close } = openTracing({ store: "files:./rl_data" });
 */
export function openTracing(options: TracingOptions = {}): Tracing {
  checkOptions("openTracing", options, tracingOptions);
  return optionsOf("openTracing", () => start(planOf(options)));
}

/**
 * The same agent, of the same type, whose calls become traces in a store. The agent itself is left as it is.
 *
 * @param agent  a function, or an object whose `chat` answers with a value, a promise or an async iterable
 * @throws OPTION_INVALID for what is no agent, and as `openTracing`
 * @example const agent = withTraces(myAgent, { store: "sqlite:./hone.db" });
 */
export const withTraces = <A extends object>(agent: A, options: AgentTracingOptions = {}): A =>
  wrap(agent, opened("withTraces", options));

/**
 * A subclass of an agent's class, of the same type, whose `chat` is recorded.
 * @example class Planner extends TracedAgent(BaseAgent, { store: "files:./rl_data" }) {}
 */
export const TracedAgent = <B extends classes.AgentClass>(
  Base: B,
  options: AgentTracingOptions = {},
): B => classes.TracedAgent(Base, opened("TracedAgent", options));

/**
 * The same for what runs a team: events of the team become spans, and its agents' calls are parts of its trace.
 * @example class Team extends TracedOrchestrator(Orchestrator) {}
 */
export const TracedOrchestrator = <B extends classes.AgentClass>(
  Base: B,
  options: AgentTracingOptions = {},
): B => classes.TracedOrchestrator(Base, opened("TracedOrchestrator", options));

function opened(where: string, options: AgentTracingOptions): TracedOptions {
  checkOptions(where, options, { ...tracingOptions, ...agentOptions });
  const { agent, agentVersion, tags, metadata, task, idleSeconds, tracing, ...rest } = options;
  const known = { agent, agentVersion, tags, metadata, task, idleSeconds };
  const { tracer } = tracing ?? optionsOf(where, () => shared(planOf(rest)));
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(given), tracer };
}

/** Where traces go and how, environment included. */
interface Plan {
  readonly place: string;
  readonly writer: () => BatchWriter;
  readonly settings: TracerSettings;
}

function planOf(options: TracingOptions): Plan {
  const { store = storeFromEnvironment(), ...given } = options;
  const tags = [...(given.tags ?? []), ...tagsOf(process.env["HONE_TAGS"] ?? "")];
  const isOff = process.env["HONE_TRACES"] === "off";
  const settings = { ...given, tags, ...(isOff ? { sampleRate: 0 } : {}) };
  if (typeof store !== "string") {
    return { place: nameOf(store), writer: () => storeWriter(store), settings };
  }
  const place = lastingAddress(store);
  return { place, writer: () => workerWriter(writerModule(), place, spoolFolder(place)), settings };
}

const start = ({ place, writer, settings }: Plan): Tracing => startTracing(writer, place, settings);

/** Tracings that nobody can close, by their place and settings. */
const unclosed = new Map<string, Tracing>();

/** Agents may be wrapped for every request: those of the same store and settings share a tracer. */
function shared(plan: Plan): Tracing {
  const key = JSON.stringify([plan.place, plan.settings], (_, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  );
  const known = unclosed.get(key) ?? start(plan);
  unclosed.set(key, known);
  return known;
}

const tagsOf = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** Open stores of one kind share a URL, and are two. */
const names = new WeakMap<TraceStore, string>();
let count = 0;

function nameOf(store: TraceStore): string {
  const known = names.get(store);
  if (known !== undefined) return known;
  const name = `${store.url} (open store ${++count})`;
  names.set(store, name);
  return name;
}

function writerModule(): URL {
  // The sources run as they are in a checkout, compiled in the package.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new URL(`./writer-worker.${extension}`, import.meta.url);
}
