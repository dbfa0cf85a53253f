import { describe, expect, it } from "vitest";
import type { Span } from "../../core/span.ts";
import type { Trace } from "../../core/trace.ts";
import { testStreams } from "../terminal/streams-fixture.ts";
import { Terminal } from "../terminal/terminal.ts";
import { traceTree, type TreeOptions } from "./trace-tree.ts";

const start = Date.UTC(2026, 0, 31, 12);
const base = (id: string, sequence: number, from: number, to?: number, parentId?: string) => ({
  id,
  traceId: "t1",
  sequence,
  startedAt: start + from,
  ...(to === undefined ? {} : { endedAt: start + to }),
  ...(parentId === undefined ? {} : { parentId }),
  attributes: {},
});
const search = { id: "c1", name: "search", arguments: '{"query":"tides"}' };

/** All six kinds, nested, failed and unfinished. */
const spans: readonly Span[] = [
  {
    ...base("p1", 0, 0, 1200),
    kind: "prompt",
    input: [
      { role: "system", content: "Be brief." },
      { role: "user", content: "What moves the sea?\nSay it in one line." },
    ],
    output: [{ role: "assistant", content: "", reasoning: "look first", toolCalls: [search] }],
    model: "gpt-4o",
    provider: "openai",
    usage: { input: 412, output: 38 },
  },
  { ...base("r1", 1, 100, 500, "p1"), kind: "reasoning", content: "look first" },
  {
    ...base("x1", 2, 1210, 1710),
    kind: "tool",
    toolName: "search",
    callId: "c1",
    arguments: { query: "tides" },
    error: { type: "TimeoutError", message: "no answer \u001b[2Jwithin 500 ms" },
  },
  {
    ...base("w1", 3, 1711, 1711, "x1"),
    kind: "reward",
    reward: -0.25,
    rewardType: "tool",
    source: "rule",
    targetId: "x1",
    components: { speed: -0.25 },
    reason: "too slow",
  },
  {
    ...base("v1", 4, 1800, 1800),
    kind: "coordination",
    event: "vote",
    details: { for: "answer 1" },
    agent: "critic",
  },
  { ...base("k1", 5, 1900, 1950), kind: "content", content: "The moon.\n".repeat(7) },
  { ...base("p2", 6, 2000), kind: "prompt", input: "and now?", model: "gpt-4o" },
];

const trace: Trace = {
  id: "t1",
  agent: "planner",
  agentVersion: "v2",
  task: "What moves the sea?",
  attempt: 1,
  status: "failed",
  startedAt: start,
  endedAt: start + 2500,
  error: { message: "gave up", code: "E1" },
  tags: ["sea"],
  metadata: { note: "x" },
  rewards: [
    {
      id: "h",
      total: 0.5,
      components: { rating: 0.5 },
      source: "human",
      by: "ada",
      at: start,
      reason: "fine",
    },
  ],
  spans,
};

const shown = (given: Trace, options: TreeOptions = {}): string =>
  traceTree(given, new Terminal(testStreams(), false), options).join("\n");

