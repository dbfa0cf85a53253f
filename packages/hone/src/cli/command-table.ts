/**
 * The table of commands. `hone --help`, `hone <group> --help`, `hone <command> --help` and docs/cli.md are made from it.
 * A command's file, and all that it needs, is loaded when the command is called or its help is asked for.
 */
import { templateNames, templates } from "../app/init/templates.ts";
import { promptMethodNames, promptMethods } from "../app/prompts/prompt-methods.ts";
import { systemNames, systemSummaries } from "../app/systems/system-summaries.ts";
import { trainingNames, trainings } from "../app/trainings.ts";
import { editDistance } from "../core/edit-distance.ts";
import type { CommandDefinition, NamedCommand } from "./command.ts";

/** One command: how it is called, what it does, and where its file is. */
export interface CommandRow {
  /** As it is typed after `hone`: "model new". */
  readonly name: string;
  /** What it does: one line of at most 58 characters, without a period at its end. */
  readonly summary: string;
  readonly load: () => Promise<NamedCommand>;
}

/** Commands of one subject: a section of `hone --help` and of docs/cli.md. */
export interface CommandSubject {
  readonly title: string;
  /** Where docs/ explains these commands, as links from docs/cli.md. */
  readonly pages: readonly string[];
  readonly commands: readonly CommandRow[];
}

const row = (
  name: string,
  summary: string,
  load: () => Promise<{ readonly command: CommandDefinition }>,
): CommandRow => ({
  name,
  summary,
  load: async () => ({ ...(await load()).command, name, summary }),
});

