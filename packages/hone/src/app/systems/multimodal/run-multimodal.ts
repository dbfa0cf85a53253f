/**
 * `hone run multimodal`: the images of documents, a search over them, and an agent that learns to answer with a text and the images that
 * help: from an expert's episodes, then by GRPO from the metrics of its answers, or from a judge.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { multimodalDomain } from "../../../domains/multimodal/domain.ts";
import type { Documentation } from "../../../domains/multimodal/documentation.ts";
import { completeDomain, type Domain } from "../../domains/complete-domain.ts";
import { openJudge } from "../../training/judge-setting.ts";
import type { PipelineEvent } from "../../training/pipeline-events.ts";
import { meaningfulSettings } from "../../training/setting-rules.ts";
import { shortPath } from "../../training/run-figures.ts";
import { actionRecipes } from "../action-recipes.ts";
import { resolvedActionSettings } from "../action-settings.ts";
import { type MultimodalSettings, multimodalSettings } from "../multimodal-settings.ts";
import { runActions } from "../run-actions.ts";
import type { RunOptions } from "../systems.ts";
import { oddNotes, openContent, pairsFile, writeContent } from "./content.ts";
import { rubricOf } from "./judge-words.ts";
import { copyMultimodal } from "./layout.ts";
import { searchReport } from "./test-search.ts";

/** The run as a stream of events. @throws as `runActions`, `openContent`, `openJudge` and `writeContent` */
export async function* runMultimodal(
  settings: MultimodalSettings,
  options: RunOptions,
): AsyncGenerator<PipelineEvent, void> {
  if (settings.dataOnly === true) return yield* dataAlone(settings);
  const { made, digest, notes } = await openContent(settings);
  yield* notes.map(note);
  if (settings.testOnly === true) return yield* testAlone(made, settings);
  yield* trained(made, settings, { ...options, digest });
}

async function* dataAlone(settings: MultimodalSettings): AsyncGenerator<PipelineEvent, void> {
  const { layout, out = layout ?? "." } = settings;
  const { file, stats } = await writeContent(out, settings);
  const { images, files, kept, bands } = stats;
  yield note(`${images} images in ${files} documents, ${kept} pairs kept in ${shortPath(file)}`);
  yield* oddNotes(stats).map(note);
  yield note(`confidence: ${bands.high} high, ${bands.medium} medium, ${bands.low} low`);
}

function* testAlone(
  content: Documentation,
  { testTasks: count, seed }: MultimodalSettings,
): Generator<PipelineEvent, void> {
  for (const line of searchReport(content, { count, seed })) yield note(line);
  content.images.close();
}

const note = (text: string): PipelineEvent => ({ kind: "note", text });

async function* trained(
  content: Documentation,
  settings: MultimodalSettings,
  { resume, signal, digest }: RunOptions & { readonly digest: string | undefined },
): AsyncGenerator<PipelineEvent, void> {
  const { storagePath, docsPath, minConfidence, grpoEpochs, ...others } = settings;
  const { judge, judgeBudget, criteria, layout, ...shared } = others;
  const { out, threads, dataOnly: _data, testOnly: _test, ...given } = shared;
  const recipe = actionRecipes.multimodal;
  const grpoSteps = stepsOf(content, settings);
  const events = runActions({
    ...{ domain: "multimodal", recipe, out, threads, resume, signal },
    settings: { ...given, grpoSteps },
    open: async () => domainOf(content),
    judge: await openJudge({ judge, judgeBudget, rubric: rubricOf(criteria) }),
    recorded: {
      ...meaningfulSettings(multimodalSettings, {
        ...{ minConfidence, grpoEpochs, judge, judgeBudget, criteria },
        // A resumed run finds the documents from any folder.
        storagePath: storagePath && resolve(storagePath),
        docsPath: docsPath && resolve(docsPath),
      }),
      ...(digest !== undefined && { contentDigest: digest }),
    },
  });
  for await (const event of events) {
    const isEnd = event.kind === "done" || event.kind === "finished";
    if (isEnd && !existsSync(pairsFile(event.result.folder)))
      await writeContent(event.result.folder, settings);
    if (isEnd && layout !== undefined) {
      await copyMultimodal(event.result, layout);
      yield note(`data, model and logs are in ${shortPath(layout)}, too`);
    }
    yield event;
  }
}

/** The domain of documents that are open already. */
const domainOf = (content: Documentation): Domain =>
  completeDomain(
    "multimodal",
    multimodalDomain(() => content),
  ) as Domain;

/** Steps of GRPO: as given, or as passes over the questions say; of both what ends first. */
function stepsOf(content: Documentation, settings: MultimodalSettings): number | undefined {
  const { grpoEpochs, grpoSteps, seed } = settings;
  if (grpoEpochs === undefined) return grpoSteps;
  const { trainTasks, groupsPerStep } = resolvedActionSettings(actionRecipes.multimodal, settings);
  const tasks = content.questions({ split: "train", count: trainTasks, seed }).length;
  return Math.min(grpoSteps ?? Infinity, grpoEpochs * Math.ceil(tasks / groupsPerStep));
}
