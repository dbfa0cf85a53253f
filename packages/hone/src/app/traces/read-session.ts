/** The turns of a session: its traces, as one conversation. */
import type { TraceStatus } from "../../core/trace.ts";
import { answerOf } from "../../rewards/trace-answer.ts";
import { type StoreAt, withStore } from "./with-store.ts";

/** One turn: what was asked, and what was answered. */
export interface SessionTurn {
  /** The id of its trace. */
  readonly id: string;
  readonly agent: string;
  readonly status: TraceStatus;
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly asked: string;
  /** The text of its answer. Absent where there is none. */
  readonly answer?: string;
}

/** The turns of a session, the first one first. @throws as `withStore` */
export const readSession = (at: StoreAt, session: string): Promise<readonly SessionTurn[]> =>
  withStore(at, async (store) => {
    const turns: SessionTurn[] = [];
    for await (const trace of store.traces({ session })) {
      const { id, agent, status, startedAt, task } = trace;
      const answer = answerOf(trace)?.at(-1)?.content;
      const said = answer === undefined ? {} : { answer };
      turns.push({ id, agent, status, startedAt, asked: task, ...said });
    }
    return turns;
  });
