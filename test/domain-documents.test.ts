/** The programs of docs/domains.md and docs/evaluation.md run as they stand. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { openDomain } from "../packages/hone/src/app/domains.ts";

const root = join(import.meta.dirname, "..");
// Within the repository, so that the package is found.
const folder = mkdtempSync(join(root, "node_modules", ".hone-domain-documents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The first program of a page, as a file that imports the sources. */
function program(page: string, changes: Readonly<Record<string, string>> = {}): string {
  const text = readFileSync(join(root, "docs", page), "utf8");
  let code = /```ts\n([^]*?)```/u.exec(text)![1]!;
  for (const [from, to] of Object.entries(changes)) code = code.replaceAll(from, to);
  code = code.replaceAll(/"hone-rl(\/[a-z]+)?"/g, (_, path?: string) =>
    JSON.stringify(join(root, `packages/hone/src${path ?? "/index"}.ts`)),
  );
  const file = join(folder, page.replace(".md", ".ts"));
  writeFileSync(file, code);
  return file;
}

it("docs/domains.md: the domain has tasks of both levels, and its expert does them all", async () => {
  const domain = await openDomain(program("domains.md"));
  const options = { count: 100, levels: [1, 2], seed: 0 };
  const [train, test] = (["train", "test"] as const).map((split) =>
    domain.tasks({ split, ...options }),
  );
  expect([train!.length, test!.length]).toEqual([80, 20]);
  expect(domain.tasks({ split: "test", ...options, levels: [1] }).length).toBeLessThan(20);
  const episodes = await domain.episodes(test!, { mistakeRate: 0, seed: 0 });
  expect(episodes.every(({ isSuccess }) => isSuccess)).toBe(true);
});

it("docs/evaluation.md: two models are measured and compared, and one is asked", async () => {
  const model = join(root, "test/golden/models/qwen2");
  const lines: unknown[][] = [];
  const log = vi.spyOn(console, "log").mockImplementation((...line) => void lines.push(line));
  const file = program("evaluation.md", { "Qwen/Qwen3-0.6B": model, "runs/7f3a": model });
  await import(/* @vite-ignore */ file);
  log.mockRestore();
  const [success, passAtK, bestOfN, parameters] = lines[0]!;
  expect(success).toHaveProperty("value");
  expect(passAtK).toMatchObject([{ k: 1 }, { k: 2 }, { k: 4 }]);
  expect(bestOfN).toHaveLength(3);
  expect(parameters).toHaveProperty("total");
  // The same model and seed.
  expect(lines[1]![0]).toHaveProperty("value", 0);
  expect(lines[2]![0]).toEqual(expect.any(String));
});
