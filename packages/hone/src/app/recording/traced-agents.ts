/**
 * Records the agents of an app into a store: the functions of `hone-rl/tracing` with their stores.
 *
 * The store is opened at the first span, in a thread of its own. `HONE_TRACES=off` turns recording off; `HONE_TAGS` names
 * tags that every trace gets.
 */
import { checkOptions, type OptionNames, optionsOf } from "../../core/known-options.ts";
import { ownModule } from "../../core/own-module.ts";
import type { TraceStore } from "../../ports/trace-store.ts";
import type { OpenTrace } from "../../ports/tracer.ts";
import { lastingAddress, spoolFolder, storeFromEnvironment } from "../open-store.ts";
import {
  startTracing,
  tracerSettings,
  type TracerSettings,
  type Tracing,
} from "../../recording/start-tracing.ts";
import type { TracedOptions } from "../../recording/trace-call.ts";
import { storeWriter, type BatchWriter } from "../../recording/writing/batch-writer.ts";
import { checkLiveRewards, type LiveRewards, rewardTrace } from "../../rewards/live-rewards.ts";
import * as classes from "../../recording/traced-classes.ts";
import { withTraces as wrap } from "../../recording/with-traces.ts";
import { workerWriter } from "../../recording/writing/worker-writer.ts";

/** Where traces go, and how they are made. */
export interface TracingOptions extends TracerSettings {
  /**
   * Where traces go: an address (`sqlite:./hone.db`, `files:./rl_data`, `postgres://…`), or an open store, which is written
   * to from this thread. Default: the address in the environment's HONE_STORE, else `sqlite:./hone.db`.
   */
  readonly store?: string | TraceStore;
  /** Rewards that are written into traces while they are recorded, as reward spans. Default: none. */
  readonly rewards?: LiveRewards;
}

/** How an agent is recorded: where, and under which name. */
export type AgentTracingOptions = TracingOptions &
  Omit<TracedOptions, "tracer" | "onCall"> & {
    /** Tracing that is already open, to share it; the options of the store are ignored then. Default: it is opened. */
    readonly tracing?: Tracing;
  };

const tracingOptions: OptionNames<TracingOptions> = {
  store: true,
  rewards: { tool: true, answerQuality: true, coordination: true },
  ...tracerSettings,
};

const agentOptions: OptionNames<Omit<AgentTracingOptions, keyof TracingOptions>> = {
  agent: true,
  agentVersion: true,
  metadata: true,
  session: true,
  user: true,
  task: true,
  idleSeconds: true,
  tracing: true,
};

/**
 * Opens a tracer that writes to a store, for spans that a program makes itself. `withTraces` and the traced classes need
 * none: they open their own.
 *
 * @throws STORE_URL_INVALID; OPTION_INVALID for a rate, a rule or a limit that cannot be
 * @example const { tracer, close } = openTracing({ store: "files:./rl_data" });
 */
export function openTracing(options: TracingOptions = {}): Tracing {
  checkOptions("openTracing", options, tracingOptions);
  checkLiveRewards("openTracing", options.rewards ?? {});
  return optionsOf("openTracing", () => start(planOf(options)));
}

/**
 * Wraps an agent: the result has the same type and does the same, and its calls become traces in a store. The agent itself
 * is not changed.
 *
 * @param agent  a function, or an object whose `chat` answers with a value, a promise or an async iterable
 * @throws OPTION_INVALID when `agent` is not one; as `openTracing`
 * @example const agent = withTraces(myAgent, { store: "sqlite:./hone.db" });
 */
export const withTraces = <A extends object>(agent: A, options: AgentTracingOptions = {}): A =>
  wrap(agent, opened("withTraces", options));

/**
 * A subclass of an agent's class whose `chat` is recorded as a trace.
 * @throws OPTION_INVALID, STORE_URL_INVALID
 * @example class Planner extends TracedAgent(BaseAgent, { store: "files:./rl_data" }) {}
 */
export const TracedAgent = <B extends classes.AgentClass>(
  Base: B,
  options: AgentTracingOptions = {},
): B => classes.TracedAgent(Base, opened("TracedAgent", options));

/**
 * A subclass of a class that runs a team of agents: the team's events become spans, and the calls of its agents become
 * parts of the team's trace.
 * @throws OPTION_INVALID, STORE_URL_INVALID
 * @example class Team extends TracedOrchestrator(Orchestrator) {}
 */
export const TracedOrchestrator = <B extends classes.AgentClass>(
  Base: B,
  options: AgentTracingOptions = {},
): B => classes.TracedOrchestrator(Base, opened("TracedOrchestrator", options));

function opened(where: string, options: AgentTracingOptions): TracedOptions {
  checkOptions(where, options, { ...tracingOptions, ...agentOptions });
  const { rewards, ...unrewarded } = options;
  checkLiveRewards(where, rewards ?? {});
  const { agent, agentVersion, tags, metadata, session, user, task, ...others } = unrewarded;
  const { idleSeconds, tracing, ...rest } = others;
  const known = { agent, agentVersion, tags, metadata, session, user, task, idleSeconds };
  const { tracer } = tracing ?? optionsOf(where, () => shared(planOf(rest)));
  const given = Object.entries(known).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(given),
    tracer,
    ...(rewards !== undefined && {
      onCall: (trace: OpenTrace, part: string | undefined) => rewardTrace(trace, rewards, part),
    }),
  };
}

/** Where traces go and how they are made, from the options and the environment. */
interface TracingPlan {
  readonly place: string;
  readonly writer: () => BatchWriter;
  readonly settings: TracerSettings;
  readonly rewards: LiveRewards | undefined;
}

function planOf(options: TracingOptions): TracingPlan {
  const { store = storeFromEnvironment(), rewards, ...given } = options;
  const tags = [...(given.tags ?? []), ...tagsOf(process.env["HONE_TAGS"] ?? "")];
  const isOff = process.env["HONE_TRACES"] === "off";
  const settings = { ...given, tags, ...(isOff ? { sampleRate: 0 } : {}) };
  if (typeof store !== "string") {
    return { place: nameOf(store), writer: () => storeWriter(store), settings, rewards };
  }
  const place = lastingAddress(store);
  return {
    rewards,
    place,
    writer: () =>
      workerWriter(
        ownModule(new URL("./writer-worker.ts", import.meta.url)),
        place,
        spoolFolder(place),
      ),
    settings,
  };
}

const start = ({ place, writer, settings, rewards }: TracingPlan): Tracing =>
  startTracing(writer, place, {
    ...settings,
    ...(rewards !== undefined && { onTrace: (trace: OpenTrace) => rewardTrace(trace, rewards) }),
  });

/** Tracings that were opened for wrapped agents, by store and settings; the end of the process closes them. */
const sharedTracings = new Map<string, Tracing>();

/** The tracing of a plan. Agents of the same store and settings share it, since an app may wrap an agent for every request. */
function shared(plan: TracingPlan): Tracing {
  const key = JSON.stringify([plan.place, plan.settings], (_, value: unknown) =>
    value instanceof RegExp ? String(value) : value,
  );
  const known = sharedTracings.get(key) ?? start(plan);
  sharedTracings.set(key, known);
  return known;
}

const tagsOf = (text: string): string[] =>
  text
    .split(",")
    .map((tag) => tag.trim())
    .filter((tag) => tag !== "");

/** Names of open stores, which may be several with the same address. */
const names = new WeakMap<TraceStore, string>();
let count = 0;

function nameOf(store: TraceStore): string {
  const known = names.get(store);
  if (known !== undefined) return known;
  const name = `${store.url} (open store ${++count})`;
  names.set(store, name);
  return name;
}
