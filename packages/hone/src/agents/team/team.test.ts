import { leastTime } from "../../../../../test/doubles/least-time.ts";
import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isError } from "../../core/errors.ts";
import type { TeamEvent } from "../../core/team.ts";
import type { MemberPart, TeamMember, TeamTurn } from "../../ports/team-member.ts";
import { RecordingTracer } from "../../testing/recording-tracer.ts";
import { scriptedMember } from "./scripted-member.ts";
import { runTeam, teamEvents } from "./team.ts";
import type { TeamOptions } from "./team-options.ts";

const task = "Name a prime above 100.";

/** Three members: all answer; ada votes for ben, then cleo improves, then all vote. */
const three = (): TeamOptions["members"] => ({
  ada: scriptedMember([{ answer: "101 is prime" }, { voteFor: "103" }, { voteFor: "best" }]),
  ben: scriptedMember([{ answer: "try 103 instead" }, { voteFor: "103" }, { voteFor: "103" }]),
  cleo: scriptedMember([
    { answer: "perhaps one hundred and seven" },
    { answer: "107 is best, it has no divisor up to ten" },
    { voteFor: "best", reason: "it is shown why" },
  ]),
});

async function eventsOf(options: TeamOptions): Promise<TeamEvent[]> {
  const events: TeamEvent[] = [];
  for await (const event of teamEvents(options)) events.push(event);
  return events;
}

describe("a team of three", () => {
  it("answers, votes, starts again after a new answer, and agrees on a winner", async () => {
    const outcome = await runTeam({ task, members: three(), concurrency: 1 });
    expect(outcome.answers.map(({ member, round }) => [member, round])).toEqual(
      expect.arrayContaining([
        ["ada", 1],
        ["ben", 1],
        ["cleo", 1],
        ["cleo", 2],
      ]),
    );
    expect(outcome.answers.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(outcome).toMatchObject({
      ending: "consensus",
      isConsensus: true,
      winner: { member: "cleo", version: 4, round: 2 },
      rounds: 3,
      attempts: 1,
      failures: [],
      excluded: [],
    });
    const choices = Object.fromEntries(outcome.votes.map(({ voter, choice }) => [voter, choice]));
    expect(choices).toEqual({ ada: "cleo", ben: "ben", cleo: "cleo" });
    expect(outcome.votes.every(({ version }) => version === 4)).toBe(true);
  });

  it("makes every event a coordination span, under the turn it happened in", async () => {
    const tracer = new RecordingTracer();
    const options = { task, members: three(), concurrency: 1, tracer };
    const events = await eventsOf(options);
    const [trace] = tracer.traces;
    const spans = trace!.spans.filter((span) => span.kind === "coordination");
    const named = events.filter(({ event }) => event !== "turn_start");
    expect(spans.filter((span) => span.event !== "turn").map((span) => span.event)).toEqual(
      named.map(({ event }) => event),
    );
    const turns = spans.filter((span) => span.event === "turn");
    expect(turns).toHaveLength(events.filter(({ event }) => event === "turn_start").length);
    expect(turns.every((span) => span.endedAt !== undefined)).toBe(true);
    const votes = spans.filter((span) => span.event === "vote");
    for (const vote of votes) {
      expect(turns.find((turn) => turn.id === vote.parentId)?.agent).toBe(vote.agent);
    }
    expect(trace).toMatchObject({ agent: "team", task, status: "completed", tags: ["team"] });
    expect(spans.at(-1)).toMatchObject({
      event: "outcome",
      details: { winner: { member: "cleo" } },
    });
  });

  it("puts its spans into the trace that runs already, and leaves that open", async () => {
    const tracer = new RecordingTracer();
    const outer = tracer.trace({ agent: "app", task: "everything" });
    await tracer.within(outer, undefined, () => runTeam({ task, members: three(), tracer }));
    expect(tracer.traces).toHaveLength(1);
    expect(tracer.traces[0]!.status).toBe("running");
    expect(tracer.traces[0]!.spans.length).toBeGreaterThan(10);
  });

  it("goes the same way under the same seed, one after the other and all at once", async () => {
    for (const concurrency of [1, 3]) {
      const options = { task, members: three(), seed: 7, concurrency };
      expect(await eventsOf(options)).toEqual(await eventsOf({ ...options, members: three() }));
    }
  });

  it("gives labels and turns in another order under another seed", async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const events = await eventsOf({ task, members: three(), seed, concurrency: 1 });
      orders.add(events.map(({ member }) => member ?? "-").join());
    }
    expect(orders.size).toBeGreaterThan(1);
  });
});

