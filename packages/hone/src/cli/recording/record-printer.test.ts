import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import type { Span, SpanOf } from "../../core/span.ts";
import { sampleTraces } from "../../testing/sample-traces.ts";
import { RecordPrinter } from "./record-printer.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";

const sums = { dropped: 0, leftOut: 0 };

describe("the sums of a recording", () => {
  it("name the command that shows it, without the password of the store", () => {
    const streams = testStreams();
    const store = "postgres://ada:pw@db.example/traces";
    const printer = new RecordPrinter(new Terminal(streams, false), { isQuiet: true, store });
    printer.changes(sampleTraces(2).map((trace) => ({ trace, isNew: true, spans: trace.spans })));
    printer.summary("record-1", sums, 0);
    printer.problem(`no answer of ${store}`);
    const place = "--store postgres://ada@db.example/traces  (password: PGPASSWORD)\n";
    expect(streams.written.stderr).toContain(`traces show --last ${place}`);
    expect(streams.written.stderr).toContain(`traces list --tag record-1 ${place}`);
    expect(streams.written.stderr).not.toContain("pw@");
  });

  it("show a dash for tokens that were not counted, and in how many calls", () => {
    const [trace] = sampleTraces(1);
    const prompts = trace!.spans.filter((span) => span.kind === "prompt");
    const uncounted = prompts.map(({ usage: _, ...span }) => ({ ...span, id: `${span.id}-` }));
    const said = (spans: readonly Span[]): string => {
      const streams = testStreams();
      const options = { isQuiet: true, store: undefined };
      const printer = new RecordPrinter(new Terminal(streams, false), options);
      printer.changes([{ trace: { ...trace!, spans }, isNew: true, spans }]);
      printer.summary("record-1", sums, 0);
      return streams.written.stderr.split("\n")[0]!;
    };
    expect(said(uncounted)).toContain("– tokens in, – out (1 call without counts)");
    expect(said([...prompts, ...uncounted])).toMatch(
      /\d+ tokens in, \d+ out \(1 call without counts\)$/,
    );
    expect(said(prompts)).toMatch(/\d+ tokens in, \d+ out$/);
    // An agent's own prompt around a call that has counts.
    const inner = prompts.map((span) => ({ ...span, parentId: uncounted[0]!.id }));
    expect(said([...uncounted, ...inner])).toMatch(/\d+ tokens in, \d+ out$/);
  });

  it("leave an agent's own prompt out of the calls, in whatever order the spans come", () => {
    const [sample] = sampleTraces(1);
    const { parentId: _, ...prompt } = sample!.spans.find((span) => span.kind === "prompt")!;
    const error = { message: "429" };
    const { usage: own, ...plain } = prompt as SpanOf<"prompt">;
    const agent: Span = { ...plain, id: "agent", error };
    const step: Span = { ...agent, id: "step", parentId: "agent", kind: "content", content: "" };
    const call: Span = { ...plain, id: "call", parentId: "step", error };
    const tool: Span = { ...step, id: "tool", kind: "tool", toolName: "ask", arguments: {} };
    const asked: Span = { ...prompt, id: "asked", parentId: "tool" } as Span;
    const sumsOf = (...batches: (readonly Span[])[]): object => {
      const streams = testStreams();
      const options = { isQuiet: true, store: undefined };
      const printer = new RecordPrinter(new Terminal(streams, true), options);
      let spans: readonly Span[] = [];
      for (const batch of batches) {
        const isNew = spans.length === 0;
        spans = [...spans, ...batch];
        const status = batch === batches.at(-1) ? "completed" : "running";
        printer.changes([{ trace: { ...sample!, status, spans }, isNew, spans: batch }]);
      }
      printer.summary("record-1", sums, 0);
      return JSON.parse(streams.written.stderr) as object;
    };
    const one = { traces: 1, calls: 1, failed: 1, uncounted: 0, tokens: { input: 0, output: 0 } };
    expect(sumsOf([call, step, agent])).toMatchObject(one);
    expect(sumsOf([call], [step], [agent])).toMatchObject(one);
    expect(sumsOf([agent], [step], [call])).toMatchObject(one);
    // A call in a tool of a call is a second one.
    const tokens = { input: own!.input, output: own!.output };
    expect(sumsOf([asked], [tool], [agent])).toMatchObject({
      ...one,
      calls: 3,
      failed: 2,
      tokens,
    });
    // Tokens that only the agent's prompt has.
    const { error: __, ...quiet } = call;
    expect(sumsOf([quiet as Span], [step], [{ ...prompt, id: "agent" } as Span])).toMatchObject({
      ...one,
      failed: 0,
      uncounted: 1,
      tokens,
    });
  });
});

describe("a recording", () => {
  const [trace] = sampleTraces(1);
  const record = (isTerminal: boolean, options: { readonly isOff?: boolean } = {}): string => {
    const streams = testStreams(isTerminal);
    const all = { isQuiet: false, store: undefined, ...options };
    const printer = new RecordPrinter(new Terminal(streams, false), all);
    if (options.isOff !== true) {
      printer.changes([{ trace: trace!, isNew: true, spans: trace!.spans }]);
    }
    printer.summary("record-1", sums, 0);
    return stripVTControlCharacters(streams.written.stderr);
  };

  it("leaves the line that the program did not finish, where both share a terminal", () => {
    expect(record(true)).toMatch(/^\nUTC time [^]*\n\nhone: 1 trace, /);
    expect(record(false)).toMatch(/^UTC time [^]*[^\n]\nhone: 1 trace, /);
  });

  it("says that it is turned off", () => {
    const said = record(false, { isOff: true });
    expect(said).toMatch(/^hone: HONE_TRACES=off turns the recording of Node programs off/);
    expect(said).toContain("→ no call was recorded; unset HONE_TRACES to record");
    expect(record(false)).not.toContain("HONE_TRACES");
  });
});
