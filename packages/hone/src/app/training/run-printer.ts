/** Prints a training run while it happens: a table of steps as text, or every event as JSON, and the result at the end. */
import type { Progress } from "../../core/progress.ts";
import { isError } from "../../core/errors.ts";
import type { PipelineEvent, TrainResult } from "./pipeline-events.ts";
import { evaluationFacts, evaluationText, shortPath } from "./run-figures.ts";
import { resultFacts, resultLines, resultText } from "./run-result.ts";
import { isScoring, rolloutsText } from "./rollouts-text.ts";
import { stepNews } from "./step-news.ts";
import { workersText } from "../workers/queue-events.ts";

/** What a run is printed with: the command line's terminal, or that of `train()`. */
export interface RunTerminal {
  /** Whether facts are printed, for programs, and no text. */
  readonly isJson: boolean;
  /** Whether progress overwrites its own line. */
  readonly hasLiveProgress: boolean;
  /** Prints a line for people. */
  say(text: string): void;
  /** Prints a fact for programs. */
  emit(fact: Readonly<Record<string, unknown>>): void;
  /** Prints the fact for programs, else the text. */
  tell(fact: Readonly<Record<string, unknown>>, text: string): void;
  /** Prints a warning. */
  warn(text: string): void;
  readonly progress: (progress: Progress) => void;
  style(style: "bold" | "dim" | "green" | "yellow", text: string, stream?: "stderr"): string;
}

type StepEvent = Extract<PipelineEvent, { readonly kind: "step" }>;

/** The columns of the table of steps: title, metric, digits. A phase with rollouts shows all, another those it has. */
const columns: readonly (readonly [string, string, number])[] = [
  ["loss", "loss", 4],
  ["reward", "reward", 3],
  ["success", "success", 2],
  ["kl/nats", "kl_old", 4],
  ["entropy", "entropy", 3],
  ["gradient", "gradient_norm", 3],
  ["no signal", "groups_without_signal", 0],
  ["failed", "rollouts_failed", 0],
];

/** Columns of a phase that learns from preferences. */
const preferenceColumns: typeof columns = [
  ["margin", "reward_margin", 3],
  ["preferred", "reward_accuracy", 2],
];

/** A column is as wide as its title, and at least so wide. */
const COLUMN_WIDTH = 7;

/** A rollout that takes longer than this is reported where there is no terminal, too; in seconds. */
const SLOW_SECONDS = 5;

/** A step that takes longer than this is reported where there is no terminal, too; in seconds. */
const VERY_SLOW_SECONDS = 30;

/** How many lines a phase with more steps than this prints, about. */
const LINES_PER_PHASE = 20;

/**
 * Prints a run.
 * @param again  the command line, or the call, that resumes the run in a folder
 * @returns its result, or undefined when it was stopped
 */
export async function printRun(
  events: AsyncIterable<PipelineEvent>,
  terminal: RunTerminal,
  again: (folder: string) => string,
): Promise<TrainResult | undefined> {
  const printer = new RunPrinter(terminal, again);
  let result: TrainResult | undefined;
  try {
    for await (const event of events) {
      printer.print(event);
      if (event.kind === "done" || event.kind === "finished") result = event.result;
    }
  } catch (error) {
    printer.printEnd(error);
    throw error;
  }
  return result;
}

/** Prints the events of one run. */
export class RunPrinter {
  readonly #terminal: RunTerminal;
  readonly #again: (folder: string) => string;
  /** Codes of steps' warnings that were explained already. */
  readonly #explained = new Set<string>();
  /** Undefined until the run has said where it writes. */
  #folder: string | undefined;
  /** The phase that runs, and how many of its steps are done. */
  #current: { readonly name: string; readonly steps: number; done: number } | undefined;
  #seconds = 0;
  #stepsDone = 0;
  /** The columns of the current phase, decided by its first step. */
  #shown: typeof columns | undefined;

  constructor(terminal: RunTerminal, again: (folder: string) => string) {
    this.#terminal = terminal;
    this.#again = again;
  }

