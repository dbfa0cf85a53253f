import { describe, expect, it } from "vitest";
import type { ToolCall } from "../core/message.ts";
import { type CallPiece, StreamedAnswer } from "./streamed-answer.ts";
import { TextBudget } from "./text-budget.ts";
import { chatCompletions } from "./wires/chat-completions.ts";

function callsOf(pieces: readonly CallPiece[]): readonly ToolCall[] {
  const answer = new StreamedAnswer();
  for (const piece of pieces) answer.callPiece(piece);
  return answer.messages()[0]?.toolCalls ?? [];
}

const boat = { id: "t1", name: "lookup", arguments: '{"q":"boat"}' };
const price = { id: "t2", name: "price", arguments: '{"n":2}' };
const first = '{"q":';
const rest = '"boat"}';

/** Streams of providers as their users report them, by what is odd about them. */
const streams: readonly (readonly [string, readonly CallPiece[], readonly ToolCall[]])[] = [
  [
    "without index, each call whole",
    [
      { id: "t1", name: "lookup", piece: boat.arguments },
      { id: "t2", name: "price", piece: price.arguments },
    ],
    [boat, price],
  ],
  [
    "with id and name in every piece",
    [
      { index: 0, id: "t1", name: "lookup", piece: first },
      { index: 0, id: "t1", name: "lookup", piece: rest },
    ],
    [boat],
  ],
  [
    "with empty id and name in later pieces",
    [
      { index: 0, id: "t1", name: "lookup", piece: first },
      { index: 0, id: "", name: "", piece: rest },
    ],
    [boat],
  ],
  [
    "with null in later pieces",
    [
      { index: null, id: "t1", name: "lookup", piece: first },
      { index: null, id: null, name: null, piece: rest },
    ],
    [boat],
  ],
  [
    "with another id in every piece and the name in the first",
    [
      { index: 0, id: "t1", name: "lookup", piece: first },
      { index: 0, id: "x", piece: rest },
      { index: 1, id: "t2", name: "price", piece: price.arguments },
    ],
    [boat, price],
  ],
  [
    "with the same index for every call",
    [
      { index: 0, id: "t1", name: "lookup", piece: boat.arguments },
      { index: 0, id: "t2", name: "price", piece: price.arguments },
    ],
    [boat, price],
  ],
  [
    "by their ids alone",
    [{ id: "t1" }, { id: "t2" }, { id: "t1", name: "lookup", piece: boat.arguments }],
    [boat, { id: "t2", name: "", arguments: "" }],
  ],
  [
    "with the same index for a call without arguments and the next",
    [
      { index: 0, id: "t0", name: "now" },
      { index: 0, id: "t2", name: "price", piece: price.arguments },
    ],
    [{ id: "t0", name: "now", arguments: "" }, price],
  ],
  [
    "with an index that changes within a call",
    [
      { index: 0, id: "t1", name: "lookup", piece: first },
      { index: 1, id: "t1", piece: rest },
    ],
    [boat],
  ],
  [
    "without index in later pieces",
    [
      { id: "t1", name: "lookup", piece: first },
      { piece: rest },
      { id: "t2", name: "price", piece: '{"n"' },
      { piece: ":2}" },
    ],
    [boat, price],
  ],
  [
    "with the id after the name",
    [
      { index: 0, name: "lookup" },
      { index: 0, id: "t1", piece: boat.arguments },
    ],
    [boat],
  ],
  [
    "with the name in pieces",
    [
      { index: 0, id: "t1", name: "look" },
      { index: 0, name: "up", piece: boat.arguments },
    ],
    [boat],
  ],
  [
    "with arguments as a value",
    [{ index: 0, id: "t1", name: "lookup", value: { q: "boat" } }],
    [boat],
  ],
  [
    "with pieces of two calls in turn",
    [
      { index: 0, id: "t1", name: "lookup", piece: first },
      { index: 1, id: "t2", name: "price", piece: '{"n"' },
      { index: 0, piece: rest },
      { index: 1, piece: ":2}" },
    ],
    [boat, price],
  ],
  [
    "with an id that is given again in the next step",
    [
      { index: 0, id: "t1", name: "lookup", piece: boat.arguments },
      { index: 0, id: "t1", name: "price", piece: price.arguments },
    ],
    [boat, { ...price, id: "t1" }],
  ],
];