describe("votes", () => {
  it("go to the earliest answer among equals", async () => {
    const outcome = await runTeam({
      task,
      concurrency: 1,
      members: {
        ada: scriptedMember([{ answer: "alpha one" }, { voteFor: "alpha" }]),
        ben: scriptedMember([{ answer: "beta two" }, { voteFor: "beta" }]),
      },
    });
    expect(outcome.winner?.version).toBe(1);
    expect(outcome.isConsensus).toBe(true);
  });

  it("for nobody, for oneself where that is not allowed, or without arguments are refused and said so", async () => {
    const heard: string[] = [];
    const ada: TeamMember = async function* (turn) {
      if (turn.round === 1) {
        return yield { type: "tool_call", name: "new_answer", arguments: '{"content":"alpha"}' };
      }
      for (const args of [{ agent: "agent 77" }, "{broken", {}]) {
        heard.push(turn.tools.find(({ name }) => name === "vote")!.execute(args).message);
      }
      yield { type: "tool_call", name: "vote", arguments: { agent: otherLabel(turn) } };
    };
    const outcome = await runTeam({
      task,
      selfVotes: false,
      members: { ada, ben: scriptedMember([{ answer: "beta" }, { voteFor: "alpha" }]) },
    });
    expect(heard[0]).toContain("no answer under that label");
    expect(heard[1]).toContain("no JSON object");
    expect(heard[2]).toContain('needs "agent"');
    expect(outcome.isConsensus).toBe(true);
  });
});

const otherLabel = (turn: TeamTurn): string => {
  const schema = turn.tools.find(({ name }) => name === "vote")!.parameters as {
    properties: { agent: { enum: string[] } };
  };
  return schema.properties.agent.enum[0]!;
};

