/** One run of a sweep as a process of its own: `hone train <name>`, whose output is kept in a file. */
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** A command line to run. */
export interface RunRequest {
  /** The words behind `hone`. */
  readonly words: readonly string[];
  /** The file that its output is appended to. */
  readonly log: string;
  /** Aborts when the run is to save and end. */
  readonly signal?: AbortSignal | undefined;
}

/** Runs a command line to its end; its exit code. */
export type RunStarter = (request: RunRequest) => Promise<number>;

const program = fileURLToPath(new URL("../../../bin/hone.js", import.meta.url));

/**
 * Starts the run as a process. It is in a group of its own, so that a terminal's Ctrl-C reaches it once: through the signal, by SIGINT.
 * Where this process ends at once, so does the run, which loses nothing that it saved.
 */
export const startRun: RunStarter = async ({ words, log, signal }) => {
  const output = await open(log, "a");
  try {
    const child = spawn(process.execPath, [program, ...words], {
      stdio: ["ignore", output.fd, output.fd],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const stop = (): void => void child.kill("SIGINT");
    const end = (): void => void child.kill("SIGKILL");
    signal?.addEventListener("abort", stop, { once: true });
    process.once("exit", end);
    try {
      return await new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        // A signal ends a process that is only about to listen for it.
        child.once("exit", (code, by) => resolve(code ?? (by === "SIGINT" ? 130 : 1)));
        if (signal?.aborted) stop();
      });
    } finally {
      signal?.removeEventListener("abort", stop);
      process.off("exit", end);
    }
  } finally {
    await output.close();
  }
};
