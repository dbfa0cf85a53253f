import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { formatOf, wordingOf } from "./prompt-wording.ts";

const folder = mkdtempSync(join(tmpdir(), "hone-wording-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "prompt.txt");
writeFileSync(file, "Solve it.\n");

describe("the wording of tasks", () => {
  it.each([
    [undefined, undefined, "instructed"],
    [undefined, { model: "tiny" }, "compact"],
    [undefined, { command: "run math" }, "compact"],
    [undefined, { model: "tiny", prompt: "instructed" }, "instructed"],
    [undefined, { prompt: "compact" }, "compact"],
    ["compact", { prompt: "instructed" }, "compact"],
  ] as const)("is %o for a model of the run %o: %s", async (setting, run, form) => {
    expect(await wordingOf(setting, run)).toEqual({ form, settled: { prompt: form } });
  });

  it("has the system message of a file, which a run records and a model of that run has again", async () => {
    const given = await wordingOf(file);
    const settled = { prompt: file, system: "Solve it." };
    expect(given).toEqual({ form: "instructed", system: "Solve it.", settled });
    expect(await wordingOf(undefined, settled)).toEqual(given);
    const formats = { compact: {}, instructed: { system: "Rules.", parse: () => undefined } };
    expect(formatOf(formats, given)).toMatchObject({
      system: "Solve it.",
      parse: expect.any(Function) as object,
    });
    expect(formatOf(formats, await wordingOf("instructed"))).toBe(formats.instructed);
  });

  it("refuses a file that is not there or empty", async () => {
    await expect(wordingOf(join(folder, "none.txt"))).rejects.toThrow(
      /--prompt: .*none\.txt cannot be read/,
    );
    writeFileSync(join(folder, "empty.md"), " \n");
    await expect(wordingOf(join(folder, "empty.md"))).rejects.toThrow(/empty\.md is empty/);
  });
});
