import { describe, expect, it } from "vitest";
import { teamLabels } from "./labels.ts";
import { similarityOf } from "./novelty.ts";

const seed = 1;

describe("labels", () => {
  it("are drawn from the seed, one for each member, and lead back to it however they are spelt", () => {
    const labels = teamLabels(["ada", "ben", "cleo"], seed);
    const given = ["ada", "ben", "cleo"].map((name) => labels.labelOf(name));
    expect(given.toSorted()).toEqual(["agent 1", "agent 2", "agent 3"]);
    expect(labels.order.map((name) => labels.labelOf(name))).toEqual(given.toSorted());
    const first = labels.order[0]!;
    for (const spelt of ["agent 1", "Agent1", "AGENT_1", "agent-1"]) {
      expect(labels.memberOf(spelt)).toBe(first);
    }
    for (const other of ["agent 4", "ada", "", "1"]) expect(labels.memberOf(other)).toBeUndefined();
    const orders = [1, 2, 3, 4, 5, 6, 7, 8].map((s) => teamLabels(["ada", "ben"], s).order.join());
    expect(new Set(orders).size).toBe(2);
  });

  it.each([
    [["agent 1", "agent 2"], "agent A"],
    [["1", "2"], "agent A"],
    [["A", "B"], "agent 1"],
    [["agent", "other"], "peer 1"],
    [["Agent", "PEER"], "colleague 1"],
  ])("hold no name of %j", (names, label) => {
    const labels = teamLabels(names, seed);
    expect(labels.labelOf(labels.order[0]!)).toBe(label);
  });

  it("cannot be found where every one would be a name", () => {
    const expected = expect.objectContaining({ code: "OPTION_INVALID" });
    expect(() => teamLabels(["agent", "peer", "colleague"], seed)).toThrow(expected);
  });

  it("go on after Z", () => {
    const names = Array.from({ length: 28 }, (_, i) => `${i + 1}`);
    const labels = teamLabels(names, seed);
    const last = labels.order.slice(-3).map((name) => labels.labelOf(name));
    expect(last).toEqual(["agent Z", "agent AA", "agent AB"]);
  });
});

describe("names in a text", () => {
  const labels = teamLabels(["Ann", "Ann Lee", "c++ (new)", "Łukasz"], seed);
  const label = (name: string): string => labels.labelOf(name);

  it.each([
    ["I, ann, agree", `I, ${label("Ann")}, agree`],
    ["Ann Lee said", `${label("Ann Lee")} said`],
    ["ask c++ (new)!", `ask ${label("c++ (new)")}!`],
    ["łukasz's idea", `${label("Łukasz")}'s idea`],
    ["Annual plans and Joann", "Annual plans and Joann"],
    ["agent_ann", `agent_${label("Ann")}`],
  ])("%s", (text, scrubbed) => {
    expect(labels.scrub(text)).toBe(scrubbed);
  });
});

describe("similarity", () => {
  it.each([
    ["the cat sat", "the cat ran", 0.5],
    ["The CAT, sat!", "sat the cat", 1],
    ["one", "two", 0],
    ["!!!", "!!!", 1],
    ["!!!", "???", 0],
    ["", "word", 0],
  ])("of %j and %j", (a, b, similarity) => {
    expect(similarityOf(a, b)).toBe(similarity);
  });
});
