/** What `hone traces edit` does: changes the labels of stored traces. */
import { HoneError } from "../../core/errors.ts";
import type { JsonValue } from "../../core/json.ts";
import { isQuiet, lastSeenOf } from "../../core/last-seen.ts";
import { headOf, type TraceHead } from "../../core/trace.ts";
import { readTraceOf } from "../../store/operations/find-trace.ts";
import { type StoreAt, withStore } from "./with-store.ts";

/** Changes of labels. An absent session or user stays; an empty text takes it away. */
export interface LabelChanges {
  readonly session?: string;
  readonly user?: string;
  readonly addTags: readonly string[];
  readonly removeTags: readonly string[];
  readonly setMetadata: Readonly<Record<string, JsonValue>>;
  readonly removeMetadata: readonly string[];
}

/** The labels of a trace after the change. */
export type EditedTrace = Pick<TraceHead, "id" | "session" | "user" | "tags" | "metadata">;

/**
 * Changes the labels of traces: of all of them, or of none.
 *
 * @param beginnings  of their ids
 * @throws TRACE_NOT_FOUND, TRACE_AMBIGUOUS; TRACE_RUNNING for one that still runs, whose recorder would undo the change; as
 *   `withStore`
 */
export const editTraces = (
  at: StoreAt,
  beginnings: readonly string[],
  changes: LabelChanges,
): Promise<readonly EditedTrace[]> =>
  withStore(at, async (store) => {
    const heads = new Map<string, TraceHead>();
    for (const beginning of beginnings) {
      const trace = await readTraceOf(store, beginning);
      const isRunning = trace.status === "running" && !isQuiet(lastSeenOf(trace), Date.now());
      if (isRunning) throw new HoneError("TRACE_RUNNING", { id: trace.id });
      heads.set(trace.id, changed(headOf(trace), changes));
    }
    await store.append({ heads: [...heads.values()] });
    return [...heads.values()].map(({ id, session, user, tags, metadata }) => ({
      id,
      ...(session === undefined ? {} : { session }),
      ...(user === undefined ? {} : { user }),
      tags,
      metadata,
    }));
  });

function changed(head: TraceHead, changes: LabelChanges): TraceHead {
  const { session: oldSession, user: oldUser, ...rest } = head;
  const session = changes.session ?? oldSession ?? "";
  const user = changes.user ?? oldUser ?? "";
  const tags = [...new Set([...head.tags, ...changes.addTags])].filter(
    (tag) => !changes.removeTags.includes(tag),
  );
  const metadata = Object.fromEntries(
    Object.entries({ ...head.metadata, ...changes.setMetadata }).filter(
      ([name]) => !changes.removeMetadata.includes(name),
    ),
  );
  return {
    ...rest,
    ...(session === "" ? {} : { session }),
    ...(user === "" ? {} : { user }),
    tags,
    metadata,
  };
}
