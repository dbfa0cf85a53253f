/**
 * Several adapters on one base as one training client, so that an algorithm trains a team as it trains one policy.
 *
 * A datum goes to the client of its `adapter`; what is given back is what one client would give for the rows of all: losses and tokens are
 * sums, `ratio_max` the largest, other metrics means over tokens, the gradient's norm that of all adapters together. An optimizer step
 * moves the adapters that have a gradient, each with an optimizer of its own and its own clipping: one that no row belongs to keeps its
 * bytes, also under weight decay. Where one cannot move, as its gradient is not finite, and others have, they are no longer of one step:
 * nothing is then stepped, saved or sampled from before a saved state is loaded.
 *
 * The clients may be of any engine, also of several machines: each call is passed on at once, so that they work side by side and keep the
 * order of submission.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { combine } from "../../algorithms/policy-gradient/policy-update.ts";
import { HoneError } from "../../core/errors.ts";
import { fieldsOf, parsedJson } from "../../core/json.ts";
import { writeFileWhole, writeFolderWhole } from "../../formats/whole-write.ts";
import type {
  AdamParams,
  CheckpointRef,
  Datum,
  ForwardBackwardOutput,
  ForwardOutput,
  LossConfig,
  LossName,
  OptimStepOutput,
  TrainingCapabilities,
  TrainingClient,
} from "../../ports/training-client.ts";
import type { SamplingClient } from "../../ports/sampling-client.ts";
import { adaptersSamplingClient } from "./adapters-sampling-client.ts";

/** Rows of one adapter, with their places in the batch. */
interface Part {
  readonly name: string;
  readonly client: TrainingClient;
  readonly data: readonly Datum[];
  readonly places: readonly number[];
}

/** A call that failed at an adapter when others had changed. */
interface PartChange {
  readonly call: "optimStep" | "loadState";
  readonly adapter: string;
}

/** The file that says what a saved state holds. */
const RECORD = "adapters.json";

/**
 * A training client over one client for each adapter, which it closes.
 * @throws by its calls as theirs, and ADAPTER_UNKNOWN for a datum that names none of them; GRADIENT_INCOMPLETE where a pass
 * failed in part; ADAPTERS_OUT_OF_STEP once an optimizer step or a load did
 * @example
 * const clients = new Map([["coordinator", await engine.createTrainingClient()], ["workers", await engine.createTrainingClient()]]);
 * const training = new AdaptersTrainingClient(clients);
 */
export class AdaptersTrainingClient implements TrainingClient {
  readonly capabilities: TrainingCapabilities;
  readonly #clients: ReadonlyMap<string, TrainingClient>;
  /** Passes whose gradients an adapter has accumulated. */
  readonly #passes = new Map<string, number>();
  /** The adapter at which a pass failed after others had added their gradients. */
  #incomplete: string | undefined;
  /** The call that changed some adapters and failed at another, which is named. */
  #outOfStep: PartChange | undefined;
  #step = 0;

  constructor(clients: ReadonlyMap<string, TrainingClient>) {
    this.#clients = clients;
    this.capabilities = commonCapabilities(clients);
  }

  async forward(data: readonly Datum[], loss?: LossName): Promise<ForwardOutput> {
    const weightsVersion = this.#weightsVersion;
    const parts = this.#parts("forward", data, loss);
    const outputs = await Promise.all(parts.map((part) => part.client.forward(part.data, loss)));
    return { logProbs: inOrder(data, parts, outputs), weightsVersion };
  }

