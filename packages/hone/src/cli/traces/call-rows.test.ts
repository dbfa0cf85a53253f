import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Span } from "../../core/span.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { callHead, callRow } from "./call-rows.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";

const start = Date.UTC(2026, 0, 31, 12);
const trace = sampleTraces(1)[0]!;
const call: Span = {
  kind: "prompt",
  id: "p",
  traceId: trace.id,
  sequence: 0,
  startedAt: start,
  endedAt: start + 1000,
  attributes: {},
  input: "x",
  model: "a-model-with-a-long-name",
  usage: { input: 412, output: 38 },
};

function rowsAt(columns: number, span: Span): readonly [string, string] {
  const streams = testStreams();
  Object.assign(streams.stdout, { isTTY: true, columns });
  const terminal = new Terminal(streams, false);
  const head = stripVTControlCharacters(callHead(terminal, "stdout"));
  return [head, stripVTControlCharacters(callRow(span, trace, terminal, "stdout"))];
}

describe("rows of calls", () => {
  const before = process.env["TZ"];
  beforeEach(() => {
    process.env["TZ"] = "Asia/Tokyo";
  });
  afterEach(() => {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });

  it("show the time in UTC, as lists have it, and say so", () => {
    const [head, row] = rowsAt(120, call);
    expect(head).toMatch(/^UTC time /);
    expect(row).toMatch(/^12:00:01 /);
  });

  it.each([40, 60, 80, 120])(
    "hold how long a call took, and begin its error, at %i columns",
    (columns) => {
      const [head, row] = rowsAt(columns, { ...call, error: { message: "no answer" } });
      expect(head).toContain("took");
      expect(row).toMatch(/1\.00 s +✗|1\.00 s.*…$/);
      expect(row.length).toBeLessThanOrEqual(columns);
      if (columns >= 80) expect(row).toMatch(/ 412 +38 /);
    },
  );

  it("show a dash for tokens that nobody counted", () => {
    const { usage: _, ...uncounted } = call as Extract<Span, { kind: "prompt" }>;
    expect(rowsAt(120, uncounted)[1]).toMatch(/ – +– +1\.00 s$/);
  });
});
