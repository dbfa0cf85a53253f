/** `hone chat`: talk to a model in the terminal, or line by line in a pipe. */
import { Option } from "commander";
import { defineCommand } from "../command.ts";
import { answer, converse } from "./converse.ts";
import {
  adapterOption,
  checkpointOption,
  modelArgument,
  numberBetween,
  runsOption,
  seedOption,
  threadsOption,
  wholeNumber,
} from "../options.ts";

interface Flags {
  readonly adapter?: string;
  readonly system?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly checkpoint?: string;
  readonly runs: string;
  readonly seed: number;
  readonly threads?: number;
}

export const command = defineCommand<Flags>({
  examples: [
    "npx hone chat Qwen/Qwen2.5-0.5B-Instruct",
    "npx hone chat models/tiny --adapter runs/math-20260101-1200-7f3a",
    'npx hone chat 7f3a "3x+7=16" --temperature 0',
  ],
  notes: [
    "With words it answers these and ends.",
    "In a pipe every line is a turn of one conversation, every reply a line.",
    "In a terminal:",
    "  /reset forgets all, /exit ends; Ctrl-C stops a reply, then ends.",
    "A model of `npx hone run math` knows one kind of talk: say the equation as it",
    "  stands (3x+7=16), and it answers with its next action (subtract_terms 7).",
  ],
  define: (command) =>
    void command
      .addArgument(modelArgument())
      .argument("[words...]", "one message, to be answered once")
      .addOption(adapterOption())
      .addOption(checkpointOption())
      .option("--system <text>", "what the model is told first")
      .addOption(
        new Option("--max-tokens <n>", "longest reply, in tokens")
          .argParser(wholeNumber(1))
          .default(512),
      )
      .addOption(
        new Option("--temperature <n>", "0 takes the likeliest token")
          .argParser(numberBetween(0))
          .default(0.7),
      )
      .addOption(
        new Option("--top-p <p>", "share of probability to choose from")
          .argParser(numberBetween(0.001, 1))
          .default(1),
      )
      .addOption(runsOption())
      .addOption(seedOption())
      .addOption(threadsOption()),
  run: async (invocation) => {
    const { values, flags, terminal, signal } = invocation;
    const { openChat } = await import("../../app/serving/open-chat.ts");
    const onProgress = terminal.progress;
    const session = await openChat({ ...flags, model: values[0]!, signal, onProgress });
    terminal.clearProgress();
    for (const notice of session.found.notices) terminal.warn(notice);
    try {
      const words = values.slice(1).join(" ").trim();
      await (words === "" ? converse(session, invocation) : answer(session, words, invocation));
    } finally {
      await session.close();
    }
  },
});
