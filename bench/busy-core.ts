/** Keeps one core busy with another process while something is measured. */
import { spawn } from "node:child_process";

/** Starts the process; the returned function ends it. */
export function keepCoreBusy(): () => void {
  const spinner = spawn(process.execPath, ["-e", "for (;;);"], { stdio: "ignore" });
  const end = (): void => void spinner.kill("SIGKILL");
  process.once("exit", end);
  return () => {
    process.off("exit", end);
    end();
  };
}
