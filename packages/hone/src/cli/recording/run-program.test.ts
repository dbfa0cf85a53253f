import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { missingProgram, runProgram } from "./run-program.ts";

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

describe("a program that is looked for before anything is made for its recording", () => {
  it("is refused as the system would refuse it, and only where that is sure", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hone-program-"));
    const [plain, runs] = [join(folder, "plain"), join(folder, "runs")];
    await writeFile(plain, "");
    await writeFile(runs, "#!/bin/sh\n");
    await chmod(runs, 0o755);
    const environment = { PATH: `/no/such/folder:${folder}` };
    const code = (program: string): number | undefined =>
      missingProgram(program, environment)?.code;
    for (const name of ["runs", runs, `${plain}/x`, "a\0b"]) expect(code(name)).toBeUndefined();
    for (const name of ["", "no-such", join(folder, "no-such")]) expect(code(name)).toBe(127);
    expect(code(folder)).toBe(126);
    // Root can read every file, but cannot run one without permission to execute.
    for (const name of ["plain", plain]) expect(code(name)).toBe(126);
    for (const name of ["no-such", "plain", "", folder]) {
      const end = await runProgram([name], { ...process.env, ...environment });
      expect(end.code).toBe(code(name));
      expect(end.error!.message).toBe(missingProgram(name, environment)!.error!.message);
    }
    await rm(folder, { recursive: true });
  });
});
