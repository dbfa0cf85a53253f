import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Rollout } from "../core/rollout.ts";
import type { Measurement, ResultRecord } from "../formats/result-format.ts";
import { rangeOf, ticksOf } from "./chart-frame.ts";
import { brokenText } from "./chart-frame.ts";
import { barChart, histogramChart, lineChart, runningMean } from "./charts.ts";
import { createRunFolder } from "./open-run.ts";
import { writeReport } from "./report.ts";

const step = { label: "step", format: "integer" } as const;
const y = { label: "loss (nats per token)" };

describe("charts", () => {
  it("put round numbers on an axis", () => {
    expect(ticksOf({ low: -1.3, high: 8.8 }, 5)).toEqual([0, 2, 4, 6, 8]);
    expect(ticksOf({ low: 0, high: 1 }, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticksOf({ low: 1, high: 3 }, 8, "integer")).toEqual([1, 2, 3]);
  });

  it("give equal values and no values a range that is not empty", () => {
    expect(rangeOf([5, 5])).toEqual({ low: 4.5, high: 5.5 });
    expect(rangeOf([Number.NaN])).toEqual({ low: 0, high: 1 });
    expect(rangeOf([0.5], [0, 1])).toEqual({ low: 0, high: 1 });
  });

  it("break a line where a value is not a number", () => {
    const points = [1, 2, 3, 4].map((x) => ({ x, y: x === 3 ? Number.NaN : x }));
    const svg = lineChart({ title: "loss", x: step, y, series: [{ name: "loss", points }] });
    const line = /<path d="([^"]*)" fill="none"/.exec(svg)![1]!;
    expect(line.replaceAll(/[^ML]/g, "")).toBe("MLM");
    expect(svg).not.toContain("NaN");
  });

  it("draw an interval as a band from its low end to its high end", () => {
    const points = [0, 1].map((x) => ({ x, y: 0.5, low: 0, high: 1 }));
    const series = [{ name: "a", points }];
    const svg = lineChart({ title: "t", x: step, y, series, include: [0, 1] });
    // The plot reaches from (72, 64) to (736, 324).
    expect(svg).toContain('d="M72 64L736 64L736 324L72 324Z"');
  });

  it("stand a bar on 0 and write its value beside it", () => {
    const bars = [{ name: "before", value: 0.5, low: 0.25, high: 0.75 }];
    const svg = barChart({
      title: "t",
      x: step,
      y,
      bars,
      show: (v) => `${v * 100} %`,
      include: [1],
    });
    expect(svg).toContain('y="194" width="90" height="130"');
    expect(svg).toContain(">50 %</text>");
    expect(svg).toContain("M397 129H411M404 129V259M397 259H411");
  });

  it("give bars of one kind one colour, and say in a legend which", () => {
    const kinds = ["SFT", "PPO", "SFT"];
    const bars = kinds.map((kind, i) => ({ name: `bar ${i}`, kind, value: 0.5 }));
    const svg = barChart({ title: "t", x: step, y, bars, show: String });
    const fills = [...svg.matchAll(/fill="(#\w+)" fill-opacity/g)].map(([, fill]) => fill);
    expect(fills[2]).toBe(fills[0]);
    expect(fills[1]).not.toBe(fills[0]);
    const legend = [...svg.matchAll(/rx="2" fill="(#\w+)"\/>\n<text[^>]*>([^<]*)</g)];
    expect(legend.map(([, fill, name]) => [fill, name])).toEqual([
      [fills[0], "SFT"],
      [fills[1], "PPO"],
    ]);
  });

  it("break the names of bars that have no room beside each other, and make room below for the lines", () => {
    const bars = Array.from({ length: 9 }, (_, i) => ({
      ...{ name: `rule ${i} with all of its tools`, value: 0.9, low: 0.85, high: 0.95 },
    }));
    const svg = barChart({ title: "t", x: step, y, bars, show: () => "90.0 %", include: [1] });
    const lines = [...svg.matchAll(/y="(3[4-9]\d)"[^>]*>([^<]*)</g)].slice(0, 3);
    expect(lines.map(([, at, line]) => [Number(at), line])).toEqual([
      [342, "rule 0"],
      [357, "with all"],
      [372, "of its"],
    ]);
    expect(svg).toContain('height="425"');
    // The value stands above the whisker, since beside it is the next bar.
    expect(svg).toMatch(/y="71(?:\.\d)?" text-anchor="middle" font-weight="600"[^>]*>90.0 %/);
    expect(brokenText("a wordthatislong b", 6.6 * 6.5)).toEqual(["a", "wordth", "atislo", "ng b"]);
  });

  it("show shares per bucket, so that sets of different size compare", () => {
    const series = [
      { name: "first", values: [0, 0, 0, 1] },
      { name: "last", values: [1] },
    ];
    const svg = histogramChart({ title: "t", x: step, series, buckets: 2 });
    const heights = [...svg.matchAll(/height="([\d.]+)" fill="[^"]*" fill-opacity/g)].map(([, h]) =>
      Number(h),
    );
    expect(heights).toHaveLength(3);
    expect(heights[0]! / heights[2]!).toBeCloseTo(0.75, 2);
    expect(heights[1]! / heights[2]!).toBeCloseTo(0.25, 2);
  });

  it("smooth over the points that exist", () => {
    const points = [1, 2, Number.NaN, 4].map((value, x) => ({ x, y: value }));
    expect(runningMean(points, 3).map((point) => point.y)).toEqual([1.5, 1.5, 3, 4]);
  });

  it("escape what would break the picture", () => {
    const svg = lineChart({ title: 'a < b & "c"\u0007', x: step, y, series: [] });
    expect(svg).toContain("a &lt; b &amp; &quot;c&quot; ");
  });
});

