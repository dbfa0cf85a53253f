/**
 * What has to be done before the process ends, however it ends: by itself, by `process.exit`, an uncaught error or a signal.
 *
 * A signal that the app listens to is the app's. One that nobody else listens to still ends the process as that signal
 * does, after the hooks.
 */
import { type AtExit, sharedState } from "./trace-context.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs the hook once, when the process ends; returns what takes it back. */
export function atExit(hook: AtExit): () => void {
  const state = sharedState();
  state.atExit.add(hook);
  if (!state.isWatchingExit) {
    state.isWatchingExit = true;
    watchExit(state.atExit);
  }
  return () => void state.atExit.delete(hook);
}

function watchExit(hooks: Set<AtExit>): void {
  let uncaught: unknown;
  const runAll = (problem: unknown): void => {
    const all = [...hooks];
    hooks.clear();
    for (const hook of all) hook(problem);
  };
  process.on("uncaughtExceptionMonitor", (error) => {
    uncaught = error;
  });
  process.on("exit", (code) => runAll(code === 0 ? undefined : uncaught));
  for (const signal of signals) {
    const ended = (): void => {
      if (process.listenerCount(signal) > 1) return stepAside(signal, ended);
      runAll(undefined);
      process.off(signal, ended);
      process.kill(process.pid, signal);
    };
    process.on(signal, ended);
  }
}

/** Longer than a library takes to clean up. */
const asideMs = 10_000;

/**
 * The signal is the app's. Libraries, OpenAI Agents JS among them, end the process only if nobody else listens, and look
 * after they have cleaned up: nobody may find us then.
 */
function stepAside(signal: NodeJS.Signals, listener: () => void): void {
  process.off(signal, listener);
  setTimeout(() => process.on(signal, listener), asideMs).unref();
}
