/** What traces are put together by when they are counted. */
export const traceGroupings = [
  "agent",
  "version",
  "member",
  "model",
  "day",
  "session",
  "user",
  "tag",
] as const;

/**
 * What traces are grouped by: the agent or its version, the members of a team that called models, the models that were called,
 * the UTC day of the start, the session, the user, or the tags. A trace of several members, models or tags is in the group of
 * each; of a member or a model only its own calls count there.
 */
export type TraceGrouping = (typeof traceGroupings)[number];
