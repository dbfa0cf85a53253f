/** `hone audit` on a run of a golden folder of random weights, whose template somebody changes afterwards. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../../../../test/doubles/command-line.ts";
import { packNumbers, unpackNumbers } from "../../core/packed-numbers.ts";
import { auditFormat } from "../../formats/audit-format.ts";
import { readRows, writeHeader, writeRow } from "../../formats/format.ts";
import { trainedFormat } from "../../formats/trained-format.ts";
import { keptRun } from "../training/stored/kept-run-fixture.ts";
import { train } from "../training/train.ts";
import type { AuditFinding, RunAudit } from "./audit-report.ts";
import { auditRun } from "./audit-run.ts";

const root = mkdtempSync(join(tmpdir(), "hone-audit-"));
const model = join(root, "model");
const folder = join(root, "runs", "kept");
const template = join(model, "tokenizer_config.json");
const tokenizer = join(model, "tokenizer.json");
const trainedFile = join(folder, "trained.jsonl");

const audit = (options = {}): Promise<RunAudit> => auditRun(join(root, "runs"), "kept", options);

/** Audits while a file has other contents. */
async function withFile<T>(file: string, change: (text: string) => string, act: () => Promise<T>) {
  const before = readFileSync(file, "utf8");
  writeFileSync(file, change(before));
  try {
    return await act();
  } finally {
    writeFileSync(file, before);
  }
}

/** What is read here of a step's line. */
interface StepLine {
  readonly rollouts: readonly {
    readonly rolloutId: string;
    readonly rows: readonly { readonly index: number; readonly logProbs: string }[];
  }[];
}

/** The file of what was trained with every step changed. */
const changedSteps = (change: (step: StepLine) => object) => (text: string) => {
  const lines = text.split("\n").slice(1, -1);
  const rows = lines.map((line) => change(JSON.parse(line) as StepLine));
  return writeHeader(trainedFormat) + rows.map(writeRow).join("");
};

/** The same with the log-probs of every row that was learned from changed. */
const changedLogProbs = (change: (logProbs: readonly number[]) => readonly number[]) =>
  changedSteps(({ rollouts, ...step }) => ({
    ...step,
    rollouts: rollouts.map(({ rows, ...one }) => ({
      ...one,
      rows: rows.map((row) => ({
        ...row,
        logProbs: packNumbers(change(unpackNumbers(row.logProbs)!)),
      })),
    })),
  }));

