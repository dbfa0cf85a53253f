/** The example of docs/rewards.md as it stands there: rewards that are computed become those of stored traces. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { openStore } from "hone-rl";
import { openTracing, withTraces } from "hone-rl/tracing";
import { afterAll, expect, it } from "vitest";
import { findsHone } from "../doubles/own-code.ts";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "hone-scoring-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("scores the traces of a store, and the same again when it is run again", async () => {
  const page = readFileSync(join(root, "docs/rewards.md"), "utf8");
  const [, example] = /## The reward of a stored trace\n\n```ts\n([^]*?)```/.exec(page)!;
  const address = `sqlite:${join(folder, "hone.db")}`;
  const tracing = openTracing({ store: address });
  for (const agent of ["planner", "another"]) {
    await withTraces(async (task: string) => `1. ${task}\n2. Done.`, { tracing, agent })("Pack.");
  }
  await tracing.close();

  const program = example!.replace("sqlite:./hone.db", address);
  const args = [...findsHone, "--input-type=module-typescript", "--eval", program];
  const run = promisify(execFile);
  await run(process.execPath, args, { cwd: root });
  await run(process.execPath, args, { cwd: root });

  const store = await openStore(address, { mustExist: true });
  const { traces } = await store.query({ minReward: 0.01 });
  expect(traces).toMatchObject([{ agent: "planner" }]);
  const { rewards } = (await store.get(traces[0]!.id))!;
  await store.close();
  expect(rewards).toMatchObject([
    { id: "quality", source: "rule", components: { answer_quality: expect.any(Number) as number } },
  ]);
});
