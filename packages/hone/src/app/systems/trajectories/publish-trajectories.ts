/** The end of a run: what is done of every domain, as a report, and the result of the whole where all is done. */
import { join, relative } from "node:path";
import { type Comparison, compare } from "../../../evaluation/compare.ts";
import type { Evaluation } from "../../../evaluation/evaluate.ts";
import { sum } from "../../../evaluation/intervals.ts";
import { pooled } from "../../../evaluation/pooled.ts";
import type { DomainResult, ResultRecord } from "../../../formats/result-format.ts";
import { runFiles, type RunFolder } from "../../../runs/run-folder.ts";
import { writePage } from "../../../runs/report-page.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import type { Baseline } from "../../training/pipeline-options.ts";
import {
  baselineRecord,
  interval,
  measurement,
  resultRecord,
} from "../../training/publish-result.ts";
import { joinedWarnings } from "../../training/run-warnings.ts";
import { shortPath } from "../../training/run-figures.ts";
import { type StoredTraining, storedTraining, totalCost } from "../stored-training.ts";
import { unknown } from "../../../evaluation/before-and-after.ts";
import type { PhaseOptions } from "./phase-options.ts";
import { readAnalysis } from "./read-analysis.ts";
import type { DomainRecipe } from "./resolved-settings.ts";
import { domainBaselines } from "./trajectory-baselines.ts";
import { successPicture, trajectoriesReport } from "./trajectories-report.ts";

/** What has become of a domain. */
export interface DomainState {
  readonly recipe: DomainRecipe;
  readonly sft: StoredTraining | undefined;
  readonly ppo: StoredTraining | undefined;
  /** After PPO minus before it, task by task. */
  readonly difference: Comparison | undefined;
  /** What the same tasks give without a model; none where the domain is not done. */
  readonly baselines: readonly Baseline[];
}

/** A domain whose phases are all done. */
export interface DoneDomain {
  readonly recipe: DomainRecipe;
  readonly sft: StoredTraining;
  readonly ppo: StoredTraining;
  /** After PPO minus before it, task by task. */
  readonly difference: Comparison;
  /** What the same tasks give without a model. */
  readonly baselines: readonly Baseline[];
}

/** Writes the report and, where every domain is done, the result; its event is the last. */
export async function* publishTrajectories(
  run: RunFolder,
  options: PhaseOptions,
): AsyncGenerator<PipelineEvent, void> {
  const { recipes, paths } = options;
  const states = await Promise.all(recipes.map((recipe) => stateOf(recipe, options)));
  const analysis = await readAnalysis(paths.analysis);
  const report = join(run.path, runFiles.report);
  const pictures = successPicture(states);
  const written = { run: run.record, states, analysis, settings: options.settings, pictures };
  const done = states.flatMap(doneOf);
  if (done.length < states.length) {
    await writePage(report, trajectoriesReport(written), pictures);
    const left = states.filter(({ ppo }) => ppo === undefined).map(({ recipe }) => recipe.domain);
    const command = `npx hone run trajectories --resume ${shortPath(run.path)}`;
    yield { kind: "note", text: `report ${shortPath(report)}` };
    return yield { kind: "note", text: `next: ${command} --phase rl (left: ${left.join(", ")})` };
  }
  const shared = wholeOf(done);
  await run.saveResult(recordOf(run, done, shared));
  await writePage(report, trajectoriesReport(written), pictures);
  const checkpoint = join(run.path, checkpointOf(run, done));
  yield { kind: "done", result: { ...shared, checkpoint, report, folder: run.path } };
}

async function stateOf(
  recipe: DomainRecipe,
  { paths, settings }: PhaseOptions,
): Promise<DomainState> {
  const sft = await storedTraining(paths.sft(recipe.domain), "sft");
  const ppo = await storedTraining(paths.rl(recipe.domain), "ppo");
  const difference = ppo && compare(ppo.before, ppo.after, { seed: settings.seed });
  const baselines = ppo === undefined ? [] : await domainBaselines(recipe, settings);
  return { recipe, sft, ppo, difference, baselines };
}

const doneOf = ({ sft, ppo, difference, ...rest }: DomainState): readonly DoneDomain[] =>
  sft && ppo && difference ? [{ ...rest, sft, ppo, difference }] : [];

/** The domains together. Their rewards have different units, so only success has a value. */
function wholeOf(done: readonly DoneDomain[]) {
  const all = (of: (ppo: StoredTraining) => Evaluation): Evaluation =>
    pooled(Object.fromEntries(done.map(({ recipe, ppo }) => [recipe.domain, of(ppo)])));
  const [before, after] = [all((ppo) => ppo.before), all((ppo) => ppo.after)];
  const trainings = done.flatMap(({ sft, ppo }) => [sft, ppo]);
  return {
    ...{ before, after, difference: { ...compare(before, after), reward: undefined } },
    parameters: done.length === 1 ? done[0]!.ppo.parameters : undefined,
    ...(done.length > 1 && { hasSeveralModels: true as const }),
    warnings: joinedWarnings(trainings.flatMap(({ warnings }) => warnings)),
    baselines: [],
    seconds: sum(trainings.map(({ seconds }) => seconds)),
  };
}

function recordOf(
  run: RunFolder,
  done: readonly DoneDomain[],
  shared: ReturnType<typeof wholeOf>,
): ResultRecord {
  const record = resultRecord({
    ...shared,
    cost: totalCost(done.flatMap(({ sft, ppo }) => [sft.cost, ppo.cost])),
    checkpoint: checkpointOf(run, done),
    stages: done.flatMap((one) =>
      stagesOf(one).map(
        ([name, evaluation]) => [`${one.recipe.domain} ${name}`, evaluation] as const,
      ),
    ),
    training: done.flatMap(({ recipe, sft, ppo }) =>
      [...sft.training, ...ppo.training].map((row) => ({
        ...row,
        phase: `${recipe.domain} ${row.phase}`,
      })),
    ),
  });
  return { ...record, domains: done.map((one) => domainRow(run, one)) };
}

const stagesOf = ({ sft, ppo }: DoneDomain): readonly (readonly [string, Evaluation])[] => [
  ["untrained", sft.before],
  ["SFT", ppo.before],
  ["PPO", ppo.after],
];

const domainRow = (run: RunFolder, one: DoneDomain): DomainResult => ({
  name: one.recipe.domain,
  stages: stagesOf(one).map(([name, evaluation]) => ({
    name,
    measurement: measurement(evaluation),
  })),
  difference: {
    success: interval(one.difference.success),
    reward: interval(one.difference.reward ?? unknown),
  },
  seconds: one.sft.seconds + one.ppo.seconds,
  checkpoint: relative(run.path, one.ppo.trained),
  baselines: one.baselines.map(baselineRecord),
});

/** Of several domains the folder that theirs are in, relative to the run's. */
const checkpointOf = (run: RunFolder, done: readonly DoneDomain[]): string =>
  done.length === 1 ? relative(run.path, done[0]!.ppo.trained) : join("models", "rl");