beforeAll(async () => {
  cpSync(keptRun.model, model, { recursive: true });
  await train({ ...keptRun, model, out: folder, quiet: true, checkpointEvery: 1 });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("an audit", () => {
  it("finds no mismatch in an honest run, and computes log-probs again where the weights stand", async () => {
    const { steps, causes, hasFault } = await audit();
    expect([causes, hasFault]).toEqual([{}, false]);
    expect(steps.map(({ step, rollouts }) => [step, rollouts])).toEqual([
      [1, 6],
      [2, 6],
    ]);
    expect(steps[0]!.recomputed).toMatchObject({ weights: "the model that the run began with" });
    expect(steps[1]!.recomputed).toMatchObject({ weights: "grpo-step-000001" });
    for (const { recomputed, mismatch, trainedTokens } of steps) {
      expect(recomputed!.max).toBeLessThan(1e-4);
      expect(mismatch.max).toBeLessThan(1e-4);
      expect(mismatch.tokens).toBe(trainedTokens);
    }
    expect(steps.flatMap((one) => Object.keys(one.notLearned))).toContain("failed in the reward");
  });

  it("names a template that drops a newline between turns, with both texts around the place", async () => {
    const dropped = (text: string): string =>
      text.replace(String.raw`'<|im_end|>' + '\\n'`, "'<|im_end|>'");
    const { code, stdout } = await withFile(template, dropped, () =>
      commandLine(["audit", "kept", "--step", "1", "--no-recompute"], { folder: root }),
    );
    expect(code).toBe(1);
    expect(stdout).toContain("template: 6 rollouts: the chat template writes another text");
    expect(stdout).toMatch(/sampled {2}".*<\|im_end\|>\\n<\|im_start\|>assistant/);
    expect(stdout).toMatch(/now {6}".*<\|im_end\|><\|im_start\|>assistant/);
  });

  it("names a tokenizer that gives the same text other tokens, with both tokens' ids", async () => {
    const withoutMerges = (text: string): string => {
      const file = JSON.parse(text) as { readonly model: object };
      return JSON.stringify({ ...file, model: { ...file.model, merges: [] } });
    };
    const { causes, hasFault, steps } = await withFile(tokenizer, withoutMerges, () =>
      audit({ step: 1, recompute: false }),
    );
    expect([causes, hasFault]).toEqual([{ tokenisation: 6 }, true]);
    const [{ sampled, now }] = steps[0]!.findings as readonly [AuditFinding];
    expect([sampled, now]).toEqual([expect.stringMatching(/^[\d ]+$/), expect.any(String)]);
    expect(now).not.toBe(sampled);
  });

  it("names a template that refuses the messages, with what it says", async () => {
    const refusing = (text: string): string => {
      const file = JSON.parse(text) as { readonly chat_template: string };
      const refusal =
        "{% if messages | length > 2 %}{{ raise_exception('no second question') }}{% endif %}";
      return JSON.stringify({ ...file, chat_template: refusal + file.chat_template });
    };
    const { causes, hasFault, steps } = await withFile(template, refusing, () =>
      audit({ step: 1, recompute: false }),
    );
    expect([causes, hasFault]).toEqual([{ "prompt unreadable": 6 }, true]);
    expect(steps[0]!.findings[0]!.now).toContain("no second question");
  });

  it("names a trainer that computes log-probs of the whole distribution, and the tokens were from a tempered one", async () => {
    const [runs, out] = [join(root, "tempered"), join(root, "tempered", "kept")];
    const sampling = { ...keptRun.sampling, temperature: 0.5 };
    await train({ ...keptRun, model, out, quiet: true, sampling });
    const ofWhole = new Map<string, number[]>();
    const step = { step: 1, recompute: false };
    const honest = await auditRun(runs, "kept", step, async ({ rollout, rows }) => {
      for (const { index, logProbs } of rows)
        ofWhole.set(`${rollout.id} ${index}`, [...logProbs.filter((one) => !Number.isNaN(one))]);
    });
    const untempered = changedSteps(({ rollouts, ...one }) => ({
      ...one,
      rollouts: rollouts.map(({ rolloutId, rows, ...rollout }) => ({
        ...{ ...rollout, rolloutId },
        rows: rows.map((row) => {
          const logProbs = ofWhole.get(`${rolloutId} ${row.index}`);
          return logProbs === undefined ? row : { ...row, logProbs: packNumbers(logProbs) };
        }),
      })),
    }));
    const { causes, hasFault } = await withFile(join(out, "trained.jsonl"), untempered, () =>
      auditRun(runs, "kept", step),
    );
    expect(honest.causes).toEqual({});
    expect([Object.keys(causes), hasFault]).toEqual([["temperature or filters"], true]);
  });

  it("names weights older than the step's own, which is no fault", async () => {
    const older = changedSteps((step) => ({ ...step, weightsVersion: "later" }));
    const { causes, hasFault } = await withFile(trainedFile, older, () =>
      audit({ recompute: false }),
    );
    expect([Object.keys(causes), hasFault]).toEqual([["older weights"], false]);
  });

  it("names a trainer that computes other log-probs, and one that learned from other tokens", async () => {
    const causesOf = async (change: (logProbs: readonly number[]) => readonly number[]) => {
      const { causes, hasFault } = await withFile(trainedFile, changedLogProbs(change), () =>
        audit({ recompute: false }),
      );
      return [Object.keys(causes), hasFault];
    };
    expect(await causesOf((all) => all.map((one) => one - 0.02))).toEqual([
      ["precision or another server"],
      true,
    ]);
    expect(await causesOf((all) => all.map((one) => one - 0.005))).toEqual([[], false]);
    expect(await causesOf((all) => all.slice(1))).toEqual([["mask"], true]);
  });

  it("writes every token with its sampler, weights, template, source, advantage and reason", async () => {
    const out = join(root, "tokens.jsonl");
    const words = ["audit", "kept", "--step", "2", "--no-recompute", "--out", out, "--json"];
    const { code, stdout } = await commandLine(words, { folder: root });
    expect(code).toBe(0);
    const [step] = (JSON.parse(stdout) as RunAudit).steps;
    const rows = readRows(auditFormat, readFileSync(out, "utf8"), out);
    const sampled = rows.filter(({ sampler }) => sampler !== undefined);
    expect(sampled).toHaveLength(step!.sampledTokens);
    for (const row of sampled)
      expect(row).toMatchObject({
        sampler: "policy",
        weightsVersion: row.trainedFrom,
        template: expect.stringMatching(/^[0-9a-f]{16}$/),
        logProbSource: "sampler",
        logProb: expect.any(Number),
        entropy: expect.any(Number),
      });
    const trained = rows.filter(({ isTrained }) => isTrained);
    expect(trained).toHaveLength(step!.trainedTokens);
    expect(trained.every(({ advantage, ratio }) => advantage !== 0 && ratio !== undefined)).toBe(
      true,
    );
    const reasons = new Set(rows.flatMap(({ maskReason }) => maskReason ?? []));
    expect(reasons).toContain("given: the prompt");
    expect(reasons).toContain("given: tool results, messages and template text between turns");
    const texts = rows.filter(({ rollout, row }) => rollout === rows[0]!.rollout && row === 0);
    expect(texts.map(({ text }) => text).join("")).toMatch(/<\|im_start\|>user\n\w+<\|im_end\|>/);
  });

  it("says which steps and rollouts there are where another is named, and audits a run without what training did", async () => {
    await expect(audit({ step: 9 })).rejects.toThrow(/AUDIT_STEP_UNKNOWN.*\n.*grpo 1 to 2/);
    await expect(audit({ rollout: "none", recompute: false })).rejects.toThrow(
      "AUDIT_ROLLOUT_UNKNOWN",
    );
    const { steps, notes } = await withFile(
      trainedFile,
      () => writeHeader(trainedFormat),
      () => audit({ recompute: false }),
    );
    expect(steps.map((one) => one.trainedTokens)).toEqual([0, 0]);
    expect(notes.join("\n")).toMatch(/not kept/);
  });
});
