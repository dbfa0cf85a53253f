/**
 * The dashboard beside a run, in a process of its own with a low priority: reading what a page asks for takes nothing from the
 * event loop of the run, in which its rollouts are played.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ownModule } from "../../core/own-module.ts";
import { lowerPriority } from "./low-priority.ts";

/** What the process serves; it is told once. */
export interface UiJob {
  /** The folder of run folders. */
  readonly runs: string;
}

/** What the process says: where it serves, why it does not, or what it cannot read. */
export type UiReport =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "failed"; readonly problem: string }
  | { readonly kind: "warning"; readonly text: string };

/** A dashboard that another process serves. */
export interface UiProcess {
  /** Its address; undefined where it could not be served, which `onWarning` has said. */
  readonly url: Promise<string | undefined>;
  /** Ends the process. */
  close(): void;
}

/**
 * Starts a process that serves the dashboard on 127.0.0.1, at the first free port from 4320 on. It ends with this process,
 * however this one ends.
 * @param onWarning  is called with what goes wrong: a run does not end by it
 */
export function startUiProcess(job: UiJob, onWarning: (text: string) => void): UiProcess {
  const program = fileURLToPath(ownModule(new URL("./ui-runner.ts", import.meta.url)));
  const child = fork(program, { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const url = Promise.withResolvers<string | undefined>();
  const fail = (problem: string): void => {
    onWarning(problem);
    url.resolve(undefined);
  };
  let isEnding = false;
  child.once("spawn", () => {
    lowerPriority(child.pid!);
    child.send(job);
  });
  child.on("message", (report: UiReport) => {
    if (report.kind === "listening") url.resolve(report.url);
    else if (report.kind === "failed") fail(report.problem);
    else onWarning(report.text);
  });
  child.once("error", ({ message }) => fail(message));
  child.once("exit", (code, by) => {
    if (!isEnding) fail(`the process of the dashboard ended (${by ?? code})`);
  });
  return {
    url: url.promise,
    close: () => {
      isEnding = true;
      url.resolve(undefined);
      child.kill();
    },
  };
}