describe("the tree of a trace", () => {
  it("shows the total of rewards and reward spans", () => {
    expect(shown({ ...trace, rewards: [] })).toContain("  reward    -0.25\n");
  });

  it("shows all kinds of spans, nested, failed and unfinished", () => {
    expect(shown(trace)).toBe(
      `trace t1
  agent     planner, version v2
  task      What moves the sea?
  status    failed: E1: gave up
  started   2026-01-31 12:00:00 UTC, 2.50 s
  tokens    412 in, 38 out
  reward    0.5
            0.5 by ada (human): fine
  tags      sea
  metadata  {"note":"x"}

├─ prompt  gpt-4o (openai)  +0 ms, 1.20 s  412 → 38 tokens
│  │  system       Be brief.
│  │  user         What moves the sea?
│  │               Say it in one line.
│  │  → thinks     look first
│  │  → calls      search({"query":"tides"})
│  └─ reasoning  +100 ms, 400 ms
│        look first
├─ tool  search  +1.21 s, 500 ms
│  │  arguments    {"query":"tides"}
│  │  error        TimeoutError: no answer ␛[2Jwithin 500 ms
│  └─ reward  tool -0.25 by rule for tool search  +1.71 s, 0 ms
│        parts        {"speed":-0.25}
│        reason       too slow
├─ coordination  vote  +1.80 s, 0 ms  agent critic
│     details      {"for":"answer 1"}
├─ content  +1.90 s, 50 ms
│     The moon.
│     The moon.
│     The moon.
│     The moon.
│     … 3 more lines
└─ prompt  gpt-4o  +2.00 s, unfinished
      input        and now?`,
    );
  });

  it("shows what people said of it, with who and why, and the other trace of a comparison", () => {
    const other = `4bf92f35${"0".repeat(24)}`;
    const by = (author: string) => ({ id: author, author, at: start });
    const feedback = [
      { ...by("ada"), kind: "rating", traceId: "t1", rating: 4, low: 1, high: 5, reason: "clear" },
      { ...by("ben"), kind: "comparison", first: other, second: "t1", preferred: "second" },
      { ...by("cy"), kind: "comparison", first: "t1", second: other, preferred: "second" },
      { ...by("dee"), kind: "comparison", first: "t1", second: other, preferred: "tie" },
      {
        ...by("eve"),
        kind: "correction",
        traceId: "t1",
        answer: "The moon \u001b[2J. ".repeat(90),
      },
    ] as const;
    const text = shown({ ...trace, feedback });
    expect(text).toContain(
      `  feedback  ada rated it 4 of 1 to 5: clear
            ben found it better than 4bf92f3500
            cy found it worse than 4bf92f3500
            dee found it as good as 4bf92f3500
            eve corrected it: The moon ␛[2J. The moon`,
    );
    expect(text).toMatch(/… \d+ more lines\n {2}tags/);
    expect(shown({ ...trace, feedback }, { isFull: true }).match(/moon/g)).toHaveLength(97);
    expect(shown(trace)).not.toContain("feedback");
  });

  it("says of which calls the tokens are not known", () => {
    const [first] = spans as readonly [Extract<Span, { kind: "prompt" }>];
    const { usage: _, ...uncounted } = first;
    const second = { ...uncounted, id: "p9", sequence: 9 };
    expect(shown({ ...trace, spans: [first, second] })).toContain(
      "  tokens    412 in, 38 out (1 call without counts)\n",
    );
    expect(shown({ ...trace, spans: [second] })).toContain("  tokens    –\n");
    // An agent's own prompt has none, whose call has them.
    expect(shown({ ...trace, spans: [{ ...first, parentId: "p9" }, second] })).toContain(
      "  tokens    412 in, 38 out\n",
    );
  });

  it("says when a running trace was last seen, once it has been silent for a minute", () => {
    const { endedAt: _, error: __, ...rest } = trace;
    const running: Trace = { ...rest, status: "running" };
    expect(shown(running, { now: start + 2000 + 125_000 })).toContain(
      "  status    running, last seen 2 m ago\n",
    );
    expect(shown(running, { now: start + 2000 + 60_000 })).toContain("  status    running\n");
    expect(shown(trace, { now: start + 1e9 })).not.toContain("last seen");
  });

  it("shows no arguments of a tool that takes none", () => {
    const plain: Span = { ...base("x", 0, 0, 1), kind: "tool", toolName: "now", arguments: null };
    expect(shown({ ...trace, spans: [plain] })).not.toContain("arguments");
  });

  it("shows whole texts when asked, and only the kinds asked for under the parents that are left", () => {
    expect(shown(trace, { isFull: true }).match(/The moon\./g)).toHaveLength(7);
    const nested: Span = {
      ...base("x2", 7, 300, 310, "r1"),
      kind: "tool",
      toolName: "add",
      arguments: 1,
    };
    const few = shown(
      { ...trace, spans: [...spans, nested] },
      { kinds: new Set(["prompt", "tool"]) },
    );
    expect(few).toContain("│  └─ tool  add  +300 ms, 10 ms");
    expect(few).not.toContain("reasoning");
    expect(few.split("\n").at(-1)).toBe("4 spans of other kinds");
  });

  it("shows every span once although parents are missing, are the spans themselves or go in a circle", () => {
    const odd = (id: string, sequence: number, parentId: string): Span => ({
      ...base(id, sequence, sequence, sequence, parentId),
      kind: "content",
      content: `text ${id}`,
    });
    const given = [
      odd("a", 0, "b"),
      odd("b", 1, "a"),
      odd("c", 2, "c"),
      odd("d", 3, "gone"),
      odd("e", 4, "a"),
    ];
    const text = shown({ ...trace, spans: given });
    for (const id of ["a", "b", "c", "d", "e"]) expect(text.split(`text ${id}`)).toHaveLength(2);
  });

  it("holds spans nested two thousand deep", () => {
    const deep = Array.from({ length: 2000 }, (_, i): Span => ({
      ...base(`s${i}`, i, i, i, i === 0 ? undefined : `s${i - 1}`),
      kind: "content",
      content: "x",
    }));
    expect(shown({ ...trace, spans: deep })).toContain("content");
  });

  it("colours on a terminal only", () => {
    const onTerminal = traceTree(trace, new Terminal(testStreams(true), false)).join("\n");
    const isColoured = process.env["NO_COLOR"] === undefined;
    expect(onTerminal.includes("\u001b[")).toBe(isColoured);
    expect(onTerminal).not.toContain("\u001b[2J");
    expect(shown(trace)).not.toContain("\u001b");
  });
});
