/** Snapshots of several adapters as one snapshot of the policy that they are together. */
import { HoneError } from "../../core/errors.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";

/**
 * One sampling client over a snapshot of each adapter, which it closes.
 * @param weightsVersion  names the weights of all adapters together: what any of them samples has it
 * @example adaptersSamplingClient(new Map([["coordinator", a], ["workers", b]]), "team@3").adapter("workers").sample(prompt, 1, params)
 */
export function adaptersSamplingClient(
  snapshots: ReadonlyMap<string, SamplingClient>,
  weightsVersion: string,
): Required<Pick<SamplingClient, "adapter">> & SamplingClient {
  const known = [...snapshots.keys()];
  const named = new Map(
    [...snapshots].map(([name, client]) => [name, partOf(client, weightsVersion)]),
  );
  const refuse = (where: string): never => {
    throw new HoneError("ADAPTER_UNKNOWN", { where, known });
  };
  return {
    weightsVersion,
    scoresCuts: [...snapshots.values()].every(({ scoresCuts = false }) => scoresCuts),
    adapter: (name) => {
      const found = named.get(name);
      if (found !== undefined) return found;
      throw new HoneError("ADAPTER_UNKNOWN", { where: "sampling", adapter: name, known });
    },
    sample: async () => refuse("sample()"),
    stream: () => refuse("stream()"),
    logProbs: async () => refuse("logProbs()"),
    close: async () => {
      await Promise.all([...snapshots.values()].map((client) => client.close()));
    },
  };
}

/** A snapshot that says whose weights it has a part of, and that is closed with them. */
function partOf(client: SamplingClient, weightsVersion: string): SamplingClient {
  const { scoresCuts } = client;
  return {
    weightsVersion,
    ...(scoresCuts === undefined ? {} : { scoresCuts }),
    sample: async (...request) =>
      (await client.sample(...request)).map((sequence) => ({ ...sequence, weightsVersion })),
    stream: (...request) => client.stream(...request),
    logProbs: (...request) => client.logProbs(...request),
    ...(client.topLogProbs && {
      topLogProbs: (tokens: readonly number[], count: number) => client.topLogProbs!(tokens, count),
    }),
    close: async () => undefined,
  };
}
