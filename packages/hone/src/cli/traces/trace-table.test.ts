import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { TraceSummary } from "../../core/trace-summary.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";
import { columnsOf, traceTable } from "./trace-table.ts";

const now = Date.UTC(2026, 0, 31, 12);
const trace: TraceSummary = {
  id: `4bf92f35${"0".repeat(24)}`,
  agent: "planner",
  task: "Where is my parcel with the blue ribbon, and when will it be here?",
  attempt: 1,
  status: "completed",
  startedAt: now - 5000,
  endedAt: now - 3760,
  tags: [],
  reward: 0.5,
  spanCount: 6,
  errorCount: 1,
  tokens: { input: 400, output: 50 },
};
const older: TraceSummary = {
  ...trace,
  id: "9".repeat(32),
  startedAt: now - 86_400_000,
  endedAt: now - 86_400_000 + 340,
  tokens: { input: 0, output: 0 },
};
const far: TraceSummary = { ...trace, id: "7".repeat(32), startedAt: 1e16, endedAt: 1e16 };
const { endedAt: _, ...noEnd } = older;
const running: TraceSummary = { ...noEnd, id: "8".repeat(32), status: "running" };

function terminalOf(columns: number): Terminal {
  const streams = testStreams();
  Object.assign(streams.stdout, { isTTY: true, columns });
  return new Terminal(streams, false);
}

const table = (
  traces: readonly TraceSummary[],
  columns: number,
  quiet = new Map<string, number>(),
) =>
  traceTable(traces, terminalOf(columns), { now, quiet }).map((line) =>
    stripVTControlCharacters(line),
  );

describe("the table of traces", () => {
  it("has everything at 80 columns, with short dates: the task is cut first", () => {
    const [head, first, second] = table([trace, older], 80);
    expect(head).toMatch(/^id +UTC +agent +task +status +spans +tokens +latency +reward$/);
    expect(first).toMatch(
      /^4bf92f3500 11:59:55 +planner +Where.*… completed +6 ✗1 +450 +1\.24 s +0\.5$/,
    );
    expect(second).toMatch(/^9999999999 01-30 12:00 /);
    for (const line of table([trace, older], 80)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("says of rewards that are not of rules whose they are", () => {
    const sources = new Map([
      [trace.id, "human"],
      [older.id, "rule"],
    ] as const);
    const lines = traceTable([trace, older], terminalOf(80), { now, sources });
    expect(lines.slice(1).map((line) => / m?s +(\S.*)$/.exec(line)?.[1])).toEqual([
      "0.5 human",
      "0.5",
    ]);
  });

  it("keeps status, latency and reward at 60 columns, and the status at 40", () => {
    const [head, first] = table([trace, older], 60);
    expect(head).toMatch(/^id +UTC .* task +status .*latency +reward$/);
    expect(first).toMatch(/completed .*1\.24 s +0\.5$/);
    expect(table([trace], 40)[1]).toMatch(/ completed/);
    for (const width of [40, 60])
      for (const line of table([trace, older], width))
        expect(line.length).toBeLessThanOrEqual(width);
  });

  it("shows a trace of an older version whose start no date can name", () => {
    for (const width of [80, 120]) expect(table([far], width)[1]).toContain(" no date ");
  });

  it("writes dates out from 120 columns on", () => {
    const [head, first] = table([trace], 120);
    expect(head).toMatch(/started \(UTC\)/);
    expect(first).toMatch(/2026-01-31 11:59:55 .* 6 \(1 failed\) /);
  });

  it("takes 80 columns where the terminal says that it has none", () => {
    expect(columnsOf(terminalOf(0).streams.stdout)).toBe(80);
    expect(columnsOf(terminalOf(20).streams.stdout)).toBe(40);
    expect(columnsOf(testStreams().stdout)).toBe(160);
  });

  it("shows a dash for tokens that nobody counted", () => {
    expect(table([older], 160)[1]).toMatch(/ 6 \(1 failed\) +– +340 ms/);
  });

  it("says when a running trace was last seen, where it has been silent", () => {
    const quiet = new Map([[running.id, now - 7_200_000]]);
    expect(table([running], 160, quiet)[1]).toContain("running, last seen 2 h ago");
    expect(table([running], 80, quiet)[1]).toContain("seen 2 h ago");
    expect(table([running], 160)[1]).toMatch(/ running +6/);
  });
});
