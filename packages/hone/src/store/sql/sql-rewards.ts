/** The total rewards in the list of traces, which depend on the heads and on the rewards that spans give. */
import { isDamage } from "../../core/stored-damage.ts";
import type { TraceHead } from "../../core/trace.ts";
import { type CountedReward, inSpanOrder, totalReward } from "../../core/trace-reward.ts";
import { fromColumn } from "./column-text.ts";
import { inChunks } from "./sql-chunks.ts";
import type { SqlEngine } from "./sql-engine.ts";
import { readHeads } from "./sql-lookups.ts";
import { headFrom, type StoredHead, type StoredSpan } from "./sql-rows.ts";
import type { SpanRow, TablesConnection, TraceRow } from "./sql-tables.ts";

/** A trace that is being written. */
interface Target {
  readonly change: { readonly id: string; readonly whole?: StoredHead };
  readonly row: Omit<TraceRow, "no">;
  /** The head as it is written. Undefined where the stored one stays. */
  readonly stored: StoredHead | undefined;
  readonly no: number | undefined;
  readonly isNew: boolean;
  /** The spans that are written. */
  readonly spans: readonly StoredSpan[];
  /** Whether a span that gave a reward was replaced. */
  readonly losesReward: boolean;
}

/** What the total needs of a span's row. */
export type RewardRow = Pick<SpanRow, "id" | "sequence" | "reward" | "reward_source">;

/**
 * Sets the reward in the rows of traces whose head or rewards of spans change, before the rows are written.
 *
 * Sums are made anew from all rewards: adding to a stored sum would round otherwise than the other stores do. An index holds
 * the rewards of spans alone, so that the spans of a long trace are not read.
 */
export async function setRewards(
  db: TablesConnection,
  { url: store }: SqlEngine,
  targets: readonly Target[],
): Promise<void> {
  const changed = targets.filter(changesReward);
  const stored = changed.filter(isKept).map(({ no }) => no!);
  const spans = await readRewards(db, stored);
  const unread = changed.filter((target) => target.stored === undefined).map(({ no }) => no!);
  const bodies = await readHeads(db, unread);
  for (const { row, spans: written, ...target } of changed) {
    const body = bodies.get(target.no ?? -1);
    const head = target.stored?.head ?? readableHead(body, store, target.change.id);
    // Reading a trace with a damaged head reports it; its reward stays as it was listed.
    if (head === undefined) continue;
    const kept = isKept(target) ? (spans.get(target.no!) ?? []) : [];
    const all = new Map(kept.map((one) => [one.id, one]));
    for (const { row: one } of written) all.set(one.id, one);
    row.reward = totalReward(head, rewardsOfRows([...all.values()])) ?? null;
  }
}

const changesReward = ({ stored, spans, losesReward }: Target): boolean =>
  stored !== undefined || losesReward || spans.some(({ row }) => row.reward !== null);

/** Whether spans that are stored stay. */
const isKept = ({ isNew, change }: Pick<Target, "isNew" | "change">): boolean =>
  !isNew && change.whole === undefined;

function readableHead(
  body: string | undefined,
  store: string,
  traceId: string,
): TraceHead | undefined {
  try {
    return body === undefined ? undefined : headFrom(body, { store, traceId });
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/** The rows of spans that give rewards, by the number of their trace. */
export async function readRewards(
  db: TablesConnection,
  nos: readonly number[],
): Promise<Map<number, RewardRow[]>> {
  const found = new Map<number, RewardRow[]>();
  for (const part of inChunks(nos, 500)) {
    const rows = await db
      .selectFrom("hone_spans")
      .select(["trace_no", "id", "sequence", "reward", "reward_source"])
      .where("trace_no", "in", part)
      .where("reward", "is not", null)
      .execute();
    for (const { trace_no, ...row } of rows) {
      const known = found.get(trace_no);
      if (known === undefined) found.set(trace_no, [row]);
      else known.push(row);
    }
  }
  return found;
}

/** The rewards that spans give, in the order in which they are added up. */
export const rewardsOfRows = (rows: readonly RewardRow[]): CountedReward[] =>
  inSpanOrder(
    rows.flatMap(({ id, sequence, reward: total, reward_source }) =>
      total === null
        ? []
        : [{ sequence, reward: { id: fromColumn(id), total, source: reward_source ?? "rule" } }],
    ),
  );
