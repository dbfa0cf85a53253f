import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { runCommandLine } from "./run-command.ts";
import { testStreams } from "./terminal/streams-fixture.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "hone-shown-paths-")));
afterAll(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

async function written(...words: string[]) {
  const streams = testStreams();
  expect(await runCommandLine(words, streams), streams.written.stderr).toBe(0);
  return streams.written;
}

const printed = async (...words: string[]): Promise<string> => (await written(...words)).stdout;

it("prints paths below the working folder relative to it, however they were given", async () => {
  vi.spyOn(process, "cwd").mockReturnValue(folder);
  const model = join(folder, "models", "small");
  const shown = join("models", "small");
  expect(await printed("model", "new", model)).toContain(`npx hone model show ${shown}\n`);
  expect(await printed("model", "show", model)).toMatch(new RegExp(`folder +${shown}\n`));
  const short = ["--tasks", "1", "--max-tokens", "2", "--max-actions", "1", "--threads", "1"];
  const measured = await written("eval", model, "--prompt", "compact", ...short);
  expect(measured.stdout).toMatch(new RegExp(`^${shown}: success .*, domain math, `));
  // Nothing says what the model learned, so the domain that is tried is said.
  expect(measured.stderr).toContain("EVALUATION_DOMAIN_ASSUMED: ");
  // Words behind the model are one message, answered once.
  const said = await printed("chat", model, "hello", "there", "--max-tokens", "2", "--json");
  expect(
    said
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toMatchObject([{ event: "reply", prompt: "hello there" }]);
  // Facts for programs hold the path that was given.
  expect(JSON.parse(await printed("model", "show", model, "--json"))).toMatchObject({
    folder: model,
  });
});
