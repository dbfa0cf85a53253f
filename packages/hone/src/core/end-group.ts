/** Ends programs that this process started. */

/**
 * Ends a program at once, and what it has started; nothing where it never began or has ended.
 * @param isGroup  it leads a group of its own (`detached`), which is ended as a whole
 */
export function endGroup(pid: number | undefined, isGroup: boolean): void {
  if (pid === undefined) return;
  try {
    process.kill(isGroup ? -pid : pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}
