/** A trainer's snapshots as models of a server, each under the hash of its weights, so that workers sample from them without files. */
import { policyChatModels } from "../../agents/policy-chat-model.ts";
import { HoneError } from "../../core/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import type { ListedModel, OpenModel, ServedModels } from "../../server/served-models.ts";

/** Tokens of a reply where a request names no limit. */
const maxTokens = 1024;

/** The snapshots that are open now. */
export class ServedSnapshots implements ServedModels {
  readonly #engine: Pick<Engine, "renderer" | "architecture">;
  readonly #open = new Map<SamplingClient, ListedModel>();

  constructor(engine: Pick<Engine, "renderer" | "architecture">) {
    this.#engine = engine;
  }

  /** The snapshot, which answers under the hash of its weights until it is closed. */
  served(snapshot: SamplingClient, hash: string): SamplingClient {
    const { contextLength } = this.#engine.architecture;
    const created = Math.floor(Date.now() / 1000);
    this.#open.set(snapshot, { id: hash, created, contextLength, weights: hash });
    return {
      ...snapshot,
      close: async () => {
        this.#open.delete(snapshot);
        await snapshot.close();
      },
    };
  }

  list(): readonly ListedModel[] {
    // Snapshots of equal weights, such as a run's first and its reference, are one model.
    return [...new Map([...this.#open.values()].map((one) => [one.id, one])).values()];
  }

  open(name: string): OpenModel {
    const found = [...this.#open].find(([, { id }]) => id === name);
    if (found !== undefined) return this.#opened(...found);
    const known = this.list().map(({ id }) => id);
    throw new HoneError("SERVE_MODEL_UNKNOWN", {
      model: name.slice(0, 200),
      known: known.join(", "),
    });
  }

  addAdapter(name: string): Promise<void> {
    return Promise.reject(ofTrainer(name));
  }

  removeAdapter(name: string): Promise<void> {
    return Promise.reject(ofTrainer(name));
  }

  #opened(policy: SamplingClient, { contextLength, weights }: ListedModel): OpenModel {
    const { renderer } = this.#engine;
    const chatModels = policyChatModels({ renderer, sampling: { maxTokens }, contextLength });
    return {
      contextLength,
      chat: (seed) => chatModels({ policy, seed }),
      decode: (tokens) => renderer.decode(tokens),
      plain: {
        stopTokens: renderer.stopTokens,
        weightsVersion: policy.weightsVersion,
        weightsHash: weights,
        encode: (text) => renderer.encode(text),
        stream: (prompt, params, signal) => policy.stream(prompt, params, signal),
      },
    };
  }
}

const ofTrainer = (name: string): HoneError =>
  new HoneError("SERVE_ADAPTER_INVALID", {
    name,
    problem: "is not changed here: a trainer serves the weights of its own steps",
  });
