/** What the judge of a run has used, kept in its folder for all its sessions; and the end of a run whose budget is spent. */
import { join } from "node:path";
import { isError, isHoneError, messageOf } from "../../core/errors.ts";
import { readFormat, writeFormat } from "../../formats/format.ts";
import { judgeFormat } from "../../formats/run-format.ts";
import { readText, writeWhole } from "../../runs/run-files.ts";
import { runFiles } from "../../runs/run-folder.ts";
import { type OpenedJudge, spendingText } from "./judge-setting.ts";
import type { PipelineEvent } from "./pipeline-events.ts";

/** The judge of a run under way. */
export class JudgeSpending {
  readonly #judge: OpenedJudge;
  #file: string | undefined;

  constructor(judge: OpenedJudge) {
    this.#judge = judge;
  }

  /** Goes on from what earlier sessions of the run in this folder have used. @throws FILE_DAMAGED, FORMAT_UNKNOWN_VERSION */
  async open(runFolder: string): Promise<void> {
    const file = join(runFolder, runFiles.judge);
    const text = await readText(file);
    if (text !== undefined) this.#judge.meter.restore(readFormat(judgeFormat, text, file));
    this.#file = file;
  }

  /** Writes what was used. */
  async save(): Promise<void> {
    if (this.#file === undefined) return;
    const { name, meter } = this.#judge;
    const { costUsd } = meter;
    const cost = costUsd === undefined ? {} : { costUsd };
    const { calls, inputTokens, outputTokens } = meter.spent;
    const record = { judge: name, calls, inputTokens, outputTokens, ...cost };
    await writeWhole(this.#file, writeFormat(judgeFormat, record));
  }

  /**
   * The events of the run, with what was used before its end. A budget that is spent has stopped the run by its signal, as
   * Ctrl-C does, so its whole steps are saved; then the error is thrown.
   * A spending that cannot be written is an error; where the run has ended with an error of its own, a warning before that.
   * @throws RUN_JUDGE_BUDGET_SPENT, and what the run throws
   */
  async *watch(events: AsyncIterable<PipelineEvent>): AsyncGenerator<PipelineEvent, void> {
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const event of events) {
        if (event.kind === "step") await this.save();
        const isEnd = event.kind === "done" || event.kind === "stopped";
        if (isEnd) yield { kind: "note", text: spendingText(this.#judge) };
        yield event;
      }
    } catch (error) {
      failure = { error };
    } finally {
      // Also where the events are read no further.
      if (failure === undefined) await this.save();
    }
    if (failure !== undefined) {
      const unsaved = await this.save().then(
        () => undefined,
        (problem: unknown) => problem,
      );
      if (unsaved !== undefined) yield unsavedWarning(unsaved);
      throw failure.error;
    }
    const { reason } = this.#judge.spent.signal as { readonly reason: unknown };
    if (isError(reason, "RUN_JUDGE_BUDGET_SPENT")) throw reason;
  }
}

function unsavedWarning(problem: unknown): PipelineEvent {
  const text = `what the judge has used could not be written, so that a resume counts less than was used: ${messageOf(problem)}`;
  return { kind: "warning", code: isHoneError(problem) ? problem.code : "WRITE_FAILED", text };
}
