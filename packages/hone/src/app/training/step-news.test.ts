import { expect, it } from "vitest";
import { warningText } from "./step-news.ts";

it("a step without signal says what the method needs", () => {
  const said = (metrics: Record<string, number>): readonly (string | undefined)[] =>
    ["STEP_WITHOUT_SIGNAL", "GROUPS_WITHOUT_SIGNAL"].map((code) =>
      warningText(code, 2, { step: 3, metrics: { groups: 4, ...metrics } }),
    );
  expect(said({})).toEqual([
    "step 3 changed nothing: no group had two different rewards",
    "in 2 of 4 groups all answers had the same reward, so nothing was learned from them",
  ]);
  // Expert iteration with a threshold; pairs with a least margin.
  expect(said({ chosen: 0 })).toEqual([
    "step 3 changed nothing: no answer was chosen",
    "in 2 of 4 groups no answer was chosen, so nothing was learned from them",
  ]);
  expect(said({ pairs: 0 })[0]).toBe("step 3 changed nothing: no two answers made a pair");
});
