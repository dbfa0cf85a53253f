/** `hone model new`: makes a small model from a seed, with a tokenizer trained on given text. */
import { Option } from "commander";
import { domainNames } from "../../app/domains.ts";
import { shortPath } from "../../app/training/run-figures.ts";
import { defineCommand } from "../command.ts";
import { repeated, replaceOption, seedOption, wholeNumber } from "../options.ts";
import { countText } from "../terminal/figures.ts";

interface Flags {
  readonly text?: readonly string[];
  readonly domain: string;
  readonly vocabulary: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly feedForward?: number;
  readonly context: number;
  readonly seed: number;
  readonly replace?: boolean;
}

const size = (flags: string, description: string, byDefault: number): Option =>
  new Option(flags, description).argParser(wholeNumber(1)).default(byDefault);

export const command = defineCommand<Flags>({
  examples: ["npx hone model new models/tiny --text notes.txt --layers 2 --width 64"],
  notes: ["The same options and texts give the same bytes."],
  define: (command) =>
    void command
      .argument("<folder>", "where the model is written")
      .addOption(
        new Option("--text <file>", "train the tokenizer on it; may be repeated").argParser(
          repeated,
        ),
      )
      .addOption(
        new Option(
          "--domain <name>",
          `… or on the text of a domain: ${domainNames.join(", ")}, or your file`,
        ).default("math"),
      )
      .addOption(size("--vocabulary <n>", "tokens, at most", 512))
      .addOption(size("--layers <n>", "decoder layers", 4))
      .addOption(size("--width <n>", "numbers per token between layers", 128))
      .addOption(size("--heads <n>", "query heads", 4))
      .addOption(size("--key-value-heads <n>", "key and value heads", 2))
      .addOption(
        new Option("--feed-forward <n>", "width of the feed-forward layer")
          .argParser(wholeNumber(1))
          .default(undefined, "3 · width"),
      )
      .addOption(size("--context <n>", "longest conversation, in tokens", 512))
      .addOption(seedOption("decides every weight"))
      .addOption(replaceOption()),
  run: async ({ values, flags, terminal }) => {
    const { makeModel } = await import("../../app/models/make-model.ts");
    const { text: files, vocabulary, context, ...rest } = flags;
    const made = await makeModel({
      ...rest,
      files,
      folder: values[0]!,
      vocabularySize: vocabulary,
      contextLength: context,
    });
    terminal.tell(
      { ...made },
      [
        `${shortPath(made.folder)}: ${countText(made.parameterCount)} parameters, ${made.vocabularySize} tokens`,
        `  → npx hone model show ${shortPath(made.folder)}`,
      ].join("\n"),
    );
  },
});
