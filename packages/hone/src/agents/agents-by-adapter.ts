/** Which adapter of a policy answers which agent. */
import { HoneError } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import { nearestFact } from "../core/known-options.ts";
import type { OptionChecks } from "../core/option-checks.ts";

/**
 * The adapters of a policy by their names, each with the agents that it answers, as calls name them (`ChatOptions.agent`).
 * @example { coordinator: ["planner"], workers: ["searcher", "writer"] }
 */
export type AgentsByAdapter = Readonly<Record<string, readonly string[]>>;

/** Names of adapters are names of folders, also where capitals do not count. */
const adapterName = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * @param option  names the adapters in errors
 * @throws OPTION_INVALID for no adapters, an adapter without agents, a name that cannot be a folder, an agent of two adapters
 */
export function checkAdapters(
  check: OptionChecks,
  adapters: unknown,
  option = "adapters",
): asserts adapters is AgentsByAdapter {
  if (!isObject(adapters) || Object.keys(adapters).length === 0)
    throw check.invalid(option, adapters, "names of adapters with a list of agents each");
  const owners = new Map<string, string>();
  for (const [adapter, agents] of Object.entries(adapters)) {
    if (!adapterName.test(adapter))
      throw check.invalid(option, adapter, "a name of small letters, digits, _ and - (at most 64)");
    if (!Array.isArray(agents) || agents.length === 0)
      throw check.invalid(`${option}.${adapter}`, agents, "a list with at least one agent");
    for (const agent of agents as readonly unknown[]) {
      const name = check.text(`${option}.${adapter}`, agent);
      const owner = owners.get(name);
      if (owner !== undefined)
        throw check.invalid(
          `${option}.${adapter}`,
          name,
          `agents of one adapter each; this is one of ${owner}`,
        );
      owners.set(name, adapter);
    }
  }
}

/** The form of an adapter with its agents as a text. */
export const adapterText = /^[^=]+=[^=+]+(\+[^=+]+)*$/;

/** Adapters from texts such as "workers=searcher+writer", of which each has the form of `adapterText`. */
export function adaptersFromTexts(texts: readonly string[]): AgentsByAdapter {
  return Object.fromEntries(
    texts.map((text) => {
      const [name = "", agents = ""] = text.split("=");
      return [name, agents.split("+")];
    }),
  );
}

/**
 * The adapter that answers an agent's call; undefined where there are no adapters.
 * @throws AGENT_WITHOUT_ADAPTER
 */
export function adapterOf(
  agent: string | undefined,
  adapters: AgentsByAdapter | undefined,
): string | undefined {
  if (adapters === undefined) return undefined;
  const found =
    agent !== undefined &&
    Object.entries(adapters).find(([, agents]) => agents.includes(agent))?.[0];
  if (found) return found;
  const known = Object.values(adapters).flat();
  throw new HoneError("AGENT_WITHOUT_ADAPTER", {
    ...(agent !== undefined && { agent: agent.slice(0, 200), ...nearestFact(agent, known) }),
    known,
  });
}
