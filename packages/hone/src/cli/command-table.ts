/** The table of commands. A command's file, and all that stands behind it, is loaded when it is called. */
import { editDistance } from "../core/edit-distance.ts";
import type { CommandDefinition } from "./command.ts";

export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<CommandDefinition>;
}

const row = (
  name: string,
  summary: string,
  load: () => Promise<{ readonly command: CommandDefinition }>,
): CommandRow => ({ name, summary, load: async () => (await load()).command });

/** In the order in which help lists them. */
export const commands: readonly CommandRow[] = [
  row("run math", "a model learns to solve equations", () => import("./training/run-math.ts")),
  row(
    "train sft",
    "learn from conversations or an expert",
    () => import("./training/train-sft.ts"),
  ),
  row(
    "train grpo",
    "learn from rewards in an environment",
    () => import("./training/train-grpo.ts"),
  ),
  row("eval", "measure a model on held-out tasks", () => import("./training/eval.ts")),
  row("chat", "talk to a model, a run or an adapter", () => import("./serving/chat.ts")),
  row("model new", "make a small model from a seed", () => import("./models/model-new.ts")),
  row("model show", "what a model is and what it needs", () => import("./models/model-show.ts")),
  row(
    "model merge",
    "fold an adapter into its base model",
    () => import("./models/model-merge.ts"),
  ),
  row("runs list", "every run below a folder", () => import("./training/runs-list.ts")),
  row("runs show", "one run: settings, progress, result", () => import("./training/runs-show.ts")),
  row("runs compare", "several runs side by side", () => import("./training/runs-compare.ts")),
  row("runs delete", "delete runs", () => import("./training/runs-delete.ts")),
  row(
    "adapter export",
    "save a run's adapter as PEFT files",
    () => import("./models/adapter-export.ts"),
  ),
  row("cache list", "models in the Hugging Face cache", () => import("./models/cache-list.ts")),
  row("cache clear", "delete models from that cache", () => import("./models/cache-clear.ts")),
  row("record", "run a program and record its calls", () => import("./recording/record.ts")),
  row("collect", "take OpenTelemetry's spans into a store", () => import("./serving/collect.ts")),
  row("traces list", "the traces of a store", () => import("./traces/traces-list.ts")),
  row("traces show", "one trace as a tree", () => import("./traces/traces-show.ts")),
  row("traces search", "traces that hold some words", () => import("./traces/traces-search.ts")),
  row("traces stats", "counts, rewards, times, tokens", () => import("./traces/traces-stats.ts")),
  row("traces tail", "what is written, as it comes", () => import("./traces/traces-tail.ts")),
  row("traces export", "traces as a file of JSON lines", () => import("./traces/traces-export.ts")),
  row("traces import", "such a file into a store", () => import("./traces/traces-import.ts")),
  row("traces delete", "delete traces", () => import("./traces/traces-delete.ts")),
  row(
    "traces send",
    "traces to an OpenTelemetry collector",
    () => import("./traces/traces-send.ts"),
  ),
  row("feedback rate", "rate traces one by one", () => import("./feedback/feedback-rate.ts")),
  row(
    "feedback compare",
    "choose the better answer",
    () => import("./feedback/feedback-compare.ts"),
  ),
  row("feedback correct", "write a better answer", () => import("./feedback/feedback-correct.ts")),
  row("feedback import", "feedback from a file", () => import("./feedback/feedback-import.ts")),
  row(
    "feedback export",
    "rewards and preference pairs",
    () => import("./feedback/feedback-export.ts"),
  ),
  row("store copy", "traces of one store into another", () => import("./traces/store-copy.ts")),
  row("store check", "what is wrong with a store", () => import("./traces/store-check.ts")),
  row(
    "store migrate",
    "a store's schema to this version",
    () => import("./traces/store-migrate.ts"),
  ),
  row("store prune", "delete old traces", () => import("./traces/store-prune.ts")),
  row("doctor", "what this machine can do, what is wrong", () => import("./models/doctor.ts")),
];

/** The row that the words of a command line begin with, and the words after its name. */
export function findCommand(
  words: readonly string[],
): { readonly row: CommandRow; readonly rest: readonly string[] } | undefined {
  for (const row of commands) {
    const name = row.name.split(" ");
    if (name.every((word, i) => words[i] === word)) return { row, rest: words.slice(name.length) };
  }
  return undefined;
}

/** The rows of a group: "model" has new, show and merge. */
export function groupOf(word: string | undefined): readonly CommandRow[] {
  return commands.filter((row) => row.name.startsWith(`${word} `));
}

/** The command that was probably meant: at most two letters away, or the same with more behind it. */
export function nearestCommand(words: readonly string[]): string | undefined {
  const rated = commands.flatMap(({ name }) => {
    const count = name.split(" ").length;
    const given = words.slice(0, count).join(" ");
    const distance = name.startsWith(given) && given.length > 1 ? 1 : editDistance(given, name);
    return distance <= 2 ? [{ name, distance }] : [];
  });
  return rated.toSorted((a, b) => a.distance - b.distance)[0]?.name;
}
