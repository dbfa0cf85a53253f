/** The program `hone`. */
import { runCommandLine } from "./run-command.ts";

// `hone runs list | head` ends the reader early; that is no failure of ours. Work that saves does so (interrupt.ts).
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runCommandLine(process.argv.slice(2), process);
