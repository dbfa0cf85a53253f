import { expect, it } from "vitest";
import { rewardsByMember, teamOf } from "./team-rounds.ts";
import type { Span } from "./spans.ts";

/** The schema knows no names of attributes, which are the recorder's. */
const attributesOf = (attempt: number): object => ({ attributes: { attempt } });

let sequence = 0;
const event = (name: string, details: object, agent?: string, attempt = 1): Span => ({
  span_type: "coordination",
  hone: {
    ...{ version: 1, id: `s${sequence}`, sequence: sequence++, startedAt: 0 },
    ...{ event: name, details },
    ...attributesOf(attempt),
    ...(agent !== undefined && { agent }),
  },
});

it("a team has lanes of members and rounds, its own events, and a winner", () => {
  const team = teamOf([
    event("team_start", { members: ["ada", "ben"] }),
    event("turn", { round: 1 }, "ben"),
    event("new_answer", { round: 1, text: "four" }, "ben"),
    event("answer_refused", { round: 1, refused: "not_novel" }, "ada"),
    event("vote", { round: 2, choice: "ben" }, "ada"),
    event("restart", { instructions: "in figures" }),
    event("new_answer", { round: 1, text: "4" }, "ben", 2),
    event("restart", { by: "ben", version: 2 }, "ada"),
    event("consensus", { winner: "ben" }),
    event("outcome", { ending: "consensus", winner: { member: "ben", text: "4", version: 2 } }),
  ])!;
  expect(team.members).toEqual(["ada", "ben"]);
  expect(team.winner).toBe("ben");
  expect(team.together.map(({ event: name, says }) => `${name}: ${says}`)).toEqual([
    "team_start: ",
    "restart: in figures",
    "restart: ada, after the answer of ben",
    "consensus: ben",
    "outcome: consensus, ben: 4",
  ]);
  const lanes = team.rounds.map(({ name, byMember }) => [
    name,
    [...byMember].map(([member, steps]) => `${member}: ${steps.map(({ says }) => says).join()}`),
  ]);
  expect(lanes).toEqual([
    ["1", ["ben: four", "ada: not_novel"]],
    ["2", ["ada: for ben"]],
    ["2.1", ["ben: 4"]],
  ]);
});

it("a trace of one agent is no team", () => {
  expect(teamOf([event("vote", { round: 1 }, "ada")])).toBeUndefined();
});

it("what members earned is in the parts of rewards", () => {
  const rewards = [{ components: { "agent/ada": 0.5, success: 1 } }];
  expect(rewardsByMember(rewards)).toEqual(new Map([["ada", 0.5]]));
  expect(rewardsByMember("none")).toEqual(new Map());
});
