/**
 * Supervised fine-tuning: raise the log-probability of what an expert said.
 *
 *     C = − Σ w_t · log π(o_t | o_<t)
 *
 *     w_t   0 at tokens the assistant did not say; else 1 / n, n = the batch's trained tokens     normalize "token"
 *
 * With weights the sums count each row's tokens (or the row) as often as its weight says.
 *
 * "token" gives the mean per token, as TRL's SFTTrainer; "row" first takes each row's mean, so that short answers count
 * as much as long ones. The order of rows is a function of (seed, pass), hence a resumed run needs a step number only.
 *
 * Shapes: B rows of T tokens each. The reported loss is in nats, per token ("token") or mean of rows ("row").
 */
import { HoneError } from "../../core/errors.ts";
import { checkOptions, type OptionNames } from "../../core/known-options.ts";
import { conversationRows, type RowsPer, rowsPerChoices } from "../../core/conversation-turns.ts";
import type { ConversationSettings, Message } from "../../core/message.ts";
import { optionChecks } from "../../core/option-checks.ts";
import { randomBits } from "../../core/random.ts";
import type { TrainStep } from "../../core/train-step.ts";
import type { Algorithm, AlgorithmParts } from "../../ports/algorithm.ts";
import type { Renderer } from "../../ports/renderer.ts";
import type { Datum } from "../../ports/training-client.ts";
import { supervisedDatum, type SupervisedRow } from "../blocks/datums.ts";
import {
  checkLoss,
  checkMasks,
  finitePass,
  finiteStep,
  type GuardContext,
} from "../blocks/guards.ts";
import { countMasked } from "../blocks/masks.ts";
import { batchOfStep } from "../blocks/minibatches.ts";
import {
  adamAt,
  checkOptimizer,
  type OptimizerOptions,
  optimizerOptionNames,
  optimizerSettings,
} from "../blocks/optimizer.ts";
import { sumOf } from "../blocks/sums.ts";

/** Options of `sft`: conversations or rows, how they are weighed and in how many steps, and the optimizer's. */
export interface SftOptions extends OptimizerOptions {
  /** Conversations to learn from; their assistant turns are trained. Either these or `rows`. */
  readonly conversations?: readonly (readonly Message[])[];
  /**
   * What one row holds: "conversation", a whole conversation with all its turns learned, or "turn", one turn of the assistant
   * that is learned and the conversation before it. For templates that write earlier turns differently once others follow,
   * as those that drop earlier reasoning. Only with `conversations`. Default "conversation".
   */
  readonly rowsPer?: RowsPer;
  /** What each conversation says besides its messages, in their order, such as the tools it offers. Default: nothing. */
  readonly settings?: readonly ConversationSettings[];
  /** Rows that are tokens already. Either these or `conversations`. */
  readonly rows?: readonly SupervisedRow[];
  /** How much each conversation or row counts, in their order, above 0. Default 1 each. */
  readonly weights?: readonly number[];
  /** Passes over the data; a last, smaller batch ends each. Default 1. */
  readonly epochs?: number;
  /** Optimizer steps in total. Default: as many as the epochs take. */
  readonly steps?: number;
  /** Rows per step. Default 32. */
  readonly batchSize?: number;
  /** What the loss is the mean of: tokens, or rows by their own means. Default "token". */
  readonly normalize?: "token" | "row";
}

const optionNames: OptionNames<SftOptions> = {
  ...optimizerOptionNames,
  conversations: true,
  rowsPer: true,
  settings: true,
  rows: true,
  weights: true,
  epochs: true,
  steps: true,
  batchSize: true,
  normalize: true,
};

/**
 * Supervised fine-tuning on conversations or rows.
 *
 * Metrics: loss, gradient_norm, learning_rate, tokens (trained), rows, epoch (counts from 1).
 * Warnings: ROWS_WITHOUT_TARGETS, rows of the batch in which nothing is trained.
 *
 * @throws DATA_EMPTY, OPTION_INVALID at once; BATCH_ALL_MASKED, LOSS_UNSUPPORTED, TRAINING_NOT_FINITE while it runs
 * @example
 * const algorithm = sft({ conversations, epochs: 3, batchSize: 16, learningRate: 1e-3, schedule: "linear" });
 */