describe("a new answer", () => {
  /** What two members wait for in their second round, so that no clock decides who is first. */
  const secondRound = () => ({
    isWorking: Promise.withResolvers<void>(),
    isAnswered: Promise.withResolvers<void>(),
  });

  /** Answers in its second round once the other member is at work. */
  const late = (
    text: string,
    { isWorking, isAnswered }: ReturnType<typeof secondRound>,
  ): TeamMember =>
    async function* (turn) {
      if (turn.round === 1) yield answer(`first thoughts of ${text}`);
      else if (turn.round === 2) {
        await isWorking.promise;
        try {
          yield answer(text);
        } finally {
          isAnswered.resolve();
        }
      } else yield vote(turn, text);
    };

  it("stops members at work and shows it to them when they start again", async () => {
    const seen: string[] = [];
    const second = secondRound();
    const slow: TeamMember = async function* (turn) {
      if (turn.round === 1) return yield answer("calm start");
      seen.push(turn.messages.at(-1)!.content);
      second.isWorking.resolve();
      if (turn.round === 2)
        await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
      yield vote(turn, "brisk idea");
    };
    const quick = late("brisk idea", second);
    const outcome = await runTeam({ task, members: { slow, quick } });
    expect(outcome.restarts).toEqual([
      { member: "slow", by: "quick", version: 3, wasWorking: true, attempt: 1 },
    ]);
    expect(seen[0]).not.toContain("\nbrisk idea\n");
    expect(seen[1]).toContain("\nbrisk idea\n");
    expect(outcome).toMatchObject({ winner: { member: "quick" }, isConsensus: true, failures: [] });
  });

  it("is handed to members at work where answers are injected, and their vote counts then", async () => {
    const updates: string[] = [];
    const second = secondRound();
    const slow: TeamMember = async function* (turn) {
      if (turn.round === 1) return yield answer("calm start");
      expect(turn.updates()).toEqual([]);
      second.isWorking.resolve();
      await second.isAnswered.promise;
      const fresh = turn.updates();
      updates.push(...fresh.map(({ content }) => content));
      yield vote(turn, "brisk idea", fresh);
    };
    const outcome = await runTeam({
      task,
      onNewAnswer: "inject",
      members: { slow, quick: late("brisk idea", second) },
    });
    expect(updates).toHaveLength(1);
    expect(outcome.restarts).toEqual([]);
    expect(outcome).toMatchObject({ isConsensus: true, rounds: 3, failures: [] });
    expect(outcome.votes.find(({ voter }) => voter === "slow")?.round).toBe(2);
  });

  it("makes a vote that has not seen it void, without blame", async () => {
    const second = secondRound();
    const stale: TeamMember = async function* (turn) {
      if (turn.round === 1) return yield answer("calm start");
      second.isWorking.resolve();
      await second.isAnswered.promise;
      yield vote(turn, turn.round === 2 ? "calm start" : "brisk idea");
    };
    const options = { task, onNewAnswer: "inject" as const };
    const events = await eventsOf({
      ...options,
      members: { stale, quick: late("brisk idea", second) },
    });
    const refused = events.filter(({ event }) => event === "vote_refused");
    expect(refused.map(({ details }) => details)).toEqual([{ round: 2, refused: "stale" }]);
    expect(events.some(({ event }) => event === "turn_failed")).toBe(false);
    expect(events.at(-1)).toMatchObject({ event: "outcome", details: { isConsensus: true } });
  });

  it("that repeats an earlier one, is empty or comes beyond the limit is refused", async () => {
    const events = await eventsOf({
      task,
      concurrency: 1,
      maxAnswersPerMember: 1,
      maxFailures: 3,
      members: {
        ada: scriptedMember([
          { answer: "101 is a prime number" },
          { answer: "more" },
          { voteFor: "101" },
        ]),
        ben: scriptedMember([
          { answer: "A prime number is: 101" },
          { answer: " " },
          { voteFor: "101" },
        ]),
      },
    });
    const refused = events.filter(({ event }) => event === "answer_refused");
    expect(
      refused.map(({ details }) => (details as { refused: string }).refused).toSorted(),
    ).toEqual(["empty", "limit", "not_novel"]);
    expect(events.at(-1)).toMatchObject({ details: { isConsensus: true } });
  });
});

it("does not blame two who give the same answer without having seen each other", async () => {
  const same = (): TeamMember => scriptedMember([{ answer: "101" }, { voteFor: "101" }]);
  const outcome = await runTeam({ task, members: { ada: same(), ben: same() }, maxFailures: 1 });
  expect(outcome).toMatchObject({ isConsensus: true, failures: [], excluded: [], rounds: 2 });
  expect(outcome.answers).toHaveLength(1);
});

const answer = (content: string): MemberPart => ({
  type: "tool_call",
  name: "new_answer",
  arguments: { content },
});

