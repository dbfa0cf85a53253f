/** The calls of the AI SDK that run, for the end of the process: what was seen of them until then is kept. */
import { atExit } from "../../recording/exit-hooks.ts";
import type { AiSdkRun } from "./run.ts";

export class OpenRuns {
  readonly #open = new Set<AiSdkRun>();
  #forget: (() => void) | undefined;

  /** Before the first trace, whose store closes its own traces at the end: this comes first. */
  watchExit(): void {
    this.#forget ??= atExit((problem) => {
      for (const run of this.#open) {
        // What the process died of is for the traces themselves to tell.
        if (problem === undefined) run.leave();
        else run.breakPrompt({});
      }
    });
  }

  add(run: AiSdkRun): void {
    this.#open.add(run);
  }

  delete(run: AiSdkRun): void {
    this.#open.delete(run);
  }

  remove(): void {
    this.#forget?.();
  }
}
