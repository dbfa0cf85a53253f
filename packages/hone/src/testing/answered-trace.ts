/** A trace with one prompt and its answer, for tests of feedback and rewards. */
import type { Trace } from "../core/trace.ts";

export function answeredTrace(id: string, answer: string, task: string): Trace {
  const base = { traceId: id, startedAt: 0, attributes: {} };
  return {
    id,
    agent: "a",
    task,
    attempt: 1,
    status: "completed",
    startedAt: 0,
    tags: [],
    metadata: {},
    rewards: [],
    spans: [{ ...base, id: "p", sequence: 0, kind: "prompt", input: task, output: answer }],
  };
}
