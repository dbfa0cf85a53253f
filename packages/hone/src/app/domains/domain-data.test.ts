/** `hone domains`, and the data that it writes. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { readConversations } from "../../data/conversations.ts";
import { meetingSplitOf } from "../../domains/meetings/tasks.ts";
import { readMeetingCsv } from "../../domains/meetings/rows.ts";
import { domainNames, withDomain } from "../domains.ts";
import type { DomainFacts } from "./domain-facts.ts";

const root = mkdtempSync(join(tmpdir(), "hone-domain-data-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const hone = (...words: readonly string[]) => commandLine(["domains", ...words], { folder: root });

it("lists every domain with a task", async () => {
  const { stdout } = await hone("--json");
  const { domains } = JSON.parse(stdout) as { domains: readonly Record<string, unknown>[] };
  expect(domains.map(({ name }) => name)).toEqual(domainNames);
  for (const { examples, levels } of domains) expect(examples).toHaveLength(Number(levels));
});

it.each(domainNames)("shows problems of %s in the words that its /solve takes", async (name) => {
  const { stdout } = await hone(name, "--json");
  const facts = JSON.parse(stdout) as DomainFacts;
  await withDomain(name, async (domain) => {
    expect(facts.hasProblems).toBe(domain.hasProblems);
    for (const example of facts.hasProblems ? facts.examples : [])
      expect(await domain.problemText(domain.problem(example))).toBe(example);
  });
});

it("says how the problems of a domain are answered, and where none are", async () => {
  const business = await hone("business");
  expect(business.stdout).toMatch(
    /^business: an expert, 20 actions at most\nlevel +a problem\n1 +farm: cash \d+, market/,
  );
  expect(business.stdout).toContain("npx hone serve <model> --domain business (POST /solve)");
  expect((await hone("meetings")).stdout).toContain("It takes no problems of yours");
});

it("writes a table of meetings, the same for the same seed, of the split that is asked for", async () => {
  const words = ["meetings", "data", "--rows", "30", "--split", "validation"];
  const { stdout, stderr } = await hone(...words, "--out", "data/rows.csv");
  expect(stdout, stderr).toBe(
    "30 meetings written to data/rows.csv\nat best right: 78.0 % from the text, 94.5 % with all tools\n",
  );
  const file = join(root, "data/rows.csv");
  const { rows, bad } = await readMeetingCsv(file);
  expect([rows.length, bad.length]).toEqual([30, 0]);
  expect(rows.every(({ text }) => meetingSplitOf(text) === "validation")).toBe(true);
  const text = readFileSync(file, "utf8");
  await hone(...words, "--out", "again.csv");
  expect(readFileSync(join(root, "again.csv"), "utf8")).toBe(text);
  await hone(...words, "--out", "other.csv", "--seed", "1");
  expect(readFileSync(join(root, "other.csv"), "utf8")).not.toBe(text);
});

it("writes the episodes of any other domain's expert as conversations with their rewards", async () => {
  await hone("math", "data", "--rows", "12", "--mistake-rate", "0.5", "--out", "math.jsonl");
  const { conversations } = await readConversations(join(root, "math.jsonl"));
  expect(conversations).toHaveLength(12);
  expect(conversations[0]!.messages[0]!.role).toBe("system");
  expect(new Set(conversations.map(({ reward }) => reward)).size).toBeGreaterThan(1);
});

it("writes as many as there are where a domain has fewer", async () => {
  const words = ["math", "data", "--split", "test", "--json", "--out", "all.jsonl"];
  const { stdout, stderr } = await hone(...words);
  const { rows } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!) as { rows: number };
  expect(rows, stderr).toBeGreaterThan(100);
  expect(rows).toBeLessThan(1000);
  expect((await readConversations(join(root, "all.jsonl"))).conversations).toHaveLength(rows);
});

it.each([
  [["meetings", "tools"], /USAGE_INVALID.*no tools of a domain; meetings data is/],
  [["no"], /DOMAIN_NOT_FOUND/],
  [["meetings", "data"], /USAGE_INVALID.*--out is needed/],
  [["math", "data", "--out", "x.jsonl", "--split", "validation"], /CONFIG_INVALID.*--split/],
  [["meetings", "data", "--out", "x.jsonl", "--levels", "3"], /CONFIG_INVALID: --levels/],
  [["meetings", "data", "--out", "x.jsonl", "--mistake-rate", "0.5"], /--mistake-rate.*a table/],
  [["meetings", "data", "--out", "x.jsonl"], /CONFIG_INVALID: --out: .*is a table.*\.csv/],
  [["no", "data", "--out", "x.jsonl"], /DOMAIN_NOT_FOUND/],
])("refuses %j and writes nothing", async (words, message) => {
  const { code, stderr } = await hone(...words);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(message);
  expect(existsSync(join(root, "x.jsonl"))).toBe(false);
});