describe("report", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hone-report-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const measurement = (value: number): Measurement => ({
    tasks: 200,
    samplesPerTask: 1,
    success: { value, low: value - 0.05, high: value + 0.05 },
    reward: { value: value * 10, low: value * 10 - 1, high: value * 10 + 1 },
  });
  const result = (low: number): ResultRecord => ({
    before: measurement(0.25),
    after: measurement(0.85),
    difference: {
      success: { value: 0.6, low, high: 0.7 },
      reward: { value: 6, low: 5, high: 7 },
    },
    seconds: 132.4,
    checkpoint: "checkpoints/grpo-step-000002",
  });

  it("says what came out, and links pictures that exist", async () => {
    const config = { model: "tiny", algorithm: { name: "a|b" } };
    const run = await createRunFolder({ name: "math", config, out: folder });
    for (const n of [1, 2]) {
      run.tracker.scalars("grpo", n, {
        loss: 1 / n,
        reward: n,
        reward_low: n - 1,
        reward_high: n + 1,
      });
      run.tracker.histogram!("grpo", n, "reward", [n, -n]);
    }
    run.addSample("grpo", 2, {
      id: "r1",
      task: { id: "equation-7" },
      turns: [],
      answer: undefined,
      reward: undefined,
      isSuccess: false,
      failure: { boundary: "deadline", message: "over 10 s" },
      attempts: 1,
      seconds: 10,
    });
    const texts = ["2 of 8 failed: a | b.", "1 of 8 failed: c."];
    const warnings = [{ code: "ROLLOUTS_FAILED", count: 3, texts }];
    await run.saveResult({ ...result(0.5), warnings });
    const text = await readFile(await writeReport(folder), "utf8");
    await run.close();
    expect(text).toContain(
      "from 25.0 % to **85.0 %**: +60.0 points (95 % interval +50.0 points to",
    );
    expect(text).toContain("**better**. It took 2 min 12 s.");
    expect(text).toContain("| success | 25.0 % [20.0 %, 30.0 %] | 85.0 % [80.0 %, 90.0 %] |");
    expect(text).toContain("| ROLLOUTS_FAILED | 3 | 2 of 8 failed: a \\| b. 1 of 8 failed: c. |");
    expect(text).toContain("| algorithm.name | a\\|b |");
    expect(text).toContain("| grpo | loss | 2 | 1 | 0.5 |");
    expect(text).toContain("task equation-7: no reward, failed in deadline: over 10 s");
    const linked = [...text.matchAll(/\(pictures\/([^)]+)\)/g)].map(([, file]) => file!);
    expect(new Set(linked)).toEqual(new Set(await readdir(join(folder, "pictures"))));
    expect(linked).toContain("grpo-reward-histogram.svg");
  });

  it("names what the axis of each curve counts", async () => {
    const run = await createRunFolder({ name: "math", config: {}, out: folder });
    for (const n of [1, 2]) {
      run.tracker.scalars("evaluation", n, { success: n / 4 });
      run.tracker.scalars("sft", n, { loss: 1 / n });
      run.tracker.scalars("grpo", n, { loss: 1 / n, reward: n });
    }
    const stages = ["start", "after grpo"].map((name) => ({ name, measurement: measurement(0.5) }));
    await run.saveResult({ ...result(0.5), stages });
    await writeReport(folder);
    await run.close();
    const picture = (name: string) => readFile(join(folder, "pictures", name), "utf8");
    expect(await picture("evaluation-success.svg")).toContain("evaluation (1 start, 2 after grpo)");
    expect(await picture("sft-loss.svg")).toContain("optimizer step");
    expect(await picture("grpo-reward.svg")).toContain("step (a batch of rollouts)");
  });

  it("does not call it better when the interval holds 0", async () => {
    const run = await createRunFolder({ name: "math", config: {}, out: folder });
    await run.saveResult(result(-0.01));
    await run.close();
    const text = await readFile(await writeReport(folder), "utf8");
    expect(text).toContain("not shown to be different");
    expect(text).not.toContain("better");
  });

  const sample = (section: string, taskId: string, reply: string, isSuccess = false) => ({
    section,
    rollout: {
      id: `${section}/${taskId}`,
      task: { id: taskId },
      turns: [
        {
          messages: [
            { role: "system", content: "Rules" },
            { role: "user", content: "solve 2x = 4" },
          ],
          reply: { role: "assistant", content: reply },
          ...{ promptTokens: [], tokens: [], logProbs: [], samplingLogProbs: [] },
          ...{ temperature: 1, isTruncated: false, stopReason: "stop", weightsVersion: "w" },
        },
      ],
      answer: undefined,
      reward: { total: isSuccess ? 3 : -1, components: {}, source: "rule" },
      isSuccess,
      failure: undefined,
      attempts: 1,
      seconds: 1,
    } satisfies Rollout,
  });

  it("shows tasks before and after side by side, how tries ended, and the cost, also as one HTML file", async () => {
    const run = await createRunFolder({ name: "math", config: { model: "tiny" }, out: folder });
    run.tracker.scalars("grpo", 1, { loss: 1 });
    const hostile = "x|y `z` <script>alert(1)</script>\n![p](http://example.com/p.png)";
    for (const { section, rollout } of [
      sample("start", "a", "divide 3"),
      sample("start", "b", "state 9"),
      sample("after grpo", "a", "state 2", true),
      sample("after grpo", "b", hostile),
    ])
      run.addSample(section, 0, rollout);
    const stages = ["start", "after grpo"].map((name) => ({ name, measurement: measurement(0.5) }));
    const cost = {
      processorSeconds: 200,
      peakMemoryBytes: 2 ** 30,
      tokensSampled: 1234,
      tokensTrained: 99,
    };
    const after = { ...measurement(0.85), outcomes: { done: 170, "wrong state": 30 } };
    await run.saveResult({ ...result(0.5), after, stages, cost });
    await run.close();
    const text = await readFile(await writeReport(folder), "utf8");
    expect(text).toContain(
      "| `a` | user: `solve 2x = 4`<br>assistant: `divide 3`<br>**not done**, reward −1 | user: `solve 2x = 4`<br>assistant: `state 2`<br>**done**, reward 3 |",
    );
    expect(text).toContain("| wrong state | 0 | 30 |");
    expect(text).toContain("| time of the processor, all threads | 3 min 20 s |");
    expect(text).toContain("| tokens sampled in training | 1234 |");
    expect(text).toContain("| phases | grpo, 1 step |");
    const page = await readFile(join(folder, "report.html"), "utf8");
    expect(page).toContain("<code>divide 3</code><br>");
    expect(page).toMatch(
      /<span class="figure">85.0 %<\/span> <span class="figure">\[80.0 %, 90.0 %\]/,
    );
    expect(page).toContain("x|y `z` &lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toMatch(/<script|<img|(?:src|href)="http/);
    expect(page.match(/<svg /g)).toHaveLength(text.match(/\]\(pictures\//g)!.length);
  });

  it("can be made of a run that never finished", async () => {
    const run = await createRunFolder({ name: "math", config: {}, out: folder });
    await run.close();
    expect(await readFile(await writeReport(folder), "utf8")).toContain("no result yet");
  });
});
