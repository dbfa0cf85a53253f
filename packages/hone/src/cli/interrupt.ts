/**
 * Ctrl-C: the first asks the work to save and end, the second ends at once.
 *
 * `process.exit` is safe at any moment: the engine closes its gate on the "exit" event and waits for the product under way.
 */

/**
 * One press may arrive twice: a process group's signal reaches us and the launcher, which hands it on when there is no
 * terminal to tell the two apart. Nobody presses again so soon.
 */
const SAME_PRESS_MS = 100;

export interface Interrupt {
  /** Aborts at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after a request to terminate, 0 when nobody reads on; undefined when nobody asked. */
  readonly exitCode: number | undefined;
  /** What Ctrl-C does, for terminals that read the key themselves. */
  press(): void;
  /** Until the returned function is called, Ctrl-C does this (once) instead. */
  divert(instead: () => void): () => void;
  /** Stops listening. */
  release(): void;
}

export function listenForInterrupts(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number | undefined;
  let asked = 0;
  let diverted: (() => void) | undefined;
  const stop = (code: number): void => {
    if (exitCode !== undefined) {
      if (performance.now() - asked < SAME_PRESS_MS) return;
      process.exit(exitCode);
    }
    exitCode = code;
    asked = performance.now();
    // Who does not read on needs no word.
    if (code !== 0) onFirst();
    controller.abort();
  };
  const press = (): void => {
    const instead = diverted;
    diverted = undefined;
    if (instead === undefined) stop(130);
    else instead();
  };
  const onTerminate = (): void => stop(143);
  // Who read our output has gone, at `| head` or with the Ctrl-C that reaches `| tee` as well: save and end.
  const onUnread = (error: NodeJS.ErrnoException): void => {
    if (error.code === "EPIPE" && exitCode === undefined) stop(0);
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
