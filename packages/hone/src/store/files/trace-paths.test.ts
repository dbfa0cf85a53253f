import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeName } from "../../formats/file-names.ts";
import { pathOf, stemOf, timeOfPath } from "./trace-paths.ts";

describe("names of files", () => {
  it.each([
    ["agent_1", "agent_1"],
    ["../../x", "%2E.%2F..%2Fx"],
    [".", "%2E"],
    ["..", "%2E%2E"],
    ["", "%"],
    ["%", "%25"],
    ["a.b-c", "a.b-c"],
    ["nul", "%6Eul"],
    ["COM1.txt", "%43OM1.txt"],
    ["é b", "%C3%A9%20b"],
  ])("of %j are %j", (name, encoded) => {
    expect(encodeName(name)).toBe(encoded);
  });

  it("are safe on every system, short, and of different names different", () => {
    const name = fc.string({ unit: "grapheme", maxLength: 300 });
    fc.assert(
      fc.property(name, name, (a, b) => {
        const encoded = encodeName(a);
        expect(encoded).toMatch(/^[A-Za-z0-9_%~-]([A-Za-z0-9_.%~-]*[A-Za-z0-9_%~-])?$/);
        expect(encoded.length).toBeLessThanOrEqual(180);
        if (a.toWellFormed() !== b.toWellFormed()) expect(encodeName(b)).not.toBe(encoded);
      }),
    );
  });
});

describe("the path of a trace", () => {
  const head = {
    id: "abc",
    agent: "agent_1",
    task: "",
    attempt: 1,
    status: "completed",
    startedAt: Date.UTC(2025, 0, 9, 23, 59, 59, 999),
    tags: [],
    metadata: {},
    rewards: [],
  } as const;

  it("is the day in UTC, the agent and the id", () => {
    expect(pathOf(head, () => false)).toBe("traces/20250109/agent_1/trace_abc.json");
    expect(timeOfPath("traces/20250109/agent_1/trace_abc.json")).toBe(Date.UTC(2025, 0, 9));
    expect(stemOf("trace_abc")).toBe("trace_abc");
  });

  it("ends in a hash of the id where another trace has it", () => {
    const path = pathOf(head, (taken) => taken === "traces/20250109/agent_1/trace_abc.json");
    expect(path).toMatch(/^traces\/20250109\/agent_1\/trace_abc~[0-9a-f]{32}\.json$/);
  });
});
