/** The configuration of the run of LangChain whose start is being told, where it is not in the run's metadata. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { JsonObject } from "../../core/json.ts";

const configuration = new AsyncLocalStorage<JsonObject>();

/** Runs code that tells handlers of a run's start. */
export const withConfiguration = <T>(configured: JsonObject, run: () => T): T =>
  configuration.run(configured, run);

/** The names of the configuration, such as `thread_id`, with their values. */
export const configuredNow = (): JsonObject => configuration.getStore() ?? {};
