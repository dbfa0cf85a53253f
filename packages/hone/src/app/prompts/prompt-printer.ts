/** Prints a search for prompts: a line for each step, then what it found. */
import { verdictOf } from "../../core/verdict.ts";
import { FEW_TASKS } from "../../evaluation/before-and-after.ts";
import {
  durationText,
  evaluationFacts,
  intervalText,
  shortPath,
  taskText,
} from "../training/run-figures.ts";
import { RunPrinter, type RunTerminal } from "../training/run-printer.ts";
import { markOf } from "../training/run-result.ts";
import { stepNews } from "../training/step-news.ts";
import type { PromptEvent, PromptResult } from "./prompt-events.ts";

type StepEvent = Extract<PromptEvent, { readonly kind: "step" }>;

/** The columns of the table of steps: title, metric, digits. */
const columns = [
  ["best", "best", 3],
  ["reward", "reward", 3],
  ["candidates", "candidates", 0],
  ["refused", "edits_refused", 0],
  ["rollouts", "rollouts", 0],
  ["critic", "critic_calls", 0],
] as const;

const ends = {
  steps: "all steps are done",
  budget: "its budget does not suffice for more",
  critic: "the critic gave no usable reply any more",
} as const;

/**
 * Prints a search.
 * @param again  the command line that resumes the run in a folder
 * @returns its result, or undefined when it was stopped
 */
export async function printPrompts(
  events: AsyncIterable<PromptEvent>,
  terminal: RunTerminal,
  again: (folder: string) => string,
): Promise<PromptResult | undefined> {
  const printer = new PromptPrinter(terminal, again);
  let result: PromptResult | undefined;
  try {
    for await (const event of events) {
      printer.print(event);
      if (event.kind === "done") ({ result } = event);
    }
  } catch (error) {
    printer.printEnd(error);
    throw error;
  }
  return result;
}

/** Prints the events of one search. */
class PromptPrinter {
  readonly #terminal: RunTerminal;
  readonly #shared: RunPrinter;
  readonly #explained = new Set<string>();

  constructor(terminal: RunTerminal, again: (folder: string) => string) {
    this.#terminal = terminal;
    this.#shared = new RunPrinter(terminal, again);
  }

  print(event: PromptEvent): void {
    if (event.kind === "step") this.#step(event);
    else if (event.kind === "done") this.#done(event.result, event.isOld);
    else this.#shared.print(event);
  }

  /** See `RunPrinter.printEnd`. */
  printEnd(error: unknown): void {
    this.#shared.printEnd(error);
  }

  #step({ phase, steps, step, seconds }: StepEvent): void {
    const terminal = this.#terminal;
    const { metrics, warnings = {}, best, candidates, spent } = step;
    const { prompts } = candidates[best]!;
    const facts = {
      phase,
      step: step.step,
      steps,
      seconds,
      metrics,
      warnings,
      best,
      prompts,
      spent,
    };
    terminal.emit({ event: "step", ...facts });
    if (step.step === 0)
      terminal.say(terminal.style("dim", row(["step", ...columns.map(([head]) => head)])));
    const cells = columns.map(([, name, digits]) => metrics[name]?.toFixed(digits) ?? "·");
    terminal.say(row([String(step.step), ...cells]));
    for (const { code, text } of stepNews(step)) {
      if (this.#explained.has(code)) continue;
      this.#explained.add(code);
      if (!terminal.isJson)
        terminal.warn(`${terminal.style("yellow", `${code}:`, "stderr")} ${text}`);
    }
  }

  #done(result: PromptResult, isOld: boolean): void {
    const { before, after, difference, candidates, ...rest } = result;
    const facts = { ...rest, candidates: candidates.length, isOld };
    const measured = {
      before: evaluationFacts(before),
      after: evaluationFacts(after),
      difference: { success: difference.success, reward: difference.reward },
    };
    this.#terminal.tell(
      { ...(after.taskCount === 0 ? {} : measured), ...facts },
      [
        ...(isOld ? [`${shortPath(result.folder)} was finished before; nothing was run`] : []),
        ...resultLines(result, (style, text) => this.#terminal.style(style, text)),
      ].join("\n"),
    );
  }
}

const row = (cells: readonly string[]): string =>
  cells.map((cell, i) => cell.padStart(i === 0 ? 4 : 10)).join(" ");

function resultLines(result: PromptResult, style: Parameters<typeof markOf>[1]): readonly string[] {
  const { before, after, difference, candidates, best, end, spent, seconds } = result;
  const tokens = spent.criticTokens === undefined ? "" : ` with ${spent.criticTokens} tokens`;
  const chosen =
    best === 0
      ? `none of ${candidates.length - 1} new prompts was better than the first on the validation tasks`
      : `prompt ${best} of ${candidates.length - 1} is the best: ${candidates[0]!.score.toFixed(3)} → ${candidates[best]!.score.toFixed(3)} on the validation tasks`;
  const few = after.taskCount < FEW_TASKS ? ` (${taskText(after.taskCount)}: too few to say)` : "";
  // What is searched for is reward; success follows it where the task says so.
  const verdict = verdictOf(difference.reward ?? difference.success);
  const said = `${verdict === "better" ? "" : `: ${verdict}`}${few}`;
  const measured =
    after.taskCount === 0
      ? ["  nothing was held out, so nothing was measured"]
      : [
          `  success ${before.success.value.toFixed(2)} → ${intervalText(after.success)}, paired difference ${intervalText(difference.success)}${difference.reward === undefined ? said : ""}`,
          ...(difference.reward === undefined
            ? []
            : [
                `  reward ${before.reward?.value.toFixed(2) ?? "–"} → ${after.reward === undefined ? "–" : intervalText(after.reward)}, paired difference ${intervalText(difference.reward)}${said}`,
              ]),
        ];
  return [
    `${markOf(verdict, style)} ${chosen}, ${durationText(seconds)}; it ended since ${ends[end]}`,
    ...measured,
    `  ${spent.rollouts} rollouts, ${spent.criticCalls} calls of the critic${tokens}`,
    `  → ${shortPath(result.file)}`,
    `  → ${shortPath(result.report)}`,
  ];
}