  print(event: PipelineEvent): void {
    const terminal = this.#terminal;
    switch (event.kind) {
      case "note":
        return this.#note(event);
      case "warning": {
        const { code, text } = event;
        terminal.emit({ event: "warning", code, text });
        return terminal.warn(`${terminal.style("yellow", `${code}:`, "stderr")} ${text}`);
      }
      case "rollouts":
        return this.#rollouts(event);
      case "computing":
        return this.#computing(event);
      case "workers": {
        const { kind, ...counts } = event;
        return terminal.tell({ event: kind, ...counts }, `  ${workersText(event)}`);
      }
      case "phase":
        return this.#phase(event);
      case "step":
        return this.#step(event);
      case "evaluating":
        terminal.emit({ event: "evaluating", name: event.name, tasks: event.tasks });
        return terminal.progress({ what: `measuring ${event.tasks} held-out tasks` });
      case "evaluated": {
        const { name, evaluation } = event;
        const fact = { event: "evaluated", name, ...evaluationFacts(evaluation) };
        return terminal.tell(fact, `  ${name.padEnd(10)}  ${evaluationText(evaluation)}`);
      }
      case "checkpoint":
        return terminal.emit({
          event: "checkpoint",
          path: event.path,
          phase: event.phase,
          step: event.step,
        });
      case "stopped": {
        const { kind: _, ...stopped } = event;
        return this.#stopped(stopped, `stopped and saved at ${placeText(event)}`);
      }
      case "done":
        return this.#done(event.result);
      case "finished":
        return this.#finished(event);
    }
  }

  /** Says how the run goes on where the signal stopped it outside of its steps, as while a model is opened. */
  printEnd(error: unknown): void {
    const folder = this.#folder;
    if (folder === undefined || !isError(error, "CANCELLED")) return;
    this.#stopped({ folder }, "stopped; what was saved before is kept");
  }