/** In the order in which help lists them. */
export const commandSubjects: readonly CommandSubject[] = [
  {
    title: "Beginning",
    pages: ["domains.md"],
    commands: templateNames.map((name) =>
      row(`init ${name}`, templates[name], async () => {
        const { initCommand } = await import("./init/init-command.ts");
        return { command: initCommand(name) };
      }),
    ),
  },
  {
    title: "Training",
    pages: [
      "#settings",
      "#your-own-conversations",
      "improve.md",
      "prompts.md",
      "sweeps.md",
      "workers.md",
      "dashboard.md",
      "audit.md",
    ],
    commands: [
      ...systemNames.map((name) =>
        row(`run ${name}`, systemSummaries[name], async () => {
          const { runSystemCommand } = await import("./training/run-system-command.ts");
          return { command: runSystemCommand(name) };
        }),
      ),
      ...trainingNames.map((name) =>
        row(`train ${name}`, trainings[name].summary, async () => {
          const { trainCommand } = await import("./training/train-command.ts");
          return { command: trainCommand(name) };
        }),
      ),
      row(
        "train all",
        "Agents, rewards, a model per tool and PPO, from one file",
        () => import("./training/train-all.ts"),
      ),
      row(
        "train --algorithm",
        "Train by an algorithm of your own, from a file",
        () => import("./training/own-algorithm-command.ts"),
      ),
      row(
        "train traces",
        "Learn from the traces of a store, by one of many methods",
        () => import("./training/train-traces-command.ts"),
      ),
      ...promptMethodNames.map((name) =>
        row(`train ${name}`, promptMethods[name].summary, async () => {
          const { trainPromptsCommand } = await import("./training/train-prompts-command.ts");
          return { command: trainPromptsCommand(name) };
        }),
      ),
      row(
        "improve",
        "Make an agent better from recordings of what it did",
        () => import("./training/improve.ts"),
      ),
      row(
        "sweep",
        "Train with many settings and seeds, and compare them",
        () => import("./training/sweep.ts"),
      ),
      row("worker", "Play the rollouts of a trainer's queue", () => import("./serving/worker.ts")),
      row(
        "eval",
        "Measure a model on held-out tasks, with 95 % intervals",
        () => import("./training/eval.ts"),
      ),
      row(
        "runs list",
        "List every run below a folder, newest first",
        () => import("./training/runs-list.ts"),
      ),
      row(
        "runs show",
        "Show one run: its settings, how far it came, its result",
        () => import("./training/runs-show.ts"),
      ),
      row(
        "runs compare",
        "Compare runs: their results and the settings that differ",
        () => import("./training/runs-compare.ts"),
      ),
      row(
        "runs check",
        "Fail where a run did not get better, for CI",
        () => import("./training/runs-check.ts"),
      ),
      row(
        "runs delete",
        "Delete runs with their checkpoints; there is no way back",
        () => import("./training/runs-delete.ts"),
      ),
      row(
        "evals list",
        "List what eval and runs measured on held-out tasks",
        () => import("./training/evals-list.ts"),
      ),
      row(
        "evals compare",
        "Compare two measurements task by task: which got better",
        () => import("./training/evals-compare.ts"),
      ),
      row(
        "evals delete",
        "Delete what eval kept; there is no way back",
        () => import("./training/evals-delete.ts"),
      ),
      row(
        "audit",
        "Whether what was trained is what was sampled, by token",
        () => import("./training/audit.ts"),
      ),
      row("ui", "Runs and traces in the browser", () => import("./serving/ui.ts")),
    ],
  },
  {
    title: "Models",
    pages: ["#what-model-may-be", "models.md"],
    commands: [
      row(
        "chat",
        "Talk to a model, a run or an adapter in the terminal",
        () => import("./serving/chat.ts"),
      ),
      row(
        "serve",
        "Serve a model to clients of OpenAI and Anthropic",
        () => import("./serving/serve.ts"),
      ),
      row(
        "mcp image-search",
        "Serve extracted images as a tool over MCP",
        () => import("./serving/mcp-image-search.ts"),
      ),
      row(
        "model new",
        "Make a small model from a seed, as a Hugging Face folder",
        () => import("./models/model-new.ts"),
      ),
      row(
        "model import",
        "Write a GGUF file of llama.cpp as a Hugging Face folder",
        () => import("./models/model-import.ts"),
      ),
      row(
        "model export",
        "Write a model or a run as a GGUF file for llama.cpp",
        () => import("./models/model-export.ts"),
      ),
      row(
        "model show",
        "Show what a model is and how much memory it needs",
        () => import("./models/model-show.ts"),
      ),
      row(
        "model merge",
        "Fold an adapter into its base model",
        () => import("./models/model-merge.ts"),
      ),
      row(
        "adapter export",
        "Save a run's adapter as PEFT files for Python and servers",
        () => import("./models/adapter-export.ts"),
      ),
      row(
        "cache list",
        "List the models in the Hugging Face cache",
        () => import("./models/cache-list.ts"),
      ),
      row(
        "cache clear",
        "Delete models from the Hugging Face cache",
        () => import("./models/cache-clear.ts"),
      ),
    ],
  },
  {
    title: "Data",
    pages: ["trajectories.md", "data.md", "images.md"],
    commands: [
      row(
        "domains",
        "List the domains, and write their data to files",
        () => import("./data/domains.ts"),
      ),
      row(
        "rollout",
        "Try a domain's tasks by its expert or a model, as files",
        () => import("./data/rollout.ts"),
      ),
      row(
        "extract",
        "Find images of documents with the words around them",
        () => import("./data/extract.ts"),
      ),
      row(
        "tasks import",
        "Import the tasks of a published benchmark",
        () => import("./data/tasks-import.ts"),
      ),
      row(
        "convert",
        "Convert trajectories: chats, traces, the unified format",
        () => import("./data/convert.ts"),
      ),
      row(
        "reward",
        "Reward trajectories by rules, with statistics",
        () => import("./data/reward.ts"),
      ),
      row(
        "dataset sft",
        "Make sets to learn from, one for each tool",
        () => import("./data/dataset-sft.ts"),
      ),
      row(
        "dataset preference",
        "Make pairs of the better and worse tries at a task",
        () => import("./data/dataset-preference.ts"),
      ),
    ],
  },
  {
    title: "Sandboxes",
    pages: ["sandboxes.md"],
    commands: [
      row(
        "sandbox run",
        "Run a program apart from this machine, within limits",
        () => import("./sandboxes/sandbox-run.ts"),
      ),
    ],
  },
  {
    title: "Recording",
    pages: ["traces.md", "opentelemetry.md"],
    commands: [
      row(
        "record",
        "Run a program and record its calls of models and tools",
        () => import("./recording/record.ts"),
      ),
      row(
        "collect",
        "Receive OpenTelemetry spans and store them as traces",
        () => import("./serving/collect.ts"),
      ),
    ],
  },
  {
    title: "Traces",
    pages: ["traces.md", "improve.md", "opentelemetry.md"],
    commands: [
      row(
        "traces list",
        "List the traces of a store, newest first",
        () => import("./traces/traces-list.ts"),
      ),
      row(
        "traces show",
        "Show one trace: its facts, and its spans as a tree",
        () => import("./traces/traces-show.ts"),
      ),
      row(
        "traces session",
        "Show the turns of a session as one conversation",
        () => import("./traces/traces-session.ts"),
      ),
      row(
        "traces search",
        "Find traces that hold all given words",
        () => import("./traces/traces-search.ts"),
      ),
      row(
        "traces stats",
        "Count traces: endings, rewards, times, tokens, costs",
        () => import("./traces/traces-stats.ts"),
      ),
      row(
        "traces errors",
        "What goes wrong, errors that say the same together",
        () => import("./traces/traces-errors.ts"),
      ),
      row(
        "traces tail",
        "Follow what is written into a store, until Ctrl-C",
        () => import("./traces/traces-tail.ts"),
      ),
      row(
        "traces export",
        "Write traces to a file of JSON lines",
        () => import("./traces/traces-export.ts"),
      ),
      row(
        "traces tasks",
        "Write what users asked in traces as a file of tasks",
        () => import("./traces/traces-tasks.ts"),
      ),
      row(
        "traces import",
        "Read a file of exported traces into a store",
        () => import("./traces/traces-import.ts"),
      ),
      row(
        "traces edit",
        "Change session, user, tags and metadata of traces",
        () => import("./traces/traces-edit.ts"),
      ),
      row(
        "traces delete",
        "Delete traces by id or by filter; there is no way back",
        () => import("./traces/traces-delete.ts"),
      ),
      row(
        "traces send",
        "Send traces to an OpenTelemetry collector",
        () => import("./traces/traces-send.ts"),
      ),
    ],
  },
  {
    title: "Feedback",
    pages: ["rewards.md#people", "dashboard.md#people"],
    commands: [
      row("feedback rate", "Rate traces one by one", () => import("./feedback/feedback-rate.ts")),
      row(
        "feedback compare",
        "Choose the better of two answers to a task, pair by pair",
        () => import("./feedback/feedback-compare.ts"),
      ),
      row(
        "feedback correct",
        "Write what a trace should have answered",
        () => import("./feedback/feedback-correct.ts"),
      ),
      row(
        "feedback import",
        "Read ratings, comparisons and corrections from a file",
        () => import("./feedback/feedback-import.ts"),
      ),
      row(
        "feedback export",
        "Write feedback as rewards and as preference pairs",
        () => import("./feedback/feedback-export.ts"),
      ),
      row(
        "queues make",
        "Make a queue of traces for people to judge in the browser",
        () => import("./feedback/queues-make.ts"),
      ),
      row(
        "queues list",
        "List the queues and how far each is",
        () => import("./feedback/queues-list.ts"),
      ),
      row(
        "queues show",
        "Show progress, agreement and conflicts of a queue",
        () => import("./feedback/queues-show.ts"),
      ),
      row(
        "queues export",
        "Write what people said in a queue as a file to train on",
        () => import("./feedback/queues-export.ts"),
      ),
    ],
  },
  {
    title: "Stores",
    pages: ["stores.md"],
    commands: [
      row(
        "store copy",
        "Copy traces into another store and prove that none is lost",
        () => import("./traces/store-copy.ts"),
      ),
      row(
        "store check",
        "Read a whole store and report what is wrong with it",
        () => import("./traces/store-check.ts"),
      ),
      row(
        "store serve",
        "Serve a store over HTTP, for --store https://…",
        () => import("./traces/store-serve.ts"),
      ),
      row(
        "store migrate",
        "Bring a store's schema up to date; there is no way back",
        () => import("./traces/store-migrate.ts"),
      ),
      row(
        "store prune",
        "Delete traces before a time; there is no way back",
        () => import("./traces/store-prune.ts"),
      ),
    ],
  },
  {
    title: "This machine",
    pages: [],
    commands: [
      row(
        "doctor",
        "Check this machine: what works, what is wrong, the remedy",
        () => import("./models/doctor.ts"),
      ),
    ],
  },
];

/** Every command, in the order of help. */
export const commands: readonly CommandRow[] = commandSubjects.flatMap(
  (subject) => subject.commands,
);

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

/** The command that was probably meant: its name is at most two letters away, or begins with what was typed; else the group. */
export function nearestCommand(words: readonly string[]): string | undefined {
  const groups = commands.flatMap(({ name }) => (name.includes(" ") ? [name.split(" ")[0]!] : []));
  const names = commands.map(({ name }) => name);
  return nearest(names, words) ?? nearest([...new Set(groups)], words);
}

function nearest(names: readonly string[], words: readonly string[]): string | undefined {
  const rated = names.flatMap((name) => {
    const count = name.split(" ").length;
    const given = words.slice(0, count).join(" ");
    const distance = name.startsWith(given) && given.length > 1 ? 1 : editDistance(given, name);
    return distance <= 2 && distance <= name.length / 2 ? [{ name, distance }] : [];
  });
  return rated.toSorted((a, b) => a.distance - b.distance)[0]?.name;
}
