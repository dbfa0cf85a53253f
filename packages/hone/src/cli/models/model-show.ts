/** `hone model show`: shows what a model is, from the headers of its files. */
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { adapterOption, checkpointOption, modelArgument, runsOption } from "../options.ts";
import { bytesText, countText, factsText } from "../terminal/figures.ts";

interface Flags {
  readonly adapter?: string;
  readonly checkpoint?: string;
  readonly runs: string;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone model show Qwen/Qwen3-0.6B",
    "npx hone model show runs/math-20260101-1200-7f3a",
  ],
  notes: ["Reads the headers of the files only, no weight."],
  define: (command) =>
    void command
      .addArgument(modelArgument())
      .addOption(adapterOption())
      .addOption(checkpointOption())
      .addOption(runsOption()),
  run: async ({ values, flags, terminal, signal }) => {
    const { findModel } = await import("../../app/models/find-model.ts");
    const { describeModel } = await import("../../app/models/model-folders.ts");
    const onProgress = terminal.progress;
    const valueHead = "allowed";
    const found = await findModel(values[0]!, { ...flags, signal, onProgress, valueHead });
    for (const notice of found.notices) terminal.warn(notice);
    const model = await describeModel(found);
    const { architecture: a, adapter } = model;
    const facts: [string, string][] = [
      ["folder", shortPath(model.folder)],
      ["family", a.family],
      ["parameters", `${countText(model.parameterCount)} (${model.parameterCount})`],
      ["layers", `${a.layerCount}, width ${a.width}, feed-forward ${a.feedForwardWidth}`],
      ["heads", `${a.headCount} of ${a.headSize}, ${a.keyValueHeadCount} for keys and values`],
      ["vocabulary", `${a.vocabularySize} tokens${a.hasTiedEmbeddings ? ", tied embeddings" : ""}`],
      ["context", `${a.contextLength} tokens`],
      ["chat template", model.hasChatTemplate ? "yes" : "no"],
      ["files", `${bytesText(model.fileBytes)} as ${Object.keys(model.dtypes).join(", ")}`],
      ["memory", `${bytesText(model.memoryBytes)} for the weights in use (F32)`],
    ];
    if (adapter !== undefined) {
      const modules = adapter.targetModules.join(", ");
      facts.push(
        ["adapter", shortPath(adapter.folder)],
        ["", `rank ${adapter.rank}, alpha ${adapter.alpha} on ${modules}`],
        ["", `${countText(adapter.parameterCount)} parameters`],
      );
    }
    const { valueHead: head } = found;
    if (head !== undefined) facts.push(["value head", `${shortPath(head)} (a reward model)`]);
    terminal.tell(
      { ...model, ...(head !== undefined && { valueHead: head }) },
      `${values[0]}\n${factsText(facts)}`,
    );
  },
});
