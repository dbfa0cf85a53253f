import { describe, expect, it } from "vitest";
import { cohenKappa, fleissKappa, krippendorffAlpha } from "./rater-agreement.ts";

/** Two raters from a table of counts: rows the first's category, columns the second's. */
function raters(table: readonly (readonly number[])[]): [number[], number[]] {
  const pairs = table.flatMap((row, i) =>
    row.flatMap((count, j) => Array.from({ length: count }, () => [i, j] as const)),
  );
  return [pairs.map(([i]) => i), pairs.map(([, j]) => j)];
}

describe("Cohen's kappa", () => {
  it("is 0.4 for the 50 proposals of the textbook table 20 5 / 10 15", () => {
    // Observed 0.7, expected 0.5·0.6 + 0.5·0.4 = 0.5.
    expect(
      cohenKappa(
        ...raters([
          [20, 5],
          [10, 15],
        ]),
      ),
    ).toBeCloseTo(0.4, 12);
  });

  it("is 0.1304 and 0.2593 for two tables of equal agreement and other margins", () => {
    expect(
      cohenKappa(
        ...raters([
          [45, 15],
          [25, 15],
        ]),
      ),
    ).toBeCloseTo(0.1304, 4);
    expect(
      cohenKappa(
        ...raters([
          [25, 35],
          [5, 35],
        ]),
      ),
    ).toBeCloseTo(0.2593, 4);
  });

  it("weighs how far apart ordered ratings are", () => {
    // 1 2 3 against 1 2 2: one of three differs by one step.
    // Expected over all nine pairs: unweighted 6, linear 1+1+… = 0+1+1 + 1+0+0 + 2+1+1 = 7, quadratic 0+1+1+1+0+0+4+1+1 = 9.
    const [a, b] = [
      [1, 2, 3],
      [1, 2, 2],
    ] as const;
    expect(cohenKappa(a, b)).toBeCloseTo(1 - 3 / 6, 12);
    expect(cohenKappa(a, b, "linear")).toBeCloseTo(1 - 3 / 7, 12);
    expect(cohenKappa(a, b, "quadratic")).toBeCloseTo(1 - 3 / 9, 12);
  });

  it("does not exist where both always say the same, and needs lists of one length", () => {
    expect(cohenKappa(["a", "a"], ["a", "a"])).toBeUndefined();
    expect(() => cohenKappa(["a"], [])).toThrow(
      expect.objectContaining({ code: "SHAPE_MISMATCH" }),
    );
  });
});

describe("Fleiss' kappa", () => {
  it("is 0.210 for the table of 14 raters, 10 items and 5 categories", () => {
    const counts = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    expect(fleissKappa(counts)).toBeCloseTo(0.21, 3);
  });

  it("is 1 where all agree on different things, and does not exist where there is only one", () => {
    expect(
      fleissKappa([
        [3, 0],
        [0, 3],
      ]),
    ).toBe(1);
    expect(
      fleissKappa([
        [3, 0],
        [3, 0],
      ]),
    ).toBeUndefined();
    expect(fleissKappa([])).toBeUndefined();
    expect(() =>
      fleissKappa([
        [2, 1],
        [1, 1],
      ]),
    ).toThrow(expect.objectContaining({ code: "SHAPE_MISMATCH" }));
  });
});

describe("Krippendorff's alpha", () => {
  const none = undefined;
  /** Four observers, twelve units, with gaps: the example of the paper's section on missing data. */
  const ratings = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, none, none, none],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, none, 3],
    [none, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, none],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, none],
  ];

  it.each([
    ["nominal", 0.743],
    ["ordinal", 0.815],
    ["interval", 0.849],
    ["ratio", 0.797],
  ] as const)("is on the scale %s what its author gives: %d", (scale, alpha) => {
    expect(krippendorffAlpha(ratings, scale)).toBeCloseTo(alpha, 3);
  });

  it("takes labels on the nominal scale only", () => {
    expect(
      krippendorffAlpha([
        ["a", "b"],
        ["a", "b"],
      ]),
    ).toBe(1);
    const expected = expect.objectContaining({ code: "OPTION_INVALID" });
    expect(() => krippendorffAlpha([["a"], ["b"]], "interval")).toThrow(expected);
    expect(() => krippendorffAlpha([[-1], [1]], "ratio")).toThrow(expected);
  });

  it("does not exist for one rater, or where all say the same", () => {
    expect(krippendorffAlpha([[1, 2, 3]])).toBeUndefined();
    expect(
      krippendorffAlpha([
        [1, 1],
        [1, 1],
      ]),
    ).toBeUndefined();
    expect(krippendorffAlpha([])).toBeUndefined();
  });
});
