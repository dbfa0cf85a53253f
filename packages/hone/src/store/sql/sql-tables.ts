/** The tables of the SQL stores as Kysely's types. All names begin with `hone_`, so that a database can be shared. */
import type { Generated, Kysely, Selectable } from "kysely";
import type { RewardSource } from "../../core/rollout.ts";
import type { TraceStatus } from "../../core/trace.ts";
import type { QueuedStatus } from "../../ports/rollout-queue.ts";

/** One row per trace: what lists, filters and orders need. Texts are written by `toColumn`. */
interface TracesTable {
  no: Generated<number>;
  id: string;
  agent: string;
  agent_version: string | null;
  task: string;
  /** The indexed hash of the task, which may itself be longer than an index takes. */
  task_hash: string;
  task_id: string | null;
  attempt: number;
  status: TraceStatus;
  started_at: number;
  ended_at: number | null;
  latency: number | null;
  reward: number | null;
  session_id: string | null;
  user_id: string | null;
  /** The trace's tags, as a JSON list. */
  tags: string;
  span_count: number;
  error_count: number;
  tokens_input: number;
  tokens_output: number;
  tokens: number;
}

/** The whole head as JSON, apart from the rows that lists read. */
interface HeadsTable {
  trace_no: number;
  body: string;
}

interface TagsTable {
  tag: string;
  started_at: number;
  trace_no: number;
}

/** Values of the metadata of traces, by hashes that conditions are compared with (`factHash`). */
interface FactsTable {
  trace_no: number;
  fact: string;
}

interface SpansTable {
  trace_no: number;
  id: string;
  sequence: number;
  /** 1 for a span with an error, else 0. */
  has_error: number;
  tokens_input: number;
  tokens_output: number;
  /** Of a call of a model its model, "" where that is not known. Null for other spans. */
  model: string | null;
  /** Of a call of a model the agent that its span names. Null for other spans, and where that is the trace's agent. */
  agent: string | null;
  /** Of a call of a model: milliseconds from its start to its end, and to the first piece of its answer. */
  latency: number | null;
  first_token: number | null;
  /** Of a span whose reward counts for its trace (`rewardOfSpan`): the reward and its source. Null for other spans. */
  reward: number | null;
  reward_source: RewardSource | null;
  /** The whole span as JSON; the other columns repeat parts of it for queries. */
  body: string;
}

/** Words of a trace that were indexed together. Each language keeps the words themselves in its own way. */
interface DocsTable {
  no: Generated<number>;
  trace_no: number;
}

interface RolloutsTable {
  no: Generated<number>;
  id: string;
  payload: string;
  status: QueuedStatus;
  attempts: number;
  max_attempts: number;
  enqueued_at: number;
  not_before: number | null;
  worker: string | null;
  /** The token of the last lease; it stays when the lease has ended. */
  token: string | null;
  deadline: number | null;
  result: string | null;
  error: string | null;
  /** The queue's time of the last change of this row. The queue's time is never earlier than the latest of these. */
  changed_at: number;
}

export interface Tables {
  hone_schema: { version: number };
  hone_traces: TracesTable;
  hone_heads: HeadsTable;
  hone_tags: TagsTable;
  hone_facts: FactsTable;
  hone_spans: SpansTable;
  hone_docs: DocsTable;
  hone_rollouts: RolloutsTable;
}

/** A connection to these tables, or a transaction on it. */
export type TablesConnection = Kysely<Tables>;

export type TraceRow = Selectable<TracesTable>;
export type SpanRow = SpansTable;
export type RolloutRow = Selectable<RolloutsTable>;
