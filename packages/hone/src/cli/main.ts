/** The program `hone`. */
import { runCommandLine } from "./run-command.ts";

// `hone runs list | head` ends the reader early; that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCommandLine(process.argv.slice(2), process);
