import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-sandbox-run-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const program = [
  "const add = (a, b) => a + b;",
  "console.log(readStdin().trim());",
  "console.error('to stderr');",
  "writeFile('made.txt', 'four');",
].join("\n");
writeFileSync(join(folder, "add.js"), program);
writeFileSync(join(folder, "exits.mjs"), "print('before'); exit(7);");
writeFileSync(join(folder, "loops.js"), "for (;;);");
writeFileSync(join(folder, "notes.txt"), "1 + 1");

const run = (words: string, input = "") =>
  commandLine(["sandbox", "run", ...words.split(" ")], { folder, input });

describe("hone sandbox run", () => {
  it("prints what the program writes, and the value of an entry", async () => {
    const ended = await run("add.js --entry add --arguments [1,2]", "given\n");
    expect(ended).toMatchObject({ code: 0, stdout: "given\n3\n", stderr: "to stderr\n" });
  });

  it("runs TypeScript without its types, and says of what it cannot", async () => {
    writeFileSync(
      join(folder, "add.ts"),
      "const four: number = 2 + 2;\nconsole.log(four as number);",
    );
    const ended = await run("add.ts");
    expect(ended).toMatchObject({ code: 0, stdout: "4\n", stderr: "" });
    writeFileSync(join(folder, "enum.ts"), "enum Colour { Red }");
    const { code, stderr } = await run("enum.ts");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/SANDBOX_TYPES_NEEDED.*enum is not supported/),
    ]);
  });

  it("says everything with --json", async () => {
    const { code, stdout } = await run("add.js --json --entry add --arguments [1,2]", "given\n");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ language: "javascript", sandbox: "quickjs", exitCode: 0, value: 3 },
      ...{ stdout: "given\n", stderr: "to stderr\n", files: { "made.txt": 4 } },
    });
  });

  it("ends with the program's exit code, or that of the limit which ended it", async () => {
    expect(await run("exits.mjs")).toMatchObject({ code: 7, stdout: "before\n", stderr: "" });
    const { code, stderr } = await run("loops.js --time-ms 50");
    expect([code, stderr]).toEqual([124, expect.stringMatching(/^limit: .*longer than 50 ms/)]);
  });

  it.each([
    ["absent.js", 1, /SANDBOX_PROGRAM_UNREADABLE: The program absent\.js/],
    ["notes.txt", 2, /CONFIG_INVALID: --language: .*the name notes\.txt does not tell/],
    ["notes.txt --language cobol", 2, /CONFIG_INVALID: --language: .*got "cobol"/],
    ["add.js --entry add --arguments 3", 2, /CONFIG_INVALID: --arguments: expected a list/],
    ["add.js --entry add --arguments [1,", 2, /CONFIG_INVALID: --arguments: expected a list/],
    ["add.js --memory-mb 1", 2, /OPTION_INVALID.*limits\.memoryMb = 1/],
  ])("refuses %s with the code %i", async (words, code, problem) => {
    const ended = await run(words);
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toMatch(problem);
  });
});
