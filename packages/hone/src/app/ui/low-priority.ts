/** Processes beside work that matters more: a dashboard beside its run, a model to chat with. */
import { setPriority } from "node:os";

/** Added to the priority of a process: the system gives the others the processor first. */
const NICENESS = 10;

/** Lets other processes go first. Some systems do not let a process change another's priority; it then takes its share like any program. */
export function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // As it was.
  }
}
