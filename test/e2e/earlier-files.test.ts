/** Stores, run folders, checkpoints and configuration files of an earlier commit open, resume and give the same bytes. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "hone-rl";
import type { Trace } from "hone-rl/tracing";
import { afterAll, describe, expect, it } from "vitest";
import { commandLine } from "../doubles/command-line.ts";
import { type EarlierRun, processor, root, runs, trainedWeights } from "../earlier/earlier-runs.ts";

const earlier = join(import.meta.dirname, "../earlier");
const scratch = mkdtempSync(join(tmpdir(), "hone-earlier-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), "utf8"));

/** What the command printed, after it ended well. */
async function hone(...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await commandLine(words, { folder: root });
  expect(code, stderr).toBe(0);
  return stdout;
}

describe("stores of an earlier hone", () => {
  const traces = readJson(earlier, "traces.json") as readonly Trace[];

  it.each(["sqlite:hone.db", "files:rl_data"])("%s holds the traces as they were", async (url) => {
    const [scheme, name] = url.split(":") as [string, string];
    const copy = join(scratch, name);
    cpSync(join(earlier, name), copy, { recursive: true });
    const store = await openStore(`${scheme}:${copy}`, { mustExist: true });
    for (const trace of traces) expect(await store.get(trace.id)).toEqual(trace);
    expect((await store.query({ text: "weather" })).traces.map(({ id }) => id)).toEqual([
      "every-kind",
    ]);
    // Metadata, labels and facts of calls of what was stored before they had columns.
    for (const query of [{ metadata: { run: "7f3a" } }, { text: "7f3a" }, { text: "cold" }]) {
      expect((await store.query(query)).traces.map(({ id }) => id)).toEqual(["every-kind"]);
    }
    const calls = traces.flatMap(({ spans }) => spans.filter(({ kind }) => kind === "prompt"));
    const models = await store.aggregate({}, "model");
    expect(models.reduce((sum, row) => sum + row.calls.count, 0)).toBe(calls.length);
    expect(models.map(({ key }) => key)).toContain("gpt-4o");
    const added = { ...traces[0]!, id: "added", spans: [] };
    await store.put([added]);
    expect(await store.get("added")).toEqual(added);
    await store.close();
    expect(await hone("store", "check", `${scheme}:${copy}`)).toContain("nothing is wrong");
  });
});

