/**
 * Ctrl-C: the first asks the work to save and end, the second ends the process at once.
 *
 * Ending at once is safe at any moment: on the process's "exit" event the engine lets no further product begin and waits
 * for the one under way.
 */
import { exitCodes } from "./exit-codes.ts";

/**
 * Two signals within this time, in ms, count as one press of Ctrl-C. A signal to a process group reaches this process and
 * the launcher, and without a terminal the launcher cannot tell and sends it on, so that one press arrives twice.
 */
const SAME_PRESS_MS = 100;

/** The requests of a user to stop. */
export interface Interrupt {
  /** Aborts at the first request to stop. */
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after SIGTERM, 0 after the reader of stdout closed it; undefined while the command may go on. */
  readonly exitCode: number | undefined;
  /** Acts as Ctrl-C does, for a terminal that delivers the key as input instead of a signal. */
  press(): void;
  /** The next Ctrl-C calls `instead` and does nothing else. The returned function undoes this. */
  divert(instead: () => void): () => void;
  /** Stops listening for signals. */
  release(): void;
}

/** Resolves when a user asked to stop: what a command waits for that serves until then. */
export const untilStopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Listens for SIGINT, SIGTERM and a closed stdout. `onFirst` is called at the first signal. */
export function listenForInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let stoppedAt = 0;
  let diverted: (() => void) | undefined;
  const stop = (code: number): void => {
    if (exitCode !== undefined) {
      if (performance.now() - stoppedAt < SAME_PRESS_MS) return;
      process.exit(exitCode);
    }
    exitCode = code;
    stoppedAt = performance.now();
    // Code 0: the reader of stdout has ended, so there is no message to print.
    if (code !== exitCodes.done) onFirst();
    controller.abort();
  };
  const press = (): void => {
    const instead = diverted;
    diverted = undefined;
    if (instead === undefined) stop(exitCodes.interrupted);
    else instead();
  };
  const onTerminate = (): void => stop(exitCodes.terminated);
  // EPIPE: the program that reads our output has ended, as `| head` does after its lines. The run is saved and ends.
  const onUnread = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EPIPE" && exitCode === undefined) stop(exitCodes.done);
  };
  process.on("SIGINT", press).on("SIGTERM", onTerminate);
  process.stdout.on("error", onUnread);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    press,
    divert: (instead) => {
      diverted = instead;
      return () => (diverted = undefined);
    },
    release: () => {
      process.off("SIGINT", press).off("SIGTERM", onTerminate);
      process.stdout.off("error", onUnread);
    },
  };
}
