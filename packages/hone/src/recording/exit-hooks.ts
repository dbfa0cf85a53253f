/**
 * What has to be done before the process ends, however it ends: by itself, by `process.exit`, an uncaught error or a signal.
 *
 * A signal that the app listens to is the app's: nobody of ours is among its listeners then, and what was recorded so far is
 * written, in case that the app ends the process at once. One that nobody else listens to still ends the process as that
 * signal does, after the hooks.
 */
import { safely } from "./safely.ts";
import { type AtExit, type AtSignal, sharedState } from "./trace-context.ts";

/** What is used of `process`. */
export type EndingProcess = Pick<
  NodeJS.Process,
  "pid" | "on" | "off" | "prependListener" | "listeners" | "kill"
>;

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Longer than a library takes to clean up after a signal. */
const asideMs = 10_000;

/**
 * Runs the hook once, when the process ends.
 *
 * @param stand  run at a signal that the app listens to
 * @returns what takes both back
 */
export function atExit(hook: AtExit, stand?: AtSignal): () => void {
  const state = sharedState();
  state.atExit.add(hook);
  if (stand !== undefined) state.atSignal.add(stand);
  if (!state.isWatchingExit) {
    state.isWatchingExit = true;
    watchExit(process, state);
  }
  return () => {
    state.atExit.delete(hook);
    if (stand !== undefined) state.atSignal.delete(stand);
  };
}

/** Everything that is run when the process ends or may end. */
export interface ExitHooks {
  readonly atExit: Set<AtExit>;
  readonly atSignal: Set<AtSignal>;
}

/** Once in a process; `atExit` does it. */
export function watchExit(ending: EndingProcess, hooks: ExitHooks): void {
  let uncaught: unknown;
  const runAll = (problem: unknown): void => {
    const all = [...hooks.atExit];
    hooks.atExit.clear();
    hooks.atSignal.clear();
    // One that fails stops no other, and the process ends as it would have.
    for (const hook of all) safely(() => hook(problem));
  };
  ending.on("uncaughtExceptionMonitor", (error) => {
    uncaught = error;
  });
  ending.on("exit", (code) => runAll(code === 0 ? undefined : uncaught));
  for (const signal of signals) {
    const came = (): void => {
      ending.off(signal, came);
      if (ending.listeners(signal).length > 0) return stepAside();
      runAll(undefined);
      ending.kill(ending.pid, signal);
    };
    /**
     * Libraries end the process only if nobody else listens. Some look in their own listener, before which we are gone since
     * we come first; some, OpenAI Agents JS among them, after they have cleaned up.
     */
    const stepAside = (): void => {
      const goOn = [...hooks.atSignal].map((stand) => safely(stand));
      const comeBack = (): void => {
        ending.prependListener(signal, came);
        for (const again of goOn) if (again !== undefined) safely(again);
      };
      setTimeout(comeBack, asideMs).unref();
    };
    ending.prependListener(signal, came);
  }
}
