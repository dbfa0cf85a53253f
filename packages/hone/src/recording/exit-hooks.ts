/**
 * Runs hooks before the process ends, however it ends: by itself, by `process.exit`, an uncaught error or a signal.
 *
 * A signal that the app listens to is left to the app: hone's listener steps aside, and what was recorded so far is written,
 * in case that the app ends the process at once. A signal without another listener ends the process as it would without hone,
 * after the hooks.
 */
import { safely } from "./safely.ts";
import { type AtExit, type AtSignal, sharedState } from "./trace-context.ts";

/** What is used of `process`. */
export type EndingProcess = Pick<
  NodeJS.Process,
  "pid" | "on" | "off" | "prependListener" | "listeners" | "kill"
>;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** How long hone's listener steps aside, in ms: longer than a library takes to clean up after a signal. */
const asideMs = 10_000;

/**
 * Runs the hook once, when the process ends.
 *
 * @param checkpoint  run at a signal that the app listens to
 * @returns a function that removes both
 */
export function atExit(hook: AtExit, checkpoint?: AtSignal): () => void {
  const state = sharedState();
  state.atExit.add(hook);
  if (checkpoint !== undefined) state.atSignal.add(checkpoint);
  if (!state.isWatchingExit) {
    state.isWatchingExit = true;
    watchExit(process, state);
  }
  return () => {
    state.atExit.delete(hook);
    if (checkpoint !== undefined) state.atSignal.delete(checkpoint);
  };
}

/** Everything that is run when the process ends or may end. */
export interface ExitHooks {
  readonly atExit: Set<AtExit>;
  readonly atSignal: Set<AtSignal>;
}

/** Starts to listen for the end of the process; `atExit` calls it once in a process. */
export function watchExit(ending: EndingProcess, hooks: ExitHooks): void {
  let uncaught: unknown;
  const runAll = (problem: unknown): void => {
    const all = [...hooks.atExit];
    hooks.atExit.clear();
    hooks.atSignal.clear();
    // A hook that fails stops no other one, and the process ends as it would without hone.
    for (const hook of all) safely(() => hook(problem));
  };
  ending.on("uncaughtExceptionMonitor", (error) => {
    uncaught = error;
  });
  ending.on("exit", (code) => runAll(code === 0 ? undefined : uncaught));
  for (const signal of signals) {
    const received = (): void => {
      ending.off(signal, received);
      if (ending.listeners(signal).length > 0) return stepAside();
      runAll(undefined);
      ending.kill(ending.pid, signal);
    };
    /**
     * Libraries end the process only if they are the only listener. Some count the listeners in their own listener, which runs
     * after this one; some, OpenAI Agents JS among them, count after they have cleaned up.
     */
    const stepAside = (): void => {
      const resumes = [...hooks.atSignal].map((checkpoint) => safely(checkpoint));
      const comeBack = (): void => {
        ending.prependListener(signal, received);
        for (const resume of resumes) if (resume !== undefined) safely(resume);
      };
      setTimeout(comeBack, asideMs).unref();
    };
    ending.prependListener(signal, received);
  }
}