export function sft(options: SftOptions): Algorithm {
  checkOptions("sft", options, optionNames);
  const { epochs = 1, batchSize = 32, normalize = "token" } = options;
  const check = optionChecks("sft");
  check.oneOf("rowsPer", options.rowsPer ?? "conversation", rowsPerChoices);
  const givenCount = options.rows?.length ?? options.conversations?.length ?? 0;
  if (givenCount === 0)
    throw new HoneError(
      "DATA_EMPTY",
      options.rows === undefined
        ? { where: "sft: conversations", item: "conversation" }
        : { where: "sft: rows", item: "row" },
    );
  check.whole("batchSize", batchSize, { min: 1 });
  check.whole("epochs", epochs, { min: 1 });
  check.oneOf("normalize", normalize, ["token", "row"]);
  checkOptimizer("sft", options);
  checkWeights(options.weights, givenCount);
  const examples = examplesOf(options);
  const count = examples.length;
  const steps = options.steps ?? epochs * Math.ceil(count / batchSize);
  check.whole("steps", steps, { min: 1 });
  return {
    name: "sft",
    source: "dataset",
    steps,
    settings: {
      rows: count,
      ...(options.weights && { weights: options.weights }),
      ...(options.rowsPer === "turn" && { rowsPer: "turn" }),
      batchSize,
      normalize,
      ...optimizerSettings(options),
    },
    async *run(parts: AlgorithmParts): AsyncGenerator<TrainStep, void> {
      checkLoss("sft", "cross_entropy", parts.training);
      const rowAt = rowReader(examples, parts.renderer);
      for (let step = parts.startStep + 1; step <= steps && !parts.signal?.aborted; step++) {
        const { epoch, indices } = batchOfStep(count, batchSize, step, ["sft", parts.seed]);
        const rows = await Promise.all(indices.map(rowAt));
        const shares = indices.map((index) => examples[index]!.weight);
        const data = batchData(rows, shares, normalize, (row) =>
          randomBits(parts.seed, "dropout", step, row),
        );
        checkMasks("sft", step, data);
        yield await trainStep(data, step, epoch, steps, options, parts);
      }
    },
  };
}

function checkWeights(weights: readonly number[] | undefined, rows: number): void {
  if (weights === undefined) return;
  const wrong = weights.find((weight) => !(weight > 0 && weight < Infinity));
  if (weights.length === rows && wrong === undefined) return;
  throw new HoneError("OPTION_INVALID", {
    where: "sft",
    option: "weights",
    got: wrong === undefined ? `${weights.length} numbers` : String(wrong),
    expected: `${rows} numbers above 0, one per conversation or row`,
  });
}

/** What becomes one row: tokens, or a conversation. */
interface Example {
  /** How much the row counts. */
  readonly weight: number;
  read(renderer: Renderer): Promise<SupervisedRow>;
}

function examplesOf({
  conversations = [],
  settings = [],
  rows,
  weights = [],
  rowsPer = "conversation",
}: SftOptions): readonly Example[] {
  if (rows !== undefined) {
    if (rowsPer === "turn") throw onlyOfConversations();
    return rows.map((row, i) => ({
      weight: weights[i] ?? 1,
      read: async () => ({ id: `row ${i}`, ...row }),
    }));
  }
  return conversations.flatMap((messages, i) => {
    const turns = conversationRows(messages, settings[i] ?? {}, rowsPer);
    return turns.map((one, turn) => ({
      weight: weights[i] ?? 1,
      async read(renderer) {
        const { tokens, mask } = await renderer.conversation(one.messages, one.settings);
        const id = rowsPer === "turn" ? `conversation ${i}, turn ${turn}` : `conversation ${i}`;
        return { id, tokens, mask };
      },
    }));
  });
}

const onlyOfConversations = (): HoneError =>
  new HoneError("OPTION_INVALID", {
    where: "sft",
    option: "rowsPer",
    got: '"turn" beside rows of tokens',
    expected: '"turn" only with conversations',
  });

/** Rows by index; conversations are rendered when first needed and then kept. */
function rowReader(
  examples: readonly Example[],
  renderer: Renderer,
): (index: number) => Promise<SupervisedRow> {
  const read = new Map<number, Promise<SupervisedRow>>();
  return async (index) => {
    const row = read.get(index) ?? examples[index]!.read(renderer);
    read.set(index, row);
    return row;
  };
}

function batchData(
  rows: readonly SupervisedRow[],
  shares: readonly number[],
  normalize: "token" | "row",
  dropoutSeed: (row: number) => number,
): Datum[] {
  // A row's first token is never a target, so it does not count in a mean over targets.
  const targets = rows.map((row) => sumOf(row.mask.slice(1)));
  const total = sumOf(normalize === "token" ? targets.map((n, i) => n * shares[i]!) : shares);
  return rows.map((row, i) => {
    const whole = normalize === "token" ? total : targets[i]! * total;
    const scale = whole === 0 ? 0 : shares[i]! / whole;
    return supervisedDatum(row, scale, { dropoutSeed: dropoutSeed(i) });
  });
}

async function trainStep(
  data: readonly Datum[],
  step: number,
  epoch: number,
  steps: number,
  options: SftOptions,
  { training, saveBatch }: AlgorithmParts,
): Promise<TrainStep> {
  const adam = adamAt(step, steps, options);
  const context: GuardContext = {
    algorithm: "sft",
    step,
    learningRate: adam.learningRate,
    saveBatch,
    training,
  };
  const pass = () => training.forwardBackward(data, "cross_entropy");
  const { loss } = await finitePass(pass, data, context);
  const { gradientNorm } = await finiteStep(adam, data, context);
  const counts = data.map((datum) => countMasked(datum.weights!));
  const empty = counts.filter((n) => n === 0).length;
  return {
    step,
    metrics: {
      loss,
      gradient_norm: gradientNorm,
      learning_rate: adam.learningRate,
      tokens: sumOf(counts),
      rows: data.length,
      epoch: epoch + 1,
    },
    ...(empty === 0 ? {} : { warnings: { ROWS_WITHOUT_TARGETS: empty } }),
  };
}
