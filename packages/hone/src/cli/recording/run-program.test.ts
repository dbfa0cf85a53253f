import { describe, expect, it } from "vitest";
import { runProgram } from "./run-program.ts";

describe("a program that cannot be started", () => {
  // Some of these make `spawn` throw, others emit an "error" event.
  it.each([
    ["an empty name", "", 127, "there is no such program"],
    ["a name of nothing", "no-such-program-here", 127, "there is no such program"],
    ["a path through a file", `${import.meta.filename}/x`, 126, "ENOTDIR"],
    ["a folder", import.meta.dirname, 126, "permission denied"],
    ["a name with a zero", "a\0b", 126, "null bytes"],
  ])("is an error with the shell's code: %s", async (_, program, code, reason) => {
    const signals = process.listenerCount("SIGTERM");
    const end = await runProgram([program], process.env);
    expect(end.code).toBe(code);
    expect(end.error).toMatchObject({ code: "PROGRAM_NOT_STARTED", facts: { program } });
    expect(end.error!.message).toContain(reason);
    expect(process.listenerCount("SIGTERM")).toBe(signals);
  });
});