function vote(turn: TeamTurn, text: string, more: TeamTurn["messages"] = []): MemberPart {
  const shown = [...turn.messages, ...more]
    .flatMap(({ content }) => [...content.matchAll(/<answer of="([^"]+)">\n([^]*?)\n<\/answer>/g)])
    .findLast(([, , one]) => one!.includes(text));
  return { type: "tool_call", name: "vote", arguments: { agent: shown?.[1] ?? "?" } };
}

describe("a member that fails", () => {
  const good = scriptedMember([{ answer: "113 is prime" }, { voteFor: "113" }]);
  const nonsense =
    (value: unknown): TeamMember =>
    () =>
      value as never;
  const bad: readonly (readonly [string, TeamMember, string])[] = [
    ["throws at once", nonsense(undefined), "error"],
    [
      "throws in the middle of a stream",
      async function* () {
        yield { type: "content", text: "I think" } as const;
        throw new Error("connection lost");
      },
      "error",
    ],
    ["rejects", () => Promise.reject(new Error("no key")), "error"],
    [
      "yields nonsense",
      async function* () {
        yield { type: "vote", who: 3 } as never;
      },
      "error",
    ],
    ["answers with a number", nonsense(Promise.resolve(42)), "error"],
    ["never yields and ignores its signal", scriptedMember([{ hang: "for ever" }]), "timeout"],
    [
      "yields for ever without waiting",
      async function* () {
        for (;;) yield { type: "content", text: "" } as const;
      },
      "timeout",
    ],
    [
      "floods",
      async function* () {
        for (;;) yield { type: "content", text: "x".repeat(10_000) } as const;
      },
      "error",
    ],
    ["only talks", scriptedMember([{ say: "Interesting." }]), "no_action"],
    [
      "calls tools there are none of",
      async function* () {
        yield { type: "tool_call", name: "rm", arguments: {} } as const;
      },
      "no_action",
    ],
  ];

  it.each(bad)("and %s is left out, and the others finish", async (_, member, reason) => {
    const outcome = await runTeam({ task, members: { good, bad: member }, turnTimeoutMs: 40 });
    expect(outcome.excluded).toEqual(["bad"]);
    expect(outcome.failures.map((failure) => failure.reason)).toEqual([reason, reason]);
    expect(outcome).toMatchObject({ isConsensus: true, winner: { member: "good" } });
  });

  it("once is given another turn", async () => {
    const shaky = scriptedMember([{ throws: "busy" }, { answer: "127 too" }, { voteFor: "113" }]);
    const outcome = await runTeam({ task, members: { good, shaky }, concurrency: 1 });
    expect(outcome).toMatchObject({
      isConsensus: true,
      excluded: [],
      failures: [{ message: "busy" }],
    });
  });

  it("leaves a team of failures without a winner", async () => {
    const outcome = await runTeam({ task, members: { a: scriptedMember([{ throws: "x" }]) } });
    expect(outcome).toMatchObject({ ending: "no_members", isConsensus: false, answers: [] });
    expect(outcome.winner).toBeUndefined();
  });

  it("keeps no one waiting beyond the deadline of all", async () => {
    const hang = async (): Promise<void> => {
      const hanging = scriptedMember([{ answer: "131" }, { hang: "for ever" }]);
      const outcome = await runTeam({ task, members: { hanging }, timeoutMs: 50 });
      expect(outcome).toMatchObject({
        ending: "deadline",
        winner: { text: "131" },
        isConsensus: false,
      });
    };
    expect(await leastTime(2000, hang)).toBeLessThan(2000);
  });

  it("is not told of a turn that is over", async () => {
    const reply = Promise.withResolvers<unknown>();
    const zombie: TeamMember = async function* (turn) {
      if (turn.round === 1) {
        const [tool] = turn.tools;
        await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
        reply.resolve(tool!.execute({ content: "too late" }));
      }
      yield answer("in time");
    };
    const outcome = await runTeam({
      task,
      members: { zombie, good },
      turnTimeoutMs: 30,
      maxFailures: 9,
    });
    expect(await reply.promise).toEqual({ isAccepted: false, message: "This turn is over." });
    expect(outcome.answers.map(({ text }) => text)).not.toContain("too late");
  });
});

describe("after the team agreed", () => {
  const members = (): TeamOptions["members"] => ({
    ada: async function* (turn) {
      const isSecond = turn.messages
        .at(-1)!
        .content.includes("What to do better: name it in words");
      if (turn.round === 1) yield answer(isSecond ? "one hundred and one" : "101");
      else yield vote(turn, "1");
    },
  });

  it("starts again with instructions when the answer is not enough", async () => {
    const member: TeamMember = async function* (turn) {
      const isSecond = turn.messages
        .at(-1)!
        .content.includes("What to do better: name it in words");
      if (turn.round === 1) yield answer(isSecond ? "one hundred and one" : "101");
      else yield vote(turn, isSecond ? "hundred" : "101");
    };
    const outcome = await runTeam({
      task,
      members: { ada: member },
      postEvaluate: ({ answer: { text } }) =>
        /\d/.test(text)
          ? { isAccepted: false, instructions: "name it in words" }
          : { isAccepted: true },
    });
    expect(outcome).toMatchObject({
      attempts: 2,
      rounds: 4,
      winner: { text: "one hundred and one", attempt: 2, version: 2 },
      rejected: [{ answer: { text: "101" }, instructions: "name it in words" }],
    });
  });

  it("starts again only so often, and an evaluator that fails or hangs stops nothing", async () => {
    const never = await runTeam({
      task,
      members: members(),
      maxTeamRestarts: 0,
      postEvaluate: () => ({ isAccepted: false }),
    });
    expect(never).toMatchObject({ attempts: 1, winner: { text: "101" } });
    const evaluators = [
      () => Promise.reject(new Error("no judge")),
      () => new Promise<never>(() => undefined),
      () => "fine" as never,
    ];
    for (const postEvaluate of evaluators) {
      const outcome = await runTeam({ task, members: members(), postEvaluate, turnTimeoutMs: 40 });
      expect(outcome).toMatchObject({ attempts: 1, winner: { text: "101" }, isConsensus: true });
    }
  });

  it("an earlier winner stands when nobody answers again", async () => {
    const once: TeamMember = async function* (turn) {
      if (turn.messages.at(-1)!.content.includes("not enough")) throw new Error("gave up");
      yield turn.round === 1 ? answer("101") : vote(turn, "101");
    };
    const outcome = await runTeam({
      task,
      members: { once },
      postEvaluate: () => ({ isAccepted: false }),
    });
    expect(outcome).toMatchObject({ ending: "no_members", attempts: 2, winner: { text: "101" } });
  });
});

describe("stopping", () => {
  it("from outside ends the work with what there is", async () => {
    const stop = new AbortController();
    const isHanging = Promise.withResolvers<void>();
    const slow: TeamMember = async function* (turn) {
      if (turn.round === 1) return yield answer("101");
      isHanging.resolve();
      await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
    };
    const outcome = runTeam({ task, members: { slow }, signal: stop.signal });
    await isHanging.promise;
    stop.abort();
    expect(await outcome).toMatchObject({ ending: "cancelled", winner: { text: "101" } });
  });

  it("by leaving the loop over its events ends it too", async () => {
    const aborted = Promise.withResolvers<void>();
    const member: TeamMember = async function* (turn) {
      yield { type: "content", text: "hm" };
      await new Promise((resolve) => turn.signal.addEventListener("abort", resolve));
      aborted.resolve();
    };
    for await (const { event } of teamEvents({ task, members: { member } })) {
      if (event === "turn_start") break;
    }
    await aborted.promise;
  });
});

it("has a place for a program outside", async () => {
  const program = `
    let input = "";
    process.stdin.on("data", (chunk) => (input += chunk)).on("end", () => {
      const { round, messages } = JSON.parse(input);
      const label = /answer of="([^"]+)"/.exec(messages.at(-1).content)?.[1];
      const call = round === 1 ? ["new_answer", { content: "from outside" }] : ["vote", { agent: label }];
      console.log(JSON.stringify({ type: "tool_call", name: call[0], arguments: call[1] }));
    });`;
  const outside: TeamMember = async function* ({ messages, round, signal }) {
    const child = spawn(process.execPath, ["--eval", program], { signal });
    child.on("error", () => undefined);
    child.stdin.end(JSON.stringify({ messages, round }));
    for await (const line of child.stdout) yield JSON.parse(String(line)) as MemberPart;
  };
  const outcome = await runTeam({ task, members: { outside } });
  expect(outcome).toMatchObject({
    isConsensus: true,
    winner: { text: "from outside" },
    failures: [],
  });
});

describe("options that cannot be", () => {
  const ada = scriptedMember([{ answer: "101" }]);
  it.each([
    ["no members", { members: {} }],
    ["a member that is no function", { members: { ada: 3 as never } }],
    ["a blank name", { members: { " ": ada } }],
    ["names that differ only in case", { members: { ada, ADA: ada } }],
    ["no turns", { members: { ada }, maxTurns: 0 }],
    ["a similarity beyond 1", { members: { ada }, maxSimilarity: 2 }],
    ["an endless timeout", { members: { ada }, timeoutMs: Infinity }],
    ["an unknown way", { members: { ada }, onNewAnswer: "shout" as never }],
    ["a slip", { members: { ada }, maxTurn: 3 } as never],
    ["nobody to vote for", { members: { ada }, selfVotes: false }],
  ])("are refused: %s", async (_, options) => {
    const error = await runTeam({ task, ...options }).catch((thrown: unknown) => thrown);
    expect(isError(error, "OPTION_INVALID") && error.facts.where).toBe("runTeam");
  });
});
