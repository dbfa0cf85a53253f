import { describe, expect, it } from "vitest";
import { outcomeOfEvents } from "./foreign-outcome.ts";

type Event = Parameters<typeof outcomeOfEvents>[0][number];

const event = (name: string, details: Event["details"], agent?: string): Event => ({
  event: name,
  details,
  ...(agent !== undefined && { agent }),
});

describe("a team of another orchestrator", () => {
  it("counts reported rounds, votes after the last answer, and the last vote of each voter", () => {
    const outcome = outcomeOfEvents(
      [
        event("iteration_start", { round: 1 }),
        event("newAnswer", { text: "a1" }, "a"),
        event("vote", { for: "a" }, "c"),
        event("iteration_start", { round: 2 }),
        event("answer", "b1", "b"),
        event("restart_triggered", null, "a"),
        event("vote", { voted_for: "a", voter: "c" }),
        event("vote", { for: "b", reason: "shorter" }, "c"),
        event("vote", { choice: "b" }, "a"),
        event("vote", { choice: "a" }, "b"),
      ],
      1200,
    )!;
    expect(outcome).toMatchObject({
      members: ["a", "b", "c"],
      rounds: 2,
      tokens: 1200,
      isConsensus: true,
      ending: "consensus",
      winner: { member: "b", text: "b1", version: 2 },
      restarts: [{ member: "a", version: 2, by: "b" }],
    });
    expect(outcome.votes.map(({ voter, choice }) => [voter, choice])).toEqual([
      ["c", "b"],
      ["a", "b"],
      ["b", "a"],
    ]);
    expect(outcome.votesCast).toHaveLength(5);
  });

  it("believes what its end says of the winner and of consensus, whatever the votes were", () => {
    const votes = [event("vote", { for: "a" }, "a"), event("vote", { for: "a" }, "b")];
    const answers = [event("answer", { text: "x" }, "a"), event("answer", { text: "y" }, "b")];
    const end = event("end", { winner: { id: "b" }, consensus: false });
    expect(outcomeOfEvents([...answers, ...votes, end], undefined)).toMatchObject({
      winner: { text: "y" },
      isConsensus: false,
      ending: "limits",
      rounds: 2,
    });
    expect(outcomeOfEvents([...answers, ...votes], undefined)).toMatchObject({
      winner: { text: "x" },
    });
  });

  it("believes what a consensus says of the winner, and no end that names one who gave no answer", () => {
    const answers = [event("answer", { text: "x" }, "a"), event("answer", { text: "y" }, "b")];
    const consensus = event("consensus", { winner: "b" });
    expect(outcomeOfEvents([...answers, consensus], undefined)).toMatchObject({
      winner: { text: "y" },
      isConsensus: true,
    });
    const votes = [event("vote", { for: "b" }, "a"), event("vote", { for: "b" }, "b")];
    const end = event("end", { agent: "orchestrator" });
    expect(outcomeOfEvents([...answers, ...votes, end], undefined)).toMatchObject({
      winner: { text: "y" },
    });
  });

  it("without votes the first answer stands, without consensus; without an answer of a known member there is none", () => {
    const outcome = outcomeOfEvents(
      [event("answer", { text: "x" }, "a"), event("answer", { text: "y" }, "b")],
      undefined,
    );
    expect(outcome).toMatchObject({ winner: { text: "x" }, isConsensus: false });
    expect(outcome).not.toHaveProperty("tokens");
    expect(
      outcomeOfEvents([event("answer", "x"), event("handoff", { to: "b" }, "a")], 1),
    ).toBeUndefined();
  });
});
