import { describe, expect, it } from "vitest";
import type { MetricsRow } from "../../formats/metrics-format.ts";
import { condensedRows } from "./condensed-rows.ts";

const row = (step: number, values: Record<string, number>): MetricsRow => ({
  ...{ section: "grpo", step, time: "2026-01-01T00:00:00Z", values },
});
const steps = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("condensed rows", () => {
  it("are the rows themselves where there are few", () => {
    const rows = steps(30).map((step) => row(step, { reward: step }));
    expect(condensedRows(rows, 10)).toEqual(rows);
  });

  it("keep the first step of each bucket whole, and every number's least and greatest", () => {
    // 40 steps in at most 10 buckets: buckets of four.
    const rows = steps(40).map((step) => row(step, { reward: step % 4, loss: 1 }));
    const of = { section: "grpo", time: "2026-01-01T00:00:00Z" };
    expect(condensedRows(rows, 10).slice(0, 5)).toEqual([
      { ...of, step: 1, values: { reward: 1, loss: 1 } },
      { ...of, step: 3, values: { reward: 3 } },
      { ...of, step: 4, values: { reward: 0 } },
      { ...of, step: 5, values: { reward: 1, loss: 1 } },
      { ...of, step: 7, values: { reward: 3 } },
    ]);
  });

  it("lose no peak and nothing that is not finite, and have few values", () => {
    const rows = steps(10_000).map((step) =>
      row(step, {
        reward: step === 4321 ? 100 : Math.sin(step),
        kl: step === 777 ? Number.NaN : 0,
      }),
    );
    const short = condensedRows(rows);
    expect(short.length).toBeLessThan(1000);
    expect(Math.max(...short.map(({ values }) => values?.["reward"] ?? 0))).toBe(100);
    expect(short.find(({ step }) => step === 777)?.values).toEqual({ kl: Number.NaN });
  });

  it("have steps in common for runs with as many steps", () => {
    const of = (phase: number) =>
      condensedRows(steps(5000).map((step) => row(step, { reward: Math.sin(step + phase) })));
    const [one, other] = [of(0), of(1)].map((some) => new Set(some.map(({ step }) => step)));
    expect([...one!].filter((step) => other!.has(step)).length).toBeGreaterThan(150);
  });
});
