/** A file of preferences as the source of a training: pairs or rated answers, of which a share of the prompts is held out. */
import { resolve } from "node:path";
import { asContext } from "../../../core/conversation-turns.ts";
import { HoneError } from "../../../core/errors.ts";
import type { Message } from "../../../core/message.ts";
import {
  type FilePair,
  type FileRated,
  type PreferenceFile,
  readPairs,
  readRatedAnswers,
} from "../../../data/preference-files.ts";
import { holdOutKeys } from "../../../data/held-out-keys.ts";
import type { ComparedAnswer, PairTask } from "../../../evaluation/pair-task.ts";
import { type TokenizerText, tokenizerTextOf } from "../../../text/tiny-tokenizer.ts";
import type { TrainingSettings } from "../training.ts";
import { checkAnswers, type NamedAnswer } from "./check-answers.ts";
import { modelOf, type OpenedSource, type SourceRequest } from "./opened-source.ts";
import { pairTasks, ratedTasks, rewardPairTasks } from "./pair-tasks.ts";

/**
 * Reads the file, holds out a share of its prompts, and checks that the model can read every line.
 * @throws as `readPairs`; CONFIG_INVALID for settings of a store; ROW_TOO_LONG and DATA_LINE_INVALID name the line that the model cannot read
 */
export async function openPreferenceFile(
  request: SourceRequest<"preferences">,
  file: string,
): Promise<OpenedSource<"preferences">> {
  if (request.settings.minMargin !== undefined) {
    const problem = "lines of a file have no rewards to compare; leave it out, or give a store.";
    throw new HoneError("CONFIG_INVALID", { where: "--min-margin", problem });
  }
  return request.takesRatedAnswers === true ? openRated(request, file) : openPairs(request, file);
}

async function openPairs(
  request: SourceRequest<"preferences">,
  file: string,
): Promise<OpenedSource<"preferences">> {
  const { examples, digest, ...counts } = await readPairs(file);
  const { train, test } = split(examples, file, request.settings);
  return {
    ...(await opened(request, { file, digest, answers: examples.flatMap(answersOfPair) })),
    texts: async () =>
      train.flatMap(({ prompt, chosen, rejected }) => [[...prompt, ...chosen], rejected]),
    data: { pairs: { pairs: train }, answers: {} },
    heldOut: (request.trainsValues === true ? rewardPairTasks : pairTasks)(test.map(taskOf)),
    notes: (steps) => [
      splitText({ train, test }, { file, things: "pairs", steps }, request.settings),
      ...unusedText(counts, { file, trainsValues: request.trainsValues }),
    ],
  };
}

async function openRated(
  request: SourceRequest<"preferences">,
  file: string,
): Promise<OpenedSource<"preferences">> {
  const { examples, digest, ...counts } = await readRatedAnswers(file);
  const { train, test } = split(examples, file, request.settings);
  const heldOut = ratedTasks(
    test.map((one) => ({
      name: `line ${one.line}`,
      isDesirable: one.isDesirable,
      answer: comparedOf(one.prompt, one.answer, one),
    })),
  );
  const answers = examples.map((one) => ({
    line: one.line,
    of: "answer",
    answer: comparedOf(one.prompt, one.answer, one),
  }));
  const good = train.filter(({ isDesirable }) => isDesirable).length;
  return {
    ...(await opened(request, { file, digest, answers })),
    texts: async () => train.map(({ prompt, answer }) => [...prompt, ...answer]),
    data: { pairs: {}, answers: { answers: train } },
    heldOut,
    notes: (steps) => [
      splitText({ train, test }, { file, things: "answers", steps }, request.settings),
      `${good} desirable and ${train.length - good} undesirable answers to learn`,
      ...unusedText(counts, { file }),
    ],
  };
}

/** What both kinds of files have in common. */
async function opened(
  request: SourceRequest<"preferences">,
  read: {
    readonly file: string;
    readonly digest: string;
    readonly answers: readonly NamedAnswer[];
  },
) {
  const { file, digest, answers } = read;
  const found = await modelOf(request);
  const checkModel = (folder: string) =>
    checkAnswers(folder, answers, { file, trainsValues: request.trainsValues });
  return {
    runName: request.training,
    found,
    newModel: { holds: answers.flatMap(({ answer }) => textOfAnswer(answer)) },
    checkModel: async (folder: string) => void (await checkModel(folder)),
    warning: found === undefined ? undefined : await checkModel(found.folder),
    learning: { kind: "dataset" as const },
    settled: { data: resolve(file) },
    dataDigest: digest,
  };
}

function split<Example extends FilePair | FileRated>(
  examples: readonly Example[],
  file: string,
  { heldOut: share, testTasks: max, seed }: TrainingSettings<"preferences">,
) {
  const keyOf = ({ prompt }: Example): string =>
    JSON.stringify(prompt.map(({ written: _, ...message }) => message));
  const sides = holdOutKeys(examples, keyOf, { share, max, seed });
  if (sides.test.length === 0 && share > 0) {
    const problem = `${file} holds no two different prompts, so none can be held out to measure the model on; add a different one, or set 0 to train without measuring.`;
    throw new HoneError("CONFIG_INVALID", { where: "--held-out", problem });
  }
  return sides;
}

const comparedOf = (
  prompt: readonly Message[],
  answer: readonly Message[],
  { settings }: Pick<FilePair, "settings">,
): ComparedAnswer => ({
  messages: [...asContext(prompt), ...answer],
  ...(settings !== undefined && { settings }),
});

const textOfAnswer = (answer: ComparedAnswer): readonly TokenizerText[] =>
  "messages" in answer ? [tokenizerTextOf(answer.messages, answer.settings)] : [];

const answersOfPair = (pair: FilePair): readonly NamedAnswer[] =>
  (["chosen", "rejected"] as const).map((of) => ({
    line: pair.line,
    of,
    answer: comparedOf(pair.prompt, pair[of], pair),
  }));

const taskOf = (pair: FilePair): PairTask => ({
  id: `line ${pair.line}`,
  chosen: comparedOf(pair.prompt, pair.chosen, pair),
  rejected: comparedOf(pair.prompt, pair.rejected, pair),
  compares: "sums",
});

function splitText(
  { train, test }: { readonly train: readonly unknown[]; readonly test: readonly unknown[] },
  {
    file,
    things,
    steps,
  }: { readonly file: string; readonly things: string; readonly steps: number },
  { batchSize }: TrainingSettings<"preferences">,
): string {
  const passes = Number((steps / Math.ceil(train.length / batchSize)).toPrecision(2));
  const held =
    test.length === 0
      ? "none held out, so nothing is measured"
      : `${test.length} held out to measure`;
  return `${file}: ${train.length} ${things} to learn (about ${passes} times each), ${held}`;
}

/** What of the file these trainings do not use. */
function unusedText(
  { rewarded, withMargin }: Pick<PreferenceFile<unknown>, "rewarded" | "withMargin">,
  {
    file,
    trainsValues = false,
  }: { readonly file: string; readonly trainsValues?: boolean | undefined },
): readonly string[] {
  const rewards = `${file}: ${rewarded} rewards are not used; npx hone train weighted counts by them`;
  const margins = `${file}: ${withMargin} margins are not used; npx hone train reward-model reads them`;
  return [
    ...(rewarded === 0 ? [] : [rewards]),
    ...(withMargin === 0 || trainsValues ? [] : [margins]),
  ];
}
