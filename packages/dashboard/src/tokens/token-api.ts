/** The endpoints of rollouts and tokens, and the addresses of their pages. */
import { client, dataOf } from "../api/client.ts";

/** Which rollout a page shows: of a step of training, or of an evaluation. */
export interface RolloutAddress {
  readonly phase: string;
  readonly step?: number;
  readonly id: string;
}

export const tokenApi = {
  places: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/runs/{name}/rollouts", { signal, params: { path: { name } } })),
  step: async (name: string, query: { phase: string; step: number }, signal: AbortSignal) =>
    dataOf(
      await client.GET("/api/runs/{name}/step", { signal, params: { path: { name }, query } }),
    ),
  rollout: async (name: string, query: RolloutAddress, signal: AbortSignal) =>
    dataOf(
      await client.GET("/api/runs/{name}/rollout", { signal, params: { path: { name }, query } }),
    ),
  heldOut: async (name: string, signal: AbortSignal) =>
    dataOf(await client.GET("/api/runs/{name}/held-out", { signal, params: { path: { name } } })),
};

const pageOf = (run: string): string => `/runs/${encodeURIComponent(run)}`;

/** The page of a step's groups; of the last step where none is named. */
export const stepHref = (run: string, place?: { phase: string; step: number }): string =>
  place === undefined
    ? `${pageOf(run)}/rollouts`
    : `${pageOf(run)}/rollouts?${new URLSearchParams({ phase: place.phase, step: String(place.step) })}`;

/** The page of one rollout of a run or an evaluation. */
export const rolloutHref = (run: string, { phase, step, id }: RolloutAddress): string => {
  const query = new URLSearchParams({
    phase,
    ...(step !== undefined && { step: String(step) }),
    id,
  });
  return `${pageOf(run)}/rollout?${query}`;
};

/** The page of what `hone eval` kept, or of one of its tasks. */
export const evaluationHref = (name: string, task?: string): string =>
  `/evaluations/${encodeURIComponent(name)}${task === undefined ? "" : `?${new URLSearchParams({ task })}`}`;

/** The page of held-out tasks before and after training. */
export const heldOutHref = (run: string, task?: string): string =>
  `${pageOf(run)}/held-out${task === undefined ? "" : `?${new URLSearchParams({ task })}`}`;
