// Three agents on one task, without a model: they answer, vote, start again after a better answer, and are scored.
import { scriptedMember, teamEvents, type TeamOutcome } from "hone-rl/agents";
import { teamRewards } from "hone-rl/rewards";

const team = teamEvents({
  task: "Name a prime above 100.",
  seed: 2,
  concurrency: 1,
  members: {
    ada: scriptedMember([
      { answer: "101, as far as I can tell" },
      { voteFor: "103" },
      { voteFor: "107" },
    ]),
    ben: scriptedMember([{ answer: "103 has no divisor up to eleven" }, { voteFor: "103" }]),
    cleo: scriptedMember([
      { answer: "perhaps one hundred and five" },
      { answer: "107: not divisible by 2, 3, 5, 7" },
      { voteFor: "107" },
    ]),
  },
});

let outcome: TeamOutcome | undefined;
while (outcome === undefined) {
  const next = await team.next();
  if (next.done === true) outcome = next.value;
  else if (next.value.event !== "outcome") {
    const { event, member = "team", details } = next.value;
    console.log(member.padEnd(5), event.padEnd(12), JSON.stringify(details));
  }
}

// In earnest a judge or a check of the task says how good an answer is.
const quality = { "101": 0.5, "103": 0.6, "107": 0.8 };
const rewards = teamRewards(outcome, {
  quality: ({ text }) => quality[text.slice(0, 3) as keyof typeof quality] ?? 0,
  credit: "contribution",
});
console.log(
  `\nwinner: ${outcome.winner?.member}, after ${outcome.rounds} rounds (${outcome.ending})`,
);
for (const [member, { total, components }] of Object.entries(rewards.members)) {
  console.log(member.padEnd(5), total.toFixed(3).padStart(7), JSON.stringify(components));
}
console.log(
  "team ",
  rewards.team.total.toFixed(3).padStart(7),
  JSON.stringify(rewards.coordination.components),
);