  #stopped(stopped: { readonly folder: string }, text: string): void {
    this.#terminal.tell({ stopped }, `  ${text}\n  → ${this.#again(shortPath(stopped.folder))}`);
  }

  #note({ text, folder }: Extract<PipelineEvent, { readonly kind: "note" }>): void {
    // The folders of a run's parts are named later.
    this.#folder ??= folder;
    this.#terminal.tell({ event: "note", text, ...(folder && { folder }) }, `  ${text}`);
  }

  #phase({ name, steps, startStep }: Extract<PipelineEvent, { readonly kind: "phase" }>): void {
    this.#seconds = 0;
    this.#stepsDone = 0;
    this.#shown = undefined;
    this.#current = { name, steps, done: startStep };
    const from = startStep === 0 ? "" : `, from step ${startStep + 1}`;
    const text = `${this.#terminal.style("bold", name)}  ${steps} ${steps === 1 ? "step" : "steps"}${from}`;
    this.#terminal.tell({ event: "phase", name, steps, startStep }, text);
  }

  #step({ phase, steps, step, seconds }: StepEvent): void {
    const terminal = this.#terminal;
    const { metrics, warnings = {} } = step;
    terminal.emit({ event: "step", phase, step: step.step, steps, seconds, metrics, warnings });
    if (this.#current !== undefined) this.#current.done = step.step;
    this.#seconds += seconds;
    this.#stepsDone++;
    if (this.#shown === undefined) this.#head(metrics);
    const every = Math.max(1, Math.floor(steps / LINES_PER_PHASE));
    if (step.step === 1 || step.step % every === 0 || step.step === steps) {
      const numbers = this.#shown!.map(
        ([, metric, digits]) => metrics[metric]?.toFixed(digits) ?? "·",
      );
      terminal.say(this.#row([String(step.step), ...numbers, `${seconds.toFixed(2)} s`]));
    }
    for (const { code, text } of stepNews(step)) {
      if (this.#explained.has(code)) continue;
      this.#explained.add(code);
      if (!terminal.isJson)
        terminal.warn(`${terminal.style("yellow", `${code}:`, "stderr")} ${text}`);
    }
    const pace = this.#seconds / this.#stepsDone;
    // Without a terminal the lines of the table are the progress.
    if (terminal.isJson || !terminal.hasLiveProgress) return;
    terminal.progress({
      what: phase,
      share: step.step / steps,
      rate: `${(1 / pace).toPrecision(2)} steps/s`,
      secondsLeft: (steps - step.step) * pace,
    });
  }

  /** In a pipe and with --json only what is slow or late is news. */
  #rollouts(event: Extract<PipelineEvent, { readonly kind: "rollouts" }>): void {
    const { done, total, missed, longestSeconds } = event;
    const isLive = !this.#terminal.isJson && this.#terminal.hasLiveProgress;
    const seconds = Math.max(longestSeconds, isScoring(event) ? event.scored.seconds : 0);
    if (!isLive && seconds < SLOW_SECONDS && missed === 0) return;
    const counts = isScoring(event) ? event.scored : { done, total };
    this.#terminal.progress({ what: rolloutsText(event), share: counts.done / counts.total });
  }

  /** A step that takes long, by itself or since the last one ended; in a pipe and with --json only one that takes very long. */
  #computing({ name, seconds }: Extract<PipelineEvent, { readonly kind: "computing" }>): void {
    const terminal = this.#terminal;
    const isLive = !terminal.isJson && terminal.hasLiveProgress;
    if (seconds < (isLive ? SLOW_SECONDS : VERY_SLOW_SECONDS)) return;
    const time = `${Math.round(seconds)} s so far`;
    const { name: phase, steps, done } = this.#current ?? {};
    if (phase !== name || steps === undefined || done === undefined)
      return terminal.progress({ what: `${name}: ${time}` });
    terminal.progress({
      what: `${name}: step ${done + 1} of ${steps}, ${time}`,
      share: done / steps,
    });
  }

  /** A first step that learned nothing has fewer metrics than later ones, so a phase with rollouts shows all columns. */
  #head(metrics: StepEvent["step"]["metrics"]): void {
    const isRollout = "reward" in metrics;
    this.#shown = [
      ...columns.filter(([, metric]) => isRollout || metric in metrics),
      ...preferenceColumns.filter(([, metric]) => metric in metrics),
    ];
    const heads = ["step", ...this.#shown.map(([head]) => head), "time"];
    this.#terminal.say(this.#terminal.style("dim", this.#row(heads)));
  }

  /** Cells below their heads: the step, a metric each, the time. */
  #row(cells: readonly string[]): string {
    const widths = [4, ...this.#shown!.map(([head]) => Math.max(COLUMN_WIDTH, head.length)), 7];
    return cells.map((cell, i) => cell.padStart(widths[i]!)).join(" ");
  }

  #done(result: TrainResult): void {
    const lines = resultLines(result, (style, text) => this.#terminal.style(style, text));
    this.#terminal.tell(resultFacts(result), lines.join("\n"));
  }

  /** Without the mark of success, since nothing was done. */
  #finished({ phases, result, further }: Extract<PipelineEvent, { kind: "finished" }>): void {
    const steps = phases.map(({ name, steps: count }) => `${name} ${count} of ${count} steps`);
    const lines = [
      `${shortPath(result.folder)} is finished already: ${steps.join(", ")}; nothing was changed`,
      `  ${resultText(result)}`,
      `  → ${shortPath(result.report)}`,
      `  → a new run trains its model further: ${further}`,
    ];
    this.#terminal.tell({ ...resultFacts(result), finished: phases, further }, lines.join("\n"));
  }
}

/** How far a stopped run is: "grpo step 12", "traces, 40 of 100 tries". */
const placeText = ({
  phase,
  step,
  work,
}: Extract<PipelineEvent, { readonly kind: "stopped" }>): string =>
  work === undefined
    ? `${phase} step ${step}`
    : `${phase}, ${work.done} of ${work.total} ${work.unit}`;
