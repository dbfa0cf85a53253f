/** A runner's process that sends what a test says, as one could that a program has taken over. */
import { fileURLToPath } from "node:url";
import type { RunnerCommand } from "../../packages/hone/src/sandbox/pool/runner-process.ts";

/**
 * The command of a process that is ready at once and answers every program with the same lines.
 * @param replies  each a reply, or a text for a line that is none
 */
export function scriptedRunner(
  replies: readonly (object | string)[] = [endReply()],
): RunnerCommand {
  const lines = replies.map((one) => (typeof one === "string" ? one : JSON.stringify(one)));
  const script = fileURLToPath(new URL("scripted-runner-process.js", import.meta.url));
  return { program: process.execPath, arguments: [script, JSON.stringify(lines)], env: {} };
}

/** A good end. */
export const endReply = (more: object = {}): object => ({
  kind: "end",
  exitCode: 0,
  files: [],
  removed: [],
  runMs: 1,
  ...more,
});
