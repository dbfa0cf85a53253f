import { describe, expect, it } from "vitest";
import { type Feedback, withId } from "../../core/feedback.ts";
import type { QueueItem } from "../../core/feedback-queue.ts";
import { createHandOut, type ItemState } from "./hand-out.ts";
import { queueAgreement } from "./queue-agreement.ts";
import { conflictsOf, judgementsOf } from "./queue-judgements.ts";

let at = 0;
const rated = (author: string, rating: number, low = 1, high = 5): Feedback =>
  withId({ kind: "rating", author, at: ++at, traceId: "t", rating, low, high });
const compared = (author: string, first: string, second: string, preferred: "first" | "tie") =>
  withId({ kind: "comparison", author, at: ++at, first, second, preferred });

const numbers = (kind: "rate" | "thumbs", values: readonly (readonly number[])[]) =>
  values.map((of) =>
    judgementsOf(
      kind,
      ["t"],
      of.flatMap((value, i) => {
        if (Number.isNaN(value)) return [];
        return [kind === "rate" ? rated(`r${i}`, value) : rated(`r${i}`, value, 0, 1)];
      }),
    ),
  );

describe("the judgements of an item", () => {
  it("are the last word of each rater on the queue's own scale", () => {
    const said = [rated("ada", 2), rated("ben", 1, 0, 1), rated("ada", 4)];
    expect(judgementsOf("rate", ["t"], said)).toMatchObject([{ author: "ada", value: 4 }]);
    expect(judgementsOf("thumbs", ["t"], said)).toMatchObject([{ author: "ben", value: 1 }]);
  });

  it("of a pair name the same answer, on whichever side it stood", () => {
    const item: QueueItem = ["a", "b"];
    const said = [
      compared("ada", "a", "b", "first"),
      compared("ben", "b", "a", "first"),
      compared("cy", "b", "a", "tie"),
      compared("di", "a", "c", "first"),
    ];
    expect(judgementsOf("compare", item, said).map(({ value }) => value)).toEqual([
      "first",
      "second",
      "tie",
    ]);
  });
});

describe("agreement in a queue", () => {
  const none = NaN;
  it("is of ratings the ordinal alpha of the published example, and of two raters the weighted kappa", () => {
    // The example of Krippendorff 2011 with missing data, a unit a line: ordinal alpha 0.815.
    const items = numbers("rate", [
      [1, 1, none, 1],
      [2, 2, 3, 2],
      [3, 3, 3, 3],
      [3, 3, 3, 3],
      [2, 2, 2, 2],
      [1, 2, 3, 4],
      [4, 4, 4, 4],
      [1, 1, 2, 1],
      [2, 2, 2, 2],
      [none, 5, 5, 5],
      [none, none, 1, 1],
      [none, 3, none, none],
    ]);
    const { alpha, judgedTwice, pairs, scale } = queueAgreement("rate", items)!;
    expect([scale, judgedTwice, pairs.length]).toEqual(["ordinal", 11, 6]);
    expect(alpha).toBeCloseTo(0.815, 3);
    // r0 and r1 say 1 2 3 3 2 1 4 1 2 and the same but for a 2 in the sixth place. Squared distances of the 81 ordered pairs sum to
    // 149, of the nine that belong together to 1: 1 − 9 · 1 / 149.
    expect(pairs[0]).toMatchObject({ raters: ["r0", "r1"], items: 9, same: 8 / 9 });
    expect(pairs[0]!.kappa).toBeCloseTo(1 - 9 / 149, 12);
  });

  it("counts the whole scale between two ratings, also where nobody used its middle", () => {
    // 1 5 5 against 1 5 2 on the scale 1 to 5: 9 of a sum over nine pairs of 0+16+1 + 2·(16+0+9) = 67.
    const { pairs } = queueAgreement(
      "rate",
      numbers("rate", [
        [1, 1],
        [5, 5],
        [5, 2],
      ]),
    )!;
    expect(pairs[0]!.kappa).toBeCloseTo(1 - (3 * 9) / 67, 12);
  });

  it("is nominal of thumbs, and there is none of corrections", () => {
    // Units (1 1), (0 0), (1 0): D_o = 2 / 6; of 30 ordered pairs of 1 1 0 0 1 0, 18 differ.
    const items = numbers("thumbs", [
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
    expect(queueAgreement("thumbs", items)!.alpha).toBeCloseTo(1 - 1 / 3 / (18 / 30), 12);
    expect(queueAgreement("correct", [])).toBeUndefined();
  });
});

describe("a conflict", () => {
  it("of ratings begins two points apart, and the middle of three decides", () => {
    const found = conflictsOf("rate", numbers("rate", [[3, 4], [1, 3], [5], [1, 5, 4]]));
    expect(found.map(({ item, decision }) => [item, decision])).toEqual([
      [1, undefined],
      [3, 4],
    ]);
  });

  it("of labels is any difference, and more than half decide", () => {
    const found = conflictsOf(
      "thumbs",
      numbers("thumbs", [
        [1, 1],
        [1, 0],
        [0, 1, 0],
      ]),
    );
    expect(found.map(({ item, decision }) => [item, decision])).toEqual([
      [1, undefined],
      [2, 0],
    ]);
  });
});

describe("handing out", () => {
  const items = (...judgedBy: readonly string[][]): ItemState[] =>
    judgedBy.map((who) => ({ judgedBy: new Set(who), wanted: 1 }));

  it("gives two raters different items, and each the same again until it is judged", () => {
    const desk = createHandOut({ holdMs: 100, now: () => 0 });
    const all = items([], []);
    expect(desk.next("ada", all)).toEqual({ item: 0 });
    expect(desk.next("ben", all)).toEqual({ item: 1 });
    expect(desk.next("ada", all)).toEqual({ item: 0 });
    expect(desk.next("cy", all)).toEqual({ held: 2 });
  });

  it("gives an item to as many as are to judge it", () => {
    const desk = createHandOut({ holdMs: 100, now: () => 0 });
    const all = [{ judgedBy: new Set<string>(), wanted: 2 }];
    expect([desk.next("ada", all), desk.next("ben", all)]).toEqual([{ item: 0 }, { item: 0 }]);
    expect(desk.next("cy", all)).toEqual({ held: 1 });
    expect(desk.next("cy", [{ judgedBy: new Set(["ada"]), wanted: 2 }])).toEqual({ held: 1 });
    desk.release("ada", 0);
    expect(desk.next("cy", [{ judgedBy: new Set(["ada"]), wanted: 3 }])).toEqual({ item: 0 });
  });

  it("takes back what a rater left open, but not while they still show a sign", () => {
    let now = 0;
    const desk = createHandOut({ holdMs: 100, now: () => now });
    const all = items([]);
    desk.next("ada", all);
    now = 90;
    desk.hold("ada", 0);
    now = 180;
    expect(desk.next("ben", all)).toEqual({ held: 1 });
    now = 190;
    expect(desk.next("ben", all)).toEqual({ item: 0 });
  });

  it("asks for skipped items last, and for none that the rater has judged", () => {
    const desk = createHandOut({ holdMs: 100, now: () => 0 });
    const all = items([], ["ada"], []);
    desk.next("ada", all);
    desk.skip("ada", 0);
    expect(desk.next("ada", all)).toEqual({ item: 2 });
    desk.skip("ada", 2);
    expect(desk.next("ada", all)).toEqual({ item: 0 });
    expect(desk.next("ben", all)).toEqual({ item: 2 });
    expect(desk.next("ada", items(["ada"], ["ada"], ["ada"]))).toEqual({ held: 0 });
  });
});