  async forwardBackward(
    data: readonly Datum[],
    loss: LossName,
    config?: LossConfig,
  ): Promise<ForwardBackwardOutput> {
    const weightsVersion = this.#weightsVersion;
    const parts = this.#parts("forwardBackward", data, loss);
    for (const { name } of parts) this.#count(name, +1);
    const ends = await Promise.allSettled(
      parts.map((part) => part.client.forwardBackward(part.data, loss, config)),
    );
    this.#noteFailures(parts, ends);
    const outputs = valuesOf(ends);
    return { ...combine(outputs), logProbs: inOrder(data, parts, outputs), weightsVersion };
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    this.#checkInStep();
    if (this.#incomplete !== undefined)
      throw new HoneError("GRADIENT_INCOMPLETE", { adapter: this.#incomplete });
    const passes = new Map(this.#passes);
    this.#passes.clear();
    const step = ++this.#step;
    const weightsVersion = this.#weightsVersion;
    const ends = await this.#change("optimStep", [...passes.keys()], (client) =>
      client.optimStep(params),
    );
    if (ends.length > 0 && ends.every(isRejected)) this.#takeBack(step, passes);
    const outputs = valuesOf(ends);
    // Steps may be submitted before an earlier one has ended, and that may have failed meanwhile.
    this.#checkInStep();
    return {
      gradientNorm: Math.hypot(...outputs.map(({ gradientNorm }) => gradientNorm)),
      step,
      weightsVersion,
    };
  }

  async discardGradients(): Promise<void> {
    this.#passes.clear();
    this.#incomplete = undefined;
    await this.#all((client) => client.discardGradients());
  }

  /** Saves each adapter's state into a folder of its name. */
  async saveState(path: string): Promise<CheckpointRef> {
    this.#checkInStep();
    const record = `${JSON.stringify({ adapters: [...this.#clients.keys()], step: this.#step })}\n`;
    await writeFolderWhole(
      path,
      async (folder) => {
        await this.#all((client, name) => client.saveState(join(folder, name)));
        await writeFileWhole(join(folder, RECORD), record);
      },
      { replace: true },
    );
    return { path };
  }

  async loadState(ref: CheckpointRef, options: { readonly optimizer: boolean }): Promise<void> {
    const { adapters, step } = await readRecord(ref.path);
    const [got, expected] = [adapters, [...this.#clients.keys()]].map((names) =>
      names.toSorted().join(", "),
    ) as [string, string];
    if (got !== expected)
      throw new HoneError("CHECKPOINT_MISMATCH", {
        ...{ path: ref.path, what: "set of adapters" },
        ...{ got, expected },
      });
    this.#passes.clear();
    this.#incomplete = undefined;
    const ends = await this.#change("loadState", adapters, (client, name) =>
      client.loadState({ path: join(ref.path, name) }, options),
    );
    valuesOf(ends);
    this.#outOfStep = undefined;
    this.#step = options.optimizer ? step : 0;
  }

  async saveWeightsForSampler(name?: string): Promise<SamplingClient> {
    this.#checkInStep();
    const weightsVersion = name ?? this.#weightsVersion;
    const snapshots = await Promise.all(
      [...this.#clients].map(
        async ([adapter, client]) => [adapter, await client.saveWeightsForSampler(name)] as const,
      ),
    );
    return adaptersSamplingClient(new Map(snapshots), weightsVersion);
  }

  async close(): Promise<void> {
    await this.#all((client) => client.close());
  }

  /** Weights change by steps only, and a loaded state brings its step along. */
  get #weightsVersion(): string {
    return `${[...this.#clients.keys()].join("+")}@${this.#step}`;
  }

  async #all(call: (client: TrainingClient, name: string) => Promise<unknown>): Promise<void> {
    await Promise.all([...this.#clients].map(([name, client]) => call(client, name)));
  }

  /** Calls the clients of these adapters, and notes where some of them changed and others did not. */
  async #change<Value>(
    call: PartChange["call"],
    names: readonly string[],
    change: (client: TrainingClient, name: string) => Promise<Value>,
  ): Promise<PromiseSettledResult<Value>[]> {
    const ends = await Promise.allSettled(
      names.map((name) => change(this.#clients.get(name)!, name)),
    );
    const failed = names.filter((_, i) => isRejected(ends[i]!));
    if (failed.length > 0 && failed.length < names.length)
      this.#outOfStep = { call, adapter: failed[0]! };
    return ends;
  }

  /** @throws ADAPTERS_OUT_OF_STEP */
  #checkInStep(): void {
    if (this.#outOfStep !== undefined)
      throw new HoneError("ADAPTERS_OUT_OF_STEP", { ...this.#outOfStep });
  }

  /** After a step at which all clients failed: no weights moved, and the gradients are still there. */
  #takeBack(step: number, passes: ReadonlyMap<string, number>): void {
    for (const [name, count] of passes) this.#count(name, count);
    // A step that was submitted meanwhile has its number already.
    if (this.#step === step) this.#step--;
  }

  /** The rows of each adapter that has one that counts; all rows of one where none counts, whose client then says so. */
  #parts(where: string, data: readonly Datum[], loss: LossName = "cross_entropy"): Part[] {
    if (data.length === 0)
      throw new HoneError("DATA_EMPTY", { where: `${where}: data`, item: "datum" });
    const places = Map.groupBy(data.keys(), (place) => this.#adapterOf(where, data[place]!));
    const all = [...places].map(([name, own]): Part => {
      const client = this.#clients.get(name)!;
      return { name, client, data: own.map((place) => data[place]!), places: own };
    });
    const counting = all.filter((part) => part.data.some((datum) => counts(datum, loss)));
    return counting.length === 0 ? all.slice(0, 1) : counting;
  }

  /** @throws ADAPTER_UNKNOWN */
  #adapterOf(where: string, { id, adapter }: Datum): string {
    if (adapter !== undefined && this.#clients.has(adapter)) return adapter;
    throw new HoneError("ADAPTER_UNKNOWN", {
      where: id === undefined ? `A row of ${where}` : `The row ${id}`,
      ...(adapter !== undefined && { adapter }),
      known: [...this.#clients.keys()],
    });
  }

  #count(name: string, change: number): void {
    const passes = (this.#passes.get(name) ?? 0) + change;
    if (passes > 0) this.#passes.set(name, passes);
    else this.#passes.delete(name);
  }

  /** A client that fails adds nothing, the others have added theirs. */
  #noteFailures(parts: readonly Part[], ends: readonly PromiseSettledResult<unknown>[]): void {
    const failed = parts.filter((_, i) => isRejected(ends[i]!));
    for (const { name } of failed) this.#count(name, -1);
    if (failed.length > 0 && failed.length < parts.length) this.#incomplete = failed[0]!.name;
  }
}

const isRejected = (end: PromiseSettledResult<unknown>): end is PromiseRejectedResult =>
  end.status === "rejected";

/** What all calls resolved to. @throws the error of the first that failed */
const valuesOf = <Value>(ends: readonly PromiseSettledResult<Value>[]): Value[] =>
  ends.map((end) => {
    if (isRejected(end)) throw end.reason;
    return end.value;
  });

/** What all clients can do. */
function commonCapabilities(clients: ReadonlyMap<string, TrainingClient>): TrainingCapabilities {
  const all = [...clients.values()].map(({ capabilities }) => capabilities);
  const lengths = all.flatMap(({ contextLength }) => contextLength ?? []);
  return {
    losses: all[0]!.losses.filter((loss) => all.every(({ losses }) => losses.includes(loss))),
    kl: all.every(({ kl }) => kl),
    bounds: all.every(({ bounds = false }) => bounds),
    kept: all.every(({ kept = false }) => kept),
    ...(lengths.length > 0 && { contextLength: Math.min(...lengths) }),
    adapters: [...clients.keys()],
  };
}

/** Whether a position of the row counts in the loss, as `Datum` says. A row of the wrong form does: its client refuses it. */
function counts({ weights, mask, advantages }: Datum, loss: LossName): boolean {
  const numbers = loss === "cross_entropy" ? weights : (mask ?? advantages);
  return numbers === undefined || numbers.some((one) => one !== 0);
}

/** The log-probs of each datum; 0 for those of adapters of which no row counts. */
function inOrder(
  data: readonly Datum[],
  parts: readonly Part[],
  outputs: readonly ForwardOutput[],
): Float32Array[] {
  const all = data.map(({ targets }): Float32Array => new Float32Array(targets.length));
  parts.forEach(({ places }, i) =>
    places.forEach((place, row) => {
      all[place] = outputs[i]!.logProbs[row]!;
    }),
  );
  return all;
}

/** @throws CHECKPOINT_DAMAGED */
async function readRecord(
  checkpoint: string,
): Promise<{ readonly adapters: readonly string[]; readonly step: number }> {
  const text = await readFile(join(checkpoint, RECORD), "utf8").catch(() => "");
  const { adapters, step } = fieldsOf(parsedJson(text));
  if (Array.isArray(adapters) && Number.isInteger(step))
    return { adapters: adapters.map(String), step: step as number };
  throw new HoneError("CHECKPOINT_DAMAGED", {
    checkpoint,
    problem: `its ${RECORD} is missing or does not say which adapters there are`,
  });
}