const anonymous = (calls: readonly ToolCall[]): ToolCall[] =>
  calls.map((call) => ({ ...call, id: "" }));

const withoutIds: readonly (readonly [string, readonly CallPiece[], readonly ToolCall[]])[] = [
  [
    "by their names, whole and in pieces",
    [
      { name: "lookup", piece: first },
      { piece: rest },
      { name: "price", piece: price.arguments },
      { name: "price", piece: price.arguments },
    ],
    [boat, price, price],
  ],
  [
    "whose name stands in every piece",
    [
      { index: 0, name: "lookup", piece: first },
      { index: 0, name: "lookup", piece: rest },
      { index: 0, name: "price", piece: price.arguments },
    ],
    [boat, price],
  ],
  [
    "as values",
    [
      { name: "lookup", value: boat.arguments },
      { name: "lookup", value: { q: "boat" } },
    ],
    [boat, boat],
  ],
];

describe("calls of tools in a stream", () => {
  it.each(streams)("are told apart %s", (_, pieces, calls) => {
    expect(callsOf(pieces)).toEqual(calls);
  });

  it.each(withoutIds)("without ids are told apart %s", (_, pieces, calls) => {
    expect(callsOf(pieces)).toEqual(anonymous(calls));
  });

  it("keep the text of their arguments as the model wrote it", () => {
    const text = '{"row": 2512292042121000001, "price": 5.0, "10": "a", "2": "b"}';
    const pieces = text.split("").map((piece) => ({ index: 0, piece }));
    expect(callsOf([{ index: 0, id: "t1", name: "buy" }, ...pieces])).toEqual([
      { id: "t1", name: "buy", arguments: text },
    ]);
  });

  it("of Chat Completions stand in the answer with their own ids", () => {
    const delta = (id: unknown, name: unknown, text: string, index?: number) => ({
      choices: [
        {
          index: 0,
          delta: { tool_calls: [{ index, id, function: { name, arguments: text } }] },
        },
      ],
    });
    const whole = [delta("t1", "lookup", boat.arguments), delta("t2", "price", price.arguments)];
    const pieces = [delta("t1", "lookup", first, 0), delta("", "", rest, 0)];
    const repeated = [delta("t1", "lookup", first, 0), delta("t1", "lookup", rest, 0)];
    const read = (events: readonly object[]) =>
      chatCompletions.streamed(events as Record<string, unknown>[], true).output?.[0]?.toolCalls;
    expect(read(whole)).toEqual([boat, price]);
    expect(read(pieces)).toEqual([boat]);
    expect(read(repeated)).toEqual([boat]);
  });
});

describe("a streamed answer", () => {
  it("is the message as far as it came, however often it is asked for", () => {
    const answer = new StreamedAnswer();
    expect(answer.isEmpty).toBe(true);
    answer.reasoning("Hm");
    answer.reasoning(".");
    answer.text("I ");
    answer.text("look.");
    const said = { role: "assistant", content: "I look.", reasoning: "Hm." };
    expect(answer.messages()).toEqual([said]);
    answer.callPiece({ id: "t1", name: "lookup", piece: first });
    const call = { id: "t1", name: "lookup", arguments: first };
    expect(answer.messages()).toEqual([{ ...said, toolCalls: [call] }]);
    answer.callPiece({ piece: rest });
    expect(answer.messages()).toEqual([{ ...said, toolCalls: [boat] }]);
  });

  it("keeps what its share of the budget allows, says that it was cut, and gives all back", () => {
    const budget = new TextBudget({ each: 350, all: 500 });
    const [one, two] = [new StreamedAnswer(budget.open()), new StreamedAnswer(budget.open())];
    one.text("x".repeat(100));
    one.callPiece({ id: "t1", name: "a", piece: "{" });
    one.callPiece({ id: "t2", name: "b", piece: "{" });
    one.callPiece({ id: "t1", piece: "}" });
    expect(one.isCut).toBe(true);
    expect(one.messages()[0]?.toolCalls).toEqual([{ id: "t1", name: "a", arguments: "{" }]);
    two.text("y".repeat(200));
    expect([two.isCut, two.isEmpty]).toEqual([true, true]);
    one.release();
    one.text("late");
    expect([one.isEmpty, budget.used]).toEqual([true, 0]);
    const three = new StreamedAnswer(budget.open());
    three.text("z".repeat(200));
    expect(three.messages()[0]?.content).toHaveLength(200);
  });
});
