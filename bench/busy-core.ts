/** Keeps one core busy with another process while something is measured. */
import { startChild } from "./children.ts";

/** Ends by itself when whoever started it is gone. */
const SPIN = "const parent = process.ppid; while (process.ppid === parent);";

/** Starts the process; the returned function ends it. */
export function keepCoreBusy(): () => void {
  const spinner = startChild(process.execPath, ["-e", SPIN], { stdio: "ignore" });
  return () => void spinner.kill("SIGKILL");
}
