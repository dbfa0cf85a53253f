import { expect, it } from "vitest";
import { conditionsOf, optionsText, withConditions } from "./conditions.ts";

const address = new URLSearchParams({
  agent: "it's",
  order: "reward",
  text: "",
  from: "0",
  a: "1",
});

it("the conditions of an address leave its other parts and empty fields out", () => {
  expect(conditionsOf(address)).toEqual({ agent: "it's", from: "0" });
  expect(withConditions("/analysis/errors", address)).toBe("/analysis/errors?agent=it%27s&from=0");
});

it("a command line means the same, in quotes where a shell needs them", () => {
  expect(optionsText(conditionsOf(address), "sqlite:./a b.db")).toBe(
    " --store 'sqlite:./a b.db' --agent 'it'\\''s' --from 1970-01-01T00:00:00.000Z",
  );
  expect(optionsText({ minReward: "-1" }, undefined)).toBe(" --min-reward=-1");
});
