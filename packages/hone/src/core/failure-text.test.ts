import { expect, it } from "vitest";
import { failureAdvice } from "./failure-text.ts";
import { inCode } from "./option-naming.ts";

const refused = "in a call of the model: connect ECONNREFUSED 127.0.0.1:11434.";

it("where nothing answers at a model's address, the advice is on the address", () => {
  expect(failureAdvice("policy", inCode, refused)).toMatch(/^Nothing answers at the address/);
  expect(failureAdvice("policy", inCode, "in a call of the model: too long.")).toMatch(
    /^Give the model/,
  );
  // The database of a reward is no model.
  expect(failureAdvice("reward", inCode, refused)).toMatch(/^Correct the reward function/);
});
