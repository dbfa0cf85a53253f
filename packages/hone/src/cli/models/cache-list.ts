/** `hone cache list`: lists the models in the Hugging Face cache. */
import { defineCommand } from "../command.ts";
import { bytesText, tableText } from "../terminal/figures.ts";

export const command = defineCommand({
  examples: ["npx hone cache list"],
  notes: [
    "The cache lies where HF_HUB_CACHE or HF_HOME say (~/.cache/huggingface/hub).",
    "Models that other tools put there are listed, too.",
  ],
  define: () => undefined,
  run: async ({ terminal }) => {
    const { cachedModels } = await import("../../app/models/model-folders.ts");
    const models = await cachedModels();
    for (const model of models) terminal.emit({ event: "model", ...model });
    const bytes = models.reduce((sum, model) => sum + model.bytes, 0);
    terminal.emit({ models: models.length, bytes });
    if (models.length === 0) return terminal.say("no models in the cache");
    const rows = models.map(({ id, bytes: size, revisions }) => [
      id,
      bytesText(size),
      revisions.map(({ commit, refs }) => [...refs, commit.slice(0, 8)][0]).join(", "),
    ]);
    terminal.say(tableText([["model", "size", "revisions"], ...rows, ["", bytesText(bytes), ""]]));
  },
});
