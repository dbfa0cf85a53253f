/** The program `hone`. */
import { runCommandLine } from "./run-command.ts";

// `hone runs list | head` closes stdout early, which is not a failure. Commands that save do so first (interrupt.ts).
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), process);
