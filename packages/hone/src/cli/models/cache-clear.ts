/** `hone cache clear`: deletes models from the Hugging Face cache. */
import { HoneError } from "../../core/errors.ts";
import { defineCommand } from "../command.ts";
import { isAgreed, yesNote, yesOption } from "../confirm.ts";
import { bytesText } from "../terminal/figures.ts";

interface Flags {
  readonly all?: boolean;
  readonly yes?: boolean;
}

export const command = defineCommand<Flags>({
  examples: ["npx hone cache clear Qwen/Qwen3-0.6B", "npx hone cache clear --all"],
  notes: [
    "All revisions of a model are deleted. Other tools use the same cache and will",
    "download again what they need.",
    yesNote,
  ],
  define: (command) =>
    void command
      .argument("[models...]", "ids as `npx hone cache list` shows them")
      .option("--all", "every model in the cache")
      .addOption(yesOption()),
  run: async ({ values, flags, terminal, signal }) => {
    if (values.length > 0 === (flags.all === true)) {
      const problem = "name the models to delete, or pass --all";
      throw new HoneError("USAGE_INVALID", { command: "npx hone cache clear", problem });
    }
    const { cachedModels, clearCachedModel } = await import("../../app/models/model-folders.ts");
    const cached = (await cachedModels()).map(({ id }) => id);
    const missing = values.find((value) => !cached.includes(value));
    if (missing !== undefined) {
      const looked = "the Hugging Face cache; see `npx hone cache list`";
      throw new HoneError("MODEL_NOT_FOUND", { model: missing, looked });
    }
    const ids = flags.all === true ? cached : values;
    const what = ids.length === 0 ? "nothing" : ids.join(", ");
    const question = { command: "npx hone cache clear", what, terminal, signal };
    if (ids.length > 0 && flags.yes !== true && !(await isAgreed(question))) {
      return terminal.tell({ models: 0, bytes: 0 }, "nothing deleted");
    }
    let bytes = 0;
    for (const id of ids) {
      const freed = await clearCachedModel(id);
      bytes += freed;
      terminal.tell(
        { event: "cleared", model: id, bytes: freed },
        `deleted ${id}, ${bytesText(freed)}`,
      );
    }
    terminal.emit({ models: ids.length, bytes });
  },
});
