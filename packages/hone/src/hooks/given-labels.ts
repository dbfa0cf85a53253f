/** Labels that an app gave to a call of an SDK which is recorded from its requests: they belong to the requests' trace. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { TraceLabels } from "../core/trace-labels.ts";

/** Filled when the SDK reads what the app gave it. */
export interface GivenLabels {
  labels: TraceLabels;
}

const given = new AsyncLocalStorage<GivenLabels>();

/** Runs a call of an SDK whose requests get the labels. */
export const withLabels = <T>(labels: GivenLabels, run: () => T): T => given.run(labels, run);

/** The labels of the call whose code runs. */
export const labelsHere = (): TraceLabels => given.getStore()?.labels ?? {};
