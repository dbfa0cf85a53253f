import { describe, expect, it } from "vitest";
import { sampleTraces } from "../testing/sample-traces.ts";
import { RecordPrinter } from "./record-printer.ts";
import { testStreams } from "./streams-fixture.ts";
import { Terminal } from "./terminal.ts";

const sums = { dropped: 0, leftOut: 0 };

describe("the sums of a recording", () => {
  it("name the command that shows it, without the password of the store", () => {
    const streams = testStreams();
    const store = "postgres://ada:pw@db.example/traces";
    const printer = new RecordPrinter(new Terminal(streams, false), { isQuiet: true, store });
    printer.changes(sampleTraces(2).map((trace) => ({ trace, isNew: true, spans: trace.spans })));
    printer.summary("record-1", sums, 0);
    const place = "--store postgres://ada@db.example/traces  (password: PGPASSWORD)\n";
    expect(streams.written.stderr).toContain(`traces show --last ${place}`);
    expect(streams.written.stderr).toContain(`traces list --tag record-1 ${place}`);
    expect(streams.written.stderr).not.toContain("pw@");
  });
});
