/** The promises of a `Sandbox` as tests. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isError } from "../core/errors.ts";
import type { Sandbox, SandboxLimits, SandboxProgram } from "../ports/sandbox.ts";
import { type ContractPrograms, contractPrograms } from "./sandbox-programs.ts";

export type { ContractPrograms } from "./sandbox-programs.ts";

/** How the tests open the sandbox that they check. */
export interface SandboxContractOptions {
  /** Opens a sandbox with these limits that runs two programs side by side. It is opened once, and once more to be closed. */
  readonly open: (limits: Partial<SandboxLimits>) => Sandbox;
  /** Programs instead of those for the sandbox's language. Default none. */
  readonly programs?: Partial<ContractPrograms>;
  /** Tests that the sandbox cannot pass, by a part of their name, with the reason, which is shown. Default none. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Long enough for a machine with other work; programs that are to be stopped have a limit of their own. */
const limits = { timeMs: 60_000, memoryMb: 128 } as const;

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);

/**
 * Defines the tests of the promises of a `Sandbox`, for vitest. A new sandbox is done when they pass.
 *
 * @param name  names the sandbox in the tests' names
 * @example sandboxContract("quickjs", { open: (limits) => javascriptSandbox({ limits, size: 2 }) });
 */
export function sandboxContract(name: string, options: SandboxContractOptions): void {
  describe(`${name} sandbox`, { timeout: 240_000 }, () => {
    let sandbox: Sandbox;
    beforeAll(() => {
      sandbox = options.open(limits);
    });
    afterAll(() => sandbox.close());

    const program = (which: keyof ContractPrograms): string | undefined =>
      options.programs?.[which] ?? contractPrograms[sandbox.language][which];
    const run = (which: keyof ContractPrograms, more: Partial<SandboxProgram> = {}) =>
      sandbox.run({ code: program(which) ?? "", ...more });
    const promise = (title: string, body: (skip: (why: string) => void) => Promise<void>): void => {
      const reason = Object.entries(options.skip ?? {}).find(([part]) => title.includes(part))?.[1];
      if (reason === undefined) it(title, ({ skip }) => body(skip));
      else it.skip(`${title} (${reason})`);
    };

    promise("hands back what a program writes, and a good end", async () => {
      const result = await run("prints");
      expect(result).toMatchObject({ exitCode: 0, stdout: "out\n", stderr: "err\n" });
      expect(result.failure).toBeUndefined();
      expect(result.cut).toEqual({ stdout: 0, stderr: 0 });
      expect(result.value).toBeUndefined();
    });

    promise("hands back a program's own exit code", async () => {
      const result = await run("exits");
      expect(result).toMatchObject({ exitCode: 3, failure: { kind: "exit" } });
    });

    promise("makes a result of a program that fails", async () => {
      const { exitCode, failure, stderr } = await run("fails");
      expect(exitCode).not.toBe(0);
      expect(["exception", "exit"]).toContain(failure?.kind);
      expect(stderr).toMatch(/of the program|no_such_command/);
    });

    promise("gives a program its standard input", async () => {
      expect((await run("copiesInput", { stdin: "one\ntwo ü\n" })).stdout).toBe("one\ntwo ü\n");
      expect((await run("copiesInput")).stdout).toBe("");
    });

    promise("gives a program its files, and hands back what changed", async () => {
      const given = { "in.txt": "a", "gone.txt": "", "kept.txt": new Uint8Array([1]) };
      const result = await run("changesFiles", { files: given });
      expect(result.failure).toBeUndefined();
      const files = Object.entries(result.files).map(([path, bytes]) => [path, text(bytes)]);
      expect(Object.fromEntries(files)).toEqual({ "in.txt": "ab", "made/out.txt": "new" });
      expect(result.removed).toEqual(["gone.txt"]);
      expect(given["kept.txt"]).toEqual(new Uint8Array([1]));
    });

    promise("ends a program at the limit on time, and runs the next", async () => {
      const result = await run("loops", { limits: { timeMs: 150 } });
      expect(result).toMatchObject({ exitCode: 124, failure: { kind: "limit", limit: "time" } });
      expect(result.runMs).toBeGreaterThanOrEqual(149);
      expect((await run("prints")).stdout).toBe("out\n");
    });

    promise("ends a program at the limit on memory, and runs the next", async () => {
      const result = await run("takesMemory");
      expect(result).toMatchObject({ exitCode: 137, failure: { kind: "limit", limit: "memory" } });
      expect((await run("prints")).stdout).toBe("out\n");
    });

    promise("cuts output at its limit and counts what it cuts", async () => {
      const result = await run("floods", { limits: { outputBytes: 1_000 } });
      expect(result.failure).toBeUndefined();
      expect(result.stdout).toHaveLength(1_000);
      expect(result.cut).toEqual({ stdout: 54_000, stderr: 0 });
    });

    promise("refuses more files or bytes than the limits allow", async () => {
      const failure = { kind: "limit", limit: "files" };
      const count = await run("writesFiles", { limits: { fileCount: 5 } });
      expect(count).toMatchObject({ failure, files: {} });
      const size = await run("writesFiles", { limits: { fileBytes: 5 } });
      expect(size).toMatchObject({ failure, files: {} });
      expect(size.exitCode).not.toBe(0);
    });

    promise("starts every run from a fresh state", async () => {
      expect((await run("leaves")).failure).toBeUndefined();
      for (let i = 0; i < 2; i++) expect((await run("finds")).stdout.trim()).toBe("nothing");
    });

    promise("makes time and randomness a function of `now` and `seed`", async (skip) => {
      if (program("randomAndTime") === undefined) skip("the sandbox has the system's clock");
      const now = Date.UTC(2031, 4, 6);
      const [first, again, other] = [
        await run("randomAndTime", { seed: 1, now }),
        await run("randomAndTime", { seed: 1, now }),
        await run("randomAndTime", { seed: 2, now }),
      ];
      expect(first.failure).toBeUndefined();
      expect(first.stdout).toContain(String(now / 1000));
      expect(again.stdout).toBe(first.stdout);
      expect(other.stdout).not.toBe(first.stdout);
      expect(other.stdout).toContain(String(now / 1000));
    });

    promise("shows bytes that are no UTF-8 as U+FFFD", async (skip) => {
      if (program("writesBytes") === undefined) skip("programs write texts");
      expect((await run("writesBytes")).stdout).toBe("\uFFFDx");
    });

    promise("calls the entry, or refuses one where there are no functions", async () => {
      const code = program("defines");
      const entry = { function: "add", arguments: [1, 2] };
      if (code === undefined) {
        await expect(sandbox.run({ code: "", entry })).rejects.toThrow(/OPTION_INVALID/);
        return;
      }
      expect(await sandbox.run({ code, entry })).toMatchObject({ exitCode: 0, value: 3 });
      const nothing = await sandbox.run({ code, entry: { function: "nothing" } });
      expect([nothing.failure, nothing.value ?? undefined]).toEqual([undefined, undefined]);
      for (const called of ["circle", "absent"]) {
        const { failure, exitCode } = await sandbox.run({ code, entry: { function: called } });
        expect([exitCode, failure?.kind], called).toEqual([1, "value"]);
      }
    });

    promise("refuses what cannot be run, before anything runs", async () => {
      for (const path of ["/etc/passwd", "../a", "a/../../b", "a\0b", "", ".", "a//b"]) {
        const refused = sandbox.run({ code: "", files: { [path]: "x" } });
        await expect(refused, path).rejects.toThrow(/SANDBOX_FILE_INVALID/);
      }
      await expect(sandbox.run({ code: "", limits: { timeMs: 60_001 } })).rejects.toThrow(
        /OPTION_INVALID.*limits.timeMs = 60001.*at most 60000/,
      );
      const unknown: SandboxProgram = { code: "", ...{ netwrok: true } };
      await expect(sandbox.run(unknown)).rejects.toThrow(/OPTION_INVALID.*netwrok/);
    });

    promise("ends a run by its signal, with the signal's reason", async () => {
      const reason = new Error("no longer wanted");
      await expect(sandbox.run({ code: "" }, { signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      );
      const abort = new AbortController();
      const loop = sandbox.run({ code: program("loops") ?? "" }, { signal: abort.signal });
      setTimeout(() => abort.abort(reason), 50);
      await expect(loop).rejects.toBe(reason);
      expect((await run("prints")).stdout).toBe("out\n");
    });

    promise("keeps runs apart that run side by side", async () => {
      const inputs = ["a\n", "b\n", "c\n"];
      const results = await Promise.all(inputs.map((stdin) => run("copiesInput", { stdin })));
      expect(results.map(({ stdout }) => stdout)).toEqual(inputs);
    });

    promise("runs nothing after it was closed", async () => {
      const other = options.open(limits);
      const loop = other.run({ code: program("loops") ?? "" });
      const ended = loop.then(
        () => undefined,
        (error: unknown) => error,
      );
      await other.close();
      expect(isError(await ended, "SANDBOX_CLOSED")).toBe(true);
      await expect(other.run({ code: "" })).rejects.toThrow(/SANDBOX_CLOSED/);
      await other.close();
    });
  });
}