describe("runs of an earlier hone", () => {
  const isSameProcessor =
    JSON.stringify(processor()) === JSON.stringify(readJson(earlier, "results", "processor.json"));

  /** A copy that was resumed to its end. */
  async function resumed(name: EarlierRun): Promise<string> {
    const folder = join(scratch, name);
    cpSync(join(earlier, name), folder, { recursive: true });
    const record = join(folder, "run.json");
    writeFileSync(record, readFileSync(record, "utf8").replaceAll("{root}", root));
    await hone(...runs[name].command, "--resume", folder, ...unkept[name], "--json");
    return folder;
  }

  it.each(Object.keys(runs) as EarlierRun[])("resumes %s and comes to the same", async (name) => {
    const folder = await resumed(name);
    const results = join(earlier, "results");
    const [result, before] = [join(folder, "result.json"), join(results, `${name}.result.json`)];
    const kept = name === "math" ? join(earlier, "model/model.safetensors") : undefined;
    const [ours, theirs] = [
      readFileSync(join(folder, trainedWeights(name))),
      readFileSync(kept ?? join(results, `${name}.safetensors`)),
    ];
    if (isSameProcessor) {
      expect(comparable(result)).toEqual(comparable(before));
      expect(ours.equals(theirs)).toBe(true);
      return;
    }
    // Another processor rounds differently, and from there a sampled token may be another one.
    expect(Object.keys(comparable(result))).toEqual(Object.keys(comparable(before)));
    expect(header(ours)).toBe(header(theirs));
    const [a, b] = [floats(ours), floats(theirs)];
    const drift = Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
    expect(drift).toBeLessThan(name === "sft" ? 1e-3 : 2e-2);
  });

  it.each(Object.keys(runs) as EarlierRun[])(
    "starts %s anew from its configuration",
    async (name) => {
      const folder = join(scratch, `${name}-anew`);
      const config = configOf(name);
      const words = [
        ...runs[name].command,
        "--config",
        config,
        ...fewer[name].words,
        ...unkept[name],
      ];
      await hone(...words, "--out", folder, "--json");
      const recorded = (place: string): object => {
        const record = readFileSync(join(place, "run.json"), "utf8");
        const text = record.replaceAll("{root}", root).replace('"maxSteps"', '"maxActions"');
        return (JSON.parse(text) as { readonly config: object }).config;
      };
      expect(recorded(folder)).toEqual({
        ...recorded(join(earlier, name)),
        ...laterSettings[name],
        ...fewer[name].settings,
        ...(unkept[name].length === 0 ? {} : { keepRollouts: "none" }),
      });
    },
  );

  it("says of a key of a configuration that has another name now what it is called", async () => {
    const words = ["run", "math", "--config", join(earlier, "math.yaml"), "--out", "never"];
    const { code, stderr } = await commandLine(words, { folder: scratch });
    expect(code).toBe(2);
    expect(stderr).toMatch(/math\.yaml:17:1: maxSteps is called maxActions now/);
  });

  it("lists, shows and compares them", async () => {
    const listed = await hone("runs", "list", "--runs", earlier, "--json");
    for (const name of Object.keys(runs)) expect(listed).toContain(`"name":"${name}"`);
    expect(await hone("runs", "show", "grpo", "--runs", earlier)).toContain("grpo");
    expect(await hone("runs", "compare", "math", "grpo", "--runs", earlier)).toContain("seed");
  });
});

/** The configuration of an earlier version, with today's name for the one key that has another. */
function configOf(name: EarlierRun): string {
  const path = join(scratch, `${name}.yaml`);
  const text = readFileSync(join(earlier, `${name}.yaml`), "utf8");
  writeFileSync(path, text.replace("maxSteps:", "maxActions:"));
  return path;
}

/** Rollouts, which earlier versions did not keep, cost a thread and are no part of what is compared: one run keeps them. */
const unkept: Readonly<Record<EarlierRun, readonly string[]>> = {
  math: ["--keep-rollouts", "none"],
  sft: ["--keep-rollouts", "none"],
  grpo: [],
};

/** What makes a new run short; flags decide before the file. Every other setting is the file's. */
const fewer: Readonly<Record<EarlierRun, { words: readonly string[]; settings: object }>> = {
  math: { words: ["--sft-steps", "20"], settings: { sftSteps: 20 } },
  sft: { words: ["--steps", "2"], settings: { steps: 2 } },
  grpo: { words: ["--steps", "2"], settings: { steps: 2 } },
};

/** Settings that came later, with their defaults. */
const laterSettings: Readonly<Record<EarlierRun, object>> = {
  math: { maxTokens: 12 },
  sft: { deadline: 60 },
  grpo: { deadline: 60 },
};

/** Fields of a result that earlier versions did not write, and the time it took. */
const beside = [
  "seconds",
  "warnings",
  "parameters",
  "training",
  "components",
  "levels",
  "baselines",
  "cost",
  "outcomes",
  "metrics",
  "mode",
];

/** A result without these fields. */
const comparable = (path: string): Record<string, unknown> =>
  JSON.parse(readFileSync(path, "utf8"), (name, value: unknown) =>
    beside.includes(name) ? undefined : value,
  ) as Record<string, unknown>;

/** The names, types and places of a safetensors file's tensors. */
const header = (file: Buffer): string =>
  file.subarray(8, 8 + Number(file.readBigUInt64LE())).toString();

/** Its numbers, F32 all of them. */
function floats(file: Buffer): number[] {
  const data = file.subarray(8 + Number(file.readBigUInt64LE()));
  return Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
}
