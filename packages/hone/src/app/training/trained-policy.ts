/** What a run trains: one model or adapter, or several adapters of a team, with how each is saved for other tools. */
import { join } from "node:path";
import type { AgentsByAdapter } from "../../agents/agents-by-adapter.ts";
import { randomBits } from "../../core/random.ts";
import type {
  EngineTrainingClient,
  TrainingClientOptions,
} from "../../engine/clients/training-client.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Head } from "../../engine/models/heads.ts";
import type { TrainingClient } from "../../ports/training-client.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { AdaptersTrainingClient } from "../adapters/adapters-training-client.ts";

/** The training client of a run. */
export interface TrainedPolicy extends TrainingClient {
  /** "value" for a model that says a number for each token. */
  readonly head: Head;
  /** How many numbers are trained. */
  readonly trainedCount: number;
  /** How many of them are beside the model's own: all of an adapter, none where all weights are trained. */
  readonly addedCount: number;
  /**
   * Saves what is trained into a folder: all weights into `model/`, an adapter into `adapter/`, several into `adapters/<name>/`, and a value
   * head beside it. Returns the path of that part.
   */
  saveTrained(folder: string): Promise<string>;
}

/** What is trained, and the adapters of a team. */
export interface TrainedOptions {
  readonly training: TrainingClientOptions;
  /** Default: one policy. */
  readonly adapters?: AgentsByAdapter | undefined;
}

/** Opens the training client of a run. Adapters of a team begin with random numbers of their own; all begin as the base model. */
export async function openTrainedPolicy(
  engine: Engine,
  { training, adapters }: TrainedOptions,
): Promise<TrainedPolicy> {
  if (adapters === undefined) return trainedModel(await engine.createTrainingClient(training));
  const clients = new Map<string, EngineTrainingClient>();
  for (const name of Object.keys(adapters)) {
    const seed = randomBits(training.seed ?? 0, "adapter", name);
    clients.set(name, await engine.createTrainingClient({ ...training, seed }));
  }
  return new TrainedAdapters(clients);
}

function trainedModel(client: EngineTrainingClient): TrainedPolicy {
  const { lora, trainedCount } = client;
  return {
    ...client,
    addedCount: lora === undefined ? 0 : trainedCount,
    saveTrained: async (folder) => {
      const path = join(folder, lora === undefined ? "model" : "adapter");
      if (lora === undefined) await client.saveModel(path, { replace: true });
      else await client.saveAdapter(path, { replace: true });
      if (client.head === "value") await client.saveValueHead(join(folder, runFiles.valueHead));
      return path;
    },
  };
}

class TrainedAdapters extends AdaptersTrainingClient implements TrainedPolicy {
  readonly head = "lm";
  readonly trainedCount: number;
  readonly #adapters: ReadonlyMap<string, EngineTrainingClient>;

  constructor(clients: ReadonlyMap<string, EngineTrainingClient>) {
    super(clients);
    this.#adapters = clients;
    this.trainedCount = [...clients.values()].reduce((sum, one) => sum + one.trainedCount, 0);
  }

  get addedCount(): number {
    return this.trainedCount;
  }

  async saveTrained(folder: string): Promise<string> {
    const path = join(folder, runFiles.adapters);
    for (const [name, client] of this.#adapters)
      await client.saveAdapter(join(path, name), { replace: true });
    return path;
  }
}
